import { expect, test } from "bun:test"
import { checkout } from "../../src/base/config.ts"
import { fromIsoDate } from "../../src/base/time.ts"
import { loadCalendar, loadOffice, loadScoring, parsePeriod, score, type ScoreEvidence } from "../../src/reports/index.ts"
import { pointsOf } from "../../src/reports/scoring.ts"
import { inventedSources, inventedUnits } from "./invented.ts"

const templatesDir = `${checkout}templates`
const rules = loadScoring(templatesDir)
const table = (id: string) => rules.tables.find((entry) => entry.id === id)!
const criterion = (id: string, number: string) => table(id).criteria.find((entry) => entry.number === number)!
const seen = (fields: Partial<ScoreEvidence>): ScoreEvidence => ({ unitId: "x", signal: "news", proof: "đếm", ...fields })

test("both tables are complete: 13 criteria, 40 scored rows in all, 100 points each", () => {
  expect(rules.tables.map((entry) => [entry.id, entry.scale, entry.criteria.filter((row) => !row.number.includes(".")).length])).toEqual([["PL1", 100, 13], ["PL2", 100, 13]])
  expect(rules.tables.flatMap((entry) => entry.criteria).filter((row) => !row.parts)).toHaveLength(40)
})

test.each([
  ["PL1", "2", { items: 10 }, 10],
  ["PL1", "2", { items: 9 }, 5],
  ["PL1", "2", { items: 4 }, 3],
  ["PL1", "2", { items: 0 }, 0],
  ["PL2", "2", { items: 5 }, 10],
  ["PL2", "2", { items: 2 }, 6],
  ["PL2", "2", { items: 1 }, 4],
  ["PL1", "5", { items: 5 }, 5],
  ["PL2", "6", { items: 2 }, 5],
  ["PL1", "8", { onTimePercent: 100 }, 15],
  ["PL1", "8", { onTimePercent: 99.9 }, 12],
  ["PL2", "9", { onTimePercent: 50 }, 7],
  ["PL2", "9", { onTimePercent: 0 }, 5],
  ["PL2", "9", { onTimePercent: 0, overdueUnansweredPercent: 100 }, 0],
  ["PL1", "8", { items: 0 }, null],
  ["PL1", "12.2", { present: true }, 2],
  ["PL1", "12.2", { present: false }, 0],
  ["PL1", "3", { present: true }, null],
])("%s %s with %p scores %p", (id, number, evidence, points) => {
  expect(pointsOf(criterion(id, number), seen(evidence))).toBe(points)
})

test("what nothing proves stays empty for a person; reposts are named; a month without petitions is scaled beside the total", async () => {
  const office = loadOffice(templatesDir)
  const period = parsePeriod("scoring", "2026-10", { calendar: loadCalendar(templatesDir), monthDays: "15-14" })
  const scores = await score(inventedSources(inventedUnits(3, 0, 3)), period, rules, office, fromIsoDate("2026-11-05"))
  // The province portal is not scored.
  expect(scores.units.map((unit) => [unit.unitId, unit.table])).toEqual([
    ["department-1", "Phụ lục 1"], ["department-2", "Phụ lục 1"], ["department-3", "Phụ lục 1"],
    ["commune-1", "Phụ lục 2"], ["commune-2", "Phụ lục 2"], ["commune-3", "Phụ lục 2"],
  ])
  const unit = scores.units[3]!
  expect(unit.criteria.find((row) => row.number === "2")).toMatchObject({ proposed: 6, note: "tự động", proof: "4 tin, bài trong kỳ (nguồn feed-commune-1); trong đó đăng lại 2, tự sản xuất 2" })
  expect(unit.criteria.find((row) => row.number === "1.1")).toMatchObject({ proposed: null, proof: null, note: "chờ đơn vị cung cấp minh chứng" })
  expect(unit.criteria.find((row) => row.number === "9")).toMatchObject({ proposed: 12, note: "đề xuất, cần người xác nhận" })
  for (const entry of scores.units) expect(entry.proposed + entry.open <= 100).toBe(true)
  const without = scores.units.find((entry) => entry.criteria.some((row) => row.proof?.startsWith("không phát sinh")))!
  expect(without.scaled).toBe(Math.round((without.proposed * 1_000) / 85) / 10)
})
