/** What `loa reach show` and the desk show of one period: totals per metric, followers, lag, silent accounts, best and worst posts. */
import type { Rooms } from "../app.ts"
import { DAY } from "../base/clock.ts"
import { isoDate } from "../base/time.ts"
import { readFollowers, readPosts, readReach } from "../metrics/index.ts"
import { pageMetrics } from "../networks/index.ts"
import { publishedBetween } from "../outbox/index.ts"

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
export interface ReachSummary {
  from: string
  to: string
  rows: ReachRowView[]
  accounts: { account: string; unit: string; network: string; followers: number | null; posts: number; postsPerWeek: number; medianLagMs: number | null; silent: boolean }[]
  best: PostView[]
  worst: PostView[]
}
interface PostView {
  account: string
  title: string
  url: string
  views: number
}

const SHOWN = 5
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
  const byMetric = new Map<string, typeof points>()
  for (const point of points) byMetric.set(`${point.accountId} ${point.metric}`, [...(byMetric.get(`${point.accountId} ${point.metric}`) ?? []), point])
  const rows = [...byMetric.values()].map((days): ReachRowView => {
    const { accountId, metric } = days[0]!
    const account = view.accountById(accountId)
    const values = days.flatMap((point) => (point.value === null ? [] : [point.value]))
    const kind = kindOf(metric)
    const verdict = values.length ? "ok" : (days.find((point) => point.verdict !== "ok")?.verdict ?? "ok")
    return { account: accountId, unit: account?.unitId ?? "", network: account?.network ?? "", metric, total: totalOf(kind, values), kind, verdict, days: days.map(({ day, value }) => ({ day, value })) }
  })

  const posts = (await publishedBetween(db, range.from, range.to)).filter((post) => !range.account || post.accountId === range.account)
  const followers = await readFollowers(db, range.to - 1)
  const weeks = (range.to - range.from) / (7 * DAY)
  const accounts = view.accounts
    .filter((account) => (range.account ? account.id === range.account : rooms.networkAccount(account.id) !== null))
    .map((account) => {
      const own = posts.filter((post) => post.accountId === account.id)
      const lags = own.flatMap((post) => (post.portalAt === null ? [] : [Math.max(0, post.publishedAt - post.portalAt)])).sort((a, b) => a - b)
      const middle = lags.length ? (lags[(lags.length - 1) >> 1]! + lags[lags.length >> 1]!) / 2 : null
      return { account: account.id, unit: account.unitId, network: account.network, followers: followers.get(account.id)?.value ?? null, posts: own.length, postsPerWeek: Math.round((own.length / weeks) * 10) / 10, medianLagMs: middle, silent: own.length === 0 }
    })

  const byDelivery = new Map(posts.map((post) => [post.deliveryId, post]))
  const seen = (await readPosts(db, range.from, Number.MAX_SAFE_INTEGER, range.account)).flatMap((reach): PostView[] => {
    const post = byDelivery.get(reach.deliveryId)
    return post && reach.metric === "post_media_view" && reach.value !== null ? [{ account: post.accountId, title: post.title, url: post.articleUrl, views: reach.value }] : []
  })
  seen.sort((a, b) => b.views - a.views || (a.url < b.url ? -1 : 1))
  return { from, to, rows, accounts, best: seen.slice(0, SHOWN), worst: seen.slice(SHOWN).slice(-SHOWN).reverse() }
}
