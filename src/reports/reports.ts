/** The room: make a report, remember it, catch up after downtime, mail it, remind the laggards. */
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Clock } from "../base/clock.ts"
import { messageOf, NotFoundError } from "../base/errors.ts"
import { idOf, sha256 } from "../base/hash.ts"
import type { Db } from "../db/index.ts"
import type { Unit } from "../model/unit.ts"
import { composeReport } from "./compose.ts"
import type { Figures } from "./figures.ts"
import { gather } from "./gather.ts"
import { registrationLetter, reminderLetter, tasksOf, unitPage } from "./letters.ts"
import { loadOffice, type Office } from "./office.ts"
import { lastReadyPeriod, parsePeriod, periodsUntil, type Cadence, type Period, type ReportKind } from "./period.ts"
import { contentTypes, renderBranch, renderFiles, type ReportFile } from "./render.ts"
import { composeScores, loadScoring, score, type Scores } from "./scoring.ts"
import type { ReportSources } from "./sources.ts"
import { reportFormats, ReportStore, type ReportFormat } from "./store.ts"

export interface MailMessage {
  to: string[]
  subject: string
  text: string
  /** Stable: a repeated try of the same mail carries the same id. */
  messageId: string
  attachments: { name: string; content: Buffer; type: string }[]
}
export type SendMail = (message: MailMessage) => Promise<void>

export interface ReportsOptions {
  db: Db
  clock: Clock
  sources: ReportSources
  templatesDir: string
}
export interface MakeOptions {
  /** Default: the latest period that is ready. */
  period?: string
  formats?: readonly ReportFormat[]
  /** Only this unit's own page (for scoring: its table). */
  unit?: string
  progress?(line: string): void
}
export interface MadeReport {
  runId: string
  kind: ReportKind
  period: Period
  unitId: string | null
  figures: Figures | null
  scores: Scores | null
  files: ReportFile[]
}

const fileWord: Record<ReportKind, string> = { weekly: "bao-cao-tuan", monthly: "bao-cao-thang", quarterly: "bao-cao-quy", scoring: "cham-diem" }

export class Reports {
  readonly store: ReportStore
  constructor(private readonly options: ReportsOptions) {
    this.store = new ReportStore(options.db)
  }

  /** The office's settings, read anew each time: an edit takes effect with the next report. */
  office = (): Office => loadOffice(this.options.templatesDir)
  cadence = (office = this.office()): Cadence => ({ calendar: office.calendar, monthDays: office.monthDays })
  period(kind: ReportKind, text?: string): Period {
    const cadence = this.cadence()
    return text ? parsePeriod(kind, text, cadence) : lastReadyPeriod(kind, this.options.clock.now(), cadence)
  }

  async figures(period: Period, office = this.office(), progress?: (line: string) => void): Promise<Figures> {
    const { calendar, deadline, graceDays, reminderEveryWorkdays } = office
    const steps = { calendar, everyWorkdays: reminderEveryWorkdays }
    return gather(this.options.sources, period, { cadence: this.cadence(office), deadline, graceDays, steps, now: this.options.clock.now(), progress })
  }

  /** Gathers, renders and remembers one report. Writes no file; see `writeFiles`. */
  async make(kind: ReportKind, options: MakeOptions = {}): Promise<MadeReport> {
    const office = this.office()
    const period = this.period(kind, options.period)
    const { templatesDir, clock } = this.options
    const formats = options.formats?.length ? options.formats : reportFormats
    const name = `${fileWord[kind]}-${period.id}${options.unit ? `-${options.unit}` : ""}`
    const scores = kind === "scoring" ? await score(this.options.sources, period, loadScoring(templatesDir), office, clock.now()) : null
    const figures = kind === "scoring" ? null : await this.figures(period, office, options.progress)
    if (options.unit && scores && !scores.units.some((unit) => unit.unitId === options.unit)) throw new NotFoundError("unit", options.unit)

    options.progress?.(`${period.id}: rendering ${formats.join(", ")}`)
    const document = scores ? composeScores(scores, office, templatesDir, options.unit) : options.unit ? unitPage(figures!, options.unit, office, templatesDir) : composeReport(figures!, office, templatesDir)
    const book = { unitId: options.unit, ...(scores ? { scores } : { figures: figures! }) }
    const files = await renderFiles(name, document, book, office.page, formats)
    const json = JSON.stringify(scores ?? figures)
    const run = {
      kind,
      period: period.id,
      unitId: options.unit ?? null,
      madeAt: clock.now(),
      cutoffAt: figures?.cutoffAt ?? Math.min(period.to, clock.now()),
      figuresSha256: sha256(json),
      files: files.map(({ content: _, ...record }) => record),
    }
    return { runId: await this.store.keep(run, json), kind, period, unitId: run.unitId, figures, scores, files }
  }

  /** Periods from `first` on that are ready and have no report yet, oldest first. */
  async missingPeriods(kind: ReportKind, first: string, now = this.options.clock.now()): Promise<Period[]> {
    const missing: Period[] = []
    for (const period of periodsUntil(kind, first, now, this.cadence())) {
      if (!(await this.store.exists(kind, period.id, period.readyAt))) missing.push(period)
    }
    return missing
  }

  /**
   * Mails the report as `office.yaml` says: the whole report to its recipients, each branch the rows of its units, each unit
   * its own page. Repeating it sends only what is still missing; one failed address stops no other.
   */
  async send(made: MadeReport, sendMail: SendMail, signal?: AbortSignal): Promise<{ sent: number; failed: { recipient: string; reason: string }[] }> {
    const office = this.office()
    const done = await this.store.mailed(made.runId)
    const failed: { recipient: string; reason: string }[] = []
    let sent = 0
    for (const { recipient, part, subject, text, files } of this.mails(made, office)) {
      if (done.has(`${part} ${recipient}`)) continue
      if (signal?.aborted) break
      try {
        const attachments = (await files()).map((file) => ({ name: file.name, content: file.content, type: contentTypes[file.format] }))
        await sendMail({ to: [recipient], subject, text, messageId: `<${idOf("report", made.runId, part, recipient)}@loa>`, attachments })
        await this.store.noteMail(made.runId, recipient, part, this.options.clock.now())
        sent += 1
      } catch (error) {
        failed.push({ recipient, reason: messageOf(error) })
      }
    }
    const error = failed.length ? failed.map((entry) => `${entry.recipient}: ${entry.reason}`).join("; ").slice(0, 2_000) : null
    await this.store.noteSent(made.runId, { recipients: office.mail[made.kind], at: this.options.clock.now(), error })
    return { sent, failed }
  }

  private *mails(made: MadeReport, office: Office): Generator<{ recipient: string; part: string; subject: string; text: string; files: () => Promise<ReportFile[]> }> {
    const { figures, kind, period } = made
    const name = `${fileWord[kind]}-${period.id}`
    const greeting = `${office.contact} gửi báo cáo ${period.label} (bản dự thảo do hệ thống lập).`
    for (const recipient of office.mail[kind]) {
      yield { recipient, part: "", subject: `Báo cáo tài khoản mạng xã hội ${period.label}`, text: greeting, files: async () => made.files }
    }
    if (!figures) return
    for (const { levels, recipients } of office.mail.branches) {
      for (const recipient of recipients) {
        yield { recipient, part: `branch:${levels.join("+")}`, subject: `Số liệu tài khoản mạng xã hội theo khối ${period.label}`, text: greeting, files: async () => [await renderBranch(`${name}-${levels.join("-")}`, figures, levels, office.issuer)] }
      }
    }
    if (!office.mail.unitPages) return
    for (const unit of figures.units) {
      if (!unit.owner?.email) continue
      const tasks = tasksOf(unit, office)
      const todo = tasks.length ? ["Việc cần làm:", ...tasks.map((task) => `- ${task}`)] : ["Đơn vị không có việc cần làm thêm."]
      yield {
        recipient: unit.owner.email,
        part: unit.id,
        subject: `Tài khoản mạng xã hội của ${unit.name} ${period.label}`,
        text: [`${office.contact} gửi ${unit.name} kết quả theo dõi tài khoản mạng xã hội ${period.label}.`, ...todo].join("\n"),
        files: () => renderFiles(`${name}-${unit.id}`, unitPage(figures, unit.id, office, this.options.templatesDir), null, office.page, ["pdf"]),
      }
    }
  }

  /** Reminders that are due by these figures, with their letters; `noteReminder` after each one went out. */
  async *dueReminders(figures: Figures, formats: readonly ReportFormat[] = ["docx", "pdf"]): AsyncGenerator<{ unitId: string; unit: string; email: string | null; level: 1 | 2 | 3; files: ReportFile[] }> {
    const office = this.office()
    for (const laggard of figures.laggards) {
      const letter = reminderLetter(figures, laggard.unitId, office, this.options.templatesDir)
      if (!letter) continue
      const unit = figures.units.find((entry) => entry.id === laggard.unitId)!
      const files = await renderFiles(`don-doc-${laggard.unitId}-lan-${letter.level}`, letter.document, null, office.page, formats)
      yield { unitId: unit.id, unit: unit.name, email: unit.owner?.email ?? null, level: letter.level, files }
    }
  }

  /** The letter by which a unit asks for registration of its accounts (công văn đề nghị đăng ký chính danh). */
  async registration(unit: Unit, formats: readonly ReportFormat[] = ["docx", "pdf"]): Promise<ReportFile[]> {
    const office = this.office()
    return renderFiles(`dang-ky-chinh-danh-${unit.id}`, registrationLetter(unit, office, this.options.templatesDir, this.options.clock.now()), null, office.page, formats)
  }
}

/** Writes the files so that a reader never meets half of one. Answers their paths in the order of the files. */
export async function writeFiles(files: ReportFile[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const paths: string[] = []
  for (const file of files) {
    const path = join(folder, file.name)
    await writeFile(`${path}.part`, file.content, { mode: 0o600 })
    await rename(`${path}.part`, path)
    paths.push(path)
  }
  return paths
}
