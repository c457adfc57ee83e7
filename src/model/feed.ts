/** What a feed said at one poll, as it travels from `feeds/` (fetch, parse) to `articles/` (identify, keep). */
import type { FeedItem } from "./article.ts"
import type { Feed } from "./unit.ts"

/** Order of day and month in numeric dates of one feed; decided per feed by evidence, remembered between polls. */
export type DateOrder = "dmy" | "mdy"

export interface ParsedFeed {
  format: "rss" | "rdf" | "atom" | "json" | "cdf" | "html_list" | "json_list"
  version: string
  title: string
  /** The site's page, or null. */
  link: string | null
  description: string
  language: string | null
  updatedAt: number | null
  /** Pause asked for by `<ttl>`, in ms. */
  ttlMs: number | null
  dateOrder: DateOrder | null
  items: FeedItem[]
  /** Items left out because the document holds more than the limit. */
  itemsCut: number
  /** What was wrong or strange while reading, e.g. "charset", "truncated", "too_deep", "entities", "script". */
  notes: string[]
}

/** Why a document with status 200 is no feed (feeds.md 2.9). */
export interface NotAFeed {
  format: "none"
  code: "empty" | "html" | "challenge" | "rejected" | "json" | "text" | "binary" | "too_slow" | "opml" | "adapter"
  reason: string
}

export const feedFactKinds = [
  "silent",
  "empty",
  "html_instead",
  "failing",
  "moved",
  "gone",
  "window_overflow",
  "window_shrunk",
  "reordered",
  "burst",
  "night",
  "new_host",
  "language_shift",
  "old_dates",
  "guid_pattern_changed",
  "guid_unusable",
  "xml_suspicious",
  "reappeared",
  "restless_text",
] as const
export type FeedFactKind = (typeof feedFactKinds)[number]

/** Something about a feed that a person or the firewall should know. Facts of one kind and feed are one alert. */
export interface FeedFact {
  kind: FeedFactKind
  /** `tell`: say it; `hold`: new items were held, keep holding until a person looks; `quarantine`: as hold, and grave (safety.md 3.5). */
  action: "tell" | "hold" | "quarantine"
  /** One English clause with figures; the reader's sentence is made at the edge. */
  detail: string
  facts?: Record<string, unknown>
}

/**
 * The answer of one poll. `items`: a changed document was read; `unchanged`: 304 or the same body; `not_a_feed`: status
 * 200 with something else; `failed`: no usable answer; `gone`: 410, polling stops; `skipped`: the host asked for silence.
 */
export interface PollOutcome {
  feed: Feed
  kind: "items" | "unchanged" | "not_a_feed" | "failed" | "gone" | "skipped"
  /** When the answer was complete. */
  at: number
  /** No successful poll came before: a baseline. */
  firstPoll: boolean
  /** When the first successful poll was (this one, when `firstPoll`). */
  firstPolledAt: number
  /** Why new items are to be held, or null. */
  quarantined: string | null
  parsed: ParsedFeed | null
  status: number | null
  code: string | null
  reason: string | null
  facts: FeedFact[]
  durationMs: number
  bytes: number
}
