import { expect, test } from "bun:test"
import { InvalidInputError } from "../../../src/base/errors.ts"
import { judgeRecords } from "../../../src/checks/index.ts"
import examples from "../../fixtures/name-examples.json"
import { rules } from "./rules.ts"

test("one verdict a record, in order", () => {
  const results = judgeRecords(examples, rules, "cases.json")
  expect(results.map((result) => result.id)).toEqual(examples.map((example) => example.id))
  expect(results.map((result) => result.verdict) as string[]).toEqual(examples.map((example) => example.verdict))
})

test("every bad record is named with its field, all at once", () => {
  const good = examples[0]!
  const { observed: _, ...nameless } = good
  const input = [good, nameless, { ...good, as_of: "2026-13-01" }, 7, { ...good, ruleset: "C2030" }, { ...good, unit: { ...good.unit, level: "planet" } }]
  let mistakes: string[] = []
  try {
    judgeRecords(input, rules, "cases.json")
  } catch (error) {
    mistakes = (error as InvalidInputError).mistakes.map((mistake) => `${mistake.entry} ${mistake.field}`)
  }
  expect(mistakes).toEqual(["[1] observed", "[2] as_of", "[3] bản ghi", "[4] ruleset", "[5] unit.level"])
})

test("anything but an array is refused", () => {
  for (const input of [null, {}, "text", 3]) expect(() => judgeRecords(input, rules, "cases.json")).toThrow(InvalidInputError)
})
