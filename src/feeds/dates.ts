/**
 * Dates as Vietnamese portals write them (feeds.md 2.3). `new Date()` reads a third of these forms right and some
 * silently wrong, so it is never asked. A time without zone is Vietnamese time. What is not credible is null.
 */
import { DAY, HOUR, MINUTE, SECOND } from "../base/clock.ts"
import { VIETNAM_OFFSET_MS } from "../base/time.ts"
import type { DateOrder } from "../model/index.ts"

const englishMonths = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
/** Vietnamese numerals of months, longest first where one begins another. Index + 1 = month for the plain ones. */
const vietnameseMonths: [string, number][] = [
  ["mười một", 11],
  ["mười hai", 12],
  ["mười", 10],
  ["giêng", 1],
  ["chạp", 12],
  ["một", 1],
  ["hai", 2],
  ["ba", 3],
  ["tư", 4],
  ["bốn", 4],
  ["năm", 5],
  ["sáu", 6],
  ["bảy", 7],
  ["bẩy", 7],
  ["tám", 8],
  ["chín", 9],
]
const monthWords = vietnameseMonths.map(([word]) => word).join("|")
/** Minutes east of UTC. */
const zones: Record<string, number> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  wet: 0,
  ict: 420,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  akst: -540,
  hst: -600,
  bst: 60,
  cet: 60,
  cest: 120,
  met: 60,
  mest: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  ist: 330,
  sgt: 480,
  hkt: 480,
  jst: 540,
  kst: 540,
  aest: 600,
  aedt: 660,
}

/** Weekdays say nothing that the date does not say; "Thứ 2" and "T2" would look like numbers. */
const weekday = new RegExp(
  "(?:^|[\\s,(])(?:thứ\\s*(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|thu\\s*[2-7]\\s*(?=,)|thu\\s+(?:hai|ba|tu|nam|sau|bay)|chủ\\s*nhật|chu\\s*nhat|cn|t[2-7](?=[\\s,.]+\\d)|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?)(?=[\\s,.:)|-]|$)[\\s,.:|-]*",
  "giu",
)
const clockTime =
  /(?<![\d/.-])(\d{1,2})\s*(?::|h(?!\p{L})|g(?!\p{L}|mt)|giờ|gio)\s*(?:(\d{1,2})(?!\d)(?:\s*(?:'|p(?!\p{L})|phút|phut))?(?:\s*(?::|phút|phut)?\s*(?<=[:t]\s*)(\d{1,2})(?!\d)(?:[.,]\d+)?(?:\s*(?:giây|giay|s(?!\p{L})))?)?)?\s*(?:(sa|ch|am|pm|a\.m\.?|p\.m\.?|sáng|trưa|chiều|tối)(?!\p{L}))?/iu
const zonePattern = /(?:\b(gmt|utc|ut)\s*([+-])\s*|(?<![\d/.])([+-]))(\d{1,2})(?::?(\d{2}))?(?![\d/.:-])/i

/** The feed's order of day and month, from all its dates: a number above 12 proves it, AM/PM speaks for the American one. */
export function dateOrderOf(texts: readonly string[]): DateOrder | null {
  let dayFirst = 0
  let monthFirst = 0
  let american = 0
  for (const text of texts) {
    const match = /(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}/.exec(text)
    if (!match) continue
    if (Number(match[1]) > 12) dayFirst++
    else if (Number(match[2]) > 12) monthFirst++
    else if (/\d\s*(?:AM|PM)\b/i.test(text) && match[0].includes("/")) american++
    if (/\d\s*(?:SA|CH)\b/.test(text)) dayFirst++
  }
  if (dayFirst || monthFirst) return dayFirst >= monthFirst ? "dmy" : "mdy"
  return american ? "mdy" : null
}

export interface DateOptions {
  /** UTC ms; dates more than a day later are not credible. */
  now: number
  order?: DateOrder | null
}

/** UTC milliseconds, or null when the text holds no credible date. */
export function parseDate(input: string, options: DateOptions): number | null {
  if (!input || input.length > 200) return null
  const text = input.normalize("NFC").replace(/[\s\u00a0\u200b-\u200f\u202a-\u202e\ufeff]+/g, " ").trim().toLowerCase()
  const at = rfc822(text) ?? numeric(text) ?? iso(text) ?? written(text, options.order ?? dateOrderOf([input]) ?? "dmy")
  if (at === null || Number.isNaN(at)) return null
  return at > options.now + DAY || at < Date.UTC(1990, 0, 1) ? null : at
}

/** UTC ms of calendar parts in a zone; NaN when the calendar does not have that day or the clock that time. */
function moment(year: number, month: number, day: number, hour: number, minute: number, second: number, zoneMinutes: number | null): number {
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN
  if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return Number.NaN
  const offset = zoneMinutes === null ? VIETNAM_OFFSET_MS : zoneMinutes * MINUTE
  if (Math.abs(offset) > 15 * HOUR) return Number.NaN
  return date.getTime() + hour * HOUR + minute * MINUTE + second * SECOND - offset
}

/** The form most feeds use, without the detours of the others: "tue, 14 nov 2023 22:13:20 +0700". */
function rfc822(text: string): number | null {
  const match = /^(?:[a-z]{3}, )?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? (gmt|z|[+-]\d{4})$/.exec(text)
  const month = match ? englishMonths.indexOf(match[2]!) : -1
  if (!match || month < 0) return null
  return moment(+match[3]!, month + 1, +match[1]!, +match[4]!, +match[5]!, +(match[6] ?? 0), zoneMinutes(match[7]!) ?? 0)
}

/** Unix seconds or milliseconds, .NET `/Date(ms)/`, and digits without separators. */
function numeric(text: string): number | null {
  const dotnet = /^\\?\/?date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?\/?$/.exec(text)
  if (dotnet) return Number(dotnet[1])
  if (!/^\d+(?:\.\d+)?$/.test(text)) return null
  const digits = text.split(".")[0]!
  if (digits.length === 13) return Number(digits)
  if (digits.length === 9 || digits.length === 10) return Number(digits) * SECOND
  const parts = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$/.exec(digits)
  return parts ? moment(+parts[1]!, +parts[2]!, +parts[3]!, +(parts[4] ?? 0), +(parts[5] ?? 0), +(parts[6] ?? 0), null) : null
}

function iso(text: string): number | null {
  const short = /^(\d{4})(?:-(\d{2}))?$/.exec(text)
  if (short) return moment(+short[1]!, +(short[2] ?? 1), 1, 0, 0, 0, null)
  const match =
    /^(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:\s*[t ,|-]\s*(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,:]\d+)?)?)?\s*(am|pm|sa|ch)?)?\s*(z|[a-z]{2,4}|(?:gmt|utc)?\s*[+-]\s*\d{1,2}(?::?\d{2})?)?$/.exec(
      text,
    )
  if (!match || (match[2] === "" && match[3]!.length + match[4]!.length < 4)) return null
  const zone = match[9] ? zoneMinutes(match[9]) : null
  if (zone === undefined) return null
  return moment(+match[1]!, +match[3]!, +match[4]!, hourOf(+(match[5] ?? 0), match[8]), +(match[6] ?? 0), +(match[7] ?? 0), zone)
}

/** Minutes east of UTC of "+0700", "gmt + 7", "ict"; undefined when it is no zone. */
function zoneMinutes(text: string): number | undefined {
  const offset = /^(?:gmt|utc)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?$/.exec(text)
  if (offset) return (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3] ?? 0))
  return zones[text]
}

/** "25" is 2025, "2025" too; "0001" stays what it is and fails the calendar. */
const yearOf = (text: string) => (text.length === 2 ? Number(text) + (Number(text) < 70 ? 2_000 : 1_900) : Number(text))

function hourOf(hour: number, half: string | undefined): number {
  if (!half) return hour
  const afternoon = /^(?:ch|p|chiều|tối|trưa)/.test(half)
  if (afternoon) return hour < 12 && !(half === "trưa" && hour > 9) ? hour + 12 : hour
  return hour === 12 ? 0 : hour
}

/** Everything people write: time before or after the date, names of months, zones in brackets. */
function written(text: string, order: DateOrder): number | null {
  let rest = ` ${text} `.replace(weekday, " ").replace(/\([^)]*(?:time|giờ)[^)]*\)/gi, " ")
  let [hour, minute, second, zone]: [number, number, number, number | null] = [0, 0, 0, null]
  // Apache writes 15/sep/2025:08:30:00.
  const time = clockTime.exec((rest = rest.replace(/(\d{4}):(\d{2}:\d{2})/, "$1 $2")))
  if (time) {
    hour = hourOf(Number(time[1]), time[4])
    minute = Number(time[2] ?? 0)
    second = Number(time[3] ?? 0)
    rest = `${rest.slice(0, time.index)} ¦ ${rest.slice(time.index + time[0].length)}`
    const after = rest.slice(rest.indexOf("¦") + 1)
    const offset = zonePattern.exec(after)
    // A bare sign is a zone only right behind the time with two digits or more: "08:30 - 15 tháng 9" has none.
    if (
      offset &&
      (offset[1] || /^\s*$/.test(after.slice(0, offset.index))) &&
      (offset[1] || offset[5] || /^[\s)]*$/.test(after.slice(offset.index + offset[0].length)))
    ) {
      zone =
        ((offset[2] ?? offset[3]) === "-" ? -1 : 1) *
        (Number(offset[4]!.length > 2 ? offset[4]!.slice(0, 2) : offset[4]) * 60 + Number(offset[5] ?? 0))
      rest = `${rest.slice(0, rest.indexOf("¦"))} ${after.slice(0, offset.index)} ${after.slice(offset.index + offset[0].length)}`
    } else {
      const named = /[\s(|]([a-z]{1,4})(?=[\s)]|$)/.exec(after.replace(/\b(?:ngày|lúc)\b/g, " "))
      if (named && named[1]! in zones) {
        zone = zones[named[1]!]!
        rest = rest.replace(new RegExp(`¦(.*?)\\b${named[1]!}\\b`), "¦$1")
      }
    }
  }
  const date = dayMonthYear(rest.replace("¦", " "), order)
  return date && moment(date[2], date[1], date[0], hour, minute, second, zone)
}

function dayMonthYear(text: string, order: DateOrder): [day: number, month: number, year: number] | null {
  const yearFirst = /(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/.exec(text)
  if (yearFirst) return [+yearFirst[3]!, +yearFirst[2]!, +yearFirst[1]!]
  const numbers = /(?<!\d)(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?!\d)/.exec(text)
  if (numbers) {
    const [first, second] = [Number(numbers[1]), Number(numbers[3])]
    // A number above 12 decides by itself, whatever the rest of the feed does.
    const monthFirst = first <= 12 && (second > 12 || order === "mdy")
    return monthFirst ? [second, first, yearOf(numbers[4]!)] : [first, second, yearOf(numbers[4]!)]
  }
  const dayFirst = dayMonthWord.exec(text)
  if (dayFirst) return [+dayFirst[1]!, monthOf(dayFirst[2] ?? dayFirst[3]!), yearOf(dayFirst[4]!)]
  const monthFirst = monthWordDay.exec(text)
  return monthFirst ? [+monthFirst[3]!, monthOf(monthFirst[1] ?? monthFirst[2]!), yearOf(monthFirst[4]!)] : null
}
const dayMonthWord = new RegExp(
  `(?<!\\d)(\\d{1,2})\\s*(?:st|nd|rd|th(?!\\p{L}|\\s*\\d|áng|g))?[\\s,./-]*(?:of\\s+)?(?:(?:tháng|thang|thg|th|t)\\.?\\s*(\\d{1,2}|${monthWords})|(${englishMonths.join("|")})\\p{L}*\\.?)[\\s,./-]*(?:năm|nam)?\\s*(\\d{4}|\\d{2})(?!\\d)`,
  "u",
)
const monthWordDay = new RegExp(
  `(?:(?:tháng|thang|thg|th|t)\\.?\\s*(\\d{1,2}|${monthWords})|\\b(${englishMonths.join("|")})\\p{L}*\\.?)[\\s,./-]+(\\d{1,2})(?:st|nd|rd|th)?[\\s,./-]+(?:năm\\s*)?(\\d{4})(?!\\d)`,
  "u",
)

function monthOf(word: string): number {
  if (/^\d/.test(word)) return Number(word)
  return vietnameseMonths.find(([name]) => name === word)?.[1] ?? englishMonths.indexOf(word.slice(0, 3)) + 1
}
