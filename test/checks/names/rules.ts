/** The built-in rules, loaded once for all tests of this room. */
import { join } from "node:path"
import { checkout } from "../../../src/base/config.ts"
import { judgeName, loadRules, rulesetById, subjectOfRecord } from "../../../src/checks/index.ts"

export const rules = loadRules(join(checkout, "accounts"))

export interface Record {
  id: string
  unit: { id: string; level: string; kind?: string; name?: string; parent?: string; official_name: string }
  ruleset: string
  as_of: string
  platform: string
  registered: boolean
  observed: string
  verdict: string
  rule_ids: string[]
}

export const unitRecord = (kind: string, name: string) => ({ id: "unit", level: "commune", kind, name, official_name: `UBND ${kind} ${name}` })

export function verdictOn(unit: Record["unit"], name: string, over: { registered?: boolean; ruleset?: string; asOf?: string } = {}) {
  const { registered = true, ruleset = "B2025", asOf = "2026-06-01" } = over
  return judgeName({ unit: subjectOfRecord(unit), name, registered, ruleset: rulesetById(rules.rulesets, ruleset), asOf, gazetteer: rules.gazetteer })
}
