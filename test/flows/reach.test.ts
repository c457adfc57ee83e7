/** Reach on the built-in networks: numbers come in, a retired metric empties nothing, and the report's sources say so. */
import { afterEach, expect, test } from "bun:test"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { collectReach, collectYoung } from "../../src/jobs/reach.ts"
import { summariseReach } from "../../src/jobs/reach-summary.ts"
import { reportSources } from "../../src/jobs/report-sources.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
afterEach(() => w?.close())

test("a retired metric does not empty the others", async () => {
  w = await watchWorld()
  w.province.tune(w.page, { deadMetrics: ["page_views_total"] })
  const tally = await collectReach(w.rooms, noSignal)
  expect(tally.metrics).toEqual({ ok: 8, dead: 1, forbidden: 0, too_small: 0, failed: 0 })
  const now = w.clock.now()
  const rows = await reportSources(w.rooms).reach(now - 8 * DAY, now)
  const of = (metric: string) => rows.filter((row) => row.accountId === w.page && row.metric === metric)
  expect(of("page_media_view").length).toBeGreaterThanOrEqual(6)
  expect(of("page_media_view").every((row) => row.verdict === "ok" && row.value! > 0)).toBe(true)
  expect(of("page_views_total").every((row) => row.verdict === "dead" && row.value === null)).toBe(true)
  expect(of("page_views_total").length).toBeGreaterThanOrEqual(6)
  expect(of("page_total_media_view_unique").every((row) => row.unique)).toBe(true)
  // A level is not an amount: it is not among what is added.
  expect(of("page_follows")).toEqual([])
  // The dead one is not asked again the next day.
  w.clock.advance(DAY)
  const before = w.province.counts()["facebook.insights"] ?? 0
  await collectReach(w.rooms, noSignal)
  expect((w.province.counts()["facebook.insights"] ?? 0) - before).toBeLessThanOrEqual(2)
})

test("a Page below 100 followers has no numbers, and no zeros", async () => {
  w = await watchWorld()
  w.province.tune(w.page, { followers: 40 })
  await collectReach(w.rooms, noSignal)
  const rows = await reportSources(w.rooms).reach(w.clock.now() - 8 * DAY, w.clock.now())
  const page = rows.filter((row) => row.accountId === w.page)
  expect(page.length).toBeGreaterThan(0)
  expect(page.every((row) => row.value === null && row.verdict === "too_small")).toBe(true)
  const followers = await reportSources(w.rooms).followers(w.clock.now())
  expect(followers.find((row) => row.accountId === w.page)!.value).toBe(40)
})

test("posts are looked at again after an hour, a day and three days; Zalo views grow per day", async () => {
  w = await watchWorld()
  await w.publish()
  w.clock.advance(65 * 60_000)
  await collectYoung(w.rooms, noSignal)
  w.clock.advance(24 * HOUR)
  await collectReach(w.rooms, noSignal)
  const now = w.clock.now()
  const summary = await summariseReach(w.rooms, { from: now - 7 * DAY, to: now + 1 })
  expect(summary.best).toHaveLength(2)
  expect(summary.best[0]!.views).toBeGreaterThan(0)
  expect(summary.accounts.map((row) => [row.account, row.posts, row.silent])).toEqual([[w.page, 2, false], [w.oa, 2, false]])
  expect(summary.rows.find((row) => row.account === w.oa && row.metric === "total_view")!.total).toBeGreaterThan(0)
  const sources = reportSources(w.rooms)
  const lags = await sources.lags(now - 7 * DAY, now)
  expect(lags).toHaveLength(4)
  expect(lags.every((row) => row.lagMs !== null && row.lagMs >= 0)).toBe(true)
  const tallies = await sources.deliveries(now - 7 * DAY, now)
  expect(tallies.map((row) => [row.accountId, row.state, row.count])).toEqual([[w.page, "published", 2], [w.oa, "published", 2]])
  const articles = await sources.articles(now - 7 * DAY, now)
  expect(articles.reduce((sum, row) => sum + row.count, 0)).toBe(2)
})
