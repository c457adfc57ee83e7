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

const PAGE = 2_000
const toRow = (row: { seq: number; at: number; actor: string; action: string; subject: string; detail: string; hash: string }): AuditRow => ({
  seq: Number(row.seq), at: Number(row.at), actor: row.actor, action: row.action, subject: row.subject, detail: JSON.parse(row.detail) as Record<string, unknown>, hash: row.hash,
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

/** The newest rows first, before `before` when given. */
export async function listAudit(db: Db, filter: AuditFilter, limit: number, before?: number): Promise<AuditRow[]> {
  const rows = await rowsOf(db, filter).$if(before !== undefined, (q) => q.where("seq", "<", before!)).orderBy("seq", "desc").limit(limit).execute()
  return rows.map(toRow)
}

/** Every row, oldest first, in pages: an export of millions needs no memory. */
export async function* eachAudit(db: Db, filter: AuditFilter): AsyncGenerator<AuditRow> {
  for (let after = 0; ; ) {
    const rows = await rowsOf(db, filter).where("seq", ">", after).orderBy("seq").limit(PAGE).execute()
    for (const row of rows) yield toRow(row)
    if (rows.length < PAGE) return
    after = Number(rows.at(-1)!.seq)
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
    else yield `${columns.map((column) => (column === "seq" ? String(facts.seq) : cell(column === "detail" ? JSON.stringify(facts.detail) : facts[column]))).join(",")}\r\n`
  }
}
