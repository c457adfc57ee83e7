/** The main job through the front door: a portal article reaches every verified Page and OA of its unit, once. */
import { afterEach, expect, test } from "bun:test"
import { standing, world, type World } from "../support/world.ts"

let w: World
afterEach(() => w?.close())

test("new articles reach the unit's Page and OA; a second pass changes nothing", async () => {
  w = await world({ units: 3, olderArticles: 4, pictures: true })
  const first = await w.loa(["run", "--json"])
  expect(first.json.needsPerson).toEqual([])
  expect(first.code).toBe(0)
  expect(first.json.feeds).toEqual({ polled: 3, notModified: 0, failed: 0 })
  for (const unit of w.units) {
    const fresh = w.province.articles(unit.id).filter((a) => a.date > Date.now() - 24 * 3_600_000).map((a) => a.url).sort()
    expect(fresh).toHaveLength(3)
    for (const account of unit.accounts) expect(standing(w.province, account.id)).toEqual(fresh)
  }
  const second = await w.loa(["run", "--all", "--json"])
  expect(second.json.feeds).toEqual({ polled: 3, notModified: 3, failed: 0 })
  expect(second.json.deliveries.published).toBe(0)
  expect(w.province.duplicates()).toEqual([])

  // Every article of every feed ends, for each account, in exactly one state with a reason or a post behind it.
  const { deliveries } = (await w.loa(["deliveries", "list", "--json"])).json
  expect(deliveries).toHaveLength(3 * 2 * 7)
  expect(new Set(deliveries.map((d: { articleUrl: string; account: string }) => `${d.articleUrl} ${d.account}`)).size).toBe(42)
  for (const d of deliveries) expect(d.state === "published" ? d.remoteId : d.reason).toBeTruthy()
}, 60_000)

test("an article published later goes out at the next pass, an edit updates it, a withdrawal asks", async () => {
  w = await world({ units: 1, articlesPerPortal: 1 })
  const unit = w.units[0]!
  await w.loa(["run", "--json"])
  const added = w.province.publishArticle(unit.id, { title: "Thông báo lịch tiêm chủng tháng 12", body: ["Trạm y tế tổ chức tiêm chủng."] })
  const pass = await w.loa(["run", "--all", "--json"])
  expect(pass.json.deliveries.published).toBe(2)
  w.province.editArticle(added.id, { title: "Thông báo lịch tiêm chủng tháng 12 (sửa đổi)", body: ["Trạm y tế đổi ngày tiêm chủng."] })
  await w.loa(["run", "--all", "--json"])
  for (const account of unit.accounts) {
    const post = w.province.posts(account.id).find((p) => p.articleUrl === added.url)!
    expect(`${post.title} ${post.text}`).toContain("(sửa đổi)")
    expect(standing(w.province, account.id)).toHaveLength(2)
  }
}, 60_000)

test("nothing goes to accounts that are unverified, paused, off or not named by PUBLISH_TO", async () => {
  w = await world({
    units: 2,
    edit(units) {
      units[0]!.accounts[0]!.identity = { status: "pending" }
      units[0]!.accounts[1]!.paused = "Đang bàn giao quản trị"
      units[1]!.accounts[0]!.publish = "off"
    },
    env: { PUBLISH_TO: "" },
  })
  const silent = await w.loa(["run", "--json"])
  expect(silent.json.deliveries.published).toBe(0)
  expect(w.province.posts()).toEqual([])
  const open = await w.loa(["run", "--all", "--json"], { env: { PUBLISH_TO: "*" } })
  expect(open.json.deliveries.published).toBe(3)
  const [, , , zalo] = w.units.flatMap((unit) => unit.accounts.map((account) => account.id))
  expect([...new Set(w.province.posts().map((post) => post.account))]).toEqual([zalo!])

  // Once the identity is verified and the pause lifted, the queue goes out.
  w.units[0]!.accounts[0]!.identity = { status: "verified", basis: "Công văn số 12", date: "2026-10-01" }
  delete w.units[0]!.accounts[1]!.paused
  w.writeRegistry()
  const after = await w.loa(["run", "--all", "--json"], { env: { PUBLISH_TO: "*" } })
  expect(after.json.deliveries.published).toBe(6)
}, 60_000)
