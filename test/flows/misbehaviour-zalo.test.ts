/**
 * Every misbehaviour of the Zalo OA API that concerns publishing, once (zalo-oa.md section 12): each OA of a world suffers another
 * one, the passes of `loa run` are the same for all.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { FaultRule } from "../../src/rehearsal/index.ts"
import { alertsOf, oasOf, showAccount, silence, story } from "../support/stories.ts"
import { standing, world, type World } from "../support/world.ts"

type Fault = Omit<FaultRule, "account">
let w: World

async function suffer(faults: Fault[][], options: Parameters<typeof world>[0] = {}) {
  w = await world({ units: faults.length, articlesPerPortal: 1, ...options, edit: silence("facebook") })
  faults.forEach((rules, at) => rules.forEach((rule) => w.province.script({ account: oasOf(w)[at], ...rule })))
}
const { tell, only, alertKinds, deliveriesOf } = story(() => w)
const creates = (account: string) => w.province.counts()[`zalo.create ${account}`] ?? 0
function expectOneArticle(account: string, created: number) {
  const [post, ...more] = w.province.posts(account)
  expect(more).toEqual([])
  expect(only(account)).toMatchObject({ state: "published", remoteId: post!.id, reason: null })
  expect(creates(account)).toBe(created)
}

describe("create and verify", () => {
  const create = (what: Fault["what"], more: Partial<Fault> = {}): Fault => ({ on: "zalo.create", what, ...more })
  const stories = {
    "connection cut after the article was made": [create("cut_after_create")],
    "empty body, and the article was made": [create("empty_2xx")],
    "HTML error page with 502, and no article": [create("html_502")],
    "verify says -214 twice": [],
    "verify says error 0 without an id": [],
    "verify never finishes": [],
    "verify answers an HTML page once": [{ on: "zalo.verify", what: "html_502" }],
    "another tool put the same title there unseen": [{ on: "zalo.getslice", what: "html_502" }, create("cut_after_create")],
    "ids as bare integers, counters as texts": [create("cut_after_create")],
    "the refresh answer is lost": [{ on: "zalo.create", what: "error", code: -216, message: "Access token is invalid" }, { on: "zalo.refresh", what: "cut_after_create" }],
    "another tool told it already": [],
  } satisfies Record<string, Fault[]>
  const names = Object.keys(stories)
  beforeAll(async () => {
    await suffer(Object.values(stories))
    const oas = oasOf(w)
    w.province.tune(oas[3]!, { processingPolls: 2 })
    w.province.tune(oas[4]!, { idlessPolls: 1 })
    w.province.tune(oas[5]!, { processingPolls: -1 })
    w.province.tune(oas[8]!, { unquotedIds: true, stringCounters: true })
    for (const at of [7, 10]) w.province.foreignPost(oas[at]!, { title: w.province.articles(w.units[at]!.id)[0]!.title, text: "Bài của công cụ khác, https://congcukhac.example/tin" })
    // The -214 stories need six seconds of Zalo's patience; the passes of the others run meanwhile.
    await tell(8)
  }, 120_000)
  afterAll(() => w.close())

  for (const [at, created] of [[0, 1], [1, 1], [2, 2], [3, 1], [4, 1], [6, 1], [8, 1]] as const) {
    test(`${names[at]}: one article, ${created === 1 ? "made once" : "made anew after two looks"}`, () => expectOneArticle(oasOf(w)[at]!, created))
  }
  test(`${names[5]}: keeps its token and its reason, and makes no second article`, () => {
    const oa = oasOf(w)[5]!
    expect(only(oa)).toMatchObject({ state: "sending", reason: "Zalo đang xử lý bài." })
    expect(creates(oa)).toBe(1)
  })
  test(`${names[7]}: ours is told apart by the address in its text`, () => {
    const oa = oasOf(w)[7]!
    const url = w.province.articles(w.units[7]!.id)[0]!.url
    const ours = w.province.posts(oa).filter((post) => post.articleUrl === url)
    expect(ours).toHaveLength(1)
    expect(only(oa)).toMatchObject({ state: "published", remoteId: ours[0]!.id })
    expect(creates(oa)).toBe(1)
  })
  test(`${names[10]}: skipped with its reason, the OA shows the news once`, () => {
    const oa = oasOf(w)[10]!
    expect(only(oa)).toMatchObject({ state: "refused", code: "already_there", attempts: 1 })
    expect(creates(oa)).toBe(0)
    expect(w.province.posts(oa)).toHaveLength(1)
  })
  test(`${names[9]}: waits for the one retry, posts nothing, keeps the pair`, async () => {
    const oa = oasOf(w)[9]!
    expect(w.province.posts(oa)).toEqual([])
    expect(only(oa)).toMatchObject({ state: "waiting", code: "token_later" })
    expect((await showAccount(w, oa)).token.state).toBe("ok")
    expect(w.province.counts()[`zalo.refresh ${oa}`]).toBe(1)
  }, 120_000)
  test("a 19-digit id arrives unaltered although it is a bare integer", async () => {
    const oa = oasOf(w)[8]!
    const { remoteId } = w.units[8]!.accounts.find((account) => account.id === oa)!
    const connected = await w.loa(["account", "connect", oa, "--json"], { stdin: JSON.stringify(w.province.credential(oa)) })
    expect(connected.json).toMatchObject({ kind: "connected", remoteId })
    expect(remoteId!.length).toBeGreaterThanOrEqual(18)
  }, 120_000)
})

describe("refusals and limits", () => {
  const invalid: Fault = { on: "zalo.create", what: "error", code: -216, message: "Access token is invalid" }
  const longTitle = (length: number) => `${"Thông báo lịch tiếp công dân định kỳ của lãnh đạo phường ".repeat(6).slice(0, length - 1)}ế`
  beforeAll(async () => {
    await suffer(
      [
        [],
        [{ on: "zalo.create", what: "error", code: -32, message: "API request of Official Account is over limit in a minute", times: 0 }],
        [],
        [invalid, { on: "zalo.refresh", what: "reply", status: 200, body: { error_name: "Invalid refresh token", error_reason: "used", error_description: "Refresh token was used", ref_doc: "" } }],
        [invalid, { on: "zalo.refresh", what: "slow", delayMs: 1_200 }],
        [{ on: "zalo.create", what: "error", code: -248, message: "Content violates platform standards" }],
        [],
      ],
      { articlesPerPortal: 0 },
    )
    const oas = oasOf(w)
    w.units.forEach((unit, at) => {
      if (at !== 2) w.province.publishArticle(unit.id)
    })
    w.province.tune(oas[0]!, { packageName: "Cơ bản" })
    for (const length of [140, 141, 149, 150, 151, 200]) {
      w.province.publishArticle(w.units[2]!.id, { title: longTitle(length).normalize("NFD"), summary: "Tóm tắt ".repeat(60).trim(), body: [`Nội dung của tin có tiêu đề dài ${length} ký tự, do phường thông báo.`] })
    }
    w.province.tune(oas[6]!, { oaIdField: "oa_id", verifiedAs: "number", omit: ["cate_name", "cover", "linked_ZCA"] })
    await tell(2)
  }, 120_000)
  afterAll(() => w.close())

  test("-224, no package: the OA stops with an alert, the queue stays", async () => {
    const oa = oasOf(w)[0]!
    expect(only(oa)).toMatchObject({ state: "waiting", code: "-224" })
    expect(alertKinds(oa)).toEqual(["account.package"])
    expect((await showAccount(w, oa)).paused).toStartWith("package")
  }, 120_000)

  test("-32: waits for the next minute, calls nobody", () => {
    const oa = oasOf(w)[1]!
    const delivery = only(oa)
    expect(delivery).toMatchObject({ state: "waiting", code: "-32" })
    expect(Date.parse(delivery.dueAt!)).toBeGreaterThan(Date.parse(delivery.createdAt))
    expect(Date.parse(delivery.dueAt!)).toBeLessThanOrEqual(Date.now() + 66_000)
    expect(alertKinds(oa)).toEqual([])
  })

  test("a commune's own tool: titles of 140 to 200 characters, decomposed letters and long summaries: all taken at the first try", () => {
    const oa = oasOf(w)[2]!
    expect(deliveriesOf(oa).map((delivery) => delivery.state)).toEqual(Array(6).fill("published"))
    expect(creates(oa)).toBe(6)
    for (const post of w.province.posts(oa)) {
      expect(post.title!.length).toBeLessThanOrEqual(140)
      expect(post.title).toBe(post.title!.normalize("NFC"))
    }
  })

  test("a used refresh token, told with HTTP 200 and no number: needs_reauth at once, nothing overwritten", async () => {
    const oa = oasOf(w)[3]!
    expect(only(oa)).toMatchObject({ state: "waiting", code: "no_token" })
    expect(alertKinds(oa)).toContain("account.reconnect")
    const account = await showAccount(w, oa)
    expect(account.token).toMatchObject({ state: "needs_reauth" })
    expect(account.token.reason).toContain("Refresh token was used")
    expect(w.province.counts()[`zalo.refresh ${oa}`]).toBe(1)
  }, 120_000)

  test("a slow refresh: waited for, used once, the article goes out in the same pass", () => {
    const oa = oasOf(w)[4]!
    expect(only(oa)).toMatchObject({ state: "published", attempts: 1 })
    expect(w.province.counts()[`zalo.refresh ${oa}`]).toBe(1)
  })

  test("-248: this article is refused with the reason, a person is told, the OA goes on", () => {
    const oa = oasOf(w)[5]!
    expect(only(oa)).toMatchObject({ state: "refused", code: "-248" })
    expect(alertKinds(oa)).toEqual(["content.flagged"])
  })

  test("`oa_id`, 0/1 and missing fields: publishes all the same", () => expectOneArticle(oasOf(w)[6]!, 1))

  test("once the cause has ended they go out: `account connect` and `account resume`", async () => {
    const [unpaid, , , used] = oasOf(w) as [string, string, string, string]
    w.province.tune(unpaid, { packageName: "Tăng trưởng" })
    await w.loa(["account", "resume", unpaid])
    expect((await w.loa(["account", "connect", used, "--json"], { stdin: JSON.stringify(w.province.credential(used)) })).code).toBe(0)
    await w.loa(["run", "--json"])
    for (const oa of [unpaid, used]) expect(standing(w.province, oa)).toHaveLength(1)
    expect((await showAccount(w, used)).token.state).toBe("ok")
  }, 120_000)
})

describe("pictures", () => {
  beforeAll(async () => {
    // A token for an article whose picture Zalo could not fetch: nothing comes of it.
    const accepted: Fault = { on: "zalo.create", what: "reply", body: { error: 0, message: "Success", data: { token: "anh+hong/==" } } }
    const notLoaded: Fault = { on: "zalo.verify", what: "error", code: -200, message: "Upload media failed. Cannot load media" }
    await suffer([[accepted, notLoaded], [{ on: "zalo.create", what: "error", code: -201, message: "cover value is invalid" }], []], { pictures: true, articlesPerPortal: 0 })
    for (const unit of w.units) w.province.publishArticle(unit.id, { picture: `${w.province.portalUrl(unit.id)}anh/0123456789.jpg` })
    await tell(4)
  }, 120_000)
  afterAll(() => w.close())

  test("a commune's own tool: -200 on verify: the default cover, made anew, one article", () => expectOneArticle(oasOf(w)[0]!, 2))
  test("-201 about the cover: the default cover, one article", () => expectOneArticle(oasOf(w)[1]!, 2))
  test("#31 postiz #1004: pictures are re-hosted: Zalo fetches them from Loa", () => {
    const oa = oasOf(w)[2]!
    expectOneArticle(oa, 1)
    expect(w.province.posts(oa)[0]!.pictures).toBeGreaterThan(0)
  })
  test("404 with JSON (-209): the whole network stops with a critical alert, nothing is lost", async () => {
    for (const unit of w.units) w.province.publishArticle(unit.id, { title: `Lịch tiêm chủng mở rộng tại ${unit.name}`, picture: false })
    w.province.script({ on: "zalo.create", what: "404_json", times: 0 })
    const stopped = await w.loa(["run", "--all", "--json"])
    expect(stopped.json.deliveries).toMatchObject({ published: 0, refused: 0, waiting: 3 })
    expect(await alertsOf(w)).toContainEqual(expect.objectContaining({ kind: "account.configuration", severity: "critical", account: null }))
    w.province.clearScript()
    for (const oa of oasOf(w)) await w.loa(["account", "resume", oa])
    await w.settle(3)
    for (const oa of oasOf(w)) expect(standing(w.province, oa)).toHaveLength(2)
    expect(w.province.duplicates()).toEqual([])
  }, 120_000)
})
