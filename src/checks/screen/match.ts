/**
 * Finds the phrases of the lexicon in words. Phrases are compiled once into a tree over bare syllables; a found phrase counts only when every
 * syllable is written as in the list or wholly without diacritics, so that "cuộc" is not "cược" and "bạn cả" is not "bắn cá".
 */
import { digitLetters } from "../names/confusables.ts"
import { bareOf, fold, joinInner, obf, tokenize, type Folded, type Token, type Word } from "./words.ts"

/** One phrase of the lists, after its alternatives were written out. */
export interface Entry {
  /** What the finder is asked for later: group, strength, collision, context, topic. */
  kind: string
  strength: "strong" | "weak"
  /** Index in the list of phrases as written; alternatives of one phrase share it. */
  source: number
  text: string
}
export interface Hit<E extends Entry = Entry> {
  entry: E
  /** Positions in the folded text. */
  start: number
  end: number
  obf: number
  /** Written without diacritics where the list has some. */
  bare: boolean
}

interface End {
  entry: Entry
  syllables: string[]
  bares: string[]
  /** The phrase has a comma of its own ("phòng, chống"). */
  comma: boolean
}
interface Node {
  next: Map<string, Node>
  number: Node | null
  /** After `…`: up to four words may stand between. */
  gap: Node | null
  ends: End[]
}
const node = (): Node => ({ next: new Map(), number: null, gap: null, ends: [] })

const GAP_WORDS = 4
const GLUED_MIN = 4
const GLUED_MAX = 24
const hitsMax = 2_000
const numberLike = /^\d+(?:k|tr|đ|d|m|usd|gb|h|triệu|trieu)?$/
const latin = /^[\p{Script=Latin}\p{N}\p{M}\s%'.&:/<>…|()+-]+$/u
/** Scripts written without spaces are searched as text. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Khmer}\p{Script=Devanagari}]/u

/** Syllables that are whole Vietnamese words without any diacritic: alone they never stand for a word that lost its marks. */
const plainSyllables = new Set(
  `
  a an ai ao anh au ba bao ban bay bi bo cam can canh cao cau cay ca chi chia cho chung chu con cong cua cung cuoc da dan danh dai day de do
  doi dong du em ga gan gi giao gia gian hai ham hay hoa hong hang hung huy in kim keo khi khai khu la lai lam lan lang lao lau len lo long
  lung ma mai man mang may minh mo mong mua nam nay nga nghe nghi ngang ngoi nhanh nhau nhai nho nhu no o oi ong pha phi phim phong qua quay
  quan quanh que ra rau ren rong sao sang sau sen sinh so soi song sung tai tam tan tao tay thai tham than thanh thao theo thi thu thue tim
  tin to toi tra trai tranh treo trong tu tung tuy tuyen va vai van vang ve vi vinh vo voi vu vui vung xa xin xoa xong xu y yen app bet code
  xiu slot sim
`
    .trim()
    .split(/\s+/),
)

/** Writes out `(a|b)`: at most 500 phrases from one. */
export function alternatives(text: string): string[] {
  let out = [""]
  for (const part of text.split(/(\([^()]*\))/)) {
    const choices = part.startsWith("(") ? part.slice(1, -1).split("|") : [part]
    out = out.flatMap((before) => choices.map((choice) => before + choice)).slice(0, 500)
  }
  return out.map((one) => one.replace(/\s+/g, " ").trim()).filter(Boolean)
}

export class Finder<E extends Entry = Entry> {
  private readonly root = node()
  private readonly glued = new Map<string, { entry: E; exact: string }[]>()
  private readonly gluedFits = new Map<Word, { entry: E; obf: number } | null>()
  private readonly unspacedWords: E[] = []
  private unspacedPattern: RegExp | null = null

  /** `glue`: also find the phrase written as one word, or taken apart into letters. */
  add(entry: Omit<E, "text" | "source"> & { source: number }, phrase: string, glue: boolean): void {
    for (const text of alternatives(phrase)) this.addOne({ ...entry, text } as E, glue)
  }

  private addOne(entry: E, glue: boolean): void {
    if (unspaced.test(entry.text) || !latin.test(entry.text)) {
      if (unspaced.test(entry.text)) {
        this.unspacedWords.push(entry)
        this.unspacedPattern = null
        return
      }
    }
    let at = this.root
    const syllables: string[] = []
    for (const part of entry.text.split(" ")) {
      if (part === "…") at = at.gap ??= node()
      else if (part === "<số>") {
        at = at.number ??= node()
        syllables.push("<số>")
      } else
        for (const { word } of tokenize(fold(part))) {
          syllables.push(word.exact)
          let next = at.next.get(word.bare)
          if (!next) at.next.set(word.bare, (next = node()))
          at = next
        }
    }
    if (at !== this.root) at.ends.push({ entry, syllables, bares: syllables.map(bareOf), comma: entry.text.includes(",") })
    if (glue && !/[…<]/.test(entry.text)) {
      const exact = syllables.join("")
      const bare = bareOf(exact)
      if (bare.length >= GLUED_MIN && (syllables.length > 1 || bare.length >= 5)) {
        const known = this.glued.get(bare)
        if (known) known.push({ entry, exact })
        else this.glued.set(bare, [{ entry, exact }])
      }
    }
  }

  find(folded: Folded, tokens: Token[]): Hit<E>[] {
    const hits: Hit<E>[] = []
    const nearBare = bareNeighbourhood(tokens)
    this.walkAll(tokens, nearBare, hits)
    this.findGlued(tokens, hits)
    this.findSplit(tokens, hits)
    const joined = joinInner(tokens)
    if (joined) this.findJoined(joined, hits)
    if (this.unspacedWords.length && unspaced.test(folded.text)) this.findUnspaced(folded.text, hits)
    return hits
  }

  private walkAll(tokens: Token[], nearBare: Uint8Array, hits: Hit<E>[]) {
    const path: number[] = []
    for (let i = 0; i < tokens.length && hits.length < hitsMax; i++) this.walk(this.root, tokens, i, i, path, nearBare, hits)
  }

  /** `path` holds the tokens taken so far; it is as it was on return. */
  private walk(from: Node, tokens: Token[], start: number, i: number, path: number[], nearBare: Uint8Array, hits: Hit<E>[]) {
    if (from.ends.length) for (const end of from.ends) this.accept(end, tokens, start, path, nearBare, hits)
    const token = tokens[i]
    if (!token) return
    // A sentence mark parts words that only happen to follow each other ("theo lô, đề nghị").
    if (i > start && token.gap === "hard" && !from.gap && !token.sign.startsWith(",")) return
    const { word } = token
    const next = from.next.get(word.bare)
    const leet = word.leet === null ? undefined : from.next.get(word.leet)
    const number = from.number && numberLike.test(word.exact) ? from.number : undefined
    if (next || leet || number) {
      path.push(i)
      if (next) this.walk(next, tokens, start, i + 1, path, nearBare, hits)
      if (leet) this.walk(leet, tokens, start, i + 1, path, nearBare, hits)
      if (number) this.walk(number, tokens, start, i + 1, path, nearBare, hits)
      path.pop()
    }
    if (from.gap)
      for (let skip = 0; skip <= GAP_WORDS && i + skip < tokens.length; skip++) this.walk(from.gap, tokens, start, i + skip, path, nearBare, hits)
  }

  private accept(end: End, tokens: Token[], start: number, path: number[], nearBare: Uint8Array, hits: Hit<E>[]) {
    if (!end.comma && path.length > 1 && crossesMark(tokens, path)) return
    let bits = 0
    let lost = 0
    let kept = 0
    let plainLost = false
    for (let k = 0; k < path.length; k++) {
      const { word, obf: how } = tokens[path[k]!]!
      const wanted = end.syllables[k]!
      bits |= how
      if (wanted === "<số>" || word.exact === wanted) {
        if (word.marked) kept += 1
        continue
      }
      if (word.marked) return
      const bareWanted = end.bares[k]!
      if (word.bare !== bareWanted) {
        if (word.leet !== bareWanted) return
        bits |= obf.leet
      }
      if (bareWanted !== wanted) {
        lost += 1
        if (plainSyllables.has(bareWanted)) plainLost = true
      }
    }
    // Words without marks amid words with marks: "cá do ông A" is not "cá độ"; "TIN: no hu" stands in a text without marks.
    if (lost && !bits && (kept ? plainLost : !nearBare[start])) return
    hits.push({ entry: end.entry as E, start: tokens[start]!.start, end: tokens[path.at(-1)!]!.end, obf: bits, bare: lost > 0 })
  }

  /** "nohu", "taixiu88", "keonhacai". */
  private findGlued(tokens: Token[], hits: Hit<E>[]) {
    for (const token of tokens) {
      if (hits.length >= hitsMax) return
      const fit = token.word.number ? null : this.gluedFit(token.word)
      if (fit) hits.push({ entry: fit.entry, start: token.start, end: token.end, obf: token.obf | fit.obf, bare: !token.word.marked })
    }
  }

  private gluedFit(word: Word): { entry: E; obf: number } | null {
    let known = this.gluedFits.get(word)
    if (known === undefined) {
      known = this.readGlued(word)
      if (this.gluedFits.size > 50_000) this.gluedFits.clear()
      this.gluedFits.set(word, known)
    }
    return known
  }

  private readGlued(word: Word): { entry: E; obf: number } | null {
    if (word.bare.length < GLUED_MIN || word.bare.length > GLUED_MAX + 6) return null
    const stem = word.bare.replace(/\d+$/, "")
    const exactStem = word.exact.replace(/\d+$/, "")
    const forms: [string | null, number][] = [
      [word.bare, 0],
      [stem, 0],
      [word.leet, obf.leet],
      [stem.replace(/[013458]/g, (digit) => digitLetters[digit]!), obf.leet],
    ]
    for (const [form, how] of forms) {
      if (!form || form.length < GLUED_MIN) continue
      const fit = this.glued.get(form)?.find(({ exact }) => !word.marked || word.exact === exact || exactStem === exact)
      if (fit) return { entry: fit.entry, obf: form === word.bare || form === stem ? 0 : how }
    }
    return null
  }

  /** "t à i x ỉ u", "nổ h ũ": words taken apart by spaces. */
  private findSplit(tokens: Token[], hits: Hit<E>[]) {
    let single = -1
    for (let i = 0; i < tokens.length; i++) {
      // Ordinary text has single letters too ("ở", "ý"): one must be among the first three.
      if (single < i) {
        single = i
        while (single < tokens.length && !tokens[single]!.word.single) single++
      }
      if (single === tokens.length) return
      if (single > i + 2) i = single - 3
      else this.splitFrom(tokens, i, hits)
    }
  }

  private splitFrom(tokens: Token[], i: number, hits: Hit<E>[]) {
    let text = ""
    let bare = ""
    let singles = 0
    let bits = 0
    for (let j = i; j < tokens.length && bare.length <= GLUED_MAX && hits.length < hitsMax; j++) {
      const { word, gap } = tokens[j]!
      if ((j > i && gap === "hard") || word.exact.length > 8) return
      text += word.exact
      bare += word.bare
      bits |= tokens[j]!.obf
      if (word.single) singles += 1
      if (j === i || singles === 0 || bare.length < GLUED_MIN) continue
      const known = this.glued.get(bare) ?? (/\d/.test(bare) ? this.glued.get(bare.replace(/[013458]/g, (digit) => digitLetters[digit]!)) : undefined)
      const fit = known?.find(
        ({ entry, exact }) => (sameTone(text, exact) || (text === bare && singles >= 2)) && j - i + 1 > entry.text.split(" ").length,
      )
      if (fit) hits.push({ entry: fit.entry, start: tokens[i]!.start, end: tokens[j]!.end, obf: bits | obf.dots, bare: text === bare })
    }
  }

  /** The second pass: signs inside words removed. Only what the first pass did not read counts. */
  private findJoined(joined: Token[], hits: Hit<E>[]) {
    const found: Hit<E>[] = []
    const near = bareNeighbourhood(joined)
    this.walkAll(joined, near, found)
    this.findGlued(joined, found)
    this.findSplit(joined, found)
    const plain = hits.filter((hit) => hit.obf === 0)
    for (const hit of found) {
      if (!hit.obf || plain.some((other) => other.start <= hit.start && other.end >= hit.end)) continue
      // "lô.Đề nghị": two whole syllables around a missing space are no disguise.
      hits.push(hit)
    }
  }

  private findUnspaced(text: string, hits: Hit<E>[]) {
    this.unspacedPattern ??= new RegExp(
      this.unspacedWords
        .map((entry) => entry.text.toLowerCase())
        .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
        .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join("|"),
      "gu",
    )
    for (const match of text.toLowerCase().matchAll(this.unspacedPattern)) {
      if (hits.length >= hitsMax) return
      const entry = this.unspacedWords.find((one) => one.text.toLowerCase() === match[0])
      if (entry) hits.push({ entry, start: match.index, end: match.index + match[0].length, obf: 0, bare: false })
    }
  }
}

/** Neighbours of the path parted by a sentence mark. */
function crossesMark(tokens: Token[], path: number[]): boolean {
  for (let k = 1; k < path.length; k++) if (path[k] === path[k - 1]! + 1 && tokens[path[k]!]!.gap === "hard") return true
  return false
}

/** The tone of a word taken apart may have moved. */
const sameTone = (text: string, exact: string) =>
  text === exact ||
  (text.normalize("NFD").length === exact.normalize("NFD").length &&
    [...text.normalize("NFD")].sort().join("") === [...exact.normalize("NFD")].sort().join(""))

/** 1 where a word stands among words without diacritics: four of its neighbours, or the whole text. */
function bareNeighbourhood(tokens: Token[]): Uint8Array {
  const near = new Uint8Array(tokens.length)
  const marks = new Uint32Array(tokens.length + 1)
  for (let i = 0; i < tokens.length; i++) marks[i + 1] = marks[i]! + (tokens[i]!.word.marked ? 1 : 0)
  const all = tokens.length
  for (let i = 0; i < all; i++) {
    const from = Math.max(0, i - 2)
    const to = Math.min(all, i + 5)
    if (marks[to]! - marks[from]! === 0 || marks[all]! * 12 < all) near[i] = 1
  }
  return near
}
