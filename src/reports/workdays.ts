/**
 * Working days in Vietnam. Holidays, days off in lieu and worked Saturdays are data (`templates/reports/calendar.yaml`),
 * because the Government fixes them each year; Saturdays and Sundays are the weekly days off.
 */
import { DAY } from "../base/clock.ts"
import { isoDate, isoWeekday, startOfDay } from "../base/time.ts"

export interface WorkCalendar {
  /** Days off that fall on Monday to Friday, "YYYY-MM-DD". */
  daysOff: ReadonlySet<string>
  /** Saturdays that are worked. */
  workedSaturdays: ReadonlySet<string>
}

export function isWorkday(calendar: WorkCalendar, at: number): boolean {
  const day = isoDate(at)
  const weekday = isoWeekday(at)
  if (weekday === 7) return false
  if (weekday === 6) return calendar.workedSaturdays.has(day)
  return !calendar.daysOff.has(day)
}

/** The midnight that starts the last of `days` working days after the day of `at`, which is not counted (Civil Code 2015, Art. 147). */
export function addWorkdays(calendar: WorkCalendar, at: number, days: number): number {
  let day = startOfDay(at)
  for (let left = days; left > 0; ) {
    day += DAY
    if (isWorkday(calendar, day)) left -= 1
  }
  return day
}

/** The day itself when it is worked, else the nearest worked day in the direction. */
export function nearestWorkday(calendar: WorkCalendar, at: number, direction: "before" | "after"): number {
  let day = startOfDay(at)
  while (!isWorkday(calendar, day)) day += direction === "after" ? DAY : -DAY
  return day
}
