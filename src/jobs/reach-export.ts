/** The period of `loa reach show` as files: one workbook with a sheet a subject, or one CSV a subject. A missing number is an empty cell, never 0. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { MINUTE } from "../base/clock.ts"
import { fromIsoDate, vnDate, vnDateTime } from "../base/time.ts"
import { pageMetrics, type MetricName } from "../networks/index.ts"
import { writeXlsx } from "../reports/index.ts"
import type { ReachSummary } from "./reach-summary.ts"

export const reachFormats = ["csv", "xlsx"] as const
export type ReachFormat = (typeof reachFormats)[number]
type Cell = string | number | null
interface Sheet {
  name: string
  /** Part of the CSV's file name. */
  file: string
  head: string[]
  widths: number[]
  rows: Cell[][]
}

const verdictWords: Record<string, string> = {
  ok: "",
  dead: "chỉ số đã bị nền tảng bỏ",
  forbidden: "không có quyền đọc",
  too_small: "trang quá ít người theo dõi",
}
const kindWords = { sum: "cộng được", unique: "số người, không cộng", level: "mức tại thời điểm" }
const minutes = (ms: number | null) => (ms === null ? null : Math.round((ms / MINUTE) * 10) / 10)
const percent = (share: number | null) => (share === null ? null : Math.round(share * 1_000) / 10)
const weekdays = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"]

const meanings: Record<MetricName["meaning"], string> = {
  views: "lượt xem",
  reach: "số người xem",
  engagement: "lượt tương tác",
  followers: "người theo dõi",
  follows: "lượt theo dõi mới",
  unfollows: "người bỏ theo dõi",
  visits: "lượt vào trang",
  clicks: "lượt bấm",
  video_views: "lượt xem video",
  reactions: "lượt bày tỏ cảm xúc",
  activity: "lượt thích, bình luận, chia sẻ",
}
const ownMeanings: Record<string, string> = { total_view: "lượt xem bài viết", total_share: "lượt chia sẻ bài viết" }
const meaningOf = (name: string) => {
  const known = pageMetrics.find((metric) => metric.name === name)
  return known ? meanings[known.meaning] : (ownMeanings[name] ?? "")
}

/** `unitName`: official names beside the ids. */
export function reachSheets(summary: ReachSummary, unitName: (id: string) => string): Sheet[] {
  return [
    {
      name: "Theo ngày", file: "theo-ngay",
      head: ["Đơn vị", "Tài khoản", "Nền tảng", "Chỉ số", "Ý nghĩa", "Ngày", "Giá trị", "Cách hiểu", "Vì sao trống"],
      widths: [36, 28, 12, 36, 26, 14, 14, 22, 30],
      // Facebook measures US Pacific days, Zalo's counters are cut into days of Vietnam.
      rows: summary.rows.flatMap((row) =>
        row.days.map(({ day, value }): Cell[] => {
          const about = [unitName(row.unit), row.account, row.network, row.metric, meaningOf(row.metric), vnDate(fromIsoDate(day))]
          return [...about, value, kindWords[row.kind], value === null ? verdictWords[row.verdict] || "chưa có số liệu" : ""]
        }),
      ),
    },
    {
      name: "Tài khoản", file: "tai-khoan",
      head: [
        "Đơn vị",
        "Tài khoản",
        "Nền tảng",
        "Người theo dõi",
        "Bài đã đăng",
        "Bài mỗi tuần",
        "Bài biết giờ Cổng",
        "Trễ trung vị (phút)",
        "Trễ p95 (phút)",
        "Trong 15 phút (%)",
        "Không đăng trong kỳ",
        "Số ngày từ bài cuối",
      ],
      widths: [36, 28, 12, 14, 12, 12, 12, 14, 14, 14, 14, 14],
      rows: summary.accounts.map(({ lag, ...row }) => [
        unitName(row.unit), row.account, row.network, row.followers, row.posts, row.postsPerWeek, lag.count, minutes(lag.p50Ms), minutes(lag.p95Ms),
        percent(lag.within15), row.silent ? "có" : "", row.silentDays,
      ]),
    },
    {
      name: "Bài đăng",
      file: "bai-dang",
      head: [
        "Tài khoản",
        "Nền tảng",
        "Tiêu đề",
        "Địa chỉ trên Cổng",
        "Cổng đăng lúc",
        "Mạng xã hội đăng lúc",
        "Trễ (phút)",
        "Lượt xem",
        "Đo sau (giờ)",
      ],
      widths: [28, 12, 60, 50, 18, 18, 12, 12, 12],
      rows: summary.posts.map((post) => {
        const portalAt = post.portalAt === null ? null : vnDateTime(post.portalAt)
        return [post.account, post.network, post.title, post.url, portalAt, vnDateTime(post.publishedAt), minutes(post.lagMs), post.views, post.age]
      }),
    },
    {
      name: "Nhịp đăng", file: "nhip-dang",
      head: ["Tài khoản", "Nền tảng", ...weekdays, ...Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")} giờ`)],
      widths: [28, 12, ...Array<number>(31).fill(9)],
      rows: summary.accounts.map((row) => [row.account, row.network, ...row.weekdays, ...row.hours]),
    },
  ]
}

export async function exportReach(
  summary: ReachSummary,
  unitName: (id: string) => string,
  folder: string,
  formats: readonly ReachFormat[],
): Promise<string[]> {
  const sheets = reachSheets(summary, unitName)
  const stem = `tiep-can-${summary.from}-${summary.to}`
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  const write = async (name: string, bytes: string | Buffer) => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    files.push(path)
  }
  for (const format of formats) {
    // The same figures give the same bytes: the file is dated by its period.
    if (format === "xlsx")
      await write(
        `${stem}.xlsx`,
        await writeXlsx(sheets, {
          title: `Lượt tiếp cận từ ${summary.from} đến ${summary.to}`,
          creator: "Loa",
          at: Date.parse(`${summary.to}T00:00:00Z`),
        }),
      )
    else for (const sheet of sheets) await write(`${stem}-${sheet.file}.csv`, toCsv(sheet.head, sheet.rows))
  }
  return files
}

/** With a byte-order mark, so that a spreadsheet reads it as UTF-8; text never becomes a formula. */
export function toCsv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell) =>
    value === null ? "" : typeof value === "number" ? String(value) : `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`
  return `\uFEFF${[head, ...rows].map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`
}
