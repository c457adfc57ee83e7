/**
 * Calendar arithmetic of Asia/Ho_Chi_Minh, which people read whatever `TZ` says. Vietnam has used +07:00 without
 * daylight saving since 1975, so a fixed offset is exact for every date Loa can meet.
 */
import { DAY, HOUR, MINUTE, WEEK } from "./clock.ts"

export const VIETNAM_OFFSET_MS = 7 * HOUR

const local = (at: number) => new Date(at + VIETNAM_OFFSET_MS)
const two = (n: number) => String(n).padStart(2, "0")

/** "2026-11-24" in Vietnam. */
export const isoDate = (at: number) => local(at).toISOString().slice(0, 10)
/** "24/11/2026", the form of Vietnamese documents. */
export const vnDate = (at: number) => isoDate(at).split("-").reverse().join("/")
/** "08:30". */
export const vnTime = (at: number) => local(at).toISOString().slice(11, 16)
/** "08:30 24/11/2026". */
export const vnDateTime = (at: number) => `${vnTime(at)} ${vnDate(at)}`
/** Midnight in Vietnam of "YYYY-MM-DD", in UTC milliseconds; NaN when the text is no date of the calendar. */
export function fromIsoDate(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return Number.NaN
  const at = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(at)) return at
  return new Date(at).toISOString().slice(0, 10) === text ? at - VIETNAM_OFFSET_MS : Number.NaN
}
export const startOfDay = (at: number) => Math.floor((at + VIETNAM_OFFSET_MS) / DAY) * DAY - VIETNAM_OFFSET_MS
/** Minutes since midnight in Vietnam. */
export const minuteOfDay = (at: number) => Math.floor((at + VIETNAM_OFFSET_MS - Math.floor((at + VIETNAM_OFFSET_MS) / DAY) * DAY) / MINUTE)
/** 1 = Monday … 7 = Sunday, in Vietnam. */
export const isoWeekday = (at: number) => local(at).getUTCDay() || 7

/** "2026-W47": the ISO week of the moment in Vietnam. */
export function isoWeek(at: number): string {
  const thursday = startOfDay(at) + (4 - isoWeekday(at)) * DAY
  const year = local(thursday).getUTCFullYear()
  const first = fromIsoDate(`${year}-01-01`)
  return `${year}-W${two(Math.floor((thursday - first) / WEEK) + 1)}`
}
/** [Monday 00:00, next Monday 00:00) in Vietnam of "2026-W47"; null when it is no ISO week. */
export function isoWeekRange(week: string): { from: number; to: number } | null {
  const match = /^(\d{4})-W(\d{2})$/.exec(week)
  if (!match) return null
  const fourth = fromIsoDate(`${match[1]}-01-04`)
  const from = fourth - (isoWeekday(fourth) - 1) * DAY + (Number(match[2]) - 1) * WEEK
  return isoWeek(from) === week ? { from, to: from + WEEK } : null
}

/** Is the moment inside "22:00-06:00" (may wrap over midnight; the end is exclusive)? */
export function inQuietHours(at: number, range: string): boolean {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(range)
  if (!match) return false
  const start = Number(match[1]) * 60 + Number(match[2])
  const end = Number(match[3]) * 60 + Number(match[4])
  const minute = minuteOfDay(at)
  return start <= end ? minute >= start && minute < end : minute >= start || minute < end
}
/** The first moment at or after `at` that is outside the quiet hours. */
export function afterQuietHours(at: number, range: string): number {
  if (!inQuietHours(at, range)) return at
  const end = Number(range.slice(6, 8)) * 60 + Number(range.slice(9, 11))
  const today = startOfDay(at) + end * MINUTE
  return today > at ? today : today + DAY
}

/** "2026-11-24T08:30" in Vietnam: what a form's date-and-time field holds. */
export const vnInput = (at: number) => local(at).toISOString().slice(0, 16)
/** The moment of such a field; NaN when it is none. */
export function fromVnInput(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::\d{2})?$/.exec(text)
  return match ? fromIsoDate(match[1]!) + Number(match[2]) * HOUR + Number(match[3]) * MINUTE : Number.NaN
}
