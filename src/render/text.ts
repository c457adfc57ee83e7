/** Cleaning and cutting of text that comes from portals, so that a network counts and shows what we mean. */

/** Controls, invisible and direction-changing characters; joiner and variation selector are kept only inside emoji. */
const invisible =
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u00AD\u034F\u115F\u1160\u180E\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\u3164\uFEFF\uFFF9-\uFFFB]/gu
const looseJoiner = /(?<![\p{Extended_Pictographic}\u{1F3FB}-\u{1F3FF}\uFE0F])\u200D|\u200D(?!\p{Extended_Pictographic})/gu
const looseSelector = /(?<![\p{Extended_Pictographic}\p{Emoji}])[\uFE00-\uFE0F]/gu
/** More than four marks on one letter is no language; it only breaks lines and limits. */
const pile = /(\p{M}{4})\p{M}+/gu
const loneSurrogate = /\p{Surrogate}/gu

/** What ordinary Vietnamese text is made of: none of it needs more than its spaces looked at. */
const ordinary = /^[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u1e00-\u1eff\u2010-\u2015\u2018-\u201f\u2022\u2026\u2030\u20ab]*$/
const uneven = /  |^\s|\s$| \n|\n |\n{3}/

/** NFC, `\n` line ends, no invisible characters, single spaces, at most one empty line. Idempotent. */
export function cleanText(text: string): string {
  if (ordinary.test(text)) return uneven.test(text) ? evenSpaces(text) : text
  const bare = text
    .replace(loneSurrogate, "")
    .normalize("NFC")
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replace(/\t/g, " ")
    .replace(invisible, "")
    .replace(looseJoiner, "")
    .replace(looseSelector, "")
    .replace(pile, "$1")
    .normalize("NFC")
  return evenSpaces(bare)
}

const evenSpaces = (text: string) => text.replace(/[^\S\n]+/g, " ").replace(/ ?\n ?/g, "\n").replace(/\n{3,}/g, "\n\n").trim()

/** The same on one line. */
export const oneLine = (text: string) => cleanText(text).replace(/\s*\n\s*/g, " ")

/** Facebook counts code points, Zalo UTF-16 units. */
export const codePoints = (text: string) => {
  let count = text.length
  for (let at = 1; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) count--
  return count
}
export const utf16Units = (text: string) => text.length

const graphemes = new Intl.Segmenter("vi", { granularity: "grapheme" })

/** The longest beginning that measures at most `max` and never cuts inside a letter with its marks or inside an emoji. */
function longestStart(text: string, max: number, measure: (text: string) => number): string {
  // Every unit of ordinary text is a letter of its own.
  if (ordinary.test(text.slice(0, max + 1))) return text.slice(0, max)
  let used = 0
  let end = 0
  // A UTF-16 unit is at most one code point, so nothing beyond this slice can count.
  for (const { segment, index } of graphemes.segment(text.slice(0, max * 2 + 64))) {
    used += measure(segment)
    if (used > max) break
    end = index + segment.length
  }
  return text.slice(0, end)
}

/** Cuts between words and says so with "…"; what fits is returned as it is. */
export function cutWords(text: string, max: number, measure: (text: string) => number = codePoints): string {
  if (max <= 0) return ""
  if (measure(text) <= max) return text
  const room = longestStart(text, max - 1, measure)
  const space = /\s/.test(text[room.length] ?? "") ? room.length : room.search(/\s\S*$/)
  const words = (space > room.length / 2 ? room.slice(0, space) : room).replace(/[\s,;:–—-]+$/u, "")
  return words ? `${words}…` : longestStart(text, max, measure)
}

/** Cuts at the end of a sentence or paragraph where one lies in the second half, else between words. */
export function cutSentence(text: string, max: number, measure: (text: string) => number = codePoints): string {
  if (max <= 0) return ""
  if (measure(text) <= max) return text
  const start = longestStart(text, max, measure)
  const withNext = start + text.slice(start.length, start.length + 1)
  const sentence = /^[\s\S]*(?:[.!?…]["”’)]*(?=\s)|(?=\n))/.exec(withNext)?.[0].slice(0, start.length).trimEnd()
  return sentence && sentence.length >= start.length / 2 ? sentence : cutWords(text, max, measure)
}
