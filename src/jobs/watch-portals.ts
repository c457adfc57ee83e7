/**
 * Signs of a broken-into portal that no ordinary poll shows (safety.md 3.5): FEED-CLOAK, another feed for search engines, and FEED-TLS, a
 * certificate of another issuer from another address or for another name. Once a day, two questions a feed, one host after the other.
 */
import type { Rooms } from "../app.ts"
import { readFacts, writeFact } from "../alerts/index.ts"
import { DAY, SECOND } from "../base/clock.ts"
import { defangDomains } from "../base/defang.ts"
import { messageOf } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import { inTransaction } from "../db/index.ts"
import { parseFeed } from "../feeds/index.ts"
import type { AlertSeverity, Article, Feed, FeedItem } from "../model/index.ts"
import { Firewall } from "./firewall.ts"
import { lookAtCertificate, type SeenCertificate } from "./look-at-certificate.ts"

const FEED_BYTES_MAX = 3_000_000
const SEARCH_ENGINE = { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", referer: "https://www.google.com/" }
/** Portals publish between two questions: fewer strange items than this are told only when the firewall would stop one. */
const STRANGE_MIN = 3
const HOSTS_AT_ONCE = 4
const EXPIRES_SOON_MS = 14 * DAY
const ADDRESSES_KEPT = 20

export async function watchPortals(rooms: Rooms, signal: AbortSignal, look: typeof lookAtCertificate = lookAtCertificate): Promise<void> {
  const byHost = new Map<string, Feed[]>()
  for (const feed of rooms.view().feeds) byHost.set(new URL(feed.url).host, [...(byHost.get(new URL(feed.url).host) ?? []), feed])
  const firewall = new Firewall(rooms.config.registryDir)
  const queue = [...byHost]
  await Promise.all(
    Array.from({ length: HOSTS_AT_ONCE }, async () => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
        const [host, feeds] = next
        await watchCertificate(rooms, host, feeds, look)
        for (const feed of feeds) if (!signal.aborted) await watchCloak(rooms, firewall, feed, signal)
      }
    }),
  )
  await rooms.alerts.flush()
}

async function watchCloak(rooms: Rooms, firewall: Firewall, feed: Feed, signal: AbortSignal): Promise<void> {
  const open = await readItems(rooms, feed, {}, signal)
  if (!open) return
  const shown = (await readItems(rooms, feed, SEARCH_ENGINE, signal)) ?? []
  const strange = (known: readonly FeedItem[]) => {
    // By words, not by address: the same address may show search engines another text.
    const titles = new Set(known.map((item) => item.title))
    return shown.filter((item) => !titles.has(item.title))
  }
  if (!strange(open).length) return
  // What was published meanwhile is no secret.
  const items = strange([...open, ...((await readItems(rooms, feed, {}, signal)) ?? shown)])
  if (!items.length) return
  const verdicts = items.map((item) => firewall.screen(asArticle(feed, item, rooms.clock.now()), rooms.view()))
  const blocked = verdicts.filter((verdict) => verdict.verdict === "block")
  if (!blocked.length && items.length < Math.max(STRANGE_MIN, shown.length / 2)) return
  const safe = (text: string) => defangDomains(text.slice(0, 200), rooms.view().isOwnHost)
  const shownItems = items.slice(0, 10).map((item, i) => {
    const { verdict, rule, signals } = verdicts[i]!
    return { title: safe(item.title), link: item.link === null ? null : safe(item.link), verdict, rule, signals }
  })
  const sentence = `Cổng cho máy tìm kiếm xem nội dung khác với người đọc (${items.length} tin lạ, ví dụ “${safe(items[0]!.title)}”); nguồn tin bị cách ly`
  await tell(rooms, [feed], "cloaked", "critical", sentence, "FEED-CLOAK", { sign: "FEED-CLOAK", asked: SEARCH_ENGINE, items: shownItems })
}

/** Null = not readable now, which says nothing; the poll tells of that. */
async function readItems(rooms: Rooms, feed: Feed, headers: Record<string, string>, signal: AbortSignal): Promise<FeedItem[] | null> {
  try {
    const answer = await rooms.safeFetch(feed.url, {
      headers: { ...(feed.userAgent ? { "user-agent": feed.userAgent } : {}), ...headers, "cache-control": "no-cache" },
      maxBytes: FEED_BYTES_MAX, timeoutMs: 20 * SECOND, redirectsMax: 5, signal, ...(feed.extraCa ? { extraCa: feed.extraCa } : {}),
    })
    if (answer.status !== 200) return null
    const parsed = parseFeed(answer.body, {
      contentType: answer.headers.get("content-type"),
      url: answer.url,
      now: rooms.clock.now(),
      dateOrder: null,
      language: feed.language,
      allowPrivate: rooms.config.allowPrivate,
      ...(feed.adapter ? { adapter: feed.adapter } : {}),
    })
    return parsed.format === "none" ? null : parsed.items
  } catch (error) {
    rooms.log.debug("a feed could not be compared", { url: feed.url, error: messageOf(error) })
    return null
  }
}

const asArticle = (feed: Feed, item: FeedItem, now: number): Article => ({
  id: item.guid ?? item.link ?? item.title,
  feedId: feed.id,
  unitId: feed.unitId,
  url: item.link ?? feed.url,
  title: item.title,
  summary: item.summary,
  paragraphs: item.paragraphs,
  html: item.html,
  links: item.links,
  pictures: [],
  author: item.author,
  categories: item.categories,
  section: feed.section ?? null,
  language: item.language ?? feed.language,
  publishedAt: item.publishedAt,
  firstSeenAt: now,
  version: 1,
  state: "new",
  reason: null,
  duplicateOf: null,
  emergency: false,
})

interface KnownCertificate {
  issuer: string
  addresses: string[]
}

async function watchCertificate(rooms: Rooms, host: string, feeds: readonly Feed[], look: typeof lookAtCertificate): Promise<void> {
  const url = new URL(feeds[0]!.url)
  if (url.protocol !== "https:") return
  const { clock, config, db, log } = rooms
  let seen: SeenCertificate
  try {
    seen = await look(url.hostname, Number(url.port || 443), config.allowPrivate)
  } catch (error) {
    log.debug("a certificate could not be looked at", { host, error: messageOf(error) })
    return
  }
  // Beside the facts of accounts, under a name that no account can have.
  const id = `host:${host}`
  const known = (await readFacts(db, [id])).get(id)?.get("certificate") as KnownCertificate | undefined
  const now = clock.now()
  const evidence = { sign: "FEED-TLS", host, ...seen, before: known ?? null }
  if (!seen.nameFits)
    await tell(rooms, feeds, "tls_wrong_name", "high", `Chứng thư số của ${host} cấp cho tên khác; tin mới được giữ lại`, "FEED-TLS", evidence)
  else if (known && known.issuer !== seen.issuer && !known.addresses.includes(seen.address)) {
    await tell(
      rooms,
      feeds,
      "tls_changed",
      "high",
      `Cổng ${host} đổi cả đơn vị cấp chứng thư số (${known.issuer} thành ${seen.issuer}) và máy chủ; tin mới được giữ lại`,
      "FEED-TLS",
      evidence,
    )
  }
  if (seen.until - now < EXPIRES_SOON_MS) {
    await tell(
      rooms,
      feeds,
      "tls_expiring",
      seen.until <= now ? "medium" : "low",
      `Chứng thư số của ${host} ${seen.until <= now ? "đã hết hạn" : "sắp hết hạn"} ngày ${vnDate(seen.until)}`,
      null,
      evidence,
    )
  }
  const remember: KnownCertificate = {
    issuer: seen.issuer,
    addresses: [...new Set([seen.address, ...(known?.addresses ?? [])])].slice(0, ADDRESSES_KEPT),
  }
  await inTransaction(db, (tx) => writeFact(tx, id, "certificate", remember, now))
}

/** One alert a feed and kind, as for what the polls find; `hold` = the reason for which the feed stops until a person releases it. */
async function tell(
  rooms: Rooms,
  feeds: readonly Feed[],
  kind: string,
  severity: AlertSeverity,
  sentence: string,
  hold: string | null,
  evidence: Record<string, unknown>,
): Promise<void> {
  if (hold) {
    await inTransaction(rooms.db, async (tx) => {
      for (const feed of feeds) await rooms.feeds.quarantine(tx, feed.id, `${hold}: ${kind}`, rooms.clock.now())
    })
  }
  for (const feed of feeds) {
    const about = { key: `feed:${feed.id}:${kind}`, kind: `feed.${kind}`, severity, unit: feed.unitId, account: null }
    rooms.alerts.note({ ...about, summary: `${sentence}: ${feed.url}`, evidence: { feed: feed.url, at: rooms.clock.now(), ...evidence } })
  }
}
