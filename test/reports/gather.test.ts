import { expect, test } from "bun:test"
import { checkout } from "../../src/base/config.ts"
import { DAY, HOUR, MINUTE } from "../../src/base/clock.ts"
import { fromIsoDate, isoDate } from "../../src/base/time.ts"
import { gather, loadCalendar, parsePeriod, type Cadence, type GatherOptions, type ReportSources } from "../../src/reports/index.ts"
import { nextReminder } from "../../src/reports/laggards.ts"
import { tracedFigures } from "../../src/reports/trace.ts"
import { inventedSources, inventedUnits } from "./invented.ts"

const calendar = loadCalendar(`${checkout}templates`)
const cadence: Cadence = { calendar, monthDays: "15-14" }
const now = fromIsoDate("2026-11-23") + 7 * HOUR
const options: GatherOptions = { cadence, deadline: "2025-12-31", graceDays: 60, steps: { calendar, everyWorkdays: 5, escalateAfter: 2, repeatWorkdays: 20 }, now }
const week = parsePeriod("weekly", "2026-W47", cadence)

/** Three units and a handful of rows, so that every number can be counted by hand. */
function handful(): ReportSources {
  const [portal, first, second] = inventedUnits(2, 0, 0).slice(0, 3)
  const units = [portal!, first!, { ...second!, accounts: [] }, { ...second!, id: "commune-new", name: "UBND xã Mới", begins: "2026-11-01", accounts: [] }]
  const monday = week.from
  const facebook = `${first!.id}-facebook`
  return {
    province: "Mẫu",
    units: async () => units,
    findings: async (at) =>
      [
        { id: "f1", ruleset: "B2025", rule: "ACC-1", severity: "violation" as const, unit: second!.id, account: null, asOf: "2026-11-22", seen: "", expected: "", basis: "II.4", message: "Chưa có tài khoản.", since: fromIsoDate("2026-01-01") },
        { id: "f2", ruleset: "B2025", rule: "CHR-CASE", severity: "advice" as const, unit: first!.id, account: facebook, asOf: "2026-11-22", seen: "", expected: "", basis: "", message: "Đề nghị viết thường.", since: fromIsoDate("2026-11-10") },
      ].filter((finding) => finding.since <= at),
    checkedAccounts: async () => [facebook],
    articles: async (from, to) => [
      { day: "2026-11-16", unitId: first!.id, state: "routed" as const, count: 4 },
      { day: "2026-11-17", unitId: first!.id, state: "blocked" as const, count: 1 },
    ].filter((row) => fromIsoDate(row.day) >= from && fromIsoDate(row.day) < to),
    deliveries: async (from, to) => [
      { day: "2026-11-16", unitId: first!.id, accountId: facebook, network: "facebook" as const, state: "published" as const, code: null, count: 2 },
      { day: "2026-11-16", unitId: first!.id, accountId: facebook, network: "facebook" as const, state: "held" as const, code: "NAME-X", count: 1 },
      { day: "2026-11-16", unitId: first!.id, accountId: facebook, network: "facebook" as const, state: "unknown" as const, code: "timeout", count: 1 },
    ].filter((row) => fromIsoDate(row.day) >= from && fromIsoDate(row.day) < to),
    lags: async (from) => (from < monday ? [] : [
      { deliveryId: "d1", unitId: first!.id, accountId: facebook, network: "facebook", publishedAt: monday + 9 * HOUR, lagMs: 10 * MINUTE },
      { deliveryId: "d2", unitId: first!.id, accountId: facebook, network: "facebook", publishedAt: monday + 20 * HOUR, lagMs: 5 * HOUR },
      { deliveryId: "d3", unitId: first!.id, accountId: facebook, network: "facebook", publishedAt: monday + 21 * HOUR, lagMs: null },
    ]),
    followers: async () => [{ accountId: facebook, network: "facebook", value: 1_200, at: monday }],
    reach: async () => [
      { accountId: facebook, network: "facebook", metric: "views", day: "2026-11-16", value: 10, verdict: "ok", unique: false },
      { accountId: facebook, network: "facebook", metric: "views", day: "2026-11-17", value: 15, verdict: "ok", unique: false },
      { accountId: facebook, network: "facebook", metric: "people", day: "2026-11-16", value: 7, verdict: "ok", unique: true },
      { accountId: facebook, network: "facebook", metric: "people", day: "2026-11-17", value: 9, verdict: "ok", unique: true },
      { accountId: facebook, network: "facebook", metric: "retired", day: "2026-11-17", value: null, verdict: "dead", unique: false },
    ],
    alerts: async (from) => (from < monday ? [] : [
      { id: "a1", kind: "page.name_changed", severity: "critical", unit: first!.id, account: facebook, state: "acknowledged", raisedAt: monday + HOUR, acknowledgedAt: monday + 2 * HOUR, closedAt: null, count: 1, summary: "Trang đổi tên." },
      { id: "a0", kind: "feed.silent", severity: "low", unit: first!.id, account: null, state: "closed", raisedAt: monday - DAY, acknowledgedAt: null, closedAt: monday + DAY, count: 3, summary: "Nguồn tin im lặng." },
    ]),
    reminders: async () => [{ id: "r1", unitId: second!.id, level: 1, escalated: false, sentAt: fromIsoDate("2026-11-02") }],
  }
}

test("a week counted by hand", async () => {
  const f = await gather(handful(), week, options)
  expect(f.coverage).toMatchObject({ total: { value: 4 }, with: { value: 2 }, without: { value: 2 }, overdue: { value: 1, rows: ["commune-2"] }, both: { value: 2 }, overdueDays: 326, asPlanned: false })
  expect(f.compliance).toMatchObject({ accounts: { value: 4 }, pass: { value: 0 }, advice: { value: 1 }, violation: { value: 0 }, unchecked: { value: 3 } })
  expect(f.compliance.groups.map((group) => [group.group, group.violation.value, group.advice.value])).toContainEqual(["name", 0, 1])
  expect([f.ledger.seen.value, f.ledger.articles.routed.value, f.ledger.articles.blocked.value, f.ledger.deliveries.value, f.ledger.states.published.value, f.ledger.states.unknown.value, f.ledger.balanced]).toEqual([5, 4, 1, 4, 2, 1, true])
  expect(f.ledger.causes).toEqual([{ code: "NAME-X", state: "held", count: 1 }, { code: "timeout", state: "unknown", count: 1 }])
  expect([f.lag.posts.value, f.lag.median.value, f.lag.worst.value, f.lag.worst.rows]).toEqual([2, 155 * MINUTE, 5 * HOUR, ["d2"]])
  expect(f.lag.spread.map((entry) => entry.count)).toEqual([1, 0, 0, 1, 0])
  expect([f.activity.active.value, f.activity.silent.value]).toEqual([1, 3])
  expect([f.alerts.total.value, f.alerts.raised.critical.value, f.alerts.openAtEnd.rows, f.alerts.reaction.value]).toEqual([1, 1, ["a1"], HOUR])
  expect(f.changes.find((row) => row.key === "published")).toEqual({ key: "published", now: 2, before: 0, delta: 2 })
  expect(f.feeds).toBeNull()
})

test("people are never added up, and a retired metric empties neither the others nor itself into 0", async () => {
  const [facebook, zalo] = (await gather(handful(), week, options)).reach.networks
  expect(facebook!.metrics.map(({ metric, value, withoutData }) => [metric, value.value, withoutData])).toEqual([["people", 9, 0], ["retired", null, 1], ["views", 25, 0]])
  expect([facebook!.followers.value, zalo!.followers.value]).toEqual([1_200, null])
})

test("who is late, since when, how often reminded, and what comes next", async () => {
  const f = await gather(handful(), week, options)
  expect(f.laggards).toEqual([
    { unitId: "commune-2", unit: "UBND xã Đông Mai 1", reason: "no_account", rules: ["ACC-1"], ageDays: 326, overdueDays: 326, reminders: 1, lastReminderAt: fromIsoDate("2026-11-02"), nextLevel: 2, nextAt: fromIsoDate("2026-11-23"), escalate: false, waiting: false },
  ])
  const after = (reminders: { count: number; lastAt: number | null; escalated?: boolean; waiting?: boolean }) => {
    const { nextLevel, escalate, nextAt } = nextReminder({ reminders: { escalated: false, waiting: false, ...reminders } }, now, options.steps)
    return [nextLevel, escalate, isoDate(nextAt)]
  }
  expect(after({ count: 0, lastAt: null })).toEqual([1, false, "2026-11-23"])
  expect(after({ count: 1, lastAt: now - DAY })).toEqual([0, false, "2026-11-27"])
  expect(after({ count: 1, lastAt: now - 9 * DAY, waiting: true })).toEqual([0, false, "2026-11-23"])
  // Two in vain: the third is reported to the superior body; after that the pause is longer.
  expect(after({ count: 2, lastAt: now - 30 * DAY })).toEqual([3, true, "2026-11-23"])
  expect(after({ count: 3, lastAt: now - 7 * DAY, escalated: true })).toEqual([0, true, "2026-12-14"])
  expect(after({ count: 3, lastAt: now - 40 * DAY, escalated: true })).toEqual([4, true, "2026-11-23"])
})

test("an account that stands for another body does not count (ACC-5)", async () => {
  const sources = handful()
  const disowned = { id: "f9", ruleset: "B2025", rule: "OBS-1", severity: "violation" as const, unit: "commune-1", asOf: "2026-11-22", seen: "", expected: "", basis: "", message: "", since: week.from }
  const found = [{ ...disowned, account: "commune-1-facebook" }, { ...disowned, id: "f10", account: "commune-1-zalo" }]
  const f = await gather({ ...sources, findings: async () => found }, week, options)
  expect(f.coverage.with.rows).toEqual(["province-portal-1"])
  expect(f.compliance.groups.find((group) => group.group === "abolished")!.violation.value).toBe(2)
})

test("days add up: weeks to any row of weeks, months to the quarter", async () => {
  const sources = inventedSources(inventedUnits(8, 4, 3))
  const figuresOf = async (kind: "weekly" | "monthly" | "quarterly", id: string) => gather(sources, parsePeriod(kind, id, cadence), { ...options, now: fromIsoDate("2027-06-01") })
  const quarter = await figuresOf("quarterly", "2026-Q3")
  const months = await Promise.all(["2026-07", "2026-08", "2026-09"].map((id) => figuresOf("monthly", id)))
  for (const read of [(f: typeof quarter) => f.ledger.seen.value!, (f: typeof quarter) => f.ledger.states.published.value!, (f: typeof quarter) => f.ledger.states.held.value!, (f: typeof quarter) => f.lag.posts.value!, (f: typeof quarter) => f.alerts.total.value!]) {
    expect(months.reduce((sum, month) => sum + read(month), 0)).toBe(read(quarter))
  }
  expect(quarter.ledger.seen.value).toBeGreaterThan(0)
  const people = (f: typeof quarter) => f.reach.networks[0]!.metrics.find((metric) => metric.unique)!.value.value!
  expect(people(quarter)).toBe(Math.max(...months.map(people)))
})

test("sums of parts are the totals, and every figure says what it was counted from", async () => {
  const f = await gather(inventedSources(), week, options)
  expect([f.coverage.total.value, f.coverage.asPlanned]).toEqual([119, true])
  const { levels, total } = f.coverage
  for (const key of ["total", "with", "without", "overdue"] as const) expect(levels.reduce((sum, level) => sum + level[key].value!, 0)).toBe(f.coverage[key].value!)
  expect(f.coverage.with.value! + f.coverage.without.value!).toBe(total.value!)
  const { accounts, pass, advice, violation, suspect, unchecked } = f.compliance
  expect(pass.value! + advice.value! + violation.value! + suspect.value! + unchecked.value!).toBe(accounts.value!)
  expect(f.units.reduce((sum, unit) => sum + unit.published, 0)).toBe(f.ledger.states.published.value!)
  for (const unit of f.units) expect(unit.published + unit.held + unit.refused + unit.waiting).toBe(unit.deliveries)
  const traced = tracedFigures(f)
  expect(traced.length).toBeGreaterThan(60)
  for (const { path, figure } of traced) expect([path, figure.query.length > 0]).toEqual([path, true])
  for (const { figure } of traced.filter((entry) => /^(coverage|compliance)/.test(entry.path))) expect(figure.rows!.length).toBe(figure.value!)
})

test("the same data gives the same figures, and a later run of a finished week too", async () => {
  const sources = inventedSources(inventedUnits(8, 4, 3))
  const first = JSON.stringify(await gather(sources, week, options))
  expect(JSON.stringify(await gather(sources, week, { ...options, now: now + 40 * DAY, madeAt: now }))).toBe(first)
})

test("a late report says so and bears the day it was made; one made before its time bears that day", async () => {
  const sources = handful()
  const dates = async (at: number) => {
    const { issuedAt, lateDays } = await gather(sources, week, { ...options, now: at })
    return [isoDate(issuedAt), lateDays]
  }
  expect(await dates(week.due + 7 * HOUR)).toEqual(["2026-11-23", 0])
  expect(await dates(week.due + 3 * DAY)).toEqual(["2026-11-26", 3])
  expect(await dates(week.from + 2 * DAY)).toEqual(["2026-11-18", 0])
})

test("what was asked before the present duty began does not count against the unit", async () => {
  const sources = handful()
  const units = (await sources.units(now))!
  const duty = { ...(await sources.findings(now))[0]!, id: "f7", rule: "IMG-3", unit: "commune-1", account: "commune-1-facebook", since: fromIsoDate("2026-11-18") }
  const sent = (id: string, day: string) => ({ id, unitId: "commune-1", level: 1, escalated: false, sentAt: fromIsoDate(day) })
  const f = await gather({ ...sources, units: async () => units, findings: async () => [duty], reminders: async () => [sent("old", "2026-10-01"), sent("new", "2026-11-19")] }, week, options)
  expect(f.laggards.find((row) => row.unitId === "commune-1")).toMatchObject({ reminders: 1, lastReminderAt: fromIsoDate("2026-11-19"), ageDays: 4 })
})

test("a week that is not over is counted up to now; a registry that is not known compares with nothing", async () => {
  const sources = handful()
  const f = await gather({ ...sources, units: async (at) => (at < week.from ? null : sources.units(at)) }, week, { ...options, now: week.from + DAY })
  expect(f.cutoffAt).toBe(week.from + DAY)
  expect([f.ledger.seen.value, f.changes.find((row) => row.key === "with")]).toEqual([4, { key: "with", now: 2, before: null, delta: null }])
})
