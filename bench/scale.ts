/**
 * What a feed costs when there are 1,000, 10,000 and 100,000 of them: one pass over all, of which 5 % have something new (feeds of three items),
 * beside a bare loop that fetches the same addresses and reads the answers. Four feeds a host, every host an address of its own (127.x.y.z).
 *
 *   bun bench/scale.ts [--sizes 1000,10000,100000] [--rounds 3]
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"

const FEEDS_PER_HOST = 4
const CHANGED_PER_100 = 5
const CONCURRENCY = 48

const { values } = parseArgs({ options: { sizes: { type: "string" }, rounds: { type: "string" }, one: { type: "string" }, serve: { type: "boolean" }, port: { type: "string" } } })
const rounds = Number(values.rounds ?? 3)

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

interface Row {
  feeds: number
  round: number
  wallS: number
  cpuS: number
  bareWallS: number
  bareCpuS: number
  rssMb: number
  polled: number
  notModified: number
  failed: number
  articles: number
}

/** One size, in this process. */
async function one(size: number, port: number) {
  const { createApp } = await import("../src/app.ts")
  const { readConfig } = await import("../src/base/config.ts")
  const { silentLog } = await import("../src/base/log.ts")
  const { inTransaction } = await import("../src/db/index.ts")
  const { feedIdOf } = await import("../src/feeds/index.ts")
  const { emptyTally } = await import("../src/jobs/index.ts")
  const { portalFile } = await import("../src/model/index.ts")
  const home = mkdtempSync(join(tmpdir(), "loa-scale-"))
  const app = createApp(readConfig({ LOA_MODE: "live", LOA_DATA: join(home, "data"), LOA_REGISTRY: home, LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.0/8", LOA_POLL_SECONDS_MIN: "300" }, home), { log: silentLog })
  const rooms = await app.open({ apply: "strict", work: true })
  try {
    const list = Array.from({ length: size }, (_, feed) => {
      const url = urlOf(feed, port)
      return { id: feedIdOf(`unit-${feed}`, url), unitId: `unit-${feed}`, url, language: "vi" as const, portal: portalFile.parse({ url, burstGuard: 0 }) }
    })
    const now = Date.now()
    await inTransaction(rooms.db, (tx) => rooms.feeds.sync(tx, list, now))
    // As after yesterday's passes: everything was read once, the servers' ETags are known, and everything is due again.
    const yesterday = { due_at: now, etag: '"0"', validators_since: now, full_at: now, first_polled_at: now - 86_400_000, last_polled_at: now - 60_000, last_success_at: now - 60_000, last_changed_at: now - 86_400_000, last_status: 200 }
    await rooms.db.updateTable("feed_state").set(yesterday).execute()
    for (let round = 1; round <= rounds; round++) {
      await fetch(`http://127.0.0.1:${port}/__round/${round}`)
      const bare = await measure(() => bareLoop(list.map(({ url }, feed) => ({ url, etag: `"${lastChange(feed, round - 1)}"` }))))
      await rooms.db.updateTable("feed_state").set({ due_at: Date.now() }).execute()
      const tally = emptyTally()
      const loa = await measure(() => rooms.intake.poll(tally, { signal: new AbortController().signal }))
      const row: Row = { feeds: size, round, wallS: loa.wallS, cpuS: loa.cpuS, bareWallS: bare.wallS, bareCpuS: bare.cpuS, rssMb: loa.rssMb, polled: tally.feeds.polled, notModified: tally.feeds.notModified, failed: tally.feeds.failed, articles: tally.articles.new }
      process.stdout.write(`${JSON.stringify(row)}\n`)
    }
  } finally {
    await app.close()
    rmSync(home, { recursive: true, force: true })
  }
  process.exit(0)
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
  const reader = portals.stdout.getReader()
  const port = Number(new TextDecoder().decode((await reader.read()).value))
  const medians: Record<string, string | number>[] = []
  const perFeed: number[] = []
  for (const size of sizes) {
    const child = Bun.spawn([process.execPath, ...(process.env.PROF ? ["--cpu-prof", `--cpu-prof-dir=${process.env.PROF}`] : []), import.meta.path, "--one", String(size), "--port", String(port), "--rounds", String(Math.max(rounds, Math.min(15, Math.round(15_000 / size))))], { stdout: "pipe", stderr: "inherit" })
    const rows = (await new Response(child.stdout).text()).trim().split("\n").map((line) => JSON.parse(line) as Row)
    // Small sizes run more rounds, or their median would be the time in which the engine still compiles. The median of CPU: other work on the machine moves wall times more.
    const row = rows.sort((a, b) => a.cpuS - b.cpuS)[rows.length >> 1]!
    perFeed.push((row.cpuS * 1e6) / size)
    medians.push({ feeds: size, "feeds/s": Math.round(size / row.wallS), "bare feeds/s": Math.round(size / row.bareWallS), "wall ratio": (row.wallS / row.bareWallS).toFixed(2), "CPU µs/feed": Math.round((row.cpuS * 1e6) / size), "bare µs/feed": Math.round((row.bareCpuS * 1e6) / size), "RSS MB": row.rssMb, "304": row.notModified, failed: row.failed, articles: row.articles })
  }
  portals.kill()
  console.table(medians)
  console.log(`cost per feed, each size against the first: ${perFeed.map((cost) => `${Math.round((cost / perFeed[0]! - 1) * 100)} %`).join(", ")}`)
  process.exit(0)
}

if (values.serve) servePortals()
else if (values.one) await one(Number(values.one), Number(values.port))
else await all()
