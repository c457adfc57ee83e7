import { expect, test } from "bun:test"
import { fromIsoDate } from "../../src/base/time.ts"
import { change, count, cutoffText, defang, duration, longDate, median, number, percent, roman } from "../../src/reports/format.ts"

test("numbers, counts and shares as an office writes them", () => {
  expect([number(1_234_567), number(87.52), number(-1_000), number(0), number(null)]).toEqual(["1.234.567", "87,5", "-1.000", "0", "không có số liệu"])
  expect([count(5), count(10), count(0), count(2.5)]).toEqual(["05", "10", "0", "2,5"])
  expect([percent(115, 119), percent(0, 4), percent(1, 0), percent(null, 4)]).toEqual(["96,6%", "0,0%", "không có số liệu", "không có số liệu"])
  expect([change(3), change(-12), change(0), change(null)]).toEqual(["tăng 03", "giảm 12", "không thay đổi", "không có số liệu"])
})
test("dates carry a zero for days below 10 and for the months 1 and 2 only", () => {
  expect(longDate(fromIsoDate("2027-01-05"))).toBe("ngày 05 tháng 01 năm 2027")
  expect(longDate(fromIsoDate("2025-09-15"))).toBe("ngày 15 tháng 9 năm 2025")
  expect(longDate(fromIsoDate("2026-11-23"))).toBe("ngày 23 tháng 11 năm 2026")
  expect(cutoffText(fromIsoDate("2026-11-23"))).toBe("24 giờ 00 phút ngày 22/11/2026")
  expect(cutoffText(fromIsoDate("2026-11-23") + 7.5 * 3_600_000)).toBe("07 giờ 30 phút ngày 23/11/2026")
})
test("durations, medians, Roman numbers", () => {
  expect([20_000, 300_000, 11_100_000, 183_600_000, null].map(duration)).toEqual(["dưới 01 phút", "05 phút", "03 giờ 05 phút", "02 ngày 03 giờ", "không có số liệu"])
  expect([median([]), median([3, 1, 2]), median([1, 2, 3, 10])]).toEqual([null, 2, 2.5])
  expect([1, 4, 9, 14].map(roman)).toEqual(["I", "IV", "IX", "XIV"])
})
test("addresses become inert, ordinary text stays", () => {
  expect(defang("Vào https://lua-dao.example/nhan-qua.")).toBe("Vào hxxps://lua-dao[.]example/nhan-qua.")
  expect(defang("Đề nghị kiểm tra. Số 65/KH-UBND v.v.")).toBe("Đề nghị kiểm tra. Số 65/KH-UBND v.v.")
})
