/** Webhook events between answer and work: kept once by their own key, worked off from the table, so that neither a repeat nor a crash counts twice. */
import { MINUTE } from "../base/clock.ts"
import type { Db } from "../db/index.ts"

export interface InboxEvent {
  id: string
  network: "facebook" | "zalo"
  accountId: string | null
  kind: string
  /** The event as read; no text of citizens. */
  body: unknown
  happenedAt: number | null
}

const TRIES_MAX = 5

/** Answers how many were new. */
export async function keepEvents(db: Db, events: readonly InboxEvent[], now: number): Promise<number> {
  let added = 0
  for (let i = 0; i < events.length; i += 50) {
    const rows = events.slice(i, i + 50).map((event) => ({
      id: event.id,
      network: event.network,
      account_id: event.accountId,
      kind: event.kind,
      body: JSON.stringify(event.body),
      happened_at: event.happenedAt,
      received_at: now,
      done_at: null,
      tries: 0,
    }))
    const kept = await db
      .insertInto("webhook_events")
      .values(rows)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning("id")
      .execute()
    added += kept.length
  }
  return added
}

/**
 * Takes the oldest events that wait: whoever raises `tries` has the event, so of several processes one works it off. An event that was
 * taken and not finished is taken again after two, four, eight … minutes, and given up after five tries.
 */
export async function takeEvents(db: Db, now: number, limit = 200): Promise<InboxEvent[]> {
  const rows = await db
    .selectFrom("webhook_events")
    .selectAll()
    .where("done_at", "is", null)
    .where("tries", "<", TRIES_MAX)
    .orderBy("received_at")
    .limit(limit)
    .execute()
  const taken: InboxEvent[] = []
  for (const row of rows) {
    if (row.tries > 0 && Number(row.received_at) + 2 ** row.tries * MINUTE > now) continue
    const claim = await db
      .updateTable("webhook_events")
      .set({ tries: row.tries + 1 })
      .where("id", "=", row.id)
      .where("tries", "=", row.tries)
      .where("done_at", "is", null)
      .executeTakeFirst()
    if (Number(claim.numUpdatedRows) === 0) continue
    taken.push({
      id: row.id,
      network: row.network as InboxEvent["network"],
      accountId: row.account_id,
      kind: row.kind,
      body: JSON.parse(row.body),
      happenedAt: row.happened_at === null ? null : Number(row.happened_at),
    })
  }
  return taken
}

export async function finishEvents(db: Db, ids: readonly string[], now: number): Promise<void> {
  for (let i = 0; i < ids.length; i += 100)
    await db
      .updateTable("webhook_events")
      .set({ done_at: now })
      .where("id", "in", ids.slice(i, i + 100))
      .execute()
}
