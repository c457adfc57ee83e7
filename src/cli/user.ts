import { UsageError } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import type { Rooms } from "../app.ts"
import { generatePassword, People, roles, roleWords, type Role } from "../web/people/index.ts"
import type { Command, CommandContext } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

const peopleOf = ({ db, clock, audit, config, view }: Rooms) => new People({ db, clock, audit, mode: config.mode, unitExists: (id) => view().unitById(id)?.id === id })

/** `--stdin`: the first line of standard input; else a generated one that is shown once. */
async function password({ values, stdin }: CommandContext): Promise<{ text: string; generated: boolean }> {
  if (!values.stdin) return { text: generatePassword(), generated: true }
  const [line = ""] = (await stdin()).split(/\r?\n/)
  if (!line) throw new UsageError("missing_option", "--stdin: the password is expected on standard input")
  return { text: line, generated: false }
}
const stdinOption = { type: "boolean", help: { vi: "đọc mật khẩu từ đầu vào chuẩn (mặc định: tự tạo và in một lần)", en: "read the password from standard input (default: generated and printed once)" } } as const
const shown = (made: { text: string; generated: boolean }) => (made.generated ? `\nMật khẩu (chỉ hiện một lần): ${made.text}` : "")

const add: Command = {
  name: "user add",
  summary: { vi: "Thêm người dùng của trang quản trị", en: "Add a person of the web desk" },
  positionals: "ID",
  options: {
    name: { type: "string", value: "TEXT", help: { vi: "họ và tên", en: "full name" } },
    role: { type: "string", value: "ROLE", choices: roles, help: { vi: `vai trò: ${roles.join(" | ")}`, en: `role: ${roles.join(" | ")}` } },
    unit: { type: "string", value: "ID", help: { vi: "đơn vị, chỉ cho unit_official", en: "unit, for unit_official only" } },
    stdin: stdinOption,
  },
  async run(context) {
    const { app, positionals, values } = context
    const [id] = needIds(positionals, 1)
    const made = await password(context)
    const people = peopleOf(await app.open())
    const user = await people.add({ id: id!, name: String(values.name ?? id), role: String(values.role ?? ""), unitId: values.unit ? String(values.unit) : null, password: made.text }, actor())
    return { json: { user, ...(made.generated ? { password: made.text } : {}) }, text: `Đã thêm ${user.id} (${roleWords[user.role].vi}).${shown(made)}` }
  },
}

const list: Command = {
  name: "user list",
  summary: { vi: "Liệt kê người dùng", en: "List people" },
  async run({ app }) {
    const users = await peopleOf(await app.open()).list()
    const rows = users.map((user) => [user.id, user.name, roleWords[user.role as Role].vi, user.unitId ?? "", vnDate(user.createdAt), user.disabled ? "đã khóa" : ""])
    return { json: { users }, text: users.length ? table(["Tên đăng nhập", "Họ và tên", "Vai trò", "Đơn vị", "Từ ngày", ""], rows) : "Chưa có người dùng: loa user add ID --role province_admin" }
  },
}

const setPassword: Command = {
  name: "user password",
  summary: { vi: "Đặt mật khẩu mới; mọi phiên đăng nhập của người đó kết thúc", en: "Set a new password; ends every session of the person" },
  positionals: "ID",
  options: { stdin: stdinOption },
  async run(context) {
    const [id] = needIds(context.positionals, 1)
    const made = await password(context)
    await peopleOf(await context.app.open()).setPassword(id!, made.text, actor())
    return { json: { user: id, ...(made.generated ? { password: made.text } : {}) }, text: `Đã đặt mật khẩu mới cho ${id}.${shown(made)}` }
  },
}

const disable: Command = {
  name: "user disable",
  summary: { vi: "Khóa người dùng", en: "Disable a person" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    await peopleOf(await app.open()).disable(id!, actor())
    return { json: { user: id, disabled: true }, text: `Đã khóa ${id}.` }
  },
}

export const userCommands: Command[] = [add, list, setPassword, disable]
