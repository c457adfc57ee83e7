/** Legal hold: what an inspection, a complaint or a court asks for stays, however old it grows. */
import type { Selectable } from "kysely"
import type { Rooms } from "../app.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { newId } from "../base/hash.ts"
import { inTransaction, sql, type Db, type Schema, type Tx } from "../db/index.ts"

export interface Hold {
  id: string
  kind: "unit" | "article" | "period"
  /** Unit or article id; empty for a period. */
  subject: string
  /** UTC ms, the end not included; 0 and 0 where it is no period. */
  from: number
  to: number
  reason: string
  by: string
  at: number
  endedBy: string | null
  endedAt: number | null
}

export interface HoldOrder {
  kind: Hold["kind"]
  subject: string
  from?: number
  to?: number
  reason: string
}

export async function addHold(rooms: Rooms, order: HoldOrder, actor: string): Promise<Hold> {
  if (!order.reason.trim()) throw new UsageError("missing_option", "--why: nêu căn cứ niêm giữ (số công văn, quyết định)")
  if (order.kind === "unit" && !rooms.view().unitById(order.subject)) throw new NotFoundError("unit", order.subject)
  if (order.kind === "article" && !(await rooms.articles.get(rooms.db, order.subject))) throw new NotFoundError("article", order.subject)
  if (order.kind === "period" && !((order.from ?? 0) < (order.to ?? 0))) throw new UsageError("bad_option", "--from phải trước --to")
  const now = rooms.clock.now()
  const row = {
    id: newId(now),
    kind: order.kind,
    subject: order.subject,
    from_at: order.from ?? 0,
    to_at: order.to ?? 0,
    reason: order.reason.trim().slice(0, 500),
    made_by: actor,
    made_at: now,
    ended_by: null,
    ended_at: null,
  }
  await inTransaction(rooms.db, async (tx) => {
    await tx.insertInto("holds").values(row).execute()
    await rooms.audit.write(tx, [
      {
        actor,
        action: "hold.added",
        subject: `hold:${row.id}`,
        detail: { kind: row.kind, subject: row.subject, from: row.from_at, to: row.to_at, reason: row.reason },
      },
    ])
  })
  return holdOf(row)
}

export async function removeHold(rooms: Rooms, id: string, actor: string, why: string): Promise<Hold> {
  const row = await rooms.db.selectFrom("holds").selectAll().where("id", "=", id).executeTakeFirst()
  if (!row) throw new NotFoundError("hold", id)
  if (row.ended_at !== null) throw new UsageError("hold_ended", `${id} đã kết thúc`)
  const ended = { ended_by: actor, ended_at: rooms.clock.now() }
  await inTransaction(rooms.db, async (tx) => {
    await tx.updateTable("holds").set(ended).where("id", "=", id).where("ended_at", "is", null).execute()
    await rooms.audit.write(tx, [{ actor, action: "hold.ended", subject: `hold:${id}`, detail: { why } }])
  })
  return holdOf({ ...row, ...ended })
}

export async function listHolds(db: Db, all = false): Promise<Hold[]> {
  const rows = await db.selectFrom("holds").selectAll().$if(!all, (q) => q.where("ended_at", "is", null)).orderBy("made_at").orderBy("id").execute()
  return rows.map(holdOf)
}

/** What deletions ask before they delete. */
export interface Held {
  units: string[]
  articles: string[]
  periods: { from: number; to: number }[]
}

export async function heldNow(on: Db | Tx): Promise<Held> {
  const rows = await on.selectFrom("holds").selectAll().where("ended_at", "is", null).execute()
  return {
    units: rows.filter((row) => row.kind === "unit").map((row) => row.subject),
    articles: rows.filter((row) => row.kind === "article").map((row) => row.subject),
    periods: rows.filter((row) => row.kind === "period").map((row) => ({ from: Number(row.from_at), to: Number(row.to_at) })),
  }
}

/** True of rows that no hold covers. `unit`, `article` and `at` are columns, or null where the table has none. */
export function unheld(held: Held, columns: { unit?: string; article?: string; at?: string }) {
  const terms = [sql<boolean>`1 = 1`]
  if (columns.unit && held.units.length)
    terms.push(sql<boolean>`(${sql.ref(columns.unit)} is null or ${sql.ref(columns.unit)} not in (${sql.join(held.units)}))`)
  if (columns.article && held.articles.length)
    terms.push(sql<boolean>`(${sql.ref(columns.article)} is null or ${sql.ref(columns.article)} not in (${sql.join(held.articles)}))`)
  if (columns.at)
    for (const { from, to } of held.periods) terms.push(sql<boolean>`not (${sql.ref(columns.at)} >= ${from} and ${sql.ref(columns.at)} < ${to})`)
  return sql<boolean>`(${sql.join(terms, sql` and `)})`
}

const holdOf = (row: Selectable<Schema["holds"]>): Hold => ({
  id: row.id, kind: row.kind, subject: row.subject, from: Number(row.from_at), to: Number(row.to_at), reason: row.reason,
  by: row.made_by, at: Number(row.made_at), endedBy: row.ended_by, endedAt: row.ended_at === null ? null : Number(row.ended_at),
})
