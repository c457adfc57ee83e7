/** `loa user …` and `loa verify` as the shell runs them, over an App in memory. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { App } from "../../src/app.ts"
import { runCli } from "../../src/cli/index.ts"
import { testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

async function loa(words: string[], stdin = "") {
  const out: string[] = []
  const app = { open: async () => desk.rooms, config: desk.rooms.config } as unknown as App
  const shell = { out: (text: string) => void out.push(text), err: () => undefined, stdin: async () => stdin, cwd: "/", signal: new AbortController().signal }
  const code = await runCli([...words, "--json"], shell, () => app)
  return { code, json: JSON.parse(out.join("\n")) }
}

test("the first administrator is made on the console and can sign in", async () => {
  const added = await loa(["user", "add", "quantri", "--name", "Nguyễn Văn A", "--role", "province_admin"])
  expect(added.code).toBe(0)
  expect(added.json.password).toHaveLength(29)
  const browser = desk.browser()
  expect((await browser.post("/login", { id: "quantri", password: added.json.password })).status).toBe(303)

  expect((await loa(["user", "password", "quantri", "--stdin"], "mật khẩu mới rất dài\n")).json).toEqual({ user: "quantri" })
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
