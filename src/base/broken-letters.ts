/**
 * Vietnamese that was written for an old font or decoded once too often, and how to read it all the same. Nothing is touched unless the
 * pattern cannot be a text of another language.
 */

/** TCVN3 (ABC): what stands at 0xA1 and after. Blanks are no letters. */
const tcvn3 = "ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ"
/** No language writes signs inside a word or capitals after small letters; TCVN3 has its commonest letters there. */
const oddInWord = /(?<=[A-Za-z])[\u00a8-\u00ae\u00b5-\u00b9\u00bb-\u00be](?=[A-Za-z\u00c0-\u00fe])|(?<=[a-z])[\u00c6-\u00de\u00f7](?![A-Z])/g
const highLetter = /[\u00a1-\u00fe]/g
const vietnameseLetter = /[đơưạ-ỹ]/i
/** "Há»™i nghá»‹": the bytes of UTF-8 shown as windows-1252. */
const twiceDecoded = /\u00e1[\u00ba\u00bb][\u0080-\u00bf\u0152-\u0161\u0178-\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\u00c4[\u2018\u0090]|\u00c6[\u00b0\u00a1]|\u00c3[\u00a0-\u00bf]/g

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
const sampleOf = (text: string) => text.slice(0, 50_000)

const isOldFont = (text: string, least: number) => {
  const odd = count(text, oddInWord)
  return odd >= least && odd >= count(text, highLetter) * 0.15
}
const isTwiceDecoded = (text: string, least: number) => count(text, twiceDecoded) >= least

const suspects = /[\u0080-\u00bf\u00c3\u00c4\u00c6-\u00de\u00f7]/

/** Do the words of one article still look broken? Titles are short: two such places are enough. */
export const looksBroken = (text: string): boolean => {
  const sample = text.slice(0, 5_000)
  return suspects.test(sample) && (count(sample, twiceDecoded) >= 2 || count(sample, oddInWord) >= 2)
}

/** The text as it was meant; itself when it is whole. */
export function mendLetters(text: string): string {
  const sample = sampleOf(text)
  // Nearly every text ends here: a letter that only whole Vietnamese has stands in its first words.
  if (vietnameseLetter.test(sample) || !/[\u00a1-\u00fe]/.test(sample)) return text
  if (isTwiceDecoded(sample, 4)) return undecode(text) ?? text
  return isOldFont(sample, 4) ? text.replace(highLetter, (letter) => tcvn3[letter.charCodeAt(0) - 0xa1]?.trim() || letter) : text
}

/** Back to the bytes and read as UTF-8; null when that is not what they are. */
function undecode(text: string): string | null {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const byte = code <= 0xff ? code : special.get(code)
    if (byte === undefined) return null
    bytes[at] = byte
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
const special = new Map(Array.from({ length: 32 }, (_, at) => [new TextDecoder("windows-1252").decode(new Uint8Array([0x80 + at])).charCodeAt(0), 0x80 + at] as const))

/** Are bytes without a declaration windows-1258? There tone marks are bytes of their own behind a vowel, and ơ, ư, đ are where Western text has õ, ý, ð. */
export function isWindows1258(bytes: Uint8Array): boolean {
  let marks = 0
  let onVowels = 0
  let own = 0
  for (let at = 1; at < bytes.length && at < 200_000; at++) {
    const byte = bytes[at]!
    if (byte === 0xf0 || byte === 0xf5 || byte === 0xfd || byte === 0xe3) own++
    if (byte !== 0xcc && byte !== 0xd2 && byte !== 0xde && byte !== 0xec && byte !== 0xf2) continue
    marks++
    if (vowels1258.has(bytes[at - 1]!)) onVowels++
  }
  return marks >= 3 && own >= 3 && onVowels >= marks * 0.9
}
/** a ă â e ê i o ô ơ u ư y and their capitals. */
const vowels1258 = new Set([..."aeiouyAEIOUY"].map((letter) => letter.charCodeAt(0)).concat([0xe2, 0xe3, 0xea, 0xf4, 0xf5, 0xfd, 0xc2, 0xc3, 0xca, 0xd4, 0xd5, 0xdd]))
