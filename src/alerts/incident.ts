/** The incident file for the police: what was seen, when, by which answer; one ZIP whose contents are named by their hashes. */
import { sha256 } from "../base/hash.ts"
import { redact } from "../base/log.ts"
import { vnDateTime } from "../base/time.ts"
import { writeZip, type ZipEntry } from "../base/zip.ts"
import type { Alert } from "../model/index.ts"

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
}

/** The same parts give the same bytes. */
export function incidentFile({ alert, unit, madeAt, madeBy, timeline, documents }: IncidentParts): Buffer {
  const lines = timeline.toSorted((a, b) => a.at - b.at || (a.source < b.source ? -1 : 1)).map(({ at, text, source }) => `${vnDateTime(at)} (${new Date(at).toISOString()})  ${text}  [${source}]`)
  const entries: ZipEntry[] = [
    entry("DOC-TRUOC.txt", [
      "HỒ SƠ SỰ CỐ AN TOÀN THÔNG TIN",
      `Cảnh báo: ${alert.id} – ${alert.kind} – mức ${alert.severity}`,
      `Nội dung: ${alert.summary}`,
      `Đơn vị: ${unit}${alert.account ? `; tài khoản: ${alert.account}` : ""}`,
      `Phát hiện: ${vnDateTime(alert.raisedAt)}; thấy lần cuối: ${vnDateTime(alert.lastSeenAt)}; số lần: ${alert.count}`,
      `Lập lúc ${vnDateTime(madeAt)} bởi ${madeBy}. Giờ Việt Nam; trong ngoặc là giờ UTC.`,
      "Các tệp JSON là dữ liệu nguyên trạng trong cơ sở dữ liệu của Loa; SHA256SUMS.txt dùng để kiểm tra không bị sửa (sha256sum -c SHA256SUMS.txt).",
    ].join("\n")),
    entry("dong-thoi-gian.txt", lines.join("\n")),
    entry("canh-bao.json", json(alert)),
    ...Object.entries(documents).map(([name, value]) => entry(`${name}.json`, json(value))),
  ]
  const sums = entries.map(({ name, data }) => `${sha256(data)}  ${name}`).join("\n")
  return writeZip([...entries, entry("SHA256SUMS.txt", sums)])
}

const entry = (name: string, text: string): ZipEntry => ({ name, data: Buffer.from(`${text}\n`) })
const json = (value: unknown) => redact(JSON.stringify(value, null, 2))
