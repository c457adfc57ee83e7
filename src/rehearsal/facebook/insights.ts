/** Page and post metrics (facebook-graph.md section 4): Pacific days, object values, dead names, small Pages. */
import { DAY, HOUR } from "../../base/clock.ts"
import { hashOf } from "../random.ts"
import { viewsOf, type FakeAccount, type Post, type World } from "../world.ts"
import { GraphError } from "./errors.ts"

const pageMetrics = [
  "page_media_view",
  "page_total_media_view_unique",
  "page_post_engagements",
  "page_follows",
  "page_daily_follows",
  "page_daily_follows_unique",
  "page_daily_unfollows_unique",
  "page_views_total",
  "page_total_actions",
  "page_video_views",
  "page_video_view_time",
  "page_actions_post_reactions_total",
  ...["like", "love", "wow", "haha", "sorry", "anger"].map((kind) => `page_actions_post_reactions_${kind}_total`),
]
const dayOnly = new Set(["page_follows", "page_daily_follows", "page_daily_follows_unique", "page_daily_unfollows_unique"])
const postMetrics = [
  "post_media_view",
  "post_total_media_view_unique",
  "post_clicks",
  "post_clicks_by_type",
  "post_reactions_by_type_total",
  "post_activity_by_action_type",
  "post_activity_by_action_type_unique",
  "post_video_views",
  ...["like", "love", "wow", "haha", "sorry", "anger"].map((kind) => `post_reactions_${kind}_total`),
]
/** Part of the views a metric is worth, in thousandths. */
const share: Record<string, number> = {
  page_total_media_view_unique: 620,
  page_post_engagements: 80,
  page_views_total: 90,
  page_total_actions: 12,
  page_video_views: 40,
  page_video_view_time: 9_000,
  post_total_media_view_unique: 640,
  post_clicks: 60,
  post_video_views: 0,
}
const windowDaysMax = 90
const followersMin = 100

/** US Pacific is 8 h behind UTC in winter, 7 h from the second Sunday of March to the first Sunday of November. */
export function pacificOffsetHours(at: number): 7 | 8 {
  const year = new Date(at).getUTCFullYear()
  const sunday = (month: number, nth: number) => 1 + ((7 - new Date(Date.UTC(year, month, 1)).getUTCDay()) % 7) + (nth - 1) * 7
  const begins = Date.UTC(year, 2, sunday(2, 2), 10)
  const ends = Date.UTC(year, 10, sunday(10, 1), 9)
  return at >= begins && at < ends ? 7 : 8
}
/** Midnight Pacific at or before the moment. */
const pacificMidnight = (at: number) => {
  const offset = pacificOffsetHours(at) * HOUR
  return Math.floor((at - offset) / DAY) * DAY + offset
}
export const graphTime = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "+0000")
const seconds = (value: unknown, fallback: number) => {
  if (value === undefined) return fallback
  const text = String(value)
  return /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text)
}

function metricNames(world: World, account: FakeAccount, parameters: Map<string, unknown>, living: string[]): string[] {
  const names = String(parameters.get("metric") ?? "").split(",").map((name) => name.trim()).filter(Boolean)
  const known = new Set(living.filter((name) => !account.tuning.deadMetrics?.includes(name)))
  if (!names.length || names.some((name) => !known.has(name))) throw new GraphError(100, "(#100) The value must be a valid insights metric")
  if (account.tuning.followers < followersMin)
    throw new GraphError(2_874_008, "(#2874008) Insights are not available for Pages with fewer than 100 followers")
  return names
}

export function pageInsights(world: World, account: FakeAccount, parameters: Map<string, unknown>): unknown {
  const names = metricNames(world, account, parameters, pageMetrics)
  const now = world.clock.now()
  const period = parameters.get("period") as string | undefined
  const until = seconds(parameters.get("until"), now)
  const since = seconds(parameters.get("since"), until - 2 * DAY)
  if (until - since > windowDaysMax * DAY)
    throw new GraphError(100, "(#100) There cannot be more than 90 days (7776000 s) between since and until", 1_504_016)
  if (period === "lifetime" && names.includes("page_media_view")) throw new GraphError(1, "An unknown error occurred", 99, 500)
  const breakdown = parameters.get("breakdown") as string | undefined
  const periods = period ? [period] : ["day", "week", "days_28"]
  const data = names.flatMap((name) =>
    periods.flatMap((each) => {
      if (each !== "day" && dayOnly.has(name)) return []
      return [
        {
          name,
          period: each,
          values: each === "lifetime" ? [] : series(world, account, name, each, since, until, now, breakdown),
          title: name,
          description: `Rehearsal ${name}`,
          id: `${account.remoteId}/insights/${name}/${each}`,
        },
      ]
    }),
  )
  return { data, paging: { previous: "https://graph.facebook.invalid/previous", next: "https://graph.facebook.invalid/next" } }
}

/** One point per Pacific day; `end_time` is the end of the measured day. */
function series(
  world: World,
  account: FakeAccount,
  name: string,
  period: string,
  since: number,
  until: number,
  now: number,
  breakdown?: string,
): unknown[] {
  const values: unknown[] = []
  const last = Math.min(until, now)
  for (let end = pacificMidnight(since + DAY); end <= last; end = pacificMidnight(end + DAY + 2 * HOUR)) {
    if (end <= since) continue
    const span = period === "week" ? 7 : period === "days_28" ? 28 : 1
    let views = 0
    for (let i = 0; i < span; i++) views += dayViews(world, account, end - i * DAY)
    const end_time = graphTime(end)
    const value = metricValue(account, name, views)
    if (breakdown && typeof value === "number") {
      const paid = Math.round((value * (account.tuning.adsPercent ?? 0)) / 100)
      values.push({ value: value - paid, end_time, [breakdown]: "0" }, { value: paid, end_time, [breakdown]: "1" })
    } else values.push({ value, end_time })
  }
  return values
}
const dayViews = (world: World, account: FakeAccount, end: number) =>
  Math.round((account.tuning.followers * (30 + (hashOf(world.seed, `${account.id} ${Math.floor(end / DAY)}`) % 60))) / 300)

function metricValue(account: FakeAccount, name: string, views: number): number | Record<string, number> {
  if (name === "page_follows") return account.tuning.followers
  if (name.startsWith("page_daily_")) return Math.round(views / (name.includes("unfollows") ? 400 : 150))
  if (name === "page_actions_post_reactions_total")
    return { like: Math.round(views / 25), love: Math.round(views / 90), wow: Math.round(views / 700) }
  const kind = /reactions_(\w+)_total$/.exec(name)?.[1]
  if (kind) return Math.round(views / (kind === "like" ? 25 : kind === "love" ? 90 : 700))
  return Math.round((views * (share[name] ?? 1_000)) / 1_000)
}

export function postInsights(world: World, account: FakeAccount, post: Post, parameters: Map<string, unknown>): unknown {
  const views = viewsOf(world, account, post)
  const data = metricNames(world, account, parameters, postMetrics).map((name) => {
    let value: number | Record<string, number> = Math.round((views * (share[name] ?? 1_000)) / 1_000)
    if (name === "post_reactions_by_type_total") value = reactionsOf(views)
    else if (name.startsWith("post_activity_by_action_type"))
      value = { like: Math.round(views / 30), comment: Math.round(views / 250), share: Math.round(views / 120) }
    else if (name === "post_clicks_by_type") value = { "link clicks": Math.round(views / 20), "other clicks": Math.round(views / 40) }
    else if (name.startsWith("post_reactions_")) value = reactionsOf(views)[/post_reactions_(\w+)_total/.exec(name)![1]!] ?? 0
    return {
      name,
      period: "lifetime",
      values: [{ value }],
      title: name,
      description: `Rehearsal ${name}`,
      id: `${post.id}/insights/${name}/lifetime`,
    }
  })
  return { data, paging: { previous: "https://graph.facebook.invalid/previous", next: "https://graph.facebook.invalid/next" } }
}
export const reactionsOf = (views: number): Record<string, number> => ({
  like: Math.round(views / 30),
  love: Math.round(views / 110),
  wow: Math.round(views / 900),
})
