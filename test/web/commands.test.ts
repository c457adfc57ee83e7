/** `loa user …` and `loa verify` as the shell runs them, over an App in memory. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "bun:test"
import { runLoa, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

const loa = (words: string[], stdin = "") => runLoa(desk, words, stdin)

test("the first administrator is made on the console and can sign in", async () => {
  const added = await loa(["user", "add", "quantri", "--name", "Nguyễn Văn A", "--role", "province_admin"])
  expect(added.code).toBe(0)
  expect(added.json.password).toHaveLength(29)
  const browser = desk.browser()
  expect((await browser.post("/login", { id: "quantri", password: added.json.password })).status).toBe(303)

  expect((await loa(["user", "password", "quantri", "--stdin"], "chuyến đò sang sông buổi sớm\n")).json).toEqual({ user: "quantri" })
  expect((await browser.get("/queue")).status).toBe(302)
  await loa(["user", "disable", "quantri"])
  const { json } = await loa(["user", "list"])
  expect(json.users).toMatchObject([{ id: "quantri", name: "Nguyễn Văn A", role: "province_admin", unitId: null, disabled: true }])
  expect(JSON.stringify(json)).not.toContain("argon2")
})

test("mistakes are wrong use", async () => {
  expect((await loa(["user", "add", "b", "--role", "province_admin", "--stdin"], "ngắn")).code).toBe(2)
  expect((await loa(["user", "password", "nobody"])).code).toBe(2)
  expect((await loa(["verify"])).code).toBe(2)
})

test("verify answers as the public page does", async () => {
  expect(await loa(["verify", "https://www.facebook.com/100000001"])).toMatchObject({ code: 0, json: { status: "official", account: { id: "kinh-bac-facebook" }, unit: { id: "kinh-bac", portal: "https://kinh-bac.bacninh.example" } } })
  expect(await loa(["verify", "https://zalo.me/43000000001"])).toMatchObject({ code: 1, json: { status: "suspended" } })
  expect(await loa(["verify", "UBND", "phường", "nào", "đó"])).toMatchObject({ code: 1, json: { status: "not_listed" } })
})

test("people, keys and the audit log on the console", async () => {
  expect((await loa(["user", "add", "lan", "--name", "Trần Thị Lan", "--role", "editor"])).code).toBe(0)
  expect((await loa(["user", "role", "lan", "--role", "unit_official", "--unit", "kinh-bac"])).json).toEqual({ user: "lan", role: "unit_official", unit: "kinh-bac" })
  expect((await loa(["user", "role", "lan", "--role", "unit_official"])).code).toBe(2)
  const { json: link } = await loa(["user", "link", "lan"])
  expect(link.url).toStartWith("https://loa.example/set-password?k=")
  expect((await desk.browser().post("/set-password", { k: new URL(link.url).searchParams.get("k")!, password: "một câu do chính Lan đặt ra nhé" })).status).toBe(303)
  await loa(["user", "disable", "lan"])
  expect((await loa(["user", "enable", "lan"])).json).toEqual({ user: "lan", disabled: false })
  expect((await loa(["user", "two-steps-reset", "lan"])).code).toBe(0)

  expect((await loa(["apikey", "add", "--name", "x", "--scopes", "everything", "--days", "1000"])).code).toBe(2)
  const made = await loa(["apikey", "add", "--name", "Báo cáo", "--scopes", "units:read,alerts:read", "--unit", "kinh-bac", "--days", "7"])
  expect(made.json.secret).toMatch(/^loa_[0-9a-f]{12}_[\w-]{43}$/)
  const ask = () => desk.web.request("https://loa.example/api/v1/units", { headers: { authorization: `Bearer ${made.json.secret}` } })
  expect((await (await ask()).json()).items.map((unit: { id: string }) => unit.id)).toEqual(["kinh-bac"])
  expect(JSON.stringify((await loa(["apikey", "list"])).json)).not.toContain(made.json.secret)
  expect((await loa(["apikey", "revoke", made.json.key.id])).code).toBe(0)
  expect((await ask()).status).toBe(401)
  expect((await loa(["apikey", "revoke", made.json.key.id])).code).toBe(2)

  const { code, json } = await loa(["audit", "check"])
  expect([code, json.ok]).toEqual([0, true])
  expect((await loa(["audit", "check", "--head", json.head])).json.ok).toBe(true)
  expect((await loa(["audit", "check", "--head", `${json.rows + 5}:${"0".repeat(64)}`])).code).toBe(1)
  expect((await loa(["audit", "check", "--head", "x"])).code).toBe(2)
  const exported = await loa(["audit", "export", "--action", "user.role"])
  expect(exported.json).toMatchObject({ rows: 1, format: "jsonl" })
  expect(JSON.parse(exported.json.lines[0])).toMatchObject({ action: "user.role_set", subject: "user:lan", detail: { before: { role: "editor", unit: null }, after: { role: "unit_official", unit: "kinh-bac" } } })
  expect((await loa(["audit", "export", "--from", "gestern"])).code).toBe(2)
})

test("what is written goes to a file, or into a folder under its own name; what cannot be written is wrong use", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loa-out-"))
  expect((await loa(["poster", "kinh-bac-facebook", "--size", "a5", "--out", folder])).json.file).toBe(join(folder, "qr-kinh-bac-facebook-a5.pdf"))
  expect((await loa(["audit", "export", "--out", folder])).json.file).toBe(join(folder, "nhat-ky.jsonl"))
  expect((await loa(["poster", "kinh-bac-facebook", "--out", join(folder, "a.pdf")])).json.file).toBe(join(folder, "a.pdf"))
  expect((await loa(["poster", "kinh-bac-facebook", "--out", join(folder, "none/a.pdf")])).code).toBe(2)
  rmSync(folder, { recursive: true })
})
