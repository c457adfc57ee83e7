import { writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { DAY } from "../base/clock.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { fromIsoDate, startOfDay } from "../base/time.ts"
import { collectReach } from "../jobs/reach.ts"
import { summariseReach, type ReachRowView, type ReachSummary } from "../jobs/reach-summary.ts"
import type { Command } from "./command.ts"
import { table } from "./words.ts"

const verdictWords: Record<string, string> = { ok: "", dead: "chỉ số đã bị nền tảng bỏ", forbidden: "không có quyền đọc", too_small: "trang quá ít người theo dõi" }

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
  summary: { vi: "Xem lượt tiếp cận theo ngày, kèm biểu đồ; xuất CSV", en: "Reach by day with a small chart; CSV export" },
  positionals: "[ACCOUNT]",
  options: {
    from: { type: "string", value: "YYYY-MM-DD", help: { vi: "ngày đầu; mặc định 28 ngày trước", en: "first day; default 28 days ago" } },
    to: { type: "string", value: "YYYY-MM-DD", help: { vi: "ngày cuối; mặc định hôm nay", en: "last day; default today" } },
    metric: { type: "string", value: "NAME", help: { vi: "chỉ chỉ số này", en: "only this metric" } },
    csv: { type: "string", value: "FILE", help: { vi: "ghi từng ngày ra tệp CSV", en: "write the days to a CSV file" } },
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
    if (typeof values.csv === "string") await writeFile(resolve(cwd, values.csv), toCsv(summary.rows))
    return { json: summary, text: shown(summary) }
  },
}

/** With a byte-order mark, so that a spreadsheet reads it as UTF-8; a missing number is an empty cell, never 0. */
function toCsv(rows: ReachRowView[]): string {
  const cell = (value: string | number | null) => (value === null ? "" : typeof value === "number" ? String(value) : `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`)
  const lines = rows.flatMap((row) => row.days.map(({ day, value }) => [row.unit, row.account, row.network, row.metric, day, value, row.kind, row.verdict]))
  return `\uFEFF${[["unit", "account", "network", "metric", "day", "value", "kind", "verdict"], ...lines].map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`
}

const bars = "▁▂▃▄▅▆▇█"
/** One character a day; a day without a number is a dot. */
function chart(days: ReachRowView["days"]): string {
  const most = Math.max(0, ...days.map((day) => day.value ?? 0))
  return days.slice(-60).map(({ value }) => (value === null ? "·" : most === 0 ? bars[0] : bars[Math.round((value / most) * (bars.length - 1))])).join("")
}
const hours = (ms: number | null) => (ms === null ? "–" : ms < 3_600_000 ? `${Math.round(ms / 60_000)} phút` : `${(ms / 3_600_000).toFixed(1).replace(".", ",")} giờ`)
const number = (value: number | null) => (value === null ? "–" : value.toLocaleString("vi-VN"))

function shown({ from, to, rows, accounts, best, worst }: ReachSummary): string {
  const parts = [`Từ ${from} đến ${to}`]
  parts.push(
    rows.length
      ? table(["Tài khoản", "Chỉ số", "Tổng", "Theo ngày"], rows.map((row) => [row.account, row.metric, row.total === null ? "–" : `${number(row.total)}${kindWords[row.kind]}`, row.total === null ? verdictWords[row.verdict] || "chưa có số liệu" : chart(row.days)]))
      : "Chưa có số liệu: hãy chạy `loa reach collect`.",
  )
  if (accounts.length) parts.push(table(["Tài khoản", "Theo dõi", "Bài", "Bài/tuần", "Độ trễ trung vị"], accounts.map((row) => [row.account, number(row.followers), row.silent ? "không đăng" : String(row.posts), String(row.postsPerWeek).replace(".", ","), hours(row.medianLagMs)])))
  const list = (title: string, posts: ReachSummary["best"]) => [`${title}:`, ...posts.map((post) => `  ${number(post.views)}  ${post.account}  ${post.title}`)].join("\n")
  if (best.length) parts.push(list("Bài được xem nhiều nhất", best))
  if (worst.length) parts.push(list("Bài được xem ít nhất", worst))
  return parts.join("\n\n")
}

export const reachCommands: Command[] = [collect, show]
