/** Words of posts at the desk: edited, approved by somebody else, put off, taken down; posts by hand; the stop. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { HOUR, MINUTE } from "../../src/base/clock.ts"
import { vnInput } from "../../src/base/time.ts"
import { inTransaction } from "../../src/db/index.ts"
import type { PostPicture, ZaloContent } from "../../src/model/index.ts"
import { stampOf } from "../../src/outbox/index.ts"
import { editable, editMistakes, withText } from "../../src/render/index.ts"
import { anArticle, aPost } from "../support/factories.ts"
import { post, testDesk, type Browser, type TestDesk } from "./support.ts"

let desk: TestDesk
let [first, second, editor, official, admin]: Browser[] = []
beforeAll(async () => {
  desk = await testDesk()
  first = await desk.signedIn("duyet-1", "approver")
  second = await desk.signedIn("duyet-2", "approver")
  editor = await desk.signedIn("bien-tap", "editor")
  official = await desk.signedIn("can-bo", "unit_official", "kinh-bac")
  admin = await desk.signedIn("quan-tri", "province_admin")
})
afterAll(() => desk.close())

const row = (id: string) => desk.rooms.outbox.find(id)
const stateOf = async (id: string) => (await row(id)).state
const messageOf = async (id: string) => {
  const content = (await desk.rooms.outbox.posts([id])).get(id)!
  return content.network === "facebook" ? content.message : content.title
}
const stamp = async (id: string) => stampOf((await desk.rooms.outbox.posts([id])).get(id)!)
const save = async (browser: Browser, id: string, message: string, more: Record<string, string> = {}) => browser.post(`/queue/${id}/words`, { message, stamp: await stamp(id), do: "save", ...more })

describe("editing a post", () => {
  test("the source line stays; who changed the words does not approve them", async () => {
    const { id, articleUrl } = await post(desk.rooms, "kinh-bac", 1)
    expect((await save(first!, id, "Lời mới.")).headers.get("location")).toBe(`/queue/${id}?done=words&n=1&review=0`)
    expect(await messageOf(id)).toBe(`Lời mới.\n\nNguồn: ${articleUrl}`)
    const own = await first!.post("/queue", { id, do: "approve", state: "review" })
    expect([own.status, (await own.text()).includes("bốn mắt")]).toEqual([400, true])
    expect(await stateOf(id)).toBe("review")
    expect((await second!.post("/queue", { id, do: "approve", state: "review" })).status).toBe(303)
    expect(await stateOf(id)).toBe("waiting")
    // One more change after the approval: what was approved is not what would go out.
    expect((await save(editor!, id, "Lời khác.")).headers.get("location")).toContain("review=1")
    expect([await stateOf(id), (await row(id)).approved_by]).toEqual(["review", null])
    const page = await second!.text(`/queue/${id}`)
    for (const part of ["Lời bài đã sửa", "<del>mới</del><ins>khác</ins>", "bien-tap"]) expect(page).toContain(part)
    // The console is bound alike, and neither retry nor a moment lets own words through.
    await expect(desk.rooms.outbox.approve([id], "user:bien-tap", desk.clock.now() + HOUR)).rejects.toThrow()
    await second!.post("/queue", { id, do: "reject", why: "thôi", state: "review" })
    await expect(desk.rooms.outbox.retry([id], "user:bien-tap")).rejects.toThrow()
    await desk.rooms.outbox.retry([id], "user:duyet-2")
  })

  test("a unit may be content with one person", async () => {
    const { id } = await post(desk.rooms, "vu-ninh", 2)
    expect((await first!.post("/settings", { unit: "vu-ninh", value: "off" })).status).toBe(403)
    expect((await admin!.post("/settings", { unit: "nowhere", value: "off" })).status).toBe(400)
    expect((await admin!.post("/settings", { unit: "vu-ninh", value: "off" })).status).toBe(303)
    await save(first!, id, "Tự sửa, tự duyệt.")
    expect((await first!.post("/queue", { id, do: "approve", state: "review" })).status).toBe(303)
    await admin!.post("/settings", { unit: "vu-ninh", value: "default" })
    expect(await desk.rooms.outbox.fourEyes("vu-ninh")).toBe(true)
  })

  test("every mistake stands next to its field, and nothing typed is lost", async () => {
    const { id } = await post(desk.rooms, "kinh-bac", 3)
    const before = await messageOf(id)
    const typed = `Vào https://trung-thuong.example.com ngay ${"x".repeat(5_000)} <b>đậm</b>`
    const answer = await save(editor!, id, typed)
    const html = await answer.text()
    expect(answer.status).toBe(400)
    for (const part of ["dài 5.0", "tối đa 5.000 ký tự", "trung-thuong.example.com", "có thẻ HTML", 'aria-invalid="true"', "x".repeat(5_000), "&lt;b&gt;đậm&lt;/b&gt;"]) expect(html).toContain(part)
    expect(await messageOf(id)).toBe(before)
    expect((await save(editor!, id, "   ")).status).toBe(400)
    // A look changes nothing and counts.
    const look = await editor!.post(`/queue/${id}/words`, { message: "Thử.", stamp: await stamp(id), do: "look" })
    expect([look.status, (await look.text()).includes("Thử.")]).toEqual([200, true])
    expect(await messageOf(id)).toBe(before)
  })

  test("words that changed meanwhile are not overwritten", async () => {
    const { id } = await post(desk.rooms, "kinh-bac", 4)
    const old = await stamp(id)
    await save(first!, id, "Người khác nhanh hơn.")
    const late = await editor!.post(`/queue/${id}/words`, { message: "Chậm chân.", stamp: old, do: "save" })
    expect([late.status, (await late.text()).includes("Chậm chân.")]).toEqual([400, true])
    expect(await messageOf(id)).toContain("Người khác nhanh hơn.")
  })

  test("an edit on the portal does not slip behind a person's words", async () => {
    const { rooms, clock } = desk
    const [waiting, published] = [await post(rooms, "kinh-bac", 8), await post(rooms, "kinh-bac", 9)]
    for (const { id } of [waiting, published]) {
      await save(first!, id, "Lời người sửa.")
      await second!.post("/queue", { id, do: "approve", state: "review" })
    }
    await rooms.db.updateTable("deliveries").set({ state: "published", remote_id: "1_9", published_at: clock.now() }).where("id", "=", published.id).execute()
    for (const [n, version] of [[8, 2], [9, 2], [9, 3]] as const) {
      const edited = anArticle(n, { id: `article-kinh-bac-${n}`, unitId: "kinh-bac", version, title: `Tin số ${n} (sửa)` })
      await inTransaction(rooms.db, (tx) => rooms.outbox.followEdit(tx, edited, "update", () => aPost(edited)))
    }
    expect([await stateOf(waiting.id), await messageOf(waiting.id)]).toEqual(["review", expect.stringContaining("(sửa)")])
    expect([(await row(published.id)).followup, await messageOf(published.id)]).toEqual([null, expect.stringContaining("Lời người sửa.")])
    await rooms.alerts.flush()
    expect((await rooms.alerts.list({ kind: "article.edited" })).map((alert) => alert.account)).toContain("kinh-bac-facebook")
    // The old words are history: who chose them may approve the portal's.
    expect((await first!.post("/queue", { id: waiting.id, do: "approve", state: "review" })).status).toBe(303)
  })

  test("posts with the same words are changed together, another unit's never", async () => {
    const article = anArticle(5, { id: "leaders", unitId: "kinh-bac" })
    const accounts = ["kinh-bac-facebook", "vu-ninh-facebook"].map((id) => desk.rooms.view().accountById(id)!)
    await inTransaction(desk.rooms.db, (tx) => desk.rooms.outbox.enqueue(tx, accounts.map((account) => ({ article, account, content: aPost(article) }))))
    const [own, other] = accounts.map((account) => account.id)
    const ids = Object.fromEntries((await desk.rooms.outbox.list({ articleId: "leaders" })).map((view) => [view.account, view.id]))
    expect(await official!.text(`/queue/${ids[own!]}`)).not.toContain('name="all"')
    await save(official!, ids[own!]!, "Chỉ đơn vị tôi.", { all: "yes" })
    expect([await messageOf(ids[own!]!), await messageOf(ids[other!]!)].map((text) => text.startsWith("Chỉ đơn vị tôi."))).toEqual([true, false])
    expect((await official!.get(`/queue/${ids[other!]}`)).status).toBe(404)
    expect((await save(official!, ids[other!]!, "Không.")).status).toBe(404)
    await save(editor!, ids[own!]!, aPost(article).message.split("\n\nNguồn")[0]!)
    await save(editor!, ids[own!]!, "Cả hai.", { all: "yes" })
    expect([await messageOf(ids[own!]!), await messageOf(ids[other!]!)].map((text) => text.startsWith("Cả hai."))).toEqual([true, true])
  })

  test("a post waits for its moment; a moment for a post in review is its approval", async () => {
    const { id } = await post(desk.rooms, "kinh-bac", 6)
    const at = desk.clock.now() + 3 * HOUR
    const asked = { id, do: "schedule", at: vnInput(at), state: "review" }
    expect((await editor!.post("/queue", asked)).status).toBe(403)
    expect((await first!.post("/queue", { ...asked, at: vnInput(desk.clock.now() - HOUR) })).status).toBe(400)
    expect((await first!.post("/queue", { ...asked, at: "không" })).status).toBe(400)
    expect((await first!.post("/queue", asked)).status).toBe(303)
    expect([await stateOf(id), Number((await row(id)).due_at), (await row(id)).approved_by]).toEqual(["waiting", at, "user:duyet-1"])
    expect((await editor!.post("/queue", { ...asked, at: vnInput(at + HOUR), state: "waiting" })).status).toBe(303)
    expect(Number((await row(id)).due_at)).toBe(at + HOUR)
    await desk.rooms.outbox.cancel([id], "test")
  })

  test("a published post is taken down with a reason and a confirmation", async () => {
    const { id } = await post(desk.rooms, "kinh-bac", 7)
    await desk.rooms.db.updateTable("deliveries").set({ state: "published", remote_id: "1_2", published_at: desk.clock.now() }).where("id", "=", id).execute()
    expect(await official!.text(`/take-down?id=${id}`)).toContain("không khôi phục được")
    // Many at once are looked at together; one of another unit spoils the order.
    const other = await post(desk.rooms, "vu-ninh", 7)
    expect(await first!.text("/queue?state=published")).toContain('formaction="/take-down"')
    expect((await official!.get(`/take-down?id=${id}&id=${other.id}`)).status).toBe(404)
    expect((await first!.text(`/take-down?id=${id}&id=${other.id}`)).match(/name="id"/g)).toHaveLength(1)
    expect((await official!.post("/take-down", { id, why: "đăng nhầm" })).status).toBe(400)
    expect((await row(id)).followup).toBeNull()
    expect((await official!.post("/take-down", { id, why: "đăng nhầm", sure: "yes" })).status).toBe(303)
    expect((await row(id)).followup).toBe("remove")
    expect((await (await desk.signedIn("kiem-tra", "auditor")).get(`/take-down?id=${id}`)).status).toBe(403)
  })
})

test("a Zalo article keeps its pictures and its source when its paragraphs change", () => {
  const picture: PostPicture = { sha256: "a".repeat(64), path: "/a", url: "https://x/a", width: 10, height: 10, alt: "" }
  const content: ZaloContent = {
    network: "zalo", articleUrl: "https://cong.bacninh.gov.vn/1", title: "T", author: "A", description: "D", cover: picture, defaultCover: picture, changes: [],
    body: [{ type: "text", content: "Một" }, { type: "text", content: "Hai" }, { type: "image", picture }, { type: "text", content: "Ba" }, { type: "text", content: "Nguồn: https://cong.bacninh.gov.vn/1" }],
  }
  expect(editable(content).text.body).toBe("Một\n\nHai\n\nBa")
  const shapes = (body: string) => withText(content, { body }).network === "zalo" && (withText(content, { body }) as ZaloContent).body.map((block) => (block.type === "text" ? block.content : "[ảnh]"))
  expect(shapes("Một\n\nHai sửa\n\nBa\n\nBốn")).toEqual(["Một", "Hai sửa", "[ảnh]", "Ba", "Bốn", "Nguồn: https://cong.bacninh.gov.vn/1"])
  expect(shapes("Chỉ một")).toEqual(["Chỉ một", "[ảnh]", "Nguồn: https://cong.bacninh.gov.vn/1"])
  const wrong = editMistakes(content, { title: "x".repeat(141), description: "", author: "y".repeat(51), body: "được" }, () => false)
  expect(wrong.map((mistake) => mistake.field)).toEqual(["title", "description", "author"])
})

describe("a post by hand", () => {
  const typed = { unit: "kinh-bac", title: "Cảnh báo lũ", body: "Nước sông lên nhanh.\n\nNgười dân không qua ngầm tràn.", url: "", to: "all", networks: ["facebook", "zalo"] }
  const idOf = (answer: Response) => answer.headers.get("location")!.split("/").at(-1)!.split("?")[0]!
  const stampIn = (html: string) => /name="stamp" value="([^"]+)"/.exec(html)![1]!

  test("every mistake at once; nothing typed is lost", async () => {
    const answer = await editor!.post("/emergency/new", { ...typed, title: "", body: "Xem tại lua-dao.example.com", url: "https://elsewhere.example.com/", to: "units", units: "không-có" })
    const html = await answer.text()
    expect(answer.status).toBe(400)
    for (const part of ["phải có nội dung", "lua-dao.example.com", "trên cổng của cơ quan nhà nước", "mã đơn vị có trong sổ đăng ký", "không có tài khoản nào", "https://elsewhere.example.com/"]) expect(html).toContain(part)
    expect(await desk.rooms.db.selectFrom("emergency_posts").selectAll().execute()).toEqual([])
  })

  test("is sent once, by a second person, ahead of pace and review", async () => {
    const id = idOf(await first!.post("/emergency/new", typed))
    const page = await first!.text(`/emergency/${id}`)
    for (const part of ["Hiển thị trên Facebook", "Hiển thị trên Zalo OA", "một người duyệt khác"]) expect(page).toContain(part)
    expect((await first!.post(`/emergency/${id}`, { do: "send", sure: "yes", stamp: "" })).status).toBe(400)
    await first!.post(`/emergency/${id}`, { do: "ask" })
    expect(await second!.text("/")).toMatch(/Tin khẩn chờ người thứ hai<\/a><b>1</)
    const stamped = stampIn(await second!.text(`/emergency/${id}`))
    expect((await second!.post(`/emergency/${id}`, { do: "send", stamp: stamped })).status).toBe(400)
    // The author changes the words meanwhile: what was read is not what would go out.
    await first!.post(`/emergency/${id}/edit`, { ...typed, body: `${typed.body}\n\nCập nhật 20 giờ.` })
    expect((await second!.post(`/emergency/${id}`, { do: "send", sure: "yes", stamp: stamped })).status).toBe(400)
    const now = stampIn(await second!.text(`/emergency/${id}`))
    const twice = await Promise.all([1, 2].map(() => second!.post(`/emergency/${id}`, { do: "send", sure: "yes", stamp: now })))
    expect(twice.map((answer) => answer.status).sort()).toEqual([303, 400])
    const { article_id } = await desk.rooms.db.selectFrom("emergency_posts").select("article_id").where("id", "=", id).executeTakeFirstOrThrow()
    const sent = await desk.rooms.db.selectFrom("deliveries").selectAll().where("article_id", "=", article_id!).orderBy("account_id").execute()
    expect(sent.map((one) => [one.account_id, one.state, one.priority, one.approved_by])).toEqual(
      ["kinh-bac-facebook", "kinh-bac-zalo", "vu-ninh-facebook", "vu-ninh-zalo"].map((account) => [account, "waiting", 0, "user:duyet-2"]),
    )
    expect(await messageOf(sent[0]!.id)).toContain("Cập nhật 20 giờ.")
    const claimed = await desk.rooms.outbox.turn([], 10)
    // The lanes of the Zalo accounts are paused: a person stopped them, and an emergency does not start them.
    expect(claimed.works.map((work) => work.account).sort()).toEqual(["kinh-bac-facebook", "vu-ninh-facebook"])
    expect(await first!.text(`/articles/${article_id}`)).toContain("soạn tại bàn làm việc")
    expect((await first!.post("/emergency/new", typed)).status).toBe(400)
  })

  test("is the province's business", async () => {
    expect((await official!.get("/emergency")).status).toBe(404)
    expect((await official!.post("/emergency/new", typed)).status).toBe(404)
    expect((await (await desk.signedIn("xem", "watcher")).get("/emergency/new")).status).toBe(403)
  })
})

describe("the stop", () => {
  test("one button stops every lane, also new ones; ending it leaves other pauses", async () => {
    const { rooms, clock } = desk
    clock.advance(3 * MINUTE)
    await post(rooms, "kinh-bac", 20)
    await rooms.db.updateTable("deliveries").set({ state: "waiting" }).where("article_id", "=", "article-kinh-bac-20").execute()
    expect((await first!.get("/stop")).status).toBe(403)
    expect((await admin!.post("/stop", { do: "stop", why: " " })).status).toBe(400)
    await admin!.post("/stop", { do: "stop", why: "nghi bị xâm nhập" })
    expect(await official!.text("/units/kinh-bac")).toContain("Đang dừng toàn bộ việc đăng")
    expect((await rooms.outbox.turn([], 10)).works).toEqual([])
    const paused = async () => Object.fromEntries((await rooms.outbox.lanes()).map((lane) => [lane.account_id, lane.paused_by]))
    expect(await paused()).toEqual({ "kinh-bac-facebook": "stop", "vu-ninh-facebook": "stop", "kinh-bac-zalo": "registry", "vu-ninh-zalo": "registry" })
    // Nothing slips out of it: neither a single resume nor a new account nor a second stop.
    await rooms.outbox.resume("kinh-bac-facebook", "user:duyet-1")
    await inTransaction(rooms.db, (tx) => rooms.outbox.syncLanes(tx, [...rooms.view().accounts, { ...rooms.view().accountById("kinh-bac-facebook")!, id: "new" }]))
    await admin!.post("/stop", { do: "stop", why: "lần hai" })
    expect(await paused()).toMatchObject({ "kinh-bac-facebook": "stop", new: "stop" })
    expect((await rooms.outbox.stopped())!.why).toBe("nghi bị xâm nhập")
    await admin!.post("/stop", { do: "end" })
    expect(await paused()).toEqual({ "kinh-bac-facebook": null, "vu-ninh-facebook": null, "kinh-bac-zalo": "registry", "vu-ninh-zalo": "registry", new: null })
    expect((await rooms.outbox.turn([], 10)).works.map((work) => work.account)).toContain("kinh-bac-facebook")
    expect((await admin!.post("/stop", { do: "end" })).status).toBe(303)
    await expect(rooms.outbox.endStop("test")).rejects.toThrow()
  })
})
