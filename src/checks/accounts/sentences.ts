/** Findings as people read them: what was seen, what is expected, the clause word for word, and what to do (rules.md 9). */
import { DAY } from "../../base/clock.ts"
import { fromIsoDate, isoDate } from "../../base/time.ts"
import type { Finding, Severity } from "../../model/finding.ts"
import type { Ruleset } from "../rulesets/schema.ts"

/** "2025-07-01" as official documents write it: 01/7/2025 (a leading 0 for days below 10 and the months 1 and 2). */
export function day(iso: string): string {
  const [year, month, date] = iso.split("-") as [string, string, string]
  return `${date}/${Number(month) > 2 ? Number(month) : month}/${year}`
}
/** The day after, YYYY-MM-DD. */
export const dayAfter = (iso: string) => isoDate(fromIsoDate(iso) + DAY)
const two = (n: number) => String(n).padStart(2, "0")

export function sentence(ruleset: Ruleset, key: string, values: Record<string, string | number> = {}): string {
  const text = ruleset.sentences[key] ?? key
  const all: Record<string, string | number> = {
    cite: ruleset.cite,
    contact: ruleset.contacts.identity,
    security: ruleset.contacts.security,
    deadlineText: ruleset.deadlineText,
    deadline: day(ruleset.deadline),
    ...values,
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = all[name]
    return value === undefined ? whole : typeof value === "number" ? two(value) : value
  })
}

/** "Mục II.4 Kế hoạch số 65/KH-UBND: “…”". */
export function basisOf(ruleset: Ruleset, clause: string): string {
  const found = ruleset.clauses[clause]
  return found ? `${found.where} ${ruleset.cite}: “${found.quote}”` : ruleset.cite
}

export interface FindingParts {
  rule: string
  severity: Severity
  account?: string | null
  seen: string
  expected: string
  /** Key of the plan's clause, or a whole sentence for rules that stand in no plan. */
  clause: string
  message: string
}
export const makeFinding = (ruleset: Ruleset, unit: string, asOf: string) => (parts: FindingParts): Finding => ({
  ruleset: ruleset.id,
  rule: parts.rule,
  severity: parts.severity,
  unit,
  account: parts.account ?? null,
  asOf,
  seen: parts.seen,
  expected: parts.expected,
  basis: basisOf(ruleset, parts.clause),
  message: parts.message,
})
