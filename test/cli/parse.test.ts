import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createApp, type App } from "../../src/app.ts"
import { readConfig } from "../../src/base/config.ts"
import { InvalidInputError } from "../../src/base/errors.ts"
import { silentLog } from "../../src/base/log.ts"
import type { Command } from "../../src/cli/command.ts"
import { commandsOf } from "../../src/cli/commands.ts"
import { runCli } from "../../src/cli/index.ts"
import { parseWords } from "../../src/cli/parse.ts"

const command: Command = {
  name: "try",
  summary: { vi: "Thử", en: "Try" },
  positionals: "[ID]",
  choices: ["a", "b"],
  options: {
    name: { type: "string", value: "TEXT", required: ["file"], help: { vi: "tên", en: "name" } },
    file: { type: "string", value: "FILE", help: { vi: "tệp", en: "file" } },
    network: { type: "string", choices: ["facebook", "zalo"], help: { vi: "mạng", en: "network" } },
    format: { type: "string", list: ["pdf", "docx"], help: { vi: "định dạng", en: "format" } },
    days: { type: "string", whole: [1, 90], help: { vi: "ngày", en: "days" } },
    on: { type: "string", day: true, help: { vi: "ngày", en: "day" } },
    all: { type: "boolean", help: { vi: "tất cả", en: "all" } },
  },
  run: async () => ({ json: null, text: "" }),
}

function mistakes(words: string[], of: Command = command) {
  try {
    parseWords(of, words, "vi")
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return error.mistakes.map(({ field, found, expected }) => `${field}: ${found} (${expected})`)
  }
}

describe("words of a command line", () => {
  test("what is right is read", () => {
    expect(parseWords(command, ["b", "--name", "-", "--format=PDF, docx", "--days", "90", "--on", "2028-02-29", "--all", "--json"], "vi")).toEqual({
      positionals: ["b"],
      values: Object.assign(Object.create(null), { name: "-", format: "PDF, docx", days: "90", on: "2028-02-29", all: true, json: true }),
    })
    expect(mistakes(["--file", "x.json"])).toEqual([])
  })

  test("every mistake is told at once, with place, value and expectation", () => {
    expect(
      mistakes(["c", "d", "--bogus", "--network", "foo", "--format", "pdf,odt", "--days", "0x10", "--on", "2026-02-30", "--all=1", "--lang", "fr"]),
    ).toEqual([
      "--bogus: không có tùy chọn này (--name, --file, --network, --format, --days, --on, --all, --json, --lang, --help)",
      "--network: foo (facebook | zalo)",
      "--format: odt (danh sách gồm pdf, docx)",
      "--days: 0x10 (số nguyên từ 1 đến 90)",
      "--on: 2026-02-30 (một ngày YYYY-MM-DD có thật)",
      "--all: 1 (tùy chọn này không có giá trị)",
      "--lang: fr (vi | en)",
      "--name hoặc --file: thiếu (TEXT)",
      "d: thừa ([ID])",
      "ID: c (a | b)",
    ])
  })

  test("an option without its value does not swallow the next one", () => {
    expect(mistakes(["--name", "--all"])).toEqual(["--name: thiếu giá trị (TEXT)"])
    expect(mistakes(["--name"])).toEqual(["--name: thiếu giá trị (TEXT)"])
    expect(mistakes(["--name", "x", "--on", "--days", "91"])).toContain("--on: thiếu giá trị ()")
  })

  test("words that must stand, and words that must not", () => {
    expect(mistakes([], { ...command, options: {}, positionals: "ID…", choices: ["a"] })).toEqual(["ID: thiếu (a)"])
    expect(mistakes(["x"], { ...command, options: {}, positionals: "", choices: undefined })).toEqual(["x: thừa (không có từ nào ở đây)"])
  })
})

describe("the shell", () => {
  const run = async (...words: string[]) => {
    const said = { out: "", err: "" }
    const shell = {
      out: (text: string) => void (said.out += text),
      err: (text: string) => void (said.err += text),
      stdin: async () => "",
      cwd: "/",
      signal: new AbortController().signal,
    }
    const app = { open: () => Promise.reject(new Error("nothing may be opened")) }
    const code = await runCli(words, shell, () => app as unknown as App)
    return { code, ...said }
  }

  test("mistakes are told before anything is opened, in the language asked for", async () => {
    const vi = await run("account", "register", "--network", "fax")
    expect(vi).toMatchObject({ code: 2, out: "" })
    expect(vi.err.split("\n")).toEqual([
      "Có 4 lỗi, chưa thay đổi gì:",
      expect.stringContaining("loa account register · --network: fax (facebook | zalo"),
      "  loa account register · --unit: thiếu (ID)",
      "  loa account register · --name: thiếu (TEXT)",
      "  loa account register · ID: thiếu (ID)",
    ])
    const en = await run("case", "start", "marry", "--lang", "en", "--json")
    expect(en.code).toBe(2)
    expect(JSON.parse(en.out).error).toMatchObject({
      code: "invalid_input",
      mistakes: [
        { file: "loa case start", field: "--unit", found: "missing", expected: "ID" },
        { file: "loa case start", field: "KIND", found: "marry", expected: "register | rename | hand_over | merge | close" },
      ],
    })
  })

  test("a place that cannot be written is wrong use, seen before the database is opened", async () => {
    const { code, err } = await run("backup", "/dev/null/loa.gz")
    expect([code, err.split("/")[0]]).toEqual([2, "loa: Không ghi được vào thư mục: "])
  })

  test("a group without its verb shows the group", async () => {
    const { code, out, err } = await run("report")
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain("loa report weekly")
    expect(err).not.toContain("loa serve")
  })

  test("a report without its verb in JSON is a mistake, not a list", async () => {
    expect(JSON.parse((await run("report", "--json")).out).error.code).toBe("unknown_command")
  })

  test("every command has help in both languages, and neighbours stand together", async () => {
    const commands = await commandsOf()
    for (const { name } of commands) {
      const [vi, en] = [await run(...name.split(" "), "--help"), await run(...name.split(" "), "--help", "--lang", "en")]
      expect([name, vi.code, vi.out.includes(`Cách dùng: loa ${name}`), en.out.includes(`Usage: loa ${name}`)]).toEqual([name, 0, true, true])
      expect(vi.out[0]).toBe(vi.out[0]!.toUpperCase())
    }
    const groups = commands.map(({ name }) => name.split(" ")[0]!)
    const seen = groups.filter((group, i) => group !== groups[i - 1])
    expect(seen).toEqual([...new Set(seen)])
  })
})

describe("folders and files that are not what they should be", () => {
  const home = mkdtempSync(join(tmpdir(), "loa-shell-"))
  beforeAll(() => writeFileSync(join(home, "file"), "no backup"))
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  const run = async (data: string, ...words: string[]) => {
    let err = ""
    let opened: App | undefined
    const shell = { out: () => undefined, err: (text: string) => void (err += text), stdin: async () => "", cwd: home, signal: new AbortController().signal }
    const env = { LOA_MODE: "live", LOA_DATA: data, LOA_LOG: "error" }
    const code = await runCli(words, shell, () => (opened = createApp(readConfig(env, home), { log: silentLog })))
    await opened?.close()
    return { code, err }
  }

  test("LOA_DATA that is no folder is a mistake of the configuration, by name", async () => {
    const { code, err } = await run(join(home, "file"), "deliveries", "list")
    expect([code, err.includes("LOA_DATA"), err.includes(join(home, "file"))]).toEqual([2, true, true])
  })

  test("restoring what is no backup is wrong use", async () => {
    const { code, err } = await run(join(home, "data"), "restore", "file")
    expect([code, err.split(":")[1]]).toEqual([2, " Không phải bản sao lưu của Loa, không thay đổi gì"])
  })

  test("a report that cannot be written is refused before it is made", async () => {
    const { code, err } = await run(join(home, "data"), "report", "weekly", "--out", join(home, "file/below"), "--format", "html")
    expect([code, err.split(":")[1]]).toEqual([2, " Không ghi được vào thư mục"])
  })
})
