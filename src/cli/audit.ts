import { auditFormats, exportAudit, type AuditFilter, type AuditFormat } from "../audit/index.ts"
import { DAY } from "../base/clock.ts"
import { UsageError } from "../base/errors.ts"
import { fromIsoDate } from "../base/time.ts"
import type { Command } from "./command.ts"
import { writeOut } from "./words.ts"

const check: Command = {
  name: "audit check",
  summary: { vi: "Kiểm tra chuỗi băm của nhật ký", en: "Check the hash chain of the audit log" },
  options: {
    head: {
      type: "string",
      value: "SEQ:HASH",
      help: {
        vi: "dòng cuối đã ghi lại ở nơi khác: phát hiện cả việc cắt bớt hoặc viết lại toàn bộ",
        en: "a head kept elsewhere: also finds a log that was cut or written anew",
      },
    },
  },
  async run({ app, values }) {
    const { audit, db } = await app.open({ apply: "never" })
    const result = await audit.check(db, values.head === undefined ? undefined : headOf(String(values.head)))
    const head = result.head ? `${result.head.seq}:${result.head.hash}` : null
    const text =
      result.broken === null
        ? `Chuỗi băm nguyên vẹn: ${result.rows} dòng.${head ? `\nDòng cuối: ${head}` : ""}`
        : `Nhật ký đã bị sửa, xóa hoặc đảo thứ tự tại dòng ${result.broken}.`
    return { exit: result.broken === null ? 0 : 1, json: { ok: result.broken === null, rows: result.rows, brokenAt: result.broken, head }, text }
  },
}

function headOf(text: string) {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (!seq || !hash) throw new UsageError("bad_option", `--head ${text}: expected SEQ:HASH as "loa audit check" prints it`)
  return { seq: Number(seq), hash }
}

const exportCommand: Command = {
  name: "audit export",
  summary: { vi: "Xuất nhật ký ra tệp", en: "Export the audit log" },
  options: {
    format: { type: "string", choices: auditFormats, value: auditFormats.join("|"), help: { vi: "mặc định: jsonl", en: "default: jsonl" } },
    out: { type: "string", value: "FILE", help: { vi: "tệp; mặc định in ra màn hình", en: "file; default: standard output" } },
    from: { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "từ ngày", en: "first day" } },
    to: { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "đến hết ngày", en: "last day" } },
    actor: { type: "string", value: "ACTOR", help: { vi: "người làm, ví dụ user:lan", en: "actor, e.g. user:lan" } },
    action: { type: "string", value: "ACTION", help: { vi: "việc hoặc phần đầu tên việc, ví dụ user", en: "action or the beginning of one" } },
  },
  async run({ app, values, cwd }) {
    const { db } = await app.open({ apply: "never" })
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const filter: AuditFilter = { actor: text("actor"), action: text("action"), from: dayOf("from", text("from")), to: dayAfter(text("to")) }
    const format = (text("format") ?? "jsonl") as AuditFormat
    const parts: string[] = []
    let rows = 0
    for await (const line of exportAudit(db, filter, format)) {
      parts.push(line)
      rows += 1
    }
    if (format === "csv") rows -= 1
    const out = text("out") ? await writeOut(cwd, values.out, `nhat-ky.${format}`, parts.join(""), 0o600) : undefined
    return {
      json: { rows, format, ...(out ? { file: out } : { lines: parts.map((line) => line.trimEnd()) }) },
      text: out ? `Đã ghi ${rows} dòng vào ${out}.` : parts.join("").trimEnd(),
    }
  },
}

function dayOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = fromIsoDate(text)
  if (Number.isNaN(at)) throw new UsageError("date_wrong", `--${name} ${text}: expected YYYY-MM-DD`, { found: text })
  return at
}
const dayAfter = (text: string | undefined) => (text === undefined ? undefined : dayOf("to", text)! + DAY)

export const auditCommands: Command[] = [check, exportCommand]
