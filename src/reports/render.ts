/** Document and figures → files. Same input, same bytes. */
import { sha256 } from "../base/hash.ts"
import type { OfficialDocument, PageForm } from "./document.ts"
import type { Figures, Level } from "./figures.ts"
import type { Scores } from "./scoring.ts"
import type { FileRecord, ReportFormat } from "./store.ts"

export interface ReportFile extends FileRecord {
  content: Buffer
}
export const contentTypes: Record<ReportFormat, string> = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pdf: "application/pdf",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  html: "text/html; charset=utf-8",
}
/** What a workbook is made of: everything or one unit of it; a letter has none. */
export type Book = { figures: Figures; unitId?: string } | { scores: Scores; unitId?: string } | null

const bigFile = 400_000

export async function renderFiles(
  baseName: string,
  document: OfficialDocument,
  book: Book,
  form: PageForm,
  formats: readonly ReportFormat[],
): Promise<ReportFile[]> {
  const files: ReportFile[] = []
  for (const format of formats) {
    const content = await renderOne(format, document, book, form)
    // Each writer leaves tens of megabytes behind for a whole country; they need not pile up.
    if (content && content.length > bigFile) Bun.gc(true)
    if (content) files.push({ format, name: `${baseName}.${format}`, sha256: sha256(content), bytes: content.length, content })
  }
  return files
}

async function renderOne(format: ReportFormat, document: OfficialDocument, book: Book, form: PageForm): Promise<Buffer | null> {
  if (format === "docx") return (await import("./write-docx.ts")).writeDocx(document, form)
  if (format === "pdf") return (await import("./write-pdf.ts")).writePdf(document, form)
  if (format === "html") return (await import("./write-html.ts")).writeHtml(document, form)
  if (!book) return null
  const { writeXlsx, figureSheets, scoreSheets, unitSheets } = await import("./write-xlsx.ts")
  const { unitId } = book
  const sheets =
    "scores" in book
      ? scoreSheets(unitId ? { ...book.scores, units: book.scores.units.filter((unit) => unit.unitId === unitId) } : book.scores)
      : unitId
        ? unitSheets(book.figures, (unit) => unit.id === unitId)
        : figureSheets(book.figures)
  return writeXlsx(sheets, { title: document.name, creator: document.issuer, at: document.at })
}

/** The rows of one branch of units, for the recipients of that branch. */
export async function renderBranch(baseName: string, figures: Figures, levels: readonly Level[], creator: string): Promise<ReportFile> {
  const { writeXlsx, unitSheets } = await import("./write-xlsx.ts")
  const content = await writeXlsx(unitSheets(figures, (unit) => levels.includes(unit.level)), { title: baseName, creator, at: figures.period.due })
  return { format: "xlsx", name: `${baseName}.xlsx`, sha256: sha256(content), bytes: content.length, content }
}
