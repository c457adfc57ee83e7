import { expect, test } from "bun:test"
import fc from "fast-check"
import { DAY } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { fromIsoDate, isoDate } from "../../src/base/time.ts"
import { addWorkdays, lastReadyPeriod, loadCalendar, nextPeriod, parsePeriod, periodAt, periodsUntil, previousPeriod, reportKinds, type Cadence } from "../../src/reports/index.ts"

const calendar = loadCalendar(`${checkout}templates`)
const cadence: Cadence = { calendar, monthDays: "15-14" }
const noon = (day: string) => fromIsoDate(day) + DAY / 2

test.each([
  ["2025-04-25", 2, "2025-04-28"],
  ["2025-04-29", 2, "2025-05-06"],
  ["2025-01-24", 2, "2025-02-04"],
  ["2025-08-29", 2, "2025-09-04"],
  ["2025-12-31", 2, "2026-01-06"],
  ["2026-01-09", 2, "2026-01-12"],
  ["2026-02-13", 2, "2026-02-24"],
  ["2026-04-24", 2, "2026-04-29"],
  ["2026-04-29", 5, "2026-05-08"],
  ["2026-03-02", 8, "2026-03-12"],
  ["2026-08-21", 2, "2026-08-24"],
  ["2026-08-28", 2, "2026-09-04"],
  ["2026-11-20", 2, "2026-11-24"],
  ["2026-11-21", 2, "2026-11-24"],
  ["2027-02-04", 2, "2027-02-15"],
  ["2027-04-29", 2, "2027-05-05"],
])("%s + %d working days ends on %s", (day, days, expected) => {
  expect(isoDate(addWorkdays(calendar, noon(day), days))).toBe(expected)
})

test("a week runs from Monday to Sunday in Vietnam and is due on the next working day", () => {
  const week = parsePeriod("weekly", "2026-W47", cadence)
  expect([isoDate(week.from), isoDate(week.to - 1), isoDate(week.due), week.label]).toEqual(["2026-11-16", "2026-11-22", "2026-11-23", "tuần 47 (từ ngày 16/11/2026 đến ngày 22/11/2026)"])
  // Monday 27/4/2026 is a day off in lieu.
  expect(isoDate(parsePeriod("weekly", "2026-W17", cadence).due)).toBe("2026-04-28")
  expect(parsePeriod("weekly", "2026-W53", cadence).to).toBe(fromIsoDate("2027-01-04"))
})

test.each([
  ["2026-Q1", "2026-03-19"],
  ["2026-Q2", "2026-06-19"],
  ["2026-Q3", "2026-09-18"],
  ["2026-Q4", "2026-12-18"],
  ["2027-Q1", "2027-03-19"],
  ["2027-Q2", "2027-06-18"],
  ["2027-Q3", "2027-09-17"],
  ["2027-Q4", "2027-12-17"],
])("%s is due on %s, strictly before the 20th", (quarter, due) => {
  expect(isoDate(parsePeriod("quarterly", quarter, cadence).due)).toBe(due)
})

test("the month is due on the 15th, or on the working day before", () => {
  const month = parsePeriod("monthly", "2026-11", cadence)
  expect([isoDate(month.from), isoDate(month.to - 1), isoDate(month.due)]).toEqual(["2026-10-15", "2026-11-14", "2026-11-13"])
  expect(isoDate(parsePeriod("monthly", "2026-01", cadence).from)).toBe("2025-12-15")
  expect(isoDate(parsePeriod("monthly", "2026-11", { ...cadence, monthDays: "calendar" }).due)).toBe("2026-12-15")
  const scoring = parsePeriod("scoring", "2026-10", cadence)
  expect([isoDate(scoring.from), isoDate(scoring.to - 1), isoDate(scoring.due)]).toEqual(["2026-10-01", "2026-10-31", "2026-11-06"])
})

test("a period that does not exist is wrong use", () => {
  for (const [kind, text] of [["weekly", "2025-W53"], ["weekly", "2026-11"], ["monthly", "2026-13"], ["monthly", "2026-Q1"], ["quarterly", "2026-Q5"], ["quarterly", "2026-11"], ["scoring", "2026-W47"]] as const) {
    expect(() => parsePeriod(kind, text, cadence)).toThrow("must look like")
  }
})

test("periods of every cadence tile the calendar: no day is lost, none counted twice", () => {
  const anyDay = fc.integer({ min: fromIsoDate("2024-01-01"), max: fromIsoDate("2032-01-01") })
  fc.assert(
    fc.property(anyDay, fc.constantFrom(...reportKinds), fc.constantFrom("15-14" as const, "calendar" as const), (at, kind, monthDays) => {
      const own = { calendar, monthDays }
      const period = periodAt(kind, at, own)
      expect(period.from <= at && at < period.to).toBe(true)
      expect(nextPeriod(period, own).from).toBe(period.to)
      expect(previousPeriod(period, own).to).toBe(period.from)
      expect(parsePeriod(kind, period.id, own)).toEqual(period)
    }),
  )
})

test("three data months are one quarter", () => {
  const months = ["2026-10", "2026-11", "2026-12"].map((id) => parsePeriod("monthly", id, cadence))
  const quarter = parsePeriod("quarterly", "2026-Q4", cadence)
  expect([months[0]!.from, months[2]!.to]).toEqual([quarter.from, quarter.to])
})

test("after three weeks of downtime three weeks are caught up, oldest first", () => {
  const now = fromIsoDate("2026-11-23") + 7 * 3_600_000
  expect(periodsUntil("weekly", "2026-W45", now, cadence).map((period) => period.id)).toEqual(["2026-W45", "2026-W46", "2026-W47"])
  expect(lastReadyPeriod("weekly", now, cadence).id).toBe("2026-W47")
  expect(lastReadyPeriod("weekly", fromIsoDate("2026-11-22"), cadence).id).toBe("2026-W46")
  expect(lastReadyPeriod("monthly", fromIsoDate("2026-11-13"), cadence).id).toBe("2026-11")
})
