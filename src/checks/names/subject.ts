/** Whose name is judged: the unit of the registry, or of a record that may be unknown to it. */
import type { Unit } from "../../model/unit.ts"
import type { Level } from "../rulesets/schema.ts"
import { kindAndName, withoutProvince, type Gazetteer } from "./gazetteer.ts"
import { readName, type Word } from "./text.ts"

export interface NameSubject {
  id: string
  level: Level
  /** xã, phường, thị trấn, huyện …; empty for the portal and departments. */
  kind: string
  /** Without the kind; empty for the portal and departments. */
  name: string
  officialName: string
  variants: readonly string[]
  /** "thành phố Bắc Ninh", when known. */
  parent: string | null
  homonymsIn: readonly string[]
  ends: string | null
}

const levelOf: Record<Unit["kind"], Level> = {
  province_portal: "province_portal",
  department: "department",
  commune: "commune",
  ward: "commune",
  township: "commune",
  district: "district",
  town: "district",
  city: "district",
}
const kindOf: Partial<Record<Unit["kind"], string>> = {
  commune: "xã",
  ward: "phường",
  township: "thị trấn",
  district: "huyện",
  town: "thị xã",
  city: "thành phố",
}

export function subjectOfUnit(unit: Unit): NameSubject {
  const named = kindAndName(unit.name)
  const level = levelOf[unit.kind]
  const unitLike = level === "commune" || level === "district"
  return {
    id: unit.id,
    level,
    kind: unitLike ? (named?.kind ?? kindOf[unit.kind] ?? "") : "",
    name: unitLike ? (named?.name ?? unit.name) : "",
    officialName: unit.name,
    variants: unit.nameVariants,
    parent: unit.parent ?? null,
    homonymsIn: unit.homonymsIn,
    ends: unit.ends ?? null,
  }
}

export interface UnitRecord {
  id: string
  level: string
  kind?: string | undefined
  name?: string | undefined
  parent?: string | undefined
  official_name: string
  name_variants?: string[] | undefined
  homonyms_in?: string[] | undefined
  homonyms?: string[] | undefined
  abolished?: string | undefined
}
export function subjectOfRecord(unit: UnitRecord): NameSubject {
  const level: Level =
    unit.level === "province_portal" || unit.level === "department"
      ? unit.level
      : unit.level === "district" || /huyện|thành phố|thị xã|quận/i.test(unit.kind ?? "")
        ? "district"
        : "commune"
  const unitLike = level === "commune" || level === "district"
  const named = kindAndName(unit.kind && unit.name ? `${unit.kind} ${unit.name}` : unit.official_name)
  return {
    id: unit.id,
    level,
    kind: unitLike ? (named?.kind ?? unit.kind?.toLowerCase() ?? "") : "",
    name: unitLike ? (named?.name ?? unit.name ?? unit.official_name) : "",
    officialName: unit.official_name,
    variants: unit.name_variants ?? [],
    parent: unit.parent ?? null,
    homonymsIn: [...(unit.homonyms_in ?? []), ...(unit.homonyms ?? [])],
    ends: null,
  }
}

/** The name the plan asks for, as it is shown to people. */
export const expectedName = (subject: NameSubject): string =>
  subject.level === "province_portal" || subject.level === "department" || !subject.kind
    ? subject.officialName
    : `UBND ${subject.kind} ${subject.name}`

export interface Subject extends NameSubject {
  expected: string
  /** The expected name and its equal variants. */
  fullNames: Word[][]
  nameWords: Word[]
  kindWords: Word[]
  /** Departments: the name without "tỉnh Bắc Ninh". */
  baseWords: Word[]
}

const compiled = new WeakMap<NameSubject, Subject>()
export function compileSubject(subject: NameSubject, gazetteer: Gazetteer): Subject {
  const known = compiled.get(subject)
  if (known) return known
  const words = (text: string) => readName(text).words
  const expected = expectedName(subject)
  const unitLike = subject.kind !== "" && (subject.level === "commune" || subject.level === "district")
  const made: Subject = {
    ...subject,
    expected,
    fullNames: [expected, ...(unitLike ? [] : subject.variants)].map(words),
    nameWords: unitLike ? words(subject.name) : [],
    kindWords: unitLike ? words(subject.kind) : [],
    baseWords: subject.level === "department" ? words(withoutProvince(subject.officialName, gazetteer.province)) : [],
  }
  compiled.set(subject, made)
  return made
}
