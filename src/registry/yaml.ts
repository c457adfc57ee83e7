/** YAML of people: read quickly while it is plain and right, and exactly (with line numbers) as soon as something is wrong. */
import type { Document, LineCounter } from "yaml"
import { messageOf } from "../base/errors.ts"
import { exactYaml, quickYaml } from "../base/yaml.ts"
import { limits } from "./files.ts"

export interface YamlMistake {
  line: number | null
  found: string
  expected: string
}
export interface YamlFile {
  value: unknown
  /** Line of the deepest node of the path that exists (a missing field is shown at its parent). */
  lineOf(path: readonly PropertyKey[]): number
  /** A scalar as the person wrote it. */
  writtenAt(path: readonly PropertyKey[]): string
}

export function readYaml(text: string): YamlFile | { mistakes: YamlMistake[] } {
  // A deep tower of brackets or indents would exhaust the parser before it could complain.
  if (new RegExp(`(?:[\\[{]\\s*){${limits.nesting}}|^ {${limits.nesting * 5}}`, "m").test(text)) return { mistakes: [tooDeep] }
  const quick = quickYaml(text)
  if (quick !== undefined) return isDeeperThan(quick, limits.nesting) ? { mistakes: [tooDeep] } : located(quick, text)
  const exact = parseExactly(text)
  return "mistakes" in exact ? exact : located(exact.value, text, exact)
}

const tooDeep: YamlMistake = { line: null, found: "lồng quá sâu hoặc tự chứa chính mình", expected: `tối đa ${limits.nesting} cấp` }

const isDeeperThan = (value: unknown, levels: number): boolean =>
  value !== null && typeof value === "object" && (levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1)))

interface Exact {
  doc: Document
  lines: LineCounter
  value: unknown
}

function parseExactly(text: string): Exact | { mistakes: YamlMistake[] } {
  const { LineCounter, parseDocument, visit } = exactYaml()
  const lines = new LineCounter()
  try {
    const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
    if (doc.errors.length) {
      return {
        mistakes: doc.errors
          .slice(0, 20)
          .map((error) => ({
            line: lines.linePos(error.pos[0]).line,
            found: error.message.split("\n")[0]!.slice(0, 200),
            expected: "YAML đúng cú pháp",
          })),
      }
    }
    let aliases = 0
    visit(doc, { Alias: () => void aliases++ })
    if (aliases > limits.aliases) return { mistakes: [{ line: null, found: `${aliases} bí danh (*)`, expected: `tối đa ${limits.aliases}` }] }
    const value: unknown = doc.toJS({ maxAliasCount: limits.aliases })
    return isDeeperThan(value, limits.nesting) ? { mistakes: [tooDeep] } : { doc, lines, value }
  } catch (error) {
    return { mistakes: [{ line: null, found: messageOf(error).slice(0, 200), expected: "YAML đọc được" }] }
  }
}

function located(value: unknown, text: string, known?: Exact): YamlFile {
  let exact = known
  const look = () => {
    if (!exact) {
      const parsed = parseExactly(text)
      if ("mistakes" in parsed) return null
      exact = parsed
    }
    return exact
  }
  return {
    value,
    lineOf(path) {
      const at = look()
      return at ? lineIn(at, path) : 1
    },
    writtenAt(path) {
      const node = look()?.doc.getIn(path, true)
      return exactYaml().isScalar(node) ? (node.source ?? String(node.value)) : ""
    },
  }
}

function lineIn({ doc, lines }: Exact, path: readonly PropertyKey[]): number {
  const { isCollection, isNode, isScalar } = exactYaml()
  for (let full = [...path]; ; full = full.slice(0, -1)) {
    const last = full.at(-1)
    const parent = full.length ? doc.getIn(full.slice(0, -1), true) : null
    if (isCollection(parent) && typeof last === "string") {
      for (const { key } of parent.items as { key?: unknown }[])
        if (isScalar(key) && key.value === last && key.range) return lines.linePos(key.range[0]).line
    }
    const node = full.length ? doc.getIn(full, true) : doc.contents
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
    if (!full.length) return 1
  }
}
