import { expect, test } from "bun:test"
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import type { Mistake } from "../../src/base/errors.ts"
import { checkReportTemplates } from "../../src/reports/index.ts"
import { fillLines, parseTemplate, type Filling, type Vocabulary } from "../../src/reports/template.ts"

const vocabulary: Vocabulary = { values: ["tên đơn vị", "số lần"], blocks: ["bảng chấm"] }
const mistakesIn = (text: string) => {
  const mistakes: Mistake[] = []
  parseTemplate(text, "weekly.txt", vocabulary, mistakes)
  return mistakes.map((mistake) => `${mistake.file} ${mistake.found}`)
}
const filling: Filling = { value: (name) => ({ "tên đơn vị": "UBND xã Mẫu", "số lần": 0 })[name]!, show: String, block: () => ({ kind: "text", text: "(bảng)" }) }

test("the templates of the checkout are sound", () => {
  expect(checkReportTemplates(`${checkout}templates`)).toEqual([])
})

test.each([
  ["Một dòng\nGửi {{tên đon vị}} và", ["weekly.txt:2:5 tên đon vị"]],
  ["Gửi {{tên đơn vị} và", ["weekly.txt:1:5 {{tên đơn vị} và"]],
  ["[bảng: không có]", ["weekly.txt:1:7 không có"]],
  ["[nếu: lạ] {{số lần}}", ["weekly.txt:1:6 lạ"]],
  ["[bang: bảng chấm]", ["weekly.txt:1:1 [bang: bảng chấm]"]],
  ["@loai: BÁO CÁO", ["weekly.txt:1:1 @loai"]],
  ["{{a}} {{b}}\n{{c}}", ["weekly.txt:1:1 a", "weekly.txt:1:7 b", "weekly.txt:2:1 c"]],
])("a broken template is refused with its place: %p", (text, expected) => {
  expect(mistakesIn(text)).toEqual(expected)
})

test("lines become blocks, conditions hold, decomposed letters are the same name", () => {
  const template = parseTemplate("# I. MỤC\n{{Tên  đơn vị}} có\n[nếu: số lần] Đã đôn đốc.\n[nếu không: số lần] - Chưa đôn đốc {{số lần}} lần.\n[bảng: bảng chấm]\n// ghi chú".normalize("NFD"), "x", vocabulary, [])
  expect(fillLines(template.body, filling)).toEqual([
    { kind: "heading", level: 1, text: "I. MỤC" },
    { kind: "text", text: "UBND xã Mẫu có" },
    { kind: "item", text: "Chưa đôn đốc 0 lần." },
    { kind: "text", text: "(bảng)" },
  ])
})

test("a value from outside is never read as template again", () => {
  const template = parseTemplate("{{tên đơn vị}}", "x", vocabulary, [])
  expect(fillLines(template.body, { ...filling, value: () => "{{số lần}} [bảng: bảng chấm]" })).toEqual([{ kind: "text", text: "{{số lần}} [bảng: bảng chấm]" }])
})

test("the office may keep only the files it changes; what breaks the decree is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "loa-templates-"))
  mkdirSync(join(folder, "reports"))
  expect(checkReportTemplates(folder)).toEqual([])
  const office = readFileSync(`${checkout}templates/reports/office.yaml`, "utf8")
  writeFileSync(join(folder, "reports/office.yaml"), office.replace("marginLeft: 30", "marginLeft: 10"))
  writeFileSync(join(folder, "reports/weekly.txt"), "{{không có số này}}")
  expect(checkReportTemplates(folder).map(({ field, found }) => [field, found])).toEqual([["page.marginLeft", "10"], ["mẫu văn bản", "không có số này"]])
})
