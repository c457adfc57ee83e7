/**
 * Evidence that units hand in for the scoring tables: `accounts/evidence/*.yaml`, a list of entries. What nobody hands in
 * stays open; the file is checked whole, and every mistake is named with file, entry and field before anything is scored.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { InvalidInputError, type Mistake } from "../base/errors.ts"
import { fromIsoDate } from "../base/time.ts"
import { parseYaml } from "../base/yaml.ts"
import type { Unit } from "../model/unit.ts"
import type { Criterion } from "./scoring.ts"

const evidenceEntry = z.strictObject({
  unit: z.string(),
  /** "2026-11": the month that is scored. */
  period: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'tháng, ví dụ "2026-11"'),
  /** Number of the criterion in the unit's table, quoted: "1.1". */
  criterion: z.string(),
  /** One of the options of the criterion, in its own words. */
  option: z.string(),
  /** What shows it: number and date of a document, address of a page. */
  proof: z.string().trim().min(5, "căn cứ: số, ngày văn bản hoặc địa chỉ trang").max(500),
  /** Who vouches for it: name and post. */
  by: z.string().trim().min(3, "người cung cấp minh chứng").max(200),
  date: z.string().refine((text) => !Number.isNaN(fromIsoDate(text)), 'ngày, ví dụ "2026-12-02"'),
})
export type GivenEvidence = z.infer<typeof evidenceEntry>

const bytesMax = 2_000_000
const filesMax = 500
const words = (text: string) => text.normalize("NFC").trim().toLowerCase().replace(/\s+/g, " ")
export const sameWords = (a: string, b: string) => words(a) === words(b)

export function loadEvidence(
  dir: string,
  unitOf: (id: string) => Unit | undefined,
  criteriaOf: (unit: Unit) => Criterion[] | undefined,
): GivenEvidence[] {
  if (!existsSync(dir)) return []
  const mistakes: Mistake[] = []
  const given: GivenEvidence[] = []
  const seen = new Set<string>()
  for (const name of readdirSync(dir).filter((entry) => /\.ya?ml$/.test(entry)).sort().slice(0, filesMax)) {
    const file = join(dir, name)
    for (const [index, raw] of readList(file, mistakes).entries()) {
      const wrong = (field: string, found: unknown, expected: string) =>
        void mistakes.push({ file, entry: `mục ${index + 1}`, field, found: String(found ?? "(trống)").slice(0, 120), expected })
      const parsed = evidenceEntry.safeParse(raw)
      if (!parsed.success) {
        for (const issue of parsed.error.issues)
          wrong(
            issue.path.join(".") || "mục",
            issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw),
            issue.message,
          )
        continue
      }
      const entry = parsed.data
      const unit = unitOf(entry.unit)
      const criteria = unit && criteriaOf(unit)
      if (!unit) wrong("unit", entry.unit, "mã một đơn vị trong danh mục")
      else if (!criteria) wrong("unit", entry.unit, "đơn vị được chấm theo Phụ lục 1 hoặc Phụ lục 2")
      const criterion = criteria?.find((row) => row.number === entry.criterion)
      if (criteria && (!criterion || criterion.parts))
        wrong("criterion", entry.criterion, `một trong các tiêu chí: ${criteria.flatMap((row) => (row.parts ? [] : [row.number])).join(", ")}`)
      else if (criterion && !criterion.options?.some((option) => sameWords(option.label, entry.option)))
        wrong("option", entry.option, `một trong các mức: ${criterion.options?.map((option) => `“${option.label}”`).join("; ")}`)
      const key = `${entry.unit} ${entry.period} ${entry.criterion}`
      if (seen.has(key)) wrong("criterion", entry.criterion, "mỗi tiêu chí của một đơn vị chỉ một mục trong một tháng")
      seen.add(key)
      given.push(entry)
    }
  }
  if (mistakes.length) throw new InvalidInputError("evidence files", mistakes)
  return given
}

function readList(file: string, mistakes: Mistake[]): unknown[] {
  const wrong = (found: string, expected: string) => {
    mistakes.push({ file, field: "YAML", found, expected })
    return []
  }
  const text = readFileSync(file, "utf8")
  if (text.length > bytesMax) return wrong(`${text.length} ký tự`, `nhiều nhất ${bytesMax} ký tự`)
  try {
    const value: unknown = parseYaml(text, 10) ?? []
    return Array.isArray(value) ? value : wrong(typeof value, "một danh sách các mục, mỗi mục bắt đầu bằng “- unit: …”")
  } catch (error) {
    return wrong(error instanceof Error ? error.message.split("\n")[0]! : "không đọc được", "tệp YAML đúng cú pháp")
  }
}
