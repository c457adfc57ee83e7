/** The watch over Loa itself: posts that a network keeps waiting, guessed passwords. Each one alert, however often it is looked at. */
import { afterEach, expect, test } from "bun:test"
import { DAY, HOUR, MINUTE } from "../../src/base/clock.ts"
import { healAlerts } from "../../src/jobs/heal-alerts.ts"
import { runDueJobs } from "../../src/jobs/timetable.ts"
import { watchJobs } from "../../src/jobs/watch-jobs.ts"
import { watchStarvation } from "../../src/jobs/watch-service.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
afterEach(() => w?.close())
const alerts = async () => (await w.rooms.alerts.list()).map(({ kind, severity, account, count }) => ({ kind, severity, account, count }))

test("posts that wait for hours because the Page's calls are used up are one alert, graver after a day; the OA goes on", async () => {
  w = await watchWorld({ articlesPerPortal: 1 })
  w.province.tune(w.page, { usagePercent: 100, regainMinutes: 3_000 })
  await w.publish()
  await watchStarvation(w.rooms)
  expect(await alerts()).toEqual([])
  w.clock.advance(7 * HOUR)
  await watchStarvation(w.rooms)
  await watchStarvation(w.rooms)
  expect(await alerts()).toEqual([{ kind: "publish.starved", severity: "medium", account: w.page, count: 2 }])
  w.clock.advance(DAY)
  await watchStarvation(w.rooms)
  expect(await alerts()).toEqual([{ kind: "publish.starved", severity: "high", account: w.page, count: 3 }])
  w.province.tune(w.page, { usagePercent: 5 })
  w.clock.advance(3 * DAY)
  await w.publish()
  expect((await healAlerts(w.rooms)).map((alert) => alert.kind)).toEqual(["publish.starved"])
}, 60_000)

test("what has healed is closed with the reason; what concerns the safety of a page never is", async () => {
  w = await watchWorld({ articlesPerPortal: 1 })
  const { rooms, province, page, clock, units } = w
  await w.publish()
  await watchProfiles(rooms, noSignal)
  province.tune(page, { tokenState: "password_changed" })
  await watchProfiles(rooms, noSignal)
  province.setPortal(units[0]!.id, { trouble: "500" })
  for (let i = 0; i < 4; i++) {
    clock.advance(HOUR)
    await w.publish()
  }
  province.tune(w.oa, { name: "Quà tặng 0 đồng" })
  await watchProfiles(rooms, noSignal)
  const openKinds = async () => (await rooms.alerts.list({ state: "open" })).map((alert) => alert.kind).toSorted()
  expect(await openKinds()).toEqual(["account.reconnect", "feed.failing", "page.name_changed"])
  clock.advance(HOUR)
  expect(await healAlerts(rooms)).toEqual([])

  province.setPortal(units[0]!.id, { trouble: "none" })
  province.tune(page, { tokenState: "valid" })
  province.tune(w.oa, { name: rooms.view().accountById(w.oa)!.name })
  await rooms.networks.facebook.connect(rooms.networkAccount(page)!, province.credential(page))
  clock.advance(HOUR)
  await w.publish()
  await watchProfiles(rooms, noSignal)
  expect((await healAlerts(rooms)).map((alert) => alert.kind).toSorted()).toEqual(["account.reconnect", "feed.failing"])
  expect(await openKinds()).toEqual(["page.name_changed"])
}, 60_000)

test("an app that is throttled as a whole is one alert, not one an account", async () => {
  w = await watchWorld({ units: 3, articlesPerPortal: 1 })
  w.province.script({ on: "facebook.feed", what: "error", code: 4, message: "(#4) Application request limit reached", times: 0 })
  await w.publish()
  for (let hours = 0; hours < 7; hours++) {
    w.clock.advance(HOUR)
    await w.publish()
  }
  await watchStarvation(w.rooms)
  expect((await alerts()).filter((alert) => alert.kind === "publish.starved")).toEqual([{ kind: "publish.starved", severity: "high", account: null, count: 1 }])
}, 60_000)

test("guessed passwords and codes: per user, per address, and the log-in that follows; each one alert", async () => {
  w = await watchWorld()
  const { rooms, clock } = w
  let n = 0
  const fail = (bucket: string, times: number) => rooms.db.insertInto("login_failures").values(Array.from({ length: times }, () => ({ id: `f${n++}`, bucket, at: clock.now() }))).execute()
  const look = () => runDueJobs(rooms, watchJobs.filter((job) => job.name === "logins"), noSignal)
  const kinds = async () => (await rooms.alerts.list()).map(({ kind, severity, count }) => `${severity} ${kind} ${count}`)
  await fail("account:an.nguyen", 3)
  await look()
  expect(await kinds()).toEqual([])
  await fail("account:an.nguyen", 6)
  clock.advance(MINUTE)
  await look()
  clock.advance(MINUTE)
  await look()
  expect(await kinds()).toEqual(["medium login.guessing 2"])
  await fail("address:203.0.113.7", 35)
  clock.advance(MINUTE)
  await look()
  expect(await kinds()).toEqual(["high login.guessing 1", "medium login.guessing 3"])
  await rooms.db.insertInto("sessions").values({ token_hash: "h", user_id: "an.nguyen", created_at: clock.now(), seen_at: clock.now(), address: "203.0.113.7" } as never).execute()
  await fail("code:binh.tran", 8)
  clock.advance(MINUTE)
  await look()
  expect(await kinds()).toEqual(["critical login.after_guessing 1", "high login.guessing 1", "high login.guessing 2", "medium login.guessing 4"])
  // What is over a quarter of an hour old is no news.
  clock.advance(20 * MINUTE)
  await look()
  expect((await kinds()).map((line) => line.split(" ").at(-1))).toEqual(["1", "1", "2", "4"])
}, 60_000)
