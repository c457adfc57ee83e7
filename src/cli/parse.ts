/** Words of a command line → command, values, positionals. Every mistake is named with what was expected. */
import { parseArgs } from "node:util"
import { InvalidInputError, type Mistake } from "../base/errors.ts"
import { fromIsoDate } from "../base/time.ts"
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

interface Parsed {
  values: Record<string, string | boolean | undefined>
  positionals: string[]
}

/** Reads the words behind the command's name; every mistake is collected before anything is run. */
export function parseWords(command: Command, words: string[], lang: Lang): Parsed {
  const options = optionsOf(command)
  const { values, positionals, tokens } = parseArgs({
    args: words,
    options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const t: Translate = (vi, en) => (lang === "en" ? en : vi)
  const place = `loa ${command.name}`
  const mistakes: Mistake[] = []
  const note = (field: string, found: string, expected: string) => mistakes.push({ file: place, field, found, expected })

  for (const token of tokens) {
    if (token.kind !== "option") continue
    const option = options[token.name]
    if (!option) {
      note(token.rawName, t("không có tùy chọn này", "no such option"), Object.keys(options).map((name) => `--${name}`).join(", "))
      continue
    }
    const wrong = wrongValue(option, token.value, token.inlineValue === true, t)
    if (wrong) note(`--${token.name}`, ...wrong)
  }
  for (const [name, { required, value }] of Object.entries(options)) {
    if (required === undefined) continue
    const given = values[name]
    const blank = required === "filled" && typeof given === "string" && !given.trim()
    const others = typeof required === "object" ? required : []
    if ((given !== undefined && !blank) || others.some((other) => values[other] !== undefined)) continue
    note(`--${name}${others.map((other) => t(` hoặc --${other}`, ` or --${other}`)).join("")}`, t("thiếu", "missing"), value ?? "")
  }
  mistakes.push(...wrongPositionals(command, positionals, t).map((mistake) => ({ file: place, ...mistake })))
  if (mistakes.length) throw new InvalidInputError(place, mistakes)
  return { values: values as Parsed["values"], positionals }
}

type Translate = (vi: string, en: string) => string

/** What is wrong with the value of an option as it was typed: found, expected. */
function wrongValue(option: Option, value: string | undefined, inline: boolean, t: Translate): [string, string] | null {
  if (option.type === "boolean") return value === undefined ? null : [value, t("tùy chọn này không có giá trị", "this option takes no value")]
  if (value === undefined || (!inline && /^--?[a-z]/.test(value))) return [t("thiếu giá trị", "no value"), option.value ?? ""]
  if (option.choices && !option.choices.includes(value)) return [value, option.choices.join(" | ")]
  if (option.list) {
    const unknown = value.split(",").map((one) => one.trim().toLowerCase()).filter((one) => !option.list!.includes(one))
    if (unknown.length) return [unknown.join(", "), t(`danh sách gồm ${option.list.join(", ")}`, `comma list of ${option.list.join(", ")}`)]
  }
  if (option.whole) {
    const [min, max] = option.whole
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max)
      return [
        value,
        max === Infinity
          ? t(`số nguyên từ ${min}`, `whole number from ${min}`)
          : t(`số nguyên từ ${min} đến ${max}`, `whole number from ${min} to ${max}`),
      ]
  }
  if (option.day && Number.isNaN(fromIsoDate(value))) return [value, t("một ngày YYYY-MM-DD có thật", "a real day YYYY-MM-DD")]
  return null
}

/** `positionals` says how many there may be: "ID" one, "ID…" one or more, in brackets none, too. */
function wrongPositionals({ positionals: form = "", choices }: Command, given: string[], t: Translate): Omit<Mistake, "file">[] {
  const most = form.includes("…") ? Infinity : form ? 1 : 0
  const name = form.replace(/[[\]…]/g, "")
  const mistakes: Omit<Mistake, "file">[] = []
  if (form && !form.startsWith("[") && !given.length)
    mistakes.push({ field: name, found: t("thiếu", "missing"), expected: choices?.join(" | ") ?? form })
  for (const word of given.slice(most))
    mistakes.push({ field: word, found: t("thừa", "not expected here"), expected: form || t("không có từ nào ở đây", "no word here") })
  for (const word of given.slice(0, most))
    if (choices && !choices.includes(word)) mistakes.push({ field: name, found: word, expected: choices.join(" | ") })
  return mistakes
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
