/** Which portal is due, the polite question, and what its answer says. The room writes `feed_state` and `feed_hosts`. */
import type { Clock } from "../base/clock.ts"
import type { SafeFetch } from "../base/safe-fetch.ts"
import { sql } from "../db/index.ts"
import type { FeedStateTable } from "../db/tables/feeds.ts"
import { readMemory } from "./memory.ts"
import { pollFeed, type SettledOutcome } from "./poll.ts"
import { claimFeeds, hostOf, settleOutcomes, syncFeeds } from "./settle.ts"
import type { FeedsRoom } from "./types.ts"

export { parseFeed, type ParseOptions } from "./parse.ts"
export { parseDate } from "./dates.ts"
export { feedIdOf } from "./settle.ts"
export type { ClaimedFeed, FeedHealth, FeedMark, FeedsRoom } from "./types.ts"

export interface FeedsParts {
  clock: Clock
  safeFetch: SafeFetch
  /** `LOA_POLL_SECONDS_MIN`. */
  pollSecondsMin: number
  /** Private hosts that links may name although nobody outside could open them (rehearsal, tests). */
  allowPrivate: readonly string[]
}

export function createFeeds(parts: FeedsParts): FeedsRoom {
  /** Rows as claimed by this process, so that `settle` writes whole rows without reading them again. */
  const claimed = new Map<string, FeedStateTable>()
  /** The last question under way to each host: one at a time. */
  const lines = new Map<string, Promise<unknown>>()
  const silent = new Map<string, number>()

  const inLine = <T>(host: string, work: () => Promise<T>): Promise<T> => {
    const turn = (lines.get(host) ?? Promise.resolve()).then(work, work)
    lines.set(host, turn)
    void turn.then(
      () => lines.get(host) === turn && lines.delete(host),
      () => lines.get(host) === turn && lines.delete(host),
    )
    return turn
  }

  return {
    sync: syncFeeds,
    async claimDue(tx, options) {
      const hosts = await tx.selectFrom("feed_hosts").select(["host", "blocked_until"]).where("blocked_until", ">", options.now).execute()
      silent.clear()
      for (const row of hosts) silent.set(row.host, row.blocked_until)
      const feeds = await claimFeeds(tx, options)
      for (const { state } of feeds) claimed.set(state.id, state)
      return feeds
    },
    async makeDue(tx, now) {
      await tx.updateTable("feed_state").set({ due_at: now }).where(sql<boolean>`active = 1 and stopped is null`).where("due_at", ">", now).execute()
    },
    poll: ({ feed, state }, signal) =>
      inLine(hostOf(state.current_url ?? feed.url), async () => {
        const outcome = await pollFeed(
          {
            clock: parts.clock,
            safeFetch: parts.safeFetch,
            minSeconds: parts.pollSecondsMin,
            allowPrivate: parts.allowPrivate,
            hostBlockedUntil: (host) => silent.get(host) ?? 0,
          },
          { feed, state },
          signal,
        )
        if (outcome.host) silent.set(outcome.host.host, outcome.host.blockedUntil)
        return outcome
      }),
    async settle(tx, outcomes) {
      await settleOutcomes(tx, outcomes as SettledOutcome[], claimed)
      for (const outcome of outcomes) claimed.delete(outcome.feed.id)
    },
    async giveBack(tx, owner, feedIds) {
      for (const id of feedIds) claimed.delete(id)
      if (feedIds.length)
        await tx.updateTable("feed_state").set({ owner: null, lease_until: 0 }).where("owner", "=", owner).where("id", "in", feedIds).execute()
    },
    async freeOwners(tx, owners) {
      if (owners.length) await tx.updateTable("feed_state").set({ owner: null, lease_until: 0 }).where("owner", "in", owners).execute()
    },
    async quarantine(tx, feedId, reason, now) {
      await tx
        .updateTable("feed_state")
        .set({ quarantined: reason.slice(0, 300), quarantined_at: now, quarantined_by: null })
        .where("id", "=", feedId)
        .where("quarantined", "is", null)
        .execute()
    },
    async release(tx, feedId, by, now) {
      await tx.updateTable("feed_state").set({ quarantined: null, quarantined_at: now, quarantined_by: by }).where("id", "=", feedId).execute()
    },
    async nextDueAt(db) {
      const row = await db
        .selectFrom("feed_state")
        .select((eb) => eb.fn.min("due_at").as("at"))
        .where("active", "=", 1)
        .where("stopped", "is", null)
        .executeTakeFirst()
      return row?.at === null || row?.at === undefined ? null : Number(row.at)
    },
    async states(db) {
      const rows = await db.selectFrom("feed_state").select(["unit_id", "active", "last_success_at", "failures", "stopped", "quarantined"]).execute()
      return rows.map((row) => ({
        unitId: row.unit_id,
        active: row.active === 1,
        lastSuccessAt: row.last_success_at,
        failures: row.failures,
        stopped: row.stopped,
        quarantined: row.quarantined,
      }))
    },
    async health(db, _now, unitId) {
      const rows = await db
        .selectFrom("feed_state")
        .selectAll()
        .$if(unitId !== undefined, (query) => query.where("unit_id", "=", unitId!))
        .orderBy("unit_id")
        .execute()
      return rows.map((row) => ({
        feedId: row.id,
        unitId: row.unit_id,
        url: (JSON.parse(row.definition) as { url: string }).url,
        active: row.active === 1,
        dueAt: row.due_at,
        lastPolledAt: row.last_polled_at,
        lastSuccessAt: row.last_success_at,
        lastChangedAt: row.last_changed_at,
        failures: row.failures,
        lastStatus: row.last_status,
        lastReason: row.last_reason,
        stopped: row.stopped,
        quarantined: row.quarantined,
        facts: readMemory(row.memory).facts ?? [],
      }))
    },
  }
}
