/** What the desk does to posts and alerts, from the console. */
import { escalate, merge, silence } from "../alerts/index.ts"
import { UsageError } from "../base/errors.ts"
import { fromVnInput, vnDateTime } from "../base/time.ts"
import type { PostText } from "../render/index.ts"
import { z } from "zod"
import type { Command } from "./command.ts"
import { actor, needIds, readJson } from "./words.ts"

const words = z.strictObject({ message: z.string(), title: z.string(), description: z.string(), body: z.string(), author: z.string() }).partial()

const edit: Command = {
  name: "deliveries edit",
  summary: {
    vi: "Sửa lời bài chờ đăng: đọc JSON từ đầu vào chuẩn (facebook: message; zalo: title, description, body, author)",
    en: "Change the words of a post: JSON from standard input (facebook: message; zalo: title, description, body, author)",
  },
  positionals: "ID…",
  async run({ app, positionals, cwd, stdin }) {
    const ids = needIds(positionals)
    const rooms = await app.open()
    const read = words.safeParse(await readJson(undefined, cwd, stdin))
    if (!read.success) throw new UsageError("bad_json", read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "))
    const done = await rooms.outbox.edit({ ids, text: read.data as PostText, isOwnHost: rooms.view().isOwnHost }, actor())
    return {
      json: { deliveries: ids, ...done },
      text: `Đã sửa ${done.changed} bài${done.toReview ? `; ${done.toReview} bài trở về mục chờ duyệt` : ""}.`,
    }
  },
}

const schedule: Command = {
  name: "deliveries schedule",
  summary: { vi: "Hẹn giờ đăng cho bài đang chờ (giờ Việt Nam)", en: "Put waiting posts off to a moment (Vietnam time)" },
  positionals: "ID…",
  options: { at: { type: "string", value: "YYYY-MM-DDTHH:MM", required: true, help: { vi: "ngày giờ", en: "moment" } } },
  async run({ app, positionals, values }) {
    const ids = needIds(positionals)
    const at = fromVnInput(String(values.at ?? ""))
    if (Number.isNaN(at)) throw new UsageError("bad_option", `--at ${String(values.at ?? "")}: expected YYYY-MM-DDTHH:MM`)
    await (await app.open()).outbox.reschedule(ids, at, actor())
    return { json: { deliveries: ids, at: new Date(at).toISOString() }, text: `Đã hẹn ${ids.length} bài lúc ${vnDateTime(at)}.` }
  },
}

const takeDown: Command = {
  name: "deliveries takedown",
  summary: { vi: "Gỡ bài đã đăng (Facebook xóa hẳn, Zalo ẩn)", en: "Take published posts down (Facebook deletes, Zalo hides)" },
  positionals: "ID…",
  options: {
    why: { type: "string", value: "TEXT", required: "filled", help: { vi: "lý do, ghi vào nhật ký", en: "reason, kept in the audit log" } },
  },
  async run({ app, positionals, values }) {
    const ids = needIds(positionals)
    const { outbox } = await app.open()
    for (const id of ids) await outbox.find(id)
    const done: string[] = []
    for (const id of ids) if (await outbox.takeDown(id, actor(), String(values.why))) done.push(id)
    const left = ids.filter((id) => !done.includes(id))
    return {
      exit: left.length ? 1 : 0,
      json: { takenDown: done, notPublished: left },
      text: `Đang gỡ ${done.length} bài${left.length ? `; ${left.length} bài chưa đăng nên không gỡ` : ""}.`,
    }
  },
}

const fourEyes: Command = {
  name: "four-eyes",
  summary: { vi: "Xem hoặc đặt nguyên tắc bốn mắt cho toàn tỉnh hoặc một đơn vị", en: "Show or set four eyes, of the province or a unit" },
  positionals: "[on|off|default]",
  choices: ["on", "off", "default"],
  options: { unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } } },
  async run({ app, positionals, values }) {
    const rooms = await app.open()
    const unit = typeof values.unit === "string" ? rooms.view().unitById(values.unit)?.id : null
    if (unit === undefined) throw new UsageError("unit_not_found", String(values.unit))
    const [word] = positionals
    if (word !== undefined) {
      await rooms.outbox.setFourEyes(unit, word === "default" ? null : word === "on", actor())
    }
    const value = await rooms.outbox.fourEyes(unit)
    return { json: { unit, fourEyes: value }, text: `${unit ?? "Toàn tỉnh"}: ${value ? "bật, cần người thứ hai" : "tắt, một người là đủ"}.` }
  },
}

const why: NonNullable<Command["options"]> = { why: { type: "string", value: "TEXT", help: { vi: "lý do", en: "reason" } } }
const escalateCommand: Command = {
  name: "alerts escalate",
  summary: { vi: "Nâng mức cảnh báo, các kênh báo lại", en: "Raise an alert by one severity" },
  positionals: "ID",
  options: why,
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    await escalate(rooms, id!, actor(), String(values.why ?? ""))
    const { severity } = await rooms.alerts.find(id!)
    return { json: { alert: id, severity }, text: `Cảnh báo ${id} nay ở mức ${severity}.` }
  },
}
const silenceCommand: Command = {
  name: "alerts silence",
  summary: { vi: "Đóng cảnh báo và tắt nhắc lại một số ngày", en: "Close an alert and keep it quiet for some days" },
  positionals: "ID",
  options: { ...why, days: { type: "string", value: "N", help: { vi: "số ngày (mặc định 7)", en: "days (default 7)" } } },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    await silence(await app.open(), id!, Number(values.days ?? 7), actor(), String(values.why ?? ""))
    return { json: { alert: id, silenced: true }, text: `Đã đóng và tắt nhắc lại cảnh báo ${id}.` }
  },
}
const mergeCommand: Command = {
  name: "alerts merge",
  summary: { vi: "Gộp nhiều cảnh báo cùng nguyên nhân làm một", en: "Put alerts of one cause together" },
  positionals: "ID…",
  async run({ app, positionals }) {
    const into = await merge(await app.open(), needIds(positionals), actor())
    return { json: { alert: into }, text: `Đã gộp vào ${into}.` }
  },
}

export const deskCommands: Command[] = [edit, schedule, takeDown, fourEyes, escalateCommand, silenceCommand, mergeCommand]
