import { vnDate, vnDateTime } from "../base/time.ts"
import { peopleOf, scopes, type ApiKey } from "../web/people/index.ts"
import type { Command } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

const add: Command = {
  name: "apikey add",
  summary: { vi: "Tạo khóa API; chỉ hiện một lần", en: "Make an API key; shown once" },
  options: {
    name: { type: "string", value: "TEXT", required: true, help: { vi: "tên dễ nhận ra", en: "a telling name" } },
    scopes: {
      type: "string",
      value: "LIST",
      required: true,
      list: scopes,
      help: { vi: `quyền, cách nhau bằng dấu phẩy: ${scopes.join(", ")}`, en: `scopes, separated by commas: ${scopes.join(", ")}` },
    },
    unit: {
      type: "string",
      value: "ID",
      help: { vi: "chỉ thấy đơn vị này; mặc định toàn tỉnh", en: "sees this unit only; default: the whole province" },
    },
    days: {
      type: "string",
      value: "N",
      whole: [1, 366],
      help: { vi: "số ngày có hiệu lực; mặc định 90, nhiều nhất 366", en: "days until it ends; default 90, at most 366" },
    },
  },
  async run({ app, values }) {
    const people = peopleOf(await app.open())
    const wanted = String(values.scopes)
      .split(",")
      .map((scope) => scope.trim())
      .filter(Boolean)
    const { key, secret } = await people.makeKey(
      { name: String(values.name), scopes: wanted, unitId: values.unit ? String(values.unit) : null, days: Number(values.days ?? 90) },
      actor(),
    )
    return {
      json: { key: viewOf(key), secret },
      text: `Khóa ${key.id} (${key.name}), hết hạn ${vnDate(key.expiresAt)}.\nKhóa (chỉ hiện một lần): ${secret}`,
    }
  },
}

const list: Command = {
  name: "apikey list",
  summary: { vi: "Liệt kê khóa API", en: "List API keys" },
  async run({ app }) {
    const rooms = await app.open()
    const keys = await peopleOf(rooms).listKeys()
    const state = (key: ApiKey) => (key.revokedAt !== null ? "đã thu hồi" : key.expiresAt <= rooms.clock.now() ? "hết hạn" : "")
    const rows = keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(" "),
      key.unitId ?? "toàn tỉnh",
      vnDate(key.expiresAt),
      key.lastUsedAt === null ? "chưa dùng" : vnDateTime(key.lastUsedAt),
      state(key),
    ])
    return {
      json: { keys: keys.map(viewOf) },
      text: keys.length ? table(["Mã", "Tên", "Quyền", "Đơn vị", "Hết hạn", "Dùng lần cuối", ""], rows) : "Chưa có khóa API.",
    }
  },
}

const revoke: Command = {
  name: "apikey revoke",
  summary: { vi: "Thu hồi khóa API", en: "Revoke an API key" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    await peopleOf(await app.open()).revokeKey(id!, actor())
    return { json: { key: id, revoked: true }, text: `Đã thu hồi khóa ${id}.` }
  },
}

const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
const viewOf = (key: ApiKey) => ({
  ...key,
  createdAt: time(key.createdAt),
  expiresAt: time(key.expiresAt),
  lastUsedAt: time(key.lastUsedAt),
  revokedAt: time(key.revokedAt),
})

export const apiKeyCommands: Command[] = [add, list, revoke]
