/** What a feed offers (`FeedItem`) and what Loa keeps of it (`Article`). */

/** One entry of a feed after parsing and cleaning; every field comes from outside and is already bounded. */
export interface FeedItem {
  /** The publisher's own id, verbatim, or null when there is none. */
  guid: string | null
  /** Absolute http(s) address without session ids and tracking parameters, or null. */
  link: string | null
  /** Plain text, NFC. Never empty: an item without words goes by its address (and is held); one without even that is left out. */
  title: string
  /** Plain text of the description, paragraphs separated by a blank line. */
  summary: string
  /** Raw markup of description and content, for the source firewall only; never published. */
  html: string
  /** Plain paragraphs of the full content when the feed carries it. */
  paragraphs: string[]
  /** UTC milliseconds; null when absent or not credible (feeds.md 2.3). */
  publishedAt: number | null
  updatedAt: number | null
  author: string | null
  categories: string[]
  /** Candidate pictures, best first. */
  pictures: string[]
  /** Every http(s) link in the markup and every other href verbatim, for the source firewall. */
  links: string[]
  language: string | null
}

/**
 * `new`       to be screened and routed          `baseline`  seen at the first poll and too old: never posted
 * `held`      a check or the burst guard stopped it, a person decides       `blocked`  the source firewall stopped it
 * `routed`    has its deliveries                  `duplicate` the same text as `duplicateOf`
 * `withdrawn` gone from the portal
 */
export const articleStates = ["new", "baseline", "held", "blocked", "routed", "duplicate", "withdrawn"] as const
export type ArticleState = (typeof articleStates)[number]

export interface Article {
  id: string
  feedId: string
  unitId: string
  /** Canonical address; the natural key of a post, always part of its text. */
  url: string
  title: string
  summary: string
  paragraphs: string[]
  html: string
  links: string[]
  pictures: string[]
  author: string | null
  categories: string[]
  section: string | null
  language: string
  publishedAt: number | null
  firstSeenAt: number
  /** 1, then +1 for every edit noticed on the portal. */
  version: number
  state: ArticleState
  reason: string | null
  duplicateOf: string | null
  emergency: boolean
}

/** A prepared picture: re-encoded JPEG, kept under its hash and served at `/m/<sha256>.jpg`. */
export interface Picture {
  sha256: string
  width: number
  height: number
  bytes: number
  /** File below LOA_DATA/media. */
  path: string
  sourceUrl: string
}
