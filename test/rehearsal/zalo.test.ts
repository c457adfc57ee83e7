/** The fake Zalo against zalo-oa.md section 12, item by item. */
import { afterEach, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import type { ManualClock } from "../../src/base/clock.ts"
import { sha256 } from "../../src/base/hash.ts"
import { rehearsalApp, zaloGroupOf, type FaultRule, type Province } from "../../src/rehearsal/index.ts"
import { article, refresh, rehearse, remoteIdOf, zalo, zaloPair } from "./support.ts"

const account = "phuong-kinh-bac-zalo"
const accessMs = 90_000_000
let province: Province
let clock: ManualClock
afterEach(() => province.stop())

async function open(options = {}) {
  ;({ province, clock } = await rehearse(options))
  return zalo(province, zaloPair(province, account).access_token)
}
type Call = Awaited<ReturnType<typeof open>>
const create = (call: Call, body: unknown) => call("POST", "/v2.0/article/create", body)
const verify = (call: Call, token: string) => call("POST", "/v2.0/article/verify", { token })
async function publish(call: Call, title: string) {
  const { json } = await create(call, article(title))
  return (await verify(call, json.data.token)).json.data.id as string
}

test("1: a refresh kills both old tokens; a second use fails with HTTP 200 and no numeric error", async () => {
  const call = await open()
  const old = zaloPair(province, account)
  const fresh = await refresh(province, old.refresh_token)
  expect(fresh.json).toEqual({ access_token: expect.any(String), refresh_token: expect.any(String), expires_in: "90000" })
  expect((await call("GET", "/v2.0/oa/getoa")).json.error).toBe(-216)
  const again = await refresh(province, old.refresh_token)
  expect(again.status).toBe(200)
  expect(again.json).toMatchObject({ error_name: "Invalid refresh token" })
  expect(again.json.error).toBeUndefined()
  expect((await zalo(province, fresh.json.access_token)("GET", "/v2.0/oa/getoa")).json.error).toBe(0)
  clock.advance(accessMs)
  expect((await zalo(province, fresh.json.access_token)("GET", "/v2.0/oa/getoa")).json.error).toBe(-220)
})

test("1: slow refresh; connection cut after the pair was used up", async () => {
  await open()
  const old = zaloPair(province, account)
  province.script({ on: "zalo.refresh", account, what: "cut_after_create" })
  await expect(refresh(province, old.refresh_token)).rejects.toThrow()
  expect((await refresh(province, old.refresh_token)).json.access_token).toBeUndefined()
  const kept = zaloPair(province, account)
  expect(kept.refresh_token).not.toBe(old.refresh_token)
  province.script({ on: "zalo.refresh", account, what: "slow", delayMs: 30 })
  const started = performance.now()
  expect((await refresh(province, kept.refresh_token)).json.access_token).toBeString()
  expect(performance.now() - started).toBeGreaterThan(25)
})

test("1: consent with PKCE; a code works once and only with its verifier", async () => {
  await open()
  const verifier = "Zk3vQ8mT1xB6nR4yW9sD2fG7hJ5kL0pC8aE3uV6iO1q"
  const challenge = createHash("sha256").update(verifier).digest("base64url")
  expect(challenge).toBe("ClhfBSWHBHkaCJ8eR3ouB9Ri6fl6eICw_RizuXddvGg")
  const ask = async (redirect: string) => {
    const url = new URL(`${province.zaloOauthUrl}/permission`)
    for (const [name, value] of Object.entries({ app_id: rehearsalApp.zaloAppId, redirect_uri: redirect, code_challenge: challenge, state: "s1", oa_id: remoteIdOf(province, account) })) url.searchParams.set(name, value)
    return fetch(url, { redirect: "manual" })
  }
  expect(await (await ask("https://elsewhere.example/callback")).text()).toContain("-14003")
  const back = new URL((await ask("http://127.0.0.1:8080/zalo/callback")).headers.get("location")!)
  expect(back.searchParams.get("state")).toBe("s1")
  expect(back.searchParams.get("oa_id")).toBe(remoteIdOf(province, account))
  const exchange = async (code: string, code_verifier: string) =>
    (await (await fetch(`${province.zaloOauthUrl}/access_token`, { method: "POST", headers: { secret_key: rehearsalApp.zaloAppSecret }, body: new URLSearchParams({ code, app_id: rehearsalApp.zaloAppId, grant_type: "authorization_code", code_verifier }) })).json()) as any
  const code = back.searchParams.get("code")!
  expect((await exchange(code, verifier)).access_token).toBeString()
  expect((await exchange(code, verifier)).access_token).toBeUndefined()
  const second = new URL((await ask("http://127.0.0.1:8080/zalo/callback")).headers.get("location")!).searchParams.get("code")!
  expect((await exchange(second, "wrong")).access_token).toBeUndefined()
})

test("2: getoa in its variants", async () => {
  const call = await open()
  const data = async () => (await call("GET", "/v2.0/oa/getoa")).json.data
  expect(await data()).toMatchObject({ oaid: remoteIdOf(province, account), name: "UBND phường Kinh Bắc", is_verified: true, oa_type: 4 })
  province.tune(account, { oaIdField: "oa_id", verifiedAs: "number", verified: false, omit: ["cover", "package_name"], name: "Tên khác", packageUntil: "01/12/2026" })
  const changed = await data()
  expect(changed).toMatchObject({ oa_id: remoteIdOf(province, account), is_verified: 0, name: "Tên khác", package_valid_through_date: "01/12/2026" })
  for (const field of ["oaid", "cover", "package_name"]) expect(changed).not.toHaveProperty(field)
  const { avatar } = changed
  province.tune(account, { avatar: "police" })
  expect((await data()).avatar).not.toBe(avatar)
})

test.each([
  ["a title of exactly 150", article("a".repeat(150)), "title allow 1 to 150 characters"],
  ["a description of exactly 300", article("t", { description: "b".repeat(300) }), "description"],
  ["an author of 51", article("t", { author: "c".repeat(51) }), "author"],
  ["no cover", article("t", { cover: undefined }), "cover value is invalid"],
  ["no cover.status", article("t", { cover: { cover_type: "photo", photo_url: "http://127.0.0.1:9/a.jpg" } }), "create media fail"],
  ["an unencoded photo_url", article("t", { cover: { cover_type: "photo", photo_url: "http://127.0.0.1:9/ảnh bìa.jpg", status: "show" } }), "photo_url"],
  ["no body", article("t", { body: [] }), "body"],
])("3: create refuses %s", async (_, payload, words) => {
  const call = await open()
  const { status, json } = await create(call, payload)
  expect(status).toBe(200)
  expect(json.error).toBe(-201)
  expect(json.message).toContain(words)
  expect(province.posts()).toEqual([])
})

test("3: 149 characters pass; a decomposed title counts every mark", async () => {
  const call = await open()
  expect((await create(call, article("a".repeat(149)))).json.error).toBe(0)
  expect((await create(call, article("ế".repeat(60).normalize("NFD")))).json.error).toBe(-201)
})

test("3: pictures are really fetched, failures show at verify and are remembered by address", async () => {
  let served: Uint8Array = Uint8Array.from([0xff, 0xd8, ...new Array(1_048_576).fill(1)])
  let asked = 0
  const host = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (asked++, new Response(served as Uint8Array<ArrayBuffer>)) })
  const at = (name: string) => ({ cover: { cover_type: "photo", photo_url: `http://127.0.0.1:${host.port}/${name}.jpg`, status: "show" } })
  const call = await open({ pictures: true, articlesPerPortal: 0 })
  const attempt = async (title: string, over: Record<string, unknown>) => {
    const { json } = await create(call, article(title, over))
    expect(json.error).toBe(0)
    return (await verify(call, json.data.token)).json
  }
  expect(await attempt("quá lớn", at("big"))).toMatchObject({ error: -200 })
  expect((await attempt("vẫn địa chỉ ấy", at("big"))).message).toContain("Too many failed attempts")
  expect(asked).toBe(1)
  expect(await attempt("không tới được", { cover: { cover_type: "photo", photo_url: "http://127.0.0.1:9/none.jpg", status: "show" } })).toMatchObject({ error: -200 })
  served = Uint8Array.of(0xff, 0xd8, 0xff)
  expect((await attempt("tốt", at("good"))).data.id).toMatch(/^[0-9a-f]{20}$/)
  host.stop(true)
  expect(province.posts().map((post) => post.title)).toEqual(["tốt"])
})

const spoiled: [string, Omit<FaultRule, "on">, posts: number, answer: { status?: number; error?: number; text?: string; cut?: true }][] = [
  ["processed but cut", { what: "cut_after_create" }, 1, { cut: true }],
  ["package missing", { what: "error", code: -224 }, 0, { status: 200, error: -224 }],
  ["over the rate", { what: "error", code: -32 }, 0, { error: -32 }],
  ["a gateway's page", { what: "html_502" }, 0, { status: 502 }],
  ["a gateway's page, created", { what: "html_502_and_create" }, 1, { status: 502 }],
  ["an empty body, created", { what: "empty_2xx" }, 1, { status: 200, text: "" }],
  ["404 with JSON", { what: "404_json" }, 0, { status: 404, error: -209 }],
]
test.each(spoiled)("3, 9: create %s", async (_, rule, posts, answer) => {
  const call = await open()
  province.script({ on: "zalo.create", account: remoteIdOf(province, account), ...rule })
  const asked = create(call, article("Tin thử"))
  if (answer.cut) await expect(asked).rejects.toThrow()
  else {
    const { status, text, json } = await asked
    if (answer.status) expect(status).toBe(answer.status)
    if (answer.error) expect(json.error).toBe(answer.error)
    if (answer.text !== undefined) expect(text).toBe(answer.text)
  }
  expect(province.posts(account)).toHaveLength(posts)
})

test("3: rate headers on every answer, -32 beyond the limit, again in the next minute", async () => {
  const call = await open()
  province.tune(account, { ratePerMinute: 2 })
  const remains: (string | null)[] = []
  const errors: number[] = []
  for (let i = 0; i < 3; i++) {
    const { headers, json } = await call("GET", "/v2.0/oa/getoa")
    expect(headers.get("X-RateLimit-Limit")).toBe("2")
    remains.push(headers.get("X-RateLimit-Remain"))
    errors.push(json.error)
  }
  expect(remains).toEqual(["1", "0", "0"])
  expect(errors).toEqual([0, 0, -32])
  clock.advance(60_000)
  expect((await call("GET", "/v2.0/oa/getoa")).json.error).toBe(0)
})

test("4: verify works a while, answers 0 without id, or never ends", async () => {
  const call = await open()
  province.tune(account, { processingPolls: 2, idlessPolls: 1 })
  const { token } = (await create(call, article("Tin chậm"))).json.data
  expect(token).toMatch(/\+\/\d+==$/)
  const errors = []
  for (let i = 0; i < 4; i++) errors.push((await verify(call, token)).json)
  expect(errors.map((answer) => [answer.error, answer.data?.id !== undefined])).toEqual([[-214, false], [-214, false], [0, false], [0, true]])
  province.tune(account, { processingPolls: -1 })
  expect((await verify(call, token)).json.error).toBe(-214)
})

test("4: update and remove go by id", async () => {
  const call = await open()
  const id = await publish(call, "Tin một")
  const { token } = (await call("POST", "/v2.0/article/update", { ...article("Tin một, đã sửa", { status: "hide" }), id })).json.data
  expect((await verify(call, token)).json.data.id).toBe(id)
  expect(province.posts(account)).toMatchObject([{ id, title: "Tin một, đã sửa", hidden: true }])
  expect((await call("GET", `/v2.0/article/getdetail?id=${id}`)).json.data).toMatchObject({ id, title: "Tin một, đã sửa", status: "hide" })
  expect((await call("POST", "/v2.0/article/remove", { id })).json).toEqual({ error: 0, message: "Success" })
  expect((await call("POST", "/v2.0/article/remove", { id })).json.error).toBe(-201)
})

test("5: getslice", async () => {
  const call = await open()
  const slice = async (query: string) => (await call("GET", `/v2.0/article/getslice?${query}`)).json
  for (let i = 0; i < 12; i++) await publish(call, `Tin số ${i}`)
  province.foreignPost(account, { title: "Tin số 3", text: "Của công cụ khác" })
  expect(await slice("offset=0&limit=11&type=normal")).toMatchObject({ error: -201, message: "maximum limit is 10" })
  expect((await slice("offset=0&limit=10")).error).toBe(-201)
  const { total, medias } = (await slice("offset=0&limit=10&type=normal")).data
  expect([total, medias.length]).toEqual([13, 10])
  expect((await slice("offset=10&limit=10&type=normal")).data.medias).toHaveLength(3)
  const views = async () => (await slice("offset=0&limit=10&type=normal")).data.medias[0].total_view as number
  expect(await views()).toBe(0)
  clock.advance(10 * 3_600_000)
  const grown = await views()
  expect(grown).toBeGreaterThan(0)
  province.tune(account, { countersResetAt: clock.now() })
  expect(await views()).toBe(0)
  province.tune(account, { stringCounters: true })
  expect((await slice("offset=0&limit=1&type=normal")).data.medias[0].total_view).toBeString()
  expect(province.posts(account).filter((post) => post.title === "Tin số 3")).toHaveLength(2)
})

test("6: ids as bare 19-digit numbers", async () => {
  const call = await open()
  province.tune(account, { unquotedIds: true })
  expect((await call("GET", "/v2.0/oa/getoa")).text).toContain(`"oaid":${remoteIdOf(province, account)},`)
})

test("7: broadcast by hour and quota, cs by kind of OA, groups", async () => {
  const call = await open()
  const broadcast = async () => (await call("POST", "/v2.0/oa/message", { recipient: { target: {} }, message: { attachment: {} } })).json.error
  province.tune(account, { broadcastsLeft: 1 })
  expect(await broadcast()).toBe(0)
  expect(await broadcast()).toBe(-211)
  clock.set(Date.parse("2026-11-24T15:30:00Z"))
  expect(await broadcast()).toBe(-234)
  const cs = { recipient: { user_id: "2460000000000000001" }, message: { text: "Chào" } }
  expect((await call("POST", "/v3.0/oa/message/cs", cs)).json.error).toBe(-235)
  expect((await call("POST", "/v2.0/oa/message", cs)).json.error).toBe(0)
  province.tune(account, { oaType: 2 })
  expect((await call("POST", "/v3.0/oa/message/cs", cs)).json.error).toBe(0)
  const { group_id } = (await call("GET", "/v3.0/oa/group/getgroupsofoa?count=50")).json.data.groups[0]
  const group = async (id: string) => (await call("POST", "/v3.0/oa/group/message", { recipient: { group_id: id }, message: { text: "Cảnh báo" } })).json.error
  expect(group_id).toBe(zaloGroupOf({ remoteId: remoteIdOf(province, account) }))
  expect(await group(group_id)).toBe(0)
  expect(await group("another")).toBe(-403)
  expect(province.messages(account).map(({ kind, to }) => [kind, to])).toEqual([["broadcast", "followers"], ["message", cs.recipient.user_id], ["cs", cs.recipient.user_id], ["group", group_id]])
  province.tune(account, { groupExpired: true })
  expect(await group(group_id)).toBe(-237)
})

test("8: webhooks with and without mac=, retries, wrong key, unknown events", async () => {
  await open()
  const received: { body: string; mac: string; retry: string | null }[] = []
  const target = Bun.serve({ port: 0, hostname: "127.0.0.1", async fetch(request) {
    received.push({ body: await request.text(), mac: request.headers.get("x-zevent-signature") ?? "", retry: request.headers.get("num_retry") })
    return new Response("ok")
  } })
  const to = `http://127.0.0.1:${target.port}/webhooks/zalo`
  await province.sendWebhook(to, "zalo.follow", { account })
  await province.sendWebhook(to, "zalo.follow", { account, signature: "prefixed", retry: 2 })
  await province.sendWebhook(to, "zalo.unknown", { account, signature: "wrong_key" })
  target.stop(true)
  const isGood = ({ body, mac }: (typeof received)[number]) => {
    const { app_id, timestamp } = JSON.parse(body)
    return mac.replace(/^mac=/, "") === sha256(app_id + body + timestamp + rehearsalApp.zaloOaSecretKey)
  }
  expect(received.map(isGood)).toEqual([true, true, false])
  expect(received[1]).toMatchObject({ mac: expect.stringMatching(/^mac=/), retry: "2" })
  expect(JSON.parse(received[2]!.body).event_name).toBe("something_new")
})

test("9: unknown paths answer 404 with a JSON body", async () => {
  const call = await open()
  expect(await call("POST", "/v3.0/article/create", {})).toMatchObject({ status: 404, json: { error: -209 } })
})
