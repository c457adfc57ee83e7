/** PAGE-TOKEN: what happens to credentials is one alert of the right severity, whoever notices it first, and the forecast names what lapses. */
import { afterEach, expect, test } from "bun:test"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { alertCommands } from "../../src/cli/alerts.ts"
import { parseWords } from "../../src/cli/parse.ts"
import { careForTokens } from "../../src/jobs/all-jobs.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import type { AlertSeverity } from "../../src/model/index.ts"
import type { AccountTuning } from "../../src/rehearsal/types.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
afterEach(() => w?.close())

const seconds = (at: number) => Math.floor(at / 1_000)
const cases: [string, (now: number) => AccountTuning, string, AlertSeverity][] = [
  ["the password was changed (190/460)", () => ({ tokenState: "password_changed" }), "account.reconnect", "high"],
  ["the app was removed (190/458)", () => ({ tokenState: "app_removed" }), "account.reconnect", "high"],
  ["the person lost the role (190/492)", () => ({ tokenState: "role_lost" }), "account.permission", "high"],
  ["a token of another app (app_id changed)", () => ({ tokenState: "other_app" }), "account.configuration", "high"],
  ["a token of another type", () => ({ tokenState: "user_token" }), "account.reconnect", "high"],
  ["the permission to publish was taken away", () => ({ permissions: ["pages_read_engagement", "pages_show_list"] }), "account.permission", "high"],
  ["data access ends within 14 days", (now) => ({ dataAccessExpiresAt: seconds(now + 10 * DAY) }), "token.expiring", "medium"],
]
for (const [story, tuning, kind, severity] of cases) {
  test(`${story}: one ${severity} alert by the daily look and by the watch together`, async () => {
    w = await watchWorld()
    await watchProfiles(w.rooms, noSignal)
    w.province.tune(w.page, tuning(w.clock.now()))
    for (let day = 0; day < 2; day++) {
      w.clock.advance(21 * HOUR)
      await careForTokens(w.rooms)
      await watchProfiles(w.rooms, noSignal)
    }
    const about = (await w.rooms.alerts.list()).filter((alert) => alert.account === w.page && !alert.kind.startsWith("webhook."))
    expect(about.map((alert) => `${alert.severity} ${alert.kind}`)).toEqual([`${severity} ${kind}`])
  }, 30_000)
}

test("the forecast lists who lapses within the days asked for, soonest first, and is quiet when nobody does", async () => {
  w = await watchWorld({ edit: (units) => void (units[0]!.accounts[0]!.identity = { ...units[0]!.accounts[0]!.identity, until: "2026-12-20" }) })
  const forecast = (values: Record<string, string> = {}) =>
    alertCommands.find((command) => command.name === "alerts forecast")!.run({ app: { ...w.app, open: async () => w.rooms }, positionals: [], values, cwd: w.home, lang: "vi", json: true, stdin: async () => "", progress: () => undefined, signal: noSignal })
  expect(await forecast({ days: "5" })).toMatchObject({ exit: 0, json: { lapses: [] } })
  w.province.tune(w.page, { dataAccessExpiresAt: seconds(w.clock.now() + 9 * DAY) })
  w.province.tune(w.oa, { packageUntil: "01/12/2026" })
  w.clock.advance(21 * HOUR)
  await careForTokens(w.rooms)
  await watchProfiles(w.rooms, noSignal)
  const { exit, json, text } = await forecast()
  expect(exit).toBe(1)
  expect((json as { lapses: { account: string; what: string; days: number }[] }).lapses.map(({ account, what, days }) => [account, what, days])).toEqual([[w.oa, "package", 6], [w.page, "data_access", 8], [w.page, "identity", 25]])
  expect(text).toContain("gói dịch vụ OA")
  expect(() => parseWords(alertCommands.find((command) => command.name === "alerts forecast")!, ["--days", "0"], "vi")).toThrow("1 đến 365")
}, 30_000)
