/** Leadership news for the component portals (S17): which articles these are, the feed portals pull, and who carries them. */
import type { Rooms } from "../app.ts"
import { DAY, HOUR } from "../base/clock.ts"
import { vnDateTime } from "../base/time.ts"
import type { Article, Unit } from "../model/index.ts"
import { routeMatches, type Registry, type Route } from "../registry/index.ts"

const ITEMS_MAX = 50
const FEED_DAYS = 30
export const COVERAGE_DAYS = 7
/** A portal that does not show an item after so long is asked about it. */
export const LATE_HOURS = 24

/** `enabled` speaks of posting on the accounts of all units; the feed for portals exists as soon as a route says what leadership news is. */
const leadershipRoutes = (view: Registry): Route[] => view.routes.filter((route) => route.leadership).map((route) => ({ ...route, enabled: true }))
const isLeadershipNews = (article: Article, routes: Route[], view: Registry) => routes.some((route) => routeMatches(route, article, view))

/** Feeds that can bring leadership news. */
function sourceFeeds(view: Registry, routes: Route[]): string[] {
  const units = view.livingUnits.filter((unit) =>
    routes.some(({ when }) =>
      when.units
        ? when.units.some((id) => view.unitById(id) === unit)
        : when.unitKinds
          ? when.unitKinds.includes(unit.kind)
          : unit.kind === "province_portal",
    ),
  )
  return units.flatMap((unit) => view.feedsOfUnit(unit.id)).map((feed) => feed.id)
}

/** Newest first; only what passed the source firewall. */
export async function leadershipArticles(rooms: Rooms, since: number, limit = ITEMS_MAX): Promise<Article[]> {
  const view = rooms.view()
  const routes = leadershipRoutes(view)
  const feeds = sourceFeeds(view, routes)
  if (!feeds.length) return []
  const rows = await rooms.db
    .selectFrom("articles")
    .select("id")
    .where("feed_id", "in", feeds)
    .where("first_seen_at", ">=", since)
    .where("state", "=", "routed")
    .orderBy("first_seen_at", "desc")
    .limit(2_000)
    .execute()
  const articles = await rooms.articles.getMany(
    rooms.db,
    rows.map((row) => row.id),
  )
  const when = (article: Article) => article.publishedAt ?? article.firstSeenAt
  return articles
    .filter((article) => isLeadershipNews(article, routes, view))
    .sort((a, b) => when(b) - when(a) || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
}

export interface LeadershipFeed {
  xml: string
  /** Newest change, for Last-Modified; 0 = there are no items. */
  changedAt: number
}

const escapeXml = (text: string) =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
const rfc822 = (at: number) => new Date(at).toUTCString()

/** RSS 2.0 with Media RSS. The same items give the same bytes, so that validators and signatures hold. */
export async function leadershipFeed(rooms: Rooms): Promise<LeadershipFeed> {
  const { publicUrl } = rooms.config
  const view = rooms.view()
  const articles = await leadershipArticles(rooms, rooms.clock.now() - FEED_DAYS * DAY)
  const changedAt = Math.max(0, ...articles.map((article) => Math.max(article.firstSeenAt, article.publishedAt ?? 0)))
  const source = view.livingUnits.find((unit) => unit.kind === "province_portal")
  const items = articles.map((article) => {
    const picture = article.pictures[0]
    const body = article.paragraphs.map((paragraph) => `<p>${escapeXml(paragraph)}</p>`).join("")
    return [
      "<item>",
      `<title>${escapeXml(article.title)}</title>`,
      `<link>${escapeXml(article.url)}</link>`,
      `<guid isPermaLink="true">${escapeXml(article.url)}</guid>`,
      `<pubDate>${rfc822(article.publishedAt ?? article.firstSeenAt)}</pubDate>`,
      article.section ? `<category>${escapeXml(article.section)}</category>` : "",
      `<description>${escapeXml(article.summary)}</description>`,
      body ? `<content:encoded>${escapeXml(body)}</content:encoded>` : "",
      picture
        ? `<media:content url="${escapeXml(picture)}" medium="image"><media:title>${escapeXml(article.title)}</media:title></media:content>`
        : "",
      `<source url="${escapeXml(view.feedById(article.feedId)?.url ?? "")}">${escapeXml(view.unitById(article.unitId)?.name ?? "")}</source>`,
      "</item>",
    ].filter(Boolean).join("\n")
  })
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>Tin hoạt động của lãnh đạo tỉnh</title>
<link>${escapeXml(source?.portal?.url ?? publicUrl)}</link>
<atom:link href="${escapeXml(publicUrl)}/feeds/leadership.xml" rel="self" type="application/rss+xml"/>
<description>Tin lãnh đạo tỉnh để các Cổng Thông tin điện tử thành phần đồng bộ. Chữ ký: ${escapeXml(publicUrl)}/feeds/leadership.xml.sig; khóa: ${escapeXml(publicUrl)}/snapshots/keys.json.</description>
<language>vi</language>
<ttl>10</ttl>
${changedAt ? `<lastBuildDate>${rfc822(changedAt)}</lastBuildDate>\n` : ""}${items.join("\n")}
</channel>
</rss>
`
  return { xml, changedAt }
}

export interface CarriedItem {
  id: string
  title: string
  url: string
  seenAt: number
  /** How many of the portals carry it. */
  portals: number
}
export interface PortalCoverage {
  unit: string
  name: string
  carried: number
  /** Items older than `lateHours` that the portal does not show. */
  missing: string[]
  /** Median of hours from the source to this portal; null = none carried. */
  lagHours: number | null
  /** False: its feeds were not read in the time looked at, so nothing can be said. */
  readable: boolean
}
export interface Coverage {
  since: number
  lateHours: number
  items: CarriedItem[]
  portals: PortalCoverage[]
}

/** Looks for the items in the kept articles of the component portals: the same canonical address or the same text (articles/likeness). */
export async function leadershipCoverage(rooms: Rooms, options: { days?: number; lateHours?: number } = {}): Promise<Coverage> {
  const { days = COVERAGE_DAYS, lateHours = LATE_HOURS } = options
  const now = rooms.clock.now()
  const since = now - days * DAY
  const view = rooms.view()
  const articles = await leadershipArticles(rooms, since, 500)
  const rootOf = new Map(articles.map((article) => [article.id, article.duplicateOf ?? article.id]))
  const copies = await copiesOf(rooms, [...new Set(rootOf.values())])
  const health = await rooms.feeds.health(rooms.db, now)
  const readAt = new Map<string, number>()
  for (const feed of health) readAt.set(feed.unitId, Math.max(readAt.get(feed.unitId) ?? 0, feed.lastSuccessAt ?? 0))
  const sources = new Set(articles.map((article) => article.unitId))
  const portals = view.livingUnits.filter(
    (unit) => unit.portal && view.feedsOfUnit(unit.id).length && unit.kind !== "province_portal" && !sources.has(unit.id),
  )
  const first = (unit: Unit, article: Article) => copies.get(rootOf.get(article.id)!)?.get(unit.id)
  return {
    since,
    lateHours,
    items: articles.map((article) => ({
      id: article.id,
      title: article.title,
      url: article.url,
      seenAt: article.firstSeenAt,
      portals: portals.filter((unit) => first(unit, article) !== undefined).length,
    })),
    portals: portals.map((unit) => {
      const shown = articles.filter((article) => first(unit, article) !== undefined)
      const lags = shown.map((article) => Math.max(0, first(unit, article)! - article.firstSeenAt) / HOUR).sort((a, b) => a - b)
      const late = articles.filter((article) => first(unit, article) === undefined && article.firstSeenAt < now - lateHours * HOUR)
      return {
        unit: unit.id,
        name: unit.name,
        carried: shown.length,
        missing: late.map((article) => article.id),
        lagHours: lags.length ? Math.round(lags[Math.floor(lags.length / 2)]! * 10) / 10 : null,
        readable: (readAt.get(unit.id) ?? 0) >= since,
      }
    }),
  }
}

/** For each text: when each unit was first seen carrying it. */
async function copiesOf(rooms: Rooms, roots: string[]): Promise<Map<string, Map<string, number>>> {
  const found = new Map<string, Map<string, number>>()
  const note = (root: string, unit: string, at: number) => {
    const units = found.get(root) ?? new Map<string, number>()
    units.set(unit, Math.min(units.get(unit) ?? Number.POSITIVE_INFINITY, at))
    found.set(root, units)
  }
  for (let i = 0; i < roots.length; i += 200) {
    const part = roots.slice(i, i + 200)
    const rows = await rooms.db
      .selectFrom("articles")
      .select(["id", "unit_id", "duplicate_of", "first_seen_at"])
      .where((e) => e.or([e("id", "in", part), e("duplicate_of", "in", part)]))
      .where("state", "!=", "withdrawn")
      .execute()
    for (const row of rows)
      note(row.duplicate_of && part.includes(row.duplicate_of) ? row.duplicate_of : row.id, row.unit_id, Number(row.first_seen_at))
  }
  return found
}

/** One alert a portal that lags, while the province wants the news on every portal (a leadership route is enabled); closed when it has caught up. */
export async function checkLeadership(rooms: Rooms): Promise<void> {
  const wanted = rooms.view().routes.some((route) => route.leadership && route.enabled)
  const coverage = wanted ? await leadershipCoverage(rooms) : null
  const lagging = new Map(
    coverage?.portals.filter((portal) => portal.readable && portal.missing.length).map((portal) => [`leadership:${portal.unit}`, portal]) ?? [],
  )
  for (const [key, portal] of lagging) {
    rooms.alerts.note({
      key, kind: "leadership.missing", severity: "low", unit: portal.unit, account: null,
      summary: `Cổng của ${portal.name} chưa đồng bộ ${portal.missing.length} tin lãnh đạo tỉnh sau ${LATE_HOURS} giờ (tính đến ${vnDateTime(rooms.clock.now())}).`,
      evidence: { missing: portal.missing.slice(0, 20), carried: portal.carried, at: rooms.clock.now() },
    })
  }
  await rooms.alerts.flush()
  for (const state of ["open", "acknowledged"] as const) {
    for (const alert of await rooms.alerts.list({ state })) {
      if (alert.kind === "leadership.missing" && !lagging.has(alert.key))
        await rooms.alerts.close(alert.id, "job:leadership", "Cổng đã đồng bộ đủ tin.")
    }
  }
}
