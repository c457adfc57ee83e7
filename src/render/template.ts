/**
 * A template is text with holes. `{{name}}` puts a value in, `{{#if name}}…{{else}}…{{/if}}` shows a part when the value is
 * not empty, `{{#each list}}…{{/each}}` repeats a part (inside, names of the entry come first), `{{! … }}` is a remark.
 * Nothing else: no expressions, no calls, no escapes into code. Values are put in once and never read as template again.
 * A line that holds only a tag leaves no empty line behind. Every hole is checked when the template is loaded.
 */
import { InvalidInputError, type Mistake } from "../base/errors.ts"

/** Allowed names: `"title"`, and `"items.name"` for fields of the entries of the list `items`. */
export type Names = readonly string[]
export type TemplateData = { readonly [name: string]: TemplateValue }
export type TemplateValue = string | number | boolean | null | undefined | readonly TemplateData[]

type Node =
  | { kind: "text"; text: string }
  | { kind: "value"; name: string }
  | { kind: "if"; name: string; then: Node[]; otherwise: Node[] }
  | { kind: "each"; name: string; body: Node[] }
export interface Template {
  readonly file: string
  readonly nodes: readonly Node[]
}

const templateCharsMax = 200_000
const tag = /\{\{([\s\S]*?)\}\}/g

/** Line and column (from 1) of an offset. */
function position(text: string, offset: number): string {
  const before = text.slice(0, offset)
  return `${before.split("\n").length}:${offset - before.lastIndexOf("\n")}`
}

interface Token {
  at: number
  end: number
  inner: string
}

/** Reads and checks a template; all mistakes are thrown together, each with file:line:column and the names that are allowed. */
export function parseTemplate(file: string, source: string, names: Names): Template {
  const text = source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").normalize("NFC")
  const mistakes: Mistake[] = []
  const wrong = (at: number, found: string, expected: string) =>
    void mistakes.push({ file: `${file}:${position(text, at)}`, field: "chỗ trống {{…}}", found: found.slice(0, 80), expected })
  if (text.length > templateCharsMax)
    throw new InvalidInputError("template", [{ file, field: "tệp", found: `${text.length} ký tự`, expected: `tối đa ${templateCharsMax} ký tự` }])
  const tokens: Token[] = [...text.matchAll(tag)].map((match) => ({ at: match.index, end: match.index + match[0].length, inner: match[1]!.trim() }))
  for (const stray of strayBraces(text, tokens)) wrong(stray, text.slice(stray, stray + 20).split("\n")[0]!, "{{ và }} đi thành cặp")

  const lists = new Set(names.flatMap((name) => (name.includes(".") ? [name.slice(0, name.lastIndexOf("."))] : [])))
  const root: Node[] = []
  interface Open {
    kind: "if" | "each"
    at: number
    name: string
    node: Extract<Node, { kind: "if" | "each" }>
    into: Node[]
    scope: string
  }
  const open: Open[] = []
  const into = () => open.at(-1)?.into ?? root
  const scopes = () => ["", ...open.filter((block) => block.kind === "each").map((block) => block.scope)]
  const known = (name: string) => scopes().some((scope) => names.includes(scope + name) || lists.has(scope + name))
  const allowed = () =>
    names
      .filter((name) => scopes().some((scope) => name.startsWith(scope) && !name.slice(scope.length).includes(".")))
      .map((name) => name.slice(name.lastIndexOf(".") + 1))
  const check = (token: Token, name: string) => {
    if (known(name)) return true
    wrong(token.at, `{{${token.inner}}}`, `một trong: ${[...new Set([...allowed(), ...lists])].join(", ")}`)
    return false
  }
  let from = 0
  for (const token of tokens) {
    const alone = /^(?:[#/!]|else$)/.test(token.inner) ? standalone(text, token) : null
    const upTo = alone?.start ?? token.at
    if (upTo > from) into().push({ kind: "text", text: text.slice(from, upTo) })
    from = alone?.end ?? token.end
    const block = /^#(if|each)\s+(\S+)$/.exec(token.inner)
    if (token.inner.startsWith("!")) continue
    if (block) {
      const [, kind, name] = block as unknown as [string, "if" | "each", string]
      check(token, name)
      const body: Node[] = []
      const node = kind === "if" ? { kind, name, then: body, otherwise: [] as Node[] } : { kind, name, body }
      const scope = scopes().map((prefix) => prefix + name).find((full) => lists.has(full))
      if (kind === "each" && !scope) wrong(token.at, `{{${token.inner}}}`, `tên một danh sách: ${[...lists].join(", ") || "(không có)"}`)
      into().push(node)
      open.push({ kind, at: token.at, name, node, into: body, scope: `${scope ?? name}.` })
    } else if (token.inner === "else") {
      const last = open.at(-1)
      if (last?.node.kind === "if" && last.into === last.node.then) last.into = last.node.otherwise
      else wrong(token.at, "{{else}}", "nằm giữa {{#if …}} và {{/if}}")
    } else if (/^\/(if|each)$/.test(token.inner)) {
      if (open.at(-1)?.kind === token.inner.slice(1)) open.pop()
      else wrong(token.at, `{{${token.inner}}}`, open.length ? `{{/${open.at(-1)!.kind}}} trước` : "một {{#…}} mở trước đó")
    } else if (/^[\p{L}\p{N}_.]+$/u.test(token.inner)) {
      if (check(token, token.inner)) into().push({ kind: "value", name: token.inner })
    } else {
      wrong(token.at, `{{${token.inner}}}`, "{{tên}}, {{#if tên}}, {{else}}, {{/if}}, {{#each tên}}, {{/each}} hoặc {{! ghi chú }}")
    }
  }
  if (from < text.length) into().push({ kind: "text", text: text.slice(from) })
  for (const block of open) wrong(block.at, `{{#${block.kind} ${block.name}}}`, `có {{/${block.kind}}} đóng lại`)
  if (mistakes.length) throw new InvalidInputError("template", mistakes)
  return { file, nodes: root }
}

/** `{{` or `}}` outside of complete tags. */
function* strayBraces(text: string, tokens: Token[]): Generator<number> {
  let from = 0
  for (const { at, end, inner } of [...tokens, { at: text.length, end: text.length, inner: "" }]) {
    const match = /\{\{|\}\}/.exec(text.slice(from, at))
    if (match) yield from + match.index
    if (inner.includes("{{")) yield at
    from = end
  }
}

/** The whole line of a tag that stands alone on it. */
function standalone(text: string, token: Token): { start: number; end: number } | null {
  const start = text.lastIndexOf("\n", token.at - 1) + 1
  const newline = text.indexOf("\n", token.end)
  const end = newline < 0 ? text.length : newline + 1
  const rest = text.slice(start, token.at) + text.slice(token.end, end)
  return rest.trim() === "" ? { start, end } : null
}

const isEmpty = (value: TemplateValue) =>
  value === undefined || value === null || value === false || value === "" || (Array.isArray(value) && value.length === 0)

/** Fills a template. `escape` is applied to every value (for HTML); texts of the template itself are never escaped. */
export function renderText(template: Template, data: TemplateData, escape: (text: string) => string = (text) => text): string {
  const look = (scopes: readonly TemplateData[], name: string): TemplateValue => {
    for (let i = scopes.length - 1; i >= 0; i--) if (Object.hasOwn(scopes[i]!, name)) return scopes[i]![name]
    return undefined
  }
  const render = (nodes: readonly Node[], scopes: readonly TemplateData[]): string =>
    nodes
      .map((node) => {
        if (node.kind === "text") return node.text
        const value = look(scopes, node.name)
        if (node.kind === "if") return render(isEmpty(value) ? node.otherwise : node.then, scopes)
        if (node.kind === "each")
          return Array.isArray(value) ? value.map((entry: TemplateData) => render(node.body, [...scopes, entry])).join("") : ""
        return isEmpty(value) || typeof value === "object" ? "" : escape(String(value))
      })
      .join("")
  return render(template.nodes, [data])
}

