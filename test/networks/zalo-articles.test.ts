import { describe, expect, test } from "bun:test"
import { pollMs, readHandle } from "../../src/networks/zalo/article.ts"
import { ARTICLE, aPicture, NOW, OA, world, zaloAccount, zaloAnswer, zaloError, zaloPost, type Handler } from "./support.ts"

type Row = [code: number, expected: Record<string, unknown>, message?: string]
const refused = { kind: "refused" }
const stop = (needs: string, scope = "account") => ({ kind: "locked_out", needs, scope })
/** Every row of contract 8 as `article/create` meets it. */
const rows: Row[] = [
  [-32, { kind: "later", scope: "account", afterMs: 60_000, slowDown: true }, "OA has reached its limit"],
  [-32, { kind: "later", scope: "app", slowDown: true }, "App has reached its limit"],
  [-100, refused],
  [-200, { kind: "later", scope: "delivery", change: "default_cover" }],
  [-201, refused, "title allow 1 to 150 characters"],
  [-201, { kind: "later", change: "default_cover" }, "cover value is invalid"],
  [-201, { kind: "later", change: "default_cover" }, "photo_url https://x is invalid"],
  [-202, stop("configuration", "app")],
  [-204, stop("configuration")],
  [-205, stop("configuration")],
  [-207, stop("configuration")],
  [-208, stop("configuration")],
  [-209, stop("configuration", "app")],
  [-210, refused],
  // 09:00 in Vietnam: fifteen hours to midnight.
  [-211, { kind: "later", scope: "account", afterMs: 15 * 3_600_000 }],
  [-212, stop("configuration", "app")],
  [-213, refused],
  [-215, stop("configuration", "app")],
  [-217, refused],
  [-218, refused],
  [-219, stop("configuration", "app")],
  [-221, stop("permission")],
  [-223, stop("permission")],
  [-224, stop("package")],
  [-227, refused],
  [-230, refused],
  [-232, refused],
  [-233, refused],
  [-234, { kind: "later", scope: "delivery", afterMs: (21 * 60 + 5) * 60_000 }],
  [-235, stop("configuration")],
  [-237, refused],
  [-238, refused],
  [-240, refused],
  [-241, refused],
  [-242, stop("configuration", "app")],
  [-244, refused],
  [-248, { kind: "refused", securityAlert: true }],
  [-305, refused],
  [-311, refused],
  [-320, stop("package")],
  [-321, stop("package")],
  [-403, refused],
  [-4711, refused],
]

describe("every row of the error table", () => {
  for (const [code, expected, message] of rows) {
    test(`${code}${message ? ` ${message}` : ""}`, async () => {
      await using w = await world(() => zaloError(code, message))
      await w.connectOa()
      expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ ...expected, code: String(code) })
      expect(w.ofPath("create")).toHaveLength(1)
    })
  }

  test("answers without a verdict are unknown; a refused connection surely created nothing", async () => {
    await using w = await world(() => new Response("<html>502</html>", { status: 502 }))
    await w.connectOa()
    const publish = () => w.zalo.publish(zaloAccount, zaloPost())
    expect(await publish()).toMatchObject({ kind: "unknown", code: "http_502", repost: true })
    const answers: [() => any, string][] = [
      [() => new Response(""), "http_200"],
      [() => "cut", "network"],
      [() => Response.json({ message: "Invalid" }), "http_200"],
      [() => Response.json({ error: -201, message: "x" }, { status: 500 }), "http_500"],
      [() => zaloAnswer({}), "no_token"],
    ]
    for (const [answer, code] of answers) {
      w.script.handler = answer
      expect(await publish()).toMatchObject({ kind: "unknown", code, repost: true })
    }
    w.script.handler = () => Response.json({ error: -209, message: "x" }, { status: 404 })
    expect(await publish()).toMatchObject({ kind: "locked_out", code: "-209" })
    await using gone = await world(() => undefined, { fetch: () => fetch("http://127.0.0.1:1/") })
    await gone.connectOa()
    expect(await gone.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "later", scope: "account" })
  })

  test("a refused cover is cured once", async () => {
    await using w = await world(() => zaloError(-200))
    await w.connectOa()
    expect(await w.zalo.publish(zaloAccount, zaloPost({ changes: ["default_cover"] }))).toMatchObject({ kind: "refused" })
    expect(await w.zalo.publish(zaloAccount, zaloPost({ cover: aPicture("d") }))).toMatchObject({ kind: "later", change: "fresh_picture_url" })
  })

  test("the second violation within a day stops the OA", async () => {
    await using w = await world(() => zaloError(-248))
    await w.connectOa()
    await w.zalo.publish(zaloAccount, zaloPost())
    w.clock.advance(1)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "locked_out", needs: "policy" })
  })

  test("no calls left this minute: the next one waits for the next minute", async () => {
    await using w = await world(() => new Response(JSON.stringify({ error: 0, data: { token: "t" } }), { headers: { "X-RateLimit-Limit": "100", "X-RateLimit-Remain": "0" } }))
    await w.connectOa()
    await w.zalo.publish(zaloAccount, zaloPost())
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "later", code: "throttled", afterMs: 60_000 })
    w.clock.advance(60_000)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
  })
})

describe("publishing", () => {
  test("create, commit the token, verify until the id is there", async () => {
    const token = "fvXiHxFn+7l/ab==:x"
    let verify: Handler = () => zaloError(-214)
    await using w = await world((request) => (request.path.endsWith("/create") ? zaloAnswer({ token }) : verify(request)))
    await w.connectOa()
    let outcome: any = await w.zalo.publish(zaloAccount, zaloPost())
    expect(outcome).toMatchObject({ kind: "pending", afterMs: 0 })
    expect(readHandle(outcome.handle)!.token).toBe(token)
    const waits: number[] = []
    for (let n = 0; n < 9; n += 1) {
      outcome = await w.zalo.resume(zaloAccount, outcome.handle, zaloPost())
      waits.push(outcome.afterMs / 1_000)
    }
    expect(waits).toEqual([3, 3, 5, 5, 10, 10, 30, 60, 300])
    verify = () => zaloAnswer({})
    expect(await w.zalo.resume(zaloAccount, outcome.handle, zaloPost())).toMatchObject({ kind: "pending" })
    verify = () => new Response("<html>", { status: 502 })
    expect(await w.zalo.resume(zaloAccount, outcome.handle, zaloPost())).toMatchObject({ kind: "pending" })
    verify = () => zaloError(-200, "Upload media failed")
    expect(await w.zalo.resume(zaloAccount, outcome.handle, zaloPost())).toMatchObject({ kind: "later", change: "default_cover" })
    verify = (request) => (request.body.token === token ? new Response('{"error":0,"data":{"id":3870000000000000777}}') : undefined)
    expect(await w.zalo.resume(zaloAccount, outcome.handle, zaloPost())).toEqual({ kind: "sent", remoteId: "3870000000000000777", url: `https://post.oa.zalo.me/d/${OA}?id=3870000000000000777&pageId=${OA}` })
    expect(w.ofPath("create")).toHaveLength(1)
  })

  test("what never finishes goes to a person after two hours; a broken handle too", async () => {
    await using w = await world((request) => (request.path.endsWith("/create") ? zaloAnswer({ token: "t" }) : zaloError(-214)))
    await w.connectOa()
    const outcome: any = await w.zalo.publish(zaloAccount, zaloPost())
    w.clock.advance(2 * 3_600_000 + 1)
    expect(await w.zalo.resume(zaloAccount, outcome.handle, zaloPost())).toMatchObject({ kind: "unknown", repost: false })
    expect(await w.zalo.resume(zaloAccount, "nonsense", zaloPost())).toMatchObject({ kind: "unknown", repost: false })
    expect(pollMs(1_000)).toBe(300_000)
  })

  test("the payload: cover shown, addresses encoded, NFC, headers and proof", async () => {
    await using w = await world(() => zaloAnswer({ token: "t" }))
    await w.connectOa({ access: "access-token-for-tests", refresh: "r-1" })
    const cover = { ...aPicture("a"), url: "https://social.bacninh.example/m/ảnh bìa.jpg" }
    await w.zalo.publish(zaloAccount, zaloPost({ title: "Thông báo".normalize("NFD"), cover }))
    const [request] = w.seen
    expect(request!.path).toBe("/v2.0/article/create")
    expect(request!.headers.get("access_token")).toBe("access-token-for-tests")
    expect(request!.headers.get("appsecret_proof")).toBe("7196be12396e82d498574863aab45f32c0f0c84c6d6d4038d19a0d78120bdf44")
    expect(request!.body).toEqual({
      type: "normal",
      title: "Thông báo",
      author: "Phường Kinh Bắc",
      cover: { cover_type: "photo", photo_url: "https://social.bacninh.example/m/%E1%BA%A3nh%20b%C3%ACa.jpg", status: "show" },
      description: "Lịch tiêm chủng tháng 12.",
      body: [{ type: "text", content: "Đoạn một." }, { type: "image", url: "https://social.bacninh.example/m/a.jpg" }, { type: "text", content: `Nguồn: ${ARTICLE}` }],
      status: "show",
      comment: "hide",
    })
  })

  test("cures: the default cover without the refused picture; a fresh address", async () => {
    await using w = await world(() => zaloAnswer({ token: "t" }))
    await w.connectOa()
    await w.zalo.publish(zaloAccount, zaloPost({ changes: ["default_cover"] }))
    expect(w.seen[0]!.body.cover.photo_url).toEndWith("/m/d.jpg")
    expect(w.seen[0]!.body.body).toHaveLength(2)
    await w.zalo.publish(zaloAccount, zaloPost({ changes: ["fresh_picture_url"] }))
    expect(w.seen[1]!.body.cover.photo_url).toEndWith("/m/a.jpg?again=1")
  })

  test("texts above the safe limits are never sent", async () => {
    await using w = await world(() => zaloAnswer({ token: "t" }))
    await w.connectOa()
    for (const set of [{ title: "a".repeat(141) }, { description: "a".repeat(251) }, { author: "a".repeat(51) }]) expect(await w.zalo.publish(zaloAccount, zaloPost(set))).toMatchObject({ kind: "refused", code: "too_long" })
    expect(await w.zalo.publish(zaloAccount, zaloPost({ title: "ế".repeat(140).normalize("NFD") }))).toMatchObject({ kind: "pending" })
    expect(w.seen).toHaveLength(1)
  })
})

describe("editing and hiding", () => {
  test("the whole article under its id, verified; hiding is an update", async () => {
    let polls = 0
    await using w = await world((request) => (request.path.endsWith("/update") ? zaloAnswer({ token: "t" }) : ++polls % 3 ? zaloError(-214) : zaloAnswer({ id: "abc" })))
    await w.connectOa()
    expect(await w.zalo.update(zaloAccount, "abc", zaloPost())).toMatchObject({ kind: "sent", remoteId: "abc" })
    expect(w.seen[0]!.body).toMatchObject({ id: "abc", status: "show", title: zaloPost().title })
    expect(await w.zalo.remove(zaloAccount, "abc", zaloPost())).toMatchObject({ kind: "sent", remoteId: "abc" })
    expect(w.ofPath("/update")[1]!.body).toMatchObject({ id: "abc", status: "hide" })
    expect(w.ofPath("/article/remove")).toHaveLength(0)
  })

  test("a refused cover keeps no withdrawal from happening; an endless one comes later", async () => {
    await using w = await world((request) => (request.path.endsWith("/update") ? (request.body.cover.photo_url.endsWith("a.jpg") ? zaloError(-201, "cover value is invalid") : zaloAnswer({ token: "t" })) : zaloAnswer({ id: "abc" })))
    await w.connectOa()
    expect(await w.zalo.remove(zaloAccount, "abc", zaloPost())).toMatchObject({ kind: "sent" })
    w.script.handler = (request) => (request.path.endsWith("/update") ? zaloAnswer({ token: "t" }) : zaloError(-214))
    expect(await w.zalo.update(zaloAccount, "abc", zaloPost())).toMatchObject({ kind: "later", code: "-214" })
  })
})

describe("reading back", () => {
  const article = (id: string, set: Record<string, unknown> = {}) => ({ id, type: "normal", title: "thông báo  LỊCH tiêm chủng", status: "show", create_date: NOW + 1_000, update_date: NOW, total_view: "5", total_share: 1, ...set })
  const serve = (all: unknown[], details: Record<string, string> = {}): Handler => (request) => {
    if (request.path.endsWith("/getdetail")) return zaloAnswer({ body: [{ type: "text", content: details[request.query.get("id")!] ?? "" }] })
    const offset = Number(request.query.get("offset"))
    if (Number(request.query.get("limit")) > 10) return zaloError(-201, "maximum limit is 10")
    if (request.query.get("type") !== "normal") return zaloError(-201, "type accept only 2 value normal and video")
    return zaloAnswer({ total: all.length, medias: all.slice(offset, offset + 10) })
  }
  const probe = { id: "d1", articleUrl: ARTICLE, title: "Thông báo lịch tiêm chủng".normalize("NFD"), message: null, since: NOW }
  const look = async (handler: Handler) => {
    await using w = await world(handler)
    await w.connectOa()
    const outcome: any = await w.zalo.look(zaloAccount, [probe])
    return { found: outcome.found?.get("d1"), outcome, seen: w.seen }
  }

  test("by title whatever its spelling, on any of the pages", async () => {
    const others = Array.from({ length: 25 }, (_, n) => article(`o${n}`, { title: `Tin ${n}` }))
    const { found, seen } = await look(serve([...others, article("mine", { link_view: "https://post.oa.zalo.me/x" })]))
    expect(found).toEqual({ remoteId: "mine", url: "https://post.oa.zalo.me/x", at: NOW + 1_000, byUs: null })
    expect(seen).toHaveLength(3)
  })

  test("an older article of the same title is not ours; at most six pages are read", async () => {
    const old = article("old", { create_date: NOW - 121_000 })
    const { found, seen } = await look(serve([...Array.from({ length: 80 }, (_, n) => article(`o${n}`, { title: `Tin ${n}` })), old]))
    expect(found).toBeUndefined()
    expect(seen).toHaveLength(6)
    expect((await look(serve([old]))).found).toBeUndefined()
  })

  test("a foreign twin is told apart by the address in the text", async () => {
    const { found } = await look(serve([article("foreign"), article("ours", { create_date: NOW + 2_000 })], { foreign: "Bản tin của đài", ours: `<p>Nguồn: ${ARTICLE}</p>` }))
    expect(found).toMatchObject({ remoteId: "ours", byUs: true })
  })

  test("a list that cannot be read proves nothing", async () => {
    expect((await look((request) => (request.query.get("offset") === "10" ? new Response("", { status: 500 }) : serve(Array.from({ length: 20 }, (_, n) => article(`o${n}`)))(request)))).outcome).toMatchObject({ kind: "unreadable", code: "http_500" })
    expect((await look(() => zaloError(-224))).outcome).toMatchObject({ kind: "unreadable", lockedOut: "package" })
  })

  test("statistics: counters as numbers, whatever they came as", async () => {
    await using w = await world(serve([article("a"), article("b", { total_view: undefined })]))
    await w.connectOa()
    expect(await w.zalo.articleStats(zaloAccount)).toMatchObject({ kind: "read", articles: [{ id: "a", views: 5, shares: 1 }, { id: "b", views: null }] })
  })
})
