import { afterEach, expect, test } from "bun:test"
import fc from "fast-check"
import { parseDate } from "../../src/feeds/index.ts"

const now = Date.UTC(2026, 10, 24)
/** 15 September 2025 by the clock in Vietnam. */
const at = (hour: number, minute: number, second = 0) => new Date(Date.UTC(2025, 8, 15, hour - 7, minute, second)).toISOString()

const forms: [text: string, expected: string | null][] = [
  ["15/09/2025 08:30", at(8, 30)],
  ["15/09/2025 08:30:15", at(8, 30, 15)],
  ["15-09-2025 08:30", at(8, 30)],
  ["15.09.2025 08:30", at(8, 30)],
  ["15/9/2025 8:30:00 SA", at(8, 30)],
  ["15/9/2025 8:30:00 CH", at(20, 30)],
  ["15/09/2025 12:05:00 SA", at(0, 5)],
  ["15/09/2025 12:05:00 CH", at(12, 5)],
  ["9/15/2025 8:30:00 AM", at(8, 30)],
  ["9/15/2025 8:30:00 PM", at(20, 30)],
  ["15/09/2025 08:30 AM", at(8, 30)],
  ["Thứ Hai, 15/09/2025, 08:30 (GMT+7)", at(8, 30)],
  ["Thứ 2, 15/09/2025 08:30", at(8, 30)],
  ["T2, 15/09/2025 08:30", at(8, 30)],
  ["Thứ hai, ngày 15/09/2025 08:30", at(8, 30)],
  ["Chủ nhật, 15/09/2025 08:30", at(8, 30)],
  ["CN, 15/09/2025 08:30", at(8, 30)],
  ["Thứ 5, 15/09/2025 17:00:00 GMT+7", at(17, 0)],
  ["Mon, 15 Sep 2025 08:30:00 GMT+7", at(8, 30)],
  ["Mon, 15 Sep 2025 08:30:00  gMt + 7 ", at(8, 30)],
  ["Mon, 15 Sep 2025 08:30:00 +0700", at(8, 30)],
  ["Mon, 15 Sep 2025 01:30:00 GMT", at(8, 30)],
  ["Mon, 15 Sep 2025 08:30:00", at(8, 30)],
  ["ngày 15 tháng 9 năm 2025", at(0, 0)],
  ["Ngày 15 tháng 09 năm 2025, 08 giờ 30 phút", at(8, 30)],
  ["15 Th9 2025", at(0, 0)],
  ["15 Th09, 2025 08:30", at(8, 30)],
  ["15 thg 9, 2025", at(0, 0)],
  ["thg 9 15, 2025", at(0, 0)],
  ["15 Tháng Chín 2025 8:30 SA", at(8, 30)],
  ["Tháng Chín 15, 2025", at(0, 0)],
  ["Tháng 9 15, 2025 8:30 CH", at(20, 30)],
  ["8h30 15/09/2025", at(8, 30)],
  ["8h30' ngày 15/9/2025", at(8, 30)],
  ["8h ngày 15/9/2025", at(8, 0)],
  ["15/09/2025 | 08:30", at(8, 30)],
  ["15/09/2025 08:30 | GMT+7", at(8, 30)],
  ["08:30 - 15/09/2025", at(8, 30)],
  ["15/09/2025 - 08:30", at(8, 30)],
  ["08:30, 15/09/2025", at(8, 30)],
  ["08:30 AM, 15/09/2025", at(8, 30)],
  ["2025-09-15T08:30:00", at(8, 30)],
  ["2025-09-15 08:30:00", at(8, 30)],
  ["2025-09-15T08:30:00+07:00", at(8, 30)],
  ["2025-09-15T01:30:00Z", at(8, 30)],
  ["2025-09-15T08:30:00.000+0700", at(8, 30)],
  ["2025/09/15 08:30:00", at(8, 30)],
  ["2025-09-15", at(0, 0)],
  ["20250915083000", at(8, 30)],
  ["20250915T013000Z", at(8, 30)],
  ["/Date(1757899800000)/", at(8, 30)],
  ["/Date(1757899800000+0700)/", at(8, 30)],
  ["1757899800", at(8, 30)],
  ["1757899800000", at(8, 30)],
  ["Mon Sep 15 2025 08:30:00 GMT+0700 (Indochina Time)", at(8, 30)],
  ["Mon Sep 15 08:30:00 ICT 2025", at(8, 30)],
  ["Mon Sep 15 08:30:00 2025", at(8, 30)],
  ["Sep 15, 2025 8:30 AM", at(8, 30)],
  ["Sep 15 2025  8:30AM", at(8, 30)],
  ["15-Sep-2025 08:30", at(8, 30)],
  ["15/Sep/2025:08:30:00 +0700", at(8, 30)],
  ["15 Sep 25 08:30 +0700", at(8, 30)],
  ["15/09/25 08:30", at(8, 30)],
  ["Monday, September 15, 2025 8:30 AM", at(8, 30)],
  ["Thu 15 Sep 2025 08:30:00 +0700", at(8, 30)],
  ["15/09/2025", at(0, 0)],
  ["Cập nhật: 08:30 ngày 15/09/2025", at(8, 30)],
  ["15/09/2025 2:30 chiều", at(14, 30)],
  ["15/09/2025 8 giờ 30", at(8, 30)],
  ["Mon, 15 Sep 2025 08:30:00 UTC+7", at(8, 30)],
  ["Sun, 14 Sep 2025 22:30:00 -0300", at(8, 30)],
  ["31/02/2025", null],
  ["0001-01-01T00:00:00", null],
  ["0000-00-00 00:00:00", null],
  ["Thu, 01 Jan 1970 00:00:00 GMT", null],
  ["01/01/0001 12:00:00 SA", null],
  ["15/13/2025", null],
  ["15/09/2030", null],
  ["15/09/2025 25:30", null],
  ["Invalid Date", null],
  ["abc", null],
  ["0", null],
]

const zone = process.env.TZ
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

for (const tz of ["UTC", "Asia/Ho_Chi_Minh", "America/New_York"]) {
  test(`every form of a Vietnamese portal, whatever TZ says (${tz})`, () => {
    process.env.TZ = tz
    const read = forms.map(([text]) => [text, iso(parseDate(text, { now }))] as const)
    expect(read).toEqual(forms)
  })
}

const iso = (value: number | null) => (value === null ? null : new Date(value).toISOString())

test("the order of day and month is the feed's, and 13 or more decides by itself", () => {
  expect(iso(parseDate("9/10/2025 08:30", { now }))).toBe("2025-10-09T01:30:00.000Z")
  expect(iso(parseDate("9/10/2025 08:30", { now, order: "mdy" }))).toBe("2025-09-10T01:30:00.000Z")
  expect(iso(parseDate("23/10/2025 08:30", { now, order: "mdy" }))).toBe("2025-10-23T01:30:00.000Z")
})

test("any text gives a credible moment or null, never an exception", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9/:. +-]{1,30}$/)), (text) => {
      const read = parseDate(text, { now })
      return read === null || (read >= Date.UTC(1990, 0, 1) && read <= now + 86_400_000)
    }),
    { numRuns: 300 },
  )
})
