/**
 * Đôn đốc: which unit is reminded when, with which letter, and when the superior body is told. A letter is made by the
 * timetable and stays a draft; it counts once it was sent, by mail when the office allows that, else by a person who notes it.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Audit } from "../audit/index.ts"
import { backoffMs } from "../base/backoff.ts"
import { HOUR, MINUTE, type Clock } from "../base/clock.ts"
import { messageOf, NotFoundError, UsageError } from "../base/errors.ts"
import { idOf, sha256 } from "../base/hash.ts"
import { redact } from "../base/log.ts"
import { isoDate, startOfDay } from "../base/time.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import type { Figures, Laggard } from "./figures.ts"
import { writeFiles } from "./files.ts"
import { escalationReport, reminderLetter, tasksOf } from "./letters.ts"
import { composeMail, unitMail } from "./mail-text.ts"
import type { MailSummary, SendMail } from "./mailer.ts"
import type { Office } from "./office.ts"
import { periodAt } from "./period.ts"
import { contentTypes, type ReportFile } from "./render.ts"
import { renderFiles } from "./render-apart.ts"
import type { Reports } from "./reports.ts"
import { readReminders, toReminder, type Reminder } from "./reminder-rows.ts"
import type { ReminderRow } from "./sources.ts"
import { addWorkdays, isWorkday } from "./workdays.ts"

const LEASE_MS = 5 * MINUTE
const actor = "job:reminders"

export class Reminders {
  constructor(
    private readonly reports: Reports,
    private readonly options: { db: Db; clock: Clock; audit: Audit; templatesDir: string; filesDir: string },
  ) {}

  /** Fits `ReportSources.reminders`. */
  rows = (at: number): Promise<ReminderRow[]> => readReminders(this.options.db, at)

  async list(filter: { unitId?: string; state?: Reminder["state"]; limit?: number } = {}): Promise<Reminder[]> {
    const rows = await this.options.db
      .selectFrom("reminders")
      .selectAll()
      .$if(filter.unitId !== undefined, (q) => q.where("unit_id", "=", filter.unitId!))
      .$if(filter.state !== undefined, (q) => q.where("state", "=", filter.state!))
      .orderBy("made_at", "desc")
      .orderBy("id")
      .limit(filter.limit ?? 500)
      .execute()
    return rows.map(toReminder)
  }

  /** The figures of this moment, as letters quote them. */
  async figures(office: Office): Promise<Figures> {
    const now = this.options.clock.now()
    const figures = await this.reports.figures(periodAt("weekly", now, this.reports.cadence(office)), office)
    return { ...figures, issuedAt: startOfDay(now), lateDays: 0 }
  }

  /** Makes every letter that is due today; on a day off nobody is reminded. Running it twice makes nothing new. */
  async make(progress?: (line: string) => void): Promise<Reminder[]> {
    const office = this.reports.office()
    const now = this.options.clock.now()
    if (!isWorkday(office.calendar, now)) return []
    const figures = await this.figures(office)
    const today = new Set(
      (await this.options.db.selectFrom("reminders").select("unit_id").where("made_at", ">=", startOfDay(now)).execute()).map((row) => row.unit_id),
    )
    const due = figures.laggards.filter((laggard) => laggard.nextLevel > 0 && laggard.nextAt <= now && !today.has(laggard.unitId))
    const made: Reminder[] = []
    for (const laggard of due) {
      progress?.(`${laggard.unitId}: ${laggard.nextLevel}`)
      made.push(await this.makeOne(figures, laggard, office))
    }
    const escalated = due.filter((laggard) => laggard.escalate)
    if (escalated.length) made.push(...(await this.escalate(figures, escalated, office)))
    return made
  }

  private async makeOne(figures: Figures, laggard: Laggard, office: Office): Promise<Reminder> {
    const unit = figures.units.find((entry) => entry.id === laggard.unitId)!
    const document = reminderLetter(figures, laggard, office, this.options.templatesDir)
    const day = isoDate(this.options.clock.now())
    const files = await renderFiles(`don-doc-${day}-${unit.id}-lan-${laggard.nextLevel}`, document, null, office.page, ["docx", "pdf"])
    return this.keep(files, {
      id: idOf("reminder", unit.id, day),
      unitId: unit.id,
      level: laggard.nextLevel,
      escalated: laggard.escalate,
      answerBy: addWorkdays(office.calendar, figures.issuedAt, office.reminders.everyWorkdays),
      tasks: tasksOf(unit, office),
      recipient: office.reminders.mail ? (unit.owner?.email?.toLowerCase() ?? "") : "",
    })
  }

  /** One report to the superior body about all units whose reminders were in vain. */
  private async escalate(figures: Figures, laggards: Laggard[], office: Office): Promise<Reminder[]> {
    const day = isoDate(this.options.clock.now())
    const files = await renderFiles(
      `bao-cao-don-doc-${day}`,
      escalationReport({ ...figures, laggards }, office, this.options.templatesDir),
      null,
      office.page,
      ["docx", "pdf"],
    )
    const recipients = office.reminders.mail && office.reminders.superiorRecipients.length ? office.reminders.superiorRecipients : [""]
    const made: Reminder[] = []
    for (const recipient of recipients) {
      made.push(
        await this.keep(files, {
          id: idOf("escalation", day, recipient),
          unitId: "",
          level: 0,
          escalated: true,
          answerBy: addWorkdays(office.calendar, figures.issuedAt, office.reminders.everyWorkdays),
          tasks: laggards.map((laggard) => laggard.unit),
          recipient: recipient.toLowerCase(),
        }),
      )
    }
    return made
  }

  private async keep(
    files: ReportFile[],
    row: Pick<Reminder, "id" | "unitId" | "level" | "escalated" | "answerBy" | "tasks" | "recipient">,
  ): Promise<Reminder> {
    const { db, clock, filesDir } = this.options
    await writeFiles(files, filesDir)
    const now = clock.now()
    const [letter] = files
    const fields = {
      letter: letter!.name,
      letter_sha256: letter!.sha256,
      recipient: row.recipient,
      state: "made" as const,
      sent_at: null,
      sent_by: null,
      attempts: 0,
      due_at: now,
      error: null,
    }
    await inTransaction(db, async (tx) => {
      const kept = await tx
        .insertInto("reminders")
        .values({
          id: row.id,
          unit_id: row.unitId,
          level: row.level,
          escalated: row.escalated ? 1 : 0,
          made_at: now,
          answer_by: row.answerBy,
          tasks: JSON.stringify(row.tasks),
          ...fields,
        })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .executeTakeFirst()
      if (Number(kept.numInsertedOrUpdatedRows) > 0)
        await this.write(tx, actor, row.escalated ? "reminder.escalated" : "reminder.made", row.id, {
          unit: row.unitId,
          level: row.level,
          letter: letter!.sha256,
        })
    })
    return this.find(row.id)
  }

  /** Mails what has an address and waits; the reminder counts from the moment the mail was accepted. */
  async deliver(sendMail: SendMail, signal?: AbortSignal): Promise<MailSummary> {
    const { db, clock } = this.options
    const summary: MailSummary = { sent: 0, failed: [] }
    const rows = await db
      .selectFrom("reminders")
      .selectAll()
      .where("state", "in", ["made", "sending"])
      .where("recipient", "!=", "")
      .where("due_at", "<=", clock.now())
      .orderBy("made_at")
      .orderBy("id")
      .execute()
    if (!rows.length) return summary
    const office = this.reports.office()
    const figures = await this.figures(office)
    for (const row of rows) {
      if (signal?.aborted) break
      const reminder = toReminder(row)
      if (!(await this.claim(reminder.id))) continue
      let error: string | null = null
      try {
        await sendMail(await this.message(reminder, figures, office))
        summary.sent += 1
      } catch (failure) {
        error = redact(messageOf(failure)).slice(0, 500)
        summary.failed.push({ recipient: reminder.recipient, reason: error })
      }
      await this.settle(reminder, error)
    }
    return summary
  }

  private async claim(id: string): Promise<boolean> {
    const now = this.options.clock.now()
    const taken = await this.options.db
      .updateTable("reminders")
      .set((e) => ({ state: "sending" as const, due_at: now + LEASE_MS, attempts: e("attempts", "+", 1) }))
      .where("id", "=", id)
      .where("state", "in", ["made", "sending"])
      .where("due_at", "<=", now)
      .executeTakeFirst()
    return Number(taken.numUpdatedRows) > 0
  }

  private async settle(reminder: Reminder, error: string | null): Promise<void> {
    const now = this.options.clock.now()
    if (error === null) return this.noteSent(reminder.id, actor, now)
    await this.options.db
      .updateTable("reminders")
      .set({ state: "made", due_at: now + backoffMs(reminder.attempts + 1, 10 * MINUTE, 12 * HOUR), error })
      .where("id", "=", reminder.id)
      .execute()
  }

  private async message(reminder: Reminder, figures: Figures, office: Office) {
    const { templatesDir, filesDir } = this.options
    const attachments: { name: string; content: Buffer; type: string }[] = []
    for (const format of ["docx", "pdf"] as const) {
      const name = reminder.letter.replace(/\.docx$/, `.${format}`)
      attachments.push({ name, content: await readFile(join(filesDir, name)), type: contentTypes[format] })
    }
    const dated = { ...figures, issuedAt: startOfDay(reminder.madeAt) }
    const made = {
      figures: reminder.unitId ? dated : { ...dated, laggards: figures.laggards.filter((laggard) => reminder.tasks.includes(laggard.unit)) },
      scores: null,
    }
    const text = reminder.unitId
      ? unitMail(reminder.unitId, made, office, templatesDir, reminder.level)
      : composeMail("escalation", made, office, templatesDir)
    return { to: [reminder.recipient], ...text, messageId: reminder.id, attachments }
  }

  /** The letter went out; from `at` on the unit counts as reminded. */
  async noteSent(id: string, by: string, at = this.options.clock.now()): Promise<void> {
    await this.change(id, by, "reminder.sent", { state: "sent", sent_at: at, sent_by: by, error: null })
  }
  /** The letter shall not go out. */
  async withdraw(id: string, by: string, why: string): Promise<void> {
    await this.change(id, by, "reminder.withdrawn", { state: "withdrawn", error: why }, { why })
  }
  private async change(
    id: string,
    by: string,
    action: string,
    set: Partial<{ state: Reminder["state"]; sent_at: number; sent_by: string; error: string | null }>,
    detail: Record<string, unknown> = {},
  ): Promise<void> {
    const before = await this.find(id)
    if (before.state === "sent" || before.state === "withdrawn")
      throw new UsageError("reminder_settled", `reminder "${id}" is ${before.state} already`, { id, state: before.state })
    await inTransaction(this.options.db, async (tx) => {
      await tx.updateTable("reminders").set(set).where("id", "=", id).execute()
      await this.write(tx, by, action, id, { unit: before.unitId, level: before.level, ...detail })
    })
  }
  private write = (tx: Tx, by: string, action: string, id: string, detail: Record<string, unknown>) =>
    this.options.audit.write(tx, [{ actor: by, action, subject: `reminder:${id}`, detail }])

  async find(id: string): Promise<Reminder> {
    const row = await this.options.db.selectFrom("reminders").selectAll().where("id", "=", id).executeTakeFirst()
    if (!row) throw new NotFoundError("reminder", id)
    return toReminder(row)
  }

  /** The letter as it was written; null when the file is gone or was changed. */
  async letter(id: string, format: "docx" | "pdf" = "docx"): Promise<{ name: string; content: Buffer } | null> {
    const row = await this.options.db.selectFrom("reminders").select(["letter", "letter_sha256"]).where("id", "=", id).executeTakeFirst()
    if (!row) throw new NotFoundError("reminder", id)
    const name = row.letter.replace(/\.docx$/, `.${format}`)
    const content = await readFile(join(this.options.filesDir, name)).catch(() => null)
    if (!content) return null
    return format === "docx" && sha256(content) !== row.letter_sha256 ? null : { name, content }
  }
}
