import { afterAll, describe, expect, test } from "bun:test"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "../../../src/base/config.ts"
import { InvalidInputError } from "../../../src/base/errors.ts"
import { judgeName, loadRules, rulesetOn, subjectOfRecord } from "../../../src/checks/index.ts"

const builtIn = join(checkout, "accounts")
const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "loa-rules-"))
  folders.push(made)
  return made
}
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true })))

describe("rulesets", () => {
  const rules = loadRules(builtIn)
  test("by date: the 2024 draft until 14/9/2025, Plan 65 from 15/9/2025", () => {
    const on = (day: string) => rulesetOn(rules.rulesets, day).id
    expect(["2024-01-01", "2024-08-01", "2025-09-14", "2025-09-15", "2030-01-01"].map(on)).toEqual(["A2024", "A2024", "A2024", "B2025", "B2025"])
  })
  test("a folder without rules uses the built-in ones", () => {
    expect(loadRules(folder()).rulesets.map((ruleset) => ruleset.id)).toEqual(["A2024", "B2025"])
  })
  test("a third plan is a new file", () => {
    const own = folder()
    cpSync(join(builtIn, "rulesets"), join(own, "rulesets"), { recursive: true })
    const text = readFileSync(join(own, "rulesets/B2025.yaml"), "utf8")
    const stricter = text
      .replace("id: B2025", "id: C2027")
      .replaceAll("2025-09-15", "2027-01-01")
      .replace(/(commune: \{ rule: NAME-C.*)E2: advice/, "$1E2: violation")
      .replace("questions:", "words: { descriptors: [loa phường] }\nquestions:")
    writeFileSync(join(own, "rulesets/C2027.yaml"), stricter)
    const loaded = loadRules(own)
    const ruleset = rulesetOn(loaded.rulesets, "2027-05-01")
    const unit = subjectOfRecord({ id: "u", level: "commune", kind: "phường", name: "Kinh Bắc", official_name: "UBND phường Kinh Bắc" })
    const verdict = (name: string) => judgeName({ unit, name, registered: true, ruleset, asOf: "2027-05-01", gazetteer: loaded.gazetteer }).verdict
    expect([ruleset.id, verdict("Loa phường phường Kinh Bắc"), verdict("Truyền thông phường Kinh Bắc"), verdict("UBND P. Kinh Bắc")]).toEqual(["C2027", "pass", "violation", "violation"])
  })
  test("every mistake of every file at once, and nothing is loaded", () => {
    const own = folder()
    mkdirSync(join(own, "rulesets"))
    const text = readFileSync(join(builtIn, "rulesets/B2025.yaml"), "utf8")
    writeFileSync(join(own, "rulesets/B2025.yaml"), text.replace("deadline: 2025-12-31", "deadline: soon").replace("min: 1", "min: none"))
    writeFileSync(join(own, "rulesets/D2028.yaml"), text.replace("default: advice", "default: maybe").replace("clause: portal,", "clause: nowhere,"))
    writeFileSync(join(own, "rulesets/E2029.yaml"), "id: [")
    let found: string[] = []
    try {
      loadRules(own)
    } catch (error) {
      found = (error as InvalidInputError).mistakes.map((mistake) => `${mistake.file.split("/").at(-1)} ${mistake.field}`)
    }
    expect(found.slice(0, 2)).toEqual(["B2025.yaml deadline", "B2025.yaml accounts.min"])
    expect(found).toContain("D2028.yaml id")
    expect(found).toContain("D2028.yaml questions.Q2.default")
    expect(found.some((line) => line.startsWith("D2028.yaml province_portal.clause"))).toBe(true)
    expect(found.some((line) => line.startsWith("E2029.yaml line"))).toBe(true)
  })
})
