import { afterAll, expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import { InvalidInputError } from "../../src/base/errors.ts"
import { fromIsoDate } from "../../src/base/time.ts"
import { sectionsOf } from "../../src/jobs/report-rows.ts"
import { loadCalendar, loadOffice, loadScoring, parsePeriod, score } from "../../src/reports/index.ts"
import { inventedSources, inventedUnits } from "./invented.ts"

const templatesDir = `${checkout}templates`
const rules = loadScoring(templatesDir)
const office = loadOffice(templatesDir)
const period = parsePeriod("scoring", "2026-10", { calendar: loadCalendar(templatesDir), monthDays: "15-14" })
const evidenceDir = mkdtempSync(join(tmpdir(), "loa-evidence-"))
afterAll(() => rmSync(evidenceDir, { recursive: true, force: true }))

const entry = { unit: "department-1", period: "2026-10", criterion: "1.1", option: "cập nhật đầy đủ", proof: "Công văn số 12/SXD-VP ngày 02/11/2026", by: "Chánh Văn phòng", date: "2026-11-02" }
async function scored(entries: unknown) {
  mkdirSync(evidenceDir, { recursive: true })
  writeFileSync(join(evidenceDir, "2026-10.yaml"), typeof entries === "string" ? entries : JSON.stringify(entries))
  return score(inventedSources(inventedUnits(2, 0, 1)), period, rules, office, fromIsoDate("2026-11-05"), { evidenceDir })
}

test("evidence that a unit hands in scores its criterion of that month and names who vouches for it; the rest stays open", async () => {
  const [unit] = (await scored([entry])).units
  const row = (number: string) => unit!.criteria.find((criterion) => criterion.number === number)!
  expect(row("1.1")).toMatchObject({ proposed: 3, note: "đơn vị cung cấp minh chứng, cần người xác nhận", proof: "Công văn số 12/SXD-VP ngày 02/11/2026 (Chánh Văn phòng, ngày 02/11/2026)" })
  expect(row("1.2")).toMatchObject({ proposed: null, note: "chờ đơn vị cung cấp minh chứng" })
  const [other] = (await scored([{ ...entry, period: "2026-09" }])).units
  expect(other!.criteria.find((criterion) => criterion.number === "1.1")!.proposed).toBeNull()
})

test("every mistake in the evidence is named at once, with file, entry, field and what is expected", async () => {
  const wrong = [{ ...entry, unit: "khong-co" }, { ...entry, criterion: "1" }, { ...entry, option: "Rất tốt" }, { ...entry, proof: "" }, { ...entry, unit: "province-portal-1" }, entry, entry]
  const error = await scored(wrong).then(() => null, (failure: unknown) => failure)
  expect(error).toBeInstanceOf(InvalidInputError)
  expect((error as InvalidInputError).mistakes.map((mistake) => [mistake.entry, mistake.field])).toEqual([["mục 1", "unit"], ["mục 2", "criterion"], ["mục 3", "option"], ["mục 4", "proof"], ["mục 5", "unit"], ["mục 6", "criterion"], ["mục 7", "criterion"]])
  expect(String(error)).toContain("“Cập nhật đầy đủ”")
  expect(scored("- unit: [")).rejects.toThrow("2026-10.yaml")
  expect(scored("unit: x")).rejects.toThrow("danh sách")
})

test("a section with items is seen; one without proves nothing", () => {
  const [unit] = inventedUnits(1, 0, 0).slice(1)
  const counts = [{ unitId: unit!.id, names: ["Tin tức", "Tin Phát thanh"], count: 2 }, { unitId: "other", names: ["Văn bản"], count: 9 }, { unitId: unit!.id, names: ["Phổ biến, giáo dục pháp luật"], count: 3 }]
  expect(sectionsOf(unit!, counts, rules.sections)).toEqual([
    { unitId: unit!.id, signal: "law", items: 3, present: true, proof: "3 mục trong kỳ ở chuyên mục “Phổ biến, giáo dục pháp luật” của cổng" },
    { unitId: unit!.id, signal: "radio", items: 2, present: true, proof: "2 mục trong kỳ ở chuyên mục “Tin Phát thanh” của cổng" },
  ])
})
