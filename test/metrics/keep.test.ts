import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { type Db, type OpenedDb } from "../../src/db/index.ts"
import { dueAge, keepArticleTotals, keepFollow, keepFollowers, keepPageMetrics, keepPostSnapshot, keepVerdicts, measuredDays, readFollowerDays, readFollowers, readPosts, readReach, readSnapshotAges, restingMetrics, type MeasuredMetric } from "../../src/metrics/index.ts"
import { testDb } from "../support/db.ts"

const now = Date.parse("2026-11-24T09:00:00Z")
let opened: OpenedDb
let db: Db
beforeEach(async () => {
  opened = await testDb()
  db = opened.db
})
afterEach(() => opened.close())
const write = (work: Parameters<ReturnType<Db["transaction"]>["execute"]>[0]) => db.transaction().execute(work)

describe("Page metrics", () => {
  const views = (value: number): MeasuredMetric => ({ name: "page_media_view", verdict: "ok", code: null, points: [{ day: "2026-11-22", value }] })

  test("a dead metric leaves null rows and touches no other; a number read is never replaced by null", async () => {
    const dead: MeasuredMetric = { name: "page_views_total", verdict: "dead", code: "100", points: [] }
    await write((tx) => keepPageMetrics(tx, "a", [views(5), dead], ["2026-11-22"], "v25.0", now))
    await write((tx) => keepPageMetrics(tx, "a", [{ ...views(0), verdict: "forbidden", points: [] }, dead], ["2026-11-22", "2026-11-21"], "v25.0", now + DAY))
    expect(await readReach(db, "2026-11-21", "2026-11-22")).toEqual([
      { accountId: "a", metric: "page_media_view", day: "2026-11-21", value: null, verdict: "forbidden" },
      { accountId: "a", metric: "page_media_view", day: "2026-11-22", value: 5, verdict: "ok" },
      { accountId: "a", metric: "page_views_total", day: "2026-11-21", value: null, verdict: "dead" },
      { accountId: "a", metric: "page_views_total", day: "2026-11-22", value: null, verdict: "dead" },
    ])
  })
  test("zero is a number, and a later reading of the same day wins", async () => {
    await write((tx) => keepPageMetrics(tx, "a", [views(7)], [], "v25.0", now))
    await write((tx) => keepPageMetrics(tx, "a", [views(0)], [], "v25.0", now + DAY))
    expect((await readReach(db, "2026-11-22", "2026-11-22"))[0]!.value).toBe(0)
  })
  test("a metric that failed today leaves nothing", async () => {
    await write((tx) => keepPageMetrics(tx, "a", [{ ...views(1), verdict: "failed", points: [] }], ["2026-11-22"], "v25.0", now))
    expect(await readReach(db, "2026-11-01", "2026-11-30")).toEqual([])
  })
  test("what is dead rests for a week, then is asked again", async () => {
    await write((tx) => keepVerdicts(tx, "a", [{ name: "m", verdict: "dead", code: "100", points: [] }, views(1)], now))
    expect([...(await restingMetrics(db, "a", now + 6 * DAY)).keys()]).toEqual(["m"])
    expect((await restingMetrics(db, "a", now + 8 * DAY)).size).toBe(0)
  })
})

describe("Zalo counters", () => {
  const total = (views: number, createdAt = now - 10 * DAY) => [{ id: "z1", title: "Tin", createdAt, views, shares: null }]
  const grown = async () => (await readReach(db, "2026-11-01", "2026-12-31")).map((row) => row.value)

  test("growth per day; the first sight of an old article is a starting point", async () => {
    await write((tx) => keepArticleTotals(tx, "a", total(100), now))
    await write((tx) => keepArticleTotals(tx, "a", total(130), now + HOUR))
    await write((tx) => keepArticleTotals(tx, "a", total(150), now + DAY))
    expect(await grown()).toEqual([30, 20])
  })
  test("a smaller total is a reset: what is there now grew since", async () => {
    await write((tx) => keepArticleTotals(tx, "a", total(100, now - HOUR), now))
    await write((tx) => keepArticleTotals(tx, "a", total(12), now + DAY))
    expect(await grown()).toEqual([100, 12])
  })
})

test("followers: unknown does not replace a number; webhooks count the flow", async () => {
  await write((tx) => keepFollow(tx, "a", "follow", now))
  await write((tx) => keepFollowers(tx, "a", 500, now))
  await write((tx) => keepFollowers(tx, "a", null, now + HOUR))
  await write((tx) => keepFollow(tx, "a", "follow", now + HOUR))
  await write((tx) => keepFollow(tx, "a", "unfollow", now + HOUR))
  await write((tx) => keepFollowers(tx, "b", null, now))
  expect(await readFollowerDays(db, "a", "2026-11-24", "2026-11-24")).toEqual([{ day: "2026-11-24", value: 500, follows: 2, unfollows: 1 }])
  expect([...(await readFollowers(db, now + DAY))]).toEqual([["a", { value: 500, at: now }]])
})

test("post snapshots: each age once, values in parts keep their parts", async () => {
  const post = { deliveryId: "d", accountId: "a", remoteId: "1_2" }
  const reactions: MeasuredMetric = { name: "post_reactions_by_type_total", verdict: "ok", code: null, points: [{ day: null, value: { like: 12, love: 3 } }] }
  await write((tx) => keepPostSnapshot(tx, post, 24, [reactions], "v25.0", now))
  await write((tx) => keepPostSnapshot(tx, post, 24, [{ ...reactions, points: [{ day: null, value: 99 }] }], "v25.0", now + HOUR))
  expect((await readPosts(db, now, now + DAY)).map(({ age, value }) => ({ age, value }))).toEqual([{ age: 24, value: 15 }])
  expect(await readSnapshotAges(db, ["d"])).toEqual(new Map([["d", new Set([24])]]))
})

test("snapshots: only the latest reached age, once, until 28 days have passed", () => {
  const none = new Set<number>()
  const due = (hours: number, kept = none) => dueAge(0, kept, hours * HOUR)
  expect([0.5, 1, 23, 24, 80, 168, 700, 730].map((hours) => due(hours))).toEqual([null, 1, 1, 24, 72, 168, 672, null])
  expect(due(80, new Set([72]))).toBeNull()
})

test("measured days are Pacific days that are over", () => {
  // 24 November 09:00 UTC is still one in the morning in California.
  expect(measuredDays(now, 3)).toEqual(["2026-11-23", "2026-11-22", "2026-11-21"])
  expect(measuredDays(Date.parse("2026-11-24T07:30:00Z"), 1)).toEqual(["2026-11-22"])
})
