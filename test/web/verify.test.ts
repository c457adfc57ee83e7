import { afterAll, beforeAll, expect, test } from "bun:test"
import { verify } from "../../src/web/verify/look-up.ts"
import { readQuery } from "../../src/web/verify/read-query.ts"
import { Browser, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

const official = [
  "https://www.facebook.com/100000001",
  "https://m.facebook.com/profile.php?id=100000001&mibextid=x",
  "facebook.com/UBND.kinh-bac",
  "https://fb.com/ubnd.kinh-bac/posts/123",
  "https://www.facebook.com/p/UBND-phuong-Kinh-Bac-100000001/",
  "https://www.facebook.com/people/UBND-Kinh-Bac/100000001/",
  "100000001",
  "@ubnd.kinh-bac",
  "kinh-bac-facebook",
  "https://loa.example/verify/kinh-bac-facebook",
  "Uỷ ban nhân dân phường Kinh Bắc".replace("Uỷ ban nhân dân", "UBND") + ", tỉnh Bắc Ninh",
]
test.each(official)("%s is official", async (question) => {
  const found = await verify(desk.rooms, question)
  expect([found.status, found.account?.id, found.unit?.id]).toEqual(["official", "kinh-bac-facebook", "kinh-bac"])
})

test.each(["https://zalo.me/43000000001", "https://zalo.me/43000000001?src=qr", "kinh-bac-zalo"])("%s is suspended", async (question) => {
  const found = await verify(desk.rooms, question)
  expect([found.status, found.account?.id]).toEqual(["suspended", "kinh-bac-zalo"])
  expect(found.reason).not.toBeEmpty()
})

test.each(["https://www.facebook.com/ubndkinhbac.official", "https://zalo.me/100000001", "https://www.facebook.com/groups/100000001", "999999", "", "https://www.facebook.com/", "%%%", "x".repeat(10_000), "https://facebook.com@evil.example/100000001"])(
  "%# is not listed",
  async (question) => {
    const found = await verify(desk.rooms, question)
    expect([found.status, found.account]).toEqual(["not_listed", null])
  },
)

test("what imitates is told apart and the real channel is shown", async () => {
  const handle = await verify(desk.rooms, "https://www.facebook.com/ubnd-k1nh-bac")
  expect(handle.similar.map((account) => account.id)).toEqual(["kinh-bac-facebook"])
  expect(handle.warnings.join()).toContain("rất giống")
  const name = await verify(desk.rooms, "UBND phường Kinh Bắc – hỗ trợ vay vốn")
  expect(name.status).toBe("not_listed")
  expect(name.warnings.join()).toContain("giả mạo")
  expect(name.similar.map((account) => account.id)).toContain("kinh-bac-facebook")
  const site = await verify(desk.rooms, "https://faceb00k.com.evil.example/ubnd.kinh-bac")
  expect(site.warnings.join()).toContain("không phải của Facebook")
  expect((await verify(desk.rooms, "https://kinh-bac.bacninh.example/tin/1")).matchedBy).toBe("portal")
})

test("the public page needs no account and shows nothing inside", async () => {
  const browser = desk.browser()
  const html = await browser.text("/verify?q=100000001")
  expect(html).toContain('data-status="official"')
  expect(html).toContain("UBND phường Kinh Bắc")
  expect((await browser.get("/verify/kinh-bac-facebook")).status).toBe(200)
  expect((await browser.get("/verify/none")).status).toBe(404)
  expect(await browser.text(`/verify?q=${encodeURIComponent('"><script>alert(1)</script>')}`)).not.toContain("<script>alert")
})

test("a machine that asks without end is slowed down, others are not", async () => {
  desk.clock.advance(60_000)
  const statuses: number[] = []
  const machine = new Browser(desk.web, "198.51.100.7")
  for (let i = 0; i < 62; i++) statuses.push((await machine.get("/verify")).status)
  expect([statuses.filter((status) => status === 200).length, statuses.at(-1)]).toEqual([60, 429])
  expect((await new Browser(desk.web, "198.51.100.8").get("/verify?q=1")).status).toBe(200)
  desk.clock.advance(60_000)
  expect((await machine.get("/verify")).status).toBe(200)
})

test("reading a question never throws", () => {
  for (const text of ["https://", "http://[", "facebook.com/%E0%A4%A", "zalo.me//", "\u0000", "@", "...", "https://fb.com/?id="]) expect(() => readQuery(text, "https://loa.example")).not.toThrow()
})
