/**
 * Days of a province (119 portals, a Page and an OA each) in minutes: the real rooms and the whole timetable in this process, the rehearsal's portals
 * and networks over real HTTP in another, under one clock that is moved five minutes at a time. Shows whether memory and file handles stay flat and
 * whether the ledger balances: articles seen × accounts = deliveries, and what the networks show = what Loa believes it published.
 * Exits 1 when one of them does not; a slow leak shows from `--days 2` on.
 *
 *   bun bench/day.ts [--days 1] [--hours 24] [--units 119] [--per-day 6] [--every 3] [--no-pictures]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { heapStats } from "bun:jsc"
import { createApp } from "../src/app.ts"
import { DAY, HOUR, ManualClock, MINUTE } from "../src/base/clock.ts"
import { readConfig } from "../src/base/config.ts"
import { createLog } from "../src/base/log.ts"
import { fromIsoDate, minuteOfDay } from "../src/base/time.ts"
import { asNumber, sql } from "../src/db/index.ts"
import { allJobs, runDueJobs } from "../src/jobs/index.ts"
import { rehearsalApp } from "../src/rehearsal/index.ts"
import { startElsewhere } from "./day-province.ts"

const { values } = parseArgs({ options: { days: { type: "string" }, hours: { type: "string" }, units: { type: "string" }, "per-day": { type: "string" }, every: { type: "string" }, "no-pictures": { type: "boolean" } } })
const hours = values.hours ? Number(values.hours) : Number(values.days ?? 1) * 24
const perDay = Number(values["per-day"] ?? 6)
const everyHours = Number(values.every ?? 3)
const STEP = 5 * MINUTE
/** What resident memory may grow from the first half to the second, and from the first day to any later one; file handles from hour 6 to the end. */
const GROWTH_MAX = 1.1
/** What may be alive more, a day, once the first day has compiled and filled what there is: room for noise, not for a leak. */
const HEAP_MB_A_DAY_MAX = 3
const signal = new AbortController().signal

const home = mkdtempSync(join(tmpdir(), "loa-day-"))
const began = fromIsoDate("2026-11-23")
const clock = new ManualClock(began)
const province = await startElsewhere({ at: began, units: Number(values.units ?? 119), pictures: !values["no-pictures"] })
const registryDir = join(home, "accounts")
mkdirSync(join(registryDir, "units"), { recursive: true })
writeFileSync(join(registryDir, "units", "units.yaml"), JSON.stringify(province.units))
const config = readConfig(
  {
    LOA_MODE: "live", PUBLISH_TO: "*", LOA_DATA: join(home, "data"), LOA_REGISTRY: registryDir, LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1", LOA_PUBLIC_URL: "http://127.0.0.1:1",
    FACEBOOK_GRAPH_URL: province.facebookUrl, FACEBOOK_APP_ID: rehearsalApp.facebookAppId, FACEBOOK_APP_SECRET: rehearsalApp.facebookAppSecret,
    ZALO_API_URL: province.zaloApiUrl, ZALO_OAUTH_URL: province.zaloOauthUrl, ZALO_APP_ID: rehearsalApp.zaloAppId, ZALO_APP_SECRET: rehearsalApp.zaloAppSecret, ZALO_OA_SECRET_KEY: rehearsalApp.zaloOaSecretKey,
  },
  home,
)
const troubles = new Map<string, number>()
const log = createLog("error", {
  json: true,
  write: (line) => {
    const { message } = JSON.parse(line) as { message: string }
    troubles.set(message, (troubles.get(message) ?? 0) + 1)
  },
})
const app = createApp(config, { clock, log })
const rooms = await app.open({ apply: "strict", work: true })
for (const [id, credential] of Object.entries(province.credentials)) {
  const own = rooms.networkAccount(id)
  if (own) await rooms.networks.of(own.network).connect(own, credential)
}

interface Row {
  hour: number
  /** Mean and highest of the hours since the last row, one look every five minutes. It moves by a third between two collections: one look says nothing. */
  rss: number
  peak: number
  heap: number
  objects: number
  files: number
}
const rows: Row[] = []
const columns = ["hour", "RSS MB", "highest", "alive MB", "objects", "files", "polls", "jobs", "articles", "pairs", "deliveries", "published", "real s", "CPU s"]
const line = (cells: (string | number)[]) => console.log(cells.map((cell, i) => String(cell).padStart(Math.max(7, columns[i]!.length))).join("  "))
let looks: number[] = []
const real = performance.now()
const cpuAtStart = process.cpuUsage()
const cpuSeconds = () => Object.values(process.cpuUsage(cpuAtStart)).reduce((sum, us) => sum + us / 1e6, 0)
let [written, owed, polls, jobs] = [0, 0, 0, 0]

line(columns)
for (let at = began, end = began + hours * HOUR; at < end; at += STEP) {
  clock.set(Math.max(clock.now(), at))
  // Offices write from seven to six, and a little in the evening.
  const minute = minuteOfDay(at)
  owed += province.units.length * perDay * (minute >= 420 && minute < 1_080 ? 0.9 / 132 : 0.1 / 156)
  const writers: string[] = []
  for (; owed >= 1; owed -= 1) writers.push(province.units[(written++ * 47) % province.units.length]!.id)
  await province.move(clock.now(), writers)
  await rooms.refresh()
  polls += (await rooms.run({ signal })).feeds.polled
  jobs += (await runDueJobs(rooms, allJobs(), signal)).length
  looks.push(process.memoryUsage.rss())
  if ((at + STEP - began) % (everyHours * HOUR) === 0) await note((at + STEP - began) / HOUR)
}

function mean(list: number[]) {
  return list.reduce((a, b) => a + b, 0) / list.length
}

/** The resident memory as it was while working; what is alive in the heap once everything dead was collected. */
async function note(hour: number) {
  const [rss, peak] = [mean(looks), Math.max(...looks)]
  looks = []
  Bun.gc(true)
  const { heapSize, objectCount } = heapStats()
  const row: Row = { hour, rss, peak, heap: heapSize, objects: objectCount, files: readdirSync("/proc/self/fd").length }
  rows.push(row)
  const { articles, pairs, deliveries, published } = await ledger()
  line([hour, Math.round(row.rss / 1e6), Math.round(row.peak / 1e6), (heapSize / 1e6).toFixed(1), objectCount, row.files, polls, jobs, articles, pairs, deliveries, published, Math.round((performance.now() - real) / 1_000), Math.round(cpuSeconds())])
}

/** `pairs`: every article with every account of its own unit that Loa may publish to. */
async function ledger() {
  const count = async (text: string) => asNumber((await sql<{ n: number }>`${sql.raw(text)}`.execute(rooms.db)).rows[0]?.n)
  const states = await rooms.outbox.counts()
  const accountsOf = new Map(rooms.view().livingUnits.map((unit) => [unit.id, rooms.view().accounts.filter((account) => account.unitId === unit.id && rooms.networkAccount(account.id)).length]))
  const perUnit = (await sql<{ unit_id: string; n: number }>`select unit_id, count(*) as n from articles group by unit_id`.execute(rooms.db)).rows
  return {
    articles: await count("select count(*) as n from articles"),
    pairs: perUnit.reduce((total, row) => total + asNumber(row.n) * (accountsOf.get(row.unit_id) ?? 0), 0),
    deliveries: Object.values(states).reduce((a, b) => a + b, 0),
    twins: await count("select count(*) as n from (select article_id, account_id from deliveries group by article_id, account_id having count(*) > 1) twins"),
    published: states.published,
    states: Object.fromEntries(Object.entries(states).filter(([, n]) => n)),
  }
}

const { states, ...end } = await ledger()
const truth = await province.truth()
console.log("\ndeliveries:", states)
if (troubles.size) console.log("errors:", Object.fromEntries(troubles))
console.log(`the other process (portals and networks): ${Math.round(truth.rss / 1e6)} MB`)

/** Least squares, per day. */
function slope(part: Row[], of: (row: Row) => number): number {
  const [x, y] = [mean(part.map((row) => row.hour)), mean(part.map(of))]
  return (part.reduce((sum, row) => sum + (row.hour - x) * (of(row) - y), 0) / part.reduce((sum, row) => sum + (row.hour - x) ** 2, 0)) * (DAY / HOUR)
}
const halves = [rows.slice(0, rows.length >> 1), rows.slice(rows.length >> 1)] as const
const meanRss = (part: readonly Row[]) => mean(part.map((row) => row.rss))
const day = (n: number) => rows.filter((row) => row.hour > (n - 1) * 24 && row.hour <= n * 24)
const handles = [(rows.find((row) => row.hour >= 6) ?? rows[0]!).files, rows.at(-1)!.files] as const
const times = (a: number, b: number) => `${(a / b).toFixed(2)} ×`
const verdicts: [boolean, string][] = [
  [handles[1] <= handles[0] * GROWTH_MAX, `file handles ${handles[0]} → ${handles[1]}`],
  [end.pairs === end.deliveries && end.twins === 0, `${end.pairs} pairs, ${end.deliveries} deliveries, ${end.twins} pairs with two`],
  [end.published === truth.shown && truth.twice === 0, `${end.published} published, the networks show ${truth.shown}, ${truth.twice} twice`],
]
if (halves[0].length > 1) verdicts.push([meanRss(halves[1]) <= meanRss(halves[0]) * GROWTH_MAX, `RSS of the second half is ${times(meanRss(halves[1]), meanRss(halves[0]))} that of the first (at most ${GROWTH_MAX})`])
for (let n = 2; n * 24 <= hours; n++) verdicts.push([meanRss(day(n)) <= meanRss(day(1)) * GROWTH_MAX, `RSS of day ${n} is ${times(meanRss(day(n)), meanRss(day(1)))} that of day 1, the highest ${times(Math.max(...day(n).map((row) => row.peak)), Math.max(...day(1).map((row) => row.peak)))}`])
const [, half] = halves
if (half.length > 2) {
  const alive = slope(half, (row) => row.heap) / 1e6
  const words = `second half, a day: ${alive.toFixed(1)} MB alive more, ${Math.round(slope(half, (row) => row.objects))} objects, RSS ${(slope(half, (row) => row.rss) / 1e6).toFixed(1)} MB`
  if (hours >= 48) verdicts.push([alive <= HEAP_MB_A_DAY_MAX, `${words} (at most ${HEAP_MB_A_DAY_MAX} MB alive)`])
  else console.log(`${words}; judged from two days on`)
}
for (const [good, words] of verdicts) console.log(`${good ? "ok  " : "FAIL"} ${words}`)

await app.close()
await province.stop()
rmSync(home, { recursive: true, force: true })
process.exit(verdicts.every(([good]) => good) ? 0 : 1)
