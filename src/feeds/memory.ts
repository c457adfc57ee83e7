/** What a feed taught us, kept as JSON in `feed_state.memory`. Everything is bounded. */
import { getDomain } from "tldts"
import { DAY, WEEK } from "../base/clock.ts"
import type { DateOrder, FeedFact } from "../model/index.ts"

export interface FeedMemory {
  dateOrder?: DateOrder
  /** Addresses the feed answered from, by registrable domain. */
  answeredFrom?: string[]
  /** Newest credible date seen in the feed. */
  newestAt?: number
  /** When the feed last brought something that was not there before. */
  freshAt?: number
  /** Recent changes of the document, newest last, for the rhythm. */
  changes?: number[]
  /** What the last answer asked for, so that 304 answers without headers keep it. */
  hintMs?: number
  /** Facts that still hold, for `health`. */
  facts?: FeedFact[]
}

export const readMemory = (text: string): FeedMemory => {
  try {
    return JSON.parse(text) as FeedMemory
  } catch {
    return {}
  }
}

/** New documents per week over the last four weeks; null until a week was watched. */
export function changesPerWeek(memory: FeedMemory, firstPolledAt: number | null, now: number): number | null {
  if (firstPolledAt === null || now - firstPolledAt < DAY) return null
  const span = Math.min(4 * WEEK, now - firstPolledAt)
  const recent = (memory.changes ?? []).filter((at) => at > now - span).length
  return (recent * WEEK) / span
}

/** The domain that counts as one owner; an address or a local name is its own. */
export const ownerOf = (url: string): string => {
  if (!URL.canParse(url)) return ""
  const { hostname, port } = new URL(url)
  return getDomain(hostname, { allowPrivateDomains: true }) ?? (port ? `${hostname}:${port}` : hostname)
}
