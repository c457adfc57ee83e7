/** The looks beside the profile: posts that are not ours, administrators, integrity, webhooks, tokens. Each answers signals and what to remember. */
import type { Rooms } from "../app.ts"
import type { Signal, WatchSettings } from "../alerts/index.ts"
import { DAY } from "../base/clock.ts"
import { defangDomains } from "../base/defang.ts"
import { vnDate } from "../base/time.ts"
import type { Article, NetworkAccount, TokenState } from "../model/index.ts"
import type { PageAdmin, PageStatus } from "../networks/index.ts"
import { ownPosts, unsettledUrls } from "../outbox/index.ts"
import type { Firewall } from "./firewall.ts"

export type Facts = ReadonlyMap<string, unknown>
export interface Look {
  signals: Signal[]
  facts: Map<string, unknown>
}
const nothing = (): Look => ({ signals: [], facts: new Map() })

/** How far back the first look goes: what stood on the page before belongs to nobody's alert. */
const FIRST_LOOK_MS = DAY
const REMEMBERED_POSTS = 300

interface ForeignPost {
  id: string
  at: number
  text: string
  url: string | null
  links: string[]
  /** The app that made it; null = written by hand, or the network does not tell. */
  app: string | null
}

/** PAGE-FOREIGN-POST: posts of apps that are neither ours nor allowed, and posts by hand that the source firewall would stop. */
export async function foreignPosts(
  rooms: Rooms,
  firewall: Firewall,
  settings: WatchSettings,
  account: NetworkAccount,
  known: Facts,
  signal: AbortSignal,
): Promise<Look> {
  const posts = await readPosts(rooms, account, signal)
  if (!posts) return nothing()
  const seen = new Set(Array.isArray(known.get("posts")) ? (known.get("posts") as string[]) : [])
  const since = known.has("posts") ? 0 : rooms.clock.now() - FIRST_LOOK_MS
  const fresh = posts.filter((post) => !seen.has(post.id))
  const own = await ownPosts(rooms.db, account.id, fresh.map((post) => post.id))
  const unsettled = await unsettledUrls(rooms.db, account.id)
  // A post whose delivery is not settled yet is ours or is looked at again the next time.
  const waiting = (post: ForeignPost) => unsettled.some((url) => post.text.includes(url) || post.links.some((link) => url.endsWith(link)))
  const others = fresh.filter((post) => post.at >= since && !own.has(post.id) && !(account.network === "zalo" ? unsettled.length > 0 : waiting(post)))
  const allowed = new Set([rooms.config.facebook.appId, ...settings.allowedApps.map((app) => app.id)])
  const hostile = others.flatMap((post) => {
    const verdict = firewall.screen(asArticle(rooms, account, post), rooms.view())
    const unknownApp = post.app !== null && !allowed.has(post.app)
    return unknownApp || verdict.verdict === "block" ? [{ post, verdict, unknownApp }] : []
  })
  const settled = posts.filter((post) => seen.has(post.id) || own.has(post.id) || post.at < since || others.includes(post)).map((post) => post.id)
  const facts = new Map<string, unknown>([["posts", [...new Set([...settled, ...seen])].slice(0, REMEMBERED_POSTS)]])
  if (!hostile.length) return { signals: [], facts }
  const [first] = hostile
  const why = first!.unknownApp ? `do ứng dụng lạ (mã ${first!.post.app}) đăng` : `có nội dung bị chặn (${first!.verdict.rule})`
  const excerpt = defangDomains(first!.post.text.slice(0, 120), rooms.view().isOwnHost)
  return {
    facts,
    signals: [
      {
        kind: "page.foreign_post",
        text: `${hostile.length} bài không do Loa đăng, ${why}: “${excerpt}”.`,
        evidence: {
          posts: hostile
            .slice(0, 10)
            .map(({ post, verdict }) => ({
              id: post.id,
              at: post.at,
              app: post.app,
              url: post.url,
              text: defangDomains(post.text.slice(0, 300), rooms.view().isOwnHost),
              verdict: verdict.verdict,
              rule: verdict.rule,
              signals: verdict.signals,
            })),
        },
      },
    ],
  }
}

async function readPosts(rooms: Rooms, account: NetworkAccount, signal: AbortSignal): Promise<ForeignPost[] | null> {
  if (account.network === "facebook") {
    const posts = await rooms.networks.facebook.recentPosts(account, 1, signal)
    return posts?.map((post) => ({ id: post.id, at: post.at, text: post.message, url: post.url, links: post.links, app: post.applicationId })) ?? null
  }
  const stats = await rooms.networks.zalo.articleStats(account, 2, signal)
  return stats.kind === "read"
    ? stats.articles.map((article) => ({ id: article.id, at: article.createdAt, text: article.title, url: article.link, links: [], app: null }))
    : null
}

/** The post in the form that the firewall judges; its host is the unit's own, so that only what it links to is foreign. */
function asArticle(rooms: Rooms, account: NetworkAccount, post: ForeignPost): Article {
  const portal = rooms.view().unitById(account.unitId)?.portal?.url ?? "https://bacninh.gov.vn/"
  return {
    id: post.id,
    feedId: "",
    unitId: account.unitId,
    url: portal,
    title: post.text.split("\n")[0]!.slice(0, 300),
    summary: "",
    paragraphs: post.text.split("\n"),
    html: "",
    links: post.links.map((link) => (/^https?:/.test(link) ? link : `https://${link}`)),
    pictures: [],
    author: null,
    categories: [],
    section: null,
    language: "vi",
    publishedAt: post.at,
    firstSeenAt: post.at,
    version: 1,
    state: "new",
    reason: null,
    duplicateOf: null,
    emergency: false,
  }
}

const MANAGE = "MANAGE"
/** PAGE-ADMIN. There is no webhook for roles; the first look is the baseline. */
export async function adminSignals(rooms: Rooms, account: NetworkAccount, known: Facts, signal: AbortSignal): Promise<Look> {
  if (account.network !== "facebook") return nothing()
  const admins = await rooms.networks.facebook.admins(account, signal)
  if (!admins) return nothing()
  const facts = new Map<string, unknown>([["admins", admins]])
  const before = known.get("admins") as PageAdmin[] | undefined
  if (!before) return { signals: [], facts }
  const signals: Signal[] = []
  for (const admin of admins) {
    const was = before.find((entry) => entry.id === admin.id)
    if (!was)
      signals.push({
        kind: "page.admin_added",
        about: admin.id,
        text: `có quản trị viên mới: ${admin.name || admin.id}.`,
        evidence: { admin, before: before.map((entry) => entry.name) },
      })
  }
  for (const was of before) {
    const is = admins.find((entry) => entry.id === was.id)
    if (was.tasks.includes(MANAGE) && !is?.tasks.includes(MANAGE))
      signals.push({
        kind: "page.admin_lost",
        about: was.id,
        text: `quản trị viên ${was.name || was.id} mất quyền quản lý.`,
        evidence: { admin: was, now: is ?? null },
      })
  }
  return { signals, facts }
}

export async function integritySignals(rooms: Rooms, account: NetworkAccount, signal: AbortSignal): Promise<Look> {
  if (account.network !== "facebook") return nothing()
  const status = await rooms.networks.facebook.pageStatus(account, signal)
  const found = status ? integritySignal(status, rooms.clock.now()) : null
  return found ? { signals: [found], facts: new Map() } : nothing()
}

/** Paid views of this many days are looked at; Facebook needs up to two days to count. */
const ADS_DAYS = 3
/** PAGE-ADS: views bought on days that were not told before. The first look is the baseline only for days before it. */
export async function adSignals(rooms: Rooms, account: NetworkAccount, known: Facts, settings: WatchSettings, signal: AbortSignal): Promise<Look> {
  if (account.network !== "facebook" || settings.advertisers.includes(account.id)) return nothing()
  const now = rooms.clock.now()
  const paid = await rooms.networks.facebook.paidViews(account, { since: now - ADS_DAYS * DAY, until: now }, signal)
  if (!paid) return nothing()
  const told = typeof known.get("ads") === "string" ? (known.get("ads") as string) : ""
  const fresh = paid.filter(({ day }) => day > told)
  const latest = paid.map(({ day }) => day).toSorted().at(-1)
  const facts = new Map<string, unknown>(latest && latest > told ? [["ads", latest]] : [])
  if (!fresh.length) return { signals: [], facts }
  const views = fresh.reduce((sum, entry) => sum + entry.views, 0)
  const text = `có quảng cáo trả tiền đang chạy mà không đăng ký (${views.toLocaleString("vi-VN")} lượt xem trả tiền).`
  const evidence = { paidViews: fresh, note: "Ngày tính theo giờ Thái Bình Dương (Hoa Kỳ) của Facebook." }
  return { facts, signals: [{ kind: "page.ads_used", text, evidence }] }
}

const inForce = (status: PageStatus, now: number) =>
  status.restrictions
    .filter((entry) => entry.status === "RESTRICTED" && (entry.expiresAt === null || entry.expiresAt > now))
    .map((entry) => entry.feature)

/** The gravest word of Facebook on a Page; derived from the restrictions in force rather than from `status` alone (contract 7.7). */
export function integritySignal(status: Omit<PageStatus, "raw"> & { raw?: unknown }, now: number): Signal | null {
  const features = inForce(status as PageStatus, now)
  const evidence = { status: status.status, features, raw: status.raw }
  if (status.status === "suspended" || features.includes("page_publish"))
    return { kind: "page.suspended", text: "bị Facebook đình chỉ hoặc gỡ khỏi chế độ công khai.", evidence }
  if (features.includes("page_read_only") || (status.status === "restricted" && !features.length))
    return { kind: "page.restricted", text: "bị Facebook hạn chế, không đăng được bài.", evidence }
  if (status.status === "warning" || status.status === "restricted")
    return { kind: "page.warned", text: "bị Facebook cảnh cáo về chính sách.", evidence }
  return null
}

/** Subscribes what is missing; says so when it was there before. A channel that fell silent is a signal too. */
export async function subscriptionSignals(
  rooms: Rooms,
  account: NetworkAccount,
  known: Facts,
  settings: WatchSettings,
  signal: AbortSignal,
): Promise<Look> {
  const look = nothing()
  if (account.network === "facebook") {
    const missing = await rooms.networks.facebook.ensureSubscribed(account, signal)
    if (missing) look.facts.set("subscribed", true)
    if (missing?.length && known.get("subscribed"))
      look.signals.push({
        kind: "webhook.unsubscribed",
        text: `đã mất đăng ký webhook (${missing.join(", ")}); Loa vừa đăng ký lại.`,
        evidence: { missing },
      })
  }
  const last = await rooms.db
    .selectFrom("webhook_events")
    .select("received_at")
    .where("account_id", "=", account.id)
    .orderBy("received_at", "desc")
    .limit(1)
    .executeTakeFirst()
  if (last && rooms.clock.now() - Number(last.received_at) > settings.silentWebhookDays * DAY) {
    look.signals.push({
      kind: "webhook.silent",
      text: `không nhận được webhook nào từ ngày ${vnDate(Number(last.received_at))}.`,
      evidence: { last: Number(last.received_at) },
    })
  }
  return look
}

/** Who lapses in the next days: the refresh token where there is one, else the access token. */
export function tokenSignals(token: TokenState, now: number, settings: WatchSettings): Signal[] {
  const ends = token.refreshExpiresAt ?? (token.network === "facebook" ? token.accessExpiresAt : null)
  if (token.state !== "ok" || !ends || ends - now >= settings.expiryDays * DAY) return []
  const soon = ends - now < settings.expirySoonDays * DAY
  return [
    {
      kind: "token.expiring",
      text: `quyền đăng bài hết hạn ngày ${vnDate(ends)}, cần người quản trị kết nối lại.`,
      evidence: { expiresAt: ends },
      severity: soon ? "medium" : "low",
    },
  ]
}
