/** report_runs: which report was made of which figures, so that reports catch up and can be shown again. */
import { NotFoundError } from "../base/errors.ts"
import { idOf } from "../base/hash.ts"
import type { Db } from "../db/index.ts"
import type { ReportKind } from "./period.ts"

export const reportFormats = ["docx", "pdf", "xlsx", "html"] as const
export type ReportFormat = (typeof reportFormats)[number]
export interface FileRecord {
  format: ReportFormat
  name: string
  sha256: string
  bytes: number
}
export interface ReportRun {
  id: string
  kind: ReportKind
  period: string
  unitId: string | null
  madeAt: number
  cutoffAt: number
  figuresSha256: string
  files: FileRecord[]
  state: "made" | "sent" | "failed"
  sentAt: number | null
  recipients: string[]
  error: string | null
}

export interface ListFilter {
  kind?: ReportKind
  period?: string
  unitId?: string
  limit?: number
}
const runColumns = [
  "id",
  "kind",
  "period",
  "unit_id",
  "made_at",
  "cutoff_at",
  "figures_sha256",
  "files",
  "state",
  "sent_at",
  "recipients",
  "error",
] as const

export class ReportStore {
  constructor(private readonly db: Db) {}

  /** The same figures of the same period are the same run, however often they are made; files of other formats are added. */
  async keep(
    run: Pick<ReportRun, "kind" | "period" | "unitId" | "madeAt" | "cutoffAt" | "figuresSha256" | "files">,
    figures: string,
  ): Promise<string> {
    const id = idOf(run.kind, run.period, run.unitId ?? "", run.figuresSha256)
    const known = await this.db.selectFrom("report_runs").select("files").where("id", "=", id).executeTakeFirst()
    if (known) {
      const files = [
        ...(JSON.parse(known.files) as FileRecord[]).filter((file) => !run.files.some((fresh) => fresh.format === file.format)),
        ...run.files,
      ]
      await this.db
        .updateTable("report_runs")
        .set({ files: JSON.stringify(files) })
        .where("id", "=", id)
        .execute()
      return id
    }
    await this.db
      .insertInto("report_runs")
      .values({
        id,
        kind: run.kind,
        period: run.period,
        unit_id: run.unitId ?? "",
        made_at: run.madeAt,
        cutoff_at: run.cutoffAt,
        figures_sha256: run.figuresSha256,
        figures,
        files: JSON.stringify(run.files),
        state: "made",
        sent_at: null,
        recipients: "[]",
        error: null,
      })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute()
    return id
  }

  /** Is there a report of the whole province for the period, made once it was ready? */
  async exists(kind: ReportKind, period: string, readyAt: number): Promise<boolean> {
    const row = await this.db
      .selectFrom("report_runs")
      .select("id")
      .where("kind", "=", kind)
      .where("period", "=", period)
      .where("unit_id", "=", "")
      .where("cutoff_at", ">=", readyAt)
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  async latest(kind: ReportKind, period: string): Promise<ReportRun | null> {
    const row = await this.db
      .selectFrom("report_runs")
      .select(runColumns)
      .where("kind", "=", kind)
      .where("period", "=", period)
      .where("unit_id", "=", "")
      .orderBy("made_at", "desc")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst()
    return row ? toRun(row) : null
  }

  /** Newest first; whole reports only unless a unit is asked for. */
  async list({ kind, period, unitId = "", limit = 100 }: ListFilter = {}): Promise<ReportRun[]> {
    const rows = await this.db
      .selectFrom("report_runs")
      .select(runColumns)
      .where("unit_id", "=", unitId)
      .$if(kind !== undefined, (q) => q.where("kind", "=", kind!))
      .$if(period !== undefined, (q) => q.where("period", "=", period!))
      .orderBy("made_at", "desc")
      .orderBy("period", "desc")
      .orderBy("id")
      .limit(limit)
      .execute()
    return rows.map(toRun)
  }

  async find(id: string): Promise<ReportRun> {
    const row = await this.db.selectFrom("report_runs").select(runColumns).where("id", "=", id).executeTakeFirst()
    if (!row) throw new NotFoundError("report", id)
    return toRun(row)
  }

  /** When the whole report of the period was first made once it was ready; null = not yet. */
  async firstMade(kind: ReportKind, period: string, readyAt: number): Promise<number | null> {
    const row = await this.db
      .selectFrom("report_runs")
      .select((e) => e.fn.min("made_at").as("at"))
      .where("kind", "=", kind)
      .where("period", "=", period)
      .where("unit_id", "=", "")
      .where("cutoff_at", ">=", readyAt)
      .executeTakeFirst()
    return row?.at == null ? null : Number(row.at)
  }

  /** The figures as they were printed. */
  async figuresOf(id: string): Promise<unknown> {
    const row = await this.db.selectFrom("report_runs").select("figures").where("id", "=", id).executeTakeFirst()
    return row ? JSON.parse(row.figures) : null
  }

  async noteSent(runId: string, outcome: { recipients: string[]; at: number; error: string | null }): Promise<void> {
    await this.db
      .updateTable("report_runs")
      .set({ state: outcome.error ? "failed" : "sent", sent_at: outcome.at, recipients: JSON.stringify(outcome.recipients), error: outcome.error })
      .where("id", "=", runId)
      .execute()
  }
}

function toRun(row: {
  id: string
  kind: string
  period: string
  unit_id: string
  made_at: number
  cutoff_at: number
  figures_sha256: string
  files: string
  state: ReportRun["state"]
  sent_at: number | null
  recipients: string
  error: string | null
}): ReportRun {
  return {
    id: row.id,
    kind: row.kind as ReportKind,
    period: row.period,
    unitId: row.unit_id || null,
    madeAt: Number(row.made_at),
    cutoffAt: Number(row.cutoff_at),
    figuresSha256: row.figures_sha256,
    files: JSON.parse(row.files) as FileRecord[],
    state: row.state,
    sentAt: row.sent_at === null ? null : Number(row.sent_at),
    recipients: JSON.parse(row.recipients) as string[],
    error: row.error,
  }
}
