/** The province as a whole: portals and their quirks, memory over restarts, sameness by seed, the control room, the cast. */
import { afterEach, beforeEach, expect, test } from "bun:test"
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { PortalForm, Province } from "../../src/rehearsal/index.ts"
import { article, graph, morning, pageToken, refresh, rehearse, remoteIdOf, someUnits, unit, zalo, zaloPair } from "./support.ts"

const ward = "phuong-kinh-bac"
const page = `${ward}-facebook`
const oa = `${ward}-zalo`
let folder: string
const running: Province[] = []
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "loa-rehearsal-"))))
afterEach(async () => {
  await Promise.all(running.splice(0).map((province) => province.stop()))
  rmSync(folder, { recursive: true, force: true })
})
async function open(options = {}) {
  const opened = await rehearse(options)
  running.push(opened.province)
  return opened
}
const feedOf = async (province: Province, headers: Record<string, string> = {}) => fetch(province.feedUrl(ward), { headers, redirect: "manual" })

test("a feed answers 304 to its ETag until an article comes, and articles carry og: and links back", async () => {
  const { province } = await open({ pictures: true })
  const first = await feedOf(province)
  const etag = first.headers.get("etag")!
  expect(await first.text()).toContain("<rss")
  expect((await feedOf(province, { "if-none-match": etag })).status).toBe(304)
  const published = province.publishArticle(ward, { title: "Thông báo <khẩn> & quan trọng", picture: true })
  const second = await feedOf(province, { "if-none-match": etag })
  expect(second.status).toBe(200)
  expect(await second.text()).toContain("Thông báo &lt;khẩn&gt; &amp; quan trọng")
  const html = await (await fetch(published.url)).text()
  expect(html).toContain('property="og:title" content="Thông báo &lt;khẩn&gt; &amp; quan trọng"')
  expect(html).toContain(`/nhin/${remoteIdOf(province, page)}"`)
  const picture = await fetch(published.picture!)
  expect(new Uint8Array(await picture.arrayBuffer()).subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8))
  province.withdrawArticle(published.id)
  expect((await fetch(published.url)).status).toBe(404)
  expect(province.counts()).toMatchObject({ "portal.feed": 3, "portal.feed.304": 1, [`portal.article ${ward}`]: 2 })
})

const traces: Record<PortalForm, string> = {
  standard: "+0700</pubDate>", atom: "<published>2026-11-24T03:00:00.000Z", json_feed: '"date_published":"2026-11-24T03:00:00.000Z"', nukeviet: "Tue, 24 Nov 2026 03:11:00 GMT", liferay: ";jsessionid=",
  vccorp: "10:00:00 GMT+7</pubDate>", sharepoint: "ExternalClass0", dotnet: "03:00:00 Z</pubDate>", "windows-1258": "UBND phường Kinh Bắc", "dd-mm-yyyy": "24/11/2026 10:00</pubDate>", "vietnamese-date": "Thứ 3, 24/11/2026 10:00:00 GMT+7",
}
test.each(Object.entries(traces) as [PortalForm, string][])("the form %s looks like its model", async (form, trace) => {
  const { province } = await open({ articlesPerPortal: 0 })
  province.setPortal(ward, { form })
  province.publishArticle(ward, { date: morning })
  const bytes = new Uint8Array(await (await feedOf(province)).arrayBuffer())
  const text = new TextDecoder(form === "windows-1258" ? "windows-1258" : "utf-8").decode(bytes).normalize("NFC")
  expect(text).toContain(trace)
  if (form === "vccorp") expect(text).not.toContain("<guid")
})

test("a broken portal is broken on the wire", async () => {
  const { province } = await open()
  const status = async (trouble: Parameters<Province["setPortal"]>[1]["trouble"]) => {
    province.setPortal(ward, { trouble })
    const response = await feedOf(province)
    return [response.status, response.headers.get("location") ?? response.headers.get("retry-after")]
  }
  expect(await status("maintenance")).toEqual([200, null])
  expect(await status("410")).toEqual([410, null])
  expect(await status("429")).toEqual([429, "600"])
  expect(await status("private_redirect")).toEqual([302, "http://169.254.169.254/latest/meta-data/"])
  expect(await status("301")).toEqual([301, `${province.feedUrl(ward)}-moi`])
  expect(await (await fetch(`${province.feedUrl(ward)}-moi`)).text()).toContain("<item>")
  province.setPortal(ward, { trouble: "empty" })
  expect(await (await feedOf(province)).text()).not.toContain("<item>")
  province.setPortal(ward, { trouble: "billion_laughs" })
  expect(await (await feedOf(province)).text()).toContain("<!ENTITY l9")
  province.setPortal(ward, { trouble: "cut" })
  await expect(feedOf(province)).rejects.toThrow()
  province.setPortal(ward, { trouble: "slow_drip" })
  await expect(fetch(province.feedUrl(ward), { signal: AbortSignal.timeout(300) }).then((response) => response.text())).rejects.toThrow()
})

test("identities fail in the known ways", async () => {
  const { province } = await open()
  const guids = async () => [...(await (await feedOf(province)).text()).matchAll(/<guid[^>]*>([^<]*)/g)].map((match) => match[1])
  province.setPortal(ward, { identity: "same_guid" })
  expect(new Set(await guids()).size).toBe(1)
  province.setPortal(ward, { identity: "volatile_guid" })
  expect(await guids()).not.toEqual(await guids())
  province.setPortal(ward, { identity: "none" })
  expect(await guids()).toEqual([])
})

test("intruders: spam items, hidden links, a burst, another face for search engines", async () => {
  const { province } = await open()
  expect(province.hijack(ward, "gambling").map((item) => item.links)).toEqual(Array(3).fill(["https://nohu-vip88.club/dang-ky"]))
  province.hijack(ward, "hidden_links", 1)
  expect(await (await feedOf(province)).text()).toContain("left:-9999px")
  expect(province.hijack("phuong-vu-ninh", "burst")).toHaveLength(200)
  expect((await (await fetch(province.feedUrl("phuong-vu-ninh"))).text()).match(/<item>/g)).toHaveLength(200)
  province.setPortal("so-y-te", { cloak: true })
  const seenBy = async (agent: string) => (await fetch(province.feedUrl("so-y-te"), { headers: { "user-agent": agent } })).text()
  expect(await seenBy("Mozilla/5.0 (compatible; Googlebot/2.1)")).toContain("Nổ hũ")
  expect(await seenBy("Mozilla/5.0 Firefox")).not.toContain("Nổ hũ")
})

test("one seed, one province; another seed, another one", async () => {
  const facts = async (seed: number) => {
    const { province } = await open({ seed, articlesPerPortal: 5 })
    const bare = (text: string | null | undefined) => text?.replace(/127\.0\.0\.1:\d+/g, "host")
    return JSON.stringify({ units: province.units(), credentials: [province.credential(page), province.credential(oa)], articles: someUnits.map((each) => province.articles(each.id)) }, (_, value) => (typeof value === "string" ? bare(value) : value))
  }
  const first = await facts(7)
  expect(await facts(7)).toBe(first)
  expect(await facts(8)).not.toBe(first)
})

test("titles of a province do not repeat", async () => {
  const { province } = await open({ articlesPerPortal: 60 })
  const titles = someUnits.flatMap((each) => province.articles(each.id)).map((each) => each.title)
  expect(new Set(titles).size).toBe(180)
})

test("posts, tokens, articles, settings and ports outlive the process", async () => {
  const stateFile = join(folder, "state.jsonl")
  const first = await open({ stateFile })
  const call = graph(first.province, first.clock, pageToken(first.province, page))
  const pageId = remoteIdOf(first.province, page)
  const kept = (await call("POST", `${pageId}/feed`, { message: "Giữ lại" })).json.id
  const dropped = (await call("POST", `${pageId}/feed`, { message: "Xóa đi" })).json.id
  await call("DELETE", dropped)
  const old = zaloPair(first.province, oa)
  const fresh = (await refresh(first.province, old.refresh_token)).json
  const oaCall = zalo(first.province, fresh.access_token)
  const { token } = (await oaCall("POST", "/v2.0/article/create", article("Bài giữ lại"))).json.data
  first.province.publishArticle(ward, { title: "Tin giữ lại" })
  first.province.tune(oa, { name: "Tên đã đổi" })
  const before = { posts: first.province.posts(), articles: first.province.articles(ward), facebookUrl: first.province.facebookUrl, feed: await (await feedOf(first.province)).text() }
  await first.province.stop()
  appendFileSync(stateFile, '["post",{"id":"half a line')

  const second = await open({ stateFile })
  expect(second.province.facebookUrl).toBe(before.facebookUrl)
  expect(second.province.posts()).toEqual(before.posts)
  expect(second.province.posts(page).map((post) => post.id)).toEqual([kept])
  expect(second.province.articles(ward)).toEqual(before.articles)
  expect(await (await feedOf(second.province)).text()).toBe(before.feed)
  expect(second.province.credential(oa)).toEqual(fresh)
  const again = zalo(second.province, fresh.access_token)
  expect((await again("POST", "/v2.0/article/verify", { token })).json.data.id).toBe(second.province.posts(oa)[0]!.id)
  expect((await again("GET", "/v2.0/oa/getoa")).json.data.name).toBe("Tên đã đổi")
  const newer = (await graph(second.province, second.clock, pageToken(second.province, page))("POST", `${pageId}/feed`, { message: "Mới" })).json.id
  expect([kept, dropped]).not.toContain(newer)
  expect(readFileSync(stateFile, "utf8")).not.toContain("half a line")
})

test("doubles are the ground truth of crash tests", async () => {
  const { province, clock } = await open()
  const call = graph(province, clock, pageToken(province, page))
  const pageId = remoteIdOf(province, page)
  const text = (n: number) => ({ message: `Tin ${n}\n\nNguồn: https://kinhbac.example/tin/${n}` })
  await call("POST", `${pageId}/feed`, text(1))
  await call("POST", `${pageId}/feed`, text(2))
  expect(province.duplicates()).toEqual([])
  const twin = (await call("POST", `${pageId}/feed`, text(1))).json.id
  expect(province.duplicates()).toEqual([{ account: page, articleUrl: "https://kinhbac.example/tin/1", posts: [expect.any(String), twin] }])
})

test("the control room pulls the same levers over HTTP, for JSON only", async () => {
  const { province } = await open()
  const control = (name: string, body: unknown, type = "application/json") => fetch(`${province.zaloApiUrl}/__control/${name}`, { method: "POST", headers: { "content-type": type }, body: JSON.stringify(body) })
  expect((await control("script", { on: "facebook.feed", what: "500_before", times: 2 })).status).toBe(200)
  expect(await (await fetch(`${province.portalsUrl}/__control/script`)).json()).toMatchObject({ script: [{ on: "facebook.feed", what: "500_before", times: 2 }] })
  expect((await control("script", { on: "facebook.feed", what: "explode" })).status).toBe(400)
  expect((await control("script", { on: "facebook.feed", what: "cut_before" }, "text/plain")).status).toBe(415)
  expect((await control("publish", { unit: ward, article: { title: "Từ xa" } })).status).toBe(200)
  expect(province.articles(ward)[0]!.title).toBe("Từ xa")
  expect((await control("publish", { unit: "nowhere" })).status).toBe(400)
  const state = (await (await fetch(`${province.facebookUrl}/__control/state`)).json()) as any
  expect(state).toMatchObject({ facebook: province.facebookUrl, units: someUnits.length, posts: 0, duplicates: 0 })
})

test("rules count, skip and choose their account", async () => {
  const { province, clock } = await open()
  const [one, two] = [page, "phuong-vu-ninh-facebook"]
  province.script({ on: "facebook.*", account: one, what: "error", code: 4, after: 1, times: 2 })
  const read = async (account: string) => (await graph(province, clock, pageToken(province, account))("GET", `${remoteIdOf(province, account)}?fields=id`)).json.error?.code ?? 0
  expect([await read(one), await read(two), await read(one), await read(one), await read(one), await read(two)]).toEqual([0, 0, 4, 4, 0, 0])
})

test("the cast: everybody has both networks, some are wrong on purpose, the ended are left alone", async () => {
  const communes = Array.from({ length: 90 }, (_, i) => ({ ...unit(`xa-so-${i}`, `UBND xã Số ${i}`, "commune"), formedFrom: ["xã Cũ Kỹ, huyện Xưa"] }))
  const ended = { ...unit("huyen-xua", "UBND huyện Xưa", "district"), ends: "2025-06-30" }
  const { province } = await open({ units: [...communes, ended], wrongAccounts: true, articlesPerPortal: 0 })
  const units = province.units()
  const accounts = units.flatMap((each) => each.accounts)
  expect(units.find((each) => each.id === "huyen-xua")!.accounts).toEqual([])
  expect(new Set(accounts.map((each) => each.remoteId)).size).toBe(accounts.filter((each) => each.remoteId).length + (accounts.some((each) => !each.remoteId) ? 1 : 0))
  const names = accounts.map((each) => each.name)
  for (const wrong of ["UBND huyện Yên Phong", "Tiếng nói cơ sở", "UBND xã Cũ Kỹ", "U\u0412ND xã Số 12"]) expect(names).toContain(wrong)
  expect(names.some((name) => name.includes("thu hồi tiền"))).toBe(true)
  expect(accounts.map((each) => each.kind)).toEqual(expect.arrayContaining(["group", "profile"]))
  expect(accounts.map((each) => each.identity.status)).toEqual(expect.arrayContaining(["none", "pending", "expired", "verified"]))
  expect(units.some((each) => !each.ends && each.accounts.length === 0)).toBe(true)
  expect(units.some((each) => each.accounts.filter((account) => account.network === "facebook").length === 2)).toBe(true)
  expect(accounts.filter((each) => each.kind === "group").map((each) => province.credential(each.id))).toEqual([null])
})

test("life goes on", async () => {
  const { province } = await open({ articlesPerPortal: 0 })
  province.startLife({ everyMs: 5 })
  const deadline = performance.now() + 3_000
  const written = () => someUnits.reduce((sum, each) => sum + province.articles(each.id).length, 0)
  while (written() < 3 && performance.now() < deadline) await Bun.sleep(5)
  province.stopLife()
  expect(written()).toBeGreaterThanOrEqual(3)
})
