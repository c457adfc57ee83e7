/** The fake Graph API against facebook-graph.md section 11, item by item. */
import { afterEach, expect, test } from "bun:test"
import type { ManualClock } from "../../src/base/clock.ts"
import { hmacSha256 } from "../../src/base/hash.ts"
import { rehearsalApp, type FaultRule, type Province } from "../../src/rehearsal/index.ts"
import { graph, pageToken, rehearse, remoteIdOf, someUnits, unit } from "./support.ts"

const account = "phuong-kinh-bac-facebook"
let province: Province
let clock: ManualClock
afterEach(() => province.stop())

async function open(options = {}) {
  ;({ province, clock } = await rehearse(options))
  const id = remoteIdOf(province, account)
  return { id, call: graph(province, clock, pageToken(province, account)) }
}
const message = "Thông báo\n\nNguồn: https://kinhbac.example/tin/1"

test("1: /me/accounts lists 119 pages over cursors; one row has no token", async () => {
  const units = Array.from({ length: 119 }, (_, i) => unit(`phuong-${i}`, `UBND phường Số ${i}`))
  ;({ province, clock } = await rehearse({ units, articlesPerPortal: 0 }))
  const call = graph(province, clock, province.systemUserToken)
  const rows: { id: string; access_token?: string }[] = []
  let after = ""
  let pages = 0
  for (;;) {
    const { json } = await call("GET", `me/accounts?limit=50${after && `&after=${after}`}`)
    rows.push(...json.data)
    pages++
    if (!json.paging.next) break
    after = json.paging.cursors.after
  }
  expect(pages).toBe(3)
  expect(new Set(rows.map((row) => row.id)).size).toBe(119)
  expect(rows.filter((row) => !row.access_token)).toHaveLength(1)
})

test("2: a post is made, read back and answers the asked fields", async () => {
  const { id, call } = await open()
  const made = await call("POST", `${id}/feed?fields=id,permalink_url,created_time`, { message, link: "https://kinhbac.example/tin/1" })
  expect(Object.keys(made.json).sort()).toEqual(["created_time", "id", "permalink_url"])
  expect(made.json.created_time).toBe("2026-11-24T03:00:00+0000")
  const read = await call("GET", `${id}/published_posts?fields=id,message,application{id},attachments{unshimmed_url}`)
  expect(read.json.data[0]).toMatchObject({ id: made.json.id, message, application: { id: rehearsalApp.facebookAppId }, attachments: { data: [{ unshimmed_url: "https://kinhbac.example/tin/1" }] } })
  expect(province.posts(account)).toMatchObject([{ id: made.json.id, text: message, articleUrl: "https://kinhbac.example/tin/1", app: rehearsalApp.facebookAppId, hidden: false }])
})

const spoiled: [string, Omit<FaultRule, "on">, posts: number, answer: { status?: number; code?: number; subcode?: number; text?: string; cut?: true }][] = [
  ["500 and the post exists", { what: "500_and_create" }, 1, { status: 500, code: 2 }],
  ["500 before anything", { what: "500_before" }, 0, { status: 500, code: 2 }],
  ["hangs and creates it", { what: "hang_and_create", delayMs: 30 }, 1, { cut: true }],
  ["cut after creating", { what: "cut_after_create" }, 1, { cut: true }],
  ["cut before creating", { what: "cut_before" }, 0, { cut: true }],
  ["2xx without a body", { what: "empty_2xx" }, 1, { status: 200, text: "" }],
  ["2xx without an id", { what: "no_id" }, 1, { status: 200, text: "{}" }],
  ["a gateway's page", { what: "html_502" }, 0, { status: 502 }],
  ["506", { what: "error", code: 506 }, 0, { status: 400, code: 506 }],
  ["368/1390008", { what: "error", code: 368, subcode: 1_390_008 }, 0, { status: 400, code: 368, subcode: 1_390_008 }],
  ["190/460", { what: "error", code: 190, subcode: 460 }, 0, { status: 400, code: 190, subcode: 460 }],
  ["190 impersonation", { what: "error", code: 190, message: "pages_manage_posts must be granted before impersonating a user's page." }, 0, { status: 400, code: 190 }],
  ["1609005", { what: "error", code: 1_609_005 }, 0, { status: 400, code: 1_609_005 }],
]
test.each(spoiled)("2: /feed %s", async (_, rule, posts, answer) => {
  const { id, call } = await open()
  province.script({ on: "facebook.feed", account, ...rule })
  const asked = call("POST", `${id}/feed`, { message })
  if (answer.cut) await expect(asked).rejects.toThrow()
  else {
    const { status, text, json } = await asked
    if (answer.status) expect(status).toBe(answer.status)
    if (answer.text !== undefined) expect(text).toBe(answer.text)
    if (answer.code) expect(json.error).toMatchObject({ code: answer.code, type: "OAuthException", fbtrace_id: expect.stringMatching(/^A/) })
    if (answer.subcode) expect(json.error.error_subcode).toBe(answer.subcode)
  }
  expect(province.posts(account)).toHaveLength(posts)
  expect((await call("POST", `${id}/feed`, { message })).status).toBe(200)
})

test("2: staged photos become one post; a photo alone is a post; bad bytes are refused", async () => {
  const { id, call } = await open()
  const form = (bytes: number[], fields: Record<string, string>) => {
    const data = new FormData()
    data.set("source", new Blob([Uint8Array.from(bytes)], { type: "image/jpeg" }), "a.jpg")
    for (const [name, value] of Object.entries(fields)) data.set(name, value)
    return data
  }
  const jpeg = [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]
  const staged = await call("POST", `${id}/photos`, form(jpeg, { published: "false" }))
  expect(staged.json).toEqual({ id: expect.any(String) })
  expect(province.posts(account)).toHaveLength(0)
  await call("POST", `${id}/feed`, { message, attached_media: [{ media_fbid: staged.json.id }] })
  const single = await call("POST", `${id}/photos`, form(jpeg, { caption: message }))
  expect(single.json.post_id).toBe(`${id}_${single.json.id}`)
  expect(province.posts(account).map((post) => post.pictures)).toEqual([1, 1])
  expect((await call("POST", `${id}/photos`, form([], {}))).json.error.code).toBe(324)
  expect((await call("POST", `${id}/photos`, form([1, 2, 3], {}))).json.error.error_subcode).toBe(1_366_046)
})

test("3: ranked order, an empty page with next, 20 s of lag", async () => {
  const { id, call } = await open()
  for (let i = 0; i < 12; i++) {
    await call("POST", `${id}/feed`, { message: `Bài ${i}` })
    clock.advance(600_000)
  }
  const times = (await call("GET", `${id}/published_posts?limit=50&fields=created_time`)).json.data.map((post: any) => post.created_time)
  expect(times).toHaveLength(12)
  expect(times).not.toEqual([...times].sort().reverse())
  province.tune(account, { emptyFirstPage: true, visibilityLagMs: 20_000 })
  const first = await call("GET", `${id}/published_posts?limit=5`)
  expect(first.json.data).toEqual([])
  expect(first.json.paging.next).toBeString()
  const seen = new Set<string>()
  let page = await call("GET", `${id}/published_posts?limit=5&after=${first.json.paging.cursors.after}`)
  for (;;) {
    for (const post of page.json.data) seen.add(post.id)
    if (!page.json.paging?.next) break
    page = await call("GET", `${id}/published_posts?limit=5&after=${page.json.paging.cursors.after}`)
  }
  expect(seen.size).toBe(12)
  province.tune(account, { emptyFirstPage: false })
  const late = (await call("POST", `${id}/feed`, { message: "muộn" })).json.id
  const visible = async () => (await call("GET", `${id}/published_posts?limit=50`)).json.data.some((post: any) => post.id === late)
  expect(await visible()).toBe(false)
  clock.advance(20_000)
  expect(await visible()).toBe(true)
  expect((await call("GET", `${id}/published_posts?limit=101`)).json.error.code).toBe(100)
})

test("4: insights", async () => {
  const { id, call } = await open()
  const day = 86_400_000
  const window = (days: number) => `since=${Math.floor((clock.now() - days * day) / 1_000)}&until=${Math.floor(clock.now() / 1_000)}`
  const good = await call("GET", `${id}/insights?metric=page_media_view,page_actions_post_reactions_total&period=day&${window(3)}`)
  const [views, reactions] = good.json.data
  expect(views.values).toHaveLength(3)
  for (const { end_time } of views.values) expect(end_time).toMatch(/T08:00:00\+0000$/)
  expect(reactions.values[0].value).toMatchObject({ like: expect.any(Number) })
  const split = await call("GET", `${id}/insights?metric=page_media_view&period=day&breakdown=is_from_ads&${window(1)}`)
  expect(split.json.data[0].values.map((value: any) => value.is_from_ads)).toEqual(["0", "1"])
  const dead = await call("GET", `${id}/insights?metric=page_media_view,page_impressions&period=day`)
  expect(dead.json.error).toMatchObject({ code: 100, message: "(#100) The value must be a valid insights metric" })
  expect((await call("GET", `${id}/insights?metric=page_media_view&period=day&${window(91)}`)).json.error).toMatchObject({ code: 100, error_subcode: 1_504_016 })
  expect((await call("GET", `${id}/insights?metric=page_media_view&period=lifetime`)).json.error).toMatchObject({ code: 1, error_subcode: 99 })
  province.tune(account, { followers: 99 })
  expect((await call("GET", `${id}/insights?metric=page_media_view&period=day`)).json.error.code).toBe(2_874_008)
})

test("5: the budget header rises to 100, then 80001", async () => {
  const { id, call } = await open()
  province.tune(account, { usagePercent: 70, usageStep: 15, regainMinutes: 17 })
  const seen: [number, number][] = []
  let last
  for (let i = 0; i < 3; i++) {
    last = await call("GET", `${id}?fields=id`)
    const [entry] = JSON.parse(last.headers.get("x-business-use-case-usage")!)[id]
    expect(entry.type).toBe("pages")
    seen.push([entry.call_count, entry.estimated_time_to_regain_access])
  }
  expect(seen).toEqual([[85, 0], [100, 17], [100, 17]])
  expect(last!.json.error.code).toBe(80_001)
})

test("6: pictures redirect, expire, are re-encoded and may be a silhouette", async () => {
  const { id, call } = await open()
  expect((await call("GET", `${id}/picture?width=200`)).status).toBe(302)
  const url = async () => (await call("GET", `${id}/picture?redirect=0&width=200&height=200`)).json.data
  const [first, second] = [await url(), await url()]
  const bytes = async (from: string) => new Uint8Array(await (await fetch(from)).arrayBuffer())
  const [one, two] = [await bytes(first.url), await bytes(second.url)]
  expect(one.subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8))
  expect(one).not.toEqual(two)
  clock.advance(3_600_001)
  expect((await fetch(first.url)).status).toBe(403)
  province.tune(account, { avatar: "silhouette" })
  expect((await url()).is_silhouette).toBe(true)
})

test("7: debug_token valid, expired, of another page, of another app", async () => {
  await open()
  const appToken = `${rehearsalApp.facebookAppId}|${rehearsalApp.facebookAppSecret}`
  const debug = async () => ((await (await fetch(`${province.facebookUrl}/v25.0/debug_token?input_token=${pageToken(province, account)}`, { headers: { authorization: `Bearer ${appToken}` } })).json()) as any).data
  expect(await debug()).toMatchObject({ app_id: rehearsalApp.facebookAppId, type: "PAGE", is_valid: true, profile_id: remoteIdOf(province, account) })
  province.tune(account, { tokenState: "expired" })
  expect(await debug()).toMatchObject({ is_valid: false, error: { code: 190, subcode: 463 } })
  province.tune(account, { tokenState: "other_page" })
  expect((await debug()).profile_id).not.toBe(remoteIdOf(province, account))
  province.tune(account, { tokenState: "other_app" })
  expect((await debug()).app_id).not.toBe(rehearsalApp.facebookAppId)
})

test("8: webhooks are signed over the raw bytes", async () => {
  await open()
  const received: { body: string; signature: string | null }[] = []
  const target = Bun.serve({ port: 0, hostname: "127.0.0.1", async fetch(request) {
    const url = new URL(request.url)
    if (request.method === "GET") return new Response(url.searchParams.get("hub.challenge"))
    received.push({ body: await request.text(), signature: request.headers.get("x-hub-signature-256") })
    return new Response("ok")
  } })
  const to = `http://127.0.0.1:${target.port}/webhooks/facebook`
  expect(await province.sendWebhook(to, "facebook.handshake")).toEqual([{ status: 200, text: "1158201444" }])
  await province.sendWebhook(to, "facebook.name", { account, copies: 2 })
  await province.sendWebhook(to, "facebook.name", { account, signature: "reserialised" })
  await province.sendWebhook(to, "facebook.integrity", { account })
  await province.sendWebhook(to, "facebook.integrity_on_entry", { account })
  target.stop(true)
  const isGood = ({ body, signature }: (typeof received)[number]) => signature === `sha256=${hmacSha256(rehearsalApp.facebookAppSecret, body)}`
  expect(received.map(isGood)).toEqual([true, true, false, true, true])
  expect(received[0]).toEqual(received[1]!)
  expect(received[0]!.body).toContain("ph\\u01b0\\u1eddng")
  expect(JSON.parse(received[3]!.body).entry[0].messaging[0].restrictions[0].feature).toBe("page_read_only")
  expect(JSON.parse(received[4]!.body).entry[0].restrictions[0].feature).toBe("page_read_only")
})

test("9: a proof lives five minutes; ids= is gone", async () => {
  const { id, call } = await open()
  expect((await call("GET", `${id}?fields=name`, undefined, clock.now() - 299_000)).status).toBe(200)
  expect((await call("GET", `${id}?fields=name`, undefined, clock.now() - 301_000)).json.error.message).toContain("appsecret_proof")
  const bare = await fetch(`${province.facebookUrl}/v25.0/${id}`, { headers: { authorization: `Bearer ${pageToken(province, account)}` } })
  expect(bare.status).toBe(400)
  expect((await call("GET", `?ids=${id}`)).json.error.code).toBe(100)
})

test("batch answers in order, each part with its own status", async () => {
  const { id, call } = await open()
  const { json } = await call("POST", "", { batch: JSON.stringify([{ method: "GET", relative_url: `${id}?fields=name` }, { method: "GET", relative_url: "999?fields=name" }]), include_headers: "false" })
  expect(json[0]).toEqual({ code: 200, body: JSON.stringify({ name: "UBND phường Kinh Bắc", id }) })
  expect(JSON.parse(json[1].body).error).toMatchObject({ code: 100, error_subcode: 33 })
})

test("posts are edited by their app only, and deleted once", async () => {
  const { id, call } = await open()
  const own = (await call("POST", `${id}/feed`, { message })).json.id
  const foreign = province.foreignPost(account, { text: "Bài của người khác" })
  expect((await call("POST", own, { message: "Đã sửa" })).json).toEqual({ success: true })
  expect((await call("POST", foreign, { message: "Đã sửa" })).json.error.code).toBe(200)
  expect((await call("DELETE", own)).json).toEqual({ success: true })
  expect((await call("DELETE", own)).json.error).toMatchObject({ code: 100, error_subcode: 33 })
  expect(province.posts(account).map((post) => post.id)).toEqual([foreign])
})

test("a user's token does not publish", async () => {
  const { id } = await open()
  const asUser = graph(province, clock, province.systemUserToken)
  expect((await asUser("POST", `${id}/feed`, { message })).json.error.code).toBe(200)
  expect(province.posts()).toEqual([])
})

test("a citizen sees the post, and that nothing is real", async () => {
  const { id, call } = await open()
  await call("POST", `${id}/feed`, { message: "Xin chào <b>bà con</b>" })
  const page = await (await fetch(`${province.facebookUrl}/nhin/${id}`)).text()
  expect(page).toContain("Mạng diễn tập – không phải Facebook thật")
  expect(page).toContain("Xin chào &lt;b&gt;bà con&lt;/b&gt;")
  expect(await (await fetch(province.pages.facebook)).text()).toContain(`${someUnits.length} tài khoản, 1 bài đăng`)
})
