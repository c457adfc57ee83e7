/** Each signal raises exactly one alert of the right severity; hostile drift stops the next post and keeps the queue. */
import { afterEach, expect, test } from "bun:test"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { runDueJobs } from "../../src/jobs/timetable.ts"
import { watchJobs } from "../../src/jobs/watch-jobs.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import type { AlertSeverity } from "../../src/model/index.ts"
import type { AccountTuning } from "../../src/rehearsal/types.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
afterEach(() => w?.close())

const look = () => watchProfiles(w.rooms, noSignal)
const alerts = async () => (await w.rooms.alerts.list()).filter((alert) => alert.state !== "closed").map(({ kind, severity, account, count }) => ({ kind, severity, account, count }))
const pausedBy = async (account: string) => (await w.rooms.outbox.lanes()).find((lane) => lane.account_id === account)!.paused_by

test("accounts as registered raise nothing, however often they are looked at", async () => {
  w = await watchWorld()
  await w.publish()
  const first = await look()
  expect(first).toMatchObject({ accounts: 2, seen: 2, failed: [], signals: 0, paused: [] })
  w.clock.advance(6 * HOUR)
  await look()
  expect(await alerts()).toEqual([])
}, 60_000)

test("each signal raises one alert of its severity and stops the page only when somebody else may hold it", async () => {
  const cases: [AccountTuning, string, AlertSeverity, boolean][] = [
    [{ name: "Tin nóng 24h" }, "page.name_changed", "critical", true],
    [{ handle: "tinnong24h" }, "page.handle_changed", "critical", true],
    [{ website: "https://trung-thuong.example/nhan-qua" }, "page.website_changed", "critical", true],
    [{ avatar: "portrait" }, "page.avatar_changed", "critical", true],
    [{ avatar: "silhouette" }, "page.avatar_changed", "critical", true],
    [{ category: "Cửa hàng" }, "page.category_changed", "high", false],
    [{ description: "Nhận quà tại qua-tang.example" }, "page.description_changed", "medium", false],
    [{ adsPercent: 20 }, "page.ads_used", "high", false],
    [{ phone: "0900000000" }, "page.contact_changed", "medium", false],
    [{ published: false }, "page.unpublished", "critical", true],
    [{ exists: false }, "page.lost", "critical", true],
    [{ integrity: { status: "suspended" } }, "page.suspended", "critical", true],
    [{ integrity: { status: "restricted", features: ["page_publish"] } }, "page.suspended", "critical", true],
    [{ integrity: { status: "restricted", features: ["page_read_only"] } }, "page.restricted", "high", true],
    [{ integrity: { status: "warning" } }, "page.warned", "medium", false],
    [{ admins: [{ id: "1", name: "Loa", tasks: ["MANAGE"] }, { id: "999", name: "Người lạ", tasks: ["MANAGE"] }] }, "page.admin_added", "critical", false],
    [{ admins: [{ id: "1", name: "Loa", tasks: ["ANALYZE"] }] }, "page.admin_lost", "critical", false],
    [{ agencies: [{ id: "777", name: "Công ty lạ", tasks: ["MANAGE"] }] }, "page.admin_added", "critical", false],
    [{ subscriptionLost: true }, "webhook.unsubscribed", "medium", false],
    [{ badge: "not_verified" }, "page.badge_lost", "critical", false],
    [{ tokenState: "password_changed" }, "account.reconnect", "high", false],
  ]
  w = await watchWorld()
  const { rooms, province, page } = w
  const registered = rooms.view().accountById(page)!
  const whole: AccountTuning = { adsPercent: 0, agencies: [], badge: "blue_verified", admins: [{ id: "1", name: "Loa", tasks: ["MANAGE"] }], phone: "02220000000", category: "Cơ quan nhà nước", avatar: "emblem", published: true, exists: true, integrity: { status: "ok" }, tokenState: "valid" }
  province.tune(page, whole)
  await look()
  const shown = (await rooms.checks.observationsAt(w.clock.now())).get(page)!.profile!
  for (const [tuning, kind, severity, freezing] of cases) {
    province.tune(page, tuning)
    w.clock.advance(HOUR)
    await look()
    expect(await alerts()).toEqual([{ kind, severity, account: page, count: 1 }])
    await look()
    expect((await alerts()).map((alert) => alert.kind)).toEqual([kind])
    expect([kind, await pausedBy(page), await pausedBy(w.oa)]).toEqual([kind, freezing ? "alert" : null, null])

    // The page is given back: the alert is closed, a person lets the account go on, and nothing is left behind.
    province.tune(page, { ...whole, name: registered.name, handle: shown.handle!, website: shown.website!, description: shown.description! })
    w.clock.advance(HOUR)
    await look()
    for (const alert of await rooms.alerts.list({ state: "open" })) await rooms.alerts.close(alert.id, "user:an", "đã xử lý")
    await rooms.outbox.resume(page, "user:an")
  }
}, 120_000)

test("an OA's signals, each one alert of its severity", async () => {
  const cases: [AccountTuning, string, AlertSeverity, boolean][] = [
    [{ name: "Nhà cái uy tín" }, "page.name_changed", "critical", true],
    [{ handle: "tinnong24h" }, "page.handle_changed", "critical", true],
    [{ avatar: "portrait" }, "page.avatar_changed", "critical", true],
    [{ verified: false }, "page.badge_lost", "critical", false],
    [{ category: "Bán lẻ" }, "page.category_changed", "high", false],
    [{ oaType: 2 }, "page.category_changed", "high", false],
    [{ description: "Trang thông tin" }, "page.description_changed", "medium", false],
    [{ packageName: "Tiêu chuẩn" }, "page.package_changed", "medium", false],
    [{ packageUntil: "30/11/2026" }, "page.package_expiring", "medium", false],
  ]
  w = await watchWorld()
  const { rooms, province, oa } = w
  const whole: AccountTuning = { name: rooms.view().accountById(oa)!.name, handle: "kinhbac.oa", avatar: "emblem", verified: true, category: "Cơ quan nhà nước", oaType: 4, description: "Trang chính thức", packageName: "Tăng trưởng", packageUntil: "31/05/2027" }
  province.tune(oa, { ...whole, handle: rooms.view().accountById(oa)!.handle! })
  whole.handle = rooms.view().accountById(oa)!.handle!
  await look()
  for (const [tuning, kind, severity, freezing] of cases) {
    province.tune(oa, tuning)
    w.clock.advance(HOUR)
    await look()
    await look()
    expect((await alerts()).map(({ count: _count, ...alert }) => alert)).toEqual([{ kind, severity, account: oa }])
    expect([kind, await pausedBy(oa), await pausedBy(w.page)]).toEqual([kind, freezing ? "alert" : null, null])
    province.tune(oa, whole)
    w.clock.advance(HOUR)
    await look()
    for (const alert of await rooms.alerts.list({ state: "open" })) await rooms.alerts.close(alert.id, "user:an", "đã xử lý")
    await rooms.outbox.resume(oa, "user:an")
  }
}, 60_000)

test("a new administrator and foreign posts within three days are one takeover, told once more only after a new sign", async () => {
  w = await watchWorld()
  const { province, page, rooms, clock } = w
  const own = { id: "1", name: "Loa", tasks: ["MANAGE"] }
  province.tune(page, { admins: [own] })
  await look()
  province.tune(page, { admins: [own, { id: "999", name: "Người lạ", tasks: ["MANAGE"] }] })
  clock.advance(6 * HOUR)
  await look()
  expect((await alerts()).map((alert) => alert.kind)).toEqual(["page.admin_added"])
  expect(await pausedBy(page)).toBeNull()
  province.foreignPost(page, { text: "Trúng thưởng hôm nay" })
  clock.advance(DAY)
  await look()
  expect((await alerts()).map((alert) => `${alert.severity} ${alert.kind}`).toSorted()).toEqual(["critical page.admin_added", "critical page.foreign_post", "critical page.takeover"])
  const takeover = (await rooms.alerts.list()).find((alert) => alert.kind === "page.takeover")!
  expect(takeover.evidence.sightings).toMatchObject([{ incident: true, signs: ["PAGE-ADMIN", "PAGE-FOREIGN-POST"] }])
  expect(await pausedBy(page)).toBe("alert")

  await rooms.alerts.close(takeover.id, "user:an", "đã thu hồi quyền")
  province.foreignPost(page, { text: "Trúng thưởng lần nữa" })
  clock.advance(HOUR)
  await look()
  expect((await rooms.alerts.list({ state: "open" })).map((alert) => alert.kind)).not.toContain("page.takeover")
}, 60_000)

test("a name with a lure is marked as an incident", async () => {
  w = await watchWorld()
  w.province.tune(w.page, { name: "UBND phường Kinh Bắc - Hỗ trợ thu hồi tiền" })
  await look()
  const [alert] = await w.rooms.alerts.list()
  expect(alert!.summary).toContain("từ mồi nhử")
  expect(alert!.evidence.sightings).toMatchObject([{ incident: true }])
}, 60_000)

test("an account that advertises by plan raises nothing", async () => {
  w = await watchWorld()
  const dir = join(w.home, "templates", "alerts")
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, "watch.yaml"), `${readFileSync(join(checkout, "templates/alerts/watch.yaml"), "utf8").replace("advertisers: []", `advertisers: [${w.page}]`)}`)
  w.rooms.config.templatesDir = join(w.home, "templates")
  w.province.tune(w.page, { adsPercent: 50 })
  await look()
  expect(await alerts()).toEqual([])
}, 60_000)

test("hostile drift stops the next post and keeps its queue; a person lets it go on", async () => {
  w = await watchWorld({ articlesPerPortal: 1 })
  await w.publish()
  expect(w.province.posts(w.page)).toHaveLength(1)
  w.province.tune(w.page, { name: "Nhà cái uy tín" })
  expect((await look()).paused).toEqual([w.page])
  w.province.publishArticle(w.units[0]!.id, { title: "Thông báo tiêm chủng", body: ["Trạm y tế phường thông báo lịch tiêm chủng tháng 12."] })
  w.clock.advance(HOUR)
  await w.publish()
  expect(w.province.posts(w.page)).toHaveLength(1)
  expect(w.province.posts(w.oa)).toHaveLength(2)
  const queue = (await w.rooms.outbox.list()).filter((delivery) => delivery.state === "waiting" || delivery.state === "held")
  expect(queue.map((delivery) => delivery.account)).toEqual([w.page])

  w.province.tune(w.page, { name: w.rooms.view().accountById(w.page)!.name })
  const [alert] = await w.rooms.alerts.list({ state: "open" })
  await w.rooms.alerts.acknowledge(alert!.id, "user:an")
  await w.rooms.outbox.resume(w.page, "user:an")
  await look()
  await w.rooms.refresh()
  await w.publish()
  expect(w.province.posts(w.page)).toHaveLength(2)
}, 60_000)

test("an alert that a person has acknowledged does not stop the account again", async () => {
  w = await watchWorld()
  w.province.tune(w.page, { name: "Tên mới đã được duyệt" })
  await look()
  const [alert] = await w.rooms.alerts.list()
  await w.rooms.alerts.acknowledge(alert!.id, "user:an")
  await w.rooms.outbox.resume(w.page, "user:an")
  w.clock.advance(6 * HOUR)
  expect((await look()).paused).toEqual([])
  expect((await w.rooms.alerts.list()).map((entry) => [entry.state, entry.count])).toEqual([["acknowledged", 2]])
}, 60_000)

test("posts of a strange app stop the page; posts by hand and by allowed apps do not", async () => {
  w = await watchWorld()
  await w.publish()
  await look()
  w.province.foreignPost(w.page, { text: "Lịch tiếp công dân tuần này của phường", app: { id: "6628568379", name: "Facebook cho iPhone" } })
  await look()
  expect(await alerts()).toEqual([])
  w.province.foreignPost(w.page, { text: "Chúc mừng khách hàng trúng thưởng" })
  w.province.foreignPost(w.page, { text: "Chúc mừng khách hàng trúng thưởng lần 2" })
  expect((await look()).paused).toEqual([w.page])
  expect(await alerts()).toEqual([{ kind: "page.foreign_post", severity: "critical", account: w.page, count: 1 }])
  w.clock.advance(HOUR)
  await look()
  expect((await alerts())[0]!.count).toBe(1)
}, 60_000)

test("a page that cannot be read for a day is told once: the watch is blind", async () => {
  w = await watchWorld()
  await look()
  w.province.tune(w.page, { usagePercent: 100, regainMinutes: 60 })
  for (let hours = 0; hours < 24; hours += 6) {
    await look()
    w.clock.advance(6 * HOUR)
  }
  expect(await alerts()).toEqual([])
  await look()
  expect(await alerts()).toEqual([{ kind: "page.unread", severity: "medium", account: w.page, count: 1 }])
  w.province.tune(w.page, { usagePercent: 5 })
  w.clock.advance(6 * HOUR)
  await look()
  w.clock.advance(6 * HOUR)
  await look()
  expect((await alerts())[0]!.count).toBe(1)
}, 60_000)

test("a wrong avatar that was always there is told once and stops nothing", async () => {
  w = await watchWorld()
  w.province.tune(w.page, { avatar: "building" })
  await look()
  await look()
  expect(await alerts()).toEqual([{ kind: "page.avatar_wrong", severity: "critical", account: w.page, count: 1 }])
  expect(await pausedBy(w.page)).toBeNull()
}, 60_000)

test("a package and a token that end soon are told in time, graver when it is near", async () => {
  w = await watchWorld()
  w.province.tune(w.oa, { packageUntil: "19/12/2026" })
  await look()
  expect(await alerts()).toEqual([{ kind: "page.package_expiring", severity: "low", account: w.oa, count: 1 }])
  w.clock.advance(15 * DAY)
  await look()
  expect((await alerts()).find((alert) => alert.kind === "page.package_expiring")!.severity).toBe("medium")
}, 60_000)

test("the timetable runs the watch by itself", async () => {
  w = await watchWorld()
  w.province.tune(w.page, { name: "Khuyến mãi lớn" })
  // 10:00 in Vietnam: everything but the reach of 16:00 is due at once.
  expect(await runDueJobs(w.rooms, watchJobs, noSignal)).toEqual(watchJobs.map((job) => job.name).filter((name) => name !== "reach"))
  w.clock.advance(6 * HOUR)
  expect(await runDueJobs(w.rooms, watchJobs, noSignal)).toContain("reach")
  expect((await w.rooms.db.selectFrom("schedules").select("last_error").execute()).map((row) => row.last_error)).toEqual(watchJobs.map(() => null))
  expect(await alerts()).toEqual([{ kind: "page.name_changed", severity: "critical", account: w.page, count: 2 }])
}, 60_000)
