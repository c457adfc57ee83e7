/** Small things that commands share. */
import { userInfo } from "node:os"
import { join, resolve } from "node:path"
import { messageOf, UsageError } from "../base/errors.ts"

/** Who the audit log names: the person at the console. */
export function actor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return "cli"
  }
}

export function needIds(positionals: string[], exactly?: number): string[] {
  if (!positionals.length) throw new UsageError("missing_option", "ID")
  if (exactly !== undefined && positionals.length !== exactly) throw new UsageError("bad_option", `${positionals.length} ids, expected ${exactly}`)
  return [...new Set(positionals)]
}

/** A folder for files to come: made when it is not there, and seen to be writable before the work begins. */
export async function writableFolder(folder: string): Promise<string> {
  const { access, constants, mkdir } = await import("node:fs/promises")
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new UsageError("not_writable", `${folder}: ${messageOf(error)}`)
  }
  return folder
}

/** Writes what `--out` asks for: a file, or a folder that gets it under `name`; without `--out`, `name` here. Answers the path. */
export async function writeOut(cwd: string, out: unknown, name: string, content: string | Uint8Array, mode?: number): Promise<string> {
  const { stat, writeFile } = await import("node:fs/promises")
  const asked = resolve(cwd, typeof out === "string" ? out : name)
  const file = (await stat(asked).catch(() => null))?.isDirectory() ? join(asked, name) : asked
  try {
    await writeFile(file, content, mode === undefined ? {} : { mode })
  } catch (error) {
    throw new UsageError("bad_option", `--out ${file}: ${messageOf(error)}`)
  }
  return file
}

/** A moment in JSON; null where there is none. */
export const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Columns aligned for a terminal; cells are cut at 80 characters. */
export function table(head: string[], rows: string[][]): string {
  const cut = (cell: string) => (cell.length > 80 ? `${cell.slice(0, 79)}…` : cell)
  const all = [head, ...rows].map((row) => row.map(cut))
  const widths = head.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? "")].length)))
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell + " ".repeat(widths[i]! - [...cell].length)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** Reads and parses a JSON file (or standard input when `file` is undefined) under a limit of 64 MB. */
export async function readJson(file: string | undefined, cwd: string, stdin: () => Promise<string>): Promise<unknown> {
  const { readFile, stat } = await import("node:fs/promises")
  let text: string
  if (file === undefined || file === "-") text = await stdin()
  else {
    const path = resolve(cwd, file)
    try {
      if ((await stat(path)).size > 64_000_000) throw new Error("larger than 64 MB")
      text = await readFile(path, "utf8")
    } catch (error) {
      throw new UsageError("file_not_found", `${file}: ${messageOf(error)}`)
    }
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError("bad_json", `${file ?? "stdin"}: ${messageOf(error)}`)
  }
}
