/** Reads for reports and the desk. */
import { isoDate } from "../base/time.ts"
import { asNumber, type Db } from "../db/index.ts"
import type { PostReach, ReachPoint } from "./types.ts"

const numberOrNull = (value: number | null) => (value === null ? null : Number(value))

/** Values of the days `from`…`to` (both included), Pages and OAs together. Zalo growth is added over the articles of an account. */
export async function readReach(db: Db, from: string, to: string, accountId?: string): Promise<ReachPoint[]> {
  const pages = await db
    .selectFrom("page_metrics")
    .select(["account_id", "metric", "day", "value", "verdict"])
    .where("day", ">=", from)
    .where("day", "<=", to)
    .$if(accountId !== undefined, (query) => query.where("account_id", "=", accountId!))
    .orderBy("account_id")
    .orderBy("metric")
    .orderBy("day")
    .execute()
  const counters = await db
    .selectFrom("article_counters")
    .select(["account_id", "metric", "day", (row) => row.fn.sum("grown").as("grown")])
    .where("day", ">=", from)
    .where("day", "<=", to)
    .$if(accountId !== undefined, (query) => query.where("account_id", "=", accountId!))
    .groupBy(["account_id", "metric", "day"])
    .orderBy("account_id")
    .orderBy("metric")
    .orderBy("day")
    .execute()
  return [
    ...pages.map((row) => ({ accountId: row.account_id, metric: row.metric, day: row.day, value: numberOrNull(row.value), verdict: row.verdict })),
    ...counters.map((row) => ({ accountId: row.account_id, metric: row.metric, day: row.day, value: asNumber(row.grown), verdict: "ok" as const })),
  ]
}

/** The newest known number of followers per account at the moment. */
export async function readFollowers(db: Db, at: number): Promise<Map<string, { value: number; at: number }>> {
  const rows = await db
    .selectFrom("followers")
    .select(["account_id", "value", "taken_at"])
    .where("day", "<=", isoDate(at))
    .where("taken_at", "<=", at)
    .where("value", "is not", null)
    .orderBy("day")
    .execute()
  return new Map(rows.map((row) => [row.account_id, { value: Number(row.value), at: Number(row.taken_at) }]))
}

/** Daily follower rows of one account, oldest first. */
export async function readFollowerDays(db: Db, accountId: string, from: string, to: string) {
  const rows = await db
    .selectFrom("followers")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("day", ">=", from)
    .where("day", "<=", to)
    .orderBy("day")
    .execute()
  return rows.map((row) => ({ day: row.day, value: numberOrNull(row.value), follows: row.follows, unfollows: row.unfollows }))
}

/** The latest snapshot of each metric of the posts read in [from, to). */
export async function readPosts(db: Db, from: number, to: number, accountId?: string): Promise<PostReach[]> {
  const rows = await db
    .selectFrom("post_metrics")
    .selectAll()
    .where("fetched_at", ">=", from)
    .where("fetched_at", "<", to)
    .$if(accountId !== undefined, (query) => query.where("account_id", "=", accountId!))
    .orderBy("age")
    .execute()
  const latest = new Map(
    rows.map((row) => [
      `${row.delivery_id} ${row.metric}`,
      {
        deliveryId: row.delivery_id,
        accountId: row.account_id,
        remoteId: row.remote_id,
        metric: row.metric,
        age: row.age,
        value: numberOrNull(row.value),
        verdict: row.verdict,
        fetchedAt: Number(row.fetched_at),
      },
    ]),
  )
  return [...latest.values()]
}

/**
 * Views of Zalo articles known last, by `account article`. After a reset the counter says less than what was seen before: the larger of the
 * counter and of everything it grew by is the best that is known.
 */
export async function readArticleTotals(db: Db, accountId?: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("article_counters")
    .select(["account_id", "remote_id", (row) => row.fn.max("total").as("most"), (row) => row.fn.sum("grown").as("grown")])
    .where("metric", "=", "total_view")
    .$if(accountId !== undefined, (query) => query.where("account_id", "=", accountId!))
    .groupBy(["account_id", "remote_id"])
    .execute()
  return new Map(rows.map((row) => [`${row.account_id} ${row.remote_id}`, Math.max(asNumber(row.most), asNumber(row.grown))]))
}

/** Ages (hours) already kept per delivery. */
export async function readSnapshotAges(db: Db, deliveryIds: readonly string[]): Promise<Map<string, Set<number>>> {
  const kept = new Map<string, Set<number>>()
  for (let i = 0; i < deliveryIds.length; i += 100) {
    const rows = await db
      .selectFrom("post_metrics")
      .select(["delivery_id", "age"])
      .distinct()
      .where("delivery_id", "in", deliveryIds.slice(i, i + 100))
      .execute()
    for (const row of rows) kept.set(row.delivery_id, (kept.get(row.delivery_id) ?? new Set()).add(row.age))
  }
  return kept
}
