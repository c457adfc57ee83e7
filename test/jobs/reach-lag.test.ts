/** Lag portal → network, the plan's "đồng thời", as figures. */
import { expect, test } from "bun:test"
import { HOUR, MINUTE } from "../../src/base/clock.ts"
import { lagOf, lagWords } from "../../src/jobs/reach-summary.ts"

test("lag: median, p95 and the share within a quarter of an hour; posts of portals without time count for nothing", () => {
  const posts = [...Array.from({ length: 19 }, (_, i) => ({ lagMs: (i + 1) * MINUTE })), { lagMs: 5 * HOUR }, { lagMs: null }]
  expect(lagOf(posts)).toEqual({ count: 20, p50Ms: 10.5 * MINUTE, p95Ms: 19 * MINUTE, within15: 15 / 20 })
  expect(lagOf([{ lagMs: null }])).toEqual({ count: 0, p50Ms: null, p95Ms: null, within15: null })
})

test("lags as people read them", () => {
  expect([null, 0, 35 * MINUTE, 150 * MINUTE, 4 * 24 * HOUR].map(lagWords)).toEqual(["–", "0 phút", "35 phút", "2,5 giờ", "4 ngày"])
})
