/** The lists as one finder: every phrase of every list is looked for in a single pass. */
import { spamGroups, type ContextName, type Lexicon, type WordGroup } from "./lexicon.ts"
import { Finder, type Entry } from "./match.ts"

export interface Phrase extends Entry {
  kind: "word" | "context" | "collision" | "near" | "topic"
  /** Of a word: its group; of a context: its name; of a topic: its id; of `near`: the word it makes harmless. */
  group: string
  weight: number
  only: string[] | null
}

/** Words that may be glued, dotted or spaced out to slip through; everyday words are only read as written. */
const disguised = new Set<string>([...spamGroups, "LEX-PROMO", "LEX-GAMBLE-FOREIGN", "LEX-DEFACE"] satisfies WordGroup[])

export function compileFinder(lexicon: Lexicon): Finder<Phrase> {
  const finder = new Finder<Phrase>()
  let source = 0
  const add = (kind: Phrase["kind"], group: string, list: string[], more: Partial<Pick<Phrase, "strength" | "weight" | "only">>, glue: boolean) => {
    for (const phrase of list)
      finder.add(
        { kind, group, strength: more.strength ?? "strong", weight: more.weight ?? 0, only: more.only ?? null, source: source++ },
        phrase,
        glue,
      )
  }
  for (const { group, strength, words } of [...lexicon.words, ...lexicon.foreign]) add("word", group, words, { strength }, disguised.has(group))
  for (const { context, weight, only, words } of lexicon.contexts)
    add("context", context satisfies ContextName, words, { weight, only: only ?? null }, false)
  for (const entry of lexicon.collisions) {
    if ("phrases" in entry) add("collision", "", entry.phrases, {}, false)
    else add("near", entry.word, entry.near, {}, false)
  }
  for (const { topic, words } of lexicon.topics) add("topic", topic, words, {}, false)
  return finder
}
