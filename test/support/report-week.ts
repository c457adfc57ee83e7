/**
 * One ISO week of a rehearsal province in this process, under a clock that the test moves: news every day, an article that a network
 * refuses, a break-in, a renamed page, and Monday 07:00 afterwards. The same units and days give the same figures every time.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createApp } from "../../src/app.ts"
import { ManualClock, DAY, HOUR, MINUTE } from "../../src/base/clock.ts"
import { checkout, readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { fromIsoDate, isoDate } from "../../src/base/time.ts"
import { collectReach } from "../../src/jobs/reach.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import type { UnitFile } from "../../src/model/index.ts"
import { loadRegistry } from "../../src/registry/index.ts"
import { rehearsalApp, startProvince } from "../../src/rehearsal/index.ts"
import { databaseEnv } from "./db.ts"
import { noSignal } from "./watch-world.ts"

/** The week of the golden figures, and the days before it that are only compared with. */
export const week = { id: "2026-W47", from: fromIsoDate("2026-11-16"), to: fromIsoDate("2026-11-23") }
const begin = fromIsoDate("2026-11-12")

export interface WeekOptions {
  /** Which units of the real registry take part; default a dozen of every kind. */
  units?: (unit: UnitFile, index: number, kindIndex: number) => boolean
  edit?: (units: UnitFile[]) => void
  env?: Record<string, string>
  /** Units that publish on a day; default all. */
  everyNth?: number
}

/** The province portal, three departments, eight communes that are in order and some that are not (rehearsal/cast.ts). */
const aDozen: WeekOptions["units"] = (unit, _, kindIndex) => unit.kind === "province_portal" || (unit.kind === "department" ? kindIndex < 5 : unit.kind === "commune" ? kindIndex < 17 : kindIndex < 2)

export async function reportWeek(options: WeekOptions = {}) {
  const home = mkdtempSync(join(tmpdir(), "loa-week-"))
  const clock = new ManualClock(begin + 7 * HOUR)
  const all = loadRegistry(join(checkout, "accounts"), isoDate(clock.now())).units.filter((unit) => !unit.ends)
  const perKind = new Map<string, number>()
  const chosen = all.filter((unit, index) => {
    const kindIndex = perKind.get(unit.kind) ?? 0
    perKind.set(unit.kind, kindIndex + 1)
    return (options.units ?? aDozen)!(unit as UnitFile, index, kindIndex)
  })
  const units = chosen.map((unit): UnitFile => ({ ...unit, accounts: unit.accounts.map(({ unitId: _, ...account }) => account) }))
  const province = await startProvince({ units, clock, pictures: false, articlesPerPortal: 1, emblemFile: join(checkout, "accounts/images/emblem.png") })
  const listed = province.units()
  options.edit?.(listed)
  const registryDir = join(home, "accounts")
  mkdirSync(join(registryDir, "units"), { recursive: true })
  const writeRegistry = () => writeFileSync(join(registryDir, "units", "units.yaml"), JSON.stringify(listed))
  writeRegistry()
  const database = await databaseEnv()
  const env = {
    LOA_MODE: "live", PUBLISH_TO: "*", LOA_DATA: join(home, "data"), LOA_REGISTRY: registryDir, LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1", LOA_POLL_SECONDS_MIN: "0",
    FACEBOOK_GRAPH_URL: province.facebookUrl, FACEBOOK_APP_ID: rehearsalApp.facebookAppId, FACEBOOK_APP_SECRET: rehearsalApp.facebookAppSecret,
    ZALO_API_URL: province.zaloApiUrl, ZALO_OAUTH_URL: province.zaloOauthUrl, ZALO_APP_ID: rehearsalApp.zaloAppId, ZALO_APP_SECRET: rehearsalApp.zaloAppSecret, ZALO_OA_SECRET_KEY: rehearsalApp.zaloOaSecretKey,
    ...database.env,
    ...options.env,
  }
  const config = readConfig(env, home)
  const app = createApp(config, { clock, log: silentLog })
  const rooms = await app.open({ apply: "strict", work: true })
  for (const account of rooms.view().accounts) {
    const own = rooms.networkAccount(account.id)
    const credential = own && province.credential(account.id)
    if (own && credential) await rooms.networks.of(own.network).connect(own, credential)
  }
  const portals = listed.filter((unit) => unit.portal)

  /** One day from 07:00 on: news at eight and three, a look at the profiles, the numbers of the networks at four. */
  async function day(start: number, index: number) {
    clock.set(start + 7 * HOUR)
    await rooms.refresh()
    await watchProfiles(rooms, noSignal)
    for (const [round, hour] of [8, 15].entries()) {
      // The portals write first, the next look is half an hour later: that is the lag.
      clock.set(start + hour * HOUR)
      portals.forEach((unit, at) => (at + index + round) % (options.everyNth ?? 2) === 0 && province.publishArticle(unit.id, round ? { section: "Phổ biến, giáo dục pháp luật" } : {}))
      clock.set(start + hour * HOUR + 30 * MINUTE)
      await rooms.run({ all: true, signal: noSignal })
    }
    clock.set(start + 16 * HOUR)
    await collectReach(rooms, noSignal)
  }

  async function live() {
    for (let at = begin, index = 0; at < week.to; at += DAY, index++) {
      if (index === 5) mishaps()
      await day(at, index)
    }
    clock.set(week.to + 7 * HOUR)
    await rooms.refresh()
  }

  /** Tuesday of the week: what does not go as it should. */
  function mishaps() {
    const connected = rooms.view().accounts.filter((account) => rooms.networkAccount(account.id) && province.credential(account.id) && account.identity.status === "verified")
    const [page] = connected.filter((account) => account.network === "facebook")
    province.script({ on: "facebook.feed", what: "error", account: page!.id, code: 100, message: "Invalid parameter" })
    province.tune(connected.filter((account) => account.network === "facebook")[2]!.id, { name: "Tin nóng 24h" })
    province.hijack(portals[3]!.id, "gambling", 1)
  }

  return {
    app, rooms, province, clock, home, units: listed, config, live, writeRegistry,
    async close() {
      await app.close()
      await province.stop()
      await database.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
