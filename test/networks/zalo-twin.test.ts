/** Another tool feeds the OA too: an article that stands there is not told twice (zalo-oa.md 4.5, rule 2). */
import { expect, test } from "bun:test"
import { ARTICLE, NOW, world, zaloAccount, zaloAnswer, zaloError, zaloPost } from "./support.ts"

const DAY = 86_400_000
const listed = (id: string, set: object = {}) => ({ id, type: "normal", title: "THÔNG BÁO  lịch tiêm chủng".normalize("NFD"), status: "show", create_date: NOW - DAY, update_date: NOW - DAY, total_view: 1, total_share: 0, ...set })

async function oa(medias: object[], options: { body?: string; own?: string[]; list?: () => Response } = {}) {
  const w = await world(
    (request) => {
      if (request.path.endsWith("/getslice")) return options.list?.() ?? zaloAnswer({ total: medias.length, medias })
      if (request.path.endsWith("/getdetail")) return options.body === undefined ? zaloError(-201) : zaloAnswer({ id: "f1", body: [{ type: "text", content: options.body }] })
      return zaloAnswer({ token: "t" })
    },
    { ownPosts: async (_account, ids) => new Set(ids.filter((id) => options.own?.includes(id))) },
  )
  await w.connectOa()
  return w
}

test("an article of another tool under the same title keeps ours back, with its address as the reason", async () => {
  await using w = await oa([listed("f1", { link_view: "https://post.oa.zalo.me/f1" })], { body: "Cùng tin, viết bởi công cụ khác." })
  expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "refused", code: "already_there", reason: expect.stringContaining("https://post.oa.zalo.me/f1") })
  expect(w.ofPath("/create")).toEqual([])
})

test("what tells this very article is ours come into sight late, or stands there anyway: its id is taken over", async () => {
  await using w = await oa([listed("f1")], { body: `Nguồn: ${ARTICLE}` })
  expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "sent", remoteId: "f1", at: NOW - DAY })
  expect(w.ofPath("/create")).toEqual([])
})

test.each([
  ["a post of Loa's own", [listed("f1")], { own: ["f1"] }],
  ["a hidden one", [listed("f1", { status: "hide" })], {}],
  ["one older than a week", [listed("f1", { create_date: NOW - 7 * DAY - 1 })], {}],
  ["another title", [listed("f1", { title: "Lịch cắt điện" })], {}],
  ["an empty list", [], {}],
  ["a list that answers 404 for ever", [], { list: () => Response.json({ error: -209, message: "x" }, { status: 404 }) }],
  ["a list that answers HTML", [], { list: () => new Response("<html>", { status: 502 }) }],
] as const)("%s stops nothing", async (_name, medias, options) => {
  await using w = await oa([...medias], options as object)
  expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
  expect(w.ofPath("/create")).toHaveLength(1)
})

test("an article that cannot be read is asked for again, nothing is posted meanwhile", async () => {
  await using w = await oa([listed("f1")])
  expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "later", scope: "delivery" })
  expect(w.ofPath("/create")).toEqual([])
})

test("a burst reads the list once, ten minutes later it is read anew", async () => {
  await using w = await oa([])
  for (let i = 0; i < 5; i++) await w.zalo.publish(zaloAccount, zaloPost({ title: `Tin ${i}` }))
  expect(w.ofPath("/getslice").map((request) => request.query.toString())).toEqual(["offset=0&limit=10&type=normal"])
  w.clock.advance(600_000)
  await w.zalo.publish(zaloAccount, zaloPost({ title: "Tin 6" }))
  expect(w.ofPath("/getslice")).toHaveLength(2)
})
