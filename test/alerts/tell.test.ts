/** Who is told what, when: each alert once a channel, failures again, quiet hours, storms and escalation. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { Alerts, escalateDue, levelsOf, loadChannelSettings, messageNames, nextLevel, tellPeople, type ChannelMessage, type ChannelSettings } from "../../src/alerts/index.ts"
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
async function tell(channel: { perDay?: number; listed?: number; summaryMax?: number } = {}) {
  const known = await alerts.between(clock.now() - 30 * DAY, clock.now() + 1)
  await escalateDue({ db: opened.db, clock, audit: new Audit(clock) }, known, settings.escalation)
  const send = async (message: ChannelMessage) => {
    if (broken) throw new Error("connection refused by smtp://user:password=hunter2@mail.example")
    sent.push(message)
  }
  return tellPeople({
    db: opened.db, clock, log: silentLog, settings,
    template: loadTemplates(join(templates, "alerts"), join(templates, "alerts"), { "message.txt": messageNames })["message.txt"],
    channels: [{ name: "email", from: "medium", send, ...channel }],
    levels: settings.escalation.map(({ level, name }) => ({ level, name, channels: [{ name: level, from: "low" as const, send }] })),
    reached: await levelsOf(opened.db, known.map((alert) => alert.id)),
    alerts: known,
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

test("a storm that comes in drops: after the hour's measure only critical alerts go out, and the rest as one message later", async () => {
  settings = { ...settings, perHour: 3, escalation: [] }
  for (let i = 0; i < 6; i++) {
    await raise(`k${i}`, "high", `Sự việc ${i}`)
    await tell()
    clock.advance(MINUTE)
  }
  expect(sent.map((message) => message.alerts.length)).toEqual([1, 1, 1])
  await raise("x", "critical", "Mất trang")
  await tell()
  expect(sent.at(-1)!.subject).toBe("[Loa] NGHIÊM TRỌNG: Mất trang")
  clock.advance(HOUR)
  for (let i = 6; i < 9; i++) await raise(`k${i}`, "high", `Sự việc ${i}`)
  await tell()
  expect(sent.map((message) => message.alerts.length)).toEqual([1, 1, 1, 1, 6])
})

test("a channel with a measure for the day keeps to it, critical or not; what is over waits for the next day", async () => {
  settings = { ...settings, escalation: [] }
  for (let i = 0; i < 3; i++) {
    await raise(`k${i}`, "critical", `Sự việc ${i}`)
    await tell({ perDay: 2 })
    clock.advance(MINUTE)
  }
  expect(sent.map((message) => message.alerts.map((alert) => alert.key))).toEqual([["k0"], ["k1"]])
  clock.advance(DAY)
  await tell({ perDay: 2 })
  expect(sent.at(-1)!.alerts.map((alert) => alert.key)).toEqual(["k2"])
})

test("an alert that stands and is seen for weeks is told once", async () => {
  settings = { ...settings, escalation: [] }
  await raise("a", "high")
  for (let day = 0; day < 20; day++) {
    await tell()
    clock.advance(DAY)
    await raise("a", "high")
  }
  expect(sent).toHaveLength(1)
})

describe("what nobody acknowledged goes up", () => {
  const rows = () => opened.db.selectFrom("alert_levels").select(["level", "step", "at"]).orderBy("step").execute()
  const passed = async (id: string) => (await new Audit(clock).of(opened.db, `alert:${id}`)).filter((row) => row.action === "alert.passed_up").map((row) => [Number(row.at), (JSON.parse(row.detail) as { level: string }).level])

  test("level by level with the dates kept and audited; each level hears of it once", async () => {
    await raise("a", "critical", "Sự việc một")
    const raisedAt = clock.now()
    for (const minutes of [10, 25, 35, 60, 65, 130, 600]) {
      clock.advance(raisedAt + minutes * MINUTE - clock.now())
      await tell()
    }
    const [alert] = await alerts.list()
    expect((await rows()).map((row) => [row.level, row.step, (Number(row.at) - raisedAt) / MINUTE])).toEqual([["owner", 1, 35], ["centre", 2, 60], ["police", 3, 130]])
    expect(await passed(alert!.id)).toEqual([[raisedAt + 35 * MINUTE, "owner"], [raisedAt + 60 * MINUTE, "centre"], [raisedAt + 130 * MINUTE, "police"]])
    expect(sent.filter((message) => message.escalated).map((message) => message.subject)).toEqual(Array(3).fill("[Loa] CHƯA XỬ LÝ, NGHIÊM TRỌNG: Sự việc một"))
    expect(sent.at(-1)!.text).toContain("chuyển đến Phòng An ninh mạng (PA05), Công an tỉnh để chỉ đạo")
    expect(nextLevel(alert!, await levelsOf(opened.db, [alert!.id]).then((found) => found.get(alert!.id)!), settings.escalation)).toBeNull()
  })

  test("what was acknowledged stays where it is; the police hear only of kinds that concern them; low ones never go up", async () => {
    await raise("a", "critical", "Sự việc hai")
    alerts.note({ key: "s", kind: "publish.starved", severity: "high", unit: null, account: null, summary: "Bài chờ lâu", evidence: {} })
    await raise("l", "low", "Sắp hết hạn")
    await alerts.acknowledge((await alerts.list()).find((alert) => alert.key === "a")!.id, "user:an")
    clock.advance(3 * DAY)
    await tell()
    expect((await rows()).map((row) => row.level)).toEqual(["owner", "centre"])
    expect(sent.filter((message) => message.escalated).map((message) => message.alerts.map((alert) => alert.key))).toEqual([["s"], ["s"]])
  })

  test("levels are kept although no channel carries a message, and two processes pass an alert up once", async () => {
    await raise("a", "critical")
    clock.advance(HOUR)
    const known = await alerts.list()
    const once = () => escalateDue({ db: opened.db, clock, audit: new Audit(clock) }, known, settings.escalation)
    expect((await Promise.all([once(), once()])).flat().map(({ level }) => level).toSorted()).toEqual(["centre", "owner"])
    expect(await passed(known[0]!.id)).toHaveLength(2)
    expect(nextLevel(known[0]!, (await levelsOf(opened.db, [known[0]!.id])).get(known[0]!.id)!, settings.escalation)).toMatchObject({ level: "police", at: known[0]!.raisedAt + 2 * HOUR })
  })
})
