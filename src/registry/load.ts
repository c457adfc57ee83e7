/** `accounts/` -> units and routes, or every mistake at once with file, line, entry and field. Nothing is written anywhere. */
import { basename } from "node:path"
import type { z } from "zod"
import type { Mistake } from "../base/errors.ts"
import { unitFile, type Unit, type UnitFile } from "../model/unit.ts"
import { explain, fieldName, show, type Explained } from "./explain.ts"
import { readFolder, routesFile, type Folder, type SourceFile } from "./files.ts"
import { routeFile, type Route } from "./routes.ts"
import { countUnits, judgeRoutes, judgeTogether, provinceGap, type Counts } from "./rules.ts"
import { readYaml, type YamlFile } from "./yaml.ts"

export type UnitSource = z.input<typeof unitFile>
export type RouteSource = z.input<typeof routeFile>
export interface Entry<Source> {
  /** File below the registry folder. */
  file: string
  /** The entry as written (defaults left out), so that an export does not fill files with defaults. */
  source: Source
}

export interface Loaded {
  dir: string
  hash: string
  entries: Entry<UnitSource>[]
  routeEntries: Entry<RouteSource>[]
  units: Unit[]
  routes: Route[]
  counts: Counts
  mistakes: Mistake[]
  warnings: Mistake[]
}

/** Text that people forget to quote; a number there has already lost zeros or digits. */
const quotedKeys = new Set(["id", "remoteId", "code", "phone", "handle"])

interface Place {
  file: string
  yaml: YamlFile
  /** Path of the entry inside the document. */
  base: PropertyKey[]
  source: unknown
}

/** `day` decides which units are living (for the 1 + 19 + 99 count). */
export function loadRegistry(dir: string, day: string): Loaded {
  return loadFolder(readFolder(dir), day)
}

export function loadFolder(folder: Folder, day: string): Loaded {
  const mistakes = [...folder.mistakes]
  const warnings: Mistake[] = []
  const unitPlaces: Place[] = []
  const routePlaces: Place[] = []
  for (const file of folder.files) (file.path === routesFile ? routePlaces : unitPlaces).push(...entriesOf(file, mistakes, warnings))
  if (!folder.mistakes.length && !unitPlaces.length && !mistakes.length) {
    warnings.push({ file: folder.dir, field: "tệp", found: "không có đơn vị nào", expected: "tệp units/*.yaml" })
  }
  const units = unitPlaces.map((place) => asUnit(judge(place, unitFile, mistakes)))
  const routes = routePlaces.map((place) => judge(place, routeFile, mistakes))
  const into = (list: Mistake[], places: Place[]) => (index: number, path: PropertyKey[], found: string, expected: string) =>
    void list.push(mistakeAt(places[index]!, { path, found, expected }))
  judgeTogether(units, into(mistakes, unitPlaces), into(warnings, unitPlaces))
  judgeRoutes(routes, units, into(mistakes, routePlaces))
  const good = units.filter((unit) => unit !== null)
  const counts = countUnits(good, day)
  const gap = provinceGap(counts, basename(folder.dir))
  if (gap && !mistakes.length) warnings.push(gap)
  return {
    dir: folder.dir,
    hash: folder.hash,
    entries: unitPlaces.map((place) => ({ file: place.file, source: place.source as UnitSource })),
    routeEntries: routePlaces.map((place) => ({ file: place.file, source: place.source as RouteSource })),
    units: good,
    routes: routes.filter((route) => route !== null),
    counts,
    mistakes,
    warnings,
  }
}

export const unitOf = (file: UnitFile): Unit => ({ ...file, accounts: file.accounts.map((account) => ({ ...account, unitId: file.id })) })
const asUnit = (file: UnitFile | null) => file && unitOf(file)

/** A file holds a list, one entry, or `{ units: […] }` (`{ routes: […] }`). */
function entriesOf(file: SourceFile, mistakes: Mistake[], warnings: Mistake[]): Place[] {
  const yaml = readYaml(file.text)
  const wrong = (line: number | null, found: string, expected: string) =>
    void mistakes.push({ file: line === null ? file.path : `${file.path}:${line}`, field: "tệp", found, expected })
  if ("mistakes" in yaml) {
    for (const mistake of yaml.mistakes) wrong(mistake.line, mistake.found, mistake.expected)
    return []
  }
  const { value } = yaml
  const place = (base: PropertyKey[], source: unknown): Place => ({ file: file.path, yaml, base, source })
  const list = (base: PropertyKey[], items: unknown[]) => items.map((source, i) => place([...base, i], source))
  if (value === null || value === undefined) {
    warnings.push({ file: file.path, field: "tệp", found: "tệp trống", expected: "danh sách đơn vị" })
    return []
  }
  if (Array.isArray(value)) return list([], value)
  if (typeof value === "object") {
    const key = file.path === routesFile ? "routes" : "units"
    const inner = (value as Record<string, unknown>)[key]
    if (Array.isArray(inner) && Object.keys(value).length === 1) return list([key], inner)
    if ("id" in value || "kind" in value || "when" in value) return [place([], value)]
  }
  wrong(1, show(value), "danh sách đơn vị, mỗi đơn vị bắt đầu bằng - id: …")
  return []
}

/** Checks one entry by itself; null when it is wrong. */
function judge<S extends z.ZodType>(place: Place, schema: S, mistakes: Mistake[]): z.output<S> | null {
  const unquoted = unquotedNumbers(place)
  for (const path of unquoted) {
    mistakes.push(
      mistakeAt(place, {
        path,
        found: place.yaml.writtenAt([...place.base, ...path]),
        expected: "đặt trong dấu ngoặc kép (số không có ngoặc kép bị mất chữ số hoặc số 0 ở đầu)",
      }),
    )
  }
  const result = schema.safeParse(place.source)
  if (result.success) return unquoted.length ? null : result.data
  const said = new Set(unquoted.map(fieldName))
  for (const issue of result.error.issues) {
    for (const explained of explain(issue, place.source, schema)) {
      const key = fieldName(explained.path)
      if (said.has(key)) continue
      said.add(key)
      mistakes.push(mistakeAt(place, explained))
    }
  }
  return null
}

/** Paths of numbers that stand where text is due. */
function unquotedNumbers(place: Place): PropertyKey[][] {
  const found: PropertyKey[][] = []
  const walk = (value: unknown, path: PropertyKey[], key: string) => {
    if (typeof value === "number" || typeof value === "bigint") {
      if (quotedKeys.has(key)) found.push(path)
    } else if (Array.isArray(value)) value.forEach((item, i) => walk(item, [...path, i], key))
    else if (value && typeof value === "object") for (const [name, item] of Object.entries(value)) walk(item, [...path, name], name)
  }
  walk(place.source, [], "")
  return found
}

function mistakeAt(place: Place, { path, found, expected }: Explained): Mistake {
  const entry = entryName(place, path)
  return {
    file: `${place.file}:${place.yaml.lineOf([...place.base, ...path])}`,
    ...(entry ? { entry } : {}),
    field: fieldName(path),
    found,
    expected,
  }
}

/** "phuong-kinh-bac", or "phuong-kinh-bac › kinh-bac-facebook" inside an account. */
function entryName(place: Place, path: PropertyKey[]): string {
  const unit = place.source as { id?: unknown; accounts?: { id?: unknown }[] } | null
  const id = typeof unit?.id === "string" ? unit.id : ""
  const account = path[0] === "accounts" && typeof path[1] === "number" ? unit?.accounts?.[path[1]]?.id : undefined
  return typeof account === "string" ? `${id} › ${account}` : id
}
