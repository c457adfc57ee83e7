/**
 * Templates of documents, written by the office without code. One line is one paragraph:
 *
 *   // a remark                    @căn cứ: …          a part of the form (see `parts`)
 *   # I. HEADING   ## 1. Heading   - an item of a list
 *   [bảng: tên]  [biểu đồ: tên]    a table or chart    [nếu: tên] …   [nếu không: tên] …   only when (not) so
 *   {{tên}}                        a value
 *
 * Names are words of the office. Everything is checked when the file is loaded: a name that does not exist is a mistake
 * with file, line, column and the names that do.
 */
import { readFileSync } from "node:fs"
import { InvalidInputError, type Mistake } from "../base/errors.ts"
import type { Block } from "./document.ts"
import { templatePath } from "./office.ts"

/** What a template may use. Values are text; a value that is empty or zero counts as "no" in `[nếu: …]`. */
export interface Vocabulary {
  values: readonly string[]
  blocks: readonly string[]
}
export interface Filling {
  value(name: string): string | number
  /** How a number is written. */
  show(value: string | number): string
  block(name: string): Block
}

const parts = ["loại", "ký hiệu", "trích yếu", "kính gửi", "căn cứ", "nơi nhận", "phụ lục"] as const
type Part = (typeof parts)[number]

interface Line {
  when: { name: string; not: boolean } | null
  kind: "heading1" | "heading2" | "item" | "text" | "block"
  /** Text with {{…}}, or the name of a table or chart. */
  text: string
}
export interface Template {
  parts: Record<Exclude<Part, "phụ lục">, string[]>
  body: Line[]
  appendices: { title: string; lines: Line[] }[]
}

const templateBytesMax = 200_000
const placeholder = /\{\{([^{}]*)\}\}/g
const nameKey = (name: string) => name.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase()

export function loadTemplate(templatesDir: string, name: string, vocabulary: Vocabulary): Template {
  const path = templatePath(templatesDir, name)
  const mistakes: Mistake[] = []
  const text = readFileSync(path, "utf8")
  if (text.length > templateBytesMax)
    mistakes.push({ file: path, field: "size", found: `${text.length} characters`, expected: `at most ${templateBytesMax}` })
  const template = mistakes.length ? null : parseTemplate(text, path, vocabulary, mistakes)
  if (!template || mistakes.length) throw new InvalidInputError("report template", mistakes)
  return template
}

/** Reads the text; what is wrong is added to `mistakes`, nothing is thrown. */
export function parseTemplate(text: string, file: string, vocabulary: Vocabulary, mistakes: Mistake[]): Template {
  const template: Template = {
    parts: { loại: [], "ký hiệu": [], "trích yếu": [], "kính gửi": [], "căn cứ": [], "nơi nhận": [] },
    body: [],
    appendices: [],
  }
  text
    .normalize("NFC")
    .split(/\r?\n/)
    .forEach((raw, index) => {
      const wrong = (column: number, found: string, expected: string) =>
        void mistakes.push({ file: `${file}:${index + 1}:${column + 1}`, field: "mẫu văn bản", found, expected })
      const known = (list: readonly string[], name: string, column: number, what: string) => {
        if (!list.some((entry) => nameKey(entry) === nameKey(name))) wrong(column, name.trim() || "(trống)", `${what}: ${list.join("; ")}`)
      }
      const line = raw.trimEnd()
      if (!line.trim() || line.startsWith("//")) return
      for (const match of line.matchAll(placeholder)) known(vocabulary.values, match[1]!, match.index, "một trong các tên")
      const rest = line.replace(placeholder, (found) => " ".repeat(found.length))
      const stray = rest.search(/\{\{|\}\}/)
      if (stray >= 0) wrong(stray, line.slice(stray, stray + 20), "cặp ngoặc {{tên}} đầy đủ")

      const part = /^@([^:]+):\s*(.*)$/.exec(line)
      if (part) {
        const name = nameKey(part[1]!) as Part
        if (!parts.includes(name)) return wrong(0, `@${part[1]}`, parts.map((entry) => `@${entry}`).join(", "))
        if (name === "phụ lục") template.appendices.push({ title: part[2]!, lines: [] })
        else template.parts[name].push(part[2]!)
        return
      }
      const lines = template.appendices.at(-1)?.lines ?? template.body
      const condition = /^\[(nếu(?: không)?):([^\]]*)\]\s*/i.exec(line)
      if (condition) known(vocabulary.values, condition[2]!, condition[0].indexOf(":") + 1, "một trong các tên")
      const when = condition ? { name: nameKey(condition[2]!), not: nameKey(condition[1]!) === "nếu không" } : null
      const content = condition ? line.slice(condition[0].length) : line
      const block = /^\[(bảng|biểu đồ|danh sách):([^\]]*)\]$/i.exec(content)
      if (block) {
        known(vocabulary.blocks, block[2]!, line.length - content.length + block[0].indexOf(":") + 1, "một trong các bảng, biểu đồ")
        lines.push({ when, kind: "block", text: nameKey(block[2]!) })
      } else if (content.startsWith("["))
        wrong(line.length - content.length, content.slice(0, 30), "[bảng: …], [biểu đồ: …], [nếu: …] hoặc [nếu không: …]")
      else if (content.startsWith("## ")) lines.push({ when, kind: "heading2", text: content.slice(3) })
      else if (content.startsWith("# ")) lines.push({ when, kind: "heading1", text: content.slice(2) })
      else if (content.startsWith("- ")) lines.push({ when, kind: "item", text: content.slice(2) })
      else lines.push({ when, kind: "text", text: content })
    })
  return template
}

export const fillText = (text: string, filling: Filling) =>
  text
    .replace(placeholder, (_, name: string) => filling.show(filling.value(nameKey(name))))
    .replace(/ {2,}/g, " ")
    .trim()

export function fillLines(lines: Line[], filling: Filling): Block[] {
  return lines.flatMap((line): Block[] => {
    if (line.when) {
      const value = filling.value(line.when.name)
      if ((value === "" || value === 0) !== line.when.not) return []
    }
    if (line.kind === "block") {
      const block = filling.block(line.text)
      return block.kind === "bars" && !block.bars.length ? [] : [block]
    }
    const text = fillText(line.text, filling)
    if (!text) return []
    if (line.kind === "heading1") return [{ kind: "heading", level: 1, text }]
    if (line.kind === "heading2") return [{ kind: "heading", level: 2, text }]
    return [{ kind: line.kind, text }]
  })
}
/** Lines of a part that are not empty once filled. */
export const fillParts = (texts: string[], filling: Filling) => texts.map((text) => fillText(text, filling)).filter(Boolean)
