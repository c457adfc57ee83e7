/** Database -> files. Files that people wrote keep their comments and order: only what differs is touched. */
import { Document, isMap, isSeq, parseDocument, Scalar, stringify, visit, type ParsedNode, type YAMLMap, type YAMLSeq } from "yaml"
import { routesFile, type Folder } from "./files.ts"
import type { Entry, UnitSource } from "./load.ts"
import { same, type AccountSource } from "./state.ts"

const layout = { lineWidth: 0, flowCollectionPadding: true } as const

/** Texts that look like numbers are always written in double quotes, as interface and README ask people to do. */
function node(doc: Document, value: unknown) {
  const made = doc.createNode(value)
  const holder = new Document(made)
  visit(holder, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === "string" && /^[\d+.:-]+$/.test(scalar.value) && !/^\d{4}-\d{2}-\d{2}$/.test(scalar.value))
        scalar.type = Scalar.QUOTE_DOUBLE
    },
  })
  return holder.contents as ParsedNode
}

/** Path -> new text, only of files that change. `units` is what holds; `routes` are written only into an empty folder. */
export function exportFiles(units: Entry<UnitSource>[], routes: Entry<object>[], folder: Folder | null): Map<string, string> {
  const result = new Map<string, string>()
  const existing = new Map(folder?.files.map((file) => [file.path, file.text]))
  for (const [path, entries] of groupBy(units)) {
    const text = existing.get(path)
    const written = text === undefined ? fresh(entries.map((entry) => entry.source)) : patched(text, entries.map((entry) => entry.source))
    if (written !== text) result.set(path, written)
  }
  // A unit that left the registry leaves its file, too.
  for (const [path, text] of existing) {
    if (path === routesFile || units.some((entry) => entry.file === path)) continue
    const written = patched(text, [])
    if (written !== text) result.set(path, written)
  }
  if (routes.length && !existing.has(routesFile)) result.set(routesFile, fresh(routes.map((entry) => entry.source)))
  return result
}

function groupBy(units: Entry<UnitSource>[]) {
  const groups = new Map<string, Entry<UnitSource>[]>()
  for (const entry of units) groups.set(entry.file, [...(groups.get(entry.file) ?? []), entry])
  return groups
}

const fresh = (sources: object[]) => {
  const doc = new Document([])
  for (const source of sources) (doc.contents as YAMLSeq).add(node(doc, source))
  return stringify(doc, layout)
}

function patched(text: string, sources: UnitSource[]): string {
  const doc = parseDocument(text)
  const list = isSeq(doc.contents) ? doc.contents : isMap(doc.contents) ? doc.contents.get("units") : null
  let touched = false
  if (isSeq(list)) {
    const wanted = new Map(sources.map((source) => [source.id, source]))
    for (let i = list.items.length - 1; i >= 0; i--) {
      const map = list.items[i]
      if (!isMap(map)) continue
      const source = wanted.get(String(map.get("id")))
      wanted.delete(String(map.get("id")))
      if (!source) {
        list.items.splice(i, 1)
        touched = true
      } else if (patchUnit(doc, map, source)) touched = true
    }
    for (const source of wanted.values()) {
      list.add(node(doc, source))
      touched = true
    }
  } else if (isMap(doc.contents) && sources.length === 1) {
    touched = patchUnit(doc, doc.contents, sources[0]!)
  }
  return touched ? doc.toString(layout) : text
}

function patchUnit(doc: Document, map: YAMLMap, source: UnitSource): boolean {
  const { accounts = [], ...fields } = source
  let touched = patchMap(doc, map, fields, ["accounts"])
  const list = map.get("accounts")
  if (!isSeq(list)) {
    if (!accounts.length) return touched
    map.set("accounts", node(doc, accounts))
    return true
  }
  const wanted = new Map<string, AccountSource>(accounts.map((account) => [account.id, account]))
  for (let i = list.items.length - 1; i >= 0; i--) {
    const item = list.items[i]
    if (!isMap(item)) continue
    const account = wanted.get(String(item.get("id")))
    wanted.delete(String(item.get("id")))
    if (!account) {
      list.items.splice(i, 1)
      touched = true
    } else if (patchMap(doc, item, account)) touched = true
  }
  for (const account of wanted.values()) {
    list.add(node(doc, account))
    touched = true
  }
  return touched
}

/** Makes the map say exactly `wanted`, touching only keys that differ. */
function patchMap(doc: Document, map: YAMLMap, wanted: object, leave: string[] = []): boolean {
  let touched = false
  const now = map.toJS(doc) as Record<string, unknown>
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined || same(now[key], value)) continue
    map.set(key, node(doc, value))
    touched = true
  }
  for (const key of Object.keys(now)) {
    if (leave.includes(key) || (wanted as Record<string, unknown>)[key] !== undefined) continue
    map.delete(key)
    touched = true
  }
  return touched
}
