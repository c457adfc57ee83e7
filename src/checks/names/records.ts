/** Arrays of names in the record format of the labelled examples; the unit is taken from the record and may be unknown to the registry. */
import { z } from "zod"
import { InvalidInputError, type Mistake } from "../../base/errors.ts"
import { fromIsoDate } from "../../base/time.ts"
import type { Verdict } from "../../model/finding.ts"
import { rulesetOn, type Switches } from "../rulesets/choose.ts"
import type { Rules } from "../rulesets/load.ts"
import { judgeName } from "./judge.ts"
import { subjectOfRecord } from "./subject.ts"

const strings = z.union([z.array(z.string()), z.null()]).optional().transform((list) => list ?? undefined)
const optional = z.union([z.string(), z.null()]).optional().transform((text) => text ?? undefined)
const record = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  unit: z.object({
    id: z.string(),
    level: z.enum(["province_portal", "department", "commune", "ward", "district", "town", "city", "township"]),
    kind: optional,
    name: optional,
    parent: optional,
    official_name: z.string().min(1),
    name_variants: strings,
    homonyms_in: strings,
    homonyms: strings,
  }),
  ruleset: optional,
  as_of: z.string().refine((day) => !Number.isNaN(fromIsoDate(day)), "cần một ngày YYYY-MM-DD"),
  platform: z.string().optional(),
  registered: z.boolean(),
  observed: z.string().max(10_000),
})

export interface RecordVerdict {
  id: string
  verdict: Verdict
  ruleIds: string[]
  reasons: string[]
}
const recordsMax = 1_000_000
const inVietnamese = z.locales.vi().localeError

/** One verdict a record, in their order. Throws InvalidInputError naming index and field of every bad record at once. */
export function judgeRecords(
  input: unknown,
  rules: Rules,
  file: string,
  over: { ruleset?: string | undefined; asOf?: string | undefined; switches?: Switches } = {},
): RecordVerdict[] {
  if (!Array.isArray(input))
    throw new InvalidInputError(file, [{ file, field: "tài liệu", found: input === null ? "null" : typeof input, expected: "một mảng bản ghi" }])
  if (input.length > recordsMax)
    throw new InvalidInputError(file, [{ file, field: "tài liệu", found: `${input.length} bản ghi`, expected: `nhiều nhất ${recordsMax}` }])
  const mistakes: Mistake[] = []
  const known = new Map(rules.rulesets.map((ruleset) => [ruleset.id, ruleset]))
  const cases = input.map((entry, index) => {
    const parsed = record.safeParse(entry, { error: inVietnamese })
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        const found = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined | null)?.[key], entry)
        mistakes.push({
          file,
          entry: `[${index}]`,
          field: issue.path.join(".") || "bản ghi",
          found: found === undefined ? "không có" : JSON.stringify(found).slice(0, 80),
          expected: issue.message,
        })
      }
      return null
    }
    const asOf = over.asOf ?? parsed.data.as_of
    const wanted = over.ruleset ?? parsed.data.ruleset
    const ruleset = wanted === undefined ? rulesetOn(rules.rulesets, asOf) : known.get(wanted)
    if (!ruleset) {
      mistakes.push({ file, entry: `[${index}]`, field: "ruleset", found: wanted!, expected: [...known.keys()].join(", ") })
      return null
    }
    return { ...parsed.data, asOf, ruleset }
  })
  if (mistakes.length) throw new InvalidInputError(file, mistakes)
  return cases.map((entry) => {
    const { id, unit, platform, observed, registered, asOf, ruleset } = entry!
    const { verdict, ruleIds, reasons } = judgeName({
      unit: subjectOfRecord(unit),
      network: platform ?? "facebook",
      name: observed,
      registered,
      ruleset,
      asOf,
      gazetteer: rules.gazetteer,
      switches: over.switches ?? {},
    })
    return { id, verdict, ruleIds, reasons }
  })
}
