/** report_mailings: what each recipient is still owed, claimed one by one so that two processes never send the same paper. */
import { backoffMs } from "../base/backoff.ts"
import { HOUR, MINUTE } from "../base/clock.ts"
import { idOf } from "../base/hash.ts"
import { asNumber, type Db, type Tx } from "../db/index.ts"
import type { ReportKind } from "./period.ts"

/** `part`: empty = the whole report, a unit's id = its own page, `branch:…` = the rows of a branch. */
export interface MailPart {
  part: string
  recipient: string
}
export interface Mailing extends MailPart {
  id: string
  kind: ReportKind
  period: string
  edition: number
  runId: string
  state: "waiting" | "sending" | "sent" | "failed"
  attempts: number
  dueAt: number
  sentAt: number | null
  error: string | null
}

/** Longer than any SMTP time-out; after it a mail that never answered is tried again under the same Message-ID. */
const LEASE_MS = 5 * MINUTE
/** From ten minutes to half a day: about four days in all. */
export const mailTriesMax = 12
export const mailPause = (attempts: number, random?: number) => backoffMs(attempts, 10 * MINUTE, 12 * HOUR, random)

export class MailStore {
  constructor(private readonly db: Db) {}

  /** Adds what is new. A recipient who got (or waits for) this part of this period in this edition is not asked twice, whatever run it came from. */
  async plan(tx: Tx, run: { id: string; kind: ReportKind; period: string }, parts: MailPart[], edition: number, now: number): Promise<void> {
    for (const { part, recipient } of parts) {
      const id = idOf("mail", run.kind, run.period, part, recipient.toLowerCase(), String(edition))
      const row = {
        id,
        kind: run.kind,
        period: run.period,
        part,
        recipient: recipient.toLowerCase(),
        edition,
        run_id: run.id,
        state: "waiting" as const,
        attempts: 0,
        due_at: now,
        sent_at: null,
        error: null,
      }
      await tx
        .insertInto("report_mailings")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }

  /** The latest edition that was planned for the period; 0 = none yet. */
  async edition(kind: ReportKind, period: string): Promise<number> {
    const row = await this.db
      .selectFrom("report_mailings")
      .select((e) => e.fn.max("edition").as("edition"))
      .where("kind", "=", kind)
      .where("period", "=", period)
      .executeTakeFirst()
    return row?.edition == null ? 0 : asNumber(row.edition)
  }

  /** Mails that may be sent now, oldest first. */
  async due(now: number, limit: number, filter: { kind?: ReportKind; period?: string } = {}): Promise<Mailing[]> {
    const rows = await this.db
      .selectFrom("report_mailings")
      .selectAll()
      .where("state", "in", ["waiting", "sending"])
      .where("due_at", "<=", now)
      .$if(filter.kind !== undefined, (q) => q.where("kind", "=", filter.kind!))
      .$if(filter.period !== undefined, (q) => q.where("period", "=", filter.period!))
      .orderBy("due_at")
      .orderBy("id")
      .limit(limit)
      .execute()
    return rows.map(toMailing)
  }

  /** Takes the mail; false when another process was quicker. */
  async claim(id: string, now: number): Promise<boolean> {
    const taken = await this.db
      .updateTable("report_mailings")
      .set((e) => ({ state: "sending", due_at: now + LEASE_MS, attempts: e("attempts", "+", 1) }))
      .where("id", "=", id)
      .where("state", "in", ["waiting", "sending"])
      .where("due_at", "<=", now)
      .executeTakeFirst()
    return Number(taken.numUpdatedRows) > 0
  }

  async settle(id: string, now: number, error: string | null, attempts: number): Promise<void> {
    const set =
      error === null
        ? { state: "sent" as const, sent_at: now, error: null }
        : {
            state: attempts >= mailTriesMax ? ("failed" as const) : ("waiting" as const),
            due_at: now + mailPause(attempts),
            error: error.slice(0, 500),
          }
    await this.db.updateTable("report_mailings").set(set).where("id", "=", id).execute()
  }

  /** A person asks for another try at once, of what waits and of what was given up. */
  async hurry(tx: Tx, kind: ReportKind, period: string, now: number): Promise<void> {
    await tx
      .updateTable("report_mailings")
      .set({ state: "waiting", due_at: now })
      .where("kind", "=", kind)
      .where("period", "=", period)
      .where("state", "in", ["waiting", "failed"])
      .execute()
  }

  async of(kind: ReportKind, period: string): Promise<Mailing[]> {
    const rows = await this.db
      .selectFrom("report_mailings")
      .selectAll()
      .where("kind", "=", kind)
      .where("period", "=", period)
      .orderBy("edition")
      .orderBy("part")
      .orderBy("recipient")
      .execute()
    return rows.map(toMailing)
  }
}

interface Row extends Omit<Mailing, "kind" | "runId" | "dueAt" | "sentAt"> {
  kind: string
  run_id: string
  due_at: number
  sent_at: number | null
}
const toMailing = ({ run_id, due_at, sent_at, kind, ...row }: Row): Mailing => ({
  ...row,
  kind: kind as ReportKind,
  edition: Number(row.edition),
  attempts: Number(row.attempts),
  runId: run_id,
  dueAt: Number(due_at),
  sentAt: sent_at === null ? null : Number(sent_at),
})
