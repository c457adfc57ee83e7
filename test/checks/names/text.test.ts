import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { nameKey, readName } from "../../../src/checks/names/text.ts"

describe("reading a name (rules.md 5.2)", () => {
  const vectors: [string, string][] = [
    ["Uỷ ban Nhân dân huyện Yên Phong", "ủy ban nhân dân huyện yên phong"],
    ["UBND phường Cảnh Thuỵ", "ủy ban nhân dân phường cảnh thụy"],
    ["Sở Văn hoá, Thể thao & Du lịch", "sở văn hóa thể thao và du lịch"],
    ["UBND xã Đồng Kỳ", "ủy ban nhân dân xã đồng kỳ"],
    ["quý", "quý"],
    ["hoàn", "hoàn"],
    ["thuyền", "thuyền"],
    ["khoẻ quà loè thuỳ", "khỏe quà lòe thùy"],
    ["U.B.N.D. xã Kép", "ủy ban nhân dân xã kép"],
    ["U B N D xã Kép", "ủy ban nhân dân xã kép"],
    ["HĐND\u00A0-\u2003UBND  xã", "hội đồng nhân dân ủy ban nhân dân xã"],
    ["UBND xã Ðông Cứu", "ủy ban nhân dân xã đông cứu"],
    ["“Sở” (Y tế) [tỉnh] 'Bắc' Ninh/", "sở y tế tỉnh bắc ninh"],
    ["Ｕ𝐁Ⓝ🄳 xã", "ủy ban nhân dân xã"],
  ]
  test.each(vectors)("%s", (seen, words) => {
    expect(nameKey(seen)).toBe(words)
    expect(nameKey(seen.normalize("NFD"))).toBe(words)
  })

  const flags: [string, string[]][] = [
    ["UBND xã Kép", []],
    ["UBND XÃ KÉP", ["CHR-CASE"]],
    ["ubnd xã kép", ["CHR-CASE"]],
    ["UBND xã kép", ["CHR-CASE"]],
    ["Ủy ban nhân dân xã Kép", []],
    ["UBND xã Kép ❤️", ["CHR-EMOJI"]],
    ["UBND xã Kép 👨‍👩‍👧", ["CHR-EMOJI"]],
    ["UBND xã\u200B Kép", ["CHR-INVIS"]],
    ["𝐔𝐁𝐍𝐃 xã Kép", ["CHR-STYLED"]],
    ["UBND xã K\u0336é\u0336p\u0336", ["CHR-STYLED"]],
    ["UBND xã Ðông Cứu", ["CHR-ETH"]],
    ["UBND xã Tiên-Du", ["CHR-PUNCT"]],
    ["UBND xã Kép – tỉnh Bắc Ninh", []],
    ["UBND xã Kép_", ["CHR-PUNCT"]],
    ["UBND xã Kép\u00A0", []],
    ["UBND xã К\u00E9p", ["CHR-LOOKALIKE"]],
  ]
  test.each(flags)("flags of %s", (seen, expected) => expect([...readName(seen).flags].sort()).toEqual(expected as never))

  test("a tick is told from other signs", () => {
    expect(readName("UBND xã Kép ✅").tick).toBe(true)
    expect(readName("UBND xã Kép ★").tick).toBe(false)
  })

  const anyName = fc.string({ unit: "grapheme", maxLength: 60 })
  test("normalising twice is normalising once", () => {
    const vietnamese = fc.array(fc.constantFrom("UBND", "xã", "Hoà", "thuỷ", "Từ-Sơn", "&", "U.B.N.D", "Kép", "quý", "Ð", "đ", "TP.", "24h", "4.0", "HĐND", "Lí", "🇻🇳"), { maxLength: 8 }).map((parts) => parts.join(" "))
    fc.assert(fc.property(fc.oneof(vietnamese, anyName), (name) => expect(nameKey(nameKey(name))).toBe(nameKey(name))), { numRuns: 400 })
  })
  test("no single character needs a second reading", () => {
    const unsettled: string[] = []
    for (let code = 0; code <= 0xffff; code++) {
      for (const name of [String.fromCharCode(code), `xã${String.fromCharCode(code)}Kép`]) if (nameKey(nameKey(name)) !== nameKey(name)) unsettled.push(code.toString(16))
    }
    expect(unsettled).toEqual([])
  })
  test("no text breaks the reader", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }), (codes) => void readName(String.fromCharCode(...codes))), { numRuns: 200 })
  })
})
