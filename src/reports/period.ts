/**
 * Which days a report speaks of, when it is ready and when it is due. Weeks are ISO weeks in Vietnam; the data month and
 * quarter run from the 15th to the 14th (Decree 09/2019/NĐ-CP, Art. 12) unless the office chose calendar months. Every
 * period is a row of whole days, so figures that are counted per day add up whatever the cadence.
 */
import { DAY } from "../base/clock.ts"
import { UsageError } from "../base/errors.ts"
import { fromIsoDate, isoDate, isoWeek, isoWeekRange, vnDate } from "../base/time.ts"
import { addWorkdays, nearestWorkday, type WorkCalendar } from "./workdays.ts"

export const reportKinds = ["weekly", "monthly", "quarterly", "scoring"] as const
export type ReportKind = (typeof reportKinds)[number]

export interface Cadence {
  calendar: WorkCalendar
  /** `15-14`: from the 15th of the month before to the 14th; `calendar`: whole calendar months. */
  monthDays: "15-14" | "calendar"
}

export interface Period {
  kind: ReportKind
  /** "2026-W47", "2026-11" or "2026-Q4". */
  id: string
  /** [from, to), midnights in Vietnam. */
  from: number
  to: number
  /** Midnight of the day the report is due. */
  due: number
  /** First moment the report can be made: the period is over, or its due day has come. */
  readyAt: number
  /** "tuần 47 (từ ngày 16/11/2026 đến ngày 22/11/2026)". */
  label: string
}

const roman = ["", "I", "II", "III", "IV"]
const two = (n: number) => String(n).padStart(2, "0")
/** Midnight of the day; the month may lie outside 1..12 and is carried over. */
const dayOf = (year: number, month: number, day: number) => {
  const months = year * 12 + month - 1
  return fromIsoDate(`${Math.floor(months / 12)}-${two((months % 12) + 1)}-${two(day)}`)
}
const range = (from: number, to: number) => `từ ngày ${vnDate(from)} đến ngày ${vnDate(to - DAY)}`
const period = (fields: Omit<Period, "readyAt">): Period => ({ ...fields, readyAt: Math.min(fields.to, Math.max(fields.due, fields.from)) })

/** Reads "2026-W47", "2026-11" or "2026-Q4"; a text of another kind or form is wrong use. */
export function parsePeriod(kind: ReportKind, text: string, cadence: Cadence): Period {
  const wrong = (example: string) =>
    new UsageError("period_invalid", `period "${text}" of a ${kind} report must look like ${example}`, { period: text, example })
  if (kind === "weekly") {
    const week = isoWeekRange(text)
    if (!week) throw wrong("2026-W47")
    const label = `tuần ${Number(text.slice(6))} (${range(week.from, week.to)})`
    return period({ kind, id: text, ...week, due: nearestWorkday(cadence.calendar, week.to, "after"), label })
  }
  const match = /^(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2]))$/.exec(text)
  const year = Number(match?.[1])
  const quarter = match?.[2] ? Number(match[2]) : null
  const month = match?.[3] ? Number(match[3]) : null
  if (!match || year < 2000) throw wrong(kind === "quarterly" ? "2026-Q4" : "2026-11")
  if (kind === "quarterly") {
    if (quarter === null) throw wrong("2026-Q4")
    const last = quarter * 3
    const [from, to] = dataRange(year, last - 2, last, cadence)
    return period({
      kind,
      id: text,
      from,
      to,
      due: nearestWorkday(cadence.calendar, dayOf(year, last, 19), "before"),
      label: `Quý ${roman[quarter]}/${year} (${range(from, to)})`,
    })
  }
  if (month === null) throw wrong("2026-11")
  if (kind === "scoring") {
    const [from, to] = [dayOf(year, month, 1), dayOf(year, month + 1, 1)]
    return period({ kind, id: text, from, to, due: addWorkdays(cadence.calendar, to - DAY, 5), label: `tháng ${month}/${year} (${range(from, to)})` })
  }
  const [from, to] = dataRange(year, month, month, cadence)
  const due = dayOf(year, cadence.monthDays === "calendar" ? month + 1 : month, 15)
  return period({
    kind,
    id: text,
    from,
    to,
    due: nearestWorkday(cadence.calendar, due, "before"),
    label: `tháng ${month}/${year} (${range(from, to)})`,
  })
}

const dataRange = (year: number, first: number, last: number, { monthDays }: Cadence): [number, number] =>
  monthDays === "calendar" ? [dayOf(year, first, 1), dayOf(year, last + 1, 1)] : [dayOf(year, first - 1, 15), dayOf(year, last, 15)]

/** The period of the kind that holds the moment. */
export function periodAt(kind: ReportKind, at: number, cadence: Cadence): Period {
  if (kind === "weekly") return parsePeriod(kind, isoWeek(at), cadence)
  const [year, month, day] = isoDate(at).split("-").map(Number) as [number, number, number]
  const shift = kind !== "scoring" && cadence.monthDays === "15-14" && day >= 15 ? 1 : 0
  const months = year * 12 + month - 1 + shift
  const inYear = months % 12
  const name = kind === "quarterly" ? `Q${Math.floor(inYear / 3) + 1}` : two(inYear + 1)
  return parsePeriod(kind, `${Math.floor(months / 12)}-${name}`, cadence)
}

export const previousPeriod = (of: Period, cadence: Cadence) => periodAt(of.kind, of.from - DAY, cadence)
export const nextPeriod = (of: Period, cadence: Cadence) => periodAt(of.kind, of.to, cadence)

/** The latest period whose report can be made at `now`. */
export function lastReadyPeriod(kind: ReportKind, now: number, cadence: Cadence): Period {
  let at = nextPeriod(periodAt(kind, now, cadence), cadence)
  while (at.readyAt > now) at = previousPeriod(at, cadence)
  return at
}

/** Every period from `first` on that is ready at `now`, oldest first: what a clock that stood still must catch up with. */
export function periodsUntil(kind: ReportKind, first: string, now: number, cadence: Cadence): Period[] {
  const list: Period[] = []
  for (let at = parsePeriod(kind, first, cadence); at.readyAt <= now; at = nextPeriod(at, cadence)) list.push(at)
  return list
}
