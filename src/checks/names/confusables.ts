/**
 * Letters of other scripts that look Latin (rules.md 6.2): the minimum table first, then the confusables data of UTS #39
 * from the `unhomoglyph` package. Folding works on the base letter of the decomposed text, so Vietnamese marks survive:
 * "ắ" with a Cyrillic а becomes the Latin "ắ".
 */
import confusables from "unhomoglyph/data.json"

/** Small letters UTS #39 maps to a small capital or not at all, and capitals whose small form resembles another letter. */
const minimum: Record<string, string> = {
  а: "a",
  в: "b",
  е: "e",
  к: "k",
  м: "m",
  н: "h",
  о: "o",
  р: "p",
  с: "c",
  т: "t",
  у: "y",
  х: "x",
  і: "i",
  ј: "j",
  ѕ: "s",
  ԁ: "d",
  һ: "h",
  ԛ: "q",
  ԝ: "w",
  ѵ: "v",
  ё: "e",
  ӏ: "i",
  г: "r",
  п: "n",
  ь: "b",
  Ѕ: "S",
  І: "I",
  Ј: "J",
  Ӏ: "I",
  Ԁ: "D",
  Α: "A",
  Β: "B",
  Ε: "E",
  Ζ: "Z",
  Η: "H",
  Ι: "I",
  Κ: "K",
  Μ: "M",
  Ν: "N",
  Ο: "O",
  Ρ: "P",
  Τ: "T",
  Υ: "Y",
  Χ: "X",
  α: "a",
  ο: "o",
  ρ: "p",
  ν: "v",
  ι: "i",
  β: "b",
  ε: "e",
  η: "n",
  κ: "k",
  τ: "t",
  υ: "u",
  χ: "x",
  γ: "y",
  μ: "u",
  ω: "w",
  σ: "o",
  ϲ: "c",
  ϳ: "j",
  ɑ: "a",
  ɡ: "g",
  ı: "i",
  ȷ: "j",
  ɩ: "i",
  ʙ: "b",
  ɴ: "n",
  ʜ: "h",
  ɪ: "i",
  ʀ: "r",
  ʏ: "y",
  ʟ: "l",
  ɢ: "g",
  ɕ: "c",
  ɖ: "d",
  ɗ: "d",
  ɦ: "h",
  ɯ: "u",
  ʋ: "u",
  ʌ: "a",
  ɛ: "e",
  ə: "e",
  ɔ: "o",
  ʊ: "u",
  ʂ: "s",
  ʐ: "z",
  ᴀ: "a",
  ᴄ: "c",
  ᴅ: "d",
  ᴇ: "e",
  ᴊ: "j",
  ᴋ: "k",
  ᴍ: "m",
  ᴏ: "o",
  ᴘ: "p",
  ᴛ: "t",
  ᴜ: "u",
  ᴠ: "v",
  ᴡ: "w",
  ᴢ: "z",
  ꜱ: "s",
  ꜰ: "f",
  ո: "n",
  հ: "h",
  օ: "o",
  ս: "u",
  ց: "g",
  յ: "j",
  զ: "q",
  ք: "p",
  Օ: "O",
  Ս: "U",
  Ո: "N",
  Տ: "S",
  Լ: "L",
  Ց: "G",
  ի: "h",
  լ: "l",
  ł: "l",
  Ł: "L",
  ø: "o",
  Ø: "O",
  ƙ: "k",
  ɓ: "b",
  ħ: "h",
  ŧ: "t",
  Ɓ: "B",
  Ɗ: "D",
  Ħ: "H",
  ĸ: "k",
  ʍ: "m",
}

const uts39: Record<string, string | undefined> = confusables
const latin = /^[A-Za-z]+$/

/** A letter of the minimum table. */
export const isImitation = (char: string) => minimum[char] !== undefined

/** The Latin letters a single character imitates, or null when it imitates none (or is a Latin or Vietnamese letter itself). */
export function latinOf(char: string): string | null {
  if (char < "\u0080" || char === "đ" || char === "Đ") return null
  const own = minimum[char]
  if (own !== undefined) return own
  // UTS #39 knows some letters only in one case, and sends some to a small capital.
  for (const face of [uts39[char], uts39[char.toUpperCase()]]) {
    const folded = face === undefined ? undefined : (minimum[face] ?? face)
    if (folded !== undefined && latin.test(folded)) return folded
  }
  return null
}

/** Digits that stand in for letters inside a word (rules.md 6.2). */
export const digitLetters: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "8": "b" }
/** Signs that do the same between two letters; they count only when the word they make is known. */
export const signLetters: Record<string, string> = { "@": "a", $: "s", "!": "i", "|": "i", "€": "e" }

/** One spelling for shapes that cannot be told apart: l and I, rn and m. Only for comparing two words with each other. */
export const shapeOf = (bare: string) => bare.replace(/rn/g, "m").replace(/l/g, "i")
