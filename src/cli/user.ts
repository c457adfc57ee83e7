import { UsageError } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import { generatePassword, peopleOf, roles, roleWords, type Role } from "../web/people/index.ts"
import type { Command, CommandContext } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

/** `--stdin`: the first line of standard input; else a generated one that is shown once. */
async function password({ values, stdin }: CommandContext): Promise<{ text: string; generated: boolean }> {
  if (!values.stdin) return { text: generatePassword(), generated: true }
  const [line = ""] = (await stdin()).split(/\r?\n/)
  if (!line) throw new UsageError("missing_option", "--stdin: the password is expected on standard input")
  return { text: line, generated: false }
}
const stdinOption = {
  type: "boolean",
  help: {
    vi: "đọc mật khẩu từ đầu vào chuẩn (mặc định: tự tạo và in một lần)",
    en: "read the password from standard input (default: generated and printed once)",
  },
} as const
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
    const user = await people.add(
      {
        id: id!,
        name: String(values.name ?? id),
        role: String(values.role ?? ""),
        unitId: values.unit ? String(values.unit) : null,
        password: made.text,
      },
      actor(),
    )
    return {
      json: { user, ...(made.generated ? { password: made.text } : {}) },
      text: `Đã thêm ${user.id} (${roleWords[user.role].vi}).${shown(made)}`,
    }
  },
}

const list: Command = {
  name: "user list",
  summary: { vi: "Liệt kê người dùng", en: "List people" },
  async run({ app }) {
    const users = await peopleOf(await app.open()).list()
    const rows = users.map((user) => [
      user.id,
      user.name,
      roleWords[user.role as Role].vi,
      user.unitId ?? "",
      vnDate(user.createdAt),
      user.disabled ? "đã khóa" : "",
    ])
    return {
      json: { users },
      text: users.length
        ? table(["Tên đăng nhập", "Họ và tên", "Vai trò", "Đơn vị", "Từ ngày", ""], rows)
        : "Chưa có người dùng: loa user add ID --role province_admin",
    }
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

const enable: Command = {
  name: "user enable",
  summary: { vi: "Mở khóa người dùng", en: "Enable a person again" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    await peopleOf(await app.open()).enable(id!, actor())
    return { json: { user: id, disabled: false }, text: `Đã mở khóa ${id}.` }
  },
}

const role: Command = {
  name: "user role",
  summary: { vi: "Đổi vai trò; mọi phiên đăng nhập của người đó kết thúc", en: "Another role; ends every session of the person" },
  positionals: "ID",
  options: {
    role: { type: "string", value: "ROLE", choices: roles, help: { vi: `vai trò: ${roles.join(" | ")}`, en: `role: ${roles.join(" | ")}` } },
    unit: { type: "string", value: "ID", help: { vi: "đơn vị, chỉ cho unit_official", en: "unit, for unit_official only" } },
  },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const unitId = values.unit ? String(values.unit) : null
    await peopleOf(await app.open()).setRole(id!, String(values.role ?? ""), unitId, actor())
    return { json: { user: id, role: values.role, unit: unitId }, text: `Đã đổi vai trò của ${id}.` }
  },
}

const link: Command = {
  name: "user link",
  summary: { vi: "Tạo liên kết đặt mật khẩu, dùng một lần trong 15 phút", en: "A link for setting the password: once, within 15 minutes" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const token = await peopleOf(rooms).makeResetLink(id!, actor())
    const url = `${rooms.config.publicUrl}/set-password?k=${token}`
    return { json: { user: id, url }, text: `Liên kết (chỉ hiện một lần): ${url}` }
  },
}

const twoSteps: Command = {
  name: "user two-steps-reset",
  summary: { vi: "Bỏ lớp xác thực thứ hai của người mất điện thoại", en: "Drop the second factor of somebody who lost the telephone" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    await peopleOf(await app.open()).dropTwoSteps(id!, actor(), true)
    return { json: { user: id, twoSteps: false }, text: `Đã bỏ lớp xác thực thứ hai của ${id}; người này sẽ đăng ký lại khi đăng nhập.` }
  },
}

export const userCommands: Command[] = [add, list, setPassword, role, disable, enable, link, twoSteps]
