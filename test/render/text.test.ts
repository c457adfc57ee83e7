import { expect, test } from "bun:test"
import fc from "fast-check"
import { defangDomains } from "../../src/base/defang.ts"
import { cleanText, codePoints, cutSentence, cutWords, utf16Units } from "../../src/render/index.ts"

const own = (host: string) => host === "gov.vn" || host.endsWith(".gov.vn")

test.each([
  ["Xem tại bit.ly/abc và https://evil.top/a.zip?u=http://b.com, hết.", "Xem tại bit[.]ly/abc và hxxps://evil[.]top/a[.]zip?u=hxxp://b[.]com, hết."],
  ["https://syt.bacninh.gov.vn/a?x=evil.com và dichvucong.gov.vn/abc.html", "https://syt.bacninh.gov.vn/a?x=evil.com và dichvucong.gov.vn/abc.html"],
  ["bacninh.gov.vn.evil.cc", "bacninh[.]gov[.]vn[.]evil[.]cc"],
  ["https://bacninh.gov.vn@evil.top/", "hxxps://bacninh[.]gov[.]vn@evil[.]top/"],
  ["(evil.top) [evil.top] “evil.top” xem/evil.top evil。top", "(evil[.]top) [evil[.]top] “evil[.]top” xem/evil[.]top evil[.]top"],
  ["thư a.b@gmail.com, TP.HCM, v.v., 3.000.000 đồng, 45/2025/NĐ-CP, QD65.pdf", "thư a.b@gmail.com, TP.HCM, v.v., 3.000.000 đồng, 45/2025/NĐ-CP, QD65.pdf"],
  ["đã họp xong.Do đó", "đã họp xong. Do đó"],
])("outside domains are broken, everything else stays: %s", (text, expected) => {
  expect(defangDomains(text, own)).toBe(expected)
})

const words = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.domain(), fc.webUrl(), fc.constantFrom("Tin.", "bacninh.gov.vn", "👨‍👩‍👧", "e\u0302\u0301", "\u202e", "\ud83d", "\n\n", "@[12]")), { maxLength: 40 }).map((list) => list.join(" "))

test("breaking and cleaning twice changes nothing more, and no outside address stays", () => {
  fc.assert(
    fc.property(words, (text) => {
      const once = defangDomains(cleanText(text), own)
      expect(defangDomains(once, own)).toBe(once)
      expect(cleanText(cleanText(text))).toBe(cleanText(text))
      expect(cleanText(text)).toBe(cleanText(text).normalize("NFC"))
      for (const [address] of once.matchAll(/https?:\/\/[^\s<>"“”]+/g)) expect(own(new URL(address).hostname)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test("cuts never pass the limit, never split a letter or an emoji, and keep what fits", () => {
  const graphemes = (text: string) => [...new Intl.Segmenter("vi", { granularity: "grapheme" }).segment(text)].map((part) => part.segment)
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 200 }), fc.constantFrom(codePoints, utf16Units), fc.constantFrom(cutWords, cutSentence), (raw, max, measure, cut) => {
      const text = cleanText(raw)
      const result = cut(text, max, measure)
      expect(measure(result)).toBeLessThanOrEqual(max)
      if (measure(text) <= max) return expect(result).toBe(text)
      const kept = graphemes(result.replace(/…$/, ""))
      expect(graphemes(text).slice(0, kept.length)).toEqual(kept)
    }),
    { numRuns: 300 },
  )
})

test("a cut ends with a sentence where one is near, else with whole words", () => {
  expect(cutSentence("Câu thứ nhất khá dài. Câu thứ hai bị cắt giữa chừng.", 30)).toBe("Câu thứ nhất khá dài.")
  expect(cutSentence("Một câu rất dài không có dấu chấm nào cả cho đến hết", 30)).toBe("Một câu rất dài không có dấu…")
  expect(cutWords("Thông báo lịch cắt điện", 15)).toBe("Thông báo lịch…")
})
