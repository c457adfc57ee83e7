/** The same journey from the console, as an operator without a browser would walk it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { identityTasks } from "../../src/cases/index.ts"
import { commandsOf } from "../../src/cli/commands.ts"
import { watchWorld, type WatchWorld } from "../support/watch-world.ts"

setDefaultTimeout(60_000)
let world: WatchWorld
beforeAll(async () => {
  world = await watchWorld({ units: 2, edit: (units) => void (units[0]!.accounts = []) })
})
afterAll(() => world.close())

async function loa(line: string, input?: unknown, values: Record<string, string | boolean> = {}) {
  const command = (await commandsOf()).findLast((one) => line === one.name || line.startsWith(`${one.name} `))!
  const positionals = line.slice(command.name.length).trim().split(" ").filter(Boolean)
  return command.run({ values, positionals, lang: "vi", json: true, cwd: world.home, app: world.app, stdin: async () => JSON.stringify(input ?? {}), progress: () => {}, signal: new AbortController().signal }) as Promise<{ exit?: number; text: string; json: any }>
}
const refusal = (work: Promise<unknown>) => work.then(() => "nothing", (error: Error & { code?: string }) => `${error.code}`)

test("from start to a verified entry; lists, letter, poster and snapshot on the way", async () => {
  const contact = { name: "Nguyễn Thị Lan" }
  expect(await refusal(loa("case start register", { network: "fax", contact }, { unit: "phuong-1" }))).toBe("invalid_input")
  expect(await refusal(loa("case start party", { contact }, { unit: "phuong-1" }))).toBe("invalid_input")
  const started = await loa("case start register", { network: "facebook", contact }, { unit: "phuong-1" })
  const { id } = started.json.case
  expect((await loa(`case show ${id}`)).text).toContain("1. UBND phường Kinh Bắc")
  await loa(`case submit ${id}`, { name: "UBND phường Kinh Bắc" })
  await loa(`case submit ${id}`, { picture: "emblem", agreed: true })
  const person = (name: string) => ({ name, phone: "0222 000 000" })
  await loa(`case submit ${id}`, { basis: { number: "15/QĐ-UBND", date: "2026-11-20", issuer: "UBND phường Kinh Bắc" }, owner: person("Lan"), deputy: person("Nam"), admins: [{ name: "Lan" }, { name: "Nam" }] })
  const letter = await loa(`case letter ${id}`, undefined, { format: "pdf" })
  expect(readFileSync(letter.json.file).subarray(0, 5).toString()).toBe("%PDF-")
  const remoteId = world.province.createAccount({ unitId: "phuong-1", network: "facebook", name: "UBND phường Kinh Bắc" })
  await loa(`case submit ${id}`, { remoteId, url: `${world.province.facebookUrl}/nhin/${remoteId}`, platform: "granted", done: identityTasks.facebook.map((task) => task.id) })
  expect(await refusal(loa(`case connect ${id}`, { page_access_token: "EAAGnotatokenatall" }))).toBe("connect_refused")
  expect((await loa(`case connect ${id}`, { system_user_token: world.province.systemUserToken })).text).toContain("Đã kết nối đúng tài khoản")
  expect((await loa(`case check ${id}`)).exit).toBe(0)
  await loa(`case submit ${id}`, { confirm: true }, { person: "Trần Văn Minh" })
  expect((await loa(`case test-post ${id}`)).json.testPost.state).toBe("waiting")
  await world.publish()
  await loa(`case submit ${id}`, { seen: true })
  expect(await refusal(loa(`case submit ${id}`, { confirm: true }, { person: "Trần Văn Minh" }))).toBe("four_eyes")
  const done = await loa(`case submit ${id}`, { confirm: true }, { person: "Lê Thị Hoa" })
  expect([done.json.case.status, done.text]).toEqual(["done", `${id}: hoàn thành.`])
  expect((await loa("case list", undefined, { status: "done" })).json.cases.map((one: { id: string }) => one.id)).toEqual([id])
  expect((await loa(`verify phuong-1-facebook`)).json.status).toBe("official")

  const poster = await loa("poster phuong-1-facebook", undefined, { size: "a5", out: "qr.pdf" })
  expect([existsSync(join(world.home, "qr.pdf")), poster.json.address.endsWith("/verify/phuong-1-facebook")]).toEqual([true, true])
  expect((await loa("snapshot make")).json.made).toBe(true)
  expect((await loa("snapshot make")).json.made).toBe(false)
  expect((await loa("snapshot list")).json.snapshots).toHaveLength(1)
  expect((await loa("leadership coverage")).json.items).toEqual([])
})

test("a case goes back and is cancelled with words only", async () => {
  const { id } = (await loa("case start register", { network: "zalo", contact: { name: "Lan" } }, { unit: "phuong-1" })).json.case
  expect(await refusal(loa(`case return ${id}`, undefined, { to: "request" }))).toBe("reason_missing")
  expect((await loa(`case return ${id}`, undefined, { to: "request", why: "thiếu thông tin" })).json.case).toMatchObject({ step: "request", returned: "thiếu thông tin" })
  expect(await refusal(loa(`case cancel ${id}`))).toBe("reason_missing")
  expect((await loa(`case cancel ${id}`, undefined, { why: "rút" })).json.case.status).toBe("cancelled")
  expect(await refusal(loa("case show hs-1999-0001"))).toBe("case_not_found")
})
