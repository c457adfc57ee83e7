/**
 * The words every network answers in. "Sent" means accepted by the network, not seen by a reader. A network never
 * retries a write by itself and never throws for what the contract describes: it answers.
 */
import type { NetworkName } from "./unit.ts"

export interface NetworkAccount {
  id: string
  unitId: string
  network: NetworkName
  remoteId: string
}

export interface PostPicture {
  sha256: string
  /** File on this machine, for uploads of bytes. */
  path: string
  /** `${LOA_PUBLIC_URL}/m/<sha256>.jpg`, for networks that fetch. */
  url: string
  width: number
  height: number
  alt: string
}

/** A cure the contracts name for one kind of refusal; each is applied to a delivery at most once. */
export type ContentChange = "scrape_first" | "photo_text" | "text_only" | "reencode_picture" | "default_cover" | "fresh_picture_url" | "drop_link"

export interface FacebookContent {
  network: "facebook"
  articleUrl: string
  title: string
  mode: "link" | "photo_text" | "text"
  /** The whole text, ends with the source address; exactly what was approved. */
  message: string
  pictures: PostPicture[]
  changes: ContentChange[]
}
export type ZaloBlock = { type: "text"; content: string } | { type: "image"; picture: PostPicture; caption?: string }
export interface ZaloContent {
  network: "zalo"
  articleUrl: string
  title: string
  author: string
  description: string
  cover: PostPicture
  /** Used when the network refuses `cover` and `changes` holds "default_cover". */
  defaultCover: PostPicture
  body: ZaloBlock[]
  changes: ContentChange[]
}
export type PostContent = FacebookContent | ZaloContent

/** Why an account is shut out, which decides who is asked to do what. */
export type LockoutNeed = "reconnect" | "permission" | "policy" | "package" | "configuration"

export type PublishOutcome =
  /** The post exists under this id. `at` = creation time by the network's clock. */
  | { kind: "sent"; remoteId: string; url?: string; at?: number }
  /** Accepted, id not known yet: commit `handle`, then `resume` it after `afterMs`. */
  | { kind: "pending"; handle: string; afterMs: number; reason?: string }
  /** Surely not posted; try again after `afterMs` (the outbox's own back-off when absent). */
  | {
      kind: "later"
      code: string
      reason: string
      afterMs?: number
      scope: "delivery" | "account" | "app"
      change?: ContentChange
      slowDown?: boolean
    }
  /** This post is at fault: never again unless a person says so. */
  | { kind: "refused"; code: string; reason: string; securityAlert?: boolean }
  /** Token, role, package or policy is at fault: stop the account (or the whole app) and call a person. */
  | { kind: "locked_out"; code: string; reason: string; needs: LockoutNeed; scope: "account" | "app" }
  /** Asked, answer lost. `repost` false: even when reading back finds nothing, a person decides (duplicate verdicts). */
  | { kind: "unknown"; code: string; reason: string; repost: boolean }

export interface LookProbe {
  /** Delivery id; comes back in the answer. */
  id: string
  articleUrl: string
  title: string
  /** The exact text for networks that keep it. */
  message: string | null
  /** Only posts created at or after this moment count. */
  since: number
}
export type LookOutcome =
  | { kind: "read"; found: Map<string, { remoteId: string; url?: string; at?: number; byUs: boolean | null }> }
  /** The page could not be read: nothing is known, look again later. */
  | { kind: "unreadable"; code: string; reason: string; afterMs?: number; lockedOut?: LockoutNeed }

/** What a network says of an account today; absent fields are fields the network left out. */
export interface Profile {
  network: NetworkName
  remoteId: string
  name: string
  handle?: string
  link?: string
  about?: string
  description?: string
  category?: string
  website?: string
  phone?: string
  emails?: string[]
  /** The platform's badge; never proof of authority (VER-2). */
  badge?: "blue_verified" | "gray_verified" | "verified" | "not_verified"
  published?: boolean
  followers?: number
  avatar?: { url: string; silhouette: boolean; sha256?: string; path?: string }
  oaType?: number
  packageName?: string
  packageUntil?: string
  raw: unknown
}
export type ProfileOutcome =
  | { kind: "read"; profile: Profile }
  | { kind: "later"; code: string; reason: string; afterMs?: number }
  | { kind: "locked_out"; code: string; reason: string; needs: LockoutNeed }
  | { kind: "gone"; code: string; reason: string }

export type ConnectOutcome =
  | { kind: "connected"; name: string; remoteId: string; accessExpiresAt: number | null; refreshExpiresAt: number | null; warnings: string[] }
  | { kind: "refused"; code: string; reason: string }

/** What Loa knows of a stored credential without showing it. */
export interface TokenState {
  accountId: string
  network: NetworkName
  state: "none" | "ok" | "needs_reauth"
  accessExpiresAt: number | null
  refreshExpiresAt: number | null
  refreshedAt: number | null
  reason: string | null
}

export interface Network {
  readonly name: NetworkName
  /** One try, at most one write that can create a post. */
  publish(account: NetworkAccount, content: PostContent, signal?: AbortSignal): Promise<PublishOutcome>
  /** Asks what became of a `pending` handle. Creates nothing. */
  resume(account: NetworkAccount, handle: string, content: PostContent, signal?: AbortSignal): Promise<PublishOutcome>
  /** Reads the account's own posts back. Creates nothing. */
  look(account: NetworkAccount, probes: LookProbe[], signal?: AbortSignal): Promise<LookOutcome>
  update(account: NetworkAccount, remoteId: string, content: PostContent, signal?: AbortSignal): Promise<PublishOutcome>
  /** Takes a post down (Zalo: hides it; Facebook: deletes it). `sent` = it is down. */
  remove(account: NetworkAccount, remoteId: string, content: PostContent, signal?: AbortSignal): Promise<PublishOutcome>
  profile(account: NetworkAccount, signal?: AbortSignal): Promise<ProfileOutcome>
  /** Proves that the credential belongs to this account, then seals it. */
  connect(account: NetworkAccount, credential: unknown): Promise<ConnectOutcome>
  tokenState(accountId: string): Promise<TokenState>
  /** Keeps credentials alive (refresh, daily debug_token). Answers what a person must do. */
  careForTokens(accounts: NetworkAccount[]): Promise<{ accountId: string; code: string; reason: string; needs: LockoutNeed }[]>
}
