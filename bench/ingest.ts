/**
 * Documents per second through fetch, parse, identify and keep, beside the parser alone; and the time of one pass with
 * 1,000 and with 1,000,000 kept articles. Run: `npm run bench -- ingest` or this file alone; `--rows N` for a short run.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createArticles } from "../src/articles/index.ts"
import { systemClock } from "../src/base/clock.ts"
import { createSafeFetch } from "../src/base/safe-fetch.ts"
import { inTransaction, openDb, sql, type Db } from "../src/db/index.ts"
import { createFeeds, feedIdOf, parseFeed } from "../src/feeds/index.ts"
import { portalFile, type Feed } from "../src/model/index.ts"

const feedCount = 119
const itemCount = 20
const words = "Chủ tịch Ủy ban nhân dân phường chủ trì hội nghị triển khai kế hoạch phát triển kinh tế xã hội năm tới và nghe báo cáo của các phòng chuyên môn về công tác chuyển đổi số".split(" ")
const sentence = (seed: number, length: number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return words[(state >>> 0) % words.length]
  }).join(" ")
}

/** About 22 kB, like the feeds of the peers' figures. */
function documentOf(feed: number, round: number, base: string): string {
  const items = Array.from({ length: itemCount }, (_, at) => {
    const id = feed * 100_000 + round * itemCount + at
    return `<item><title>Tin số ${id}: ${sentence(id, 12)}</title><link>${base}/tin/${id}.html</link><guid isPermaLink="false">tin-${id}</guid><pubDate>${new Date(Date.now() - at * 60_000).toUTCString()}</pubDate><description><![CDATA[<p><img src="${base}/anh/${id}.jpg" width="600">${sentence(id + 3, 60)}</p><p>${sentence(id + 5, 60)}</p>]]></description></item>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Cổng ${feed}</title><link>${base}/</link><description>Tin tức</description>${items.join("")}</channel></rss>`
}

async function fillHistory(db: Db, rows: number) {
  const step = 50_000
  for (let from = 0; from < rows; from += step) {
    await sql`
      insert into articles (id, feed_id, unit_id, url, guid_key, url_key, title_key, content_hash, title, summary, paragraphs, html, links, pictures, author, categories, section, language,
        published_at, first_seen_at, updated_at, version, state, state_at, reason, duplicate_of, emergency)
      with recursive n(i) as (select ${from} union all select i + 1 from n where i + 1 < ${Math.min(rows, from + step)})
      select 'old-' || i, 'feed-' || (i % 119), 'unit', 'https://old.example.vn/' || i, 'g' || i, 'u' || i, 't' || i, 'h', 'Tin ' || i, 'Tóm tắt', '[]', '', '[]', '[]', null, '[]', null, 'vi',
        1700000000000.0 + i, 1700000000000.0 + i, 1700000000000.0, 1, 'routed', 1700000000000.0, null, null, 0 from n`.execute(db)
    await sql`insert into article_marks (mark, at, article_id) with recursive n(i) as (select ${from} union all select i + 1 from n where i + 1 < ${Math.min(rows, from + step)}) select (i * 7919) % 4294967296, 1700000000000.0 + i, 'old-' || i from n`.execute(db)
  }
}

async function pass(rows: number, rounds: number) {
  const dataDir = mkdtempSync(join(tmpdir(), "loa-bench-"))
  let round = 0
  const documents = new Map<number, { text: Uint8Array; etag: string }>()
  const server = Bun.serve({
    port: 0,
    fetch(request) {
      const feed = Number(new URL(request.url).pathname.slice(1))
      const found = documents.get(feed)!
      return request.headers.get("if-none-match") === found.etag ? new Response(null, { status: 304 }) : new Response(found.text as BodyInit, { headers: { etag: found.etag, "content-type": "application/rss+xml" } })
    },
  })
  const base = `http://127.0.0.1:${server.port}`
  const opened = await openDb({ databaseUrl: null, dataDir })
  const safeFetch = createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "Loa bench" })
  const feeds = createFeeds({ clock: systemClock, safeFetch, pollSecondsMin: 0, allowPrivate: ["127.0.0.1"] })
  const articles = createArticles({ safeFetch, dataDir })
  const portal = portalFile.parse({ url: base, burstGuard: 0 })
  const list = Array.from({ length: feedCount }, (_, at): Feed => ({ id: feedIdOf(`unit-${at}`, `${base}/${at}`), unitId: `unit-${at}`, url: `${base}/${at}`, language: "vi", portal }))
  try {
    await fillHistory(opened.db, rows)
    await inTransaction(opened.db, (tx) => feeds.sync(tx, list, Date.now()))
    const once = async () => {
      const wall = performance.now()
      const cpu = process.cpuUsage()
      const claimed = await inTransaction(opened.db, (tx) => feeds.claimDue(tx, { now: Date.now(), all: true, limit: 1_000, owner: "bench", leaseMs: 60_000 }))
      const outcomes = await Promise.all(claimed.map((feed) => feeds.poll(feed)))
      const added = await inTransaction(opened.db, async (tx) => {
        let count = 0
        for (const outcome of outcomes) count += (await articles.keep(tx, outcome, Date.now())).added.length
        await feeds.settle(tx, outcomes)
        return count
      })
      const used = process.cpuUsage(cpu)
      return { wallMs: performance.now() - wall, cpuMs: (used.user + used.system) / 1_000, added, kinds: new Set(outcomes.map((outcome) => outcome.kind)) }
    }
    const changed: { wallMs: number; cpuMs: number; added: number }[] = []
    for (round = 0; round < rounds; round++) {
      for (let feed = 0; feed < feedCount; feed++) documents.set(feed, { text: new TextEncoder().encode(documentOf(feed, round, base)), etag: `"${round}"` })
      changed.push(await once())
    }
    const unchanged = await once()
    return { changed, unchanged, sample: documents.get(0)!.text, base }
  } finally {
    server.stop(true)
    await opened.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export async function benchIngest(args: string[]) {
  const at = args.indexOf("--rows")
  const many = at < 0 ? 1_000_000 : Number(args[at + 1])
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!
  const few = await pass(1_000, 6)
  const full = await pass(many, 6)
  const warm = (run: typeof few) => ({ wall: median(run.changed.slice(1).map((one) => one.wallMs)), cpu: median(run.changed.slice(1).map((one) => one.cpuMs)) })
  const parseTimes = Array.from({ length: 5 }, () => {
    const started = performance.now()
    for (let count = 0; count < feedCount; count++) parseFeed(few.sample, { url: few.base, now: Date.now() })
    return performance.now() - started
  })
  const parser = (feedCount * 1_000) / median(parseTimes)
  const whole = (feedCount * 1_000) / warm(few).wall
  const line = (text: string) => process.stdout.write(`${text}\n`)
  line(`document: ${few.sample.length} bytes, ${feedCount} feeds × ${itemCount} new items`)
  line(`parser alone:                 ${parser.toFixed(0)} documents/s`)
  line(`fetch, parse, identify, keep: ${whole.toFixed(0)} documents/s, ratio ${(whole / parser).toFixed(2)}, ${warm(few).cpu.toFixed(0)} ms CPU a pass (server included)`)
  line(`first pass:                   ${few.changed[0]!.wallMs.toFixed(0)} ms wall, ${few.changed[0]!.cpuMs.toFixed(0)} ms CPU`)
  line(`pass with 1,000 kept:         ${warm(few).wall.toFixed(0)} ms changed, ${few.unchanged.wallMs.toFixed(0)} ms unchanged (304)`)
  line(`pass with ${many.toLocaleString("en")} kept:     ${warm(full).wall.toFixed(0)} ms changed, ${full.unchanged.wallMs.toFixed(0)} ms unchanged (304)`)
}

if (import.meta.main) await benchIngest(process.argv.slice(2))
