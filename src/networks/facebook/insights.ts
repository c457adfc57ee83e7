/** Reach (contract 4): one metric's death, a missing permission or a small Page empties that metric only, and is said. Null is not 0. */
import { DAY, HOUR, SECOND } from "../../base/clock.ts"
import type { NetworkAccount } from "../../model/index.ts"
import type { Failure } from "./client.ts"
import { codeOf, verdictOf } from "./errors.ts"
import { isDeadMetric, pageMetrics, postMetrics } from "./metric-names.ts"
import { callAsPage, rowsOf, type FacebookContext } from "./page.ts"

export type MetricVerdict = "ok" | "dead" | "forbidden" | "too_small"
export type MetricValue = number | Record<string, number>
export interface MetricPoint {
  /** The measured Pacific day "YYYY-MM-DD"; null for lifetime values of a post. */
  day: string | null
  value: MetricValue
}
export interface Metric {
  name: string
  /** `failed` = not known today, ask again; everything else is kept as the metric's verdict. */
  verdict: MetricVerdict | "failed"
  code: string | null
  points: MetricPoint[]
}

/** Meta refuses longer ranges. */
const WINDOW_MS_MAX = 90 * DAY
export type PagePeriod = "day" | "week" | "days_28"

/** Values of a Page per measured day. `since` and `until` in UTC ms; longer ranges are cut into windows. */
export async function pageInsights(
  context: FacebookContext,
  account: NetworkAccount,
  range: { since: number; until: number },
  names = pageMetrics.map((m) => m.name),
  period: PagePeriod = "day",
  signal?: AbortSignal,
): Promise<Metric[]> {
  const merged = new Map<string, Metric>(names.map((name) => [name, { name, verdict: "ok", code: null, points: [] }]))
  for (let from = range.since; from < range.until; from += WINDOW_MS_MAX) {
    const until = Math.min(from + WINDOW_MS_MAX, range.until)
    const alive = names.filter((name) => merged.get(name)!.verdict === "ok")
    const query = { period, since: String(Math.floor(from / SECOND)), until: String(Math.floor(until / SECOND)) }
    for (const metric of await read(context, account, account.remoteId, alive, query, signal)) {
      const known = merged.get(metric.name)!
      merged.set(metric.name, { ...metric, points: [...known.points, ...metric.points] })
    }
  }
  return [...merged.values()].map((metric) => ({ ...metric, points: uniqueDays(metric.points) }))
}

/** Lifetime values of one post. */
export const postInsights = (
  context: FacebookContext,
  account: NetworkAccount,
  postId: string,
  names = postMetrics.map((m) => m.name),
  signal?: AbortSignal,
) => read(context, account, postId, names, {}, signal)

/** All together first; when that fails for a reason one metric may have caused, each one alone. */
async function read(
  context: FacebookContext,
  account: NetworkAccount,
  node: string,
  wanted: string[],
  query: Record<string, string>,
  signal?: AbortSignal,
): Promise<Metric[]> {
  const dead = wanted.filter(isDeadMetric).map((name): Metric => ({ name, verdict: "dead", code: null, points: [] }))
  const names = wanted.filter((name) => !isDeadMetric(name))
  if (!names.length) return dead
  const ask = (metrics: string[]) =>
    callAsPage(context, account, { path: `${node}/insights`, query: { metric: metrics.join(","), ...query }, kind: "optional", signal })
  const together = await ask(names)
  if (together.ok) return [...dead, ...names.map((name) => metricOf(name, together.body))]
  const verdict = judge(together.failure)
  if (names.length === 1 || (verdict === "failed" && !mayBeOneMetric(together.failure))) {
    return [...dead, ...names.map((name): Metric => ({ name, verdict, code: codeOf(together.failure), points: [] }))]
  }
  const singly: Metric[] = []
  for (const name of names) {
    const answer = await ask([name])
    singly.push(answer.ok ? metricOf(name, answer.body) : { name, verdict: judge(answer.failure), code: codeOf(answer.failure), points: [] })
  }
  return [...dead, ...singly]
}

/** Opaque failures (1/99) and bugs can be one metric's doing; throttling, dead tokens and lost answers are not. */
const mayBeOneMetric = (failure: Failure) => failure.kind === "graph" && !["throttled", "token", "setup", "policy"].includes(verdictOf(failure).class)

function judge(failure: Failure): Metric["verdict"] {
  if (failure.kind !== "graph") return "failed"
  const { code, subcode } = failure
  if (code === 2874008 || subcode === 2874008) return "too_small"
  const about = subcode ?? code
  if (about >= 2932001 && about <= 2932010) return "forbidden"
  if (code === 100) return subcode === 1504016 ? "failed" : "dead"
  return verdictOf(failure).class === "permission" ? "forbidden" : "failed"
}

/** Silence of a living metric is an empty list of points, never a zero. */
function metricOf(name: string, body: Record<string, unknown>): Metric {
  const points: MetricPoint[] = []
  for (const row of rowsOf(body)) {
    if (row.name !== name || !Array.isArray(row.values)) continue
    for (const entry of row.values as { value?: unknown; end_time?: unknown }[]) {
      const value = valueOf(entry?.value)
      if (value !== null) points.push({ day: typeof entry.end_time === "string" ? pacificDay(entry.end_time) : null, value })
    }
  }
  return { name, verdict: "ok", code: null, points }
}

function valueOf(value: unknown): MetricValue | null {
  if (typeof value === "number" && Number.isFinite(value)) return value
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"))
}

/** `end_time` is the end of the measured day at midnight US Pacific; twelve hours earlier it is surely that day there. */
export function pacificDay(endTime: string): string | null {
  const end = Date.parse(endTime)
  if (!Number.isFinite(end)) return null
  return new Intl.DateTimeFormat("en-CA", { timeZone: "America/Los_Angeles", year: "numeric", month: "2-digit", day: "2-digit" }).format(
    new Date(end - 12 * HOUR),
  )
}

const uniqueDays = (points: MetricPoint[]) => [...new Map(points.map((point) => [point.day, point])).values()]

/**
 * Views per measured Pacific day that advertising brought (PAGE-ADS): with a breakdown each value carries its part (contract 4.4). Null =
 * Facebook does not tell (small Page, no permission, throttled).
 */
export async function paidViews(
  context: FacebookContext,
  account: NetworkAccount,
  range: { since: number; until: number },
  signal?: AbortSignal,
): Promise<{ day: string; views: number }[] | null> {
  const query = {
    metric: "page_media_view",
    period: "day",
    breakdown: "is_from_ads",
    since: String(Math.floor(range.since / SECOND)),
    until: String(Math.floor(range.until / SECOND)),
  }
  const answer = await callAsPage(context, account, { path: `${account.remoteId}/insights`, query, kind: "optional", signal })
  if (!answer.ok) return null
  return rowsOf(answer.body).flatMap((row) =>
    (Array.isArray(row.values) ? (row.values as Record<string, unknown>[]) : []).flatMap((entry) => {
      const day = typeof entry?.end_time === "string" ? pacificDay(entry.end_time) : null
      const paid = entry?.is_from_ads === "1" || entry?.is_from_ads === 1 || entry?.is_from_ads === true
      return paid && day !== null && typeof entry.value === "number" && entry.value > 0 ? [{ day, views: entry.value }] : []
    }),
  )
}

export interface PostCounters {
  shares: number
  /** Null = not readable (permission), never 0. */
  reactions: number | null
  comments: number | null
}
/** Counters on the post itself. Shares are asked apart: reaction summaries need a permission and would take them down (contract 4.5). */
export async function postCounters(
  context: FacebookContext,
  account: NetworkAccount,
  postId: string,
  signal?: AbortSignal,
): Promise<PostCounters | null> {
  const shares = await callAsPage(context, account, { path: postId, query: { fields: "shares" }, kind: "optional", signal })
  if (!shares.ok) return null
  const summaries = await callAsPage(context, account, {
    path: postId,
    query: { fields: "reactions.limit(0).summary(true),comments.limit(0).summary(true)" },
    kind: "optional",
    signal,
  })
  const total = (name: string) => {
    const summary = summaries.ok ? (summaries.body[name] as { summary?: { total_count?: unknown } } | undefined)?.summary : undefined
    return typeof summary?.total_count === "number" ? summary.total_count : null
  }
  const count = (shares.body.shares as { count?: unknown } | undefined)?.count
  // Absent means zero here, and only here.
  return { shares: typeof count === "number" ? count : 0, reactions: total("reactions"), comments: total("comments") }
}
