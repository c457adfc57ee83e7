/** The room's door as types: what `createFeeds` gives. */
import type { Db, Tx } from "../db/index.ts"
import type { FeedStateTable } from "../db/tables/feeds.ts"
import type { Feed, FeedFact, PollOutcome } from "../model/index.ts"

/** A feed together with what is remembered of it, leased to one process. */
export interface ClaimedFeed {
  feed: Feed
  state: FeedStateTable
}

export interface FeedHealth {
  feedId: string
  unitId: string
  url: string
  active: boolean
  dueAt: number
  lastPolledAt: number | null
  lastSuccessAt: number | null
  lastChangedAt: number | null
  failures: number
  lastStatus: number | null
  lastReason: string | null
  stopped: string | null
  quarantined: string | null
  facts: FeedFact[]
}

export type FeedMark = Pick<FeedHealth, "unitId" | "active" | "lastSuccessAt" | "failures" | "stopped" | "quarantined">

export interface FeedsRoom {
  /** Brings `feed_state` in line with the registry: new feeds are due now, vanished ones rest, nothing is forgotten. Idempotent. */
  sync(tx: Tx, feeds: Feed[], now: number): Promise<{ added: number; changed: number; rested: number }>
  /**
   * Leases due feeds to `owner` in one statement. `all` ignores the timetable, never a host's Retry-After. `since` leaves out
   * what was polled at or after that moment: the start of a pass, so that a pass asks each feed once.
   */
  claimDue(tx: Tx, options: { now: number; all?: boolean; since?: number; limit: number; owner: string; leaseMs: number }): Promise<ClaimedFeed[]>
  /** Ends the leases of feeds that were claimed and then not polled. */
  giveBack(tx: Tx, owner: string, feedIds: string[]): Promise<void>
  /** Network and parsing only; writes nothing and never throws (an aborted signal gives `skipped`). */
  poll(claimed: ClaimedFeed, signal?: AbortSignal): Promise<PollOutcome>
  /** Every active feed is due at `now`: what `--all` begins with, so that claims walk the timetable from its head. */
  makeDue(tx: Tx, now: number): Promise<void>
  /** Writes what polls taught, for many feeds in few statements, and ends their leases. Call it in the transaction that keeps the articles. */
  settle(tx: Tx, outcomes: PollOutcome[]): Promise<void>
  /** Ends every lease of processes that are known to be dead. */
  freeOwners(tx: Tx, owners: string[]): Promise<void>
  quarantine(tx: Tx, feedId: string, reason: string, now: number): Promise<void>
  release(tx: Tx, feedId: string, by: string, now: number): Promise<void>
  /** When the next feed is due, or null. */
  nextDueAt(db: Tx): Promise<number | null>
  /** Everything known of every feed, or of those of one unit. */
  health(db: Db | Tx, now: number, unitId?: string): Promise<FeedHealth[]>
  /** What counts and colours need, without reading definitions and memories. */
  states(db: Db | Tx): Promise<FeedMark[]>
}
