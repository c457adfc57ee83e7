/** Documents written in a worker are the documents that the writers write, and a writer that fails takes nothing with it. */
import { expect, test } from "bun:test"
import type { OfficialDocument } from "../../src/reports/document.ts"
import { loadOffice } from "../../src/reports/office.ts"
import { renderFiles as apart } from "../../src/reports/render-apart.ts"
import { renderFiles as here } from "../../src/reports/render.ts"
import { checkout } from "../../src/base/config.ts"

const { page } = loadOffice(`${checkout}templates`)
const letter: OfficialDocument = {
  form: "letter", superior: "UBND TỈNH BẮC NINH", issuer: "TRUNG TÂM THÔNG TIN", number: "Số:      /TTTT", placeAndDate: "Bắc Ninh, ngày 23 tháng 11 năm 2026", type: "",
  subject: ["V/v rà soát tài khoản"], to: ["UBND phường Kinh Bắc"], bases: [], body: [{ kind: "text", text: "Đề nghị đơn vị rà soát tài khoản chính danh." }],
  signer: { authority: "", title: "GIÁM ĐỐC" }, recipients: ["Như trên"], appendices: [], draft: "DỰ THẢO", at: Date.UTC(2026, 10, 23), name: "Công văn",
}

test("the same bytes, several at once, and after a failure the next one", async () => {
  const formats = ["docx", "pdf", "html"] as const
  const broken = { ...letter, body: [{ kind: "table" }] } as unknown as OfficialDocument
  const [first, failed, second] = await Promise.allSettled([apart("cong-van", letter, null, page, formats), apart("hong", broken, null, page, formats), apart("cong-van", letter, null, page, ["pdf"])])
  const expected = await here("cong-van", letter, null, page, formats)
  expect(first).toEqual({ status: "fulfilled", value: expected })
  expect((first as PromiseFulfilledResult<typeof expected>).value.every(({ content }) => Buffer.isBuffer(content))).toBe(true)
  expect(failed.status).toBe("rejected")
  expect(second).toEqual({ status: "fulfilled", value: expected.filter(({ format }) => format === "pdf") })
  expect(await apart("cong-van", letter, null, page, ["html"])).toEqual(expected.filter(({ format }) => format === "html"))
}, 30_000)
