import { expect, test } from "bun:test"
import { facebookAccount, graphError, PAGE, world, zaloAccount, zaloAnswer, zaloError } from "./support.ts"

test("posts of a Page, ours and others'", async () => {
  const created_time = "2026-11-24T02:00:00+0000"
  const data = [
    { id: "1", created_time, message: "ta", application: { id: "1234567890" } },
    { id: "2", created_time, message: "xem http://bad.example/x", application: { id: "999" } },
    { id: "3", created_time },
  ]
  await using w = await world(() => Response.json({ data }))
  await w.connectPage()
  const posts = await w.facebook.recentPosts(facebookAccount)
  expect(posts!.map((post) => [post.id, post.byUs, post.links])).toEqual([["1", true, []], ["2", false, ["bad.example/x"]], ["3", null, []]])
  w.script.handler = () => graphError(10)
  expect(await w.facebook.recentPosts(facebookAccount)).toBeNull()
})

test("admins, or null where the Page does not tell", async () => {
  await using w = await world(() => Response.json({ data: [{ id: "7", name: "A", tasks: ["MANAGE"] }, { name: "no id" }] }))
  await w.connectPage()
  expect(await w.facebook.admins(facebookAccount)).toEqual([{ id: "7", name: "A", tasks: ["MANAGE"] }])
  w.script.handler = () => graphError(200, 2069030)
  expect(await w.facebook.admins(facebookAccount)).toBeNull()
})

test("missing webhook fields are subscribed again", async () => {
  let fields: string[] = ["feed"]
  await using w = await world((request) => {
    if (request.method === "GET") return Response.json({ data: [{ id: "1234567890", subscribed_fields: fields }] })
    fields = request.query.get("subscribed_fields")!.split(",")
    return Response.json({ success: "true" })
  })
  await w.connectPage()
  expect(await w.facebook.ensureSubscribed(facebookAccount)).toContain("name")
  expect(await w.facebook.ensureSubscribed(facebookAccount)).toEqual([])
  expect(w.seen.filter((request) => request.method === "POST").map((request) => request.path)).toEqual([`/v25.0/${PAGE}/subscribed_apps`])
})

test("a text into a staff group", async () => {
  await using w = await world(() => zaloAnswer({ message_id: "1" }))
  await w.connectOa()
  expect(await w.zalo.sendToGroup(zaloAccount, "g1", "x".repeat(3_000))).toEqual({ sent: true })
  expect(w.seen[0]!.body.recipient).toEqual({ group_id: "g1" })
  expect(w.seen[0]!.body.message.text).toHaveLength(2_000)
  w.script.handler = () => zaloError(-237)
  expect(await w.zalo.sendToGroup(zaloAccount, "g1", "x")).toMatchObject({ sent: false, code: "-237" })
})
