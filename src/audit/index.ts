/** Who did what and when. Append only, written in the transaction of the change; each row seals the one before it. */
import type { Clock } from "../base/clock.ts"
import { sha256 } from "../base/hash.ts"
import { redact } from "../base/log.ts"
import { inLine, insertMany, type Db, type Tx } from "../db/index.ts"

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

  /** The row whose hash does not fit, or null when the whole chain holds. */
  async verify(db: Db): Promise<number | null> {
    let previous = ""
    let from = 0
    for (;;) {
      const rows = await db.selectFrom("audit_log").selectAll().where("seq", ">", from).orderBy("seq").limit(5_000).execute()
      if (!rows.length) return null
      for (const row of rows) {
        if (Number(row.seq) !== from + 1) return from + 1
        if (row.hash !== rowHash(previous, Number(row.seq), Number(row.at), row, row.detail)) return Number(row.seq)
        previous = row.hash
        from = Number(row.seq)
      }
    }
  }

  async of(db: Db, subject: string, limit = 200) {
    return db.selectFrom("audit_log").selectAll().where("subject", "=", subject).orderBy("seq").limit(limit).execute()
  }
}
