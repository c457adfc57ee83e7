/**
 * Twenty-four hours of a province (119 portals, a Page and an OA each) in minutes: the real rooms, the whole timetable, the rehearsal's portals
 * and networks over real HTTP, under a clock that is moved five minutes at a time. Shows whether memory and file handles stay flat and whether
 * the ledger balances: articles seen × accounts = deliveries, and what the networks show = what Loa believes it published.
 *
 *   bun bench/day.ts [--hours 24] [--units 119] [--per-day 6] [--no-pictures]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { createApp } from "../src/app.ts"
import { HOUR, ManualClock, MINUTE } from "../src/base/clock.ts"
import { checkout, readConfig } from "../src/base/config.ts"
import { createLog } from "../src/base/log.ts"
import { fromIsoDate, isoDate, minuteOfDay } from "../src/base/time.ts"
import { asNumber, sql } from "../src/db/index.ts"
import { allJobs, runDueJobs } from "../src/jobs/index.ts"
import type { UnitFile } from "../src/model/index.ts"
import { loadRegistry } from "../src/registry/index.ts"
import { rehearsalApp, startProvince } from "../src/rehearsal/index.ts"

const { values } = parseArgs({ options: { hours: { type: "string" }, units: { type: "string" }, "per-day": { type: "string" }, "no-pictures": { type: "boolean" } } })
const hours = Number(values.hours ?? 24)
const perDay = Number(values["per-day"] ?? 6)
const STEP = 5 * MINUTE
const signal = new AbortController().signal

const home = mkdtempSync(join(tmpdir(), "loa-day-"))
const clock = new ManualClock(fromIsoDate("2026-11-23"))
const all = loadRegistry(join(checkout, "accounts"), isoDate(clock.now())).units.filter((unit) => !unit.ends && unit.portal).slice(0, Number(values.units ?? 119))
const units = all.map((unit): UnitFile => ({ ...unit, accounts: unit.accounts.map(({ unitId: _, ...account }) => account) }))
const province = await startProvince({ units, clock, pictures: !values["no-pictures"], articlesPerPortal: 2, olderArticles: 6, emblemFile: join(checkout, "accounts/images/emblem.png") })
const registryDir = join(home, "accounts")
mkdirSync(join(registryDir, "units"), { recursive: true })
writeFileSync(join(registryDir, "units", "units.yaml"), JSON.stringify(province.units()))
const config = readConfig(
  {
    LOA_MODE: "live", PUBLISH_TO: "*", LOA_DATA: join(home, "data"), LOA_REGISTRY: registryDir, LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1", LOA_PUBLIC_URL: "http://127.0.0.1:1",
    FACEBOOK_GRAPH_URL: province.facebookUrl, FACEBOOK_APP_ID: rehearsalApp.facebookAppId, FACEBOOK_APP_SECRET: rehearsalApp.facebookAppSecret,
    ZALO_API_URL: province.zaloApiUrl, ZALO_OAUTH_URL: province.zaloOauthUrl, ZALO_APP_ID: rehearsalApp.zaloAppId, ZALO_APP_SECRET: rehearsalApp.zaloAppSecret, ZALO_OA_SECRET_KEY: rehearsalApp.zaloOaSecretKey,
  },
  home,
)
const troubles = new Map<string, number>()
const log = createLog("error", { json: true, write: (line) => void troubles.set((JSON.parse(line) as { message: string }).message, (troubles.get((JSON.parse(line) as { message: string }).message) ?? 0) + 1) })
const app = createApp(config, { clock, log })
const rooms = await app.open({ apply: "strict", work: true })
for (const account of rooms.view().accounts) {
  const own = rooms.networkAccount(account.id)
  const credential = own && province.credential(account.id)
  if (own && credential) await rooms.networks.of(own.network).connect(own, credential)
}

const portals = units.map((unit) => unit.id)
const rows: Record<string, string | number>[] = []
const began = performance.now()
const cpuAtStart = process.cpuUsage()
let written = 0
let owed = 0
let polls = 0
let jobs = 0
const openFiles = () => readdirSync("/proc/self/fd").length

for (let at = clock.now(), end = at + hours * HOUR; at < end; at += STEP) {
  clock.set(Math.max(clock.now(), at))
  // Offices write from seven to six, and a little in the evening.
  const minute = minuteOfDay(at)
  owed += (portals.length * perDay * (minute >= 420 && minute < 1_080 ? 0.9 / 132 : 0.1 / 156))
  for (; owed >= 1; owed -= 1) province.publishArticle(portals[(written++ * 47) % portals.length]!)
  await rooms.refresh()
  polls += (await rooms.run({ signal })).feeds.polled
  jobs += (await runDueJobs(rooms, allJobs(), signal)).length
  if ((at + STEP) % HOUR === 0) note((at + STEP - (end - hours * HOUR)) / HOUR)
}

function note(hour: number) {
  Bun.gc(true)
  const { rss, heapUsed } = process.memoryUsage()
  rows.push({ hour, "RSS MB": Math.round(rss / 1e6), "heap MB": Math.round(heapUsed / 1e6), "open files": openFiles(), polls, jobs, "articles written": written, posts: province.posts().length, "real s": Math.round((performance.now() - began) / 1_000) })
}

console.table(rows)
const used = process.cpuUsage(cpuAtStart)
const count = async (text: string) => asNumber((await sql<{ n: number }>`${sql.raw(text)}`.execute(rooms.db)).rows[0]?.n)
const states = await rooms.outbox.counts()
const sum = Object.values(states).reduce((a, b) => a + b, 0)
const accountsOf = new Map(rooms.view().livingUnits.map((unit) => [unit.id, rooms.view().accounts.filter((account) => account.unitId === unit.id && rooms.networkAccount(account.id)).length]))
const perUnit = (await sql<{ unit_id: string; n: number }>`select unit_id, count(*) as n from articles group by unit_id`.execute(rooms.db)).rows
const pairs = perUnit.reduce((total, row) => total + asNumber(row.n) * (accountsOf.get(row.unit_id) ?? 0), 0)
const foreign = await count("select count(*) as n from (select article_id, account_id from deliveries group by article_id, account_id having count(*) > 1) twins")
const shown = province.posts().filter((post) => post.articleUrl !== null).length
const halves = [rows.slice(Math.floor(rows.length / 2) - 3, Math.floor(rows.length / 2)), rows.slice(-3)].map((part) => part.reduce((total, row) => total + Number(row["RSS MB"]), 0) / part.length)
console.table([
  { what: "articles kept", value: await count("select count(*) as n from articles") },
  { what: "article × account pairs of own units", value: pairs },
  { what: "deliveries", value: sum },
  ...Object.entries(states).filter(([, n]) => n).map(([state, n]) => ({ what: `  ${state}`, value: n })),
  { what: "pairs with two deliveries", value: foreign },
  { what: "posts the networks show", value: shown },
  { what: "published − shown", value: states.published - shown },
  { what: "articles posted twice", value: province.duplicates().length },
  { what: "memory, last 3 h against the middle, %", value: halves[0] ? Math.round((halves[1]! / halves[0] - 1) * 100) : 0 },
  { what: "CPU s (province and Loa)", value: Math.round((used.user + used.system) / 1e6) },
])
if (troubles.size) console.table([...troubles].map(([message, times]) => ({ error: message, times })))
await app.close()
await province.stop()
rmSync(home, { recursive: true, force: true })
process.exit(0)
