/** Who did what and when. Append only, written in the transaction of the change; each row seals the one before it. */
import type { Clock } from "../base/clock.ts"
import { sha256 } from "../base/hash.ts"
import { redact } from "../base/log.ts"
import { inLine, insertMany, type Db, type Tx } from "../db/index.ts"

export { auditFormats, eachAudit, exportAudit, listAudit, type AuditFilter, type AuditFormat, type AuditRow } from "./read.ts"

export interface AuditEntry {
  /** `user:<id>`, `job:<name>`, `key:<id>` or `cli`. */
  actor: string
  /** e.g. "delivery.published", "account.paused". */
  action: string
  /** What it is about, e.g. "delivery:3f…" or "account:kinh-bac-facebook". */
  subject: string
  /** Before and after, reasons; never a token. */
  detail?: Record<string, unknown>
}

const rowHash = (previous: string, seq: number, at: number, entry: Pick<AuditEntry, "actor" | "action" | "subject">, detail: string) =>
  sha256([previous, seq, at, entry.actor, entry.action, entry.subject, detail].join("\n"))

export class Audit {
  constructor(private readonly clock: Clock) {}

  /** Appends the entries in the caller's transaction: if this fails, so does the change. */
  async write(tx: Tx, entries: AuditEntry[]): Promise<void> {
    if (!entries.length) return
    await inLine(tx, "audit")
    const last = await tx.selectFrom("audit_log").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst()
    let seq = Number(last?.seq ?? 0)
    let hash = last?.hash ?? ""
    const at = this.clock.now()
    const rows = entries.map((entry) => {
      const detail = redact(JSON.stringify(entry.detail ?? {}))
      seq += 1
      hash = rowHash(hash, seq, at, entry, detail)
      return { seq, at, actor: entry.actor, action: entry.action, subject: entry.subject, detail, hash }
    })
    await insertMany(tx, "audit_log", rows)
  }

  /** The row whose hash does not fit (edited, deleted, moved), or null when the whole chain holds. */
  async verify(db: Db): Promise<number | null> {
    return (await this.check(db)).broken
  }

  /**
   * Walks the chain. `head` is the last row; whoever keeps a head elsewhere and hands it in as `expect` also notices when the end of
   * the log was cut off or the whole chain was written anew.
   */
  async check(
    db: Db,
    expect?: { seq: number; hash: string },
  ): Promise<{ broken: number | null; rows: number; head: { seq: number; hash: string } | null }> {
    let previous = ""
    let from = 0
    for (;;) {
      const rows = await db.selectFrom("audit_log").selectAll().where("seq", ">", from).orderBy("seq").limit(5_000).execute()
      if (!rows.length) break
      for (const row of rows) {
        const seq = Number(row.seq)
        const fits =
          seq === from + 1 &&
          row.hash === rowHash(previous, seq, Number(row.at), row, row.detail) &&
          (expect?.seq !== seq || expect.hash === row.hash)
        if (!fits) return { broken: from + 1, rows: from, head: null }
        previous = row.hash
        from = seq
      }
    }
    const cut = expect !== undefined && expect.seq > from
    return { broken: cut ? from + 1 : null, rows: from, head: from ? { seq: from, hash: previous } : null }
  }

  async of(db: Db, subject: string, limit = 200) {
    return db.selectFrom("audit_log").selectAll().where("subject", "=", subject).orderBy("seq").limit(limit).execute()
  }
}
