/** What people do with alerts beside taking and closing them: escalate, silence, put together. */
import type { AuditEntry } from "../audit/index.ts"
import { DAY, type Clock } from "../base/clock.ts"
import { InvalidInputError, NotFoundError, UsageError } from "../base/errors.ts"
import { asNumber, inTransaction, sql, type Db, type Tx } from "../db/index.ts"
import { alertSeverities, type AlertSeverity } from "../model/index.ts"

export interface AlertDeskDeps {
  db: Db
  clock: Clock
  audit: { write(tx: Tx, entries: AuditEntry[]): Promise<void> }
}

/** Longer silences would be forgotten. */
export const SILENCE_DAYS_MAX = 30
const rank = (severity: AlertSeverity) => alertSeverities.indexOf(severity)
export const severityOrder = sql<number>`case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end`

export async function openCounts(db: Db, unit?: string): Promise<Record<AlertSeverity, number> & { total: number }> {
  const rows = await db
    .selectFrom("alerts")
    .select((row) => ["severity", row.fn.countAll().as("n")])
    .where("state", "=", "open")
    .$if(unit !== undefined, (q) => q.where("unit_id", "=", unit!))
    .groupBy("severity")
    .execute()
  const counts = { critical: 0, high: 0, medium: 0, low: 0, total: 0 }
  for (const row of rows) {
    counts[row.severity] += asNumber(row.n)
    counts.total += asNumber(row.n)
  }
  return counts
}

/** One step graver and open again: every channel tells it anew, as for a fact that has grown more severe. */
export async function escalate({ db, audit, clock }: AlertDeskDeps, id: string, actor: string, why: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await notClosed(tx, id)
    const severity = alertSeverities[rank(row.severity) - 1]
    if (!severity) throw new UsageError("wrong_state", "cảnh báo đã ở mức cao nhất", { id })
    await tx
      .updateTable("alerts")
      .set({ severity, state: "open", acknowledged_by: null, acknowledged_at: null, last_seen_at: clock.now() })
      .where("id", "=", id)
      .execute()
    await audit.write(tx, [{ actor, action: "alert.escalated", subject: `alert:${id}`, detail: { from: row.severity, to: severity, why } }])
  })
}

/** Closes the alert; the same thing raises no new one until `until`, unless it comes graver. */
export async function silence({ db, audit, clock }: AlertDeskDeps, id: string, days: number, actor: string, why: string): Promise<void> {
  const wrong = (field: string, found: string, expected: string) => ({ file: "cảnh báo", entry: id, field, found, expected })
  const mistakes = [
    ...(Number.isInteger(days) && days >= 1 && days <= SILENCE_DAYS_MAX ? [] : [wrong("số ngày", String(days), `từ 1 đến ${SILENCE_DAYS_MAX}`)]),
    ...(why.trim() ? [] : [wrong("lý do", "(trống)", "một lý do")]),
  ]
  if (mistakes.length) throw new InvalidInputError("silence", mistakes)
  await inTransaction(db, async (tx) => {
    const now = clock.now()
    const row = await notClosed(tx, id)
    const set = { severity: row.severity, until: now + days * DAY, why, actor, at: now }
    await tx.insertInto("alert_silences").values({ key: row.key, ...set }).onConflict((conflict) => conflict.column("key").doUpdateSet(set)).execute()
    await tx.updateTable("alerts").set({ state: "closed", closed_by: actor, closed_at: now }).where("id", "=", id).execute()
    await audit.write(tx, [{ actor, action: "alert.silenced", subject: `alert:${id}`, detail: { key: row.key, until: set.until, why } }])
  })
}

export async function endSilence({ db, audit }: AlertDeskDeps, key: string, actor: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await tx.deleteFrom("alert_silences").where("key", "=", key).returning("key").executeTakeFirst()
    if (!row) throw new NotFoundError("silence", key)
    await audit.write(tx, [{ actor, action: "alert.silence_ended", subject: `alert-key:${key}` }])
  })
}
export const silences = (db: Db, now: number) =>
  db.selectFrom("alert_silences").selectAll().where("until", ">", now).orderBy("until").limit(200).execute()

/** Is this kind of fact silenced? A graver one than the one that was silenced is told. */
export async function isSilenced(tx: Tx, fact: { key: string; severity: AlertSeverity }, now: number): Promise<boolean> {
  const row = await tx.selectFrom("alert_silences").select("severity").where("key", "=", fact.key).where("until", ">", now).executeTakeFirst()
  return row !== undefined && rank(fact.severity) >= rank(row.severity)
}

/** Several alerts of one cause become one: the others close and point at it. All or none. */
export async function merge({ db, audit, clock }: AlertDeskDeps, ids: string[], actor: string): Promise<string> {
  const distinct = [...new Set(ids)]
  if (distinct.length < 2) throw new UsageError("wrong_state", "hãy chọn ít nhất hai cảnh báo để gộp", { ids })
  return inTransaction(db, async (tx) => {
    const rows = await Promise.all(distinct.map((id) => notClosed(tx, id)))
    const [into, ...others] = rows.toSorted((a, b) => rank(a.severity) - rank(b.severity) || Number(a.raised_at) - Number(b.raised_at))
    const now = clock.now()
    const count = rows.reduce((sum, row) => sum + Number(row.count), 0)
    await tx
      .updateTable("alerts")
      .set({ count, last_seen_at: Math.max(...rows.map((row) => Number(row.last_seen_at))) })
      .where("id", "=", into!.id)
      .execute()
    await tx
      .updateTable("alerts")
      .set({ state: "closed", closed_by: actor, closed_at: now })
      .where(
        "id",
        "in",
        others.map((row) => row.id),
      )
      .execute()
    await audit.write(tx, [
      {
        actor,
        action: "alert.merged",
        subject: `alert:${into!.id}`,
        detail: { with: others.map((row) => row.id), summaries: others.map((row) => row.summary.slice(0, 200)) },
      },
      ...others.map((row) => ({
        actor,
        action: "alert.closed",
        subject: `alert:${row.id}`,
        detail: { kind: row.kind, from: row.state, why: `Gộp vào cảnh báo ${into!.id}.`, into: into!.id },
      })),
    ])
    return into!.id
  })
}

async function notClosed(tx: Tx, id: string) {
  const row = await tx.selectFrom("alerts").selectAll().where("id", "=", id).executeTakeFirst()
  if (!row) throw new NotFoundError("alert", id)
  if (row.state === "closed") throw new UsageError("wrong_state", `cảnh báo ${id} đã đóng`, { id })
  return row
}
