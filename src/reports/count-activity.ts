/** Lag portal → network, activity, reach, alerts, feeds and help with registration. */
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { alertSeverities } from "../model/alert.ts"
import { publishingNetworks } from "../model/unit.ts"
import { publishingAccounts } from "./count-compliance.ts"
import { daysOf } from "./count-ledger.ts"
import type { AlertFigures, FeedFigures, Figure, Lag, Reach, RegistrationFigures, WeeklyFigures } from "./figures.ts"
import { median } from "./format.ts"
import type { Raw } from "./gather.ts"
import { groupBy } from "./group.ts"
import type { ReachRow } from "./sources.ts"

/** Upper ends of the lag classes shown to people. */
const lagClasses: [string, number][] = [
  ["đến 15 phút", 15 * MINUTE],
  ["trên 15 phút đến 01 giờ", HOUR],
  ["trên 01 giờ đến 04 giờ", 4 * HOUR],
  ["trên 04 giờ đến 24 giờ", DAY],
  ["trên 24 giờ", Number.POSITIVE_INFINITY],
]

/** Rows are named one by one for weeks only; longer periods are traced by their weeks. */
const short = (raw: Pick<Raw, "from" | "to">) => raw.to - raw.from <= 8 * DAY

export function countLag(raw: Raw): Lag {
  const query = `deliveries published ${daysOf(raw)}, portal time known`
  const timed = raw.lags.filter((row) => row.lagMs !== null).map((row) => ({ ...row, lagMs: Math.max(0, row.lagMs!) }))
  const names = new Map(raw.units.map((unit) => [unit.id, unit.name]))
  let worst: (typeof timed)[number] | null = null
  const before = (a: (typeof timed)[number], b: (typeof timed)[number]) =>
    a.publishedAt - b.publishedAt || (a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : a.deliveryId < b.deliveryId ? -1 : 1)
  for (const row of timed) if (!worst || row.lagMs > worst.lagMs || (row.lagMs === worst.lagMs && before(row, worst) < 0)) worst = row
  const spread = lagClasses.map(([label]) => ({ label, count: 0 }))
  for (const row of timed) spread[lagClasses.findIndex(([, end]) => row.lagMs <= end)]!.count += 1
  return {
    posts: { value: timed.length, query, ...(short(raw) ? { rows: timed.map((row) => row.deliveryId).sort() } : {}) },
    median: { value: median(timed.map((row) => row.lagMs)), query: `median lag of ${query}` },
    worst: { value: worst?.lagMs ?? null, query: `longest lag of ${query}`, rows: worst ? [worst.deliveryId] : [] },
    worstAt: worst && { deliveryId: worst.deliveryId, unitId: worst.unitId, unit: names.get(worst.unitId) ?? worst.unitId, lagMs: worst.lagMs },
    spread,
  }
}

export function countActivity(raw: Raw): WeeklyFigures["activity"] {
  const posted = new Set(raw.lags.map((row) => row.accountId))
  const accounts = raw.units.flatMap(publishingAccounts).map((account) => account.id)
  return {
    active: figureOf(accounts.filter((id) => posted.has(id)), `accounts with a post published ${daysOf(raw)}`),
    silent: figureOf(accounts.filter((id) => !posted.has(id)), `accounts without a post published ${daysOf(raw)}`),
  }
}

const figureOf = (rows: string[], query: string): Figure => ({ value: rows.length, query, rows })

/** Adds only what may be added: a unique count is never summed, and no data stays no data. */
export function countReach(raw: Raw): Reach {
  return {
    networks: publishingNetworks.map((network) => {
      const rows = raw.reach.filter((row) => row.network === network)
      const followers = raw.followers.filter((row) => row.network === network && row.value !== null)
      return {
        network,
        accounts: raw.units.flatMap((unit) => unit.accounts.filter((account) => account.network === network)).length,
        followers: {
          value: followers.length ? followers.reduce((total, row) => total + row.value!, 0) : null,
          query: `latest followers per ${network} account at the cut-off, added over ${followers.length} accounts`,
          rows: followers.map((row) => row.accountId).sort(),
        },
        metrics: [...groupBy(rows, (row) => row.metric).entries()]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([metric, found]) => metricOf(metric, found, raw)),
      }
    }),
  }
}

function metricOf(metric: string, rows: ReachRow[], raw: Raw): Reach["networks"][number]["metrics"][number] {
  const unique = rows.some((row) => row.unique)
  const known = rows.filter((row) => row.verdict === "ok" && row.value !== null)
  const accountsWithData = new Set(known.map((row) => row.accountId))
  const verdicts: Record<string, number> = {}
  for (const verdict of ["ok", "dead", "forbidden", "too_small"]) {
    verdicts[verdict] = new Set(rows.filter((row) => row.verdict === verdict).map((row) => row.accountId)).size
  }
  const value = !known.length
    ? null
    : unique
      ? known.reduce((most, row) => Math.max(most, row.value!), 0)
      : known.reduce((total, row) => total + row.value!, 0)
  return {
    metric,
    unique,
    value: {
      value,
      query: `reach rows of ${metric}, days ${daysOf(raw)}, verdict ok, ${unique ? "largest single window of one account (unique people are not added)" : "sum"}`,
      rows: [...accountsWithData].sort(),
    },
    withoutData: new Set(rows.map((row) => row.accountId)).size - accountsWithData.size,
    verdicts,
  }
}

export function countAlerts(raw: Raw): AlertFigures {
  const rows = raw.alerts.toSorted((a, b) => a.raisedAt - b.raisedAt || (a.id < b.id ? -1 : 1))
  const raised = rows.filter((alert) => alert.raisedAt >= raw.from && alert.raisedAt < raw.to)
  const ids = (list: typeof rows) => list.map((alert) => alert.id)
  const openAtEnd = rows.filter((alert) => alert.raisedAt < raw.to && (alert.closedAt === null ? alert.state !== "closed" : alert.closedAt >= raw.to))
  const reacted = raised.filter((alert) => alert.acknowledgedAt !== null && alert.acknowledgedAt < raw.to)
  return {
    raised: Object.fromEntries(
      alertSeverities.map((severity) => [
        severity,
        figureOf(ids(raised.filter((alert) => alert.severity === severity)), `alerts raised ${daysOf(raw)}, severity ${severity}`),
      ]),
    ) as AlertFigures["raised"],
    total: figureOf(ids(raised), `alerts raised ${daysOf(raw)}`),
    openAtEnd: figureOf(ids(openAtEnd), "alerts not closed at the cut-off"),
    reaction: {
      value: median(reacted.map((alert) => alert.acknowledgedAt! - alert.raisedAt)),
      query: "median from raised to acknowledged",
      rows: ids(reacted),
    },
    kinds: [...groupBy(raised, (alert) => alert.kind).entries()]
      .map(([kind, list]) => ({ kind, count: list.length }))
      .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1)),
    incidents: raised.filter((alert) => alert.severity === "critical" || alert.severity === "high"),
    rows,
  }
}

export function countFeeds(raw: Raw): FeedFigures | null {
  if (!raw.feeds) return null
  const feeds = raw.feeds
  const inState = (state: string) =>
    figureOf(
      feeds
        .filter((feed) => feed.state === state)
        .map((feed) => feed.feedId)
        .sort(),
      `feeds in state ${state} at the cut-off`,
    )
  return {
    total: figureOf(feeds.map((feed) => feed.feedId).sort(), "feeds of the registry"),
    failing: inState("failing"),
    silent: inState("silent"),
    quarantined: inState("quarantined"),
    rows: feeds.filter((feed) => feed.state !== "ok").sort((a, b) => (a.feedId < b.feedId ? -1 : 1)),
  }
}

export function countRegistrations(raw: Raw): RegistrationFigures | null {
  if (!raw.registrations) return null
  const rows = raw.registrations
  const inside = (at: number | null) => at !== null && at >= raw.from && at < raw.to
  const closed = rows.filter((row) => inside(row.closedAt))
  const waiting = rows.filter((row) => row.openedAt < raw.to && (row.closedAt === null || row.closedAt >= raw.to))
  const ids = (list: typeof rows) => list.map((row) => row.id).sort()
  return {
    opened: figureOf(ids(rows.filter((row) => inside(row.openedAt))), `registration cases opened ${daysOf(raw)}`),
    closed: figureOf(ids(closed), `registration cases closed ${daysOf(raw)}`),
    waiting: figureOf(ids(waiting), "registration cases open at the cut-off"),
    averageDays: {
      value: closed.length ? closed.reduce((total, row) => total + row.closedAt! - row.openedAt, 0) / closed.length / DAY : null,
      query: "average days from opened to closed, cases closed in the period",
      rows: ids(closed),
    },
  }
}
