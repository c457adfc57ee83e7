import { afterEach, describe, expect, test } from "bun:test"
import { HOUR, MINUTE } from "../../src/base/clock.ts"
import { anAccount, anArticle } from "../support/factories.ts"
import { testOutbox } from "../support/outbox.ts"

const page = anAccount("kinh-bac-facebook")
let running: Awaited<ReturnType<typeof testOutbox>> | null = null
const outboxFor = async (...rest: Parameters<typeof testOutbox>) => (running = await testOutbox(...rest))
afterEach(async () => {
  await running?.close()
  running = null
})
const states = async (t: NonNullable<typeof running>) => (await t.outbox.list()).map((d) => [d.articleUrl.split("/").pop(), d.state])

describe("the outbox", () => {
  test("publishes each article once, however often it is queued", async () => {
    const t = await outboxFor([page])
    await t.enqueue([anArticle(1), anArticle(2)])
    await t.enqueue([anArticle(1)])
    await t.publish()
    await t.enqueue([anArticle(1), anArticle(2)])
    await t.publish()
    expect(t.network.posts.map((post) => post.url).sort()).toEqual([anArticle(1).url, anArticle(2).url])
    expect((await t.outbox.list()).every((d) => d.state === "published" && d.remoteId !== null && d.attempts === 1)).toBe(true)
  })

  test("a 500 that did publish is found by reading back and never posted again (arsduo/koala #699)", async () => {
    const t = await outboxFor([page])
    t.network.fault = () => "500_and_created"
    await t.enqueue([anArticle(1)])
    await t.publish()
    expect(await states(t)).toEqual([["1", "unknown"]])
    await t.settleAll()
    expect(t.network.posts).toHaveLength(1)
    expect(await t.outbox.list()).toMatchObject([{ state: "published", remoteId: t.network.posts[0]!.id }])
  })

  test("a 500 that did not publish is posted again only after two separate looks", async () => {
    const t = await outboxFor([page])
    t.network.fault = (call) => (call === 1 ? "500_before" : "none")
    await t.enqueue([anArticle(1)])
    await t.publish()
    t.clock.advance(MINUTE)
    await t.publish()
    expect(t.network.calls).toBe(1)
    t.clock.advance(4 * MINUTE)
    await t.publish()
    expect(t.network.calls).toBe(2)
    expect(await states(t)).toEqual([["1", "published"]])
  })

  test("a second lost answer waits for a person, who can say what happened", async () => {
    const t = await outboxFor([page])
    t.network.fault = () => "500_before"
    await t.enqueue([anArticle(1)])
    await t.settleAll()
    expect(t.network.calls).toBe(2)
    const [delivery] = await t.outbox.list()
    expect(delivery).toMatchObject({ state: "unknown", code: "needs_person" })
    expect(t.facts.map((fact) => fact.kind)).toContain("delivery.unknown")
    t.network.fault = () => "none"
    await t.outbox.retry([delivery!.id], "cli")
    await t.publish()
    expect(await states(t)).toEqual([["1", "published"]])
  })

  test("a page that cannot be read settles nothing: the look is repeated, not counted", async () => {
    const t = await outboxFor([page])
    t.network.fault = (call) => (call === 1 ? "created_late" : "none")
    t.network.readFault = (read) => read <= 5
    await t.enqueue([anArticle(1)])
    await t.settleAll()
    expect(t.network.posts).toHaveLength(1)
    expect(await states(t)).toEqual([["1", "published"]])
  })

  test("a throttled page is left alone, then goes on more slowly", async () => {
    const slow = anAccount("slow", { pace: { everyMinutes: 10, perDay: 0 } })
    const t = await outboxFor([slow])
    t.network.fault = (call) => (call === 1 ? "throttle" : "none")
    await t.enqueue([anArticle(1), anArticle(2)])
    await t.publish()
    t.clock.advance(14 * MINUTE)
    await t.publish()
    expect(t.network.calls).toBe(1)
    t.clock.advance(MINUTE)
    await t.publish()
    expect(t.network.posts).toHaveLength(1)
    const [lane] = await t.outbox.lanes()
    expect(lane!.slowness).toBe(2)
    t.clock.advance(11 * MINUTE)
    await t.publish()
    expect(t.network.posts).toHaveLength(1)
    t.clock.advance(9 * MINUTE)
    await t.publish()
    expect(t.network.posts).toHaveLength(2)
  })

  test("the named cure is applied once, then a person looks", async () => {
    const t = await outboxFor([page])
    t.network.fault = () => "change"
    await t.enqueue([anArticle(1)])
    await t.settleAll()
    expect(t.network.calls).toBe(2)
    expect(await t.outbox.list()).toMatchObject([{ state: "held", code: "1609005" }])
  })

  test("pace, daily cap and quiet hours hold; an emergency goes first and through all of them", async () => {
    const strict = anAccount("strict", { pace: { everyMinutes: 10, perDay: 2 }, quietHours: "22:00-06:00" })
    const t = await outboxFor([strict])
    await t.enqueue([anArticle(1), anArticle(2), anArticle(3)])
    await t.publish()
    expect(t.network.posts).toHaveLength(1)
    await t.enqueue([anArticle(9, { emergency: true, title: "Khẩn: bão số 5" })])
    await t.publish()
    expect(t.network.posts.map((post) => post.url.split("/").pop())).toEqual(["1", "9"])
    t.clock.advance(HOUR)
    await t.publish()
    // Two posts today: the third waits for tomorrow, and not before six in the morning.
    expect(t.network.posts).toHaveLength(2)
    t.clock.set(Date.parse("2026-11-24T22:30:00Z")) // 05:30
    await t.publish()
    expect(t.network.posts).toHaveLength(2)
    t.clock.set(Date.parse("2026-11-24T23:00:00Z")) // 06:00
    await t.publish()
    expect(t.network.posts).toHaveLength(3)
  })

  test("one account is served by one call at a time, and units share the calls fairly", async () => {
    const [busy, small] = [anAccount("busy"), anAccount("small")]
    const t = await outboxFor([busy, small], { concurrency: 1 })
    await t.enqueue([1, 2, 3, 4].map((n) => anArticle(n)), [busy])
    t.clock.advance(1_000)
    await t.enqueue([anArticle(5)], [small])
    await t.publish()
    expect(t.network.posts.findIndex((post) => post.account === "small")).toBeLessThanOrEqual(1)
  })

  test("nothing goes to an account that the gate closed after the post was queued", async () => {
    const t = await outboxFor([page])
    await t.enqueue([anArticle(1), anArticle(2)])
    t.closed.set(page.id, { open: false, rule: "NAME-P", reason: "Tên tài khoản sai." })
    await t.publish()
    expect(t.network.posts).toHaveLength(0)
    expect(await t.outbox.list()).toMatchObject([{ state: "held", reason: "Tên tài khoản sai." }, { state: "held" }])
    t.closed.clear()
    expect(await t.outbox.releaseHeld()).toBe(2)
    await t.publish()
    expect(t.network.posts).toHaveLength(2)
  })

  test("opening an account releases news only, never an old backlog", async () => {
    const t = await outboxFor([page])
    t.closed.set(page.id, { open: false, rule: "VER-3", reason: "Chưa xác minh." })
    await t.enqueue([anArticle(1)])
    t.clock.advance(80 * HOUR)
    await t.enqueue([anArticle(2)])
    t.closed.clear()
    expect(await t.outbox.releaseHeld()).toBe(1)
    await t.publish()
    expect(t.network.posts.map((post) => post.url)).toEqual([anArticle(2).url])
  })

  test("PUBLISH_TO empty publishes nothing and marks nothing as published", async () => {
    const t = await outboxFor([page], { publishTo: new Set() })
    await t.enqueue([anArticle(1)])
    await t.publish()
    expect(t.network.calls).toBe(0)
    expect(await t.outbox.list()).toMatchObject([{ state: "held", code: "publish_to", publishedAt: null }])
  })

  test("review waits for a person; a late approval is still published, a rejection never", async () => {
    const reviewed = anAccount("reviewed", { publish: "review" })
    const t = await outboxFor([reviewed])
    await t.enqueue([anArticle(1), anArticle(2)])
    await t.publish()
    expect(t.network.calls).toBe(0)
    const list = await t.outbox.list()
    t.clock.advance(200 * HOUR)
    await t.outbox.approve([list[0]!.id], "user:duyet")
    await t.outbox.reject([list[1]!.id], "user:duyet", "Trùng nội dung")
    await t.publish()
    expect(t.network.posts.map((post) => post.url)).toEqual([list[0]!.articleUrl])
    expect(await t.outbox.find(list[1]!.id)).toMatchObject({ state: "cancelled", reason: "Trùng nội dung" })
  })

  test("a wrong id among several changes nothing and is named", async () => {
    const reviewed = anAccount("reviewed", { publish: "review" })
    const t = await outboxFor([reviewed])
    await t.enqueue([anArticle(1)])
    const [delivery] = await t.outbox.list()
    await expect(t.outbox.approve([delivery!.id, "nope"], "cli")).rejects.toThrow("nope")
    expect(await t.outbox.find(delivery!.id)).toMatchObject({ state: "review" })
  })

  test("#4 postiz #1779: the same title twice within two days is one post", async () => {
    const t = await outboxFor([page])
    await t.enqueue([anArticle(1, { title: "Lịch cắt điện" }), anArticle(2, { title: "LỊCH  cắt điện." })])
    t.clock.advance(HOUR)
    await t.enqueue([anArticle(3, { title: "lịch cắt điện" })])
    await t.publish()
    expect(t.network.posts).toHaveLength(1)
    t.clock.advance(72 * HOUR)
    await t.enqueue([anArticle(4, { title: "Lịch cắt điện" })])
    await t.publish()
    expect(t.network.posts).toHaveLength(2)
  })

  test("an edit updates the published post, a withdrawal takes it down, both once and on record", async () => {
    const t = await outboxFor([page])
    await t.enqueue([anArticle(1)])
    await t.publish()
    const edited = anArticle(1, { version: 2, title: "Tin số 1 (sửa)" })
    await t.db.transaction().execute((tx) => t.outbox.followEdit(tx, edited, "update", () => ({ ...JSON.parse("{}"), network: "facebook", articleUrl: edited.url, title: edited.title, mode: "text", message: "mới", pictures: [], changes: [] })))
    await t.publish()
    await t.db.transaction().execute((tx) => t.outbox.followWithdrawal(tx, edited, "remove"))
    await t.publish()
    expect(t.network.posts).toHaveLength(0)
    const [delivery] = await t.outbox.list()
    expect(delivery!.state).toBe("cancelled")
    const actions = (await t.audit.of(t.db, `delivery:${delivery!.id}`)).map((row) => row.action)
    expect(actions).toEqual(["delivery.published", "delivery.edited", "delivery.updated", "delivery.withdrawn", "delivery.removed"])
    expect(await t.audit.verify(t.db)).toBeNull()
  })
})
