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

export function wordsMatch(
  words: readonly Word[],
  start: number,
  target: { exact: readonly string[]; bare: readonly string[] },
  closeness: Closeness,
): boolean {
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

export interface LureList {
  /** Written without spaces: as it is -> the lure; and the shape of its bare form -> the lure. */
  byExact: ReadonlyMap<string, string>
  byBare: ReadonlyMap<string, string>
  /** Bare forms long enough to be found inside a longer word ("taixiuonline"). */
  long: readonly (readonly [string, string])[]
  /** Every beginning of both forms: where none fits, no lure can follow. */
  beginnings: ReadonlySet<string>
  endings: readonly string[]
}
export function compileLures(lures: readonly string[], endings: readonly string[]): LureList {
  const byExact = new Map<string, string>()
  const byBare = new Map<string, string>()
  for (const text of lures) {
    const words = readName(text).words
    byExact.set(words.map((word) => word.exact).join(""), text)
    byBare.set(shapeOf(words.map((word) => word.bare).join("")), text)
  }
  const beginnings = new Set([...byExact.keys(), ...byBare.keys()].flatMap((text) => [...text].map((_, i, all) => all.slice(0, i + 1).join(""))))
  return { byExact, byBare, long: [...byBare].filter(([bare]) => bare.length >= 6), beginnings, endings }
}

const leet = (bare: string) => (/\d/.test(bare) && /[a-z]/.test(bare) ? [...bare].map((char) => digitLetters[char] ?? char).join("") : bare)

/** The first lure (IMP-3), however it is spaced, with or without diacritics, with digits for letters; null when there is none. */
export function findLure(words: readonly Word[], original: readonly Word[], list: LureList, notLures: () => readonly Hit[]): string | null {
  for (const word of original) {
    if (list.endings.some((ending) => word.exact.endsWith(ending)) && /\p{L}/u.test(word.exact)) return word.exact
  }
  const excused = (start: number, end: number) => notLures().some((hit) => hit.start < end && start < hit.end)
  const faces = words.map((word) => ({ exact: word.exact, bare: shapeOf(leet(word.bare)), plain: isAscii(word) }))
  for (let start = 0; start < faces.length; start += 1) {
    let exact = ""
    let bare = ""
    let plain = true
    for (let end = start; end < faces.length; end += 1) {
      const face = faces[end]!
      exact += face.exact
      bare += face.bare
      plain &&= face.plain
      const lure = list.byExact.get(exact) ?? (plain ? list.byBare.get(bare) : undefined)
      if (lure && !excused(start, end + 1)) return lure
      if (!list.beginnings.has(exact) && !(plain && list.beginnings.has(bare))) break
    }
    const face = faces[start]!
    if (!face.plain || face.bare.length < 6) continue
    const inside = list.long.find(([lureBare]) => face.bare.includes(lureBare))
    if (inside && !excused(start, start + 1)) return inside[1]
  }
  return null
}
