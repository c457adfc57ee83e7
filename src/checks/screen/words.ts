/**
 * Text as the lexicon sees it (safety.md 3): composed, without invisible characters, NFKC, look-alikes folded, one tone placement, lower case.
 * Every word remembers what had to be undone to read it: honest authors do not write so. Pure; positions are those of the folded text.
 */
import { digitLetters, latinOf, signLetters } from "../names/confusables.ts"

/** Obfuscations of safety.md 3.2 as bits. OBF-NFD and OBF-NODIA are neutral and not kept. */
export const obf = { invisible: 1, width: 2, homoglyph: 4, dots: 8, leet: 16 } as const
export const obfSignals: [number, string][] = [
  [obf.invisible, "OBF-INVIS"], [obf.width, "OBF-WIDTH"], [obf.homoglyph, "OBF-HOMO"], [obf.dots, "OBF-DOTS"], [obf.leet, "OBF-LEET"],
]

export interface Word {
  /** Lower case, composed, tone placed. */
  exact: string
  /** Without diacritics. */
  bare: string
  /** Carries a diacritic. */
  marked: boolean
  /** `bare` with digits read as letters, when it mixes both. */
  leet: string | null
  number: boolean
  /** One letter. */
  single: boolean
  /** Letters with digits, or ending like a betting brand: worth a second look. */
  odd: boolean
}
export interface Token {
  word: Word
  start: number
  end: number
  obf: number
  /** What separates it from the token before: `soft` (space, hyphen, slash, quote), `inner` (a sign between two letters, no space), `hard` (sentence marks). */
  gap: "soft" | "inner" | "hard"
  /** What stands before it, after the token before. */
  sign: string
}
export interface Folded {
  text: string
  /** Obfuscation bits per UTF-16 unit; null when nothing had to be undone. */
  flags: Uint8Array | null
}

export const invisible =
  /[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\u{E0000}-\u{E0FFF}\u0000-\u0008\u000E-\u001F\u007F]/u
const invisibleAll = new RegExp(invisible, "gu")
export const withoutInvisible = (text: string) => (invisible.test(text) ? text.replace(invisibleAll, "") : text)
/** Anything beyond ASCII, Vietnamese letters and usual typographic marks takes the long way. */
const unusual =
  /[^\t\n\v\f\r\u0020-\u007E\u00A0-\u00AC\u00AE-\u00BFÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ\u2010-\u2015\u2018-\u201F\u2022\u2026\u2030\u20AB]/u
/** Scripts whose letters imitate nothing here. */
const eastern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Arabic}\p{Script=Devanagari}\u3000-\u303F\uFF61-\uFF9F]/u
/** Vietnamese marks stand on vowels only: "ŃỔ ĤŨ" is decoration. */
const vowel = /^[aeiouyAEIOUY]/
const vietnameseMark = /[\u0300\u0301\u0302\u0303\u0306\u0309\u031B\u0323]/
const alphanumeric = /^[\p{L}\p{N}]+$/u

export function fold(raw: string): Folded {
  const text = raw.normalize("NFC").replace(/\u00a0/g, " ")
  if (!unusual.test(text)) return { text, flags: null }
  let out = ""
  const flags: number[] = []
  let bits = 0
  let base = ""
  let wordBefore = false
  let lastBits = 0
  const flush = () => {
    if (!base) return
    const composed = base.normalize("NFC")
    // "xіỉu": the look-alike stands beside the letter it imitates.
    if ((bits | lastBits) & obf.homoglyph && out && bareOf(composed.toLowerCase()) === bareOf(out.at(-1)!.toLowerCase())) {
      bits |= lastBits
      if (composed >= "\u0080") out = out.slice(0, -1) + composed
      flags[flags.length - 1] = bits
      lastBits = bits
      base = ""
      bits = 0
      return
    }
    lastBits = bits
    for (let i = 0; i < composed.length; i++) flags.push(bits)
    out += composed
    wordBefore = /[\p{L}\p{N}]/u.test(composed)
    base = ""
    bits = 0
  }
  let hidden = false
  // Hangul stays composed: taken apart it would not be found again.
  const letters = eastern.test(text) ? [...text].map((char) => (eastern.test(char) ? char : char.normalize("NFD"))).join("") : text.normalize("NFD")
  for (const char of letters) {
    if (char < "\u0080" && char >= " ") {
      flush()
      base = char
      if (hidden && wordBefore && /[A-Za-z0-9]/.test(char)) bits |= obf.invisible
      hidden = false
    } else if (invisible.test(char)) {
      flush()
      hidden = true
    } else if (/\p{M}/u.test(char)) {
      if (base.length > 6) continue
      if ((vietnameseMark.test(char) && vowel.test(base)) || (base && eastern.test(base))) base += char
      else bits |= obf.homoglyph
    } else {
      flush()
      const [folded, how] = foldChar(char)
      base = folded
      bits = how
      if (hidden && wordBefore && /[\p{L}\p{N}]/u.test(folded)) bits |= obf.invisible
      hidden = false
    }
  }
  flush()
  return { text: out, flags: Uint8Array.from(flags) }
}

const folds = new Map<string, [string, number]>()
function foldChar(char: string): [string, number] {
  let known = folds.get(char)
  if (!known) {
    known = foldUnknown(char)
    if (folds.size > 20_000) folds.clear()
    folds.set(char, known)
  }
  return known
}
function foldUnknown(char: string): [string, number] {
  if (/\s|\p{Z}/u.test(char)) return [" ", 0]
  if (/[ÐƉðɖ]/.test(char)) return [/[ÐƉ]/.test(char) ? "Đ" : "đ", 0]
  if (char === "đ" || char === "Đ") return [char, 0]
  const code = char.codePointAt(0)!
  // Squared and negative circled letters have no compatibility form.
  for (const first of [0x1f130, 0x1f150, 0x1f170]) if (code >= first && code < first + 26) return [String.fromCharCode(65 + code - first), obf.width]
  if (code >= 0x1f1e6 && code <= 0x1f1ff) return [String.fromCharCode(65 + code - 0x1f1e6), obf.width]
  const wide = char.normalize("NFKC")
  const styled = wide !== char && alphanumeric.test(wide.replace(/[().]/g, ""))
  const letter = styled ? wide.replace(/[().]/g, "") : wide !== char && /^[\p{P}\p{S}]$/u.test(wide) ? wide : char
  const bits = styled && !eastern.test(wide) ? obf.width : 0
  if (letter.length <= 2 && letter >= "\u0080" && /\p{L}/u.test(letter) && !eastern.test(letter)) {
    const latin = latinOf(letter) ?? latinOf(letter.toLowerCase())
    if (latin) return [latin, bits | obf.homoglyph]
  }
  return [letter, bits]
}

const toneHome: Record<string, string> = {}
for (const [pair, marked, home] of [["oa", "àáảãạ", "òóỏõọ"], ["oe", "èéẻẽẹ", "òóỏõọ"], ["uy", "ỳýỷỹỵ", "ùúủũụ"]] as const) {
  ;[...marked].forEach((mark, i) => (toneHome[pair[0]! + mark] = home[i]! + pair[1]!))
}
const misplaced = /([òóỏõọ])([ae])(?=[a-z])/
/** N8 of rules.md: the tone of an open syllable sits on the first vowel, never after q. */
function placeTone(word: string): string {
  // "tòan", "hòan": the same mistake the other way round.
  if (misplaced.test(word))
    return word.replace(misplaced, (_, vowel: string, next: string) => `o${next}${vowel.normalize("NFD").slice(1)}`.normalize("NFC"))
  const end = toneHome[word.slice(-2)]
  return end && word.at(-3) !== "q" ? word.slice(0, -2) + end : word
}

export const bareOf = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d")

const words = new Map<string, Word>()
/** Reads one folded run of letters and digits; remembered, because syllables are few. */
export function readWord(raw: string): Word {
  // Numbers are endless: they are not remembered.
  if (raw.length < 20 && isDigit(raw[0]!) && isDigit(raw.at(-1)!) && /^[0-9]+$/.test(raw))
    return { exact: raw, bare: raw, marked: false, leet: null, number: true, single: false, odd: false }
  let known = words.get(raw)
  if (!known) {
    const exact = placeTone(raw.toLowerCase().normalize("NFC"))
    const bare = bareOf(exact)
    const mixed = /\d/.test(bare) && /[a-z]/.test(bare)
    const leet = mixed ? [...bare].map((char) => digitLetters[char] ?? char).join("") : null
    known = {
      exact,
      bare,
      marked: exact !== bare,
      leet,
      number: /^\d+$/.test(bare),
      single: /^\p{L}$/u.test(exact),
      odd: mixed || bare.includes("bet"),
    }
    if (words.size > 50_000) words.clear()
    if (raw.length <= 40) words.set(raw, known)
  }
  return known
}

const run = /[\p{L}\p{N}\p{M}]+|%/gu
const hard = /[.,;:!?()[\]{}\n…•|]/

const isDigit = (char: string) => char >= "0" && char <= "9"

/** Splits folded text into words. */
export function tokenize({ text, flags }: Folded): Token[] {
  const tokens: Token[] = []
  let last = 0
  run.lastIndex = 0
  for (let match = run.exec(text); match; match = run.exec(text)) {
    const raw = match[0]
    const { index: start } = match
    const end = start + raw.length
    const between = text.slice(last, start)
    let gap: Token["gap"] = "soft"
    if (between === " ") {
      // The usual case needs no look.
    } else if (tokens.length && between && between.length <= 4 && !/\s/.test(between) && raw !== "%")
      gap = isDigit(text[start]!) && isDigit(text[last - 1]!) ? "soft" : "inner"
    else if (hard.test(between)) gap = "hard"
    let bits = 0
    if (flags) for (let i = start; i < end; i++) bits |= flags[i]!
    tokens.push({ word: readWord(raw), start, end, obf: bits, gap, sign: between })
    last = end
  }
  return tokens
}

/** Words written with signs inside ("n.ổ", "c@sino") as one; null when nothing was joined. */
export function joinInner(tokens: Token[]): Token[] | null {
  let joined = false
  const out: Token[] = []
  for (const token of tokens) {
    const before = out.at(-1)
    const opening = token.gap !== "inner" && /(?:^|\s)[@$€]$/.test(token.sign) ? signLetters[token.sign.at(-1)!]! : ""
    if (before && token.gap === "inner" && out.length && before.word.exact.length < 40) {
      const letter = token.sign.length === 1 ? (signLetters[token.sign] ?? "") : ""
      out[out.length - 1] = {
        ...before,
        word: readWord(before.word.exact + letter + token.word.exact),
        end: token.end,
        obf: before.obf | token.obf | (letter ? obf.leet : obf.dots),
      }
      joined = true
    } else if (opening) {
      out.push({ ...token, word: readWord(opening + token.word.exact), obf: token.obf | obf.leet })
      joined = true
    } else out.push(token)
  }
  return joined ? out : null
}
