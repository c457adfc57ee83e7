import { beforeAll, describe, expect, test } from "bun:test"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { appSecretProof } from "../../src/networks/facebook/client.ts"
import { aPicture, ARTICLE, facebookAccount, facebookPost, graphError, NOW, PAGE, PAGE_TOKEN, world } from "./support.ts"

let jpeg = ""
beforeAll(() => {
  jpeg = join(mkdtempSync(join(tmpdir(), "loa-pictures-")), "a.jpg")
  writeFileSync(jpeg, Buffer.from("ffd8ffe000104a46", "hex"))
})
const sent = { id: `${PAGE}_712345678901234`, permalink_url: "https://www.facebook.com/x/posts/pfbid0", created_time: "2026-11-22T02:00:04+0000" }

test("the timed proof has the contract's vector", () => {
  expect(appSecretProof("EAAGtestTOKEN1234567890", "0123456789abcdef0123456789abcdef", 1795312800)).toBe("f2811d266fd067e81b64ec3cc7661b1bf5a07a8eb396ad87587f3ed050860077")
})

describe("publishing", () => {
  test("a link post: bearer header, proof, fields, and no token in the address", async () => {
    await using w = await world(() => Response.json(sent))
    await w.connectPage()
    const outcome = await w.facebook.publish(facebookAccount, facebookPost({ mode: "link" }))
    expect(outcome).toEqual({ kind: "sent", remoteId: sent.id, url: sent.permalink_url, at: Date.parse("2026-11-22T02:00:04Z") })
    const [request] = w.seen
    expect(request).toMatchObject({ method: "POST", path: `/v25.0/${PAGE}/feed`, body: { link: ARTICLE, published: true, message: facebookPost().message } })
    expect(request!.headers.get("authorization")).toBe(`Bearer ${PAGE_TOKEN}`)
    expect(request!.query.get("fields")).toBe("id,permalink_url,created_time")
    expect(request!.query.get("appsecret_time")).toBe(String(NOW / 1_000))
    expect(request!.query.get("appsecret_proof")).toBe(appSecretProof(PAGE_TOKEN, "0123456789abcdef0123456789abcdef", NOW / 1_000))
    expect([...request!.query.values()].join()).not.toContain(PAGE_TOKEN)
  })

  test("an id that came as a bare number keeps its digits", async () => {
    await using w = await world(() => new Response('{"id":1088240173458660001}'))
    await w.connectPage()
    expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent", remoteId: "1088240173458660001" })
  })

  test("one photo goes to /photos as bytes with its alternative text", async () => {
    await using w = await world(() => Response.json({ id: "712345678901111", post_id: sent.id }))
    await w.connectPage()
    const outcome = await w.facebook.publish(facebookAccount, facebookPost({ mode: "photo_text", pictures: [aPicture("a", jpeg)] }))
    expect(outcome).toMatchObject({ kind: "sent", remoteId: sent.id, url: `https://www.facebook.com/${sent.id}` })
    const [request] = w.seen
    const { source, ...fields } = request!.body
    expect(request!.path).toBe(`/v25.0/${PAGE}/photos`)
    expect(fields).toEqual({ caption: facebookPost().message, published: "true", alt_text_custom: "Trụ sở UBND phường" })
    expect([source.size, source.type]).toEqual([8, "image/jpeg"])
  })

  test("several photos are staged, then attached", async () => {
    let photo = 0
    await using w = await world((request) => Response.json(request.path.endsWith("/photos") ? { id: `P${++photo}` } : sent))
    await w.connectPage()
    const pictures = Array.from({ length: 12 }, () => aPicture("a", jpeg))
    expect(await w.facebook.publish(facebookAccount, facebookPost({ mode: "photo_text", pictures }))).toMatchObject({ kind: "sent", remoteId: sent.id })
    expect(w.ofPath("/photos")).toHaveLength(10)
    expect(w.ofPath("/photos").every((request) => request.body.published === "false")).toBe(true)
    expect(w.ofPath("/feed")[0]!.body.attached_media).toHaveLength(10)
    expect(w.ofPath("/feed")[0]!.body.attached_media[0]).toEqual({ media_fbid: "P1" })
    expect(w.ofPath("/feed")[0]!.body.link).toBeUndefined()
  })

  test("staged photos go when the post is refused, stay when its fate is unknown; a failed staging posted nothing", async () => {
    let feed: () => Response = () => graphError(100)
    let photo = 0
    await using w = await world((request) => {
      if (request.method === "DELETE") return Response.json({ success: true })
      return request.path.endsWith("/photos") ? Response.json({ id: `P${++photo}` }) : feed()
    })
    await w.connectPage()
    const post = facebookPost({ mode: "photo_text", pictures: [aPicture("a", jpeg), aPicture("b", jpeg)] })
    expect(await w.facebook.publish(facebookAccount, post)).toMatchObject({ kind: "refused" })
    expect(w.seen.filter((r) => r.method === "DELETE").map((r) => r.path)).toEqual(["/v25.0/P1", "/v25.0/P2"])
    feed = () => graphError(2, undefined, "x", 500)
    expect(await w.facebook.publish(facebookAccount, post)).toMatchObject({ kind: "unknown", repost: true })
    expect(w.seen.filter((r) => r.method === "DELETE")).toHaveLength(2)
    w.script.handler = () => graphError(2, undefined, "x", 500)
    expect(await w.facebook.publish(facebookAccount, post)).toMatchObject({ kind: "later", scope: "delivery" })
  })

  test("a picture that cannot be read holds the post back; it does not go out without it", async () => {
    await using w = await world(() => Response.json(sent))
    await w.connectPage()
    expect(await w.facebook.publish(facebookAccount, facebookPost({ mode: "photo_text", pictures: [aPicture("a", "/no/such.jpg")] }))).toMatchObject({ kind: "later", code: "picture_unreadable" })
    expect(w.seen).toHaveLength(0)
  })

  test("the recorded cures are obeyed", async () => {
    await using w = await world((request) => Response.json(request.path.endsWith("/photos") ? { id: "1", post_id: sent.id } : sent))
    await w.connectPage()
    const publish = async (set: Parameters<typeof facebookPost>[0]) => {
      w.seen.length = 0
      await w.facebook.publish(facebookAccount, facebookPost(set))
      return w.seen
    }
    const scraped = await publish({ mode: "link", changes: ["scrape_first"] })
    expect(scraped.map((r) => r.path)).toEqual(["/v25.0/", `/v25.0/${PAGE}/feed`])
    expect(Object.fromEntries(scraped[0]!.query)).toMatchObject({ id: ARTICLE, scrape: "true" })
    const pictured = await publish({ mode: "link", changes: ["scrape_first", "photo_text"], pictures: [aPicture("a", jpeg)] })
    expect(pictured.map((r) => r.path)).toEqual([`/v25.0/${PAGE}/photos`])
    expect((await publish({ mode: "photo_text", changes: ["text_only"], pictures: [aPicture("a", jpeg)] })).map((r) => r.path)).toEqual([`/v25.0/${PAGE}/feed`])
    expect((await publish({ mode: "link", changes: ["drop_link"] }))[0]!.body.link).toBeUndefined()
  })

  test("reencode_picture sends a JPEG of at most 2 MB", async () => {
    const { default: sharp } = await import("sharp")
    const png = join(mkdtempSync(join(tmpdir(), "loa-pictures-")), "a.png")
    await sharp({ create: { width: 2600, height: 60, channels: 3, background: "#c00" } }).png().toFile(png)
    await using w = await world(() => Response.json({ id: "1", post_id: sent.id }))
    await w.connectPage()
    await w.facebook.publish(facebookAccount, facebookPost({ mode: "photo_text", changes: ["reencode_picture"], pictures: [aPicture("a", png)] }))
    const bytes = Buffer.from(await w.seen[0]!.body.source.arrayBuffer())
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "jpeg", width: 2048 })
  })
})

describe("reading back", () => {
  const post = (id: string, set: Record<string, unknown> = {}) => ({ id: `${PAGE}_${id}`, created_time: "2026-11-24T02:00:04+0000", message: "khác", application: { id: "1234567890" }, ...set })
  const probe = (set: Record<string, unknown> = {}) => ({ id: "d1", articleUrl: ARTICLE, title: "Tin", message: facebookPost().message, since: NOW, ...set })
  const look = async (pages: unknown[][], probes = [probe()], set: { app?: boolean } = {}) => {
    await using w = await world((request) => {
      const at = Number(request.query.get("after") ?? 0)
      const paging = { cursors: { after: String(at + 1) }, ...(at + 1 < pages.length ? { next: "https://graph.facebook.com/evil?access_token=x" } : {}) }
      return Response.json({ data: pages[at], paging })
    }, set)
    await w.connectPage()
    return { outcome: (await w.facebook.look(facebookAccount, probes)) as Extract<Awaited<ReturnType<typeof w.facebook.look>>, { kind: "read" }>, asked: w.seen.length }
  }

  test("ranked order, an empty page that still has a next one", async () => {
    const { outcome, asked } = await look([[post("1", { created_time: "2026-01-01T00:00:00+0000" })], [], [post("2", { message: facebookPost().message, permalink_url: "https://www.facebook.com/p/2" })]])
    expect(asked).toBe(3)
    expect(outcome.found.get("d1")).toEqual({ remoteId: `${PAGE}_2`, url: "https://www.facebook.com/p/2", at: Date.parse("2026-11-24T02:00:04Z"), byUs: true })
  })

  test.each([
    ["address in the text", post("1", { message: `Tin. Nguồn: ${ARTICLE}.` }), true],
    ["a longer address is another article", post("1", { message: `Nguồn: ${ARTICLE}6` }), false],
    ["unshimmed attachment", post("1", { attachments: { data: [{ unshimmed_url: `${ARTICLE}?utm_source=x` }] } }), true],
    ["l.php wrapper", post("1", { attachments: { data: [{ url: `https://l.facebook.com/l.php?u=${encodeURIComponent(ARTICLE)}&h=AT0` }] } }), true],
    ["equal text in another Unicode form", post("1", { message: "Thông báo".normalize("NFD") }), true],
    ["made before the attempt", post("1", { message: ARTICLE, created_time: "2026-11-24T01:57:59+0000" }), false],
    ["within two minutes of clock skew", post("1", { message: ARTICLE, created_time: "2026-11-24T01:58:01+0000" }), true],
    ["made by another application", post("1", { message: ARTICLE, application: { id: "999" } }), false],
    ["application not told", post("1", { message: ARTICLE, application: undefined }), true],
  ] as [string, unknown, boolean][])("%s", async (_name, item, expected) => {
    const { outcome } = await look([[item]], [probe({ message: "Thông báo" })])
    expect(outcome.found.has("d1")).toBe(expected)
  })

  test("one post answers for one delivery only", async () => {
    const { outcome } = await look([[post("1", { message: "giống nhau" })]], [probe({ id: "a", articleUrl: "https://x.example/1", message: "giống nhau" }), probe({ id: "b", articleUrl: "https://x.example/2", message: "giống nhau" })])
    expect([...outcome.found.keys()]).toEqual(["a"])
  })

  test("a page that cannot be read proves nothing", async () => {
    await using w = await world((request) => (request.query.has("after") ? new Response("<html>", { status: 502 }) : Response.json({ data: [], paging: { cursors: { after: "A" }, next: "https://x" } })))
    await w.connectPage()
    expect(await w.facebook.look(facebookAccount, [probe()])).toMatchObject({ kind: "unreadable", code: "http_502" })
  })
})

describe("editing and removing", () => {
  test("an edit sends the text; success may be a word", async () => {
    await using w = await world(() => Response.json({ success: "true" }))
    await w.connectPage()
    expect(await w.facebook.update(facebookAccount, sent.id, facebookPost())).toEqual({ kind: "sent", remoteId: sent.id })
    expect(w.seen[0]).toMatchObject({ method: "POST", path: `/v25.0/${sent.id}`, body: { message: facebookPost().message } })
  })

  test("removed means gone when read back", async () => {
    let there = true
    let answer = () => Response.json({ success: true })
    await using w = await world((request) => (request.method === "DELETE" ? answer() : there ? Response.json({ id: sent.id }) : graphError(100, 33)))
    await w.connectPage()
    const remove = () => w.facebook.remove(facebookAccount, sent.id, facebookPost())
    expect(await remove()).toMatchObject({ kind: "later", code: "still_there" })
    there = false
    expect(await remove()).toMatchObject({ kind: "sent" })
    // Already gone is done; and a missing post never stops the account.
    answer = () => graphError(100, 33)
    expect(await remove()).toMatchObject({ kind: "sent" })
    there = true
    expect(await remove()).toMatchObject({ kind: "refused" })
    w.script.handler = () => graphError(100, 33)
    expect(await w.facebook.update(facebookAccount, sent.id, facebookPost())).toMatchObject({ kind: "refused" })
  })
})
