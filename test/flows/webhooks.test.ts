/** Webhooks through real HTTP: the handshake, signatures over the raw bytes, repeats, and what an event sets in motion. */
import { afterEach, beforeEach, expect, test } from "bun:test"
import { Hono } from "hono"
import { HOUR } from "../../src/base/clock.ts"
import { readFollowerDays } from "../../src/metrics/index.ts"
import { workOffEvents } from "../../src/jobs/webhook-events.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import { webhooks } from "../../src/web/webhooks.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
let server: ReturnType<typeof Bun.serve>
beforeEach(async () => {
  w = await watchWorld()
  await w.publish()
  await watchProfiles(w.rooms, noSignal)
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: new Hono().route("/webhooks", webhooks(w.rooms)).fetch })
}, 30_000)
afterEach(async () => {
  await server.stop(true)
  await w.close()
})

const facebook = () => `http://127.0.0.1:${server.port}/webhooks/facebook`
const zalo = () => `http://127.0.0.1:${server.port}/webhooks/zalo`
const kinds = async () => (await w.rooms.alerts.list()).map((alert) => [alert.kind, alert.severity])
/** The work follows the answer: until nothing waits. */
async function settled() {
  for (let i = 0; i < 200; i++) {
    await workOffEvents(w.rooms, noSignal)
    const waiting = await w.rooms.db.selectFrom("webhook_events").select("id").where("done_at", "is", null).execute()
    if (!waiting.length) return
    await Bun.sleep(20)
  }
  throw new Error("webhook events still wait")
}
const events = () => w.rooms.db.selectFrom("webhook_events").selectAll().execute()

test("the handshake answers the bare challenge, and only with our token", async () => {
  expect(await w.province.sendWebhook(facebook(), "facebook.handshake")).toEqual([{ status: 200, text: "1158201444" }])
  expect((await w.province.sendWebhook(facebook(), "facebook.handshake", { verifyToken: "guess" }))[0]!.status).toBe(403)
}, 30_000)

test("bad signatures are refused by Facebook's path and dropped by Zalo's; neither leaves a trace", async () => {
  for (const signature of ["wrong_key", "none", "reserialised"] as const) {
    expect((await w.province.sendWebhook(facebook(), "facebook.name", { account: w.page, signature }))[0]!.status).toBe(403)
    expect((await w.province.sendWebhook(zalo(), "zalo.follow", { account: w.oa, signature }))[0]!.status).toBe(200)
  }
  expect(await events()).toEqual([])
}, 30_000)

test("a changed name is known within one webhook, once, however often it is delivered", async () => {
  w.province.tune(w.page, { name: "Săn quà 0 đồng" })
  const began = performance.now()
  const answers = await w.province.sendWebhook(facebook(), "facebook.name", { account: w.page, copies: 3 })
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
  expect(performance.now() - began).toBeLessThan(2_000)
  await settled()
  expect(await kinds()).toEqual([["page.name_changed", "critical"]])
  expect(await events()).toHaveLength(1)
  expect((await w.rooms.outbox.lanes()).find((lane) => lane.account_id === w.page)!.paused_by).toBe("alert")
}, 30_000)

test("integrity events in either place, and pending changes, are alerts of their own", async () => {
  await w.province.sendWebhook(facebook(), "facebook.integrity_on_entry", { account: w.page })
  await settled()
  expect(await kinds()).toEqual([["page.restricted", "high"]])
  await w.province.sendWebhook(facebook(), "facebook.upcoming_change", { account: w.page })
  await w.province.sendWebhook(facebook(), "facebook.raw", { account: w.page, body: { object: "page", entry: [{ id: w.rooms.view().accountById(w.page)!.remoteId, time: 1, changes: [{ field: "live_videos", value: { id: "9", status: "live" } }] }] } })
  await settled()
  expect(await kinds()).toEqual([["page.foreign_live", "critical"], ["page.restricted", "high"], ["page.change_pending", "medium"]])
}, 30_000)

test("a foreign post told by a webhook; the one whose webhook got lost is found by the next look", async () => {
  w.province.foreignPost(w.page, { text: "Nhận thưởng ngay hôm nay" })
  await w.province.sendWebhook(facebook(), "facebook.feed", { account: w.page })
  await settled()
  expect(await kinds()).toEqual([["page.foreign_post", "critical"]])
  await w.rooms.alerts.close((await w.rooms.alerts.list())[0]!.id, "user:an", "đã gỡ")

  w.province.foreignPost(w.page, { text: "Nhận thưởng lần nữa" })
  w.clock.advance(6 * HOUR)
  await watchProfiles(w.rooms, noSignal)
  expect((await w.rooms.alerts.list({ state: "open" })).map((alert) => alert.kind)).toEqual(["page.foreign_post"])
}, 30_000)

test("our own post told by a webhook costs no look and raises nothing", async () => {
  const before = w.province.counts()["facebook.published_posts"] ?? 0
  await w.province.sendWebhook(facebook(), "facebook.feed", { account: w.page })
  await settled()
  expect(await kinds()).toEqual([])
  expect(w.province.counts()["facebook.published_posts"] ?? 0).toBe(before)
}, 30_000)

test("follows are counted, unknown events are answered and kept out, old ones are replays", async () => {
  await w.province.sendWebhook(zalo(), "zalo.follow", { account: w.oa, copies: 2 })
  await w.province.sendWebhook(zalo(), "zalo.unfollow", { account: w.oa, signature: "prefixed" })
  await w.province.sendWebhook(zalo(), "zalo.follow", { account: w.oa, at: w.clock.now() - 4 * HOUR })
  expect((await w.province.sendWebhook(zalo(), "zalo.unknown", { account: w.oa }))[0]!.status).toBe(200)
  expect((await fetch(zalo(), { method: "POST", body: "not json" })).status).toBe(200)
  await settled()
  const [day] = await readFollowerDays(w.rooms.db, w.oa, "2026-11-24", "2026-11-24")
  expect(day).toMatchObject({ follows: 1, unfollows: 1 })
  expect(day!.value).toBeGreaterThan(0)
  // Nothing of the citizen is kept.
  expect(JSON.stringify(await events())).not.toContain("2460000000000000001")
}, 30_000)

test("a page that used to send webhooks and has sent none for a week is told once, low", async () => {
  await w.province.sendWebhook(facebook(), "facebook.feed", { account: w.page })
  await settled()
  w.clock.advance(6 * 24 * HOUR)
  await watchProfiles(w.rooms, noSignal)
  expect(await kinds()).toEqual([])
  w.clock.advance(2 * 24 * HOUR)
  await watchProfiles(w.rooms, noSignal)
  await watchProfiles(w.rooms, noSignal)
  expect(await kinds()).toEqual([["webhook.silent", "low"]])
}, 30_000)
