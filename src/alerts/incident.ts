/** The incident file for the police: what was seen, when, by which answer; one ZIP whose contents are named by their hashes. */
import { sha256 } from "../base/hash.ts"
import { redact } from "../base/log.ts"
import { vnDateTime } from "../base/time.ts"
import { writeZip, type ZipEntry } from "../base/zip.ts"
import { alertKindWord, type Alert } from "../model/index.ts"
import { severityWords } from "./tell.ts"

export interface TimelineEntry {
  at: number
  /** One Vietnamese sentence. */
  text: string
  /** Where it can be looked up, e.g. "audit_log 42". */
  source: string
}
export interface IncidentParts {
  alert: Alert
  unit: string
  madeAt: number
  madeBy: string
  timeline: TimelineEntry[]
  /** Name → anything that becomes JSON: profile snapshots, posts, deliveries, audit rows, webhook events. */
  documents: Record<string, unknown>
  /** What people did and must still do, as lines of the front page. */
  remarks?: string[]
  /** Pictures and other bytes, as they were received. */
  files?: ZipEntry[]
}

/** What a document holds, for the list on the front page. */
const contents: Record<string, string> = {
  "ho-so-tai-khoan": "các lần Loa đọc hồ sơ tài khoản trên nền tảng, kèm câu trả lời nguyên trạng",
  "lich-su-ten-anh": "lịch sử tên, địa chỉ, ảnh đại diện đã ghi nhận",
  "nhat-ky": "nhật ký thao tác của Loa và của người dùng (chuỗi băm nối tiếp)",
  "bai-dang": "bài Loa đã đăng, đang chờ đăng lên tài khoản quanh thời điểm sự cố",
  "su-kien-webhook": "sự kiện nền tảng gửi đến",
  "da-bao-tin": "đã báo cho ai, qua kênh nào, lúc nào",
  "chuyen-cap": "đã chuyển lên cấp nào, lúc nào",
  "canh-bao-lien-quan": "các cảnh báo khác của cùng tài khoản, cùng đơn vị quanh thời điểm này",
  "trang-nghi-mao-danh": "trang bị phản ánh: tên, địa chỉ, kết quả xét",
  "tin-bi-giu": "tin, bài của Cổng bị giữ hoặc bị chặn",
}
const isEmpty = (value: unknown) => value === null || value === undefined || (Array.isArray(value) && value.length === 0)

/** The same parts give the same bytes. */
export function incidentFile({ alert, unit, madeAt, madeBy, timeline, documents, remarks = [], files = [] }: IncidentParts): Buffer {
  const kept = Object.entries(documents).filter(([, value]) => !isEmpty(value))
  const sorted = timeline.toSorted((a, b) => a.at - b.at || (a.source < b.source ? -1 : 1))
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
  const head = ["Giờ Việt Nam", "Giờ UTC", "Diễn biến", "Nguồn"]
  const rows = sorted.map(({ at, text, source }) => [vnDateTime(at), new Date(at).toISOString(), text, source])
  const csv = `\uFEFF${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}`
  const lines = sorted.map(({ at, text, source }) => `${vnDateTime(at)} (${new Date(at).toISOString()})  ${text}  [${source}]`)
  const entries: ZipEntry[] = [
    entry(
      "DOC-TRUOC.txt",
      [
        "HỒ SƠ SỰ CỐ AN TOÀN THÔNG TIN",
        `Cảnh báo: ${alert.id} – ${alertKindWord(alert.kind)} (${alert.kind}) – mức ${severityWords[alert.severity].toLowerCase()}`,
        `Nội dung: ${alert.summary}`,
        `Đơn vị: ${unit}${alert.account ? `; tài khoản: ${alert.account}` : ""}`,
        `Phát hiện: ${vnDateTime(alert.raisedAt)}; thấy lần cuối: ${vnDateTime(alert.lastSeenAt)}; số lần: ${alert.count}`,
        `Lập lúc ${vnDateTime(madeAt)} bởi ${madeBy}. Giờ Việt Nam; trong ngoặc là giờ UTC.`,
        ...remarks,
        "",
        "Trong hồ sơ:",
        "  dong-thoi-gian.txt, dong-thoi-gian.csv: diễn biến theo thời gian",
        "  canh-bao.json: cảnh báo với mọi lần nhìn thấy",
        ...kept.map(([name]) => `  ${name}.json: ${contents[name] ?? name}`),
        ...files.map(
          ({ name, data }) =>
            `  ${name}: ${data.length} byte, ${name.includes("-thu-nho") ? "bản thu nhỏ của ảnh có mã băm này" : "nguyên trạng như nhận được"}`,
        ),
        "",
        "Các tệp JSON là dữ liệu nguyên trạng trong cơ sở dữ liệu của Loa; SHA256SUMS.txt dùng để kiểm tra không bị sửa (sha256sum -c SHA256SUMS.txt).",
      ].join("\n"),
    ),
    entry("dong-thoi-gian.txt", lines.join("\n")),
    entry("canh-bao.json", json(alert)),
    entry("dong-thoi-gian.csv", csv),
    ...kept.map(([name, value]) => entry(`${name}.json`, json(value))),
    ...files,
  ]
  const sums = entries.map(({ name, data }) => `${sha256(data)}  ${name}`).join("\n")
  return writeZip([...entries, entry("SHA256SUMS.txt", sums)])
}

const entry = (name: string, text: string): ZipEntry => ({ name, data: Buffer.from(`${text}\n`) })
const json = (value: unknown) => redact(JSON.stringify(value, null, 2))
