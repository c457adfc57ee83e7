/** Does the text itself explain why it names gambling, fraud or drugs (CTX-* of safety.md)? */
import type { Hit } from "./match.ts"
import type { Phrase } from "./compile.ts"

export interface Context {
  /** Names of the contexts seen, e.g. "CTX-WARN". */
  names: Set<string>
  /** Sum of weights that hold for every group. */
  weight: number
  /** An enforcement or warning verb stands in the title. */
  inTitle: boolean
  /** Told in the third person: offers are quoted, not made. */
  narrative: boolean
  /** Bait: "không lo bị bắt", "tránh nhà cái lừa đảo". */
  anti: boolean
  /** Excuses a word of this group. */
  excuses(group: string, strength: "strong" | "weak"): boolean
}

/** Nouns alone ("đối tượng", "công an") need to be many. */
const NOUNS_NEEDED = 3
const VERBS_NEEDED = 2

export function readContext(seen: { hit: Hit<Phrase>; inTitle: boolean }[]): Context {
  const distinct = new Map<string, { phrase: Phrase; inTitle: boolean }>()
  for (const { hit, inTitle } of seen) {
    const key = `${hit.entry.group} ${hit.entry.text}`
    const known = distinct.get(key)
    if (!known) distinct.set(key, { phrase: hit.entry, inTitle })
    else if (inTitle) known.inTitle = true
  }
  const list = [...distinct.values()]
  const contexts = list.filter(({ phrase }) => phrase.group.startsWith("CTX-"))
  const anti = list.some(({ phrase }) => phrase.group === "ANTI")
  const sum = (of: typeof contexts) => of.reduce((total, { phrase }) => total + phrase.weight, 0)
  const enough = (of: typeof contexts) => sum(of) >= (of.some(({ phrase }) => phrase.weight >= 2) ? VERBS_NEEDED : NOUNS_NEEDED)
  const general = contexts.filter(({ phrase }) => phrase.only === null)
  return {
    names: new Set(contexts.map(({ phrase }) => phrase.group)),
    weight: sum(general),
    inTitle: general.some(({ phrase, inTitle }) => inTitle && phrase.weight >= 2),
    narrative: list.some(({ phrase }) => phrase.group === "NARRATIVE"),
    anti,
    excuses(group, strength) {
      if (anti) return false
      const keys = [group, `${group}-${strength.toUpperCase()}`]
      return enough(contexts.filter(({ phrase }) => phrase.only === null || phrase.only.some((name) => keys.includes(name))))
    },
  }
}
