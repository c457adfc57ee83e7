import { DAY } from "../base/clock.ts"
import { UsageError } from "../base/errors.ts"
import { fromIsoDate, vnDate } from "../base/time.ts"
import { addHold, listHolds, removeHold, type Hold, type HoldOrder } from "../jobs/holds.ts"
import { applyRetention, type Removed } from "../jobs/retention.ts"
import type { Command } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

const why = {
  type: "string",
  value: "TEXT",
  required: "filled",
  help: { vi: "căn cứ: số công văn, quyết định", en: "the reason, e.g. number of the letter" },
} as const
const kinds: Record<Hold["kind"], string> = { unit: "đơn vị", article: "tin", period: "thời kỳ" }
const removedWords: Record<keyof Removed, string> = {
  articleHtml: "mã HTML",
  pictures: "ảnh",
  avatars: "ảnh đại diện cũ",
  metrics: "số liệu",
  alerts: "cảnh báo",
  webhookEvents: "sự kiện",
  postEdits: "lời bài trước khi sửa",
  desk: "bàn làm việc",
}
const what = (hold: Hold) => (hold.kind === "period" ? `${vnDate(hold.from)}–${vnDate(hold.to - DAY)}` : hold.subject)

const add: Command = {
  name: "hold add",
  summary: { vi: "Niêm giữ dữ liệu: không xóa dù quá thời hạn lưu", en: "Legal hold: nothing of it is deleted" },
  options: {
    unit: { type: "string", value: "ID", help: { vi: "mọi dữ liệu của đơn vị", en: "everything of a unit" } },
    article: { type: "string", value: "ID", help: { vi: "một tin", en: "one article" } },
    from: { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "mọi dữ liệu từ ngày", en: "everything from this day" } },
    to: { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "đến hết ngày", en: "to this day" } },
    why,
  },
  async run({ app, values }) {
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const period = text("from") !== undefined || text("to") !== undefined
    const given = [text("unit"), text("article"), period ? "period" : undefined].filter((one) => one !== undefined)
    if (given.length !== 1) throw new UsageError("bad_option", "đúng một trong: --unit ID, --article ID, --from … --to …")
    const order: HoldOrder = text("unit")
      ? { kind: "unit", subject: text("unit")!, reason: text("why") ?? "" }
      : text("article")
        ? { kind: "article", subject: text("article")!, reason: text("why") ?? "" }
        : { kind: "period", subject: "", from: dayOf("from", text("from")), to: dayOf("to", text("to")) + DAY, reason: text("why") ?? "" }
    const hold = await addHold(await app.open(), order, actor())
    return { json: { hold }, text: `Đã niêm giữ ${kinds[hold.kind]} ${what(hold)} (mã ${hold.id}).` }
  },
}

function dayOf(option: string, text: string | undefined): number {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new UsageError("bad_option", `--${option} ${text ?? ""}: YYYY-MM-DD`)
  return fromIsoDate(text)
}

const list: Command = {
  name: "hold list",
  summary: { vi: "Dữ liệu đang bị niêm giữ", en: "What is on hold" },
  options: { all: { type: "boolean", help: { vi: "cả những lệnh đã kết thúc", en: "ended ones, too" } } },
  async run({ app, values }) {
    const holds = await listHolds((await app.open({ apply: "never" })).db, values.all === true)
    const rows = holds.map((hold) => [
      hold.id,
      kinds[hold.kind],
      what(hold),
      vnDate(hold.at),
      hold.by,
      hold.endedAt === null ? "" : `đến ${vnDate(hold.endedAt)}`,
      hold.reason,
    ])
    return {
      json: { holds },
      text: holds.length
        ? table(["Mã", "Loại", "Đối tượng", "Từ ngày", "Người lệnh", "Kết thúc", "Căn cứ"], rows)
        : "Không có dữ liệu nào bị niêm giữ.",
    }
  },
}

const remove: Command = {
  name: "hold remove",
  summary: { vi: "Kết thúc niêm giữ", en: "End a hold" },
  positionals: "ID",
  options: { why },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const hold = await removeHold(await app.open({ apply: "never" }), id!, actor(), String(values.why))
    return { json: { hold }, text: `Đã kết thúc niêm giữ ${kinds[hold.kind]} ${what(hold)}.` }
  },
}

const apply: Command = {
  name: "retention apply",
  summary: { vi: "Xóa ngay dữ liệu quá thời hạn lưu (accounts/retention.yaml)", en: "Delete now what is past its time (accounts/retention.yaml)" },
  async run({ app }) {
    const removed = await applyRetention(await app.open())
    return {
      json: { removed },
      text: `Đã xóa: ${Object.entries(removedWords).map(([name, word]) => `${word} ${removed[name as keyof Removed]}`).join(", ")}.`,
    }
  },
}

export const holdCommands: Command[] = [add, list, remove, apply]
