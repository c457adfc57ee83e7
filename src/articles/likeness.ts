/**
 * The same text on another portal. Three hashes of a text are kept for a while; a new text that shares one of them is
 * compared word by word. A look-up costs the same however many articles are kept.
 */
import { DAY } from "../base/clock.ts"

/** How far apart the same article may appear on two portals. */
export const likenessWindowMs = 7 * DAY
const wordsMax = 400
const shingleWords = 3

/** Lower case, no diacritics, words only: portals retype titles with other marks and signs. */
export const fold = (text: string) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/đ/g, "d").replace(/[^\p{L}\p{N}]+/gu, " ").trim()

export interface Text {
  title: string
  summary: string
  paragraphs: readonly string[]
}

/** 32-bit FNV-1a over a run of words. */
function hashWords(words: readonly string[], from: number, count: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < from + count; at++) {
    const word = words[at]!
    for (let index = 0; index < word.length; index++) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193)
    hash = Math.imul(hash ^ 0x20, 0x01000193)
  }
  return hash >>> 0
}

const wordsOf = (text: Text) => fold(text.paragraphs.length ? `${text.summary} ${text.paragraphs.join(" ")}` : text.summary).split(" ").slice(0, wordsMax).filter(Boolean)

export function shingles(text: Text): Set<number> {
  const words = [...fold(text.title).split(" "), ...wordsOf(text)]
  const found = new Set<number>()
  for (let at = 0; at + shingleWords <= words.length; at++) found.add(hashWords(words, at, shingleWords))
  return found
}

/** Odd factors: each turns the shingles into another order, whose smallest is one mark. */
const factors = [0x9e3779b1, 0x85ebca6b]

/** At most three whole numbers below 2^34; few or no words give few or no marks. */
export function marksOf(text: Text): number[] {
  const set = shingles(text)
  const marks: number[] = []
  if (set.size >= 12) {
    for (const [index, factor] of factors.entries()) {
      let least = 0xffffffff
      for (const shingle of set) {
        let mixed = Math.imul(shingle ^ (shingle >>> 15), factor)
        mixed = (mixed ^ (mixed >>> 13)) >>> 0
        if (mixed < least) least = mixed
      }
      marks.push(index * 2 ** 32 + least)
    }
  }
  const title = fold(text.title).split(" ")
  if (title.length >= 5) marks.push(2 * 2 ** 32 + hashWords(title, 0, title.length))
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
