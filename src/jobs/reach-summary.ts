/** What `loa reach show` and the desk show of one period: totals per metric, followers, lag portal → network, rhythm, silent accounts, best and worst posts. */
import type { Rooms } from "../app.ts"
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { isoDate, isoWeekday, minuteOfDay } from "../base/time.ts"
import { readArticleTotals, readFollowers, readPosts, readReach } from "../metrics/index.ts"
import { pageMetrics } from "../networks/index.ts"
import { publishedBetween, type PublishedPost } from "../outbox/index.ts"

export interface ReachRowView {
  account: string
  unit: string
  network: string
  metric: string
  /** Added over the days, the largest day of unique people (never added), or the newest value of a level; null = no number at all. */
  total: number | null
  kind: "sum" | "unique" | "level"
  verdict: string
  days: { day: string; value: number | null }[]
}
export interface Lag {
  /** Posts whose portal gave a credible time. */
  count: number
  p50Ms: number | null
  p95Ms: number | null
  /** Share of these posts that stood on the network within 15 minutes, 0…1. */
  within15: number | null
}
export interface AccountView {
  account: string
  unit: string
  network: string
  followers: number | null
  posts: number
  postsPerWeek: number
  medianLagMs: number | null
  lag: Lag
  /** No post in the whole period. */
  silent: boolean
  /** Days since the last post before the period's end; null = never posted. */
  silentDays: number | null
  /** Posts per weekday, Monday first, and per hour of the day in Vietnam. */
  weekdays: number[]
  hours: number[]
}
export interface PostView {
  account: string
  network: string
  title: string
  url: string
  portalAt: number | null
  publishedAt: number
  lagMs: number | null
  /** Views known last; null = none known, which is not 0. */
  views: number | null
  /** Hours after publication the views stand for; null for Zalo, whose counter has no age. */
  age: number | null
}
export interface ReachSummary {
  from: string
  to: string
  rows: ReachRowView[]
  lag: Lag
  accounts: AccountView[]
  posts: PostView[]
  /** Per network, because their views do not compare: Facebook's first, then Zalo's. */
  best: PostView[]
  worst: PostView[]
}

const SHOWN = 5
const PROMPT_MS = 15 * MINUTE
function kindOf(metric: string): ReachRowView["kind"] {
  const known = pageMetrics.find((entry) => entry.name === metric)
  return known?.unique ? "unique" : known?.meaning === "followers" ? "level" : "sum"
}
function totalOf(kind: ReachRowView["kind"], values: readonly number[]): number | null {
  if (!values.length) return null
  return kind === "level" ? values.at(-1)! : kind === "unique" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0)
}

export async function summariseReach(rooms: Rooms, range: { from: number; to: number; account?: string | undefined }): Promise<ReachSummary> {
  const { db } = rooms
  const view = rooms.view()
  const [from, to] = [isoDate(range.from), isoDate(range.to - 1)]
  const points = await readReach(db, from, to, range.account)
  const byMetric = groupBy(points, (point) => `${point.accountId} ${point.metric}`)
  const rows = [...byMetric.values()].map((days): ReachRowView => {
    const { accountId, metric } = days[0]!
    const account = view.accountById(accountId)
    const values = days.flatMap((point) => (point.value === null ? [] : [point.value]))
    const kind = kindOf(metric)
    const verdict = values.length ? "ok" : (days.find((point) => point.verdict !== "ok")?.verdict ?? "ok")
    return {
      account: accountId,
      unit: account?.unitId ?? "",
      network: account?.network ?? "",
      metric,
      total: totalOf(kind, values),
      kind,
      verdict,
      days: days.map(({ day, value }) => ({ day, value })),
    }
  })

  const published = (await publishedBetween(db, range.from, range.to)).filter((post) => !range.account || post.accountId === range.account)
  const posts = await postsOf(rooms, published, range)
  const byAccount = groupBy(posts, (post) => post.account)
  const followers = await readFollowers(db, range.to - 1)
  const last = await lastPosts(rooms, range.to)
  const weeks = (range.to - range.from) / (7 * DAY)
  const accounts = view.accounts
    .filter((account) => (range.account ? account.id === range.account : rooms.networkAccount(account.id) !== null))
    .map((account): AccountView => {
      const own = byAccount.get(account.id) ?? []
      const lag = lagOf(own)
      const lastAt = last.get(account.id)
      return {
        account: account.id, unit: account.unitId, network: account.network, followers: followers.get(account.id)?.value ?? null, posts: own.length,
        postsPerWeek: Math.round((own.length / weeks) * 10) / 10, medianLagMs: lag.p50Ms, lag, silent: own.length === 0,
        silentDays: lastAt === undefined ? null : Math.floor((range.to - lastAt) / DAY),
        weekdays: countBy(own, 7, (post) => isoWeekday(post.publishedAt) - 1),
        hours: countBy(own, 24, (post) => Math.floor(minuteOfDay(post.publishedAt) / 60)),
      }
    })

  const ranked = (["facebook", "zalo"] as const).map((network) =>
    posts.filter((post) => post.network === network && post.views !== null).toSorted((a, b) => b.views! - a.views! || (a.url < b.url ? -1 : 1)),
  )
  return {
    from,
    to,
    rows,
    lag: lagOf(posts),
    accounts,
    posts,
    best: ranked.flatMap((list) => list.slice(0, SHOWN)),
    worst: ranked.flatMap((list) => list.slice(SHOWN).slice(-SHOWN).reverse()),
  }
}

/** How long after the portal: the plan's "đồng thời". A network's clock may run before the portal's: that is no lag. */
export function lagOf(posts: readonly { lagMs: number | null }[]): Lag {
  const lags = posts.flatMap((post) => post.lagMs ?? []).sort((a, b) => a - b)
  if (!lags.length) return { count: 0, p50Ms: null, p95Ms: null, within15: null }
  const median = (lags[(lags.length - 1) >> 1]! + lags[lags.length >> 1]!) / 2
  return {
    count: lags.length,
    p50Ms: median,
    p95Ms: lags[Math.ceil(lags.length * 0.95) - 1]!,
    within15: lags.filter((lag) => lag <= PROMPT_MS).length / lags.length,
  }
}

async function postsOf(
  rooms: Rooms,
  published: readonly PublishedPost[],
  range: { from: number; account?: string | undefined },
): Promise<PostView[]> {
  const snapshots = await readPosts(rooms.db, range.from, Number.MAX_SAFE_INTEGER, range.account)
  const facebook = new Map(snapshots.filter((row) => row.metric === "post_media_view" && row.value !== null).map((row) => [row.deliveryId, row]))
  const zalo = await readArticleTotals(rooms.db, range.account)
  return published.map((post): PostView => {
    const seen = facebook.get(post.deliveryId)
    const views = post.network === "facebook" ? (seen?.value ?? null) : (zalo.get(`${post.accountId} ${post.remoteId}`) ?? null)
    return {
      account: post.accountId, network: post.network, title: post.title, url: post.articleUrl, portalAt: post.portalAt, publishedAt: post.publishedAt,
      lagMs: post.portalAt === null ? null : Math.max(0, post.publishedAt - post.portalAt), views, age: seen?.age ?? null,
    }
  })
}

async function lastPosts(rooms: Rooms, before: number): Promise<Map<string, number>> {
  const rows = await rooms.db
    .selectFrom("deliveries")
    .select(["account_id", (row) => row.fn.max("published_at").as("at")])
    .where("state", "=", "published")
    .where("published_at", "<", before)
    .groupBy("account_id")
    .execute()
  return new Map(rows.flatMap((row) => (row.at === null ? [] : [[row.account_id, Number(row.at)]])))
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

function countBy(posts: readonly PostView[], size: number, slot: (post: PostView) => number): number[] {
  const counts = Array<number>(size).fill(0)
  for (const post of posts) counts[slot(post)]! += 1
  return counts
}

/** "35 phút", "2,5 giờ", "3 ngày". */
export const lagWords = (ms: number | null) =>
  ms === null
    ? "–"
    : ms < HOUR
      ? `${Math.round(ms / MINUTE)} phút`
      : ms < 3 * DAY
        ? `${(ms / HOUR).toFixed(1).replace(".", ",")} giờ`
        : `${Math.round(ms / DAY)} ngày`
