/** What a rehearsal is driven with and what it shows. Everything here is made up; nothing is ever sent to a real network. */
import type { Clock } from "../base/clock.ts"
import type { NetworkName, UnitFile } from "../model/index.ts"

export interface ProvinceOptions {
  units: UnitFile[]
  clock: Clock
  /** The same seed, units and clock give the same ids, names, articles and figures. */
  seed?: number
  host?: "127.0.0.1"
  /** 0 = any free port; with `stateFile`, 0 means the ports of the last run when they are still free. */
  ports?: { portals: number; facebook: number; zalo: number }
  /** Every answer of the two networks comes this much later (real time). */
  latencyMs?: number
  /** Journal (JSON lines) that lets posts, tokens and articles outlive the process. */
  stateFile?: string
  /** Articles of the last hours that each portal offers at the very first start. Default 3. */
  articlesPerPortal?: number
  /** Articles of the last days, which a baseline must not publish. Default 0. */
  olderArticles?: number
  /** Articles with pictures, and Zalo really fetching what it is given. Default true. */
  pictures?: boolean
  /** A handful of deliberately wrong accounts, so that `loa check` has something of every kind to say. Default true. */
  wrongAccounts?: boolean
  /** Each portal on a port of its own, so that politeness per host does not put all portals into one queue. Default false. */
  portPerPortal?: boolean
  /** The national emblem as a picture; a drawing stands in for it when the file is absent. */
  emblemFile?: string
}

/** The one app both fake networks know. Fixed, so that a child process or a test needs no hand-over. */
export const rehearsalApp = {
  name: "Loa (diễn tập)",
  facebookAppId: "100200300400500",
  facebookAppSecret: "rehearsal-facebook-app-secret-0001",
  facebookVerifyToken: "rehearsal-verify-token",
  zaloAppId: "1002003004005006007",
  zaloAppSecret: "rehearsal-zalo-app-secret",
  zaloOaSecretKey: "rehearsal-oa-secret-key",
} as const

export type FaultKind =
  /** The write does not happen / does happen, and the answer is a 500 with the network's error body. */
  | "500_before"
  | "500_and_create"
  /** The answer never comes (until `delayMs`, then the connection is cut). */
  | "hang_before"
  | "hang_and_create"
  /** The connection is cut without an answer. */
  | "cut_before"
  | "cut_after_create"
  /** Done, but the answer is 200 with no body / with JSON that breaks off / with JSON that lacks the id. */
  | "empty_2xx"
  | "broken_json"
  | "no_id"
  /** An HTML page of a gateway with status 502. */
  | "html_502"
  | "html_502_and_create"
  | "404_json"
  /** The network's own error envelope with `code`, `subcode`, `message`. */
  | "error"
  | "error_and_create"
  /** Done and answered properly, `delayMs` late. */
  | "slow"
  /** `status`, `headers` and `body` as given; nothing is done. */
  | "reply"

/** One misbehaviour. The first rule that fits a call is used up by it. */
export interface FaultRule {
  /** `facebook.feed`, `zalo.verify`, `portal.feed` …; a trailing `*` fits every call of that prefix. */
  on: string
  what: FaultKind
  /** Account id or permanent remote id; for portals the unit id. */
  account?: string
  /** How many calls are hit; default 1, 0 = every call. */
  times?: number
  /** How many fitting calls pass unharmed first. */
  after?: number
  code?: number
  subcode?: number
  message?: string
  status?: number
  headers?: Record<string, string>
  body?: unknown
  delayMs?: number
  /** 0…1, drawn from the seed. */
  probability?: number
}

export interface ArticleDraft {
  title?: string
  /** Paragraphs, plain text. */
  body?: string[]
  summary?: string
  section?: string
  /** false = none; text = address of a picture elsewhere. */
  picture?: boolean | string
  /** HTML put into feed and page as it is (hidden links, scripts …). */
  html?: string
  links?: string[]
  /** UTC milliseconds; default now. */
  date?: number
  guid?: string
  /** Address of the article when it is not the portal's own. */
  url?: string
}
export interface PortalArticle {
  id: string
  unitId: string
  url: string
  title: string
  summary: string
  body: string[]
  section: string
  html: string
  links: string[]
  date: number
  updated: number
  guid: string
  picture: string | null
  withdrawn: boolean
}

export type PortalForm =
  "standard" | "atom" | "json_feed" | "nukeviet" | "liferay" | "vccorp" | "sharepoint" | "dotnet" | "windows-1258" | "dd-mm-yyyy" | "vietnamese-date"
export type PortalTrouble =
  | "none" | "maintenance" | "empty" | "404" | "410" | "301" | "429" | "500" | "private_redirect" | "redirect_loop" | "slow_drip"
  | "gzip_bomb" | "billion_laughs" | "not_found_article" | "cut"
export interface PortalSettings {
  form: PortalForm
  trouble: PortalTrouble
  identity: "stable" | "none" | "same_guid" | "volatile_guid"
  /** Every poll shows every item dated now. */
  restamp: boolean
  never304: boolean
  /** Search engines see other items than everybody else. */
  cloak: boolean
  /** The footer links to the unit's accounts (one half of the two-way proof). */
  linksAccounts: boolean
  /** Items a feed shows. */
  window: number
  ttlMinutes: number | null
  retryAfterSeconds: number
  /** Where a 301 leads; default: the same feed under `/rss-moi`. */
  movedTo: string | null
}
export type HijackKind = "gambling" | "hidden_links" | "night" | "burst" | "foreign_host" | "old_dates" | "japanese" | "script"

/** How one account of a network looks and behaves; each is a fact of that account until it is changed. */
export interface AccountTuning {
  name?: string
  handle?: string
  about?: string
  description?: string
  category?: string
  website?: string
  phone?: string
  emails?: string[]
  badge?: "blue_verified" | "gray_verified" | "not_verified"
  verified?: boolean
  published?: boolean
  followers?: number
  avatar?: AvatarKind
  /** false = the unit's page does not exist any more. */
  exists?: boolean

  /** Facebook: milliseconds until a post shows up in published_posts. */
  visibilityLagMs?: number
  /** Facebook: an empty first page of published_posts that still has `next`. */
  emptyFirstPage?: boolean
  /** Facebook: percent of the budget already used; 100 answers 80001. Rises by `usageStep` with every call. */
  usagePercent?: number
  usageStep?: number
  regainMinutes?: number
  deadMetrics?: string[]
  permissions?: string[]
  tokenState?: "valid" | "expired" | "password_changed" | "app_removed" | "role_lost" | "checkpoint" | "other_page" | "other_app" | "user_token"
  dataAccessExpiresAt?: number
  integrity?: { status: "ok" | "warning" | "restricted" | "suspended"; features?: string[] }
  admins?: { id: string; name: string; tasks?: string[] }[]
  /** Percent of the views that advertising brought (breakdown is_from_ads). Default 0. */
  adsPercent?: number
  /** A Page of strangers can be read by our app (Page Public Content Access). Default false. */
  publicAccess?: boolean
  /** Other businesses that may act on the Page. */
  agencies?: { id: string; name: string; tasks?: string[] }[]
  /** Facebook forgot the Page's webhook subscription, until somebody subscribes anew. */
  subscriptionLost?: boolean
  /** `published_posts` keeps attachments and application to itself. */
  bareReads?: boolean

  /** Zalo */
  oaType?: number
  oaIdField?: "oaid" | "oa_id"
  verifiedAs?: "boolean" | "number"
  omit?: string[]
  packageName?: string
  packageUntil?: string
  /** verify answers -214 this often before the id; -1 = for ever. */
  processingPolls?: number
  /** verify answers `error` 0 without id this often. */
  idlessPolls?: number
  unquotedIds?: boolean
  stringCounters?: boolean
  /** The counters of getslice start again from nothing at this moment. */
  countersResetAt?: number
  ratePerMinute?: number
  broadcastsLeft?: number
  groupExpired?: boolean
  requireProof?: boolean
}
export type AvatarKind =
  | "emblem"
  | "emblem_small"
  | "emblem_tiny"
  | "emblem_mirrored"
  | "emblem_ring"
  | "logo"
  | "province_logo"
  | "police"
  | "portrait"
  | "building"
  | "text"
  | "silhouette"

export interface VisiblePost {
  id: string
  account: string
  network: NetworkName
  title: string | null
  text: string
  link: string | null
  /** The article the post points at: `link`, else the last address in the text. */
  articleUrl: string | null
  created: number
  updated: number
  app: string
  /** Not shown to the public (hidden, unpublished, status "hide"). */
  hidden: boolean
  pictures: number
}

export interface SentMessage {
  account: string
  kind: "message" | "broadcast" | "cs" | "group"
  /** User id, group id, or "followers". */
  to: string
  text: string
  at: number
}

export type FacebookCredential = { page_access_token: string }
export type ZaloCredential = { access_token: string; refresh_token: string; expires_in: string }

export type WebhookKind =
  | "facebook.handshake" | "facebook.name" | "facebook.picture" | "facebook.feed" | "facebook.integrity" | "facebook.integrity_on_entry"
  | "facebook.upcoming_change" | "facebook.raw"
  | "zalo.follow" | "zalo.unfollow" | "zalo.user_send_text" | "zalo.unknown" | "zalo.raw"
export interface WebhookOptions {
  account?: string
  value?: unknown
  /** Whole body instead of the usual one. */
  body?: unknown
  /** `reserialised`: signed over the text with plain letters but sent with \u escapes. `wrong_key`, `none`. Zalo: `prefixed` puts `mac=` before it. */
  signature?: "good" | "reserialised" | "wrong_key" | "none" | "prefixed"
  /** Sends the same bytes this often; default 1. */
  copies?: number
  /** The event's own time; default now. Zalo signs it. */
  at?: number
  /** Zalo: header num_retry. */
  retry?: number
  verifyToken?: string
}

export interface Province {
  portalUrl(unitId: string): string
  feedUrl(unitId: string): string
  /** Base of the Graph API, without version. */
  readonly facebookUrl: string
  readonly zaloApiUrl: string
  readonly zaloOauthUrl: string
  readonly portalsUrl: string
  readonly app: typeof rehearsalApp
  /** Where a person looks. */
  readonly pages: { portals: string; facebook: string; zalo: string }
  /** The given units with portal, feed and accounts of the rehearsal filled in: what `accounts/` would say. */
  units(): UnitFile[]
  /** What `loa account connect` reads; null for accounts without a token (profiles, groups, other networks). */
  credential(accountId: string): FacebookCredential | ZaloCredential | null
  /** A system user's token, for /me/accounts and batch. */
  readonly systemUserToken: string

  publishArticle(unitId: string, draft?: ArticleDraft): PortalArticle
  editArticle(articleId: string, change: ArticleDraft): PortalArticle
  withdrawArticle(articleId: string): void
  articles(unitId: string): PortalArticle[]
  setPortal(unitId: string, settings: Partial<PortalSettings>): void
  /** Someone broke in: publishes what such a portal then shows. */
  hijack(unitId: string, kind: HijackKind, count?: number): PortalArticle[]
  startLife(options?: { everyMs?: number }): void
  stopLife(): void

  script(rule: FaultRule): void
  clearScript(): void
  tune(accountId: string, tuning: AccountTuning): void
  /** A page that strangers made and no registry lists. Facebook only: nobody can read a stranger's OA. Answers its permanent id. */
  strangePage(page: { name: string; handle?: string } & AccountTuning): string
  /** A unit makes a Page or an OA itself: in no registry yet, ready to be connected. Answers its permanent id. */
  createAccount(own: { unitId: string; network: NetworkName; name: string; tuning?: AccountTuning }): string
  /** A post by somebody else, for example an intruder or another tool. */
  foreignPost(accountId: string, post: { text: string; title?: string; link?: string; app?: { id: string; name: string } }): string
  /** What really stands there; every account when none is named. Removed posts are gone. */
  posts(accountId?: string): VisiblePost[]
  /** The ground truth of crash tests: articles that stand on one account more than once. */
  duplicates(): { account: string; articleUrl: string; posts: string[] }[]
  /** Messages that went out through Zalo (staff group, consultation, broadcast), oldest first. */
  messages(accountId?: string): SentMessage[]
  /** Calls by operation (`facebook.feed`), by operation and account (`facebook.feed kinh-bac-facebook`), `portal.feed`, `portal.feed.304` … */
  counts(): Record<string, number>
  sendWebhook(target: string, kind: WebhookKind, options?: WebhookOptions): Promise<{ status: number; text: string }[]>
  stop(): Promise<void>
}
