/**
 * The weekly report: 119 units with one year of history in the sources, and every commune of the country (3,321).
 * Run: `bun bench/report.ts [119|3321]…` (each size in its own process, so that memory is that size's own).
 */
import { Audit } from "../src/audit/index.ts"
import { DAY, HOUR, ManualClock } from "../src/base/clock.ts"
import { checkout } from "../src/base/config.ts"
import { fromIsoDate } from "../src/base/time.ts"
import { openDb } from "../src/db/index.ts"
import { Reports, reportFormats, type ReportSources } from "../src/reports/index.ts"
import { inventedSources, inventedUnits } from "../test/reports/invented.ts"

const now = fromIsoDate("2026-11-23") + 7 * HOUR
const year = { from: now - 364 * DAY, to: now }

/** The year's rows lie in memory as they would in a table, and each report selects its range from them. */
async function withHistory(sources: ReportSources): Promise<{ sources: ReportSources; rows: number }> {
  const [articles, deliveries, lags] = await Promise.all([sources.articles(year.from, year.to), sources.deliveries(year.from, year.to), sources.lags(year.from, year.to)])
  const inside = (day: string, from: number, to: number) => fromIsoDate(day) >= from && fromIsoDate(day) < to
  return {
    rows: articles.length + deliveries.length + lags.length,
    sources: {
      ...sources,
      articles: async (from, to) => articles.filter((row) => inside(row.day, from, to)),
      deliveries: async (from, to) => deliveries.filter((row) => inside(row.day, from, to)),
      lags: async (from, to) => lags.filter((row) => row.publishedAt >= from && row.publishedAt < to),
    },
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)

async function measure(size: number): Promise<void> {
  const units = size === 119 ? inventedUnits() : inventedUnits(size, 0, 0)
  const invented = inventedSources(units)
  const { sources, rows } = size === 119 ? await withHistory(invented) : { sources: invented, rows: 0 }
  const clock = new ManualClock(now)
  const { db, close } = await openDb({ databaseUrl: null, dataDir: ":memory:" })
  const reports = new Reports({ db, clock, audit: new Audit(clock), sources, templatesDir: `${checkout}templates`, filesDir: "" })
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => void (peak = Math.max(peak, process.memoryUsage().rss)), 20)
  const timed = async (name: string, work: () => Promise<string>) => {
    const start = performance.now()
    const detail = await work()
    peak = Math.max(peak, process.memoryUsage().rss)
    console.log(`| ${units.length} | ${name} | ${((performance.now() - start) / 1_000).toFixed(2)} | ${megabytes(peak)} | ${detail} |`)
  }
  const period = reports.period("weekly")
  await timed("gather", async () => `${rows ? `${rows} rows of history, ` : ""}${(await reports.figures(period)).ledger.deliveries.value} deliveries`)
  for (const format of reportFormats) {
    await timed(`gather + ${format}`, async () => `${megabytes((await reports.make("weekly", { formats: [format] })).files[0]!.bytes * 10) / 10} MB`)
  }
  clearInterval(watch)
  await close()
}

const sizes = process.argv.slice(2).map(Number)
if (sizes.length === 1) await measure(sizes[0]!)
else {
  console.log("| units | step | seconds | peak RSS, MB | result |\n| --- | --- | --- | --- | --- |")
  for (const size of sizes.length ? sizes : [119, 3_321]) {
    const child = Bun.spawn([process.execPath, import.meta.path, String(size)], { stdout: "inherit", stderr: "inherit" })
    if ((await child.exited) !== 0) process.exit(1)
  }
}
