/** Reach on the built-in networks: numbers come in, a retired metric empties nothing, and the report's sources say so. */
import { afterEach, expect, test } from "bun:test"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { parseWords } from "../../src/cli/parse.ts"
import { reachCommands } from "../../src/cli/reach.ts"
import { readFollowerDays, readPosts } from "../../src/metrics/index.ts"
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
  expect(summary.best.map((post) => [post.network, post.account])).toEqual([["facebook", w.page], ["facebook", w.page], ["zalo", w.oa], ["zalo", w.oa]])
  expect(summary.best.every((post) => post.views! > 0)).toBe(true)
  expect(summary.best[0]!.views!).toBeGreaterThanOrEqual(summary.best[1]!.views!)
  expect(summary.accounts.map((row) => [row.account, row.posts, row.silent])).toEqual([[w.page, 2, false], [w.oa, 2, false]])
  expect(summary.rows.find((row) => row.account === w.oa && row.metric === "total_view")!.total).toBeGreaterThan(0)
  const sources = reportSources(w.rooms)
  const lags = await sources.lags(now - 7 * DAY, now)
  expect(lags).toHaveLength(4)
  expect(lags.every((row) => row.lagMs !== null && row.lagMs >= 0)).toBe(true)
  const tallies = await sources.deliveries(now - 7 * DAY, now, false)
  expect(tallies.map((row) => [row.accountId, row.state, row.count])).toEqual([[w.page, "published", 2], [w.oa, "published", 2]])
  const articles = await sources.articles(now - 7 * DAY, now, false)
  expect(articles.reduce((sum, row) => sum + row.count, 0)).toBe(2)
})

test("every moment of a post's life is kept: +1 h, +24 h, +72 h, +7 d, +28 d; what was missed stays unknown", async () => {
  w = await watchWorld({ articlesPerPortal: 1 })
  await w.publish()
  const [post] = await w.rooms.db.selectFrom("deliveries").select(["id", "published_at"]).where("account_id", "=", w.page).execute()
  const at = (hours: number) => w.clock.advance(Number(post!.published_at) + hours * HOUR - w.clock.now())
  for (const hours of [1.1, 24.5, 73, 169, 673]) {
    at(hours)
    await collectYoung(w.rooms, noSignal)
    await collectYoung(w.rooms, noSignal)
  }
  const rows = await w.rooms.db.selectFrom("post_metrics").select(["age", "metric", "value"]).where("delivery_id", "=", post!.id).orderBy("age").execute()
  expect([...new Set(rows.map((row) => row.age))]).toEqual([1, 24, 72, 168, 672])
  const views = rows.filter((row) => row.metric === "post_media_view").map((row) => Number(row.value))
  // Insights are not ready after an hour, so there is no number for it, and no 0 either.
  expect(views).toHaveLength(4)
  expect(views).toEqual(views.toSorted((a, b) => a - b))
  expect((await readPosts(w.rooms.db, 0, w.clock.now() + 1)).find((row) => row.metric === "post_media_view")!.age).toBe(672)
}, 60_000)

test("an OA's counters that start again are a reset, not a loss; followers come from the profile", async () => {
  w = await watchWorld({ articlesPerPortal: 1 })
  await w.publish()
  w.clock.advance(20 * HOUR)
  await collectReach(w.rooms, noSignal)
  const seen = async () => (await summariseReach(w.rooms, { from: w.clock.now() - 7 * DAY, to: w.clock.now() + 1, account: w.oa })).rows.find((row) => row.metric === "total_view")!
  const before = (await seen()).total!
  expect(before).toBeGreaterThan(0)
  w.province.tune(w.oa, { countersResetAt: w.clock.now(), followers: 4_321 })
  w.clock.advance(10 * HOUR)
  await collectReach(w.rooms, noSignal)
  const after = await seen()
  expect(after.total!).toBeGreaterThan(before)
  expect(after.days.every((day) => day.value! >= 0)).toBe(true)
  expect((await w.rooms.db.selectFrom("article_counters").select("resets").where("metric", "=", "total_view").execute()).reduce((sum, row) => sum + row.resets, 0)).toBe(1)
  expect((await readFollowerDays(w.rooms.db, w.oa, "2026-11-01", "2026-12-31")).at(-1)!.value).toBe(4_321)
}, 60_000)

test("loa reach show: silent accounts, rhythm and lag are named; CSV and XLSX hold empty cells where no number is", async () => {
  w = await watchWorld({ units: 2, articlesPerPortal: 2, edit: (units) => void (units[1]!.accounts.find((account) => account.network === "facebook")!.publish = "off") })
  const silent = w.units[1]!.accounts.find((account) => account.network === "facebook")!.id
  w.province.tune(w.page, { deadMetrics: ["page_views_total"] })
  await w.publish()
  w.clock.advance(25 * HOUR)
  await collectReach(w.rooms, noSignal)
  const out = mkdtempSync(join(tmpdir(), "loa-reach-"))
  const show = (values: Record<string, string>) =>
    reachCommands.find((command) => command.name === "reach show")!.run({ app: { ...w.app, clock: w.clock, open: async () => w.rooms }, positionals: [], values, cwd: out, lang: "vi", json: true, stdin: async () => "", progress: () => undefined, signal: noSignal })
  try {
    const { json, text } = await show({ format: "csv,xlsx", out: "tep" })
    const summary = json as Awaited<ReturnType<typeof summariseReach>> & { files: string[] }
    expect(summary.accounts.find((row) => row.account === silent)).toMatchObject({ silent: true, silentDays: null, posts: 0, lag: { count: 0, p50Ms: null } })
    const busy = summary.accounts.find((row) => row.account === w.page)!
    expect(busy.hours.reduce((sum, count) => sum + count, 0)).toBe(2)
    expect(busy.weekdays).toEqual([0, 2, 0, 0, 0, 0, 0])
    expect(busy.lag.count).toBe(2)
    expect(text).toContain("chưa đăng")
    expect(text).toContain("chỉ số đã bị nền tảng bỏ")
    expect(summary.files.map((file) => file.slice(out.length + 1))).toEqual(["theo-ngay", "tai-khoan", "bai-dang", "nhip-dang"].map((part) => `tep/tiep-can-2026-10-29-2026-11-25-${part}.csv`).concat("tep/tiep-can-2026-10-29-2026-11-25.xlsx"))
    const days = readFileSync(summary.files[0]!, "utf8").split("\r\n")
    expect(days[0]).toBe('\uFEFF"Đơn vị","Tài khoản","Nền tảng","Chỉ số","Ý nghĩa","Ngày","Giá trị","Cách hiểu","Vì sao trống"')
    expect(days.some((line) => line.startsWith(`"UBND phường Kinh Bắc","${w.page}","facebook","page_views_total"`) && line.endsWith(',,"cộng được","chỉ số đã bị nền tảng bỏ"'))).toBe(true)

    const { default: excel } = await import("exceljs")
    const book = new excel.Workbook()
    const bytes = readFileSync(summary.files.at(-1)!)
    await book.xlsx.load(bytes.buffer as ArrayBuffer)
    expect(book.worksheets.map((sheet) => [sheet.name, sheet.rowCount])).toEqual([["Theo ngày", days.length - 1], ["Tài khoản", 5], ["Bài đăng", summary.posts.length + 1], ["Nhịp đăng", 5]])
    await show({ format: "xlsx", out: "lan-hai" })
    expect(readFileSync(join(out, "lan-hai", "tiep-can-2026-10-29-2026-11-25.xlsx")).equals(bytes)).toBe(true)
    expect(() => parseWords(reachCommands.find((command) => command.name === "reach show")!, ["--format", "pdf"], "vi")).toThrow("csv, xlsx")
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}, 60_000)
