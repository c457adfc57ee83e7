/**
 * Reading a name: steps N1-N8 of rules.md 5.2. The same steps are taken for names seen, names expected and word lists, so two
 * texts are compared only after both went through here. Pure; the stored name is never changed.
 */
import { digitLetters, isImitation, latinOf, signLetters } from "./confusables.ts"

export const nameFlags = ["CHR-CASE", "CHR-EMOJI", "CHR-STYLED", "CHR-INVIS", "CHR-ETH", "CHR-IY", "CHR-PUNCT", "CHR-LOOKALIKE"] as const
export type NameFlag = (typeof nameFlags)[number]

export interface Word {
  /** After N1-N8: lower case, composed, one tone placement, look-alikes still as they were. */
  exact: string
  /** Without diacritics, look-alikes folded, final y as i. */
  bare: string
  /** `exact` carries letters of another script that imitate Latin ones. */
  foreign: boolean
  /** A separator (not only a space) stood before it. */
  gap: boolean
}
export interface NameText {
  words: Word[]
  flags: Set<NameFlag>
  /** A tick, which imitates a verification badge. */
  tick: boolean
}

const invisible =
  /[\u00AD\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\u{E0000}-\u{E0FFF}\p{Cc}\p{Co}\p{Cn}]/gu
const whitespaceControls = /[\t\n\r\v\f\u0085]/g
/** A pictogram with everything that belongs to it: variation selectors, skin tones, joiners, tags, key caps. */
const pictogram =
  /[0-9#*]\uFE0F?\u20E3|(?:\p{Regional_Indicator}|(?![\u{1F170}-\u{1F189}\u{1F130}-\u{1F169}\u24C2\u24B6-\u24E9©®™])\p{Extended_Pictographic})(?:[\uFE0E\uFE0F\u200D\u20E3]|\p{Emoji_Modifier}|[\u{E0020}-\u{E007F}]|\p{Extended_Pictographic})*/gu
const decoration = /(?![\u2460-\u24FF\u{1F100}-\u{1F189}])[\p{So}\p{Sk}\u00B0©®™\u2190-\u21FF\u2200-\u22FF\u25A0-\u27BF\u2B00-\u2BFF\u02B9-\u02FF]/gu
const ticks = /[\u2713\u2714\u2705\u2611\u{1F5F8}\u{1F5F9}\u{1F197}\u221A]/u
/** What every ordinary name consists of; anything else takes the long way. */
const plain = /^[\p{Script=Latin}0-9 ,\-–—‐.()[\]"':;/|\\·•~_!&]*$/u
const oddLatin = /[^\u0020-\u007EÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]/u
/** The marks of Vietnamese letters; any other combining mark is decoration. */
const foreignMark = /(?![\u0300\u0301\u0302\u0303\u0306\u0309\u031B\u0323])\p{M}/gu
const marks = /\p{M}/gu

/** Separators of N7; those of the second list are a cosmetic finding. */
const neutralMark = /[,.()[\]"'“”‘’«»:;/\\·\-–—‐‑‒―&…?{}<>]/u
const loudMark = /[~|•_!]/u

export function readName(text: string): NameText {
  const flags = new Set<NameFlag>()
  let name = text.normalize("NFC").replace(whitespaceControls, " ")
  let tick = false
  if (!plain.test(name) || oddLatin.test(name)) {
    tick = ticks.test(name)
    name = tidy(name, flags)
  }
  const words = split(name, flags)
  if (words.some((word) => word.foreign)) flags.add("CHR-LOOKALIKE")
  return { words, flags, tick }
}

/** N2-N5 for names that hold anything beyond Vietnamese letters, digits and the marks of N7. */
function tidy(name: string, flags: Set<NameFlag>): string {
  let text = name.replace(pictogram, () => (flags.add("CHR-EMOJI"), " "))
  text = text.replace(invisible, () => (flags.add("CHR-INVIS"), ""))
  text = text.replace(decoration, () => (flags.add("CHR-EMOJI"), " "))
  let out = ""
  for (const char of text) {
    if (!/[\p{L}\p{N}\p{So}\u{1F150}-\u{1F189}]/u.test(char)) {
      out += /[\p{P}\p{S}\p{Z}]/u.test(char) ? char.normalize("NFKC") : char
      continue
    }
    // Compatibility forms would hide some imitations (ϲ becomes ς): those wait for the look-alike step.
    if (isImitation(char)) {
      out += char
      continue
    }
    const code = char.codePointAt(0)!
    const squared = code >= 0x1f150 && code <= 0x1f169 ? code - 0x1f150 : code >= 0x1f170 && code <= 0x1f189 ? code - 0x1f170 : -1
    // A compatibility form may itself bring decoration along (ŉ becomes ʼn).
    const simple = squared >= 0 ? String.fromCharCode(65 + squared) : char.normalize("NFKC").replace(decoration, "")
    // Greek and Armenian symbols may change too; only letters and digits that become other letters or digits are "styled".
    if (simple !== char && /^[\p{L}\p{N}\p{M}().]+$/u.test(simple)) {
      flags.add("CHR-STYLED")
      out += simple.replace(/[().]/g, "")
    } else out += simple
  }
  const ethless = out.replace(/[ÐƉ]/g, "Đ").replace(/[ðɖ]/g, "đ")
  if (ethless !== out) flags.add("CHR-ETH")
  // Marks that no precomposed letter took up are decoration (strike-through, piles of accents); ï and ñ stay, as other letters.
  const bared = ethless.normalize("NFC").replace(foreignMark, () => (flags.add("CHR-STYLED"), ""))
  return bared.normalize("NFC")
}

type Role = "letter" | "space" | "neutral" | "loud" | "sign"
const roles = new Map<string, Role>()
/** What a character does in a name. A dot only ends abbreviations, so it separates no more than a space. */
function roleOf(char: string): Role {
  const known = roles.get(char)
  if (known) return known
  const role: Role = /[\p{L}\p{N}\p{M}]/u.test(char)
    ? "letter"
    : /[\s\p{Z}.]/u.test(char)
      ? "space"
      : signLetters[char]
        ? "sign"
        : neutralMark.test(char)
          ? "neutral"
          : "loud"
  if (roles.size < 5_000) roles.set(char, role)
  return role
}

function split(name: string, flags: Set<NameFlag>): Word[] {
  if (/(\p{L})[-–—‐‑](\p{L})/u.test(name) || loudMark.test(name)) flags.add("CHR-PUNCT")
  const dotless = !name.includes(".")
    ? name
    : name
        .replace(/\b[Uu]\s?\.\s?[Bb]\s?\.\s?[Nn]\s?\.\s?[Dd](?:\.|\b)/g, "UBND ")
        .replace(/(?<!\p{L})[Hh]\s?\.\s?[Đđ]\s?\.\s?[Nn]\s?\.\s?[Dd](?:\.|(?!\p{L}))/gu, "HĐND ")
  const words: Word[] = []
  let gap = false
  let letters = ""
  let upper = 0
  let lower = 0
  let singles = 0
  const close = () => {
    if (!letters) return
    const raw = rawWord(letters)
    upper += raw.upper
    lower += raw.lower
    if (letters.length === 1) singles += 1
    for (const { exact, bare, foreign } of raw.parts) {
      words.push({ exact, bare, foreign, gap })
      gap = false
    }
    letters = ""
  }
  const chars = [...dotless]
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i]!
    const role = roleOf(char)
    // A sign between letters is kept inside the word for now: `repair` splits it again when no known word comes out.
    if (role === "letter" || (role === "sign" && roleOf(chars[i - 1] ?? " ") === "letter" && roleOf(chars[i + 1] ?? " ") === "letter")) {
      letters += char
      continue
    }
    close()
    if (char === "&") words.push(makeWord("và", false))
    else if (role !== "space") gap = true
    if (role === "loud" || (role === "sign" && char !== "!" && char !== "|")) flags.add("CHR-PUNCT")
  }
  close()
  if (upper + lower > 0 && (!upper || !lower)) flags.add("CHR-CASE")
  return singles >= 3 ? mergeSpaced(words) : words
}

const kindsGlued = /^(ubnd|uỷban|ủyban)(phường|phuong|xã|xa|huyện|huyen|tỉnh|tinh)$/
/** N7: abbreviations that are part of full names. */
function expand(word: string): string[] {
  if (word === "ubnd") return ["ủy", "ban", "nhân", "dân"]
  if (word === "hđnd") return ["hội", "đồng", "nhân", "dân"]
  const glued = kindsGlued.exec(word)
  if (glued) return ["ủy", "ban", "nhân", "dân", glued[2]!]
  return [word]
}

const toneHome: Record<string, string> = {}
for (const [first, vowels, marked] of [["o", "a", "àáảãạ"], ["o", "e", "èéẻẽẹ"], ["u", "y", "ỳýỷỹỵ"]] as const) {
  const home = first === "o" ? "òóỏõọ" : "ùúủũụ"
  ;[...marked].forEach((mark, i) => (toneHome[first + mark] = home[i]! + vowels))
}
/** N8: the tone of an open syllable sits on the first vowel (hoà = hòa, thuỷ = thủy), never after q. */
const placeTone = (word: string) => {
  const end = toneHome[word.slice(-2)]
  return end && word.at(-3) !== "q" ? word.slice(0, -2) + end : word
}

interface RawWord {
  parts: Omit<Word, "gap">[]
  /** CHR-CASE: 1 when the word holds a capital (a small letter); abbreviations count as neither. */
  upper: 0 | 1
  lower: 0 | 1
}
const rawWords = new Map<string, RawWord>()
/** Names are endless, their words are not: each spelling is taken apart once. The memory is emptied rather than left to grow. */
function rawWord(letters: string): RawWord {
  let known = rawWords.get(letters)
  if (!known) {
    // The small letter of İ is i with a dot of its own.
    const small = letters.toLowerCase().replaceAll("i\u0307", "i")
    const counts = !abbreviations.test(letters)
    known = {
      parts: expand(small).map((part) => {
        const exact = placeTone(part)
        return { exact, ...stripped(exact) }
      }),
      upper: counts && letters !== small ? 1 : 0,
      lower: counts && letters !== letters.toUpperCase() ? 1 : 0,
    }
    if (rawWords.size > 20_000) rawWords.clear()
    rawWords.set(letters, known)
  }
  return known
}
const makeWord = (lower: string, gap: boolean): Word => ({ ...rawWord(lower).parts[0]!, gap })

function stripped(exact: string): { bare: string; foreign: boolean } {
  let bare = ""
  let folds = 0
  let strange = 0
  for (const char of exact.normalize("NFD").replace(marks, "")) {
    const latin = char >= "\u0080" ? latinOf(char) : null
    if (latin) folds += 1
    else if (char >= "\u0080" && char !== "đ" && /\p{L}/u.test(char)) strange += 1
    bare += latin ? latin.toLowerCase() : char === "đ" ? "d" : char
  }
  // A word of another language is not an imitation: every letter of an imitation has a Latin face.
  return { bare: iyFolded(bare), foreign: folds > 0 && strange === 0 }
}

/** Final y and i are one vowel after a consonant or qu (Lý = Lí), but not in uy, ay, ây. */
const singleVowel = /^(?:[bcdghklmnpqrstvxđ]{0,3}|qu)[iyìíỉĩịỳýỷỹỵ]$/
const toI: Record<string, string> = { y: "i", ỳ: "ì", ý: "í", ỷ: "ỉ", ỹ: "ĩ", ỵ: "ị" }
export const iyFolded = (word: string) => (singleVowel.test(word) ? word.slice(0, -1) + (toI[word.at(-1)!] ?? word.at(-1)!) : word)

/** "U B N D" and "K-i-n-h": three single letters or more in a row were one word. */
function mergeSpaced(words: Word[]): Word[] {
  const out: Word[] = []
  for (let i = 0; i < words.length; ) {
    let end = i
    while (end < words.length && [...words[end]!.exact].length === 1 && /\p{L}/u.test(words[end]!.exact)) end += 1
    if (end - i >= 3) {
      const parts = expand(words.slice(i, end).map((word) => word.exact).join(""))
      parts.forEach((part, at) => out.push(makeWord(part, at === 0 && words[i]!.gap)))
      i = end
    } else out.push(words[i++]!)
  }
  return out
}

/** Written in capitals or small letters as one likes: they say nothing about the case of a name. */
const abbreviations = /^(?:ubnd|hđnd|hdnd|tp|tx|tt|ttđt|mttq|kcn|bql|gd|đt|kh|cn|nn|mt|vhttdl|bn|hcm|p|x|h|q|t)$/i
/** Replaces the words an imitation stands for. `known` answers the true bare form of a shape, or null. Returns the positions changed. */
export function repair(
  words: Word[],
  knownBare: (bare: string) => boolean,
  byShape: (shape: string) => string | null,
  shapeOf: (bare: string) => string,
): { words: Word[]; changed: boolean[] } {
  const out: Word[] = []
  const changed: boolean[] = []
  for (const word of words) {
    if (!word.foreign && knownBare(word.bare)) {
      out.push(word)
      changed.push(false)
      continue
    }
    if (word.foreign) {
      rawWord(foldForeign(word.exact)).parts.forEach((part, i) => {
        out.push({ ...part, gap: i === 0 && word.gap })
        changed.push(true)
      })
      continue
    }
    const signs = /[@$!|€]/.test(word.bare)
    const digits = /\d/.test(word.bare) && /\p{L}/u.test(word.bare)
    if (!signs && (word.bare.length < 3 || !(digits || /l|i|rn/.test(word.bare)))) {
      out.push(word)
      changed.push(false)
      continue
    }
    const guess = [...word.bare].map((char) => (digits || signs ? (digitLetters[char] ?? signLetters[char] ?? char) : char)).join("")
    const truth = guess.length >= 3 ? byShape(shapeOf(iyFolded(guess))) : null
    if (truth) {
      out.push({ ...word, exact: word.exact === word.bare ? truth : unsigned(word.exact), bare: truth })
      changed.push(true)
    } else if (signs) {
      word.exact.split(/[@$!|€]/).forEach((part, i) => {
        for (const piece of expand(part)) {
          out.push(makeWord(piece, word.gap || i > 0))
          changed.push(false)
        }
      })
    } else {
      out.push(word)
      changed.push(false)
    }
  }
  return { words: out, changed }
}

const foldForeign = (exact: string) =>
  placeTone(
    [...exact.normalize("NFD")]
      .map((char) => (char >= "\u0080" ? (latinOf(char)?.toLowerCase() ?? char) : char))
      .join("")
      .normalize("NFC"),
  )
const unsigned = (exact: string) =>
  placeTone(
    [...exact.normalize("NFD")]
      .map((char) => digitLetters[char] ?? signLetters[char] ?? char)
      .join("")
      .normalize("NFC"),
  )

/** Tokens of a name as in the vectors of rules.md 5.2, joined by spaces. */
export const nameKey = (text: string) =>
  readName(text)
    .words.map((word) => word.exact)
    .join(" ")
