/** Word lists of the rules, compiled once, and how they are found in a name. The order of a list never matters. */
import { digitLetters, shapeOf } from "./confusables.ts"
import { readName, type Word } from "./text.ts"

export interface Phrase {
  text: string
  exact: string[]
  bare: string[]
}
export type PhraseIndex = ReadonlyMap<string, readonly Phrase[]>
export interface Hit {
  phrase: Phrase
  start: number
  end: number
}

export function compilePhrases(list: readonly string[]): PhraseIndex {
  const map = new Map<string, Phrase[]>()
  for (const text of list) {
    const words = readName(text).words
    if (!words.length) continue
    const phrase = { text, exact: words.map((word) => word.exact), bare: words.map((word) => word.bare) }
    map.set(phrase.bare[0]!, [...(map.get(phrase.bare[0]!) ?? []), phrase])
  }
  for (const phrases of map.values()) phrases.sort((a, b) => b.bare.length - a.bare.length || (a.text < b.text ? -1 : 1))
  return map
}

const ascii = /^[\u0020-\u007E]*$/
export const isAscii = (word: Word) => ascii.test(word.exact)
/** `exact`: letter by letter; `loose`: or typed without any diacritics; `skeleton`: diacritics do not count at all. */
export type Closeness = "exact" | "loose" | "skeleton"

export function wordsMatch(words: readonly Word[], start: number, target: { exact: readonly string[]; bare: readonly string[] }, closeness: Closeness): boolean {
  const length = target.bare.length
  if (start + length > words.length) return false
  for (let i = 0; i < length; i += 1) {
    const word = words[start + i]!
    if (word.exact === target.exact[i]) continue
    if (closeness === "exact" || word.bare !== target.bare[i]) return false
    if (closeness === "loose" && !isAscii(word)) return false
  }
  return true
}

/** Every hit, the longest phrase at each place. One-syllable phrases need their diacritics ("chợ" is not "cho"). */
export function findPhrases(words: readonly Word[], index: PhraseIndex, closeness: Closeness, masked?: readonly boolean[]): Hit[] {
  const hits: Hit[] = []
  for (let start = 0; start < words.length; start += 1) {
    const candidates = index.get(words[start]!.bare)
    if (!candidates) continue
    for (const phrase of candidates) {
      const mode = phrase.bare.length === 1 && closeness !== "skeleton" && phrase.exact[0] !== phrase.bare[0] ? "exact" : closeness
      if (!wordsMatch(words, start, phrase, mode)) continue
      const end = start + phrase.bare.length
      if (masked && masked.slice(start, end).some(Boolean)) continue
      hits.push({ phrase, start, end })
      break
    }
  }
  return hits
}

interface Lure {
  text: string
  exact: string
  bare: string
}
export interface LureList {
  lures: readonly Lure[]
  endings: readonly string[]
}
export const compileLures = (lures: readonly string[], endings: readonly string[]): LureList => ({
  lures: lures.map((text) => {
    const words = readName(text).words
    return { text, exact: words.map((word) => word.exact).join(""), bare: shapeOf(words.map((word) => word.bare).join("")) }
  }),
  endings,
})

const leet = (bare: string) => (/\d/.test(bare) && /[a-z]/.test(bare) ? [...bare].map((char) => digitLetters[char] ?? char).join("") : bare)

/** The first lure (IMP-3), however it is spaced, with or without diacritics, with digits for letters; null when there is none. */
export function findLure(words: readonly Word[], original: readonly Word[], list: LureList, notLures: readonly Hit[]): string | null {
  for (const word of original) {
    if (/\p{L}/u.test(word.exact) && list.endings.some((ending) => word.exact.endsWith(ending))) return word.exact
  }
  const excused = (start: number, end: number) => notLures.some((hit) => hit.start < end && start < hit.end)
  for (let start = 0; start < words.length; start += 1) {
    let exact = ""
    let bare = ""
    let plain = true
    for (let end = start; end < words.length && bare.length < 24; end += 1) {
      const word = words[end]!
      exact += word.exact
      bare += shapeOf(leet(word.bare))
      plain &&= isAscii(word)
      for (const lure of list.lures) {
        const long = start === end && lure.bare.length >= 6 && plain && bare.includes(lure.bare)
        if ((exact === lure.exact || (plain && bare === lure.bare) || long) && !excused(start, end + 1)) return lure.text
      }
    }
  }
  return null
}
