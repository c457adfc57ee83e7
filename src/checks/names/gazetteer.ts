/**
 * Every body a name may mean: bodies of the province, present and abolished, and other provinces. Compiled once into indexes over bare
 * words; dates are looked at when judging, so one gazetteer serves every day.
 */
import { z } from "zod"
import type { Unit } from "../../model/unit.ts"
import { shapeOf } from "./confusables.ts"
import { readName, type Word } from "./text.ts"

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date YYYY-MM-DD")
const text = z.string().trim().min(1).max(300)
const short = z.array(text).default([])
const province = z.strictObject({ name: text, kind: text.optional(), short, until: day.optional(), bare: z.boolean().default(true) })
const body = z.strictObject({ name: text, short, from: day.optional(), until: day.optional(), successor: text.optional() })

export const gazetteerFile = z.strictObject({
  province: z.strictObject({ kind: text, name: text, short }),
  portal: text,
  mergedProvinces: z.array(province.extend({ until: day })),
  otherProvinces: z.array(province).max(200),
  formerProvinces: z.array(province).max(200),
  departments: z.array(body).max(500),
  formerDepartments: z.array(body.extend({ until: day })).max(500),
  districts: z.array(z.strictObject({ unit: text, province: text, from: day.optional(), until: day.optional() })).max(500),
  communesFrom: day,
  communes: z.array(z.strictObject({ unit: text, homonymsIn: z.array(text).default([]), formedFrom: z.array(text).default([]) })).max(5_000),
})
export type GazetteerFile = z.infer<typeof gazetteerFile>

export type BodyClass = "commune" | "district" | "department"
/** A body of the province; equal kind and name is the same body for the rules. */
export interface Body {
  class: BodyClass
  /** xã, phường, huyện …; empty for departments. */
  kind: string
  /** As written, without the kind: "Kinh Bắc"; for departments without "tỉnh Bắc Ninh". */
  name: string
  /** Normalised words of `name`. */
  exact: string[]
  bare: string[]
  /** First and last day; null = open. */
  from: string | null
  until: string | null
  /** "huyện Yên Phong", where the parent is known. */
  parents: string[]
  /** The province it belonged to before the merger. */
  province: string
  homonymsIn: string[]
  successor: string | null
}
export interface ProvinceName {
  name: string
  exact: string[]
  bare: string[]
  role: "own" | "merged" | "other"
  until: string | null
  /** Counts without "tỉnh" or "thành phố" before it. */
  alone: boolean
}
export interface Spelling {
  body: Body
  text: string
  exact: string[]
  bare: string[]
  short: boolean
}

export interface Gazetteer {
  province: string
  portal: string
  /** The day on which the new communes began. */
  mergedOn: string
  bodies: readonly Body[]
  /** Units by bare name words: "kinh bac" -> bodies of any kind. */
  unitsByName: ReadonlyMap<string, readonly Body[]>
  /** Department spellings by their first bare word. */
  departmentsByWord: ReadonlyMap<string, readonly Spelling[]>
  /** Departments by their exact words. */
  departmentsByName: ReadonlyMap<string, Body>
  provincesByWord: ReadonlyMap<string, readonly ProvinceName[]>
  nameWordsMax: number
  knownBare: ReadonlySet<string>
  byShape: ReadonlyMap<string, string>
}

const wordsOf = (name: string) => readName(name).words
const exactOf = (words: Word[]) => words.map((word) => word.exact)
const bareOf = (words: Word[]) => words.map((word) => word.bare)

const kinds = ["thị trấn", "thị xã", "thành phố", "phường", "xã", "huyện", "quận"]
/** "phường Kinh Bắc, thành phố Bắc Ninh" -> kind and name of the first part. */
export function kindAndName(unit: string): { kind: string; name: string } | null {
  const plain = unit.normalize("NFC").trim().replace(/\s+/g, " ").replace(/^(?:UBND|Ủy ban nhân dân|Uỷ ban nhân dân)\s+/i, "")
  const kind = kinds.find((kind) => plain.toLowerCase().startsWith(`${kind} `))
  return kind ? { kind, name: plain.slice(kind.length + 1).trim() } : null
}

export function buildGazetteer(file: GazetteerFile, units: readonly Unit[] = []): Gazetteer {
  const bodies = new Map<string, Body>()
  const put = (found: Omit<Body, "exact" | "bare">) => {
    const words = wordsOf(found.name)
    const key = `${found.kind}\n${exactOf(words).join(" ")}`
    const known = bodies.get(key)
    if (!known) {
      bodies.set(key, { ...found, exact: exactOf(words), bare: bareOf(words) })
      return
    }
    // Equal kind and name before and after the merger: one body that never ended (OBS-4, last sentence).
    if (found.until === null) known.until = null
    if (found.from === null) known.from = null
    else if (known.from !== null && found.from < known.from) known.from = found.from
    for (const parent of found.parents) if (!known.parents.includes(parent)) known.parents.push(parent)
    for (const name of found.homonymsIn) if (!known.homonymsIn.includes(name)) known.homonymsIn.push(name)
  }
  const own = file.province.name
  const dayBefore = new Date(Date.parse(`${file.communesFrom}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
  const empty = { parents: [], homonymsIn: [], successor: null }
  for (const commune of file.communes) {
    const named = kindAndName(commune.unit)
    if (!named) continue
    put({
      ...empty,
      parents: [],
      class: "commune",
      ...named,
      from: file.communesFrom,
      until: null,
      province: own,
      homonymsIn: [...commune.homonymsIn],
    })
  }
  for (const commune of file.communes) {
    for (const former of commune.formedFrom) {
      const [unit, parent = "", province = own] = former.split(",").map((part) => part.trim())
      const named = kindAndName(unit!)
      if (named)
        put({
          ...empty,
          class: "commune",
          ...named,
          from: null,
          until: dayBefore,
          parents: parent ? [parent] : [],
          homonymsIn: [],
          province: province.replace(/^tỉnh /, ""),
          successor: commune.unit,
        })
    }
  }
  for (const district of file.districts) {
    const named = kindAndName(district.unit)
    if (named)
      put({
        ...empty,
        parents: [],
        homonymsIn: [],
        class: "district",
        ...named,
        from: district.from ?? null,
        until: district.until ?? null,
        province: district.province,
      })
  }
  for (const unit of units) putUnit(unit, put, own)
  const departments: { body: Body; short: string[] }[] = []
  for (const entry of [...file.departments, ...file.formerDepartments]) {
    const words = wordsOf(entry.name)
    const made: Body = {
      ...empty,
      class: "department",
      kind: "",
      name: entry.name,
      exact: exactOf(words),
      bare: bareOf(words),
      from: entry.from ?? null,
      until: entry.until ?? null,
      parents: [],
      homonymsIn: [],
      province: own,
      successor: entry.successor ?? null,
    }
    departments.push({ body: made, short: entry.short })
  }
  for (const unit of units) {
    if (unit.kind !== "department") continue
    const name = withoutProvince(unit.name, own)
    const words = wordsOf(name)
    if (departments.some(({ body }) => body.exact.join(" ") === exactOf(words).join(" "))) continue
    departments.push({
      body: {
        ...empty,
        class: "department",
        kind: "",
        name,
        exact: exactOf(words),
        bare: bareOf(words),
        from: unit.begins ?? null,
        until: unit.ends ?? null,
        parents: [],
        homonymsIn: [],
        province: own,
        successor: null,
      },
      short: [],
    })
  }
  return index(file, [...bodies.values()], departments)
}

const unitKinds: Record<string, string> = {
  commune: "xã",
  ward: "phường",
  district: "huyện",
  town: "thị xã",
  city: "thành phố",
  township: "thị trấn",
}
function putUnit(unit: Unit, put: (body: Omit<Body, "exact" | "bare">) => void, own: string) {
  const kind = unitKinds[unit.kind]
  if (!kind) return
  const named = kindAndName(unit.name) ?? { kind, name: unit.name }
  const district = unit.kind === "district" || unit.kind === "town" || unit.kind === "city"
  const body = {
    class: (district ? "district" : "commune") as BodyClass,
    ...named,
    from: unit.begins ?? null,
    until: unit.ends ?? null,
    parents: unit.parent ? [unit.parent] : [],
    homonymsIn: [...unit.homonymsIn],
    successor: null,
  }
  put({ ...body, province: unit.province ?? own })
}

export const withoutProvince = (name: string, province: string) =>
  name
    .normalize("NFC")
    .replace(new RegExp(`[\\s,–-]+(?:tỉnh\\s+)?${province}\\s*$`, "i"), "")
    .trim()

function index(file: GazetteerFile, units: Body[], departments: { body: Body; short: string[] }[]): Gazetteer {
  const unitsByName = new Map<string, Body[]>()
  const departmentsByWord = new Map<string, Spelling[]>()
  const provincesByWord = new Map<string, ProvinceName[]>()
  const add = <T>(map: Map<string, T[]>, key: string, value: T) => void (map.get(key)?.push(value) ?? map.set(key, [value]))
  const knownBare = new Set<string>()
  const byShape = new Map<string, string>()
  const know = (bare: string) => {
    if (bare.length < 2 || /\d/.test(bare)) return
    knownBare.add(bare)
    if (bare.length >= 3 && !byShape.has(shapeOf(bare))) byShape.set(shapeOf(bare), bare)
  }
  let nameWordsMax = 1
  for (const body of units) {
    add(unitsByName, body.bare.join(" "), body)
    nameWordsMax = Math.max(nameWordsMax, body.bare.length)
    body.bare.forEach(know)
  }
  for (const { body, short } of departments) {
    // People leave the "và" out of long names: "Sở Kế hoạch Đầu tư".
    const unjoined = body.name.includes(" và ") ? [body.name.replaceAll(" và ", " ")] : []
    for (const spelling of new Set([body.name, ...short, ...unjoined])) {
      const words = wordsOf(spelling)
      add(departmentsByWord, words[0]!.bare, { body, text: spelling, exact: exactOf(words), bare: bareOf(words), short: spelling !== body.name })
    }
    body.bare.forEach(know)
  }
  for (const list of departmentsByWord.values()) list.sort((a, b) => b.bare.length - a.bare.length)
  const addProvince = (name: string, shorts: string[], role: ProvinceName["role"], until: string | null, alone: boolean) => {
    for (const spelling of [name, ...shorts]) {
      const words = wordsOf(spelling)
      add(provincesByWord, words[0]!.bare, { name, exact: exactOf(words), bare: bareOf(words), role, until, alone })
      words.forEach((word) => know(word.bare))
    }
  }
  addProvince(file.province.name, file.province.short, "own", null, true)
  for (const entry of file.mergedProvinces) addProvince(entry.name, entry.short, "merged", entry.until, entry.bare)
  for (const entry of [...file.otherProvinces, ...file.formerProvinces]) addProvince(entry.name, entry.short, "other", null, entry.bare)
  for (const list of provincesByWord.values()) list.sort((a, b) => b.bare.length - a.bare.length)
  for (const word of wordsOf(
    `${file.portal} ủy ban nhân dân hội đồng xã phường thị trấn thành phố huyện tỉnh truyền thông chính quyền trung tâm phục vụ hành chính công bộ phận trang điện tử`,
  ))
    know(word.bare)
  return {
    province: file.province.name,
    portal: file.portal,
    mergedOn: file.communesFrom,
    bodies: [...units, ...departments.map(({ body }) => body)],
    unitsByName,
    departmentsByWord,
    departmentsByName: new Map(departments.map(({ body }) => [body.exact.join(" "), body])),
    provincesByWord,
    nameWordsMax,
    knownBare,
    byShape,
  }
}

export const livesOn = (body: Body, day: string) => (body.from === null || body.from <= day) && (body.until === null || day <= body.until)
export const endedBefore = (body: Body, day: string) => body.until !== null && body.until < day
