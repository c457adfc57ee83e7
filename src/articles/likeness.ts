/**
 * The same text on another portal. Three hashes of a text are kept for a while; a new text that shares one of them is
 * compared word by word. A look-up costs the same however many articles are kept.
 */
import { DAY } from "../base/clock.ts"

/** How far apart the same article may appear on two portals. */
export const likenessWindowMs = 7 * DAY

/** Lower case, no diacritics, words only: portals retype titles with other marks and signs. */
export const fold = (text: string) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/đ/g, "d")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()

export interface Text {
  title: string
  summary: string
  paragraphs: readonly string[]
}

/** One number per word (FNV-1a), folded as above, without making the words: this runs over every new text. */
function wordHashes(text: string): number[] {
  const folded = text.slice(0, charsMax).normalize("NFD").toLowerCase()
  const hashes: number[] = []
  let hash = basis
  let inWord = false
  for (let at = 0; at < folded.length; at++) {
    let code = folded.charCodeAt(at)
    if (code >= 0x300 && code <= 0x36f) continue
    if (code === 0x111) code = 0x64
    const letter =
      (code >= 97 && code <= 122) ||
      (code >= 48 && code <= 57) ||
      (code >= 0xc0 && (code < 0x2000 || code > 0x2bff) && code !== 0xd7 && code !== 0xf7)
    if (letter) {
      hash = Math.imul(hash ^ code, prime)
      inWord = true
    } else if (inWord) {
      hashes.push(hash)
      hash = basis
      inWord = false
    }
  }
  if (inWord) hashes.push(hash)
  return hashes
}
const [basis, prime] = [0x811c9dc5 | 0, 0x01000193]
const charsMax = 4_000

const join = (a: number, b: number) => Math.imul(a ^ (b >>> 0), prime) ^ (b >>> 7)

/** Hashes of all three-word runs, title first. */
function runs(text: Text): number[] {
  const words = wordHashes(`${text.title} · ${text.paragraphs.length ? `${text.summary} ${text.paragraphs.join(" ")}` : text.summary}`)
  const found: number[] = []
  for (let at = 0; at + 2 < words.length; at++) found.push(join(join(words[at]!, words[at + 1]!), words[at + 2]!) >>> 0)
  return found
}
export const shingles = (text: Text): Set<number> => new Set(runs(text))

/** Odd factors: each turns the shingles into another order, whose smallest is one mark. */
const factors = [0x9e3779b1, 0x85ebca6b]

/** At most three whole numbers below 2^34; few or no words give few or no marks. */
export function marksOf(text: Text): number[] {
  const all = runs(text)
  const marks: number[] = []
  if (all.length >= 12) {
    for (const [index, factor] of factors.entries()) {
      let least = 0xffffffff
      for (const run of all) {
        let mixed = Math.imul(run ^ (run >>> 15), factor)
        mixed = (mixed ^ (mixed >>> 13)) >>> 0
        if (mixed < least) least = mixed
      }
      marks.push(index * 2 ** 32 + least)
    }
  }
  const title = wordHashes(text.title)
  if (title.length >= 5) marks.push(2 * 2 ** 32 + (title.reduce(join) >>> 0))
  return marks
}

const numbersOf = (title: string) => (title.match(/\d+/g) ?? []).join(" ")

/** Jaccard of three-word runs. */
export function likeness(a: Set<number>, b: Set<number>): number {
  if (a.size === 0 || b.size === 0) return 0
  let shared = 0
  for (const shingle of a) if (b.has(shingle)) shared++
  return shared / (a.size + b.size - shared)
}

/** The same article under another headline: the body stays; without a body, most of the headline does. */
export function sameBody(a: Text, b: Text): boolean {
  const [left, right] = [shingles({ ...a, title: "" }), shingles({ ...b, title: "" })]
  if (left.size >= 8 && right.size >= 8) return likeness(left, right) >= 0.8
  return numbersOf(a.title) === numbersOf(b.title) && likeness(shingles(a), shingles(b)) >= 0.5
}

/**
 * Notices repeat each other but for a date or a number ("Lịch cắt điện ngày 16/9"): other numbers in the title make
 * another article. With one title, half the text is enough; with another title, it must be nearly all.
 */
export function sameText(a: Text, b: Text): boolean {
  if (numbersOf(a.title) !== numbersOf(b.title)) return false
  const sameTitle = fold(a.title) === fold(b.title)
  const bodyless = !(a.summary || a.paragraphs.length) || !(b.summary || b.paragraphs.length)
  if (sameTitle && bodyless) return fold(a.title).split(" ").length >= 5
  return likeness(shingles(a), shingles(b)) >= (sameTitle ? 0.4 : 0.75)
}
