import { describe, expect, test } from "bun:test"
import { pacificDay } from "../../src/networks/facebook/insights.ts"
import { isDeadMetric, pageMetrics, postMetrics, readMetricNames } from "../../src/networks/facebook/metric-names.ts"
import { facebookAccount, graphError, NOW, PAGE, world, type Handler } from "./support.ts"

const DAY = 86_400_000
const metric = (name: string, values: unknown[]) => ({ name, period: "day", values })
/** Answers what is asked for, unless one of the names makes the whole request fail. */
const insights = (data: Record<string, unknown[]>, bad: Record<string, () => Response> = {}): Handler => (request) => {
  const names = request.query.get("metric")!.split(",")
  const culprit = names.find((name) => bad[name])
  if (culprit) return bad[culprit]!()
  return Response.json({ data: names.filter((name) => data[name]).map((name) => metric(name, data[name]!)) })
}

test("no living name is on the list of the dead", () => {
  for (const { name } of [...pageMetrics, ...postMetrics]) expect([name, isDeadMetric(name)]).toEqual([name, false])
  for (const name of ["page_impressions", "page_impressions_unique", "page_fans", "page_posts_impressions_paid", "post_impressions_fan", "page_views", "page_tab_views_login"]) expect(isDeadMetric(name)).toBe(true)
})

test("the measured day is the Pacific one before end_time, in summer and winter", () => {
  expect(pacificDay("2026-11-21T08:00:00+0000")).toBe("2026-11-20")
  expect(pacificDay("2026-07-21T07:00:00+0000")).toBe("2026-07-20")
  expect(pacificDay("nonsense")).toBeNull()
})

describe("page insights", () => {
  const range = { since: NOW - 7 * DAY, until: NOW }
  const read = async (handler: Handler, names: string[], over = range) => {
    await using w = await world(handler)
    await w.connectPage()
    return { metrics: await w.facebook.pageInsights(facebookAccount, over, names), seen: w.seen }
  }

  test("numbers, objects and silence; never a zero for nothing", async () => {
    const { metrics, seen } = await read(insights({ page_media_view: [{ value: 1830, end_time: "2026-11-20T08:00:00+0000" }], reactions: [{ value: { like: 3 }, end_time: "2026-11-20T08:00:00+0000" }] }), ["page_media_view", "reactions", "quiet"])
    expect(metrics).toEqual([
      { name: "page_media_view", verdict: "ok", code: null, points: [{ day: "2026-11-19", value: 1830 }] },
      { name: "reactions", verdict: "ok", code: null, points: [{ day: "2026-11-19", value: { like: 3 } }] },
      { name: "quiet", verdict: "ok", code: null, points: [] },
    ])
    expect(seen).toHaveLength(1)
    expect(Object.fromEntries(seen[0]!.query)).toMatchObject({ period: "day", since: String((NOW - 7 * DAY) / 1_000) })
  })

  test("one dead, one forbidden and one too small empty nothing but themselves", async () => {
    const bad = { dying: () => graphError(100, undefined, "(#100) The value must be a valid insights metric"), closed: () => graphError(200), small: () => graphError(2874008), opaque: () => graphError(1, 99) }
    const { metrics } = await read(insights({ page_media_view: [{ value: 1, end_time: "2026-11-20T08:00:00+0000" }] }, bad), ["dying", "page_media_view", "closed", "small", "opaque"])
    expect(Object.fromEntries(metrics.map((m) => [m.name, m.verdict]))).toEqual({ dying: "dead", page_media_view: "ok", closed: "forbidden", small: "too_small", opaque: "failed" })
    expect(metrics.find((m) => m.name === "page_media_view")!.points).toHaveLength(1)
  })

  test("names known to be dead are never asked for", async () => {
    const { metrics, seen } = await read(insights({}), ["page_impressions_unique", "page_media_view"])
    expect(metrics.find((m) => m.name === "page_impressions_unique")!.verdict).toBe("dead")
    expect(seen[0]!.query.get("metric")).toBe("page_media_view")
  })

  test("more than ninety days are asked in windows, days that overlap count once", async () => {
    const handler: Handler = (request) => {
      expect(Number(request.query.get("until")) - Number(request.query.get("since"))).toBeLessThanOrEqual(90 * 86_400)
      return Response.json({ data: [metric("page_media_view", [{ value: 1, end_time: "2026-11-20T08:00:00+0000" }])] })
    }
    const { metrics, seen } = await read(handler, ["page_media_view"], { since: NOW - 182 * DAY, until: NOW })
    expect(seen).toHaveLength(3)
    expect(metrics[0]!.points).toHaveLength(1)
  })

  test("throttling is no verdict about a metric, and is not asked again for each", async () => {
    const { metrics, seen } = await read(() => graphError(80001), ["a", "b", "c"])
    expect(metrics.map((m) => m.verdict)).toEqual(["failed", "failed", "failed"])
    expect(seen).toHaveLength(1)
  })
})

describe("posts", () => {
  test("lifetime values have no day; posts without insights are told", async () => {
    await using w = await world(insights({ post_media_view: [{ value: 226 }] }))
    await w.connectPage()
    expect(await w.facebook.postInsights(facebookAccount, `${PAGE}_1`, ["post_media_view"])).toEqual([{ name: "post_media_view", verdict: "ok", code: null, points: [{ day: null, value: 226 }] }])
    w.script.handler = () => graphError(100, 2932001)
    expect((await w.facebook.postInsights(facebookAccount, `${PAGE}_1`)).map((m) => m.verdict)).toEqual(postMetrics.map(() => "forbidden"))
  })

  test("absent shares are zero, unreadable reactions are null", async () => {
    await using w = await world((request) => (request.query.get("fields") === "shares" ? Response.json({ id: "1" }) : graphError(10)))
    await w.connectPage()
    expect(await w.facebook.postCounters(facebookAccount, "1")).toEqual({ shares: 0, reactions: null, comments: null })
    w.script.handler = (request) =>
      Response.json(request.query.get("fields") === "shares" ? { shares: { count: 4 } } : { reactions: { summary: { total_count: 57 } }, comments: { summary: { total_count: 9 } } })
    expect(await w.facebook.postCounters(facebookAccount, "1")).toEqual({ shares: 4, reactions: 57, comments: 9 })
  })
})

test("the names of metrics are data: the built-in list is sound, and every mistake of a changed one is named with its place", () => {
  expect(pageMetrics.filter((metric) => metric.unique).map((metric) => metric.name)).toEqual(["page_total_media_view_unique", "page_daily_unfollows_unique"])
  expect([...pageMetrics, ...postMetrics].filter((metric) => isDeadMetric(metric.name))).toEqual([])
  expect(["page_impressions_unique", "page_fans_city", "post_activity"].map(isDeadMetric)).toEqual([true, true, true])
  const wrong = () => readMetricNames("page: [{ name: page_x, meaning: fame }]\npost: [{ name: post_a, meaning: views }, { name: post_a, meaning: views }]\ndead: [X]\n")
  expect(wrong).toThrow("page.0.meaning")
  expect(wrong).toThrow("each name once")
})
