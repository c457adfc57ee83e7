/** The tables of the room: what is due, who holds it, and what polls taught. */
import { idOf } from "../base/hash.ts"
import { inLine, sql, type Tx } from "../db/index.ts"
import type { FeedStateTable } from "../db/tables/feeds.ts"
import type { Feed } from "../model/index.ts"
import type { SettledOutcome } from "./poll.ts"
import type { ClaimedFeed } from "./types.ts"

const chunk = <T>(rows: T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => rows.slice(at * size, (at + 1) * size))

/** host:port of an address, the unit of politeness. */
export const hostOf = (url: string): string => {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`
}

export const feedIdOf = (unitId: string, url: string) => idOf("feed", unitId, url)

export async function syncFeeds(tx: Tx, feeds: Feed[], now: number) {
  const rows = await tx.selectFrom("feed_state").select(["id", "definition", "active"]).execute()
  const known = new Map(rows.map((row) => [row.id, row]))
  const wanted = new Map(feeds.map((feed) => [feed.id, { feed, definition: JSON.stringify(feed) }]))
  const added = [...wanted.values()].filter(({ feed }) => !known.has(feed.id))
  for (const part of chunk(added, 30)) {
    await tx
      .insertInto("feed_state")
      .values(
        part.map(({ feed, definition }) => ({
          id: feed.id,
          unit_id: feed.unitId,
          definition,
          host: hostOf(feed.url),
          active: 1,
          due_at: now,
          owner: null,
          lease_until: 0,
          current_url: null,
          moved_to: null,
          moved_seen: 0,
          etag: null,
          last_modified: null,
          body_hash: null,
          validators_since: null,
          full_at: null,
          first_polled_at: null,
          last_polled_at: null,
          last_success_at: null,
          last_changed_at: null,
          failures: 0,
          last_status: null,
          last_code: null,
          last_reason: null,
          stopped: null,
          quarantined: null,
          quarantined_at: null,
          quarantined_by: null,
          memory: "{}",
        })),
      )
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute()
  }
  let changed = 0
  let rested = 0
  for (const row of rows) {
    const now_ = wanted.get(row.id)
    if (!now_) {
      if (row.active) rested++, await tx.updateTable("feed_state").set({ active: 0 }).where("id", "=", row.id).execute()
    } else if (row.definition !== now_.definition || !row.active) {
      changed++
      // The document must be read again: an adapter or a language may have changed.
      await tx
        .updateTable("feed_state")
        .set({ definition: now_.definition, unit_id: now_.feed.unitId, active: 1, body_hash: null, etag: null, last_modified: null, due_at: now })
        .where("id", "=", row.id)
        .execute()
    }
  }
  return { added: added.length, changed, rested }
}

export async function claimFeeds(
  tx: Tx,
  options: { now: number; all?: boolean; since?: number; limit: number; owner: string; leaseMs: number },
): Promise<ClaimedFeed[]> {
  const { now, owner } = options
  // One pick after another, so that no host is asked by two processes at once.
  await inLine(tx, "feeds")
  const rows = await tx
    .updateTable("feed_state")
    .set({ owner, lease_until: now + options.leaseMs })
    .where("id", "in", (from) => {
      let due = from
        .selectFrom("feed_state as due")
        .select("due.id")
        .where(sql<boolean>`due.active = 1 and due.stopped is null`)
        .where("due.lease_until", "<=", now)
        .where(
          sql<boolean>`due.host not in (select busy.host from feed_state as busy where busy.owner is not null and busy.owner <> ${owner} and busy.lease_until > ${now})`,
        )
      if (!options.all) due = due.where("due.due_at", "<=", now)
      if (options.since !== undefined)
        due = due.where((eb) => eb.or([eb("due.last_polled_at", "is", null), eb("due.last_polled_at", "<", options.since!)]))
      return due.orderBy("due.due_at").limit(options.limit)
    })
    .where("lease_until", "<=", now)
    .returningAll()
    .execute()
  return rows
    .map((state) => ({ feed: JSON.parse(state.definition) as Feed, state }))
    .sort((a, b) => a.state.due_at - b.state.due_at || (a.state.id < b.state.id ? -1 : 1))
}

const settledColumns = [
  "due_at",
  "current_url",
  "moved_to",
  "moved_seen",
  "etag",
  "last_modified",
  "body_hash",
  "validators_since",
  "full_at",
  "first_polled_at",
  "last_polled_at",
  "last_success_at",
  "last_changed_at",
  "failures",
  "last_status",
  "last_code",
  "last_reason",
  "stopped",
  "memory",
] as const satisfies readonly (keyof FeedStateTable)[]

export async function settleOutcomes(tx: Tx, outcomes: SettledOutcome[], states: ReadonlyMap<string, FeedStateTable>): Promise<void> {
  const rows = outcomes.flatMap(({ next }) => {
    const before = states.get(next.id)
    return before ? [{ ...before, ...next, owner: null, lease_until: 0 }] : []
  })
  for (const part of chunk(rows, 30)) {
    await tx
      .insertInto("feed_state")
      .values(part)
      .onConflict((conflict) =>
        conflict.column("id").doUpdateSet((eb) => ({
          ...Object.fromEntries(settledColumns.map((column) => [column, eb.ref(`excluded.${column}`)])),
          owner: null,
          lease_until: 0,
        }))
          // Whose lease ended meanwhile has nothing to say any more.
          .where("feed_state.owner", "=", states.get(part[0]!.id)!.owner),
      )
      .execute()
  }
  const hosts = new Map(outcomes.flatMap(({ host }) => (host ? [[host.host, host] as const] : [])))
  for (const host of hosts.values()) {
    const row = { host: host.host, blocked_until: host.blockedUntil, failures: host.failures, reason: host.reason.slice(0, 300) }
    await tx.insertInto("feed_hosts").values(row).onConflict((conflict) => conflict.column("host").doUpdateSet(row)).execute()
  }
}
