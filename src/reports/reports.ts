/** The room: make a report, remember it, show it again, catch up after downtime. Mail is in mailer.ts, đôn đốc in reminders.ts. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Audit } from "../audit/index.ts"
import type { Clock } from "../base/clock.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { sha256 } from "../base/hash.ts"
import { isoDate } from "../base/time.ts"
import type { Db } from "../db/index.ts"
import type { Unit } from "../model/unit.ts"
import { composeReport } from "./compose.ts"
import { loadEvidence, type GivenEvidence } from "./evidence-file.ts"
import type { OfficialDocument } from "./document.ts"
import type { Figures } from "./figures.ts"
import { gather } from "./gather.ts"
import { registrationLetter, unitPage } from "./letters.ts"
import type { Mailing } from "./mail-store.ts"
import { Mailer, type MailSummary, type SendMail } from "./mailer.ts"
import { loadOffice, type Office } from "./office.ts"
import { lastReadyPeriod, parsePeriod, periodsUntil, type Cadence, type Period, type ReportKind } from "./period.ts"
import { Reminders } from "./reminders.ts"
import type { ReportFile } from "./render.ts"
import { renderFiles } from "./render-apart.ts"
import { composeScores, loadScoring, score, tableOf, type Scores } from "./scoring.ts"
import type { ReportSources } from "./sources.ts"
import { traceFigure, tracedFigures, type Trace } from "./trace.ts"
import { reportFormats, ReportStore, type ListFilter, type ReportFormat, type ReportRun } from "./store.ts"

export interface ReportsOptions {
  db: Db
  clock: Clock
  audit: Audit
  sources: ReportSources
  templatesDir: string
  /** Where made reports lie (LOA_DATA/reports). */
  filesDir: string
  /** What units handed in for the scoring tables (accounts/evidence). */
  evidenceDir?: string
}
export interface MakeOptions {
  /** Default: the latest period that is ready. */
  period?: string | undefined
  formats?: readonly ReportFormat[]
  /** Only this unit's own page (for scoring: its table). */
  unit?: string | undefined
  /** false = only a look: nothing is remembered. */
  keep?: boolean
  progress?(line: string): void
}
export interface MadeReport {
  /** Empty when nothing was remembered. */
  runId: string
  kind: ReportKind
  period: Period
  unitId: string | null
  figures: Figures | null
  scores: Scores | null
  files: ReportFile[]
}

const fileWord: Record<ReportKind, string> = { weekly: "bao-cao-tuan", monthly: "bao-cao-thang", quarterly: "bao-cao-quy", scoring: "cham-diem" }
export const fileName = (kind: ReportKind, period: string, part = "") => `${fileWord[kind]}-${period}${part ? `-${part}` : ""}`

export class Reports {
  readonly store: ReportStore
  readonly mailer: Mailer
  readonly reminders: Reminders
  constructor(readonly options: ReportsOptions) {
    this.store = new ReportStore(options.db)
    this.mailer = new Mailer(this, options)
    this.reminders = new Reminders(this, options)
  }

  /** The office's settings, read anew each time: an edit takes effect with the next report. */
  office = (): Office => loadOffice(this.options.templatesDir)
  cadence = (office = this.office()): Cadence => ({ calendar: office.calendar, monthDays: office.monthDays })
  period(kind: ReportKind, text?: string): Period {
    const cadence = this.cadence()
    return text ? parsePeriod(kind, text, cadence) : lastReadyPeriod(kind, this.options.clock.now(), cadence)
  }

  async figures(period: Period, office = this.office(), progress?: (line: string) => void): Promise<Figures> {
    const { calendar, deadline, graceDays, reminders } = office
    const now = this.options.clock.now()
    return gather(this.options.sources, period, {
      cadence: this.cadence(office),
      deadline,
      graceDays,
      steps: { calendar, ...reminders },
      now,
      madeAt: await this.madeAt(period),
      progress,
    })
  }
  /** A report that is made again bears the date of the first time. */
  private madeAt = async (period: Period) => (await this.store.firstMade(period.kind, period.id, period.readyAt)) ?? this.options.clock.now()

  /** Gathers, renders and remembers one report. Writes no file; see `writeFiles`. */
  async make(kind: ReportKind, options: MakeOptions = {}): Promise<MadeReport> {
    const office = this.office()
    const period = this.period(kind, options.period)
    const { templatesDir, clock } = this.options
    if (period.from > clock.now())
      throw new UsageError("period_not_begun", `${period.id} begins on ${isoDate(period.from)}; the latest that is over is ${this.period(kind).id}`, {
        period: period.id,
      })
    const formats = options.formats?.length ? options.formats : reportFormats
    const scores =
      kind === "scoring"
        ? await score(this.options.sources, period, loadScoring(templatesDir), office, clock.now(), {
            madeAt: await this.madeAt(period),
            evidenceDir: this.options.evidenceDir,
          })
        : null
    const figures = kind === "scoring" ? null : await this.figures(period, office, options.progress)

    // The rows of a whole country are counted by now and need not stay beside the writers.
    if ((figures?.units.length ?? 0) > 1_000) Bun.gc(true)
    options.progress?.(`${period.id}: rendering ${formats.join(", ")}`)
    const json = JSON.stringify(scores ?? figures)
    const content = { kind, period, unitId: options.unit ?? null, figures, scores }
    const files = await this.render(content, formats, office)
    const run = {
      ...content,
      period: period.id,
      madeAt: clock.now(),
      cutoffAt: figures?.cutoffAt ?? Math.min(period.to, clock.now()),
      figuresSha256: sha256(json),
      files: files.map(({ content: _, ...record }) => record),
    }
    return { runId: options.keep === false ? "" : await this.store.keep(run, json), ...content, files }
  }

  /** Draws what was counted before; the numbers are those that were remembered. */
  async render(
    { kind, period, unitId, figures, scores }: Omit<MadeReport, "runId" | "files">,
    formats: readonly ReportFormat[],
    office = this.office(),
  ): Promise<ReportFile[]> {
    const document = this.document({ figures, scores, unitId }, office)
    const book = { unitId: unitId ?? undefined, ...(scores ? { scores } : { figures: figures! }) }
    return renderFiles(fileName(kind, period.id, unitId ?? ""), document, book, office.page, formats)
  }

  private document({ figures, scores, unitId }: Pick<MadeReport, "figures" | "scores" | "unitId">, office: Office): OfficialDocument {
    const { templatesDir } = this.options
    if (!scores) return unitId ? unitPage(figures!, unitId, office, templatesDir) : composeReport(figures!, office, templatesDir)
    if (unitId && !scores.units.some((unit) => unit.unitId === unitId)) throw new NotFoundError("unit", unitId)
    return composeScores(scores, office, templatesDir, unitId ?? undefined)
  }

  /** Periods from `first` on that are ready and have no report yet, oldest first. */
  async missingPeriods(kind: ReportKind, first: string, now = this.options.clock.now()): Promise<Period[]> {
    const missing: Period[] = []
    for (const period of periodsUntil(kind, first, now, this.cadence())) {
      if (!(await this.store.exists(kind, period.id, period.readyAt))) missing.push(period)
    }
    return missing
  }

  /** Made reports, newest first. */
  list = (filter?: ListFilter): Promise<ReportRun[]> => this.store.list(filter)

  /** A made report with the figures it was printed from; throws when the id is unknown. */
  async open(runId: string): Promise<MadeReport> {
    const run = await this.store.find(runId)
    const kept = (await this.store.figuresOf(runId)) as Figures | Scores
    const content = run.kind === "scoring" ? { figures: null, scores: kept as Scores } : { figures: kept as Figures, scores: null }
    return { runId, kind: run.kind, period: kept.period, unitId: run.unitId, ...content, files: [] }
  }

  /** One file of a made report: as written, or drawn again from the same figures when it is gone or another run took its name. */
  async file(runId: string, format: ReportFormat): Promise<ReportFile> {
    const run = await this.store.find(runId)
    const record = run.files.find((file) => file.format === format)
    if (record) {
      const content = await readFile(join(this.options.filesDir, record.name)).catch(() => null)
      if (content && sha256(content) === record.sha256) return { ...record, content }
    }
    const [file] = await this.render(await this.open(runId), [format])
    return file!
  }

  /** A made report as one HTML page without script or outside file. */
  preview = async (runId: string): Promise<string> => (await this.file(runId, "html")).content.toString("utf8")

  /** What a number of a made report was counted from; without a path, every number that can be asked for. */
  async trace(runId: string, path?: string): Promise<Trace[]> {
    const { figures } = await this.open(runId)
    if (!figures) throw new NotFoundError("figure", path ?? runId)
    return path ? [traceFigure(figures, path)] : tracedFigures(figures).map((entry) => traceFigure(figures, entry.path))
  }

  /** Reads what units handed in, for every month; throws with every mistake. Answers the entries. */
  async evidence(): Promise<GivenEvidence[]> {
    const { evidenceDir, sources, templatesDir, clock } = this.options
    const units = (await sources.units(clock.now())) ?? []
    const rules = loadScoring(templatesDir)
    return evidenceDir ? loadEvidence(evidenceDir, (id) => units.find((unit) => unit.id === id), (unit) => tableOf(rules, unit)?.criteria) : []
  }

  /** Who was sent what of the period, and what still waits. */
  async mails(runId: string): Promise<Mailing[]> {
    const run = await this.store.find(runId)
    return this.mailer.store.of(run.kind, run.period)
  }

  /** Sends what is still owed, at once; `again` sends this run anew to everybody as a corrected edition. */
  sendNow = (runId: string, sendMail: SendMail, options: { actor: string; again?: boolean; signal?: AbortSignal }): Promise<MailSummary> =>
    this.mailer.sendNow(runId, sendMail, options)

  /** The letter by which a unit asks for registration of its accounts (công văn đề nghị đăng ký chính danh). */
  async registration(unit: Unit, formats: readonly ReportFormat[] = ["docx", "pdf"]): Promise<ReportFile[]> {
    const office = this.office()
    return renderFiles(
      `dang-ky-chinh-danh-${unit.id}`,
      registrationLetter(unit, office, this.options.templatesDir, this.options.clock.now()),
      null,
      office.page,
      formats,
    )
  }
}
