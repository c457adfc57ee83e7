/**
 * Mails made reports as `office.yaml` says: the whole report to its recipients, each branch the rows of its units, each unit
 * its own page. What is owed stands in a table, so a mail goes out once per period, part and recipient, and a failed one is
 * tried again; one bad address stops no other.
 */
import type { Audit } from "../audit/index.ts"
import type { Clock } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { redact } from "../base/log.ts"
import { inTransaction, type Db } from "../db/index.ts"
import { composeMail, unitMail, type MailText } from "./mail-text.ts"
import { MailStore, type MailPart, type Mailing } from "./mail-store.ts"
import type { Office } from "./office.ts"
import { contentTypes, type ReportFile } from "./render.ts"
import { renderBranch } from "./render-apart.ts"
import { fileName, type MadeReport, type Reports } from "./reports.ts"
import type { ReportRun } from "./store.ts"

export interface MailMessage {
  to: string[]
  subject: string
  text: string
  /** Stable: a repeated try of the same mail carries the same id. */
  messageId: string
  attachments: { name: string; content: Buffer; type: string }[]
}
export type SendMail = (message: MailMessage) => Promise<void>
export interface MailSummary {
  sent: number
  failed: { recipient: string; reason: string }[]
}

const AT_ONCE = 50
const branchPart = (levels: readonly string[]) => `branch:${levels.join("+")}`

export class Mailer {
  readonly store: MailStore
  constructor(
    private readonly reports: Reports,
    private readonly options: { db: Db; clock: Clock; audit: Audit; templatesDir: string },
  ) {
    this.store = new MailStore(options.db)
  }

  /** Everyone the office wants to have this report; each unit's page only to the unit. */
  parts(made: MadeReport, office: Office): MailPart[] {
    const { kind, figures, scores } = made
    const { mail } = office
    const whole = mail[kind].map((recipient) => ({ part: "", recipient }))
    const branches = figures
      ? mail.branches.flatMap(({ levels, recipients }) => recipients.map((recipient) => ({ part: branchPart(levels), recipient })))
      : []
    if (!mail.unitPages.includes(kind)) return [...whole, ...branches]
    const pages = (figures?.units ?? scores!.units.map((unit) => ({ id: unit.unitId, owner: unit.owner }))).flatMap((unit) =>
      unit.owner?.email ? [{ part: unit.id, recipient: unit.owner.email }] : [],
    )
    return [...whole, ...branches, ...pages]
  }

  /** Plans the first edition of a report that the timetable made; what is planned already stays as it is. */
  async plan(made: MadeReport): Promise<void> {
    const parts = this.parts(made, this.reports.office())
    await inTransaction(this.options.db, (tx) =>
      this.store.plan(tx, { id: made.runId, kind: made.kind, period: made.period.id }, parts, 1, this.options.clock.now()),
    )
  }

  async sendNow(
    runId: string,
    sendMail: SendMail,
    { actor, again = false, signal }: { actor: string; again?: boolean; signal?: AbortSignal },
  ): Promise<MailSummary> {
    const made = await this.reports.open(runId)
    const { kind, period } = made
    const { db, audit, clock } = this.options
    const planned = await this.store.edition(kind, period.id)
    const edition = again ? planned + 1 : Math.max(1, planned)
    const parts = this.parts(made, this.reports.office())
    await inTransaction(db, async (tx) => {
      await this.store.plan(tx, { id: runId, kind, period: period.id }, parts, edition, clock.now())
      await this.store.hurry(tx, kind, period.id, clock.now())
      await audit.write(tx, [
        {
          actor,
          action: again ? "report.sent_again" : "report.sent",
          subject: `report:${runId}`,
          detail: { kind, period: period.id, edition, recipients: parts.length },
        },
      ])
    })
    return this.deliver(sendMail, { kind, period: period.id, ...(signal ? { signal } : {}) })
  }

  /** One round over what is owed; answers what happened. */
  async deliver(
    sendMail: SendMail,
    { signal, ...filter }: { kind?: MadeReport["kind"]; period?: string; signal?: AbortSignal } = {},
  ): Promise<MailSummary> {
    const { clock } = this.options
    const summary: MailSummary = { sent: 0, failed: [] }
    const touched = new Set<string>()
    const opened = new Map<string, MadeReport>()
    for (;;) {
      const due = await this.store.due(clock.now(), AT_ONCE, filter)
      for (const mail of due) {
        if (signal?.aborted) break
        if (!(await this.store.claim(mail.id, clock.now()))) continue
        touched.add(mail.runId)
        let error: string | null = null
        try {
          const made = opened.get(mail.runId) ?? (await this.reports.open(mail.runId))
          // One report at a time is kept in memory; its unit pages are sent in a row.
          if (!opened.has(mail.runId)) opened.clear()
          opened.set(mail.runId, made)
          await sendMail(await this.message(mail, made))
        } catch (failure) {
          error = redact(messageOf(failure))
          summary.failed.push({ recipient: mail.recipient, reason: error })
        }
        if (error === null) summary.sent += 1
        await this.store.settle(mail.id, clock.now(), error, mail.attempts + 1)
      }
      if (due.length < AT_ONCE || signal?.aborted) break
    }
    for (const runId of touched) await this.sumUp(await this.reports.store.find(runId))
    return summary
  }

  private async message(mail: Mailing, made: MadeReport): Promise<MailMessage> {
    const office = this.reports.office()
    const { text, files } = await this.content(mail, made, office)
    return {
      to: [mail.recipient],
      ...text,
      messageId: mail.id,
      attachments: files.map((file) => ({ name: file.name, content: file.content, type: contentTypes[file.format] })),
    }
  }

  private async content({ part }: MailPart, made: MadeReport, office: Office): Promise<{ text: MailText; files: ReportFile[] }> {
    const { kind, period, figures, scores } = made
    const { templatesDir } = this.options
    if (!part) {
      const files: ReportFile[] = []
      for (const format of office.mail.formats) files.push(await this.reports.file(made.runId, format))
      return { text: composeMail("report", made, office, templatesDir), files }
    }
    const levels = office.mail.branches.map((branch) => branch.levels).find((entry) => branchPart(entry) === part)
    if (levels && figures)
      return {
        text: composeMail("branch", made, office, templatesDir),
        files: [await renderBranch(fileName(kind, period.id, levels.join("-")), figures, levels, office.issuer)],
      }
    const files = await this.reports.render({ kind, period, unitId: part, figures, scores }, ["pdf"], office)
    return { text: unitMail(part, made, office, templatesDir), files }
  }

  /** Writes into the run how its mail stands, for lists. */
  private async sumUp(run: ReportRun): Promise<void> {
    const mails = (await this.store.of(run.kind, run.period)).filter((mail) => mail.runId === run.id)
    const open = mails.filter((mail) => mail.state !== "sent")
    const error =
      open
        .flatMap((mail) => (mail.error ? [`${mail.recipient}: ${mail.error}`] : []))
        .join("; ")
        .slice(0, 2_000) || null
    await this.reports.store.noteSent(run.id, {
      recipients: [...new Set(mails.filter((mail) => mail.part === "").map((mail) => mail.recipient))],
      at: this.options.clock.now(),
      error,
    })
  }
}
