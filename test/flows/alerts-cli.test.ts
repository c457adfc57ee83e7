/** What an operator types: a strange page is noted, its alert read and put into a file for the police; reach is collected, shown and written out. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import { readZip } from "../../src/base/zip.ts"
import { pagesOf } from "../support/stories.ts"
import { world, type World } from "../support/world.ts"

let w: World
beforeAll(async () => {
  w = await world({ units: 1, articlesPerPortal: 1 })
  await w.settle(2)
}, 60_000)
afterAll(() => w.close())

test("observe, list, show, incident, ack, done", async () => {
  const added = await w.loa(["alerts", "observe", "add", "https://www.facebook.com/nhan.qua.phuong", "--name", "UBND phường Kinh Bắc - nhận quà", "--json"])
  expect([added.code, added.json.pages[0].state]).toEqual([1, "suspect"])
  const [alert] = (await w.loa(["alerts", "list", "--json"])).json.alerts as { id: string; kind: string; severity: string; state: string }[]
  expect(alert).toMatchObject({ kind: "impersonation.suspected", severity: "critical", state: "open" })
  expect((await w.loa(["alerts", "show", alert!.id, "--json"])).json.alert.nextLevel.level).toBe("owner")
  const file = join(w.home, "su-co.zip")
  const made = await w.loa(["alerts", "incident", alert!.id, "--out", file, "--json"])
  expect(made.json).toMatchObject({ alert: alert!.id, file })
  const names = readZip(readFileSync(file)).map((entry) => entry.name)
  expect(names).toContain("trang-nghi-mao-danh.json")
  expect(names.at(-1)).toBe("SHA256SUMS.txt")
  expect((await w.loa(["alerts", "ack", alert!.id, "--json"])).json.alerts[0].state).toBe("acknowledged")
  const wrong = await w.loa(["alerts", "observe", "done", added.json.pages[0].id, "--result", "harmless"])
  expect([wrong.code, wrong.stderr.includes("--why")]).toEqual([2, true])
  expect((await w.loa(["alerts", "observe", "done", added.json.pages[0].id, "--result", "harmless", "--why", "Đơn vị xác nhận"])).code).toBe(0)
  expect((await w.loa(["alerts", "list", "--state", "closed", "--json"])).json.alerts).toHaveLength(1)
  expect((await w.loa(["alerts", "observe", "list"])).stdout).toContain("không phải mạo danh")
}, 60_000)

test("a look by hand finds a stolen name, pauses the page, and says so by its exit code; the next look has no news", async () => {
  const page = pagesOf(w)[0]!
  expect((await w.loa(["alerts", "watch", "--json"])).code).toBe(0)
  w.province.tune(page, { name: "Quà tặng 0 đồng" })
  const found = await w.loa(["alerts", "watch", page, "--json"])
  expect([found.code, found.json.paused, found.json.alerts.map((alert: { kind: string }) => alert.kind)]).toEqual([1, [page], ["page.name_changed"]])
  expect(await w.loa(["alerts", "watch", page, "--json"])).toMatchObject({ code: 0, json: { alerts: [], failed: [] } })
  expect((await w.loa(["alerts", "watch", "khong-co"])).code).toBe(2)
}, 60_000)

test("reach is collected and written out as CSV and XLSX; the forecast and the doctor speak of alerts", async () => {
  expect((await w.loa(["reach", "collect", "--json"])).json).toMatchObject({ accounts: 2, followers: 2, metrics: { failed: 0 } })
  const out = join(w.home, "xuat")
  const shown = await w.loa(["reach", "show", pagesOf(w)[0]!, "--format", "csv,xlsx", "--out", out, "--json"])
  expect(shown.json.accounts).toHaveLength(1)
  expect(readdirSync(out).map((name) => name.split(".").at(-1)).toSorted()).toEqual(["csv", "csv", "csv", "csv", "xlsx"])
  expect((await w.loa(["reach", "show", "--format", "pdf"])).code).toBe(2)
  expect((await w.loa(["alerts", "forecast", "--json"])).json).toMatchObject({ days: 30, lapses: [] })
  const { checks } = (await w.loa(["doctor", "--json"])).json as { checks: { name: string; state: string; detail: string }[] }
  expect(checks.find((check) => check.name === "alerts")).toMatchObject({ state: "warn", detail: expect.stringContaining("chưa bật thư điện tử") })
}, 60_000)

test("a mistake in the office's alert files stops the start and is named with its place", async () => {
  const templates = join(w.home, "templates")
  mkdirSync(join(templates, "alerts"), { recursive: true })
  writeFileSync(join(templates, "alerts", "channels.yaml"), "email: { enabled: true, from: mild, to: [khong-phai-thu], unitOwners: true }\n")
  const stopped = await w.loa(["run"], { env: { LOA_TEMPLATES: templates } })
  expect(stopped.code).toBe(2)
  expect(stopped.stderr).toContain("alerts/channels.yaml")
  expect(stopped.stderr).toContain("email.from")
  expect(stopped.stderr).toContain("email.to.0")
  writeFileSync(join(templates, "alerts", "channels.yaml"), readFileSync(join(checkout, "templates/alerts/channels.yaml")))
  writeFileSync(join(templates, "alerts", "message.txt"), "{{alerts}} {{khong-co}}\n")
  expect((await w.loa(["run"], { env: { LOA_TEMPLATES: templates } })).code).toBe(2)
}, 60_000)
