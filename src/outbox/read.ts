/** Reads for reports, reach and the watch: what was published and how deliveries of a day ended. Writes nothing. */
import { asNumber, type Db } from "../db/index.ts"
import type { DeliveryState, NetworkName } from "../model/index.ts"

export interface DeliveryTally {
  unitId: string
  accountId: string
  network: NetworkName
  state: DeliveryState
  code: string | null
  count: number
}
/** Deliveries of the articles first seen in [from, to), by the state they are in now. */
export async function tallyDeliveries(db: Db, from: number, to: number): Promise<DeliveryTally[]> {
  const rows = await db
    .selectFrom("articles as a")
    .innerJoin("deliveries as d", "d.article_id", "a.id")
    .select(["d.unit_id", "d.account_id", "d.network", "d.state", "d.code", (row) => row.fn.countAll().as("count")])
    .where("a.first_seen_at", ">=", from)
    .where("a.first_seen_at", "<", to)
    .groupBy(["d.unit_id", "d.account_id", "d.network", "d.state", "d.code"])
    .orderBy("d.account_id")
    .orderBy("d.state")
    .execute()
  return rows.map((row) => ({
    unitId: row.unit_id,
    accountId: row.account_id,
    network: row.network as NetworkName,
    state: row.state,
    code: row.state === "published" ? null : row.code,
    count: asNumber(row.count),
  }))
}

export interface PublishedPost {
  deliveryId: string
  articleId: string
  articleUrl: string
  unitId: string
  accountId: string
  network: NetworkName
  remoteId: string | null
  publishedAt: number
  /** When the portal says it published the article; null when it gave no credible time. */
  portalAt: number | null
  title: string
}
/** Posts published in [from, to), oldest first. */
export async function publishedBetween(db: Db, from: number, to: number): Promise<PublishedPost[]> {
  const rows = await db
    .selectFrom("deliveries as d")
    .leftJoin("articles as a", "a.id", "d.article_id")
    .select([
      "d.id",
      "d.article_id",
      "d.article_url",
      "d.unit_id",
      "d.account_id",
      "d.network",
      "d.remote_id",
      "d.published_at",
      "a.published_at as portal_at",
      "a.title",
    ])
    .where("d.published_at", "is not", null)
    .where("d.published_at", ">=", from)
    .where("d.published_at", "<", to)
    .where("d.state", "=", "published")
    .orderBy("d.published_at")
    .orderBy("d.id")
    .execute()
  return rows.map((row) => ({
    deliveryId: row.id,
    articleId: row.article_id,
    articleUrl: row.article_url,
    unitId: row.unit_id,
    accountId: row.account_id,
    network: row.network as NetworkName,
    remoteId: row.remote_id,
    publishedAt: Number(row.published_at),
    portalAt: row.portal_at === null ? null : Number(row.portal_at),
    title: row.title ?? row.article_url,
  }))
}

export interface StarvedLane {
  accountId: string
  network: NetworkName
  waiting: number
  /** When the oldest waiting post was enqueued. */
  since: number
  blockedUntil: number
}
/** Lanes that a network keeps silent or slow, and whose oldest post waits since before `enqueuedBefore`. Paused lanes wait for people, not for networks. */
export async function starvedLanes(db: Db, now: number, enqueuedBefore: number): Promise<StarvedLane[]> {
  const rows = await db
    .selectFrom("lanes as l")
    .innerJoin("deliveries as d", "d.account_id", "l.account_id")
    .select([
      "l.account_id",
      "l.network",
      "l.blocked_until",
      (row) => row.fn.countAll().as("waiting"),
      (row) => row.fn.min("d.created_at").as("since"),
    ])
    .where("d.state", "=", "waiting")
    .where("l.paused_reason", "is", null)
    .where((or) => or.or([or("l.blocked_until", ">", now), or("l.slowness", ">=", 4)]))
    .groupBy(["l.account_id", "l.network", "l.blocked_until"])
    .having((row) => row(row.fn.min("d.created_at"), "<", enqueuedBefore))
    .orderBy("l.account_id")
    .execute()
  return rows.map((row) => ({
    accountId: row.account_id,
    network: row.network as NetworkName,
    waiting: asNumber(row.waiting),
    since: Number(row.since),
    blockedUntil: Number(row.blocked_until),
  }))
}

/** Of these posts of an account, the ones that Loa made. */
export async function ownPosts(db: Db, accountId: string, remoteIds: readonly string[]): Promise<Set<string>> {
  const own = new Set<string>()
  for (let i = 0; i < remoteIds.length; i += 100) {
    const rows = await db
      .selectFrom("deliveries")
      .select("remote_id")
      .where("account_id", "=", accountId)
      .where("remote_id", "in", remoteIds.slice(i, i + 100))
      .execute()
    for (const row of rows) if (row.remote_id) own.add(row.remote_id)
  }
  return own
}

/** Addresses of articles whose post may be out although the account's answer has not settled it yet. */
export async function unsettledUrls(db: Db, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("deliveries")
    .select("article_url")
    .where("account_id", "=", accountId)
    .where("state", "in", ["sending", "unknown"])
    .execute()
  return rows.map((row) => row.article_url)
}
