import { writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { DAY } from "../base/clock.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { fromIsoDate, startOfDay, vnDate } from "../base/time.ts"
import { exportReach, reachFormats, reachSheets, toCsv, type ReachFormat } from "../jobs/reach-export.ts"
import { collectReach } from "../jobs/reach.ts"
import { lagWords, summariseReach, type AccountView, type ReachRowView, type ReachSummary } from "../jobs/reach-summary.ts"
import type { Command } from "./command.ts"
import { table, writableFolder } from "./words.ts"

const verdictWords: Record<string, string> = {
  ok: "",
  dead: "chỉ số đã bị nền tảng bỏ",
  forbidden: "không có quyền đọc",
  too_small: "trang quá ít người theo dõi",
}

const kindWords: Record<ReachRowView["kind"], string> = { sum: "", unique: " (ngày cao nhất)", level: " (mới nhất)" }

const collect: Command = {
  name: "reach collect",
  summary: { vi: "Thu thập lượt tiếp cận, người theo dõi từ các nền tảng", en: "Collect reach and followers from the networks" },
  async run({ app, signal }) {
    const tally = await collectReach(await app.open({ work: true }), signal)
    const { ok, dead, forbidden, too_small, failed } = tally.metrics
    const text = [
      `${tally.accounts} tài khoản: ${tally.followers} số người theo dõi, ${tally.articles} bài Zalo, ${tally.snapshots} lần đo bài đăng`,
      `Chỉ số trang: ${ok} đọc được, ${dead} đã bỏ, ${forbidden} không có quyền, ${too_small} trang quá nhỏ, ${failed} chưa đọc được`,
    ].join("\n")
    return { exit: failed ? 1 : 0, json: tally, text }
  },
}

const show: Command = {
  name: "reach show",
  summary: {
    vi: "Lượt tiếp cận, độ trễ, nhịp đăng, bài nổi bật; biểu đồ nhỏ; xuất CSV, XLSX",
    en: "Reach, lag, rhythm, best posts with a small chart; CSV and XLSX export",
  },
  positionals: "[ACCOUNT]",
  options: {
    from: { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "ngày đầu; mặc định 28 ngày trước", en: "first day; default 28 days ago" } },
    to: { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "ngày cuối; mặc định hôm nay", en: "last day; default today" } },
    metric: { type: "string", value: "NAME", help: { vi: "chỉ chỉ số này", en: "only this metric" } },
    format: {
      type: "string",
      list: reachFormats,
      value: "LIST",
      help: { vi: "csv,xlsx: ghi ra tệp (mặc định khi có --out: xlsx)", en: "csv,xlsx: write files (default with --out: xlsx)" },
    },
    out: { type: "string", value: "DIR", help: { vi: "thư mục ghi tệp; mặc định thư mục hiện hành", en: "folder of the files; default here" } },
    csv: { type: "string", value: "FILE", help: { vi: "ghi từng ngày ra một tệp CSV", en: "write the days to one CSV file" } },
  },
  async run({ app, positionals, values, cwd }) {
    const rooms = await app.open()
    const account = positionals[0]
    if (account && !rooms.view().accountById(account)) throw new NotFoundError("account", account)
    const dayOf = (name: "from" | "to", fallback: number) => {
      const text = values[name]
      if (typeof text !== "string") return fallback
      const at = fromIsoDate(text)
      if (Number.isNaN(at)) throw new UsageError("date_wrong", `--${name} ${text}: expected YYYY-MM-DD`, { found: text })
      return at
    }
    const today = startOfDay(app.clock.now())
    const from = dayOf("from", today - 27 * DAY)
    const to = dayOf("to", today) + DAY
    if (to <= from) throw new UsageError("date_wrong", "--to is before --from")
    const whole = await summariseReach(rooms, { from, to, account })
    const summary = values.metric ? { ...whole, rows: whole.rows.filter((row) => row.metric === values.metric) } : whole
    const unitName = (id: string) => rooms.view().unitById(id)?.name ?? id
    const formats = formatsOf(values.format, values.out !== undefined)
    const folder = typeof values.out === "string" ? resolve(cwd, values.out) : cwd
    const files = formats.length ? await exportReach(summary, unitName, await writableFolder(folder), formats) : []
    if (typeof values.csv === "string") {
      const [days] = reachSheets(summary, unitName)
      files.push(resolve(cwd, values.csv))
      await writeFile(files.at(-1)!, toCsv(days!.head, days!.rows))
    }
    return {
      json: { ...summary, files },
      text: [shown(summary), ...(files.length ? ["", "Đã ghi:", ...files.map((file) => `  ${file}`)] : [])].join("\n"),
    }
  },
}

function formatsOf(value: string | boolean | undefined, wanted: boolean): ReachFormat[] {
  if (typeof value !== "string") return wanted ? ["xlsx"] : []
  const names = value
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean)
  return reachFormats.filter((format) => names.includes(format))
}

const bars = "▁▂▃▄▅▆▇█"
/** One character a day; a day without a number is a dot. */
function chart(days: readonly { value: number | null }[]): string {
  const most = Math.max(0, ...days.map((day) => day.value ?? 0))
  return days
    .slice(-60)
    .map(({ value }) => (value === null ? "·" : most === 0 ? bars[0] : bars[Math.round((value / most) * (bars.length - 1))]))
    .join("")
}
const number = (value: number | null) => (value === null ? "–" : value.toLocaleString("vi-VN"))

const share = (value: number | null) => (value === null ? "–" : `${Math.round(value * 100)} %`)

function shown({ from, to, rows, lag, accounts, best, worst }: ReachSummary): string {
  const parts = [`Từ ${vnDate(fromIsoDate(from))} đến ${vnDate(fromIsoDate(to))}`]
  const many = accounts.length > LISTED_MAX
  const shownRows = many ? byNetwork(rows) : rows
  parts.push(
    shownRows.length
      ? table([many ? "Mạng" : "Tài khoản", "Chỉ số", "Tổng", "Theo ngày"], shownRows.map(rowOf))
      : "Chưa có số liệu: hãy chạy `loa reach collect`.",
  )
  if (accounts.length) {
    const slowest = accounts.filter((row) => row.lag.p95Ms !== null).toSorted((a, b) => b.lag.p95Ms! - a.lag.p95Ms!)
    const listed = many ? slowest.slice(0, SLOWEST_SHOWN) : accounts
    if (many) parts.push(`${accounts.length} tài khoản; chậm nhất:`)
    parts.push(table(
      ["Tài khoản", "Theo dõi", "Bài", "Bài/tuần", "Theo giờ (0–23)", "Trễ trung vị", "Trễ p95", "≤ 15 phút"],
      listed.map(lineOf),
    ))
    const silent = accounts.filter((row) => row.silent)
    const names =
      many && silent.length
        ? `: ${silent
            .slice(0, LISTED_MAX)
            .map((row) => row.account)
            .join(", ")}${silent.length > LISTED_MAX ? " …" : ""}`
        : ""
    const delay = `${lag.count} bài, trung vị ${lagWords(lag.p50Ms)}, p95 ${lagWords(lag.p95Ms)}, trong 15 phút ${share(lag.within15)}`
    parts.push(`Độ trễ từ Cổng đến mạng xã hội: ${delay}.\nTài khoản không đăng bài nào: ${silent.length}/${accounts.length}${names}.`)
    if (many) parts.push("Đủ mọi tài khoản: loa reach show --format csv,xlsx --out THƯ-MỤC, hoặc loa reach show TÀI-KHOẢN.")
  }
  const list = (title: string, posts: ReachSummary["best"]) => {
    const lines = posts.map((post) => [number(post.views), post.network, post.account, lagWords(post.lagMs), post.title])
    return `${title}:\n${table(["Lượt xem", "Mạng", "Tài khoản", "Trễ", "Tiêu đề"], lines)}`
  }
  if (best.length) parts.push(list("Bài được xem nhiều nhất", best))
  if (worst.length) parts.push(list("Bài được xem ít nhất", worst))
  return parts.join("\n\n")
}
const rowOf = (row: ReachRowView) => [
  row.account, row.metric,
  row.total === null ? "–" : `${number(row.total)}${kindWords[row.kind]}`,
  row.total === null ? verdictWords[row.verdict] || "chưa có số liệu" : chart(row.days),
]
const lineOf = ({ lag, ...row }: AccountView) => [
  row.account, number(row.followers),
  row.silent ? silence({ lag, ...row }) : String(row.posts),
  String(row.postsPerWeek).replace(".", ","),
  row.silent ? "" : chart(row.hours.map((value) => ({ value }))),
  lagWords(lag.p50Ms), lagWords(lag.p95Ms), share(lag.within15),
]

/** More accounts than this are shown as totals per network. */
const LISTED_MAX = 30
const SLOWEST_SHOWN = 10

/** Amounts are added over accounts; of unique people the largest single account is shown, never a sum. */
function byNetwork(rows: readonly ReachRowView[]): ReachRowView[] {
  const groups = new Map<string, ReachRowView[]>()
  for (const row of rows) groups.set(`${row.network} ${row.metric}`, [...(groups.get(`${row.network} ${row.metric}`) ?? []), row])
  return [...groups.values()].map((own) => {
    const [{ network, metric, kind }] = own as [ReachRowView]
    const join = (values: readonly number[]) =>
      !values.length ? null : kind === "unique" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0)
    const days = new Map<string, number[]>()
    for (const { day, value } of own.flatMap((row) => row.days)) days.set(day, [...(days.get(day) ?? []), ...(value === null ? [] : [value])])
    const total = join(own.flatMap((row) => row.total ?? []))
    return {
      account: network,
      unit: "",
      network,
      metric,
      kind,
      total,
      verdict: own[0]!.verdict,
      days: [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, values]) => ({ day, value: join(values) })),
    }
  })
}

const silence = (row: AccountView) => (row.silentDays === null ? "chưa đăng" : `im ${row.silentDays} ngày`)

export const reachCommands: Command[] = [collect, show]
