/**
 * The monthly 100-point tables of Plan 65 (II.12, Phụ lục 1 and 2) as data. What feeds and links prove is proposed with its
 * evidence; everything else stays empty for a person. A proposal without evidence is never made.
 */
import { readFileSync } from "node:fs"
import { z } from "zod"
import { fromIsoDate, vnDate } from "../base/time.ts"
import { InvalidInputError } from "../base/errors.ts"
import { parseYaml } from "../base/yaml.ts"
import type { Unit } from "../model/unit.ts"
import { composeDocument, show } from "./compose.ts"
import { inProtocolOrder, levelOf } from "./count-compliance.ts"
import type { Block, OfficialDocument, TableBlock } from "./document.ts"
import { number } from "./format.ts"
import { loadEvidence, sameWords, type GivenEvidence } from "./evidence-file.ts"
import { datesOf } from "./gather.ts"
import { groupBy } from "./group.ts"
import { templatePath, type Office } from "./office.ts"
import type { Period } from "./period.ts"
import type { ReportSources, ScoreEvidence } from "./sources.ts"
import { loadTemplate, type Filling, type Vocabulary } from "./template.ts"

const condition = z.strictObject({
  itemsMin: z.number().optional(),
  itemsMax: z.number().optional(),
  onTimeMin: z.number().optional(),
  onTimeBelow: z.number().optional(),
  overdueUnanswered: z.number().optional(),
})
const criterionFile = z.strictObject({
  number: z.string(),
  text: z.string(),
  max: z.number(),
  /** The points are those of the sub-criteria that follow. */
  parts: z.literal(true).optional(),
  signal: z.string().optional(),
  auto: z.enum(["yes", "partly"]).optional(),
  workdays: z.number().optional(),
  options: z.array(z.strictObject({ label: z.string(), points: z.number(), when: condition.optional() })).optional(),
})
const scoringFile = z.strictObject({
  basis: z.string(),
  /** Words in the name of a portal's section that show a signal, e.g. radio: ["phát thanh"]. */
  sections: z.record(z.string(), z.array(z.string().min(3))).default({}),
  /** Hosts of the national and the provincial public-service portal; a portal must link to all of them. */
  publicServiceHosts: z.array(z.string().min(4)).default([]),
  tables: z.array(
    z.strictObject({
      id: z.string(),
      applies: z.enum(["department", "commune"]),
      title: z.string(),
      scale: z.number(),
      criteria: z.array(criterionFile),
    }),
  ),
})
export type Criterion = z.infer<typeof criterionFile>
export type ScoringRules = z.infer<typeof scoringFile>

export interface CriterionScore {
  number: string
  text: string
  max: number
  /** null = a person scores it. */
  proposed: number | null
  proof: string | null
  note: string
  parts: boolean
}
export interface UnitScore {
  unitId: string
  unit: string
  owner: { email?: string | undefined } | null
  /** "Phụ lục 1" or "Phụ lục 2". */
  table: string
  criteria: CriterionScore[]
  proposed: number
  /** Points that still wait for a person. */
  open: number
  scale: number
  /** Proposed points scaled to 100 without the petitions criterion, when the month had none (G2). */
  scaled: number | null
}
export interface Scores {
  period: Period
  /** Midnight of the day the document bears; days late against the due day. */
  issuedAt: number
  lateDays: number
  units: UnitScore[]
  noPetitions: Office["noPetitions"]
}

/** Loads the tables and proves their sums: parts equal their parent, the best option equals the maximum, the whole equals the scale. */
export function loadScoring(templatesDir: string): ScoringRules {
  const path = templatePath(templatesDir, "reports/scoring.yaml")
  const rules = scoringFile.safeParse(parseYaml(readFileSync(path, "utf8")))
  const wrong = (entry: string, field: string, found: string, expected: string) => ({ file: path, entry, field, found, expected })
  if (!rules.success)
    throw new InvalidInputError(
      "scoring tables",
      rules.error.issues.map((issue) => wrong("", issue.path.join("."), issue.message, "the form of the file")),
    )
  const mistakes = rules.data.tables.flatMap((table) => {
    const sum = (list: Criterion[]) => list.reduce((total, criterion) => total + criterion.max, 0)
    const found = table.criteria.flatMap((criterion) => {
      if (criterion.parts) {
        const parts = sum(table.criteria.filter((entry) => entry.number.startsWith(`${criterion.number}.`)))
        return parts === criterion.max
          ? []
          : [wrong(`${table.id} ${criterion.number}`, "max", String(criterion.max), `the sum of its parts, ${parts}`)]
      }
      const best = Math.max(...(criterion.options ?? []).map((option) => option.points))
      return best === criterion.max
        ? []
        : [wrong(`${table.id} ${criterion.number}`, "options", String(best), `a best option of ${criterion.max} points`)]
    })
    const whole = sum(table.criteria.filter((criterion) => !criterion.number.includes(".")))
    return whole === table.scale ? found : [...found, wrong(table.id, "scale", String(whole), `${table.scale} points`)]
  })
  if (mistakes.length) throw new InvalidInputError("scoring tables", mistakes)
  return rules.data
}

/** Points that the evidence proves, or null when it proves none. */
export function pointsOf(criterion: Pick<Criterion, "options">, seen: ScoreEvidence): number | null {
  const options = criterion.options ?? []
  // "All overdue and unanswered" is tested first: 0 % on time but answered late is another option (G3).
  const ordered = options.toSorted((a, b) => Number(b.when?.overdueUnanswered !== undefined) - Number(a.when?.overdueUnanswered !== undefined))
  const fits = ordered.find(({ when }) => {
    if (!when) return false
    if (when.overdueUnanswered !== undefined) return seen.overdueUnansweredPercent === when.overdueUnanswered
    if (when.onTimeMin !== undefined || when.onTimeBelow !== undefined) {
      return (
        seen.onTimePercent !== undefined &&
        seen.onTimePercent >= (when.onTimeMin ?? 0) &&
        seen.onTimePercent < (when.onTimeBelow ?? Number.POSITIVE_INFINITY)
      )
    }
    return seen.items !== undefined && seen.items >= (when.itemsMin ?? 0) && seen.items <= (when.itemsMax ?? Number.POSITIVE_INFINITY)
  })
  if (fits) return fits.points
  // A yes/no criterion: the first option is "Có", the last one "Không".
  const yesNo = options.length === 2 && options.every((option) => !option.when)
  return yesNo && seen.present !== undefined ? (seen.present ? options[0]!.points : options[1]!.points) : null
}

function scoreCriterion(criterion: Criterion, evidence: ScoreEvidence[], given: GivenEvidence | undefined): CriterionScore {
  const base = { number: criterion.number, text: criterion.text, max: criterion.max, parts: criterion.parts === true }
  if (criterion.parts) return { ...base, proposed: null, proof: null, note: "" }
  if (given) {
    const { points } = criterion.options!.find((option) => sameWords(option.label, given.option))!
    return {
      ...base,
      proposed: points,
      proof: `${given.proof} (${given.by}, ngày ${vnDate(fromIsoDate(given.date))})`,
      note: "đơn vị cung cấp minh chứng, cần người xác nhận",
    }
  }
  const seen = criterion.signal ? evidence.find((entry) => entry.signal === criterion.signal) : undefined
  const proposed = seen && seen.proof.trim() ? pointsOf(criterion, seen) : null
  const reposted =
    seen?.reposted === undefined ? "" : `; trong đó đăng lại ${number(seen.reposted)}, tự sản xuất ${number((seen.items ?? 0) - seen.reposted)}`
  if (proposed === null)
    return { ...base, proposed, proof: seen ? seen.proof + reposted : null, note: seen ? "cần người chấm" : "chờ đơn vị cung cấp minh chứng" }
  return { ...base, proposed, proof: seen!.proof + reposted, note: criterion.auto === "yes" ? "tự động" : "đề xuất, cần người xác nhận" }
}

export async function score(
  sources: ReportSources,
  period: Period,
  rules: ScoringRules,
  office: Office,
  now: number,
  options: { madeAt?: number; evidenceDir?: string | undefined } = {},
): Promise<Scores> {
  const to = Math.min(period.to, Math.max(now, period.from + 1))
  const [units, evidence] = await Promise.all([sources.units(to - 1), sources.evidence?.(period.from, to) ?? []])
  const byUnit = groupBy(evidence, (entry) => entry.unitId)
  const given = options.evidenceDir
    ? loadEvidence(
        options.evidenceDir,
        (unitId) => (units ?? []).find((unit) => unit.id === unitId),
        (unit) => tableOf(rules, unit)?.criteria,
      )
    : []
  const givenTo = groupBy(
    given.filter((entry) => entry.period === period.id),
    (entry) => entry.unit,
  )
  const scored = inProtocolOrder(units ?? []).flatMap((unit): UnitScore[] => {
    const table = tableOf(rules, unit)
    return table ? [scoreUnit(unit, table, byUnit.get(unit.id) ?? [], givenTo.get(unit.id) ?? [], office)] : []
  })
  return { period, ...datesOf(period, now, options.madeAt), units: scored, noPetitions: office.noPetitions }
}

export const tableOf = (rules: ScoringRules, unit: Unit) => {
  const level = levelOf(unit)
  return rules.tables.find((table) => table.applies === (level === "department" ? "department" : level === "province" ? null : "commune"))
}

function scoreUnit(unit: Unit, table: ScoringRules["tables"][number], evidence: ScoreEvidence[], given: GivenEvidence[], office: Office): UnitScore {
  const criteria = table.criteria.map((criterion) => scoreCriterion(criterion, evidence, given.find((entry) => entry.criterion === criterion.number)))
  const leaves = criteria.filter((criterion) => !criterion.parts)
  const proposed = leaves.reduce((total, criterion) => total + (criterion.proposed ?? 0), 0)
  const petitions = table.criteria.find((criterion) => criterion.signal === "petitions")
  const none = evidence.some((entry) => entry.signal === "petitions" && entry.items === 0)
  const left = table.scale - (petitions?.max ?? 0)
  return {
    unitId: unit.id,
    unit: unit.name,
    owner: unit.owner?.email ? { email: unit.owner.email } : null,
    table: `Phụ lục ${table.id.replace(/\D/g, "")}`,
    criteria,
    proposed,
    open: leaves.reduce((total, criterion) => total + (criterion.proposed === null ? criterion.max : 0), 0),
    scale: table.scale,
    scaled: none && office.noPetitions === "scale" ? Math.round((proposed * table.scale * 10) / left) / 10 : null,
  }
}

interface ScorePaper {
  scores: Scores
  /** One unit's table instead of the summary of all. */
  only: UnitScore | null
}
const average = (list: UnitScore[], value: (unit: UnitScore) => number) =>
  list.length ? number(Math.round((list.reduce((total, unit) => total + value(unit), 0) * 10) / list.length) / 10) : "0"
const scoreValues: Record<string, (paper: ScorePaper) => string | number> = {
  "kỳ đánh giá": ({ scores, only }) =>
    `${only ? `${only.unit}, ` : ""}${scores.period.label.replace("tháng", "Tháng").replace("(", "(Kỳ đánh giá: ")}`,
  "số đơn vị được chấm": ({ scores, only }) => (only ? 1 : scores.units.length),
  "điểm bình quân": ({ scores, only }) => average(only ? [only] : scores.units, (unit) => unit.proposed),
  "điểm còn chờ bình quân": ({ scores, only }) => average(only ? [only] : scores.units, (unit) => unit.open),
  "tính lại khi không có phản ánh": ({ scores }) => (scores.noPetitions === "scale" ? 1 : 0),
  "hạn gửi báo cáo": ({ scores }) => vnDate(scores.period.due),
  "số ngày chậm": ({ scores }) => scores.lateDays,
  "tin đăng lại": () => 1,
  "một đơn vị": ({ only }) => (only ? 1 : 0),
}
const scoreBlocks: Record<string, (paper: ScorePaper) => Block> = {
  "tổng hợp điểm": ({ scores, only }) => ({
    kind: "table",
    head: ["STT", "Đơn vị", "Phụ lục", "Điểm đề xuất", "Còn cần người chấm", "Điểm tối đa", "Quy đổi"],
    widths: [6, 38, 12, 12, 12, 10, 10],
    align: ["center", "left", "center", "center", "center", "center", "center"],
    rows: (only ? [only] : scores.units).map((unit, index) => [
      String(index + 1),
      unit.unit,
      unit.table,
      number(unit.proposed),
      number(unit.open),
      number(unit.scale),
      unit.scaled === null ? "–" : number(unit.scaled),
    ]),
    empty: "Không có đơn vị được chấm.",
  }),
  "bảng chấm điểm": ({ only }) => (only ? scoreTable(only) : { kind: "list", items: [], empty: "" }),
}
export const scoringVocabulary: Vocabulary = { values: Object.keys(scoreValues), blocks: Object.keys(scoreBlocks) }

const scoreTable = (unit: UnitScore): TableBlock => ({
  kind: "table",
  head: ["TT", "Tiêu chí", "Điểm tối đa", "Điểm đề xuất", "Điểm chấm", "Căn cứ", "Ghi chú"],
  widths: [5, 38, 8, 8, 8, 20, 13],
  align: ["center", "left", "center", "center", "center", "left", "left"],
  rows: [
    ...unit.criteria.map((entry) => [
      entry.number,
      entry.text,
      number(entry.max),
      entry.proposed === null ? "" : number(entry.proposed),
      "",
      entry.proof ?? "",
      entry.note,
    ]),
    ["", "Tổng cộng", number(unit.scale), number(unit.proposed), "", `Còn ${number(unit.open)} điểm cần người chấm`, ""],
  ],
  total: true,
})

export function scoringFilling(scores: Scores, _office: Office, unitId?: string): Filling {
  const paper: ScorePaper = { scores, only: unitId ? (scores.units.find((unit) => unit.unitId === unitId) ?? null) : null }
  const find = <V>(record: Record<string, V>, name: string) => Object.entries(record).find(([key]) => key.normalize("NFC").toLowerCase() === name)![1]
  return { value: (name) => find(scoreValues, name)(paper), show, block: (name) => find(scoreBlocks, name)(paper) }
}

export function composeScores(scores: Scores, office: Office, templatesDir: string, unitId?: string): OfficialDocument {
  return composeDocument(loadTemplate(templatesDir, "reports/scoring.txt", scoringVocabulary), scoringFilling(scores, office, unitId), office, {
    at: scores.issuedAt,
  })
}
