import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { judgeName, rulesetById, subjectOfRecord, type Ruleset } from "../../../src/checks/index.ts"
import examples from "../../fixtures/name-examples.json"
import hard from "../../fixtures/name-hard.json"
import { rules, unitRecord, verdictOn, type Record } from "./rules.ts"

describe("labelled names", () => {
  test.each((examples as Record[]).map((example) => [example.id, example] as const))("%s", (_, example) => {
    const { verdict } = verdictOn(example.unit, example.observed, { registered: example.registered, ruleset: example.ruleset, asOf: example.as_of })
    expect({ name: example.observed, verdict }).toEqual({ name: example.observed, verdict: example.verdict as never })
  })
  const cases = hard.flatMap(({ names, ...group }) => names.map((name) => ({ ...group, name })))
  test.each(cases.map((entry) => [`${entry.unit.official_name} | ${entry.name} | ${entry.registered ? "listed" : "not listed"}`, entry] as const))("%s", (_, entry) => {
    const found = verdictOn(entry.unit, entry.name, entry)
    expect({ verdict: found.verdict, why: found.verdict === entry.verdict ? "" : found.reasons.join(" ") }).toEqual({ verdict: entry.verdict as never, why: "" })
  })
})

const communes = rules.gazetteer.bodies.filter((body) => body.class === "commune" && body.until === null)
const departments = rules.gazetteer.bodies.filter((body) => body.class === "department" && body.until === null)
const b2025 = rulesetById(rules.rulesets, "B2025")

describe("every unit of the province", () => {
  test("99 communes and wards, 19 departments", () => expect([communes.length, departments.length]).toEqual([99, 19]))

  test("each allowed form passes when listed and is suspect (or asks a person) when not", () => {
    const wrong: string[] = []
    communes.forEach(({ kind, name, homonymsIn }, at) => {
      const unit = unitRecord(kind, name)
      ;["UBND", "Ủy ban nhân dân", "Uỷ Ban Nhân Dân", ...b2025.words.descriptors, "Trang thông tin điện tử UBND"].forEach((head, i) => {
        // Every head with one suffix and every suffix with every head over the units, not each with each: time.
        const suffix = ["", ", tỉnh Bắc Ninh", " - Bắc Ninh", " (tỉnh Bắc Ninh)"][(at + i) % 4]!
        const text = `${head[0]!.toUpperCase()}${head.slice(1)} ${kind} ${name}${suffix}`
        const { verdict } = verdictOn(unit, text)
        if (verdict !== "pass") wrong.push(`${text}: ${verdict}`)
      })
      const lone = verdictOn(unit, `UBND ${kind} ${name}`, { registered: false }).verdict
      if (lone !== (homonymsIn.length ? "advice" : "impersonation-suspect")) wrong.push(`${kind} ${name} not listed: ${lone}`)
      if (verdictOn(unit, `UBND ${kind} ${name} tỉnh Bắc Ninh`, { registered: false }).verdict !== "impersonation-suspect") wrong.push(`${kind} ${name} tỉnh Bắc Ninh not listed`)
      if (verdictOn(unit, `UBND ${kind} ${name} - tỉnh Nghệ An`, { registered: false }).verdict !== "pass") wrong.push(`${kind} ${name} Nghệ An not listed`)
      const other = kind === "xã" ? "phường" : "xã"
      if (verdictOn(unit, `UBND ${other} ${name}`).verdict !== "violation") wrong.push(`UBND ${other} ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test("no commune may carry the name of another one", () => {
    const wrong: string[] = []
    communes.forEach(({ kind, name }, i) => {
      const other = communes[(i + 1) % communes.length]!
      const { verdict, ruleIds } = verdictOn(unitRecord(kind, name), `UBND ${other.kind} ${other.name}`)
      if (verdict !== "violation" || ruleIds[0] !== "NAME-X") wrong.push(`${kind} ${name} as ${other.kind} ${other.name}: ${verdict} ${ruleIds}`)
    })
    expect(wrong).toEqual([])
  })

  test("every abolished body is an orphan, listed or not, and was none the day before", () => {
    const wrong: string[] = []
    for (const body of rules.gazetteer.bodies.filter((entry) => entry.until !== null && entry.kind)) {
      for (const registered of [true, false]) {
        const { verdict, ruleIds } = verdictOn(unitRecord("phường", "Kinh Bắc"), `UBND ${body.kind} ${body.name}`, { registered })
        if (verdict !== "violation" || !/^OBS-/.test(ruleIds[0]!)) wrong.push(`${body.kind} ${body.name}: ${verdict} ${ruleIds}`)
      }
      const before = verdictOn(unitRecord(body.kind, body.name), `UBND ${body.kind} ${body.name}`, { ruleset: "A2024", asOf: body.until! }).verdict
      if (before !== "pass") wrong.push(`${body.kind} ${body.name} on its last day: ${before}`)
    }
    expect(wrong).toEqual([])
  })

  test("departments: full name passes, without province or in short it is advice in B and a violation in A", () => {
    const wrong: string[] = []
    for (const { name } of departments) {
      const unit = { id: "unit", level: "department", official_name: `${name} tỉnh Bắc Ninh` }
      const check = (text: string, expected: string, over = {}) => {
        const { verdict } = verdictOn(unit, text, over)
        if (verdict !== expected) wrong.push(`${name} | ${text} | ${JSON.stringify(over)}: ${verdict}, expected ${expected}`)
      }
      for (const ruleset of ["A2024", "B2025"]) check(`${name} tỉnh Bắc Ninh`, "pass", { ruleset })
      check(`${name} Bắc Ninh`, "advice")
      check(`${name} Bắc Ninh`, "violation", { ruleset: "A2024", asOf: "2025-08-01" })
      check(`${name} tỉnh Bắc Giang`, "violation")
      check(`${name} tỉnh Thanh Hóa`, "violation")
      check(`${name} tỉnh Bắc Ninh`, "impersonation-suspect", { registered: false })
      check(`${name} tỉnh Bắc Ninh`.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d"), "impersonation-suspect", { registered: false })
      check(`${name} tỉnh Bắc Ninh hỗ trợ lấy lại tiền`, "impersonation-suspect")
    }
    expect(wrong).toEqual([])
  })
})

describe("properties", () => {
  const commune = fc.constantFrom(...communes)
  const pieces = fc.constantFrom(
    "UBND", "Truyền thông", "Công an", "phường", "xã", "huyện", "P.", "TP.", "Bắc Ninh", "tỉnh Bắc Ninh", "tỉnh Bắc Giang", "Kinh Bắc", "Yên Phong", "lấy lại tiền", "Sở Y tế", "Hà Nội", "cơ sở", "Official", "Hội", "FB88", "hoà", "thuỷ", "quý",
  )
  const name = fc.oneof(
    fc.array(pieces, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(" ")),
    fc.tuple(fc.constantFrom("UBND", "Truyền thông", "Công an", "Đảng ủy - UBND", ""), commune, fc.constantFrom("", ", tỉnh Bắc Ninh", " - Thái Nguyên", " vay tiền")).map(([head, body, tail]) => `${head} ${body.kind} ${body.name}${tail}`.trim()),
  )
  const unit = commune.map((body) => unitRecord(body.kind, body.name))
  const both = (check: (unit: Record["unit"], name: string, registered: boolean) => void) => fc.assert(fc.property(unit, name, fc.boolean(), check), { numRuns: 300 })

  test("NFD and NFC are one name", () => {
    both((unit, name, registered) => expect(verdictOn(unit, name.normalize("NFD"), { registered })).toEqual(verdictOn(unit, name.normalize("NFC"), { registered })))
  })
  test("tone placement never matters", () => {
    const modern = (text: string) => text.replace(/(?<!q)òa\b/g, "oà").replace(/(?<!q)óa\b/g, "oá").replace(/(?<!q)ụy\b/g, "uỵ").replace(/(?<!q)ủy\b/g, "uỷ").replace(/(?<!q)úy\b/g, "uý")
    both((unit, name, registered) => expect(verdictOn(unit, modern(name), { registered }).verdict).toBe(verdictOn(unit, name, { registered }).verdict))
  })
  test("case is at most a cosmetic advice", () => {
    both((unit, name, registered) => {
      const plain = verdictOn(unit, name, { registered })
      for (const changed of [name.toUpperCase(), name.toLowerCase()]) {
        const verdict = verdictOn(unit, changed, { registered })
        if (plain.verdict === "pass" && verdict.verdict === "advice" && registered) expect(verdict.ruleIds).toEqual(["CHR-CASE"])
        else if (!plain.ruleIds.includes("CHR-CASE")) expect({ changed, verdict: verdict.verdict }).toEqual({ changed, verdict: plain.verdict })
      }
    })
  })
  test("invisible characters are at most a cosmetic advice, and nothing at all for accounts that are not listed", () => {
    fc.assert(
      fc.property(unit, name, fc.boolean(), fc.nat(), fc.constantFrom("\u200B", "\u00AD", "\u2060", "\uFEFF", "\u202E", "\u3164"), (unit, name, registered, at, mark) => {
        const place = at % (name.length + 1)
        const plain = verdictOn(unit, name, { registered })
        const changed = verdictOn(unit, name.slice(0, place) + mark + name.slice(place), { registered })
        if (registered && plain.verdict === "pass") expect(changed.ruleIds).toEqual(["CHR-INVIS"])
        else expect(changed.verdict).toBe(plain.verdict)
      }),
      { numRuns: 300 },
    )
  })
  test("the order of the word lists never matters", () => {
    const reversed: Ruleset = { ...b2025, words: Object.fromEntries(Object.entries(b2025.words).map(([key, list]) => [key, [...list].reverse()])) as never }
    both((unit, name, registered) => {
      const judge = (ruleset: Ruleset) => judgeName({ unit: subjectOfRecord(unit), name, registered, ruleset, asOf: "2026-06-01", gazetteer: rules.gazetteer }).verdict
      expect(judge(reversed)).toBe(judge(b2025))
    })
  })
  test("one letter of another alphabet in the own name is an imitation", () => {
    const twins: { [latin: string]: string } = { a: "а", e: "е", o: "о", c: "с", p: "р", y: "у", x: "х", i: "і", h: "һ" }
    fc.assert(
      fc.property(commune, fc.nat(), fc.boolean(), (body, at, registered) => {
        const text = `UBND ${body.kind} ${body.name}`.normalize("NFD")
        const places = [...text].flatMap((char, i) => (twins[char] ? [i] : []))
        const place = places[at % places.length]!
        const chars = [...text]
        chars[place] = twins[chars[place]!]!
        expect(verdictOn(unitRecord(body.kind, body.name), chars.join(""), { registered }).ruleIds).toEqual(["IMP-2"])
      }),
      { numRuns: 300 },
    )
  })
  test("no name breaks the judge", () => {
    fc.assert(fc.property(unit, fc.string({ unit: "grapheme", maxLength: 700 }), fc.boolean(), (unit, name, registered) => void verdictOn(unit, name, { registered })), { numRuns: 300 })
  })
})
