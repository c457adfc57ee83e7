/** The tables and charts a template may name, each drawn from the figures. Rows keep the registry's order. */
import { vnDate, vnDateTime } from "../base/time.ts"
import { alertSeverities } from "../model/alert.ts"
import { articleStates } from "../model/article.ts"
import { deliveryStates } from "../model/delivery.ts"
import { ruleGroup } from "./count-compliance.ts"
import type { Align, BarsBlock, Block, TableBlock } from "./document.ts"
import type { Figures, UnitRow } from "./figures.ts"
import { change, count, defang, duration, noData, number, percent } from "./format.ts"
import {
  alertStateWord,
  articleWord,
  causeWord,
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

const groupsOf = (rules: readonly string[]) => [...new Set(rules.map((rule) => groupWord[ruleGroup(rule)].toLowerCase()))]

type Column<T> = [head: string, width: number, align: Align, cell: (row: T, index: number) => string]

function table<T>(rows: T[], columns: Column<T>[], options: { total?: string[]; empty?: string } = {}): TableBlock {
  const cells = rows.map((row, index) => columns.map(([, , , cell]) => cell(row, index)))
  if (options.total) cells.push(options.total)
  return {
    kind: "table",
    head: columns.map(([head]) => head),
    widths: columns.map(([, width]) => width),
    align: columns.map(([, , align]) => align),
    rows: cells,
    ...(options.total ? { total: true } : {}),
    ...(options.empty ? { empty: options.empty } : {}),
  }
}
const ordinal = <T>(): Column<T> => ["STT", 5, "center", (_, index) => String(index + 1)]
const day = (at: number | null) => (at === null ? "" : vnDate(at))
const bars = (title: string, entries: { label: string; value: number; shown?: string }[], max?: number): BarsBlock => ({
  kind: "bars",
  title,
  max: max ?? Math.max(1, ...entries.map((entry) => entry.value)),
  bars: entries.map((entry) => ({ label: entry.label, value: entry.value, shown: entry.shown ?? number(entry.value) })),
})

function coverage({ coverage }: Figures): TableBlock {
  type Row = (typeof coverage.levels)[number]
  return table<Row>(
    coverage.levels,
    [
      ["Nhóm đơn vị", 32, "left", (row) => levelWord[row.level]],
      ["Tổng số", 13, "center", (row) => number(row.total.value)],
      ["Đã có tài khoản", 15, "center", (row) => number(row.with.value)],
      ["Chưa có", 13, "center", (row) => number(row.without.value)],
      ["Quá hạn", 13, "center", (row) => number(row.overdue.value)],
      ["Tỷ lệ đã có", 14, "center", (row) => percent(row.with.value, row.total.value)],
    ],
    {
      total: [
        "Tổng cộng",
        number(coverage.total.value),
        number(coverage.with.value),
        number(coverage.without.value),
        number(coverage.overdue.value),
        percent(coverage.with.value, coverage.total.value),
      ],
    },
  )
}

const compliance = ({ compliance }: Figures) =>
  table(compliance.groups, [
    ["Nội dung kiểm tra", 46, "left", (row) => groupWord[row.group]],
    ["Vi phạm", 18, "center", (row) => number(row.violation.value)],
    ["Khuyến nghị", 18, "center", (row) => number(row.advice.value)],
    ["Nghi mạo danh", 18, "center", (row) => number(row.suspect.value)],
  ])

const changes = ({ changes }: Figures) =>
  table(changes, [
    ["Chỉ tiêu", 40, "left", (row) => changeWord[row.key]],
    ["Kỳ này", 20, "center", (row) => (row.key === "medianLag" ? duration(row.now) : number(row.now))],
    ["Kỳ trước", 20, "center", (row) => (row.key === "medianLag" ? duration(row.before) : number(row.before))],
    [
      "Tăng, giảm",
      20,
      "center",
      (row) => (row.key === "medianLag" && row.delta ? `${row.delta > 0 ? "tăng" : "giảm"} ${duration(Math.abs(row.delta))}` : change(row.delta)),
    ],
  ])

function ledger({ ledger }: Figures): TableBlock {
  const networks = ledger.networks
  return table(
    [...deliveryStates],
    [
      ["Trạng thái lượt đăng", 40, "left", (state) => deliveryWord[state]],
      ...networks.map((network): Column<(typeof deliveryStates)[number]> => [
        networkWord[network.network],
        20,
        "center",
        (state) => number(network.states[state]),
      ]),
      ["Cộng", 20, "center", (state) => number(ledger.states[state].value)],
    ],
    { total: ["Tổng số lượt", ...networks.map((network) => number(network.total)), number(ledger.deliveries.value)] },
  )
}
const articles = ({ ledger }: Figures) =>
  table(
    [...articleStates],
    [
      ["Trạng thái tin, bài lấy từ Cổng", 70, "left", (state) => articleWord[state]],
      ["Số tin, bài", 30, "center", (state) => number(ledger.articles[state].value)],
    ],
    { total: ["Tổng số", number(ledger.seen.value)] },
  )
const causes = ({ ledger }: Figures) =>
  table(
    ledger.causes,
    [
      ordinal(),
      ["Nguyên nhân", 45, "left", (row) => causeWord(row.code)],
      ["Trạng thái", 30, "left", (row) => deliveryWord[row.state]],
      ["Số lượt", 20, "center", (row) => number(row.count)],
    ],
    { empty: "Không có lượt đăng bị tạm giữ, từ chối hoặc lỗi trong kỳ." },
  )

const reach = ({ reach }: Figures) =>
  table(
    reach.networks.flatMap((network) => network.metrics.map((metric) => ({ network: network.network, ...metric }))),
    [
      ["Nền tảng", 15, "left", (row) => networkWord[row.network]],
      ["Chỉ số", 37, "left", (row) => metricWord(row.metric) + (row.unique ? " (số người, không cộng dồn)" : "")],
      [
        "Giá trị",
        18,
        "center",
        (row) => (row.value.value === null ? noData : row.unique ? `cao nhất ${number(row.value.value)}` : number(row.value.value)),
      ],
      ["Tài khoản có số liệu", 15, "center", (row) => number(row.value.rows?.length ?? 0)],
      ["Tài khoản không có số liệu", 15, "center", (row) => number(row.withoutData)],
    ],
    { empty: "Các nền tảng chưa cung cấp số liệu tiếp cận trong kỳ." },
  )

interface AccountLine {
  unit: UnitRow
  account: UnitRow["accounts"][number] | null
}
const reasons = ({ unit, account }: AccountLine) => unit.findings.filter((finding) => finding.account === (account?.id ?? null))
const units = ({ units }: Figures) => {
  const lines = units.flatMap((unit): AccountLine[] =>
    unit.accounts.length ? unit.accounts.map((account) => ({ unit, account })) : [{ unit, account: null }],
  )
  return table<AccountLine>(lines, [
    ordinal(),
    ["Đơn vị", 20, "left", ({ unit }) => unit.name],
    ["Nền tảng", 8, "center", ({ account }) => (account ? networkWord[account.network] : "–")],
    ["Tên tài khoản", 18, "left", ({ account }) => (account ? defang(account.name) : "Chưa có tài khoản")],
    ["Chính danh", 9, "center", ({ account }) => (account ? identityWord[account.identity]! : "–")],
    [
      "Kết quả",
      9,
      "center",
      ({ unit, account }) =>
        account ? verdictWord[account.verdict] : unit.overdueDays !== null ? `Quá hạn ${number(unit.overdueDays)} ngày` : "Chưa có",
    ],
    ["Lý do", 12, "left", (line) => [...new Set(reasons(line).map((finding) => groupWord[finding.group]))].join("; ")],
    ["Đề nghị", 19, "left", (line) => defang(reasons(line).map((finding) => finding.message).join(" "))],
  ])
}
const activity = ({ units }: Figures) =>
  table(units, [
    ordinal(),
    ["Đơn vị", 25, "left", (unit) => unit.name],
    ["Tin, bài trên Cổng", 9, "center", (unit) => number(unit.seen)],
    ["Lượt đăng", 8, "center", (unit) => number(unit.deliveries)],
    ["Đã đăng", 8, "center", (unit) => number(unit.published)],
    ["Tạm giữ", 8, "center", (unit) => number(unit.held)],
    ["Không đăng được", 8, "center", (unit) => number(unit.refused)],
    ["Đang chờ", 8, "center", (unit) => number(unit.waiting)],
    ["Thời gian đăng trung vị", 10, "center", (unit) => (unit.medianLagMs === null ? "–" : duration(unit.medianLagMs))],
    ["Bài gần nhất", 11, "center", (unit) => day(unit.lastPostAt) || "–"],
  ])

const laggards = ({ laggards }: Figures) =>
  table(
    laggards,
    [
      ordinal(),
      ["Đơn vị", 24, "left", (row) => row.unit],
      [
        "Nội dung chưa thực hiện",
        25,
        "left",
        (row) =>
          [
            row.reason === "no_account" ? "Chưa có tài khoản" : "",
            row.rules.some((rule) => rule !== "ACC-1")
              ? `Chưa khắc phục: ${groupsOf(row.rules.filter((rule) => rule !== "ACC-1")).join(", ")}`
              : "",
          ]
            .filter(Boolean)
            .join("; "),
      ],
      ["Số ngày", 8, "center", (row) => number(row.ageDays)],
      ["Đã đôn đốc", 9, "center", (row) => (row.reminders ? `${count(row.reminders)} lần` : "Chưa")],
      ["Lần gần nhất", 11, "center", (row) => day(row.lastReminderAt) || "–"],
      ["Bước tiếp theo", 18, "left", nextStep],
    ],
    { empty: "Không có đơn vị cần đôn đốc." },
  )

const alerts = ({ alerts, units }: Figures) => {
  const names = new Map(units.map((unit) => [unit.id, unit.name]))
  return table(
    alerts.rows,
    [
      ordinal(),
      ["Thời điểm", 12, "center", (row) => vnDateTime(row.raisedAt)],
      ["Mức độ", 10, "center", (row) => severityWord[row.severity]],
      ["Loại", 16, "left", (row) => kindWord(row.kind)],
      ["Đơn vị", 17, "left", (row) => (row.unit ? (names.get(row.unit) ?? row.unit) : "–")],
      ["Nội dung", 30, "left", (row) => defang(row.summary)],
      ["Tình trạng", 10, "center", (row) => alertStateWord[row.state]],
    ],
    { empty: "Không có cảnh báo trong kỳ." },
  )
}

export const reportBlocks: Record<string, (figures: Figures) => Block> = {
  "tài khoản theo nhóm đơn vị": coverage,
  "kết quả kiểm tra theo nội dung": compliance,
  "so với kỳ trước": changes,
  "sổ đối soát lượt đăng": ledger,
  "sổ đối soát tin, bài": articles,
  "nguyên nhân không đăng": causes,
  "tiếp cận": reach,
  "danh sách tài khoản": units,
  "hoạt động theo đơn vị": activity,
  "đơn vị cần đôn đốc": laggards,
  "đơn vị cần báo cáo lãnh đạo": (figures) => laggards({ ...figures, laggards: figures.laggards.filter((row) => row.escalate) }),
  "cảnh báo": alerts,
  "biểu đồ tỷ lệ đã có tài khoản": ({ coverage }) =>
    bars(
      "Tỷ lệ đơn vị đã có tài khoản Facebook hoặc Zalo",
      coverage.levels.map((row) => ({
        label: levelWord[row.level],
        value: row.total.value ? row.with.value! / row.total.value : 0,
        shown: `${percent(row.with.value, row.total.value)} (${number(row.with.value)}/${number(row.total.value)})`,
      })),
      1,
    ),
  "biểu đồ kết quả kiểm tra": ({ compliance: c }) =>
    bars("Tài khoản theo kết quả kiểm tra", [
      { label: verdictWord.pass, value: c.pass.value! },
      { label: verdictWord.advice, value: c.advice.value! },
      { label: verdictWord.violation, value: c.violation.value! },
      { label: verdictWord["impersonation-suspect"], value: c.suspect.value! },
      { label: verdictWord.unchecked, value: c.unchecked.value! },
    ]),
  "biểu đồ thời gian đăng": ({ lag }) =>
    bars(
      "Số bài đăng theo thời gian từ Cổng đến mạng xã hội",
      lag.spread.map((entry) => ({ label: entry.label, value: entry.count })),
    ),
  "biểu đồ đơn vị chậm nhất": ({ laggards }) =>
    bars(
      "Số ngày chưa thực hiện của các đơn vị chậm nhất",
      laggards
        .slice(0, 10)
        .map((row) => ({ label: row.unit, value: row.ageDays, shown: `${number(row.ageDays)} ngày; đã đôn đốc ${count(row.reminders)} lần` })),
    ),
  "biểu đồ cảnh báo": ({ alerts }) =>
    bars(
      "Cảnh báo phát sinh trong kỳ theo mức độ",
      alertSeverities.map((severity) => ({ label: severityWord[severity], value: alerts.raised[severity].value! })),
    ),
}
