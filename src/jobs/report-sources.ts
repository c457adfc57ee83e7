/** Fits the rooms to what the reports ask for (reports/sources.ts). Reads only. */
import type { Rooms } from "../app.ts"
import { DAY } from "../base/clock.ts"
import { isoDate, startOfDay } from "../base/time.ts"
import { inTransaction } from "../db/index.ts"
import type { NetworkName, Unit } from "../model/index.ts"
import { readFollowers, readReach } from "../metrics/index.ts"
import { pageMetrics } from "../networks/index.ts"
import { publishedBetween, tallyDeliveries } from "../outbox/index.ts"
import { isPublishing, livesOn } from "../registry/index.ts"
import { loadScoring, readReminders, type FeedHealth, type ReportSources, type ScoreEvidence } from "../reports/index.ts"
import { casesOf } from "./cases.ts"
import { probedEvidence } from "./portal-probes.ts"
import { articleRows, articlesBySection, deliveryRows, sectionsOf } from "./report-rows.ts"

const uniqueMetrics = new Set(pageMetrics.filter((metric) => metric.unique).map((metric) => metric.name))
/** Levels, not amounts: a report takes followers from their own table and never adds them over days. */
const levels = new Set(pageMetrics.filter((metric) => metric.meaning === "followers").map((metric) => metric.name))
const FAILING_AFTER = 3
/** Up to here the counted rows are named one by one, so that every sum of a week can be traced. */
const NAMED_MS = 8 * DAY

export function reportSources(rooms: Rooms): ReportSources {
  const { db, checks, articles, feeds, alerts, config } = rooms
  const networkOf = (accountId: string): NetworkName | null => {
    const network = rooms.view().accountById(accountId)?.network
    return network && isPublishing(network) ? network : null
  }
  return {
    province: "Bắc Ninh",
    /** Existence is dated in the registry itself, so the registry of today knows the units of any day; null = it knows none. */
    async units(at) {
      const living = rooms.view().units.filter((unit) => livesOn(unit, isoDate(at)))
      return living.length ? [...living] : null
    },
    findings: (at) => checks.findingsAt(at),
    async checkedAccounts(at) {
      return [...(await checks.observationsAt(at))].filter(([, seen]) => seen.profile !== null || !seen.reachable).map(([id]) => id)
    },
    async articles(from, to, named) {
      if (named && to - from <= NAMED_MS) return articleRows(db, from, to)
      const counts = await perDay(from, to, (begin, end) => articles.counts(db, begin, end))
      return counts.map(({ day, row }) => ({ day, ...row }))
    },
    async deliveries(from, to, named) {
      if (named && to - from <= NAMED_MS) return deliveryRows(db, from, to)
      const tallies = await perDay(from, to, (begin, end) => tallyDeliveries(db, begin, end))
      return tallies.map(({ day, row }) => ({ day, ...row }))
    },
    async lags(from, to) {
      const posts = await publishedBetween(db, from, to)
      return posts.map(({ deliveryId, unitId, accountId, network, publishedAt, portalAt }) => ({
        deliveryId,
        unitId,
        accountId,
        network,
        publishedAt,
        lagMs: portalAt === null ? null : publishedAt - portalAt,
      }))
    },
    async followers(at) {
      const known = await readFollowers(db, at)
      return rooms.view().accounts.flatMap((account) => {
        const network = networkOf(account.id)
        const row = known.get(account.id)
        return network ? [{ accountId: account.id, network, value: row?.value ?? null, at: row?.at ?? null }] : []
      })
    },
    async reach(from, to) {
      const points = await readReach(db, isoDate(from), isoDate(to - 1))
      return points.flatMap((point) => {
        const network = networkOf(point.accountId)
        return network && !levels.has(point.metric) ? [{ ...point, network, unique: uniqueMetrics.has(point.metric) }] : []
      })
    },
    async alerts(from, to) {
      const raised = await alerts.between(from, to)
      return raised.map(({ id, kind, severity, unit, account, state, raisedAt, acknowledgedAt, closedAt, count, summary }) => ({
        id,
        kind,
        severity,
        unit,
        account,
        state,
        raisedAt,
        acknowledgedAt,
        closedAt,
        count,
        summary,
      }))
    },
    reminders: (at) => readReminders(db, at),
    async feeds(at) {
      const health = await inTransaction(db, (tx) => feeds.health(tx, at))
      return health
        .filter((feed) => feed.active)
        .map((feed): FeedHealth => {
          const silent = feed.facts.some((fact) => fact.kind === "silent")
          const state = feed.quarantined ? "quarantined" : feed.stopped || feed.failures >= FAILING_AFTER ? "failing" : silent ? "silent" : "ok"
          const since = state === "ok" ? null : state === "silent" ? feed.lastChangedAt : feed.lastSuccessAt
          return { feedId: feed.feedId, unitId: feed.unitId, state, since }
        })
    },
    registrations: (from, to) => casesOf(rooms).registrationsBetween(from, to),
    async evidence(from, to) {
      const counts = await articles.counts(db, from, to)
      const sections = await articlesBySection(db, from, to)
      const probed = groupByUnit(await probedEvidence(db, from, to))
      return rooms
        .view()
        .units.filter((unit) => livesOn(unit, isoDate(to - 1)))
        .flatMap((unit) => [
          ...(probed.get(unit.id) ?? []),
          ...(newsOf(unit, counts) ?? []),
          ...sectionsOf(unit, sections, loadScoring(config.templatesDir).sections),
        ])
    },
  }
}

const groupByUnit = (rows: ScoreEvidence[]) => {
  const byUnit = new Map<string, ScoreEvidence[]>()
  for (const row of rows) byUnit.set(row.unitId, [...(byUnit.get(row.unitId) ?? []), row])
  return byUnit
}

/** Sums that are kept per day in Vietnam: one question a day, so that weeks add up to the month exactly. */
async function perDay<Row>(from: number, to: number, ask: (begin: number, end: number) => Promise<Row[]>): Promise<{ day: string; row: Row }[]> {
  const rows: { day: string; row: Row }[] = []
  for (let begin = from; begin < to; begin = startOfDay(begin) + DAY) {
    const end = Math.min(startOfDay(begin) + DAY, to)
    for (const row of await ask(begin, end)) rows.push({ day: isoDate(begin), row })
  }
  return rows
}

type Counts = Awaited<ReturnType<Rooms["articles"]["counts"]>>
/** News of the unit's own portal; which of them are reposts is known to people only, duplicates of other portals aside. */
function newsOf(unit: Unit, counts: Counts): ScoreEvidence[] | null {
  if (!unit.portal?.feeds.length) return null
  const own = counts.filter((row) => row.unitId === unit.id && row.state !== "baseline")
  const sum = (rows: Counts) => rows.reduce((total, row) => total + row.count, 0)
  const items = sum(own)
  const reposted = sum(own.filter((row) => row.state === "duplicate"))
  return [
    {
      unitId: unit.id,
      signal: "news",
      items,
      reposted,
      proof: `${items} tin, bài đọc được từ RSS của cổng trong kỳ, ${reposted} tin trùng với cổng khác`,
    },
  ]
}
