/** The channels over real sockets: a mail arrives at an SMTP server, a text in the staff group, a POST at the webhook. And the incident file. */
import { afterEach, expect, test } from "bun:test"
import { createHmac } from "node:crypto"
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createMailer, incidentFile, sendByPersonalZalo } from "../../src/alerts/index.ts"
import { HOUR, MINUTE } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { sha256 } from "../../src/base/hash.ts"
import { readZip } from "../../src/base/zip.ts"
import { sendAlertMessages } from "../../src/jobs/alert-messages.ts"
import { makeIncident } from "../../src/jobs/incident.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import { smtpServer } from "../support/smtp.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld | undefined
afterEach(async () => {
  await w?.close()
  w = undefined
})

test("a mail with an attachment arrives; a refusal does not repeat the password", async () => {
  const smtp = smtpServer()
  const mail = { to: ["truc@bacninh.example"], subject: "Cảnh báo\r\nBcc: x@y", text: "Nội dung", messageId: "alert-1", attachments: [{ name: "a.txt", content: Buffer.from("xin chào"), type: "text/plain" }] }
  await createMailer({ smtpUrl: smtp.login, mailFrom: "loa@bacninh.example" })!(mail)
  await smtp.stop()
  expect(smtp.mails).toHaveLength(1)
  expect(smtp.mails[0]).toContain("Message-ID: <alert-1@bacninh.example>")
  expect(smtp.mails[0]).toContain("a.txt")
  expect(smtp.mails[0]).not.toMatch(/^Bcc:/m)

  const refusing = smtpServer({ password: "wrong" })
  const failure = await createMailer({ smtpUrl: refusing.login, mailFrom: "loa@bacninh.example" })!(mail).catch((error: Error) => error.message)
  await refusing.stop()
  expect(failure).toBeString()
  expect(failure).not.toContain("bi-mat")
  expect(createMailer({ smtpUrl: null, mailFrom: "loa@bacninh.example" })).toBeNull()
}, 30_000)

test("a stolen page reaches the mailbox, the owner, the staff group and the webhook, once", async () => {
  w = await watchWorld({ edit: (units) => void (units[0]!.owner = { name: "Nguyễn Văn A", email: "van-phong@phuong.example" }) })
  const posts: { id: string; alerts: { kind: string }[] }[] = []
  const signatures: [signature: string, body: string][] = []
  const hook = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text()
      signatures.push([request.headers.get("x-loa-signature") ?? "", body])
      posts.push(JSON.parse(body) as (typeof posts)[number])
      return new Response("ok")
    },
  })
  const dir = join(w.home, "templates", "alerts")
  mkdirSync(dir, { recursive: true })
  const group = `f${w.rooms.view().accountById(w.oa)!.remoteId!.slice(-12)}`
  writeFileSync(join(dir, "channels.yaml"), JSON.stringify({
    email: { enabled: true, from: "medium", to: ["truc@bacninh.example"], unitOwners: true },
    zaloGroup: { enabled: true, from: "high", account: w.oa, group }, webhook: { enabled: true, from: "low", url: `http://127.0.0.1:${hook.port}/` },
    zaloPersonal: { enabled: false, from: "critical", group: "", perDay: 1 }, quietHours: "", stormFrom: 5, police: { to: ["pa05@congan.example"], from: "critical", kinds: ["page.*"] }, escalation: [],
  }))
  w.rooms.config.templatesDir = join(w.home, "templates")
  await watchProfiles(w.rooms, noSignal)
  w.province.tune(w.page, { name: "Quà tặng 0 đồng" })
  await watchProfiles(w.rooms, noSignal)
  const mails: string[][] = []
  const send = async (mail: { to: string[] }) => void mails.push(mail.to)
  await sendAlertMessages(w.rooms, noSignal, send)
  await sendAlertMessages(w.rooms, noSignal, send)
  await hook.stop(true)
  expect(mails).toEqual([["truc@bacninh.example"], ["pa05@congan.example"], ["van-phong@phuong.example", "dientap@phuong-1.example"]])
  expect(w.province.messages(w.oa).map((message) => [message.kind, message.to])).toEqual([["group", group]])
  expect(posts.map((post) => post.alerts.map((alert) => alert.kind))).toEqual([["page.name_changed"]])
  const [[signature, body]] = signatures as [[string, string]]
  const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!
  const secret = readFileSync(join(w.rooms.config.dataDir, "alert-webhook.key"), "utf8").trim()
  expect(digest).toBe(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"))
  expect(Number(seconds)).toBe(Math.floor(w.clock.now() / 1_000))
  expect(statSync(join(w.rooms.config.dataDir, "alert-webhook.key")).mode & 0o777).toBe(0o600)

  const [alert] = await w.rooms.alerts.list()
  const { file } = await makeIncident(w.rooms, alert!.id, "user:an")
  const entries = new Map(readZip(file).map(({ name, data }) => [name, data]))
  const timeline = entries.get("dong-thoi-gian.txt")!.toString()
  expect(timeline).toContain("Quà tặng 0 đồng")
  expect(timeline).toContain("tạm dừng đăng lên tài khoản")
  for (const line of entries.get("SHA256SUMS.txt")!.toString().trim().split("\n")) {
    const [hash, name] = line.split("  ")
    expect(sha256(entries.get(name!)!)).toBe(hash!)
  }
  expect((await makeIncident(w.rooms, alert!.id, "user:an")).file.equals(file)).toBe(true)
}, 60_000)

test("a mail that the server refused is not lost: kept through a restart, sent once the server takes it, and one wrong address holds up no other", async () => {
  w = await watchWorld({ units: 2 })
  const dir = join(w.home, "templates", "alerts")
  mkdirSync(dir, { recursive: true })
  const builtIn = readFileSync(join(checkout, "templates/alerts/channels.yaml"), "utf8")
  writeFileSync(join(dir, "channels.yaml"), builtIn.replace("enabled: false", "enabled: true").replace("to: []", 'to: ["truc@bacninh.example"]').replace("stormFrom: 5", "stormFrom: 2"))
  w.rooms.config.templatesDir = join(w.home, "templates")
  for (const unit of w.units) w.province.tune(unit.accounts.find((account) => account.network === "facebook")!.id, { name: "Quà tặng 0 đồng" })
  await watchProfiles(w.rooms, noSignal)

  const refusing = smtpServer({ password: "wrong" })
  const round = (smtpUrl: string) => sendAlertMessages(w!.rooms, noSignal, createMailer({ smtpUrl, mailFrom: "loa@bacninh.example" }))
  expect(await round(refusing.login)).toEqual({ sent: 0, failed: 3 })
  await refusing.stop()
  expect((await w.rooms.db.selectFrom("alert_messages").select(["channel", "error"]).execute()).every((row) => row.error !== null && !row.error.includes("bi-mat"))).toBe(true)

  // Another process takes over: what is owed stands in the table.
  const { app, rooms } = await w.reopen()
  const smtp = smtpServer()
  smtp.refused.add("dientap@phuong-1.example")
  w.clock.advance(3 * MINUTE)
  const again = () => sendAlertMessages(rooms, noSignal, createMailer({ smtpUrl: smtp.login, mailFrom: "loa@bacninh.example" }))
  expect(await again()).toEqual({ sent: 2, failed: 1 })
  w.clock.advance(20 * MINUTE)
  await again()
  expect(smtp.mails.map((mail) => /^To: (.*)$/m.exec(mail)![1])).toEqual(["truc@bacninh.example", "dientap@phuong-2.example"])
  await smtp.stop()
  await app.close()
}, 60_000)

test("nothing is sent before somebody switches a channel on, and levels are kept all the same", async () => {
  w = await watchWorld()
  await watchProfiles(w.rooms, noSignal)
  w.province.tune(w.page, { name: "Quà tặng 0 đồng" })
  await watchProfiles(w.rooms, noSignal)
  w.clock.advance(HOUR)
  const mails: unknown[] = []
  expect(await sendAlertMessages(w.rooms, noSignal, async (mail) => void mails.push(mail))).toEqual({ sent: 0, failed: 0 })
  expect(mails).toEqual([])
  expect((await w.rooms.db.selectFrom("alert_levels").select("level").orderBy("step").execute()).map((row) => row.level)).toEqual(["owner", "centre"])
}, 30_000)

test("a staff group that has expired holds up no mail, and hears of the alert once it is there again; a long text keeps its address", async () => {
  w = await watchWorld({ units: 4 })
  await watchProfiles(w.rooms, noSignal)
  const dir = join(w.home, "templates", "alerts")
  mkdirSync(dir, { recursive: true })
  const group = `f${w.rooms.view().accountById(w.oa)!.remoteId!.slice(-12)}`
  const builtIn = readFileSync(join(checkout, "templates/alerts/channels.yaml"), "utf8")
  writeFileSync(join(dir, "channels.yaml"), builtIn.replace("enabled: false", "enabled: true").replace("to: []", 'to: ["truc@bacninh.example"]').replace("\n  unitOwners: true", "\n  unitOwners: false").replace('{ enabled: false, from: high, account: "", group: "" }', `{ enabled: true, from: high, account: ${w.oa}, group: "${group}" }`))
  w.rooms.config.templatesDir = join(w.home, "templates")
  w.province.tune(w.oa, { groupExpired: true })
  for (const unit of w.units) for (const account of unit.accounts) w.province.tune(account.id, { name: `Quà tặng 0 đồng ${"rất nhiều ".repeat(15)}` })
  await watchProfiles(w.rooms, noSignal)
  const mails: string[] = []
  const round = () => sendAlertMessages(w!.rooms, noSignal, async ({ subject }) => void mails.push(subject))
  expect(await round()).toEqual({ sent: 1, failed: 1 })
  expect(mails).toEqual(["[Loa] 8 cảnh báo, 8 nghiêm trọng"])
  expect(w.province.messages(w.oa)).toEqual([])
  w.province.tune(w.oa, { groupExpired: false })
  w.clock.advance(3 * MINUTE)
  await round()
  await round()
  const [told, ...more] = w.province.messages(w.oa)
  expect(more).toEqual([])
  expect(told!.text.length).toBeLessThanOrEqual(2_000)
  expect(told!.text).toContain("Xem và nhận xử lý:")
  expect(told!.text).toContain("… và 3 cảnh báo khác.")
}, 60_000)

test("the police get the false picture itself, who was told and what else happened to the unit", async () => {
  w = await watchWorld()
  await watchProfiles(w.rooms, noSignal)
  w.province.tune(w.page, { avatar: "portrait", description: "Nhận quà tại qua-tang.top" })
  w.clock.advance(HOUR)
  await watchProfiles(w.rooms, noSignal)
  w.clock.advance(HOUR)
  await sendAlertMessages(w.rooms, noSignal, null)
  const alert = (await w.rooms.alerts.list()).find((entry) => entry.kind === "page.avatar_changed")!
  const { file } = await makeIncident(w.rooms, alert.id, "user:an")
  const entries = new Map(readZip(file).map(({ name, data }) => [name, data]))
  const [sighting] = alert.evidence.sightings as { seen: string }[]
  const picture = entries.get(`anh/${sighting!.seen}.jpg`)!
  expect(sha256(picture)).toBe(sighting!.seen)
  // The picture that was there before, as the desk keeps it.
  expect([...entries.keys()].filter((name) => name.endsWith("-thu-nho.jpg"))).toHaveLength(1)
  const front = entries.get("DOC-TRUOC.txt")!.toString()
  expect(front).toContain("Đổi ảnh đại diện (page.avatar_changed) – mức nghiêm trọng")
  expect(front).toContain("Đã chuyển lên Trung tâm Thông tin tỉnh lúc")
  const timeline = entries.get("dong-thoi-gian.txt")!.toString()
  expect(timeline).toContain("Cảnh báo liên quan (Đổi phần giới thiệu)")
  expect(timeline).not.toContain("qua-tang.top")
  // What is empty is not there, and what is there is summed.
  expect([...entries.keys()]).not.toContain("su-kien-webhook.json")
  expect(entries.get("SHA256SUMS.txt")!.toString().trim().split("\n")).toHaveLength(entries.size - 1)
}, 60_000)

test("the personal Zalo sender says which step failed and nothing else", async () => {
  w = await watchWorld()
  const file = join(w.home, "zca.json")
  writeFileSync(file, JSON.stringify({ cookie: "zpsid=secret-cookie", imei: "", userAgent: "" }))
  const failure = await sendByPersonalZalo(file, "1", "x").catch((error: Error) => error.message)
  expect(failure).toBe("the personal Zalo account could not log in")
}, 30_000)

test("an incident file strikes out what looks like a credential", () => {
  const file = incidentFile({
    alert: { id: "i", key: "k", kind: "page.lost", severity: "critical", unit: null, account: null, state: "open", raisedAt: 0, lastSeenAt: 0, count: 1, summary: "s", evidence: { url: "https://x/?access_token=abcdef" } },
    unit: "toàn tỉnh", madeAt: 0, madeBy: "cli", timeline: [], documents: {},
  })
  expect(readZip(file).map(({ data }) => data.toString()).join()).not.toContain("abcdef")
})
