/** Writes what the networks told. A number that was read is never replaced by "no number". */
import { DAY } from "../base/clock.ts"
import { isoDate } from "../base/time.ts"
import type { Db, Tx } from "../db/index.ts"
import type { StoredVerdict } from "../db/tables/metrics.ts"
import type { ArticleTotals, MeasuredMetric } from "./types.ts"

const CHUNK = 50
const valueOf = (value: number | Record<string, number>) =>
  typeof value === "number"
    ? { value, parts: null }
    : { value: Object.values(value).reduce((sum, part) => sum + part, 0), parts: JSON.stringify(value) }

/** Upserts days of a Page. A metric without a value gets a row with its verdict for each of `days`, unless a value is already there. */
export async function keepPageMetrics(
  tx: Tx,
  accountId: string,
  metrics: readonly MeasuredMetric[],
  days: readonly string[],
  apiVersion: string,
  now: number,
): Promise<void> {
  const about = { account_id: accountId, api_version: apiVersion, fetched_at: now }
  const read = metrics.flatMap((metric) =>
    metric.points.flatMap(({ day, value }) =>
      day === null ? [] : [{ ...about, metric: metric.name, day, ...valueOf(value), verdict: "ok" as const, code: null }],
    ),
  )
  for (let i = 0; i < read.length; i += CHUNK) {
    await tx
      .insertInto("page_metrics")
      .values(read.slice(i, i + CHUNK))
      .onConflict((conflict) =>
        conflict.columns(["account_id", "metric", "day"]).doUpdateSet((row) => ({
          value: row.ref("excluded.value"),
          parts: row.ref("excluded.parts"),
          verdict: row.ref("excluded.verdict"),
          code: row.ref("excluded.code"),
          api_version: row.ref("excluded.api_version"),
          fetched_at: row.ref("excluded.fetched_at"),
        })),
      )
      .execute()
  }
  const empty = metrics.flatMap((metric) => {
    const verdict = metric.verdict
    return verdict === "failed"
      ? []
      : days.map((day) => ({ ...about, metric: metric.name, day, value: null, parts: null, verdict, code: metric.code }))
  })
  for (let i = 0; i < empty.length; i += CHUNK) {
    await tx.insertInto("page_metrics").values(empty.slice(i, i + CHUNK)).onConflict((conflict) => conflict.doNothing()).execute()
  }
}

/** Remembers the last word on each metric that was asked. */
export async function keepVerdicts(tx: Tx, accountId: string, metrics: readonly MeasuredMetric[], now: number) {
  for (const { name, verdict, code } of metrics) {
    if (verdict === "failed") continue
    const set = { verdict, code, checked_at: now }
    await tx
      .insertInto("metric_verdicts")
      .values({ account_id: accountId, metric: name, ...set })
      .onConflict((conflict) => conflict.columns(["account_id", "metric"]).doUpdateSet(set))
      .execute()
  }
}

const REPROBE_MS = 7 * DAY
/** Metrics that are not worth asking today, with the verdict that says why. They are asked again a week after the verdict. */
export async function restingMetrics(db: Db, accountId: string, now: number): Promise<Map<string, { verdict: StoredVerdict; code: string | null }>> {
  const rows = await db
    .selectFrom("metric_verdicts")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("verdict", "<>", "ok")
    .where("checked_at", ">", now - REPROBE_MS)
    .execute()
  return new Map(rows.map((row) => [row.metric, { verdict: row.verdict, code: row.code }]))
}

/** One snapshot of a post; a repeated one changes nothing. */
export async function keepPostSnapshot(
  tx: Tx,
  post: { deliveryId: string; accountId: string; remoteId: string },
  age: number,
  metrics: readonly MeasuredMetric[],
  apiVersion: string,
  now: number,
): Promise<void> {
  const rows = metrics.flatMap((metric) => {
    const { verdict } = metric
    if (verdict === "failed") return []
    const point = metric.points[0]
    const measured = point ? valueOf(point.value) : { value: null, parts: null }
    return [
      {
        delivery_id: post.deliveryId,
        age,
        metric: metric.name,
        account_id: post.accountId,
        remote_id: post.remoteId,
        ...measured,
        verdict,
        code: metric.code,
        api_version: apiVersion,
        fetched_at: now,
      },
    ]
  })
  if (rows.length) await tx.insertInto("post_metrics").values(rows).onConflict((conflict) => conflict.doNothing()).execute()
}

/**
 * Cumulative counters become growth per day: the first total counts as the growth of an article that is at most a day old, else as
 * the starting point. A total below the last one is a reset: what is there now grew since then.
 */
export async function keepArticleTotals(tx: Tx, accountId: string, articles: readonly ArticleTotals[], now: number): Promise<void> {
  const day = isoDate(now)
  for (const article of articles) {
    for (const [metric, total] of [["total_view", article.views], ["total_share", article.shares]] as const) {
      if (total === null) continue
      const last = await tx
        .selectFrom("article_counters")
        .selectAll()
        .where("account_id", "=", accountId)
        .where("remote_id", "=", article.id)
        .where("metric", "=", metric)
        .orderBy("day", "desc")
        .limit(1)
        .executeTakeFirst()
      const isReset = last !== undefined && total < last.total
      const growth = last ? (isReset ? total : total - last.total) : now - article.createdAt <= DAY ? total : 0
      const today = last?.day === day ? last : undefined
      const set = {
        total,
        grown: (today?.grown ?? 0) + growth,
        resets: (today?.resets ?? 0) + (isReset ? 1 : 0),
        title: article.title.slice(0, 300),
        fetched_at: now,
      }
      await tx
        .insertInto("article_counters")
        .values({ account_id: accountId, remote_id: article.id, metric, day, ...set })
        .onConflict((conflict) => conflict.columns(["account_id", "remote_id", "metric", "day"]).doUpdateSet(set))
        .execute()
    }
  }
}

/** The latest number of the day; `null` (the network gave none) does not replace one that was read today. */
export async function keepFollowers(tx: Tx, accountId: string, value: number | null, now: number): Promise<void> {
  const row = { account_id: accountId, day: isoDate(now), value, taken_at: now, follows: 0, unfollows: 0 }
  await tx
    .insertInto("followers")
    .values(row)
    .onConflict((conflict) => {
      const key = conflict.columns(["account_id", "day"])
      return value === null ? key.doNothing() : key.doUpdateSet({ value, taken_at: now })
    })
    .execute()
}

/** A follow or unfollow told by a webhook; the number itself comes with the next read. */
export async function keepFollow(tx: Tx, accountId: string, kind: "follow" | "unfollow", at: number): Promise<void> {
  const [follows, unfollows] = kind === "follow" ? [1, 0] : [0, 1]
  await tx
    .insertInto("followers")
    .values({ account_id: accountId, day: isoDate(at), value: null, taken_at: at, follows, unfollows })
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "day"])
        .doUpdateSet((row) => ({ follows: row("followers.follows", "+", follows), unfollows: row("followers.unfollows", "+", unfollows) })),
    )
    .execute()
}
