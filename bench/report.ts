/**
 * The weekly report out of a real database: 119 units with one year of history, and every commune of the country (3,321) with a quarter.
 * Run: `bun bench/report.ts [119|3321]…` (each size in its own process, so that memory is that size's own).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createApp, type Rooms } from "../src/app.ts"
import { DAY, HOUR, ManualClock, MINUTE } from "../src/base/clock.ts"
import { readConfig } from "../src/base/config.ts"
import { silentLog } from "../src/base/log.ts"
import { fromIsoDate } from "../src/base/time.ts"
import { inTransaction, insertMany, type Schema } from "../src/db/index.ts"
import { reportFormats } from "../src/reports/index.ts"
import { inventedUnits } from "../test/reports/invented.ts"

const now = fromIsoDate("2026-11-23") + 7 * HOUR
const states = ["published", "published", "published", "published", "published", "published", "published", "held", "refused", "waiting"] as const

/** Two articles a day and unit, each on every account of the unit. */
async function fill({ db }: Rooms, units: ReturnType<typeof inventedUnits>, days: number): Promise<number> {
  let count = 0
  for (let day = days; day > 0; day--) {
    const start = fromIsoDate("2026-11-23") - day * DAY
    const articles: Schema["articles"][] = []
    const deliveries: Schema["deliveries"][] = []
    units.forEach((unit, index) => {
      for (let item = 0; item < 2; item++) {
        const id = `${day}-${index}-${item}`.padStart(24, "a")
        const at = start + 8 * HOUR + item * 5 * HOUR + (index % 50) * MINUTE
        const url = `https://${unit.id}.example/${day}/${item}`
        articles.push({
          id, feed_id: `feed-${unit.id}`, unit_id: unit.id, url, guid_key: null, url_key: id, title_key: id, content_hash: "", title: `Tin số ${item} ngày ${day} của ${unit.name}`, summary: "", paragraphs: "[]", html: "", links: "[]", pictures: "[]",
          author: null, categories: "[]", section: "Tin tức", language: "vi", published_at: at - 20 * MINUTE, first_seen_at: at, updated_at: at, version: 1, state: "routed", state_at: at, reason: null, duplicate_of: null, emergency: 0,
        })
        unit.accounts.forEach((account, place) => {
          const state = states[(index + day + item + place) % states.length]!
          deliveries.push({
            id: `${id}-${place}`, article_id: id, article_url: url, account_id: account.id, unit_id: unit.id, network: account.network, state, priority: 1, due_at: at, created_at: at, updated_at: at, attempts: 1, intent_at: at, handle: null, looks: 0, unknowns: 0,
            remote_id: state === "published" ? id : null, remote_url: null, published_at: state === "published" ? at + 10 * MINUTE : null, article_version: 1, title_key: id, code: state === "published" ? null : `gate:IMG-${index % 5}`, reason: null, followup: null, approved_by: null,
          })
        })
      }
    })
    await inTransaction(db, async (tx) => {
      await insertMany(tx, "articles", articles)
      await insertMany(tx, "deliveries", deliveries)
    })
    count += articles.length + deliveries.length
  }
  return count
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)

async function measure(size: number, folder: string | undefined): Promise<void> {
  const units = size === 119 ? inventedUnits() : inventedUnits(size, 0, 0)
  const home = folder ?? mkdtempSync(join(tmpdir(), "loa-bench-report-"))
  const filled = folder !== undefined
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  writeFileSync(join(home, "accounts/units/units.yaml"), JSON.stringify(units.map((unit) => ({ ...unit, accounts: unit.accounts.map(({ unitId: _, ...account }) => account) }))))
  const app = createApp(readConfig({ LOA_MODE: "live", LOA_DATA: join(home, "data"), LOA_REGISTRY: join(home, "accounts") }, home), { clock: new ManualClock(now), log: silentLog })
  const rooms = await app.open({ apply: "strict" })
  if (!filled) {
    // The history is written by another process, so that its memory is not counted here.
    const rows = await fill(rooms, units, size === 119 ? 364 : 91)
    await app.close()
    const child = Bun.spawn([process.execPath, import.meta.path, String(size), home], { stdout: "inherit", stderr: "inherit", env: { ...process.env, LOA_BENCH_ROWS: String(rows) } })
    const code = await child.exited
    rmSync(home, { recursive: true, force: true })
    if (code !== 0) process.exit(code)
    return
  }
  const { reports } = rooms
  let peak = 0
  const watch = setInterval(() => void (peak = Math.max(peak, process.memoryUsage().rss)), 10)
  const timed = async (name: string, work: () => Promise<string>) => {
    const start = performance.now()
    const detail = await work()
    peak = Math.max(peak, process.memoryUsage().rss)
    console.log(`| ${units.length} | ${name} | ${((performance.now() - start) / 1_000).toFixed(2)} | ${megabytes(peak)} | ${detail} |`)
  }
  await timed("open", async () => `${process.env.LOA_BENCH_ROWS} rows of history`)
  await timed("count", async () => `${(await reports.figures(reports.period("weekly"))).ledger.deliveries.value} deliveries of the week`)
  await timed("weekly, four files", async () => {
    const { files } = await reports.make("weekly")
    return reportFormats.map((format) => `${format} ${(files.find((file) => file.format === format)!.bytes / 2 ** 20).toFixed(1)} MB`).join(", ")
  })
  clearInterval(watch)
  await app.close()
}

const [first, folder] = process.argv.slice(2)
if (folder && !/^\d+$/.test(folder)) await measure(Number(first), folder)
else {
  const sizes = process.argv.slice(2).map(Number)
  console.log("| units | step | seconds | peak RSS, MB | result |\n| --- | --- | --- | --- | --- |")
  for (const size of sizes.length ? sizes : [119, 3_321]) await measure(size, undefined)
}
