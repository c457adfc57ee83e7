import { join, resolve } from "node:path"
import { vnDate } from "../base/time.ts"
import { reportFormats, writeFiles, type MadeReport, type Reports, type ReportFormat, type ReportKind } from "../reports/index.ts"
import type { Command, Text } from "./command.ts"
import { writableFolder } from "./words.ts"
import { reportDeskCommands } from "./report-desk.ts"

const names: Record<ReportKind, Text> = {
  weekly: { vi: "Báo cáo tuần về tài khoản mạng xã hội", en: "weekly report on social-media accounts" },
  monthly: { vi: "Báo cáo tháng (trước ngày 15)", en: "monthly report (by the 15th)" },
  quarterly: { vi: "Báo cáo quý (trước ngày 20 tháng cuối quý)", en: "quarterly report (before the 20th of the last month)" },
  scoring: { vi: "Bảng chấm điểm tháng theo Kế hoạch số 65/KH-UBND", en: "monthly 100-point scoring of Plan 65" },
}
const periodForm: Record<ReportKind, string> = { weekly: "2026-W47", monthly: "2026-11", quarterly: "2026-Q4", scoring: "2026-11" }

function formatsOf(value: string | boolean | undefined): ReportFormat[] {
  if (typeof value !== "string") return [...reportFormats]
  const wanted = value.split(",").map((entry) => entry.trim().toLowerCase()).filter(Boolean)
  return reportFormats.filter((format) => wanted.includes(format))
}

/** The numbers a script looks at first. */
function headline({ figures, scores }: MadeReport) {
  if (scores) {
    return {
      units: scores.units.length,
      proposed: scores.units.reduce((sum, unit) => sum + unit.proposed, 0),
      open: scores.units.reduce((sum, unit) => sum + unit.open, 0),
    }
  }
  const { coverage, compliance, ledger, lag, alerts, laggards } = figures!
  return {
    units: coverage.total.value,
    with: coverage.with.value,
    without: coverage.without.value,
    overdue: coverage.overdue.value,
    overdueDays: coverage.overdueDays,
    violations: compliance.violation.value,
    advice: compliance.advice.value,
    suspects: compliance.suspect.value,
    seen: ledger.seen.value,
    deliveries: ledger.deliveries.value,
    states: Object.fromEntries(Object.entries(ledger.states).map(([state, figure]) => [state, figure.value])),
    balanced: ledger.balanced,
    medianLagMs: lag.median.value,
    worstLagMs: lag.worst.value,
    alerts: alerts.total.value,
    laggards: laggards.length,
  }
}

const reportCommand = (kind: ReportKind): Command => ({
  name: `report ${kind}`,
  summary: names[kind],
  options: {
    period: {
      type: "string",
      value: "PERIOD",
      help: {
        vi: `kỳ, ví dụ ${periodForm[kind]}; mặc định là kỳ gần nhất đã kết thúc`,
        en: `period, e.g. ${periodForm[kind]}; default: the latest that is over`,
      },
    },
    out: {
      type: "string",
      value: "DIR",
      help: { vi: "thư mục ghi tệp; mặc định LOA_DATA/reports", en: "folder for the files; default LOA_DATA/reports" },
    },
    format: {
      type: "string",
      value: "LIST",
      list: reportFormats,
      help: { vi: "docx,xlsx,pdf,html (mặc định: tất cả)", en: "docx,xlsx,pdf,html (default: all)" },
    },
    unit: { type: "string", value: "ID", help: { vi: "chỉ trang riêng của một đơn vị", en: "only the page of one unit" } },
  },
  async run({ values, app, cwd, lang, progress }) {
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const formats = formatsOf(values.format)
    const folder = await writableFolder(text("out") ? resolve(cwd, text("out")!) : join(app.config.dataDir, "reports"))
    const { reports }: { reports: Reports } = await app.open()
    const made = await reports.make(kind, { period: text("period"), unit: text("unit"), formats, progress })
    const paths = await writeFiles(made.files, folder)
    const files = made.files.map(({ format, name, sha256, bytes }, index) => ({ format, name, path: paths[index]!, sha256, bytes }))
    const figures = headline(made)
    const unbalanced = made.figures !== null && !made.figures.ledger.balanced
    const { period } = made
    const title =
      lang === "en"
        ? `${names[kind].en} ${period.id}, due ${vnDate(period.due)}`
        : `${names[kind].vi} ${period.label}, hạn gửi ngày ${vnDate(period.due)}`
    const late = (made.figures ?? made.scores)!.lateDays
    const warning = [
      ...(late ? [lang === "en" ? `Late by ${late} day(s).` : `Lập chậm ${late} ngày so với hạn.`] : []),
      ...(unbalanced ? [lang === "en" ? "The ledger does not balance: look at appendix IV." : "Sổ đối soát chưa cân: cần kiểm tra Phụ lục IV."] : []),
    ]
    return {
      exit: unbalanced ? 1 : 0,
      json: {
        kind,
        period: { id: period.id, from: period.from, to: period.to, due: period.due, label: period.label, lateDays: late },
        unit: made.unitId,
        run: made.runId,
        files,
        figures,
      },
      text: [title, ...files.map((file) => `  ${file.path}  sha256 ${file.sha256}`), ...warning].join("\n"),
    }
  },
})

export const reportCommands: Command[] = [...(["weekly", "monthly", "quarterly", "scoring"] as const).map(reportCommand), ...reportDeskCommands]
