/** Who is told what, when: each alert once a channel, failures again, quiet hours, storms and escalation. */
import { afterEach, beforeEach, expect, test } from "bun:test"
import { join } from "node:path"
import { Alerts, loadChannelSettings, messageNames, tellPeople, type ChannelMessage, type ChannelSettings } from "../../src/alerts/index.ts"
import { Audit } from "../../src/audit/index.ts"
import { DAY, HOUR, ManualClock, MINUTE } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { type OpenedDb } from "../../src/db/index.ts"
import type { AlertSeverity } from "../../src/model/index.ts"
import { loadTemplates } from "../../src/render/index.ts"
import { testDb } from "../support/db.ts"

const templates = join(checkout, "templates")
let opened: OpenedDb
let clock: ManualClock
let alerts: Alerts
let sent: ChannelMessage[]
let broken: boolean
let settings: ChannelSettings
beforeEach(async () => {
  opened = await testDb()
  // Noon in Vietnam.
  clock = new ManualClock(Date.parse("2026-11-24T05:00:00Z"))
  alerts = new Alerts({ db: opened.db, clock, log: silentLog, audit: new Audit(clock) })
  sent = []
  broken = false
  settings = loadChannelSettings(templates)
})
afterEach(() => opened.close())

async function raise(key: string, severity: AlertSeverity, summary = "Trang dẫn tới lua-dao.example") {
  alerts.note({ key, kind: "page.name_changed", severity, unit: "phuong-1", account: "a", summary, evidence: {} })
  await alerts.flush()
}
async function tell() {
  const send = async (message: ChannelMessage) => {
    if (broken) throw new Error("connection refused by smtp://user:password=hunter2@mail.example")
    sent.push(message)
  }
  return tellPeople({
    db: opened.db, clock, log: silentLog, settings,
    template: loadTemplates(join(templates, "alerts"), join(templates, "alerts"), { "message.txt": messageNames })["message.txt"],
    channels: [{ name: "email", from: "medium", send }],
    escalation: { name: "escalation", from: "medium", send },
    alerts: await alerts.between(clock.now() - 30 * DAY, clock.now() + 1),
    unitName: () => "UBND phường Kinh Bắc",
    defang: (text) => text.replaceAll("lua-dao.example", "lua-dao[.]example"),
    address: "https://loa.example/alerts",
  })
}

test("each alert is told once, low ones are not, and links are defanged", async () => {
  await raise("a", "critical")
  await raise("b", "low")
  await tell()
  await tell()
  expect(sent.map((message) => message.subject)).toEqual(["[Loa] NGHIÊM TRỌNG: Trang dẫn tới lua-dao[.]example"])
  expect(sent[0]!.text).toContain("Đơn vị: UBND phường Kinh Bắc · Lúc: 12:00 24/11/2026")
  expect(sent[0]!.text).not.toContain("lua-dao.example")
})

test("an alert that grows graver is told again", async () => {
  await raise("a", "medium")
  await tell()
  await raise("a", "medium")
  await tell()
  await raise("a", "critical")
  await tell()
  expect(sent.map((message) => message.alerts[0]!.severity)).toEqual(["medium", "critical"])
})

test("a message that failed is tried again later with the same id; no password is kept", async () => {
  await raise("a", "high")
  broken = true
  expect(await tell()).toEqual({ sent: 0, failed: 1 })
  expect((await opened.db.selectFrom("alert_messages").selectAll().execute())[0]!.error).not.toContain("hunter2")
  broken = false
  await tell()
  expect(sent).toEqual([])
  clock.advance(2 * MINUTE)
  await tell()
  expect(sent).toHaveLength(1)
})

test("quiet hours keep back all but critical ones", async () => {
  clock.advance(12 * HOUR)
  await raise("a", "high")
  await raise("b", "critical")
  await tell()
  expect(sent.map((message) => message.alerts[0]!.severity)).toEqual(["critical"])
  clock.advance(7 * HOUR)
  await alerts.acknowledge((await alerts.list()).find((alert) => alert.key === "b")!.id, "user:an")
  await tell()
  expect(sent.filter((message) => !message.escalated).map((message) => message.alerts[0]!.severity)).toEqual(["critical", "high"])
})

test("a storm is one message with the list, gravest first", async () => {
  for (let i = 0; i < 60; i++) await raise(`k${i}`, i === 40 ? "critical" : "high", `Sự việc ${i}`)
  await tell()
  expect(sent.map((message) => message.subject)).toEqual(["[Loa] 60 cảnh báo, 1 nghiêm trọng"])
  expect(sent[0]!.text.split("\n")[0]).toBe("[NGHIÊM TRỌNG] Sự việc 40")
  expect(sent[0]!.text).toContain("… và 10 cảnh báo khác.")
})

test("what nobody acknowledged goes up once; what was acknowledged does not", async () => {
  await raise("a", "critical", "Sự việc một")
  await raise("b", "critical", "Sự việc hai")
  await tell()
  await alerts.acknowledge((await alerts.list()).find((alert) => alert.key === "b")!.id, "user:an")
  clock.advance(61 * MINUTE)
  await tell()
  await tell()
  expect(sent.filter((message) => message.escalated).map((message) => message.subject)).toEqual(["[Loa] CHƯA XỬ LÝ, NGHIÊM TRỌNG: Sự việc một"])
})
