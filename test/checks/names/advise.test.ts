import { describe, expect, test } from "bun:test"
import { adviseNames, rulesetById, subjectOfRecord } from "../../../src/checks/index.ts"
import { rules, unitRecord, verdictOn, type Record } from "./rules.ts"

const advise = (unit: Record["unit"], ruleset = "B2025") =>
  adviseNames({ unit: subjectOfRecord(unit), ruleset: rulesetById(rules.rulesets, ruleset), gazetteer: rules.gazetteer, limits: rules.nameLimits, asOf: "2026-06-01" })
const department = (name: string) => ({ id: "unit", level: "department", official_name: `${name} tỉnh Bắc Ninh` })

describe("name adviser", () => {
  test("the plan's own example comes first and fits both networks", () => {
    const [first] = advise(unitRecord("phường", "Kinh Bắc")).suggestions
    expect(first).toEqual({ name: "UBND phường Kinh Bắc", rank: 1, networks: ["facebook", "zalo"], notes: [] })
  })
  test("a unit with namesakes is told to name the province", () => {
    expect(advise(unitRecord("xã", "Yên Phong")).suggestions[0]!.name).toBe("UBND xã Yên Phong, tỉnh Bắc Ninh")
  })
  test("press words of Decree 147/2024 are left out, although the plan itself uses one; a place name is no press word", () => {
    const names = advise(unitRecord("xã", "Bảo Đài")).suggestions.map((entry) => entry.name)
    expect(names).toContain("UBND xã Bảo Đài")
    expect(names).toContain("Trang thông tin điện tử xã Bảo Đài")
    expect(names.filter((name) => /truyền thông|bản tin|tin tức|đài truyền/i.test(name))).toEqual([])
  })
  test("a department longer than Zalo allows: the rules that clash, and whom to ask", () => {
    const advice = advise(department("Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân"), "A2024")
    expect(advice.suggestions.map((entry) => entry.networks)).toEqual([["facebook"]])
    expect(advice.clashes).toHaveLength(1)
    expect(advice.clashes[0]).toMatchObject({ network: "zalo", ask: expect.stringContaining("Ban Biên tập Cổng Thông tin điện tử tỉnh") })
    expect(advice.clashes[0]!.explanation).toContain("vượt 40 ký tự")
  })
  test("nothing suggested is ever a violation, and nothing is longer than its network allows", () => {
    for (const unit of [unitRecord("phường", "Kinh Bắc"), unitRecord("xã", "Tân Sơn"), department("Sở Văn hóa, Thể thao và Du lịch"), department("Sở Y tế")]) {
      for (const { name, networks } of advise(unit).suggestions) {
        expect(["pass", "advice"]).toContain(verdictOn(unit, name).verdict)
        if (networks.includes("zalo")) expect([...name].length).toBeLessThanOrEqual(40)
      }
    }
  })
})
