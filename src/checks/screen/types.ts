/** What the source firewall is given and what it answers (safety.md, record format of section 6). */

export interface ScreenItem {
  id?: string
  source: { unit: string; feed_host: string }
  title: string
  /** May hold markup, as feeds do. */
  summary: string
  /** Raw markup of the whole entry. */
  html?: string
  /** Plain text of the whole entry. */
  text?: string
  links: string[]
}

/** What the registry knows; without it only the feed's own host and gov.vn are trusted. */
export interface ScreenContext {
  /** A host of the registry (lower case). */
  isOwnHost?(host: string): boolean
}

export type ScreenOutcome = "allow" | "hold" | "block"
export type ScreenRule = "S-1" | "S-2" | "S-3" | "S-4" | "S-5" | "S-5a" | "S-5b" | "S-6" | "S-7" | "S-8" | "S-9" | "S-10" | "LIMIT"

export type Place = "title" | "summary" | "html" | "text" | "hidden" | "link"

/** One thing that was seen; `text` is defanged and at most 120 characters. */
export interface ScreenMatch {
  signal: string
  where: Place
  text: string
}

export interface ScreenVerdict {
  verdict: ScreenOutcome
  rule: ScreenRule
  /** Signal ids of safety.md 3, in alphabetical order. */
  signals: string[]
  /** Vietnamese sentences for a commune official; links are shown defanged. */
  reasons: string[]
  matches: ScreenMatch[]
  /** The feed must stop until a person releases it (safety.md 2: every `block`). */
  quarantine: boolean
}

/** Beyond these an item is judged on its beginning and held (signal LIMIT). */
export const screenLimits = { fieldChars: 100_000, links: 500, linkChars: 4_000 }
