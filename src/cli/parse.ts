/** Words of a command line → command, values, positionals. Every mistake is named with what was expected. */
import { parseArgs } from "node:util"
import { UsageError } from "../base/errors.ts"
import type { Command, Lang, Option } from "./command.ts"

const everywhere: Record<string, Option> = {
  json: { type: "boolean", help: { vi: "in đúng một tài liệu JSON ra stdout", en: "print one JSON document on stdout" } },
  lang: {
    type: "string",
    value: "vi|en",
    choices: ["vi", "en"],
    help: { vi: "ngôn ngữ của lời nhắn (mặc định: vi)", en: "language of messages (default: vi)" },
  },
  help: { type: "boolean", help: { vi: "in hướng dẫn của lệnh", en: "show the help of the command" } },
}

export const optionsOf = (command: Command): Record<string, Option> => ({ ...command.options, ...everywhere })

/** The command whose name is the longest beginning of `words`, and the words behind it. */
export function findCommand(commands: Command[], words: string[]): { command: Command; rest: string[] } | null {
  const plain = words.filter((word) => !word.startsWith("-"))
  const sorted = [...commands].sort((a, b) => b.name.length - a.name.length)
  for (const command of sorted) {
    const name = command.name.split(" ")
    if (!name.every((part, i) => plain[i] === part)) continue
    const rest = [...words]
    for (const part of name) rest.splice(rest.indexOf(part), 1)
    return { command, rest }
  }
  return null
}

export function parseWords(command: Command, words: string[]) {
  const options = optionsOf(command)
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] }
  try {
    parsed = parseArgs({
      args: words,
      options: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { type: option.type }])),
      allowPositionals: true,
      strict: true,
    }) as typeof parsed
  } catch (error) {
    throw new UsageError("bad_option", error instanceof Error ? error.message.split(". ")[0]! : String(error), {
      command: command.name,
      allowed: Object.keys(options),
    })
  }
  for (const [name, value] of Object.entries(parsed.values)) {
    const choices = options[name]?.choices
    if (choices && typeof value === "string" && !choices.includes(value)) {
      throw new UsageError("bad_option", `--${name} ${value}: expected ${choices.join(" | ")}`, { command: command.name })
    }
  }
  if (!command.positionals && parsed.positionals.length) {
    throw new UsageError("bad_option", `"${parsed.positionals[0]}" is not expected here`, { command: command.name })
  }
  return parsed
}

const pad = (rows: [string, string][]) => {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n")
}
const optionRows = (options: Record<string, Option>, lang: Lang): [string, string][] =>
  Object.entries(options).map(([name, option]) => [`--${name}${option.type === "string" ? ` ${option.value ?? "…"}` : ""}`, option.help[lang]])

export function helpOf(command: Command, lang: Lang): string {
  const usage = `loa ${command.name}${command.positionals ? ` ${command.positionals}` : ""} [--…]`
  return [command.summary[lang], "", `${lang === "vi" ? "Cách dùng" : "Usage"}: ${usage}`, "", pad(optionRows(optionsOf(command), lang))].join("\n")
}

export function helpOfAll(commands: Command[], lang: Lang): string {
  const intro =
    lang === "vi"
      ? "Loa: đăng tin của các cổng thông tin điện tử lên trang Facebook và Zalo OA đã xác minh; theo dõi việc tuân thủ."
      : "Loa: cross-posting bot and account registry for government portals."
  const exits =
    lang === "vi"
      ? "Mã thoát: 0 xong · 1 xong nhưng cần người xem · 2 dùng sai hoặc cấu hình sai · 3 có lỗi."
      : "Exit codes: 0 done · 1 done, a person is needed · 2 wrong use or configuration · 3 something broke."
  return [
    intro,
    "",
    pad(commands.map((c) => [`loa ${c.name}${c.positionals ? ` ${c.positionals}` : ""}`, c.summary[lang]])),
    "",
    lang === "vi" ? "Mọi lệnh có --help, --json, --lang vi|en." : "Every command has --help, --json, --lang vi|en.",
    exits,
  ].join("\n")
}
