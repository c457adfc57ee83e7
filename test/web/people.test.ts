import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { HOUR, MINUTE } from "../../src/base/clock.ts"
import { Browser, PASSWORD, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

const session = (browser: Browser) => browser.cookies.get("__Host-loa_session")

describe("signing in", () => {
  test("a stranger is sent to the door and comes back to the page that was asked for", async () => {
    const browser = desk.browser()
    const away = await browser.get("/queue?state=held")
    expect([away.status, away.headers.get("location")]).toEqual([302, "/login?to=%2Fqueue%3Fstate%3Dheld"])
    await desk.people.add({ id: "lan", name: "Lan", role: "auditor", unitId: null, password: PASSWORD }, "test")
    const back = await browser.post("/login", { id: " LAN ", password: PASSWORD.normalize("NFD"), to: "/queue?state=held" })
    expect([back.status, back.headers.get("location")]).toEqual([303, "/queue?state=held"])
    expect((await browser.get("/queue?state=held")).status).toBe(200)
  })

  test("never leads to other sites", async () => {
    for (const to of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]) {
      const answer = await desk.browser().post("/login", { id: "lan", password: PASSWORD, to })
      expect(answer.headers.get("location")).toBe("/")
    }
  })

  test("cookies are closed to scripts, other sites and plain connections", async () => {
    const answer = await desk.browser().post("/login", { id: "lan", password: PASSWORD })
    for (const cookie of answer.headers.getSetCookie()) {
      expect(cookie).toMatch(/^__Host-/)
      for (const part of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) expect(cookie).toContain(part)
    }
  })

  test("a session that was there before ends with the new one; the database knows hashes only", async () => {
    const browser = desk.browser()
    await browser.post("/login", { id: "lan", password: PASSWORD })
    const first = session(browser)!
    await browser.post("/login", { id: "lan", password: PASSWORD })
    expect(session(browser)).not.toBe(first)
    expect(await desk.people.visitor(first)).toBeNull()
    const rows = await desk.rooms.db.selectFrom("sessions").selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(session(browser)!)
    const user = await desk.rooms.db.selectFrom("users").select("password_hash").where("id", "=", "lan").executeTakeFirstOrThrow()
    expect(user.password_hash).toStartWith("$argon2id$v=19$m=19456,t=2")
  })

  test("idle for 30 minutes, or 12 hours old, is over", async () => {
    const browser = desk.browser()
    await browser.post("/login", { id: "lan", password: PASSWORD })
    desk.clock.advance(29 * MINUTE)
    expect((await browser.get("/queue")).status).toBe(200)
    desk.clock.advance(31 * MINUTE)
    expect((await browser.get("/queue")).status).toBe(302)

    await browser.post("/login", { id: "lan", password: PASSWORD })
    for (let at = 0; at < 12 * HOUR - 20 * MINUTE; at += 20 * MINUTE) {
      desk.clock.advance(20 * MINUTE)
      expect((await browser.get("/queue")).status).toBe(200)
    }
    desk.clock.advance(20 * MINUTE)
    expect((await browser.get("/queue")).status).toBe(302)
  })

  test("signing out ends the session even for a kept cookie", async () => {
    const browser = desk.browser()
    await browser.post("/login", { id: "lan", password: PASSWORD })
    const kept = session(browser)!
    const out = await browser.post("/logout", {})
    expect(out.headers.get("clear-site-data")).toContain("storage")
    expect(await desk.people.visitor(kept)).toBeNull()
  })
})

describe("one's own account", () => {
  test("shows where one is signed in, ends the others, and changes the password only with the old one", async () => {
    const here = await desk.signedIn("tuan", "watcher")
    const there = desk.browser()
    await there.post("/login", { id: "tuan", password: PASSWORD })
    expect(await here.text("/me")).toContain("Máy khác")
    await here.post("/me/sessions/end", {})
    expect([(await here.get("/me")).status, (await there.get("/me")).status]).toEqual([200, 302])

    const fresh = "một câu hoàn toàn mới"
    expect((await here.post("/me/password", { old: "sai", fresh })).status).toBe(400)
    expect((await here.post("/me/password", { old: PASSWORD, fresh: "ngắn" })).status).toBe(400)
    const kept = session(here)!
    expect((await here.post("/me/password", { old: PASSWORD, fresh })).headers.get("location")).toBe("/login")
    expect(await desk.people.visitor(kept)).toBeNull()
    expect((await here.post("/login", { id: "tuan", password: PASSWORD })).status).toBe(403)
    expect((await here.post("/login", { id: "tuan", password: fresh })).status).toBe(303)
  })
})

describe("guessing passwords", () => {
  test("a stranger is slowed down, the owner's own browser is not, and an unknown name looks the same", async () => {
    await desk.people.add({ id: "minh", name: "Minh", role: "watcher", unitId: null, password: PASSWORD }, "test")
    const owner = desk.browser()
    await owner.post("/login", { id: "minh", password: PASSWORD })
    await owner.post("/logout", {})

    const answers: number[] = []
    for (let i = 0; i < 11; i++) answers.push((await new Browser(desk.web, `198.51.100.${i}`).post("/login", { id: "minh", password: "sai" })).status)
    expect(answers).toEqual([...Array(10).fill(403), 429])
    // Even the right password does not help the stranger now …
    expect((await new Browser(desk.web, "198.51.100.99").post("/login", { id: "minh", password: PASSWORD })).status).toBe(429)
    // … while the browser that was here before comes in.
    expect((await owner.post("/login", { id: "minh", password: PASSWORD })).status).toBe(303)

    const wrong = await (await new Browser(desk.web, "192.0.2.1").post("/login", { id: "lan", password: "sai" })).text()
    const unknown = await (await new Browser(desk.web, "192.0.2.1").post("/login", { id: "khong-co", password: "sai" })).text()
    expect(unknown).toBe(wrong)
    desk.clock.advance(16 * MINUTE)
    expect((await new Browser(desk.web, "198.51.100.99").post("/login", { id: "minh", password: PASSWORD })).status).toBe(303)
  })
})

describe("people", () => {
  test("every mistake is named at once and nothing is added", async () => {
    const adding = desk.people.add({ id: "Có dấu", name: " ", role: "boss", unitId: "nowhere", password: "ngắn" }, "test")
    const error = await adding.then(() => null, (thrown: { facts: { mistakes: { field: string }[] } }) => thrown)
    expect(error!.facts.mistakes.map((mistake) => mistake.field)).toEqual(["id", "name", "role", "unit", "password"])
    await expect(desk.people.add({ id: "can-bo", name: "Cán bộ", role: "unit_official", unitId: null, password: PASSWORD }, "test")).rejects.toThrow()
  })

  test.each(["matkhau123456789", "aaaaaaaaaaaaaaa", "nguyenlan-nguyenlan"])("%s is no password for nguyenlan", async (password) => {
    await expect(desk.people.add({ id: "nguyenlan", name: "Lan", role: "editor", unitId: null, password }, "test")).rejects.toThrow()
  })

  test("a new password and being disabled end every session; each change is audited", async () => {
    const browser = await desk.signedIn("hoa", "watcher")
    await desk.people.setPassword("hoa", "một câu khác cũng dài", "cli:root")
    expect((await browser.get("/queue")).status).toBe(302)
    await browser.post("/login", { id: "hoa", password: "một câu khác cũng dài" })
    expect((await browser.get("/queue")).status).toBe(200)
    await desk.people.disable("hoa", "cli:root")
    expect((await browser.get("/queue")).status).toBe(302)
    expect((await browser.post("/login", { id: "hoa", password: "một câu khác cũng dài" })).status).toBe(403)
    const log = await desk.rooms.audit.of(desk.rooms.db, "user:hoa")
    expect(log.map((row) => row.action)).toEqual(["user.added", "user.logged_in", "user.password_set", "user.logged_in", "user.disabled", "user.login_refused"])
    expect(JSON.stringify(log)).not.toContain("câu khác")
  })
})
