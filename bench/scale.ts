/**
 * What a feed costs when there are 1,000, 10,000 and 100,000 of them: one pass over all, of which 5 % have something new (feeds of three items),
 * beside a bare loop that fetches the same addresses and reads the answers. Four feeds a host, every host an address of its own (127.x.y.z).
 *
 * Two costs, apart: `with start` is all CPU of a fresh process until its first pass ends, spread over the feeds (so that it falls with their number);
 * `steady` is the median pass after every size has polled the same number of feeds to warm up. CPU time, not wall time: other work moves it least.
 *
 *   bun bench/scale.ts [--sizes 1000,10000,100000] [--postgres]       (LOA_TEST_DATABASE_URL: that server instead of one of its own)
 */
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { PostgresServer } from "../test/support/postgres.ts"

const FEEDS_PER_HOST = 4
const CHANGED_PER_100 = 5
const CONCURRENCY = 48
/** Feeds polled before anything counts as steady: the engine compiles for several seconds of work. */
const WARM_UP_FEEDS = 30_000
const MEASURED_FEEDS = 60_000
const ROUNDS_MIN = 3
/** How far the steady cost of a size may be from the middle of all. */
const SPREAD_MAX = 0.1

const { values } = parseArgs({ options: { sizes: { type: "string" }, postgres: { type: "boolean" }, one: { type: "string" }, serve: { type: "boolean" }, port: { type: "string" } } })

/** Which feeds are new in a round: a fixed choice, spread evenly. */
const changes = (feed: number, round: number) => ((Math.imul(feed + 1, 0x9e3779b1) >>> 8) + round * 7) % 100 < CHANGED_PER_100
const lastChange = (feed: number, round: number) => {
  let last = round
  while (last > 0 && !changes(feed, last)) last -= 1
  return last
}

function servePortals() {
  let round = 0
  const server = Bun.serve({
    hostname: "0.0.0.0",
    port: 0,
    fetch(request) {
      const path = request.url.slice(request.url.indexOf("/", 8))
      if (path.startsWith("/__round/")) {
        round = Number(path.slice(9))
        return new Response("ok")
      }
      const feed = Number(path.slice(1))
      const version = lastChange(feed, round)
      const etag = `"${version}"`
      if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } })
      const now = Date.now()
      const items = Array.from({ length: 3 }, (_, i) => `<item><title>Tin ${version} số ${i} của cổng ${feed}: hội nghị triển khai nhiệm vụ ${feed * 31 + version * 7 + i}</title><link>http://cong-${feed}.example.vn/tin/${version}-${i}.html</link><guid isPermaLink="false">${feed}-${version}-${i}</guid><pubDate>${new Date(now - i * 60_000).toUTCString()}</pubDate><description><![CDATA[<p>${"Ủy ban nhân dân phường tổ chức hội nghị đánh giá nhiệm vụ. ".repeat(6)}</p>]]></description></item>`)
      return new Response(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Cổng ${feed}</title><link>http://cong-${feed}.example.vn/</link><description>Tin tức</description><language>vi</language>${items.join("")}</channel></rss>`, { headers: { etag, "content-type": "application/rss+xml; charset=utf-8" } })
    },
  })
  process.stdout.write(`${server.port}\n`)
}

const urlOf = (feed: number, port: number) => {
  const host = Math.floor(feed / FEEDS_PER_HOST) + 1
  return `http://127.${(host >> 16) + 1}.${(host >> 8) & 255}.${host & 255}:${port}/${feed}`
}

interface Size {
  feeds: number
  /** CPU seconds of the process until its first pass was over, without what only this bench does. */
  firstCpuS: number
  passes: Pass[]
}
interface Pass {
  wallS: number
  cpuS: number
  bareWallS: number
  bareCpuS: number
  rssMb: number
  heapMb: number
  notModified: number
  failed: number
  articles: number
}

const cpuSeconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6

/** One size, in this process. */
async function one(feeds: number, port: number): Promise<Size> {
  const { createApp } = await import("../src/app.ts")
  const { readConfig } = await import("../src/base/config.ts")
  const { silentLog } = await import("../src/base/log.ts")
  const { inTransaction } = await import("../src/db/index.ts")
  const { feedIdOf } = await import("../src/feeds/index.ts")
  const { emptyTally } = await import("../src/jobs/index.ts")
  const { portalFile } = await import("../src/model/index.ts")
  const { heapStats } = await import("bun:jsc")
  const home = mkdtempSync(join(tmpdir(), "loa-scale-"))
  const { DATABASE_URL } = process.env
  const app = createApp(readConfig({ LOA_MODE: "live", LOA_DATA: join(home, "data"), LOA_REGISTRY: home, LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.0/8", LOA_POLL_SECONDS_MIN: "300", ...(DATABASE_URL ? { DATABASE_URL } : {}) }, home), { log: silentLog })
  const rooms = await app.open({ apply: "strict", work: true })
  const startCpuS = cpuSeconds()
  try {
    const list = Array.from({ length: feeds }, (_, feed) => {
      const url = urlOf(feed, port)
      return { id: feedIdOf(`unit-${feed}`, url), unitId: `unit-${feed}`, url, language: "vi" as const, portal: portalFile.parse({ url, burstGuard: 0 }) }
    })
    const now = Date.now()
    await inTransaction(rooms.db, (tx) => rooms.feeds.sync(tx, list, now))
    // As after yesterday's passes: everything was read once, the servers' ETags are known, and everything is due again.
    const yesterday = { due_at: now, etag: '"0"', validators_since: now, full_at: now, first_polled_at: now - 86_400_000, last_polled_at: now - 60_000, last_success_at: now - 60_000, last_changed_at: now - 86_400_000, last_status: 200 }
    await rooms.db.updateTable("feed_state").set(yesterday).execute()
    const pass = async (round: number): Promise<Pass> => {
      await fetch(`http://127.0.0.1:${port}/__round/${round}`)
      await rooms.db.updateTable("feed_state").set({ due_at: Date.now() }).execute()
      const tally = emptyTally()
      const loa = await measure(() => rooms.intake.poll(tally, { signal: new AbortController().signal }))
      const bare = await measure(() => bareLoop(list.map(({ url }, feed) => ({ url, etag: `"${lastChange(feed, round - 1)}"` }))))
      return { wallS: loa.wallS, cpuS: loa.cpuS, bareWallS: bare.wallS, bareCpuS: bare.cpuS, rssMb: loa.rssMb, heapMb: Math.round(heapStats().heapSize / 1e6), notModified: tally.feeds.notModified, failed: tally.feeds.failed, articles: tally.articles.new }
    }
    const warmUps = Math.max(1, Math.ceil(WARM_UP_FEEDS / feeds))
    const rounds = Math.max(ROUNDS_MIN, Math.ceil(MEASURED_FEEDS / feeds))
    const passes: Pass[] = []
    for (let round = 1; round <= warmUps + rounds; round++) passes.push(await pass(round))
    return { feeds, firstCpuS: startCpuS + passes[0]!.cpuS, passes: passes.slice(warmUps) }
  } finally {
    await app.close()
    rmSync(home, { recursive: true, force: true })
  }
}

async function measure(work: () => Promise<unknown>) {
  Bun.gc(true)
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  let rss = 0
  const watch = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 100)
  await work()
  clearInterval(watch)
  const used = process.cpuUsage(cpu)
  return { wallS: (performance.now() - wall) / 1_000, cpuS: (used.user + used.system) / 1e6, rssMb: Math.round(rss / 1e6) }
}

/** What any poller must do: ask with the known ETag, read what comes. */
async function bareLoop(list: { url: string; etag: string }[]) {
  let next = 0
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < list.length) {
        const { url, etag } = list[next++]!
        const answer = await fetch(url, { headers: { "if-none-match": etag } })
        await answer.text()
      }
    }),
  )
}

async function all() {
  const sizes = (values.sizes ?? "1000,10000,100000").split(",").map(Number)
  const portals = Bun.spawn([process.execPath, import.meta.path, "--serve"], { stdout: "pipe", stderr: "inherit" })
  const port = Number(new TextDecoder().decode((await portals.stdout.getReader().read()).value))
  const server = values.postgres ? await PostgresServer.start({ durable: true }) : null
  const rows: Record<string, string | number>[] = []
  const steady: number[] = []
  for (const size of sizes) {
    if (server) await server.run(`create database feeds${size}`)
    const env = { ...process.env, ...(server ? { DATABASE_URL: server.url(`feeds${size}`) } : {}) }
    const child = Bun.spawn([process.execPath, import.meta.path, "--one", String(size), "--port", String(port)], { env, stdout: "pipe", stderr: "inherit" })
    const { firstCpuS, passes } = JSON.parse(await new Response(child.stdout).text()) as Size
    const median = (of: (pass: Pass) => number) => passes.map(of).sort((a, b) => a - b)[passes.length >> 1]!
    const micros = (seconds: number) => Math.round((seconds * 1e6) / size)
    const cpuS = median((pass) => pass.cpuS)
    const bareCpuS = median((pass) => pass.bareCpuS)
    steady.push((cpuS * 1e6) / size)
    rows.push({
      feeds: size, passes: passes.length, "with start µs": micros(firstCpuS), "steady µs": micros(cpuS), "bare loop µs": micros(bareCpuS), "CPU ratio": (cpuS / bareCpuS).toFixed(2),
      "feeds/s": Math.round(size / median((pass) => pass.wallS)), "bare feeds/s": Math.round(size / median((pass) => pass.bareWallS)),
      "RSS MB": median((pass) => pass.rssMb), "heap MB": median((pass) => pass.heapMb), "not modified": median((pass) => pass.notModified), articles: median((pass) => pass.articles), failed: Math.max(...passes.map((pass) => pass.failed)),
    })
  }
  portals.kill()
  await server?.dispose()
  console.log(`${server ? "PostgreSQL (its own CPU is not counted)" : "SQLite"}; µs are CPU time of this process per feed; load ${loadavg().map((load) => load.toFixed(1)).join(" ")}`)
  console.table(rows)
  const middle = (Math.min(...steady) + Math.max(...steady)) / 2
  const spread = Math.max(...steady) / middle - 1
  console.log(`steady cost of a feed: ${Math.round(middle)} µs ± ${(spread * 100).toFixed(1)} % from ${sizes[0]} to ${sizes.at(-1)} feeds (at most ± ${SPREAD_MAX * 100} %)`)
  process.exit(spread <= SPREAD_MAX && rows.every((row) => row.failed === 0) ? 0 : 1)
}

if (values.serve) servePortals()
else if (values.one) {
  process.stdout.write(JSON.stringify(await one(Number(values.one), Number(values.port))))
  process.exit(0)
} else await all()
