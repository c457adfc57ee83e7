/** JSON of platforms whose ids exceed 2^53: whole numbers of 16 digits and more become strings before they lose digits. */
/** A long number where a value may stand; inside a text this may be a false alarm, which costs time only. */
const longDigits = /(?:^|[:[,])\s*-?\d{16}/
const stringOrNumber = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const longInteger = /^-?\d{16,}$/

export const quoteLongIntegers = (text: string): string =>
  longDigits.test(text) ? text.replace(stringOrNumber, (token) => (longInteger.test(token) ? `"${token}"` : token)) : text

/** `undefined` when the text is no JSON (HTML error pages, cut bodies). Ids come out as strings, digit for digit. */
export function parseJsonIds(text: string): unknown {
  try {
    return JSON.parse(quoteLongIntegers(text))
  } catch {
    return undefined
  }
}

/** The text of an id, whether it came as a string or as a short number; null for anything else and for the empty text. */
export const idText = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" && Number.isSafeInteger(value) ? String(value) : null
