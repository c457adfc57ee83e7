/** The second factor, step-up, reset links, the first administrator. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { MINUTE, SECOND } from "../../src/base/clock.ts"
import { smtpServer } from "../support/smtp.ts"
import { Browser, codeOf, PASSWORD, post, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

const session = (browser: Browser) => browser.cookies.get("__Host-loa_session")
const password = async (id: string) => {
  const browser = desk.browser()
  return { browser, answer: await browser.post("/login", { id, password: PASSWORD, to: "/queue" }) }
}
/** The seed as the page of the enrolment shows it. */
const seedOf = (html: string) => /<pre>([A-Z2-7 ]+)<\/pre>/.exec(html)![1]!.replaceAll(" ", "")

describe("the second factor", () => {
  let seed = ""
  let spare: string[] = []

  test("who publishes does nothing before it is enrolled", async () => {
    await desk.people.add({ id: "duyet", name: "Duyệt", role: "approver", unitId: null, password: PASSWORD }, "test")
    const { browser } = await password("duyet")
    const { id } = await post(desk.rooms, "kinh-bac", 900)
    expect((await browser.get("/queue")).headers.get("location")).toBe("/me/two-steps")
    expect((await browser.post("/queue", { id, do: "approve" })).status).toBe(403)
    expect((await desk.rooms.outbox.find(id)).state).toBe("review")

    const html = await browser.text("/me/two-steps")
    seed = seedOf(html)
    expect(html).toContain('src="data:image/svg+xml;base64,')
    expect((await browser.post("/me/two-steps", { code: "000000" })).status).toBe(400)
    const done = await (await browser.post("/me/two-steps", { code: codeOf(seed, desk.clock.now()) })).text()
    spare = [...done.matchAll(/[0-9a-f]{5}(?:-[0-9a-f]{5}){3}/g)].map(([code]) => code)
    expect(spare).toHaveLength(10)
    expect((await browser.post("/queue", { id, do: "approve", state: "review" })).status).toBe(303)
    // Seeds are sealed, spare codes hashed.
    const kept = JSON.stringify([await desk.rooms.db.selectFrom("users").selectAll().execute(), await desk.rooms.db.selectFrom("recovery_codes").selectAll().execute()])
    expect(kept).not.toContain(seed)
    expect(kept).not.toContain(spare[0]!)
  })

  test("the door asks for it; a code works once, and not two steps away", async () => {
    desk.clock.advance(5 * MINUTE)
    const { browser, answer } = await password("duyet")
    expect(answer.headers.get("location")).toBe("/login/code?to=%2Fqueue")
    const half = session(browser)!
    expect((await browser.get("/queue")).status).toBe(302)
    expect((await browser.get("/me")).status).toBe(302)
    const now = desk.clock.now()
    for (const wrong of ["", "abc", "000000", codeOf(seed, now - 90 * SECOND), codeOf(seed, now + 90 * SECOND)]) expect([wrong, (await browser.post("/login/code", { code: wrong })).status]).toEqual([wrong, wrong === codeOf(seed, now + 90 * SECOND) ? 303 : 403])
    // The fifth wrong one ended the half session.
    expect((await browser.post("/login/code", { code: codeOf(seed, now) })).headers.get("location")).toBe("/login")

    const second = (await password("duyet")).browser
    const before = session(second)!
    const good = codeOf(seed, desk.clock.now())
    expect((await second.post("/login/code", { code: good, to: "/queue" })).headers.get("location")).toBe("/queue")
    expect(session(second)).not.toBe(before)
    expect((await second.get("/queue")).status).toBe(200)
    expect(await desk.people.visitor(half)).toBeNull()
    const third = (await password("duyet")).browser
    expect((await third.post("/login/code", { code: good })).status).toBe(403)
    desk.clock.advance(5 * MINUTE)
    expect((await third.post("/login/code", { code: codeOf(seed, desk.clock.now()) })).headers.get("location")).toBe("/login")
  })

  test("ten wrong codes and everybody waits; who has no password never gets that far", async () => {
    await desk.people.add({ id: "kiem-tra", name: "Kiểm tra", role: "auditor", unitId: null, password: PASSWORD }, "test")
    const enrolling = await desk.people.beginTwoSteps("kiem-tra")
    await desk.people.confirmTwoSteps("kiem-tra", codeOf(enrolling.secret, desk.clock.now()), "test")
    desk.clock.advance(MINUTE)
    const statuses: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const { browser } = await password("kiem-tra")
      for (let i = 0; i < 4; i++) statuses.push((await browser.post("/login/code", { code: "000000" })).status)
    }
    expect(statuses).toEqual([...Array(10).fill(403), 429, 429])
    const { browser } = await password("kiem-tra")
    expect((await browser.post("/login/code", { code: codeOf(enrolling.secret, desk.clock.now()) })).status).toBe(429)
    desk.clock.advance(16 * MINUTE)
    const later = (await password("kiem-tra")).browser
    expect((await later.post("/login/code", { code: codeOf(enrolling.secret, desk.clock.now()) })).status).toBe(303)
  })

  test("a recovery code stands in once; an administrator can reset a lost telephone", async () => {
    const { browser } = await password("duyet")
    expect((await browser.post("/login/code", { code: spare[0]!.toUpperCase() })).status).toBe(303)
    const again = (await password("duyet")).browser
    expect((await again.post("/login/code", { code: spare[0]! })).status).toBe(403)
    expect(await browser.text("/me")).toContain("Còn 9 mã dự phòng")
    // The role forces it: it is changed, not dropped.
    expect((await browser.post("/me/two-steps/off", {})).status).toBe(400)
    await desk.people.dropTwoSteps("duyet", "cli:root", true)
    expect((await browser.get("/queue")).status).toBe(302)
    const after = (await password("duyet")).browser
    expect((await after.get("/queue")).headers.get("location")).toBe("/me/two-steps")
  })
})

test("grave changes ask again for password and code after ten minutes", async () => {
  const admin = await desk.signedIn("quantri", "province_admin")
  const seed = (await desk.people.beginTwoSteps("quantri")).secret
  await desk.people.confirmTwoSteps("quantri", codeOf(seed, desk.clock.now()), "test")
  expect((await admin.get("/users/new")).status).toBe(200)
  desk.clock.advance(11 * MINUTE)
  const form = { id: "moi", name: "Người Mới", role: "auditor", unit: "", email: "" }
  for (const [path, body] of [["/users/new", form], ["/keys", { name: "k", scope: "units:read", days: "1" }], ["/users/duyet", { do: "disable" }], ["/me/recovery", {}]] as const) {
    expect((await admin.post(path, body)).headers.get("location")).toBe(`/me/confirm?to=${encodeURIComponent(path)}`)
  }
  expect((await desk.people.list()).map((user) => user.id)).not.toContain("moi")
  expect((await admin.post("/me/confirm", { password: PASSWORD, code: "000000", to: "/users/new" })).status).toBe(403)
  expect((await admin.post("/me/confirm", { password: "sai", code: codeOf(seed, desk.clock.now()), to: "/users/new" })).status).toBe(403)
  expect((await admin.post("/me/confirm", { password: PASSWORD, code: codeOf(seed, desk.clock.now()), to: "/users/new" })).headers.get("location")).toBe("/users/new")
  expect((await admin.post("/users/new", form)).status).toBe(200)
})

describe("links that work once", () => {
  const link = async (id: string) => desk.people.makeResetLink(id, "cli:root")

  test("a reset link sets the password once, within fifteen minutes, ends sessions and skips no second factor", async () => {
    const browser = await desk.signedIn("lan", "editor")
    const old = await link("lan")
    const token = await link("lan")
    expect((await desk.browser().get(`/set-password?k=${old}`)).status).toBe(404)
    const visitor = desk.browser()
    expect(await visitor.text(`/set-password?k=${token}`)).toContain("Đặt mật khẩu")
    expect((await visitor.post("/set-password", { k: token, password: "ngắn" })).status).toBe(400)
    expect((await visitor.post("/set-password", { k: token, password: "mật khẩu hoàn toàn khác" })).headers.get("location")).toBe("/login")
    expect((await visitor.post("/set-password", { k: token, password: "mật khẩu của kẻ trộm" })).status).toBe(404)
    expect((await browser.get("/queue")).status).toBe(302)
    expect((await visitor.post("/login", { id: "lan", password: PASSWORD })).status).toBe(403)
    expect((await visitor.post("/login", { id: "lan", password: "mật khẩu hoàn toàn khác" })).headers.get("location")).toStartWith("/login/code")
    const late = await link("lan")
    desk.clock.advance(15 * MINUTE)
    expect((await visitor.get(`/set-password?k=${late}`)).status).toBe(404)
    expect((await visitor.post("/set-password", { k: late, password: "mật khẩu quá muộn rồi" })).status).toBe(404)
    const rows = JSON.stringify([await desk.rooms.db.selectFrom("one_time_links").selectAll().execute(), await desk.rooms.audit.of(desk.rooms.db, "user:lan")])
    for (const secret of [token, late]) expect(rows).not.toContain(secret)
  })

  test("a link is mailed to the address of the person and to nobody else", async () => {
    const smtp = smtpServer()
    const other = await testDesk({ SMTP_URL: smtp.url, LOA_MAIL_FROM: "loa@bacninh.example" })
    try {
      await other.people.add({ id: "hoa", name: "Hoa", role: "auditor", unitId: null, password: PASSWORD, email: "hoa@bacninh.example" }, "test")
      await other.people.add({ id: "khong-thu", name: "Không thư", role: "auditor", unitId: null, password: PASSWORD }, "test")
      for (const id of ["khong-thu", "khong-ai", "HOA"]) expect((await other.browser().post("/login/forgot", { id })).status).toBe(200)
      for (let i = 0; i < 100 && !smtp.letters.length; i++) await Bun.sleep(20)
      expect(smtp.letters.map((letter) => letter.to)).toEqual(["hoa@bacninh.example"])
      const [, k] = /set-password\?k=([\w-]{43})/.exec(smtp.letters[0]!.text.replace(/=\r?\n/g, "").replaceAll("=3D", "="))!
      expect((await other.browser().post("/set-password", { k: k!, password: "mật khẩu hoàn toàn khác" })).headers.get("location")).toBe("/login")
    } finally {
      await other.close()
      smtp.stop()
    }
  })

  test("asking for a link looks the same for everybody", async () => {
    const ask = async (id: string) => (await new Browser(desk.web, "192.0.2.77").post("/login/forgot", { id })).text()
    expect(await ask("lan")).toBe(await ask("khong-ai-ca"))
    let last = 0
    for (let i = 0; i < 25; i++) last = (await new Browser(desk.web, "192.0.2.78").post("/login/forgot", { id: "x" })).status
    expect(last).toBe(429)
  })
})

test("the very first administrator: a code from the console, once, for an hour, and only while nobody is there", async () => {
  const fresh = await testDesk()
  try {
    for (const [id, word] of [["admin", "admin"], ["root", "root"], ["loa", "loa"], ["quantri", "matkhau"]] as const) expect((await fresh.browser().post("/login", { id, password: word })).status).toBe(403)
    const form = { id: "truong", name: "Nguyễn Văn A", password: "một câu dài của người đầu tiên" }
    const old = await fresh.people.makeSetupCode()
    fresh.clock.advance(61 * MINUTE)
    expect((await fresh.browser().post("/setup", { ...form, code: old! })).status).toBe(400)
    const code = (await fresh.people.makeSetupCode())!
    expect((await fresh.browser().post("/setup", { ...form, code: "0000-0000-0000-0000-0000" })).status).toBe(400)
    expect((await fresh.browser().post("/setup", { ...form, code, password: "ngắn" })).status).toBe(400)
    expect((await fresh.browser().post("/setup", { ...form, code })).headers.get("location")).toBe("/login")
    expect((await fresh.browser().post("/setup", { ...form, id: "thu-hai", code })).status).toBe(400)
    expect((await fresh.browser().get("/setup")).headers.get("location")).toBe("/login")
    expect(await fresh.people.makeSetupCode()).toBeNull()
    expect((await fresh.people.list()).map((user) => [user.id, user.role])).toEqual([["truong", "province_admin"]])
  } finally {
    await fresh.close()
  }
})

describe("passwords", () => {
  const mistakes = async (password: string) => {
    const { passwordMistakes } = await import("../../src/web/people/passwords.ts")
    return passwordMistakes(password, "tranthib", ["Trần Thị Bình"]).length
  }
  test.each(["con mèo 🐈 ngủ trên mái nhà", "a".repeat(32) + "bcde fghi " + "z".repeat(32), "mua he nong nuc qua di", "đường làng quan họ xưa".normalize("NFD"), "xK9$v2!mQz7&"])("%p is good", async (password) => expect(await mistakes(password)).toBe(0))
  test.each(["123456789012", "password1234", "Matkhau@2026!", "qwertyuiop[]", "abcdefghijklm", "iloveyouiloveyou", "administrator", "1q2w3e4r5t6y", "unbelievable", "bacninh2026!!", "TRANTHIBINH1990", "Tran Thi Binh", "tranthib-2026-x", "ngắn quá", "x".repeat(257)])("%p is not", async (password) => expect(await mistakes(password)).toBe(1))
})

test("a generated password always passes the rules, also one with hardly a letter in it", async () => {
  const { generatePassword, passwordMistakes } = await import("../../src/web/people/passwords.ts")
  const refused = Array.from({ length: 300 }, generatePassword).filter((password) => passwordMistakes(password, "quantri", ["Nguyễn Văn A"]).length > 0)
  expect(refused).toEqual([])
  expect(passwordMistakes("8192-6602-e418-1792-3707-8060", "quantri", ["Nguyễn Văn A"])).toEqual([])
})
