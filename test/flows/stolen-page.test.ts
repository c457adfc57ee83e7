/**
 * The night a page is stolen, through the front door: Facebook tells of another name, and within seconds the queue stands still, the owner,
 * the centre and the police have a mail, and the incident can be handed over. The page given back, a person lets the account go on.
 */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import { until } from "../support/serving.ts"
import { smtpServer } from "../support/smtp.ts"
import { oasOf, pagesOf } from "../support/stories.ts"
import { world, type World } from "../support/world.ts"

let w: World
let smtp: ReturnType<typeof smtpServer>
let child: ReturnType<World["start"]>
beforeAll(async () => {
  smtp = smtpServer()
  w = await world({ units: 1, articlesPerPortal: 1, edit: (units) => void Object.assign(units[0]!, { owner: { name: "Nguyễn Văn Mẫu", email: "owner@phuong.example" }, deputy: undefined }) })
  const templates = join(w.home, "templates")
  mkdirSync(join(templates, "alerts"), { recursive: true })
  const builtIn = readFileSync(join(checkout, "templates/alerts/channels.yaml"), "utf8")
  const edited = builtIn.replace("enabled: false", "enabled: true").replace("to: []", "to: [centre@bacninh.example]").replace("to: []", "to: [pa05@congan.example]").replace('quietHours: "22:00-06:00"', 'quietHours: "00:00-23:59"')
  writeFileSync(join(templates, "alerts", "channels.yaml"), edited)
  await w.settle(3)
  child = w.start(["serve"], { LOA_TEMPLATES: templates, SMTP_URL: smtp.url, LOA_MAIL_FROM: "loa@bacninh.example" })
  child.stdin.end()
  const alive = await until(async () => (await fetch(`http://127.0.0.1:${w.env.PORT}/healthz`).catch(() => null))?.ok ?? false, 60_000)
  if (!alive) {
    child.kill("SIGKILL")
    throw new Error(`serve did not answer: ${(await new Response(child.stderr as ReadableStream).text()).slice(-1_000)}`)
  }
}, 150_000)
afterAll(async () => {
  child.kill("SIGTERM")
  await child.exited
  await smtp.stop()
  await w.close()
})

const receivers = () => smtp.mails.map((mail) => /^To: (.*)$/m.exec(mail)![1]!).toSorted()

test("one webhook: the queue stands, three mails are out, critical although the hours are quiet", async () => {
  const page = pagesOf(w)[0]!
  // The first look is the baseline; it is over when the accounts have been seen.
  expect(await until(async () => (w.province.counts()[`facebook.published_posts ${page}`] ?? 0) > 0, 60_000)).toBe(true)
  w.province.tune(page, { name: "Săn quà 0 đồng" })
  const [answer] = await w.province.sendWebhook(`http://127.0.0.1:${w.env.PORT}/webhooks/facebook`, "facebook.name", { account: page, copies: 2 })
  expect(answer!.status).toBe(200)
  expect(await until(() => smtp.mails.length >= 3, 40_000)).toBe(true)
  expect(receivers()).toEqual(["centre@bacninh.example", "owner@phuong.example", "pa05@congan.example"])
  const { alerts } = (await w.loa(["alerts", "list", "--json"])).json as { alerts: { id: string; kind: string; severity: string; account: string }[] }
  expect(alerts.map(({ kind, severity, account }) => ({ kind, severity, account }))).toEqual([{ kind: "page.name_changed", severity: "critical", account: page }])

  const [before, beforeOa] = [w.province.posts(page).length, w.province.posts(oasOf(w)[0]!).length]
  w.province.publishArticle(w.units[0]!.id, { title: "Thông báo lịch tiêm chủng", body: ["Trạm y tế phường thông báo lịch tiêm chủng tháng 12."] })
  expect(await until(() => w.province.posts(oasOf(w)[0]!).length > beforeOa, 30_000)).toBe(true)
  expect(w.province.posts(page)).toHaveLength(before)

  const { units } = w
  w.province.tune(page, { name: units[0]!.accounts.find((account) => account.id === page)!.name })
  await w.loa(["alerts", "ack", alerts[0]!.id])
  await w.loa(["account", "resume", page])
  expect(await until(() => w.province.posts(page).length > before, 30_000)).toBe(true)
  expect(receivers()).toHaveLength(3)
}, 240_000)
