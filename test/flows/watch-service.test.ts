/** The watch over Loa itself: posts that a network keeps waiting, guessed passwords. Each one alert, however often it is looked at. */
import { afterEach, expect, test } from "bun:test"
import { DAY, HOUR, MINUTE } from "../../src/base/clock.ts"
import { runDueJobs } from "../../src/jobs/timetable.ts"
import { watchJobs } from "../../src/jobs/watch-jobs.ts"
import { watchLogins, watchStarvation } from "../../src/jobs/watch-service.ts"
import { People } from "../../src/web/people/index.ts"
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

test("guessed passwords: per user, per address, and the log-in that follows", async () => {
  w = await watchWorld()
  const { rooms, clock } = w
  const people = new People({ db: rooms.db, clock, audit: rooms.audit, mode: "live", unitExists: () => true } as ConstructorParameters<typeof People>[0])
  const password = "Mot-mat-khau-dai-2026"
  await people.add({ id: "an.nguyen", name: "Nguyễn An", role: "watcher", unitId: null, password }, "cli")
  const guess = (id: string, address = "203.0.113.7") => people.login({ id, password: "sai", device: null, oldSession: null, address, agent: "" } as Parameters<People["login"]>[0])
  for (let i = 0; i < 3; i++) await guess("an.nguyen")
  await watchLogins(rooms)
  expect(await alerts()).toEqual([])
  for (let i = 0; i < 6; i++) await guess("an.nguyen")
  await watchLogins(rooms)
  expect(await alerts()).toEqual([{ kind: "login.guessing", severity: "medium", account: null, count: 1 }])
  for (let i = 0; i < 30; i++) await guess(`nguoi-${i}`)
  clock.advance(MINUTE)
  await runDueJobs(rooms, watchJobs.filter((job) => job.name === "logins"), noSignal)
  expect((await alerts()).map(({ kind, severity }) => `${severity} ${kind}`)).toEqual(["high login.guessing", "medium login.guessing"])
  clock.advance(20 * MINUTE)
  await watchLogins(rooms)
  expect(await alerts()).toHaveLength(2)
}, 60_000)
