import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { inTransaction } from "../../src/db/index.ts"
import { testDesk, post, type Browser, type TestDesk } from "./support.ts"

let desk: TestDesk
let approver: Browser
let official: Browser
beforeAll(async () => {
  desk = await testDesk()
  approver = await desk.signedIn("duyet", "approver")
  official = await desk.signedIn("can-bo", "unit_official", "kinh-bac")
})
afterAll(() => desk.close())

const stateOf = async (id: string) => (await desk.rooms.outbox.find(id)).state

describe("the queue", () => {
  test("approving moves a post to the outbox under the person's name", async () => {
    const delivery = await post(desk.rooms, "kinh-bac", 1)
    expect(delivery.state).toBe("review")
    expect(await approver.text("/queue")).toContain("Tin số 1")
    const done = await approver.post("/queue", { id: delivery.id, do: "approve", state: "review" })
    expect([done.status, done.headers.get("location")]).toEqual([303, "/queue?state=review&done=approve&n=1"])
    expect(await stateOf(delivery.id)).toBe("waiting")
    expect((await desk.rooms.outbox.find(delivery.id)).approved_by).toBe("user:duyet")
  })

  test("a rejection needs a reason; many are decided at once", async () => {
    const ids = [await post(desk.rooms, "kinh-bac", 2), await post(desk.rooms, "vu-ninh", 3)].map((delivery) => delivery.id)
    expect((await approver.post("/queue", { id: ids, do: "reject", why: " " })).status).toBe(400)
    expect(await stateOf(ids[0]!)).toBe("review")
    await approver.post("/queue", { id: ids, do: "reject", why: "Trùng nội dung" })
    expect((await desk.rooms.outbox.find(ids[1]!)).reason).toBe("Trùng nội dung")
    // A second click on a page that is out of date says so and changes nothing.
    const late = await approver.post("/queue", { id: ids, do: "approve" })
    expect(late.status).toBe(400)
    expect(await late.text()).toContain("Chưa thay đổi gì")
    expect(await stateOf(ids[0]!)).toBe("cancelled")
  })

  test("a post of unknown outcome is sent again only after somebody looked", async () => {
    const { id } = await post(desk.rooms, "vu-ninh", 4)
    await desk.rooms.db.updateTable("deliveries").set({ state: "unknown", code: "needs_person" }).where("id", "=", id).execute()
    expect((await approver.post("/queue", { id, do: "retry", state: "unknown" })).status).toBe(400)
    expect(await stateOf(id)).toBe("unknown")
    expect((await approver.post("/queue", { id, do: "retry", state: "unknown", looked: "yes" })).status).toBe(303)
    expect(await stateOf(id)).toBe("waiting")
  })

  test.each([
    ["auditor", ["approve", "reject", "retry", "cancel"]],
    ["watcher", ["approve", "reject", "retry", "cancel"]],
    ["editor", ["approve"]],
    ["unit_official", ["approve", "retry"]],
  ] as const)("%s may not %p", async (role, forbidden) => {
    const { id } = await post(desk.rooms, "kinh-bac", 5)
    const browser = role === "unit_official" ? official : await desk.signedIn(role, role)
    for (const what of forbidden) expect((await browser.post("/queue", { id, do: what, why: "không", looked: "yes" })).status).toBe(403)
    expect(await stateOf(id)).toBe("review")
  })

  test("what a feed says is text, never markup", async () => {
    await post(desk.rooms, "kinh-bac", 6, { title: `<script>alert("1")</script> & <img src=x onerror=alert(1)>`, url: "https://kinh-bac.example/6" })
    const html = await approver.text("/queue")
    expect(html).toContain("&lt;script&gt;")
    expect(html).not.toContain("<img src=x")
  })
})

describe("a unit official", () => {
  test("sees the own unit and nothing of another", async () => {
    const own = await post(desk.rooms, "kinh-bac", 10)
    const other = await post(desk.rooms, "vu-ninh", 11)
    expect((await official.get("/")).headers.get("location")).toBe("/units/kinh-bac")
    expect((await official.get("/units/kinh-bac")).status).toBe(200)
    expect((await official.get("/units/vu-ninh")).status).toBe(404)
    const html = await official.text("/queue")
    expect([html.includes(own.id), html.includes(other.id)]).toEqual([true, false])
    // One foreign id spoils the whole order.
    expect((await official.post("/queue", { id: [own.id, other.id], do: "reject", why: "không" })).status).toBe(404)
    expect([await stateOf(own.id), await stateOf(other.id)]).toEqual(["review", "review"])
    expect((await official.post("/queue", { id: own.id, do: "reject", why: "đơn vị rút bài" })).status).toBe(303)
  })
})

describe("stopping and going on", () => {
  const paused = async (account: string) => (await desk.rooms.outbox.lanes()).find((lane) => lane.account_id === account)!.paused_reason

  test("a unit pauses its own account; only who approves lets it go on", async () => {
    expect((await official.post("/accounts/vu-ninh-facebook/pause", { why: "thử" })).status).toBe(404)
    expect(await paused("vu-ninh-facebook")).toBeNull()
    expect((await official.post("/accounts/kinh-bac-facebook/pause", { why: "nghi bị chiếm quyền" })).status).toBe(303)
    expect(await paused("kinh-bac-facebook")).toBe("nghi bị chiếm quyền")
    expect(await official.text("/units/kinh-bac")).toContain("nghi bị chiếm quyền")
    expect(await desk.browser().text("/verify?q=100000001")).toContain('data-status="suspended"')
    expect((await official.post("/accounts/kinh-bac-facebook/resume", {})).status).toBe(403)
    expect((await approver.post("/accounts/kinh-bac-facebook/resume", {})).status).toBe(303)
    expect(await paused("kinh-bac-facebook")).toBeNull()
  })

  test("a feed in quarantine is released by a person, who is remembered", async () => {
    const feed = desk.rooms.view().feedsOfUnit("kinh-bac")[0]!
    await inTransaction(desk.rooms.db, (tx) => desk.rooms.feeds.quarantine(tx, feed.id, "dồn dập", desk.clock.now()))
    const health = async () => (await desk.rooms.feeds.health(desk.rooms.db, desk.clock.now())).find((one) => one.feedId === feed.id)!.quarantined
    expect(await approver.text("/units/kinh-bac")).toContain("Đã xem, cho đăng tiếp")
    expect((await official.post(`/feeds/${feed.id}/release`, {})).status).toBe(403)
    expect(await health()).toBe("dồn dập")
    expect((await approver.post(`/feeds/${feed.id}/release`, {})).status).toBe(303)
    expect(await health()).toBeNull()
    expect((await desk.rooms.audit.of(desk.rooms.db, `feed:${feed.id}`)).map((row) => row.actor)).toEqual(["user:duyet"])
  })
})

describe("alerts", () => {
  test("are taken on and closed by people who may, with their names", async () => {
    desk.rooms.alerts.note({ key: "k", kind: "feed.silent", severity: "high", unit: "vu-ninh", account: null, summary: "Cổng im lặng ba ngày.", evidence: {} })
    const [alert] = await desk.rooms.alerts.flush()
    expect(await official.text("/alerts")).not.toContain("Cổng im lặng")
    expect((await official.post(`/alerts/${alert!.id}`, { do: "ack" })).status).toBe(403)
    expect(await approver.text("/alerts")).toContain("Cổng im lặng")
    await approver.post(`/alerts/${alert!.id}`, { do: "ack", state: "open" })
    expect((await desk.rooms.alerts.find(alert!.id)).state).toBe("acknowledged")
    await approver.post(`/alerts/${alert!.id}`, { do: "close", why: "Cổng đã đăng lại", state: "acknowledged" })
    const log = await desk.rooms.audit.of(desk.rooms.db, `alert:${alert!.id}`)
    expect(log.map((row) => row.actor)).toEqual(["user:duyet", "user:duyet"])
    expect((await approver.get("/alerts?state=nonsense")).status).toBe(200)
    expect((await approver.post("/alerts/none", { do: "ack" })).status).toBe(404)
  })
})

test("an article shows every version, every delivery and why it is held; another unit's is not there", async () => {
  const delivery = await post(desk.rooms, "vu-ninh", 30)
  await approver.post("/queue", { id: delivery.id, do: "reject", why: "Chờ đính chính" })
  const id = "article-vu-ninh-30"
  const lists = { paragraphs: JSON.stringify(["Đoạn đã sửa."]), links: "[]", pictures: "[]", categories: "[]" }
  const at = desk.clock.now()
  await desk.rooms.db
    .insertInto("articles")
    .values({
      ...lists, id, feed_id: "f", unit_id: "vu-ninh", url: "https://vu-ninh.example/30", guid_key: null, url_key: "u", title_key: "t", content_hash: "c", title: "Lịch cắt điện (đính chính)", summary: "", html: "<b>raw</b>",
      author: null, section: null, language: "vi", published_at: at, first_seen_at: at, version: 2, state: "held", reason: "Có liên kết lạ", duplicate_of: null, emergency: 0, updated_at: at, state_at: at,
    })
    .execute()
  await desk.rooms.db.insertInto("article_versions").values({ article_id: id, version: 1, at, title: "Lịch cắt điện", summary: "", paragraphs: JSON.stringify(["Đoạn cũ."]) }).execute()
  const html = await approver.text(`/articles/${id}`)
  for (const part of ["Lịch cắt điện (đính chính)", "Đoạn cũ.", "<del>cũ</del><ins>đã sửa</ins>", "<ins>(đính chính)</ins>", "Có liên kết lạ", "vu-ninh-facebook", "không duyệt: Chờ đính chính"]) expect(html).toContain(part)
  expect(html).not.toContain("<b>raw</b>")
  expect((await official.get(`/articles/${id}`)).status).toBe(404)
})

test("home and unit pages read in both languages", async () => {
  await post(desk.rooms, "vu-ninh", 20)
  const home = await approver.text("/")
  expect(home).toContain("2 đơn vị theo mức tuân thủ")
  expect(home).toContain('href="/units/kinh-bac"')
  expect(await approver.text("/units/kinh-bac")).toContain("UBND phường Kinh Bắc, tỉnh Bắc Ninh")
  expect(await approver.text("/?lang=en")).toContain("Waiting for me")
  expect(await approver.text("/")).toContain("Waiting for me")
  await approver.get("/?lang=vi")
})
