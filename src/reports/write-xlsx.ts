/** The figures as a workbook: one sheet a subject, filters on, and a sheet that says what each number was counted from. */
import type * as Excel from "exceljs"
import { vnDate, vnDateTime } from "../base/time.ts"
import { deliveryStates } from "../model/delivery.ts"
import { articleStates } from "../model/article.ts"
import type { Figures, UnitRow } from "./figures.ts"
import { cutoffText, printable } from "./format.ts"
import type { Scores } from "./scoring.ts"
import {
  alertStateWord,
  articleWord,
  changeWord,
  deliveryWord,
  groupWord,
  identityWord,
  kindWord,
  levelWord,
  metricWord,
  networkWord,
  nextStep,
  severityWord,
  verdictWord,
} from "./words.ts"
import { fixDates, readZip, reproducible, writeZip, type ZipEntry } from "../base/zip.ts"
import { escapeXml } from "./chart.ts"
import { tracedFigures } from "./trace.ts"

type Cell = string | number | null
interface Sheet {
  name: string
  head: string[]
  widths: number[]
  rows: Cell[][]
}
const cellMax = 32_000
/** From here on rows are written as text, because the library keeps every cell as an object. */
const bulkFrom = 400
const minutes = (ms: number | null) => (ms === null ? null : Math.round(ms / 60_000))
const date = (at: number | null) => (at === null ? null : vnDate(at))

/** Text from outside never becomes a formula, neither here nor when the cell is edited or saved as CSV. */
export const inert = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${printable(text)}` : printable(text)).slice(0, cellMax)

export async function writeXlsx(sheets: Sheet[], properties: { title: string; creator: string; at: number }): Promise<Buffer> {
  const { default: excel } = await import("exceljs")
  const workbook: Excel.Workbook = new excel.Workbook()
  workbook.title = properties.title
  workbook.creator = properties.creator
  workbook.lastModifiedBy = properties.creator
  workbook.created = workbook.modified = new Date(properties.at)
  for (const { name, head, widths, rows } of sheets) {
    const sheet = workbook.addWorksheet(name, {
      views: [{ state: "frozen", ySplit: 1 }],
      pageSetup: { paperSize: 9, orientation: "landscape", fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
    })
    sheet.columns = widths.map((width) => ({
      width,
      style: { font: { name: "Times New Roman", size: 12 }, alignment: { vertical: "top", wrapText: true } },
    }))
    const header = sheet.addRow(head)
    header.font = { name: "Times New Roman", size: 12, bold: true }
    header.alignment = { horizontal: "center", vertical: "middle", wrapText: true }
    for (const row of isBulk(rows) ? [] : rows) sheet.addRow(row.map((cell) => (typeof cell === "string" ? inert(cell) : cell)))
    sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: Math.max(1, rows.length + 1), column: head.length } }
  }
  const file = Buffer.from(await workbook.xlsx.writeBuffer())
  if (!sheets.some((sheet) => isBulk(sheet.rows))) return reproducible(file, properties.at)
  const entries = readZip(file)
  for (const [index, sheet] of sheets.entries())
    if (isBulk(sheet.rows))
      insertRows(
        entries.find((entry) => entry.name === `xl/worksheets/sheet${index + 1}.xml`)!,
        sheet,
      )
  return writeZip(fixDates(entries, properties.at))
}

const isBulk = (rows: readonly unknown[]) => rows.length >= bulkFrom
const columnName = (index: number) => String.fromCharCode(65 + index)
/** Puts the rows of a bulk sheet behind its head. */
function insertRows(entry: ZipEntry, { head, rows }: Sheet): void {
  const xml = entry.data.toString("utf8")
  // The look of a cell is the one its column was given.
  const style = /<col [^>]*style="(\d+)"/.exec(xml)?.[1] ?? "0"
  const cellXml = (cell: Cell, place: string) =>
    cell === null
      ? ""
      : typeof cell === "number"
        ? `<c r="${place}" s="${style}"><v>${cell}</v></c>`
        : `<c r="${place}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(inert(cell))}</t></is></c>`
  const text = rows
    .map((row, index) => `<row r="${index + 2}">${row.map((cell, column) => cellXml(cell, `${columnName(column)}${index + 2}`)).join("")}</row>`)
    .join("")
  const end = xml.indexOf("</sheetData>")
  entry.data = Buffer.from(
    (xml.slice(0, end) + text + xml.slice(end)).replace(
      /<dimension ref="[^"]*"\/>/,
      `<dimension ref="A1:${columnName(head.length - 1)}${rows.length + 1}"/>`,
    ),
  )
}

export function figureSheets(f: Figures): Sheet[] {
  const names = new Map(f.units.map((unit) => [unit.id, unit.name]))
  const level = new Map(f.units.map((unit) => [unit.id, levelWord[unit.level]]))
  return [
    {
      name: "Tổng hợp",
      head: ["Chỉ tiêu", "Kỳ này", "Kỳ trước", "Tăng, giảm"],
      widths: [48, 24, 18, 18],
      rows: [
        ["Kỳ báo cáo", f.period.label, null, null],
        ["Số liệu chốt lúc", cutoffText(f.cutoffAt), null, null],
        ["Tổng số đơn vị", f.coverage.total.value, null, null],
        ...f.changes.map((row): Cell[] =>
          row.key === "medianLag"
            ? [`${changeWord[row.key]} (phút)`, minutes(row.now), minutes(row.before), minutes(row.delta)]
            : [changeWord[row.key], row.now, row.before, row.delta],
        ),
      ],
    },
    {
      name: "Đơn vị",
      head: [
        "STT",
        "Mã đơn vị",
        "Đơn vị",
        "Nhóm",
        "Đã có tài khoản",
        "Số ngày quá hạn",
        "Kết quả",
        "Người phụ trách",
        "Tin, bài",
        "Lượt đăng",
        "Đã đăng",
        "Tạm giữ",
        "Không đăng được",
        "Đang chờ",
        "Trung vị (phút)",
        "Lâu nhất (phút)",
        "Bài gần nhất",
        "Đã đôn đốc (lần)",
        "Cảnh báo",
      ],
      widths: [6, 24, 36, 24, 12, 12, 16, 24, 10, 10, 10, 10, 12, 10, 12, 12, 14, 12, 10],
      rows: f.units.map((unit, index) => [
        index + 1,
        unit.id,
        unit.name,
        levelWord[unit.level],
        unit.hasAccount ? "Có" : "Chưa",
        unit.overdueDays,
        verdictWord[unit.verdict],
        unit.owner?.name ?? null,
        unit.seen,
        unit.deliveries,
        unit.published,
        unit.held,
        unit.refused,
        unit.waiting,
        minutes(unit.medianLagMs),
        minutes(unit.worstLagMs),
        date(unit.lastPostAt),
        unit.reminders.count,
        unit.alerts.length,
      ]),
    },
    {
      name: "Tài khoản",
      head: ["Đơn vị", "Nhóm", "Mã tài khoản", "Nền tảng", "Tên tài khoản", "Địa chỉ", "Chính danh", "Kết quả", "Người theo dõi", "Đã đăng"],
      widths: [36, 24, 28, 12, 36, 36, 16, 16, 14, 10],
      rows: f.units.flatMap((unit) =>
        unit.accounts.map((account): Cell[] => [
          unit.name,
          levelWord[unit.level],
          account.id,
          networkWord[account.network],
          account.name,
          account.link,
          identityWord[account.identity]!,
          verdictWord[account.verdict],
          account.followers,
          account.published,
        ]),
      ),
    },
    {
      name: "Chưa đạt",
      head: ["Đơn vị", "Nhóm", "Nội dung", "Quy tắc", "Mức độ", "Tài khoản", "Đề nghị", "Căn cứ", "Từ ngày", "Số ngày"],
      widths: [36, 24, 26, 12, 16, 28, 60, 50, 14, 10],
      rows: f.units.flatMap((unit) =>
        unit.findings.map((finding): Cell[] => [
          unit.name,
          levelWord[unit.level],
          groupWord[finding.group],
          finding.rule,
          verdictWord[finding.severity],
          finding.account,
          finding.message,
          finding.basis,
          date(finding.since),
          finding.ageDays,
        ]),
      ),
    },
    {
      name: "Đôn đốc",
      head: ["STT", "Đơn vị", "Nhóm", "Lý do", "Quy tắc", "Số ngày", "Đã đôn đốc (lần)", "Lần gần nhất", "Bước tiếp theo", "Từ ngày"],
      widths: [6, 36, 24, 24, 30, 10, 14, 14, 24, 14],
      rows: f.laggards.map((row, index) => [
        index + 1,
        row.unit,
        level.get(row.unitId) ?? null,
        row.reason === "no_account" ? "Chưa có tài khoản" : "Còn vi phạm",
        row.rules.join(", "),
        row.ageDays,
        row.reminders,
        date(row.lastReminderAt),
        nextStep(row),
        date(row.nextAt),
      ]),
    },
    {
      name: "Sổ đối soát",
      head: ["Sổ", "Trạng thái", ...f.ledger.networks.map((entry) => networkWord[entry.network]), "Cộng"],
      widths: [16, 44, ...f.ledger.networks.map(() => 14), 14],
      rows: [
        ...articleStates.map((state): Cell[] => [
          "Tin, bài",
          articleWord[state],
          ...f.ledger.networks.map(() => null),
          f.ledger.articles[state].value,
        ]),
        ["Tin, bài", "Tổng số", ...f.ledger.networks.map(() => null), f.ledger.seen.value],
        ...deliveryStates.map((state): Cell[] => [
          "Lượt đăng",
          deliveryWord[state],
          ...f.ledger.networks.map((entry) => entry.states[state]),
          f.ledger.states[state].value,
        ]),
        ["Lượt đăng", "Tổng số", ...f.ledger.networks.map((entry) => entry.total), f.ledger.deliveries.value],
      ],
    },
    {
      name: "Tiếp cận",
      head: ["Nền tảng", "Chỉ số", "Giá trị", "Cách tính", "Tài khoản có số liệu", "Tài khoản không có số liệu"],
      widths: [14, 40, 16, 44, 18, 18],
      rows: f.reach.networks.flatMap((network) =>
        network.metrics.map((metric): Cell[] => [
          networkWord[network.network],
          metricWord(metric.metric),
          metric.value.value,
          metric.unique ? "Số người: giá trị cao nhất của một tài khoản, không cộng" : "Cộng các ngày, các tài khoản",
          metric.value.rows?.length ?? 0,
          metric.withoutData,
        ]),
      ),
    },
    {
      name: "Cảnh báo",
      head: ["Mã", "Thời điểm", "Mức độ", "Loại", "Đơn vị", "Tài khoản", "Nội dung", "Tình trạng", "Số lần"],
      widths: [28, 18, 14, 26, 36, 28, 60, 14, 8],
      rows: f.alerts.rows.map((row) => [
        row.id,
        vnDateTime(row.raisedAt),
        severityWord[row.severity],
        kindWord(row.kind),
        row.unit ? (names.get(row.unit) ?? row.unit) : null,
        row.account,
        row.summary,
        alertStateWord[row.state],
        row.count,
      ]),
    },
    ...(f.ledger.trace.length ? [traceSheet(f, names)] : []),
    {
      name: "Nguồn số liệu",
      head: ["Số liệu", "Giá trị", "Được đếm từ", "Mã các dòng"],
      widths: [36, 14, 70, 80],
      rows: [
        ...tracedFigures(f).map(({ path, figure }): Cell[] => [path, figure.value, figure.query, figure.rows?.join(", ") ?? null]),
        ...Object.entries(f.unitQueries).map(([column, query]): Cell[] => [`units.${column}`, null, query, null]),
      ],
    },
  ]
}

/** Every article and delivery behind the sums of the ledger, one a row. */
const traceSheet = (f: Figures, names: Map<string, string>): Sheet => ({
  name: "Các dòng đã đếm",
  head: ["Sổ", "Đơn vị", "Tài khoản", "Trạng thái", "Mã dòng"],
  widths: [14, 36, 30, 30, 30],
  rows: f.ledger.trace.flatMap(({ book, unitId, accountId, state, rows }) =>
    rows.map((id): Cell[] => [
      book === "articles" ? "Tin, bài" : "Lượt đăng",
      names.get(unitId) ?? unitId,
      accountId,
      (book === "articles" ? articleWord : (deliveryWord as Record<string, string>))[state as never] ?? state,
      id,
    ]),
  ),
})

/** Only what concerns some units: one unit, or one branch. */
export function unitSheets(f: Figures, wanted: (unit: UnitRow) => boolean): Sheet[] {
  const units = f.units.filter(wanted)
  const ids = new Set(units.map((unit) => unit.id))
  return figureSheets({ ...f, units, laggards: f.laggards.filter((row) => ids.has(row.unitId)) }).filter((sheet) =>
    ["Đơn vị", "Tài khoản", "Chưa đạt", "Đôn đốc"].includes(sheet.name),
  )
}

export function scoreSheets(scores: Scores): Sheet[] {
  return [
    {
      name: "Tổng hợp điểm",
      head: ["STT", "Đơn vị", "Phụ lục", "Điểm đề xuất", "Điểm còn cần người chấm", "Điểm tối đa", "Quy đổi khi không có phản ánh"],
      widths: [6, 40, 12, 14, 18, 12, 18],
      rows: scores.units.map((unit, index) => [index + 1, unit.unit, unit.table, unit.proposed, unit.open, unit.scale, unit.scaled]),
    },
    {
      name: "Tiêu chí",
      head: ["Đơn vị", "TT", "Tiêu chí", "Điểm tối đa", "Điểm đề xuất", "Điểm chấm", "Căn cứ", "Ghi chú"],
      widths: [40, 12, 70, 12, 12, 12, 60, 40],
      rows: scores.units.flatMap((unit) =>
        unit.criteria.map((criterion): Cell[] => [
          unit.unit,
          criterion.number,
          criterion.text,
          criterion.max,
          criterion.proposed,
          null,
          criterion.proof,
          criterion.note,
        ]),
      ),
    },
  ]
}
