/** Webhook events between answer and work: kept once by their own key, worked off from the table, so that neither a repeat nor a crash counts twice. */
import { DAY, MINUTE } from "../base/clock.ts"
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
const KEEP_MS = 90 * DAY

/** Answers how many were new. */
export async function keepEvents(db: Db, events: readonly InboxEvent[], now: number): Promise<number> {
  let added = 0
  for (let i = 0; i < events.length; i += 50) {
    const rows = events.slice(i, i + 50).map((event) => ({
      id: event.id, network: event.network, account_id: event.accountId, kind: event.kind, body: JSON.stringify(event.body), happened_at: event.happenedAt, received_at: now, done_at: null, tries: 0,
    }))
    const kept = await db.insertInto("webhook_events").values(rows).onConflict((conflict) => conflict.column("id").doNothing()).returning("id").execute()
    added += kept.length
  }
  return added
}

/** The oldest events that wait. An event that failed waits a minute longer with every try, and is given up after five. */
export async function waitingEvents(db: Db, now: number, limit = 200): Promise<InboxEvent[]> {
  const rows = await db.selectFrom("webhook_events").selectAll().where("done_at", "is", null).where("tries", "<", TRIES_MAX).orderBy("received_at").limit(limit).execute()
  return rows
    .filter((row) => row.tries === 0 || Number(row.received_at) + 2 ** row.tries * MINUTE <= now)
    .map((row) => ({ id: row.id, network: row.network as InboxEvent["network"], accountId: row.account_id, kind: row.kind, body: JSON.parse(row.body), happenedAt: row.happened_at === null ? null : Number(row.happened_at) }))
}

export async function settleEvents(db: Db, ids: readonly string[], outcome: "done" | "failed", now: number): Promise<void> {
  for (let i = 0; i < ids.length; i += 100) {
    const some = db.updateTable("webhook_events").where("id", "in", ids.slice(i, i + 100))
    await (outcome === "done" ? some.set({ done_at: now }) : some.set((row) => ({ tries: row("tries", "+", 1) }))).execute()
  }
}

/** Keys are needed as long as a network may repeat an event (36 hours), the rest is evidence for three months. */
export async function pruneEvents(db: Db, now: number): Promise<void> {
  await db.deleteFrom("webhook_events").where("received_at", "<", now - KEEP_MS).execute()
}
