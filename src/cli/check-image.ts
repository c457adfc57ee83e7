import { open, readdir, stat } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import type { App } from "../app.ts"
import { UsageError } from "../base/errors.ts"
import type { Command } from "./command.ts"

type Expectation = Parameters<App["images"]["judge"]>[1]["expect"][number]

const verdictWords = { match: "khớp", doubtful: "cần người xem", other: "không khớp" }
/** What is taken from a folder: pictures by their name, and names without any ending, as networks store them. Named files are always taken. */
const pictureName = /\.(jpe?g|jfif|a?png|webp|gif|avif|heic|svg|bmp|tiff?)$|^[^.]+$/i
/** The judge refuses larger files; one byte more is enough to know. */
const readMax = 20_000_001
/** Decoding runs beside judging, so a few are kept in flight. */
const atOnce = 4
const progressEvery = 100

export const checkImageCommand: Command = {
  name: "check-image",
  summary: { vi: "Ảnh có phải là Quốc huy, hoặc biểu trưng đã đăng ký, hay không", en: "Is the picture the national emblem or a registered logo?" },
  positionals: "FILE…",
  options: {
    expect: {
      type: "string",
      value: "emblem|logo:ID",
      help: {
        vi: "ảnh phải có: emblem (mặc định) hoặc logo:ID; nhiều thứ thì cách nhau bằng dấu phẩy",
        en: "what is due: emblem (default) or logo:ID; several with commas between",
      },
    },
  },
  async run({ app, positionals, values, cwd, progress, signal }) {
    const expect = expectations(values.expect)
    const files = await listFiles(positionals, cwd)
    const results: {
      file: string
      verdict: keyof typeof verdictWords
      score: number
      explanation: string
      rule?: string
      notes: string[]
      evidence: unknown
    }[] = []
    for (let from = 0; from < files.length && !signal.aborted; from += atOnce) {
      const chunk = files
        .slice(from, from + atOnce)
        .map(async ({ name, path }) => ({ file: name, ...(await app.images.judge(await headOf(path), { expect })) }))
      results.push(...(await Promise.all(chunk)))
      if (files.length > progressEvery && Math.floor(results.length / progressEvery) > Math.floor(from / progressEvery))
        progress(`${results.length}/${files.length}`)
    }
    const count = (verdict: keyof typeof verdictWords) => results.filter((result) => result.verdict === verdict).length
    const lines = results.map((result) => `${verdictWords[result.verdict]} · ${result.file} · ${[result.explanation, ...result.notes].join(" ")}`)
    const sum = `${results.length} ảnh: ${count("match")} khớp, ${count("doubtful")} cần người xem, ${count("other")} không khớp.`
    return { exit: files.length > 0 && count("match") === files.length ? 0 : 1, json: { results }, text: [...lines, sum].join("\n") }
  },
}

function expectations(value: string | boolean | undefined): Expectation[] {
  const words = (typeof value === "string" ? value : "emblem").split(",").map((word) => word.trim())
  const wrong = words.filter((word) => !/^(emblem|logo:[a-z0-9]+(-[a-z0-9]+)*)$/.test(word))
  if (wrong.length) throw new UsageError("bad_option", `--expect ${wrong.join(", ")}: emblem | logo:ID`)
  return words as Expectation[]
}

/** Files as they were named, and the pictures in folders, in order of name. Every missing path is named at once. */
async function listFiles(given: string[], cwd: string): Promise<{ name: string; path: string }[]> {
  const files: { name: string; path: string }[] = []
  const missing: string[] = []
  for (const name of given) {
    const path = resolve(cwd, name)
    const found = await stat(path).catch(() => null)
    if (!found) missing.push(name)
    else if (!found.isDirectory()) files.push({ name, path })
    else {
      const entries = await readdir(path, { recursive: true, withFileTypes: true })
      const inside = entries.filter((entry) => entry.isFile() && pictureName.test(entry.name)).map((entry) => join(entry.parentPath, entry.name))
      for (const file of inside.sort()) files.push({ name: join(name, relative(path, file)), path: file })
    }
  }
  if (missing.length) throw new UsageError("file_not_found", missing.join(", "))
  return files
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const bytes = Buffer.allocUnsafe(Math.min(readMax, (await file.stat()).size))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
