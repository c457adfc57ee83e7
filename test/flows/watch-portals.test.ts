/** Signs of a broken-into portal: each raises exactly one alert of its severity, and what is doubtful or worse holds the feed's next items. */
import { afterEach, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createServer } from "node:tls"
import { DAY, HOUR, MINUTE } from "../../src/base/clock.ts"
import { lookAtCertificate, type SeenCertificate } from "../../src/jobs/look-at-certificate.ts"
import { watchPortals } from "../../src/jobs/watch-portals.ts"
import type { AlertSeverity } from "../../src/model/index.ts"
import type { HijackKind } from "../../src/rehearsal/types.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld | undefined
afterEach(async () => {
  await w?.close()
  w = undefined
})
const open = async () => (await w!.rooms.alerts.list({ state: "open" })).map(({ kind, severity, unit, count }) => ({ kind, severity, unit, count }))
const held = async () => (await w!.rooms.feeds.health(w!.rooms.db as never, w!.clock.now()))[0]!.quarantined

/** Feed-level and item-level signs of safety.md 3.1–3.5, as a broken-into portal shows them. */
const hijacks: [HijackKind, number, string, AlertSeverity][] = [
  ["foreign_host", 1, "feed.new_host", "critical"],
  ["burst", 25, "feed.burst", "high"],
  ["old_dates", 4, "feed.old_dates", "medium"],
  ["japanese", 4, "feed.language_shift", "high"],
  ["night", 4, "feed.night", "medium"],
]
for (const [kind, count, alert, severity] of hijacks) {
  test(`${kind}: one ${severity} alert, nothing of it reaches a page, and the next item waits`, async () => {
    w = await watchWorld({ articlesPerPortal: 2 })
    const { province, units, clock, page } = w
    const unit = units[0]!.id
    await w.publish()
    // A portal with habits: what is unusual needs a usual.
    for (let day = 0; day < 12; day++) {
      clock.advance(DAY)
      for (let i = 0; i < 2; i++) province.publishArticle(unit, { title: `Tin thường ngày số ${day}-${i} của phường`, body: [`Nội dung thường ngày số ${day}-${i} về hoạt động của Ủy ban nhân dân phường.`], date: clock.now() })
      await w.publish()
    }
    for (const old of await w.rooms.alerts.list({ state: "open" })) await w.rooms.alerts.close(old.id, "user:an", "trước bài thử")
    const before = province.posts(page).length
    clock.advance(HOUR)
    province.hijack(unit, kind, count)
    await w.publish()
    clock.advance(10 * MINUTE)
    await w.publish()
    expect((await open()).filter((entry) => entry.kind.startsWith("feed."))).toEqual([{ kind: alert, severity, unit, count: 1 }])
    expect(province.posts(page)).toHaveLength(before)
    expect(await held()).not.toBeNull()
    province.publishArticle(unit, { title: "Tin sau khi bị chèn", body: ["Nội dung của tin sau khi Cổng bị chèn nội dung."] })
    clock.advance(HOUR)
    await w.publish()
    expect(province.posts(page)).toHaveLength(before)
  }, 60_000)
}

test("gambling, hidden links and scripts in the text are stopped by the firewall and quarantine the feed", async () => {
  for (const kind of ["gambling", "hidden_links", "script"] satisfies HijackKind[]) {
    w = await watchWorld({ articlesPerPortal: 1 })
    await w.publish()
    const before = w.province.posts(w.page).length
    w.clock.advance(HOUR)
    w.province.hijack(w.units[0]!.id, kind, 1)
    await w.publish()
    expect([kind, w.province.posts(w.page).length]).toEqual([kind, before])
    const stopped = await w.rooms.db.selectFrom("articles").select("state").where("state", "in", ["held", "blocked"]).execute()
    expect([kind, stopped.length]).toEqual([kind, 1])
    await w.close()
    w = undefined
  }
}, 60_000)

test("FEED-XML and FEED-HOST: entities in the document, and a feed that answers from another host, quarantine it with one critical alert", async () => {
  w = await watchWorld({ articlesPerPortal: 2 })
  const { province, units, clock } = w
  const unit = units[0]!.id
  await w.publish()
  province.setPortal(unit, { trouble: "billion_laughs" })
  for (let i = 0; i < 2; i++) {
    clock.advance(HOUR)
    await w.publish()
  }
  // The document brings a strange host and a new window along: signs of their own.
  expect((await open()).filter((alert) => alert.kind === "feed.xml_suspicious").map(({ count: _count, ...alert }) => alert)).toEqual([{ kind: "feed.xml_suspicious", severity: "critical", unit }])
  expect(new Set((await w.rooms.alerts.list()).map((alert) => alert.key)).size).toBe((await open()).length)
  expect(await held()).toContain("xml_suspicious")
  await w.close()

  w = await watchWorld({ articlesPerPortal: 2 })
  await w.publish()
  const feed = await (await fetch(w.province.feedUrl(unit))).text()
  const elsewhere = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(feed, { headers: { "content-type": "application/rss+xml" } }) })
  w.province.setPortal(unit, { trouble: "301", movedTo: `http://127.0.0.1:${elsewhere.port}/rss` })
  w.clock.advance(HOUR)
  await w.publish()
  w.clock.advance(HOUR)
  await w.publish()
  await elsewhere.stop(true)
  expect((await open()).map(({ kind, severity }) => ({ kind, severity }))).toEqual([{ kind: "feed.new_host", severity: "critical" }])
  expect(await held()).toContain("new_host")
}, 60_000)

test("FEED-CLOAK: what only search engines see quarantines the feed with one critical alert; news between two questions do not", async () => {
  w = await watchWorld({ articlesPerPortal: 3 })
  await w.publish()
  await watchPortals(w.rooms, noSignal)
  w.province.publishArticle(w.units[0]!.id, { title: "Tin mới giữa hai lần đọc", body: ["Nội dung."] })
  await watchPortals(w.rooms, noSignal)
  expect(await open()).toEqual([])
  expect(await held()).toBeNull()

  w.province.setPortal(w.units[0]!.id, { cloak: true })
  await watchPortals(w.rooms, noSignal)
  w.clock.advance(DAY)
  await watchPortals(w.rooms, noSignal)
  expect(await open()).toEqual([{ kind: "feed.cloaked", severity: "critical", unit: w.units[0]!.id, count: 2 }])
  expect(await held()).toContain("FEED-CLOAK")
  const [alert] = await w.rooms.alerts.list()
  expect(JSON.stringify(alert!.evidence)).not.toMatch(/https?:\/\/[a-z0-9-]+\.(club|top|vip)/)
  const before = w.province.posts(w.page).length
  w.province.publishArticle(w.units[0]!.id, { title: "Tin sau đó", body: ["Nội dung tin sau đó."] })
  await w.publish()
  expect(w.province.posts(w.page)).toHaveLength(before)
}, 60_000)

test("FEED-TLS: another issuer alone or another address alone is no sign, both together hold the feed; a wrong name does so at once", async () => {
  w = await watchWorld({ edit: (units) => void (units[0]!.portal!.feeds[0]!.url = "https://phuong1.bacninh.gov.vn/rss") })
  const { rooms, clock } = w
  const seen: SeenCertificate = { issuer: "Let's Encrypt", address: "203.0.113.10", fingerprint: "AA", until: clock.now() + 90 * DAY, nameFits: true }
  const look = (change: Partial<SeenCertificate> = {}) => watchPortals(rooms, noSignal, async () => ({ ...seen, ...change }))
  await look()
  await look({ issuer: "DigiCert Inc" })
  await look({ issuer: "DigiCert Inc", address: "203.0.113.11" })
  await look({ address: "203.0.113.11" })
  expect(await open()).toEqual([])
  await look({ issuer: "ZeroSSL", address: "198.51.100.9" })
  expect(await open()).toMatchObject([{ kind: "feed.tls_changed", severity: "high" }])
  expect(await held()).toContain("FEED-TLS")
  await look({ issuer: "ZeroSSL", address: "198.51.100.9", nameFits: false })
  await look({ issuer: "ZeroSSL", address: "198.51.100.9", until: clock.now() + 5 * DAY })
  expect((await open()).map((alert) => `${alert.severity} ${alert.kind} ${alert.count}`).toSorted()).toEqual(["high feed.tls_changed 1", "high feed.tls_wrong_name 1", "low feed.tls_expiring 1"])
}, 60_000)

test("a certificate is read from the wire without being trusted; private addresses are not connected to", async () => {
  const file = (name: string) => readFileSync(join(import.meta.dir, "../fixtures/tls", name))
  const server = createServer({ key: file("cong.example.key.pem"), cert: file("cong.example.cert.pem") }, (socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as { port: number }
  try {
    const here = async () => ["127.0.0.1"]
    const seen = await lookAtCertificate("cong.example", port, ["127.0.0.1"], here)
    expect(seen).toMatchObject({ issuer: "Co quan thu nghiem", address: "127.0.0.1", nameFits: true })
    expect(new Date(seen.until).getUTCFullYear()).toBe(2126)
    expect((await lookAtCertificate("khac.example", port, ["127.0.0.1"], here)).nameFits).toBe(false)
    await expect(lookAtCertificate("cong.example", port, [], here)).rejects.toThrow("not public")
  } finally {
    server.close()
  }
}, 30_000)
