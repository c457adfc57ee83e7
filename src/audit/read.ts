/** Reading the log: pages for people, everything for an export, the chain for a check. */
import type { Db } from "../db/index.ts"

export interface AuditRow {
  seq: number
  at: number
  actor: string
  action: string
  subject: string
  detail: Record<string, unknown>
  hash: string
}
export interface AuditFilter {
  actor?: string | undefined
  /** An action or the beginning of one: "user" finds "user.added". */
  action?: string | undefined
  subject?: string | undefined
  /** From this moment on, and before that one. */
  from?: number | undefined
  to?: number | undefined
}

/** Rows looked through in one statement: a filter that finds nothing in years of log must not keep everybody else waiting. */
const WINDOW = 20_000
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))
const toRow = (row: { seq: number; at: number; actor: string; action: string; subject: string; detail: string; hash: string }): AuditRow => ({
  seq: Number(row.seq),
  at: Number(row.at),
  actor: row.actor,
  action: row.action,
  subject: row.subject,
  detail: JSON.parse(row.detail) as Record<string, unknown>,
  hash: row.hash,
})

/** `_` of an action may stay: as a wildcard it matches itself too. */
const startOf = (text: string) => `${text.replace(/[\\%]/g, "")}%`

function rowsOf(db: Db, filter: AuditFilter) {
  return db
    .selectFrom("audit_log")
    .selectAll()
    .$if(Boolean(filter.actor), (q) => q.where("actor", "=", filter.actor!))
    .$if(Boolean(filter.action), (q) => q.where("action", "like", startOf(filter.action!)))
    .$if(Boolean(filter.subject), (q) => q.where("subject", "=", filter.subject!))
    .$if(filter.from !== undefined, (q) => q.where("at", ">=", filter.from!))
    .$if(filter.to !== undefined, (q) => q.where("at", "<", filter.to!))
}

const lastSeq = async (db: Db) =>
  Number((await db.selectFrom("audit_log").select("seq").orderBy("seq", "desc").limit(1).executeTakeFirst())?.seq ?? 0)

/** The newest rows first, before `before` when given. */
export async function listAudit(db: Db, filter: AuditFilter, limit: number, before?: number): Promise<AuditRow[]> {
  const found: AuditRow[] = []
  for (let high = Math.min((before ?? Number.MAX_SAFE_INTEGER) - 1, await lastSeq(db)); high > 0 && found.length < limit; high -= WINDOW) {
    const rows = await rowsOf(db, filter)
      .where("seq", "<=", high)
      .where("seq", ">", high - WINDOW)
      .orderBy("seq", "desc")
      .limit(limit - found.length)
      .execute()
    found.push(...rows.map(toRow))
    await breathe()
  }
  return found
}

/** Every row, oldest first, in pages: an export of millions needs no memory. */
export async function* eachAudit(db: Db, filter: AuditFilter): AsyncGenerator<AuditRow> {
  const end = await lastSeq(db)
  const step = WINDOW / 10
  for (let low = 0; low < end; low += step) {
    for (const row of await rowsOf(db, filter).where("seq", ">", low).where("seq", "<=", low + step).orderBy("seq").execute()) yield toRow(row)
    await breathe()
  }
}

export const auditFormats = ["csv", "jsonl"] as const
export type AuditFormat = (typeof auditFormats)[number]

const columns = ["seq", "at", "actor", "action", "subject", "detail", "hash"] as const
/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
const cell = (value: string) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`

/** Lines of the export; the CSV begins with a byte-order mark so that a spreadsheet reads it as UTF-8. */
export async function* exportAudit(db: Db, filter: AuditFilter, format: AuditFormat): AsyncGenerator<string> {
  if (format === "csv") yield `\uFEFF${columns.join(",")}\r\n`
  for await (const row of eachAudit(db, filter)) {
    const facts = { ...row, at: new Date(row.at).toISOString() }
    if (format === "jsonl") yield `${JSON.stringify(facts)}\n`
    else {
      const cells = columns.map((column) => {
        if (column === "seq") return String(facts.seq)
        return cell(column === "detail" ? JSON.stringify(facts.detail) : facts[column])
      })
      yield `${cells.join(",")}\r\n`
    }
  }
}
