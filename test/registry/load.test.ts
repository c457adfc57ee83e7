import { expect, test } from "bun:test"
import fc from "fast-check"
import { loadRegistry } from "../../src/registry/index.ts"
import { checkout } from "../../src/base/config.ts"
import { folder, small } from "./folder.ts"

const day = "2026-11-22"
const mistakesOf = (files: Record<string, string>) => {
  using place = folder(files)
  return loadRegistry(place.dir, day).mistakes
}

test("the province of the checkout loads: 1 + 19 + 99 living units and no mistake", () => {
  const loaded = loadRegistry(`${checkout}/accounts`, day)
  expect(loaded.mistakes).toEqual([])
  expect(loaded.warnings).toEqual([])
  expect(loaded.counts).toMatchObject({ living: 119, provincePortal: 1, departments: 19, communes: 66, wards: 33 })
  const names = new Set(loaded.units.map((unit) => unit.name))
  for (const name of ["Cổng Thông tin điện tử tỉnh Bắc Ninh", "Sở Xây dựng tỉnh Bắc Ninh", "UBND phường Kinh Bắc", "UBND xã Yên Phong", "UBND huyện Yên Phong"]) expect(names).toContain(name)
  for (const unit of loaded.units) expect(unit.name).toBe(unit.name.normalize("NFC"))
})

test("a small folder is no province that lacks units", () => {
  using place = folder({ "units/a.yaml": small })
  const loaded = loadRegistry(place.dir, day)
  expect(loaded.mistakes).toEqual([])
  expect(loaded.warnings.filter((warning) => warning.expected.includes("119"))).toEqual([])
  expect(loaded.counts).toMatchObject({ units: 2, living: 1, accounts: 2, feeds: 1 })
})

test("a list, one unit and { units: […] } are all files; other rooms' folders are not", () => {
  const unit = (id: string) => `id: ${id}\nkind: ward\nname: UBND phường ${id}\n`
  using place = folder({
    "one.yaml": unit("mot"),
    "deep/er/list.yml": `- ${unit("hai").replaceAll("\n", "\n  ")}`,
    "units/wrapped.yaml": `units:\n  - ${unit("ba").replaceAll("\n", "\n    ")}`,
    "rulesets/B2025.yaml": "id: B2025\nrules: []\n",
    "lexicon/words.yaml": "words: []\n",
    "images/index.yaml": "x: 1\n",
    "gazetteer.yaml": "x: 1\n",
    ".hidden.yaml": "::: not yaml",
    "notes.txt": "nothing",
  })
  const loaded = loadRegistry(place.dir, day)
  expect(loaded.mistakes).toEqual([])
  expect(loaded.units.map((unit) => unit.id).sort()).toEqual(["ba", "hai", "mot"])
})

test("every mistake at once, with file, line, entry, field, found and expected in Vietnamese", () => {
  const mistakes = mistakesOf({
    "units/a.yaml": `- id: Phuong A
  kind: phuong
  name: UBND phường A
  code: 09187
  portal: { url: "ftp://a.example" }
- id: phuong-b
  kind: ward
  name: UBND phường B
  onwer: { name: A }
  ends: 2025-02-30
  accounts:
    - id: b-facebook
      network: facebok
      remoteId: 1000645123456789012
      name: B
      publish: later
`,
  })
  const line = (field: string) => mistakes.find((mistake) => mistake.field === field)
  expect(line("id")).toMatchObject({ file: "units/a.yaml:1", found: '"Phuong A"' })
  expect(line("kind")).toMatchObject({ file: "units/a.yaml:2", expected: expect.stringContaining("ward") })
  expect(line("code")).toMatchObject({ file: "units/a.yaml:4", found: "09187", expected: expect.stringContaining("đặt trong dấu ngoặc kép") })
  expect(line("portal.url")).toMatchObject({ file: "units/a.yaml:5", expected: expect.stringContaining("http://") })
  expect(line("onwer")).toMatchObject({ file: "units/a.yaml:9", entry: "phuong-b", expected: expect.stringContaining('"owner"') })
  expect(line("accounts[1].network")).toMatchObject({ file: "units/a.yaml:13", entry: "phuong-b › b-facebook" })
  expect(line("accounts[1].remoteId")).toMatchObject({ file: "units/a.yaml:14", found: "1000645123456789012", expected: expect.stringContaining("ngoặc kép") })
  expect(line("accounts[1].publish")).toMatchObject({ file: "units/a.yaml:16", expected: "một trong: auto, review, off" })
})

test("what must be unique is unique over all files; successors exist; dates are ordered", () => {
  const unit = (id: string, more = "") => `- id: ${id}\n  kind: ward\n  name: UBND phường ${id}\n${more}`
  const account = (id: string, remoteId: string) => `  accounts: [{ id: ${id}, network: zalo, remoteId: "${remoteId}", name: A }]\n`
  const fields = mistakesOf({
    "a.yaml": unit("a", account("x", "1")) + unit("b", account("x", "2")) + unit("c", `${account("y", "1")}  aliases: [a]\n`),
    "b.yaml":
      unit("a") +
      unit("d", '  portal: { url: "https://d.gov.vn", feeds: [{ url: "https://d.gov.vn/rss" }, { url: "https://d.gov.vn/rss" }] }\n') +
      unit("e", "  begins: 2025-07-01\n  ends: 2025-06-30\n  successors: [nobody, e]\n"),
  }).map((mistake) => `${mistake.entry} ${mistake.field}`)
  expect(fields.sort()).toEqual(
    ["b › x accounts[1].id", "c › y accounts[1].remoteId", "c aliases[1]", "a id", "d portal.feeds[2].url", "e ends", "e successors[1]", "e successors[2]"].sort(),
  )
})

test("hostile YAML is a mistake, not a crash", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]", ...Array.from({ length: 8 }, (_, i) => `${"bcdefghi"[i]}: &${"bcdefghi"[i]} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(",")}]`)].join("\n")
  for (const text of [bomb, "[".repeat(100_000), "- id: a\n  id: b\n  kind: ward\n", "{{{", "- &a [*a]", "\u0000", "- 5\n- null\n- [1]\n- text", "id: [", "? [a, b]\n: c", Array.from({ length: 1_500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")]) {
    expect(mistakesOf({ "units/x.yaml": text }).length).toBeGreaterThan(0)
  }
  expect(loadRegistry("/nonexistent/folder", day).mistakes).toHaveLength(1)
})

test("whatever a file holds, loading answers", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.jsonValue().map((value) => JSON.stringify(value)), fc.string().map((text) => `- id: a\n  kind: ward\n  name: ${text}\n`)), (text) => {
      using place = folder({ "units/x.yaml": text })
      const loaded = loadRegistry(place.dir, day)
      return Array.isArray(loaded.mistakes)
    }),
    { numRuns: 150 },
  )
})
