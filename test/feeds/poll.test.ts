import { afterEach, expect, test } from "bun:test"
import { DAY, HOUR, ManualClock, MINUTE } from "../../src/base/clock.ts"
import { createSafeFetch } from "../../src/base/safe-fetch.ts"
import { inTransaction } from "../../src/db/index.ts"
import { createFeeds, feedIdOf } from "../../src/feeds/index.ts"
import { portalFile, type Feed, type PollOutcome } from "../../src/model/index.ts"
import { testDb } from "../support/db.ts"

const start = Date.UTC(2026, 10, 24, 3)
const document = (title: string) => `<rss version="2.0"><channel><title>Cổng</title><item><title>${title}</title><link>/tin</link></item></channel></rss>`

let stop: (() => void)[] = []
afterEach(() => {
  for (const end of stop) end()
  stop = []
})

/** A portal whose answer a test sets, and a room that polls it. */
async function portal(answer: (request: Request) => Response | Promise<Response>, options: { min?: number; paths?: string[] } = {}) {
  const requests: Request[] = []
  const state = { answer, underWay: 0, most: 0 }
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      requests.push(request)
      state.most = Math.max(state.most, ++state.underWay)
      try {
        return await state.answer(request)
      } finally {
        state.underWay--
      }
    },
  })
  const opened = await testDb()
  stop.push(() => void server.stop(true), () => void opened.close())
  const clock = new ManualClock(start)
  const feeds = createFeeds({ clock, safeFetch: createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "Loa (test)" }), pollSecondsMin: options.min ?? 300, allowPrivate: ["127.0.0.1"] })
  const base = `http://127.0.0.1:${server.port}`
  const list = (options.paths ?? ["/rss"]).map((path): Feed => ({ id: feedIdOf("phuong-mau", base + path), unitId: "phuong-mau", url: base + path, language: "vi", portal: portalFile.parse({ url: base }) }))
  await inTransaction(opened.db, (tx) => feeds.sync(tx, list, clock.now()))
  const claim = (all = false, owner = "a") => inTransaction(opened.db, (tx) => feeds.claimDue(tx, { now: clock.now(), all, limit: 100, owner, leaseMs: MINUTE }))
  /** One pass over what is due. */
  const pass = async (all = false): Promise<PollOutcome[]> => {
    const outcomes = await Promise.all((await claim(all)).map((feed) => feeds.poll(feed)))
    await inTransaction(opened.db, (tx) => feeds.settle(tx, outcomes))
    return outcomes
  }
  const health = async () => (await feeds.health(opened.db as never, clock.now()))[0]!
  return { requests, state, clock, feeds, base, list, claim, pass, health, db: opened.db }
}

test("validators are sent back verbatim, an unchanged body is not read again, once a day everything is asked for", async () => {
  const it = await portal((request) => (request.headers.get("if-none-match") ? new Response(null, { status: 304 }) : new Response(document("Tin"), { headers: { etag: 'W/"a b"', "last-modified": "Mon, 23 Nov 2026 08:00:00 GMT" } })))
  expect((await it.pass())[0]).toMatchObject({ kind: "items", firstPoll: true, parsed: { items: [{ title: "Tin", link: `${it.base}/tin` }] } })
  expect(await it.pass()).toEqual([])
  it.clock.advance(HOUR)
  expect((await it.pass())[0]).toMatchObject({ kind: "unchanged", firstPoll: false, status: 304, parsed: null })
  expect([it.requests[1]!.headers.get("if-none-match"), it.requests[1]!.headers.get("if-modified-since")]).toEqual(['W/"a b"', "Mon, 23 Nov 2026 08:00:00 GMT"])
  it.clock.advance(DAY)
  expect((await it.pass())[0]).toMatchObject({ kind: "unchanged", status: 200 })
  expect(it.requests[2]!.headers.get("if-none-match")).toBeNull()
})

test("validators are stored by settle only: a crash before it asks for everything again", async () => {
  const it = await portal((request) => (request.headers.get("if-none-match") ? new Response(null, { status: 304 }) : new Response(document("Tin"), { headers: { etag: '"1"' } })), { min: 0 })
  for (const feed of await it.claim()) expect((await it.feeds.poll(feed)).kind).toBe("items")
  expect(await it.claim()).toEqual([])
  it.clock.advance(2 * MINUTE)
  expect((await it.pass())[0]).toMatchObject({ kind: "items", firstPoll: true })
})

test("a feed is leased to one process", async () => {
  const it = await portal(() => new Response(document("Tin")))
  expect([(await it.claim(true, "a")).length, (await it.claim(true, "b")).length]).toEqual([1, 0])
  await inTransaction(it.db, (tx) => it.feeds.giveBack(tx, "a", it.list.map((feed) => feed.id)))
  expect((await it.claim(true, "b")).length).toBe(1)
})

test("one host is asked one question at a time", async () => {
  const it = await portal(async () => (await Bun.sleep(10), new Response(document("Tin"))), { paths: ["/1", "/2", "/3", "/4"] })
  expect((await it.pass()).map((outcome) => outcome.kind)).toEqual(["items", "items", "items", "items"])
  expect(it.state.most).toBe(1)
})

test("429 with Retry-After silences the whole host, even for --all", async () => {
  const it = await portal(() => new Response("", { status: 429, headers: { "retry-after": "900" } }), { paths: ["/1", "/2"], min: 0 })
  const first = await it.pass()
  expect(first.map((outcome) => outcome.kind).sort()).toEqual(["failed", "skipped"])
  it.state.answer = () => new Response(document("Tin"))
  it.clock.advance(10 * MINUTE)
  expect((await it.pass(true)).map((outcome) => outcome.kind)).toEqual(["skipped", "skipped"])
  expect(it.requests.length).toBe(1)
  it.clock.advance(6 * MINUTE)
  expect((await it.pass(true)).map((outcome) => outcome.kind)).toEqual(["items", "items"])
})

test("failures back off up to six hours and are a fact; success resets", async () => {
  const it = await portal(() => new Response("", { status: 500 }))
  const pauses: number[] = []
  for (let round = 0; round < 9; round++) {
    const outcome = (await it.pass(true))[0]!
    pauses.push(((await it.health()).dueAt - it.clock.now()) / MINUTE)
    if (round >= 2) expect(outcome.facts.map((fact) => fact.kind)).toEqual(["failing"])
  }
  expect(pauses[1]!).toBeGreaterThan(pauses[0]!)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(6 * 60 * 1.2)
  it.state.answer = () => new Response(document("Tin"))
  await it.pass(true)
  expect(await it.health()).toMatchObject({ failures: 0, facts: [] })
})

test("a page instead of a feed is no feed, keeps the first poll open, and says what came", async () => {
  const it = await portal(() => new Response("<!doctype html><title>Bảo trì</title>"))
  expect((await it.pass())[0]).toMatchObject({ kind: "not_a_feed", code: "html", facts: [{ kind: "html_instead" }] })
  it.state.answer = () => new Response(document("Tin"))
  expect((await it.pass(true))[0]).toMatchObject({ kind: "items", firstPoll: true })
})

test("410 ends polling; 301 is remembered after three sightings", async () => {
  const it = await portal((request) => (new URL(request.url).pathname === "/rss" ? new Response(null, { status: 301, headers: { location: "/moi" } }) : new Response(document("Tin"))))
  const facts: string[][] = []
  for (let round = 0; round < 4; round++) facts.push((await it.pass(true))[0]!.facts.map((fact) => fact.kind))
  expect(facts).toEqual([[], [], ["moved"], []])
  expect(it.requests.map((request) => new URL(request.url).pathname)).toEqual(["/rss", "/moi", "/rss", "/moi", "/rss", "/moi", "/moi"])
  it.state.answer = () => new Response("", { status: 410 })
  expect((await it.pass(true))[0]).toMatchObject({ kind: "gone", facts: [{ kind: "gone" }] })
  expect(await it.pass(true)).toEqual([])
})

test("ttl and max-age stretch the pause, the smallest pause holds, zero is always due", async () => {
  const pauseOf = async (headers: Record<string, string>, body = document("Tin"), min = 300) => {
    const it = await portal(() => new Response(body, { headers }), { min })
    await it.pass()
    return ((await it.health()).dueAt - it.clock.now()) / MINUTE
  }
  expect(await pauseOf({})).toBeGreaterThanOrEqual(5)
  expect(await pauseOf({})).toBeLessThan(10)
  expect(await pauseOf({ "cache-control": "max-age=7200" })).toBe(120)
  expect(await pauseOf({}, document("Tin").replace("<item>", "<ttl>60</ttl><item>"))).toBe(60)
  expect(await pauseOf({ "cache-control": "max-age=99999999" })).toBe(24 * 60)
  expect(await pauseOf({ "cache-control": "max-age=7200" }, document("Tin"), 0)).toBe(0)
})

test("quarantine survives polls until a person releases it; sync forgets nothing", async () => {
  const it = await portal(() => new Response(document(String(Math.random()))))
  await it.pass()
  await inTransaction(it.db, (tx) => it.feeds.quarantine(tx, it.list[0]!.id, "new_host", it.clock.now()))
  expect((await it.pass(true))[0]!.quarantined).toBe("new_host")
  expect(await inTransaction(it.db, (tx) => it.feeds.sync(tx, [], it.clock.now()))).toEqual({ added: 0, changed: 0, rested: 1 })
  expect(await it.pass(true)).toEqual([])
  expect(await inTransaction(it.db, (tx) => it.feeds.sync(tx, it.list, it.clock.now()))).toEqual({ added: 0, changed: 1, rested: 0 })
  await inTransaction(it.db, (tx) => it.feeds.release(tx, it.list[0]!.id, "nguoi-truc", it.clock.now()))
  expect((await it.pass(true))[0]).toMatchObject({ quarantined: null, firstPoll: false })
})

test("a hostile document is read apart and ends in time", async () => {
  const it = await portal(() => new Response(`<rss><channel><item><title>Tin</title></item>${"<a>".repeat(1_000_000)}`), { min: 0 })
  const started = performance.now()
  expect((await it.pass())[0]).toMatchObject({ kind: "items", parsed: { items: [{ title: "Tin" }] }, facts: [{ kind: "xml_suspicious" }] })
  expect(performance.now() - started).toBeLessThan(6_000)
  it.state.answer = () => new Response(new Uint8Array(11_000_000))
  expect((await it.pass())[0]).toMatchObject({ kind: "failed", code: "too_large" })
}, 20_000)
