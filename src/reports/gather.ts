/** Sources and a period → figures. Pure given its sources: no clock, no database of its own, one fixed order. */
import { DAY } from "../base/clock.ts"
import { fromIsoDate, startOfDay } from "../base/time.ts"
import { countActivity, countAlerts, countFeeds, countLag, countReach, countRegistrations } from "./count-activity.ts"
import { countCompliance, countCoverage, inProtocolOrder, judge } from "./count-compliance.ts"
import { countLedger } from "./count-ledger.ts"
import { unitQueries, unitRows } from "./count-units.ts"
import type { Change, WeeklyFigures } from "./figures.ts"
import { laggardsOf, type ReminderSteps } from "./laggards.ts"
import { previousPeriod, type Cadence, type Period } from "./period.ts"
import type { ReportSources } from "./sources.ts"

export interface GatherOptions {
  cadence: Cadence
  /** Last day of the time given by the plan, "2025-12-31" (ACC-3). */
  deadline: string
  /** Days a new unit has before ACC-1 binds it (ACC-7). */
  graceDays: number
  steps: ReminderSteps
  /** When this report was first made, if it was made before: a repeated one bears the same date. Default: now. */
  madeAt?: number
  /** The present moment: a period that is not over is counted up to here. */
  now: number
  progress?(line: string): void
}

/** A report bears its due day, or the day it was made when that was later; one made before its time bears that day. */
export function datesOf(period: Period, now: number, madeAt = now): { issuedAt: number; lateDays: number } {
  const day = startOfDay(madeAt)
  const lateDays = Math.max(0, Math.round((day - period.due) / DAY))
  return { issuedAt: now < period.readyAt ? startOfDay(now) : Math.max(period.due, day), lateDays }
}

/** Everything one period is counted from, read once. */
export interface Raw extends Awaited<ReturnType<typeof read>> {}

async function read(sources: ReportSources, from: number, to: number, named: boolean) {
  // What was true "at" the end is asked for the last millisecond inside the period.
  const at = to - 1
  const [units, findings, checked, articles, deliveries, lags, followers, reach, alerts, reminders, feeds, registrations] = await Promise.all([
    sources.units(at),
    sources.findings(at),
    sources.checkedAccounts(at),
    sources.articles(from, to, named),
    sources.deliveries(from, to, named),
    sources.lags(from, to),
    sources.followers(at),
    sources.reach(from, to),
    sources.alerts(from, to),
    sources.reminders(at),
    sources.feeds?.(at) ?? null,
    sources.registrations?.(from, to) ?? null,
  ])
  const known = inProtocolOrder(units ?? [])
  return {
    from,
    to,
    at,
    registryKnown: units !== null,
    units: known,
    findings,
    checked: new Set(checked),
    articles,
    deliveries,
    lags,
    followers,
    reach,
    alerts,
    reminders,
    feeds,
    registrations,
  }
}

export async function gather(sources: ReportSources, period: Period, options: GatherOptions): Promise<WeeklyFigures> {
  const cutoffAt = Math.min(period.to, Math.max(options.now, period.from + 1))
  options.progress?.(`${period.id}: reading the period`)
  const raw = await read(sources, period.from, cutoffAt, true)
  const current = count(raw, options)
  options.progress?.(`${period.id}: reading the period before`)
  const earlier = previousPeriod(period, options.cadence)
  const before = await read(sources, earlier.from, earlier.to, false)
  const previous = before.registryKnown ? headline(count(before, options)) : null

  return {
    schema: 2,
    period,
    ...datesOf(period, options.now, options.madeAt),
    cutoffAt,
    province: sources.province,
    deadline: options.deadline,
    ...current,
    changes: changesOf(headline(current), previous),
    laggards: laggardsOf(current.units, cutoffAt, options.steps),
    unitQueries,
  }
}

function count(raw: Raw, options: GatherOptions) {
  const overdueDays = Math.max(0, Math.round((startOfDay(raw.at) - fromIsoDate(options.deadline)) / DAY))
  const judged = judge(raw, { overdueDays, graceDays: options.graceDays })
  return {
    coverage: countCoverage(raw, judged, overdueDays),
    compliance: countCompliance(raw, judged),
    ledger: countLedger(raw),
    lag: countLag(raw),
    activity: countActivity(raw),
    reach: countReach(raw),
    alerts: countAlerts(raw),
    feeds: countFeeds(raw),
    registrations: countRegistrations(raw),
    units: unitRows(raw, judged),
  }
}

type Counted = ReturnType<typeof count>
type Headline = Record<Change["key"], number | null>

function headline({ coverage, compliance, ledger, lag, reach, alerts }: Counted): Headline {
  const followers = (network: string) => reach.networks.find((entry) => entry.network === network)?.followers.value ?? null
  return {
    with: coverage.with.value,
    without: coverage.without.value,
    overdue: coverage.overdue.value,
    violation: compliance.violation.value,
    advice: compliance.advice.value,
    suspect: compliance.suspect.value,
    verified: compliance.identity.verified.value,
    seen: ledger.seen.value,
    published: ledger.states.published.value,
    held: ledger.states.held.value,
    refused: ledger.states.refused.value,
    medianLag: lag.median.value,
    followersFacebook: followers("facebook"),
    followersZalo: followers("zalo"),
    alerts: alerts.total.value,
  }
}

const changesOf = (now: Headline, before: Headline | null): Change[] =>
  (Object.keys(now) as Change["key"][]).map((key) => {
    const [a, b] = [now[key], before?.[key] ?? null]
    return { key, now: a, before: b, delta: a === null || b === null ? null : a - b }
  })
