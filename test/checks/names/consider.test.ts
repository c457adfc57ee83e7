/** What a registration desk says of one name, and of those people think of first. */
import { expect, test } from "bun:test"
import { adviseNames, considerName, loadRules, rulesetOn, subjectOfUnit, type AdviceCase } from "../../../src/checks/index.ts"
import { checkout } from "../../../src/base/config.ts"
import { loadRegistry } from "../../../src/registry/index.ts"
import { join } from "node:path"

const asOf = "2026-11-24"
const rules = loadRules(join(checkout, "accounts"))
const { units } = loadRegistry(join(checkout, "accounts"), asOf)
const caseOf = (name: string, network: "facebook" | "zalo"): AdviceCase => ({
  unit: subjectOfUnit(units.find((unit) => unit.name === name && !unit.ends)!), ruleset: rulesetOn(rules.rulesets, asOf), gazetteer: rules.gazetteer, limits: rules.nameLimits, asOf, networks: [network],
})

test.each([
  ["UBND phường Kinh Bắc", "facebook", "pass", ["facebook"], null],
  // The plan's own example, and a decree that stands above it.
  ["Truyền thông phường Kinh Bắc", "facebook", "pass", [], "147/2024"],
  ["UBND PHƯỜNG KINH BẮC", "zalo", "advice", [], "viết hoa toàn bộ"],
  ["UBND phường Kinh Bắc chính thức", "facebook", "advice", [], "chính thức"],
  ["UBND xã Kinh Bắc", "facebook", "violation", ["facebook"], null],
  ["UBND phường Vũ Ninh", "facebook", "violation", ["facebook"], null],
] as const)("%s on %s: %s", (name, network, verdict, networks, problem) => {
  const found = considerName(caseOf("UBND phường Kinh Bắc", network), name)
  expect([found.verdict, found.networks]).toEqual([verdict, [...networks]])
  const said = found.problems.map((one) => `${one.why} ${one.rule}`).join()
  if (problem === null) expect(found.problems).toEqual([])
  else expect(said).toContain(problem)
  if (verdict !== "pass") expect(found.reasons.join()).not.toBe("")
})

test("every proposal of every living unit is a name that the judge would pass or only advise on, and a clash names who can settle it", () => {
  for (const unit of units.filter((one) => !one.ends)) {
    for (const network of ["facebook", "zalo"] as const) {
      const input = { ...caseOf(unit.name, network), unit: subjectOfUnit(unit) }
      const { suggestions, clashes, fallen } = adviseNames(input)
      for (const { name, notes } of suggestions) {
        const again = considerName(input, name)
        expect([name, again.networks, again.verdict === "pass"]).toEqual([name, [network], notes.length === 0])
      }
      expect(clashes.length === 0).toBe(suggestions.some((suggestion) => suggestion.notes.length === 0))
      for (const clash of clashes) expect(clash.ask).toContain("Trung tâm Thông tin tỉnh")
      // Nothing that fell is proposed as a name without blemish.
      const clean = new Set(suggestions.filter((suggestion) => !suggestion.notes.length).map((suggestion) => suggestion.name))
      expect(fallen.filter((entry) => clean.has(entry.name))).toEqual([])
    }
  }
})
