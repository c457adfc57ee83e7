/** Numbers, dates and words as a Vietnamese office writes them (Decree 30/2020/NĐ-CP and common usage). */
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { isoDate, vnDate, vnTime } from "../base/time.ts"

export const noData = "không có số liệu"

/** 1234567 → "1.234.567"; null → "không có số liệu". */
export function number(value: number | null): string {
  if (value === null) return noData
  const [whole, fraction] = (Math.round(Math.abs(value) * 10) / 10).toString().split(".")
  return `${value < 0 ? "-" : ""}${whole!.replace(/\B(?=(\d{3})+$)/g, ".")}${fraction ? `,${fraction}` : ""}`
}
/** Counts of an official text have two digits below ten: "05 đơn vị". Zero stays "0", as offices write it. */
export const count = (value: number | null) => (value !== null && Number.isInteger(value) && value > 0 && value < 10 ? `0${value}` : number(value))
/** "+05", "-12", "không thay đổi"; null when one side is unknown. */
export const change = (value: number | null) =>
  value === null ? noData : value === 0 ? "không thay đổi" : `${value > 0 ? "tăng" : "giảm"} ${count(Math.abs(value))}`
/** One decimal, no space: "96,6%"; a share of nothing has no value. */
export const percent = (part: number | null, whole: number | null) =>
  part === null || !whole ? noData : `${(Math.round((part * 1000) / whole) / 10).toFixed(1).replace(".", ",")}%`

/** "05 phút", "03 giờ 05 phút", "02 ngày 03 giờ"; less than half a minute is "dưới 01 phút". */
export function duration(ms: number | null): string {
  if (ms === null) return noData
  const two = (n: number) => String(n).padStart(2, "0")
  const minutes = Math.round(ms / MINUTE)
  if (minutes < 1) return "dưới 01 phút"
  if (minutes < 60) return `${two(minutes)} phút`
  if (minutes < 24 * 60) return `${two(Math.floor(minutes / 60))} giờ ${two(minutes % 60)} phút`
  return `${two(Math.floor((minutes * MINUTE) / DAY))} ngày ${two(Math.floor(((minutes * MINUTE) % DAY) / HOUR))} giờ`
}

/** "ngày 05 tháng 01 năm 2027": the day below 10 and the months 1 and 2 carry a zero, other months do not. */
export function longDate(at: number): string {
  const [year, month, day] = isoDate(at).split("-") as [string, string, string]
  return `ngày ${day} tháng ${Number(month) > 2 ? Number(month) : month} năm ${year}`
}
/** "24 giờ 00 phút ngày 22/11/2026": the end of a day is named by that day, not by the next one. */
export function cutoffText(at: number): string {
  if (vnTime(at) === "00:00") return `24 giờ 00 phút ngày ${vnDate(at - 1)}`
  const [hours, minutes] = vnTime(at).split(":")
  return `${hours} giờ ${minutes} phút ngày ${vnDate(at)}`
}

/** Points of a list in the order of the Vietnamese alphabet: a, b, c, d, đ, e … */
export const points = ["a", "b", "c", "d", "đ", "e", "g", "h", "i", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "x", "y"]
export const roman = (n: number) => {
  const table: [number, string][] = [[10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"]]
  let rest = n
  let text = ""
  for (const [value, sign] of table) for (; rest >= value; rest -= value) text += sign
  return text
}

/** Without the characters that no XML file may hold; one of them in a page name would make the whole report unreadable. */
export const printable = (text: string) => text.replace(/[\p{Surrogate}\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu, "")

/** Makes addresses in a document inert: nobody opens a fraudulent link from a report. */
export const defang = (text: string) =>
  text.replace(/\bhttp(s?):\/\//gi, "hxxp$1://").replace(/(?<=[\p{L}\d-])\.(?=[a-z]{2,}(?:[/?#:\s)”"'.,;]|$))/giu, "[.]")

export const median = (values: number[]): number | null => {
  if (!values.length) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
