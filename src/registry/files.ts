/** Which files of `accounts/` are read, and how much of them: a folder that people edit is outside input like any other. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { messageOf, type Mistake } from "../base/errors.ts"
import { sha256 } from "../base/hash.ts"

export const limits = { files: 2_000, fileBytes: 4_000_000, totalBytes: 32_000_000, depth: 6, aliases: 100, nesting: 40 }

/** Data of other rooms that lives in the same folder. */
const otherRooms = new Set(["rulesets", "lexicon", "images", "observed", "evidence", "gazetteer.yaml", "gazetteer.yml", "retention.yaml"])
export const routesFile = "routes.yaml"

export interface SourceFile {
  /** Below the registry folder, with `/`. */
  path: string
  text: string
}
export interface Folder {
  dir: string
  files: SourceFile[]
  /** Of all names and contents; equal hash = nothing to do. */
  hash: string
  mistakes: Mistake[]
}

export function readFolder(dir: string): Folder {
  const mistakes: Mistake[] = []
  const files: SourceFile[] = []
  let total = 0
  const wrong = (file: string, found: string, expected: string) => void mistakes.push({ file, field: "tệp", found, expected })
  const visit = (folder: string, depth: number) => {
    let entries: string[]
    try {
      entries = readdirSync(folder).sort()
    } catch (error) {
      return wrong(relative(dir, folder) || dir, messageOf(error), "thư mục đọc được")
    }
    for (const name of entries) {
      if (name.startsWith(".") || (depth === 0 && otherRooms.has(name))) continue
      const full = join(folder, name)
      const path = relative(dir, full).replaceAll("\\", "/")
      try {
        const stat = statSync(full)
        if (stat.isDirectory()) {
          if (depth < limits.depth) visit(full, depth + 1)
          else wrong(path, `thư mục lồng quá ${limits.depth} cấp`, `tối đa ${limits.depth} cấp`)
        } else if (/\.ya?ml$/i.test(name)) {
          total += stat.size
          if (stat.size > limits.fileBytes) wrong(path, `${stat.size} byte`, `tối đa ${limits.fileBytes} byte`)
          else if (total > limits.totalBytes || files.length >= limits.files)
            wrong(path, "quá nhiều tệp", `tối đa ${limits.files} tệp, ${limits.totalBytes} byte`)
          else files.push({ path, text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(full)) })
        }
      } catch (error) {
        wrong(path, messageOf(error), "tệp văn bản UTF-8 đọc được")
      }
    }
  }
  visit(dir, 0)
  const hash = sha256(files.map((file) => `${file.path}\u0000${sha256(file.text)}`).join("\n"))
  return { dir, files, hash, mistakes }
}
