/**
 * Every misbehaviour of the Graph API that concerns publishing, once (facebook-graph.md section 11): each Page of a world suffers
 * another one, the passes of `loa run` are the same for all. Truth is what stands on the Pages in the end.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { FaultRule } from "../../src/rehearsal/index.ts"
import { alertsOf, pagesOf, showAccount, silence, story } from "../support/stories.ts"
import { standing, world, type World } from "../support/world.ts"

type Fault = Omit<FaultRule, "on" | "account"> & { on?: string }
let w: World

/** One world in which the Page number n meets the n-th misfortune. */
async function suffer(faults: Record<string, Fault[]>, options: Parameters<typeof world>[0] = {}) {
  w = await world({ units: Object.keys(faults).length, articlesPerPortal: 1, ...options, edit: (units) => (silence("zalo")(units), options.edit?.(units)) })
  Object.values(faults).forEach((rules, at) => {
    for (const rule of rules) w.province.script({ on: "facebook.feed", account: pagesOf(w)[at], ...rule })
  })
}
const { tell, only, alertKinds, alertsAbout } = story(() => w)

/** Exactly one post, known by the id the network gave it, after `attempts` calls that could create one. */
function expectOnePost(account: string, attempts: number) {
  const [post, ...more] = w.province.posts(account)
  expect(more).toEqual([])
  expect(only(account)).toMatchObject({ state: "published", remoteId: post!.id, attempts, reason: null })
  expect(w.province.counts()[`facebook.feed ${account}`]).toBe(attempts)
}

describe("an answer that does not settle the matter", () => {
  const faults = {
    "HTTP 500 code 2, and the post exists": [{ what: "500_and_create", code: 2 }],
    "the connection hangs, is cut, and the post exists": [{ what: "hang_and_create", delayMs: 800 }],
    "2xx with an empty body": [{ what: "empty_2xx" }],
    "2xx with JSON that breaks off": [{ what: "broken_json" }],
    "2xx without the id": [{ what: "no_id" }],
    "HTML page of a gateway, and the post exists": [{ what: "html_502_and_create" }],
    "506 duplicate, and the post exists": [{ what: "error_and_create", code: 506, message: "Duplicate status message" }],
    "HTTP 500, and no post": [{ what: "500_before", code: 2 }],
    "HTML page of a gateway, and no post": [{ what: "html_502" }],
    "HTTP 500 twice, and no post": [{ what: "500_before", code: 1, times: 2 }],
  } satisfies Record<string, Fault[]>
  beforeAll(async () => {
    await suffer(faults)
    await tell(5)
  }, 120_000)
  afterAll(() => w.close())

  const names = Object.keys(faults)
  for (const [at, name] of names.slice(0, 7).entries()) {
    test(`${name}: found on the Page, never asked for twice`, () => expectOnePost(pagesOf(w)[at]!, 1))
  }
  for (const [at, name] of names.slice(7, 9).entries()) {
    test(`${name}: two looks find nothing, then the second try`, () => expectOnePost(pagesOf(w)[7 + at]!, 2))
  }
  test(`${names[9]}: a person decides, nobody tries a third time`, async () => {
    const page = pagesOf(w)[9]!
    expect(w.province.posts(page)).toEqual([])
    expect(only(page)).toMatchObject({ state: "unknown", code: "needs_person", attempts: 2 })
    expect(alertKinds(page)).toEqual(["delivery.unknown"])
    const pass = await w.loa(["run", "--all", "--json"])
    expect(pass.code).toBe(1)
    expect(pass.json.needsPerson.join()).toContain(page)
    expect(w.province.counts()[`facebook.feed ${page}`]).toBe(2)
    // The person looked: it is not there. Now it goes out.
    await w.loa(["deliveries", "retry", only(page).id])
    await w.loa(["run", "--json"])
    expect(standing(w.province, page)).toHaveLength(1)
    expect(w.province.duplicates()).toEqual([])
  }, 120_000)
})

describe("a Page list that hides the post", () => {
  beforeAll(async () => {
    const lost: Fault[] = [{ what: "500_and_create" }]
    await suffer({ lag: lost, "empty page": [{ what: "cut_after_create" }], ranked: [{ what: "empty_2xx" }], bare: lost, "list fails": lost })
    const [lag, empty, ranked, bare, failing] = pagesOf(w) as [string, string, string, string, string]
    w.province.tune(lag, { visibilityLagMs: 1_700 })
    w.province.tune(empty, { emptyFirstPage: true })
    for (let i = 0; i < 70; i++) w.province.foreignPost(ranked, { text: `Bài của người khác số ${i}` })
    w.province.tune(bare, { bareReads: true })
    w.province.script({ on: "facebook.published_posts", account: failing, what: "html_502" })
    await tell(4)
  }, 120_000)
  afterAll(() => w.close())

  test("shows it only seconds later: the second look finds it", () => expectOnePost(pagesOf(w)[0]!, 1))
  test("begins with an empty page that has a next one", () => expectOnePost(pagesOf(w)[1]!, 1))
  test("is ranked, not sorted, and longer than one page", () => {
    const page = pagesOf(w)[2]!
    const ours = w.province.posts(page).filter((post) => post.articleUrl)
    expect(ours).toHaveLength(1)
    expect(only(page)).toMatchObject({ state: "published", remoteId: ours[0]!.id, attempts: 1 })
  })
  test("tells neither application nor attachments", () => expectOnePost(pagesOf(w)[3]!, 1))
  test("cannot be read at first: nothing is concluded from that", () => {
    const page = pagesOf(w)[4]!
    expect(w.province.posts(page)).toHaveLength(1)
    const delivery = only(page)
    expect(["unknown", "published"]).toContain(delivery.state)
    expect(delivery.attempts).toBe(1)
    if (delivery.state === "unknown") expect(delivery.reason).toContain("Chưa đọc lại được trang")
  })
})

describe("a clean refusal", () => {
  const policy = { what: "error", code: 368, message: "The action attempted has been deemed abusive or is otherwise disallowed" } as const
  beforeAll(async () => {
    const faults = {
      "190/460": [],
      "190 impersonation": [{ what: "error", code: 190, message: "Any of the pages_read_engagement, pages_manage_metadata permission(s) must be granted before impersonating a user's page." }],
      "368/1390008": [{ ...policy, subcode: 1390008 }],
      "link 1609005": [{ what: "error", code: 100, subcode: 1609005, message: "The link could not be scraped", times: 2 }],
      "506 and no post": [{ what: "error", code: 506, message: "Duplicate status message" }],
      "budget 80001": [],
      "404 with JSON": [{ what: "reply", status: 404, body: { error: { message: "(#803) Some of the aliases you requested do not exist", type: "OAuthException", code: 803, fbtrace_id: "A" } } }],
      "policy block": [{ ...policy, subcode: 1404112 }],
      "role lost": [],
    } satisfies Record<string, Fault[]>
    await suffer(faults, { edit: (units) => void (units[3]!.portal!.postMode = "link") })
    const pages = pagesOf(w)
    w.province.tune(pages[0]!, { tokenState: "password_changed" })
    w.province.tune(pages[5]!, { usagePercent: 100, regainMinutes: 17 })
    w.province.tune(pages[8]!, { tokenState: "role_lost" })
    await tell(3)
  }, 120_000)
  afterAll(() => w.close())

  test("#26 chatwoot #1046: 190/460, the password changed: account paused with an alert, the queue kept, and connecting anew is the whole cure", async () => {
    const page = pagesOf(w)[0]!
    expect(w.province.posts(page)).toEqual([])
    expect(only(page)).toMatchObject({ state: "waiting", code: "190/460" })
    expect(alertKinds(page)).toEqual(["account.reconnect"])
    // Three passes, one question: nobody knocks with a dead token again.
    expect(w.province.counts()[`facebook.feed ${page}`]).toBe(1)
    const account = await showAccount(w, page)
    expect(account.paused).toStartWith("reconnect")
    expect(account.token.state).toBe("needs_reauth")
    w.province.tune(page, { tokenState: "valid" })
    expect((await w.loa(["account", "connect", page, "--json"], { stdin: JSON.stringify(w.province.credential(page)) })).code).toBe(0)
    await w.loa(["run", "--json"])
    expect(standing(w.province, page)).toEqual(w.province.articles(w.units[0]!.id).map((article) => article.url))
    expect((await showAccount(w, page)).paused).toBeNull()
  }, 120_000)

  test("190 with the impersonation message is a permission that lacks, not a dead token", async () => {
    const page = pagesOf(w)[1]!
    expect(only(page)).toMatchObject({ state: "waiting", code: "190" })
    expect(alertKinds(page)).toEqual(["account.permission"])
    expect((await showAccount(w, page)).token.state).toBe("ok")
  }, 120_000)

  test("#28 postiz #2068: 368/1390008, posting too fast: waits an hour and more, is no failure, calls nobody", () => {
    const page = pagesOf(w)[2]!
    const delivery = only(page)
    expect(delivery).toMatchObject({ state: "waiting", code: "368/1390008" })
    expect(Date.parse(delivery.dueAt!)).toBeGreaterThan(Date.now() + 50 * 60_000)
    expect(alertKinds(page)).toEqual([])
    expect(w.province.counts()[`facebook.feed ${page}`]).toBe(1)
  })

  test("1609005, the link cannot be scraped: this post waits for the scraper, calls nobody", () => {
    const page = pagesOf(w)[3]!
    expect(only(page)).toMatchObject({ state: "waiting" })
    expect(only(page).code).toContain("1609005")
    expect(alertKinds(page)).toEqual([])
  })

  test("506 although nothing stands there: read back, then a person decides", () => {
    const page = pagesOf(w)[4]!
    expect(w.province.posts(page)).toEqual([])
    expect(only(page)).toMatchObject({ state: "unknown", code: "needs_person", attempts: 1 })
    expect(alertKinds(page)).toEqual(["delivery.unknown"])
  })

  test("80001, the budget of the Page is used up: waits for the minutes the header names", () => {
    const delivery = only(pagesOf(w)[5]!)
    expect(delivery).toMatchObject({ state: "waiting", code: "80001" })
    const minutes = (Date.parse(delivery.dueAt!) - Date.parse(delivery.createdAt)) / 60_000
    expect(minutes).toBeGreaterThanOrEqual(17)
    expect(minutes).toBeLessThan(25)
  })

  test("404 with JSON: the configuration is at fault, the account stops, the queue stays", () => {
    const page = pagesOf(w)[6]!
    expect(only(page)).toMatchObject({ state: "waiting", code: "803" })
    expect(alertKinds(page)).toEqual(["account.configuration"])
  })

  test("368 as a policy block: the Page stops with an alert, its queue is held", () => {
    const page = pagesOf(w)[7]!
    expect(only(page)).toMatchObject({ state: "waiting", code: "368/1404112" })
    expect(alertsAbout(page)).toMatchObject([{ kind: "account.policy", severity: "high" }])
  })

  test("190/492, the role is lost: a permission, and the queue stays", () => {
    const page = pagesOf(w)[8]!
    expect(only(page)).toMatchObject({ state: "waiting", code: "190/492" })
    expect(alertKinds(page)).toEqual(["account.permission"])
  })

  test("once the cause has ended they go out: `account connect`, `account resume`, and the link post in another form", async () => {
    const [password, permission, , link] = pagesOf(w) as [string, string, string, string]
    w.province.tune(password, { tokenState: "valid" })
    expect((await w.loa(["account", "connect", password, "--json"], { stdin: JSON.stringify(w.province.credential(password)) })).code).toBe(0)
    await w.loa(["account", "resume", permission])
    // Ten minutes for the scraper, then a photo or text post: a person who does not want to wait says "retry".
    for (let i = 0; i < 2; i++) {
      await w.loa(["deliveries", "retry", only(link).id])
      await w.loa(["run", "--json"])
    }
    await w.settle(2)
    for (const page of [password, permission, link]) expect(w.province.posts(page)).toHaveLength(1)
    const [post] = w.province.posts(link)
    expect(post!.link).toBeNull()
    expect(post!.text).toContain(w.province.articles(w.units[3]!.id)[0]!.url)
    expect(w.province.counts()[`facebook.feed ${link}`]).toBe(3)
    expect(w.province.duplicates()).toEqual([])
  }, 120_000)
})

describe("pictures, proofs and tokens that are not ours", () => {
  beforeAll(async () => {
    await suffer({ picture: [], staging: [], refused: [] }, { pictures: true, articlesPerPortal: 0 })
    for (const unit of w.units) w.province.publishArticle(unit.id, { picture: `${w.province.portalUrl(unit.id)}anh/0123456789.jpg` })
    const [first, second, third] = pagesOf(w) as [string, string, string]
    const tooBig = { on: "facebook.photos", what: "error", code: 100, subcode: 1366046, message: "Invalid parameter" } as const
    w.province.script({ ...tooBig, account: first })
    w.province.script({ on: "facebook.photos", what: "500_and_create", account: second })
    w.province.script({ ...tooBig, account: third, times: 2 })
    await tell(5)
  }, 120_000)
  afterAll(() => w.close())

  test("1366046, a picture the network dislikes: made smaller, posted with it", () => {
    const [post, ...more] = w.province.posts(pagesOf(w)[0]!)
    expect(more).toEqual([])
    expect(post!.pictures).toBe(1)
    expect(only(pagesOf(w)[0]!).state).toBe("published")
  })
  test("a photo post answered with 500 that exists is found, not repeated", () => {
    const page = pagesOf(w)[1]!
    expect(w.province.posts(page)).toHaveLength(1)
    expect(only(page)).toMatchObject({ state: "published", attempts: 1, remoteId: w.province.posts(page)[0]!.id })
  })
  test("1366046 again: the news goes out without its picture", () => {
    const [post, ...more] = w.province.posts(pagesOf(w)[2]!)
    expect(more).toEqual([])
    expect(post!.pictures).toBe(0)
  })

  test("#22 postiz #1881: a credential of another Page, another app, a person, or one that expired is refused and replaces nothing", async () => {
    const page = pagesOf(w)[0]!
    const before = (await showAccount(w, page)).token
    for (const tokenState of ["other_page", "other_app", "user_token", "expired"] as const) {
      w.province.tune(page, { tokenState })
      const credential = w.province.credential(page) as { page_access_token: string }
      const refused = await w.loa(["account", "connect", page, "--json"], { stdin: JSON.stringify(credential) })
      expect({ tokenState, code: refused.code, error: refused.json.error.code }).toEqual({ tokenState, code: 2, error: "connect_refused" })
      expect(refused.stdout + refused.stderr).not.toContain(credential.page_access_token)
    }
    w.province.tune(page, { tokenState: "valid" })
    expect((await showAccount(w, page)).token).toEqual(before)
  }, 120_000)

  test("a wrong app secret stops the whole network with a critical alert, and the queue stays", async () => {
    for (const unit of w.units) w.province.publishArticle(unit.id, { title: `Thông báo lịch tiếp công dân của ${unit.name}`, picture: false })
    const wrong = await w.loa(["run", "--all", "--json"], { env: { FACEBOOK_APP_SECRET: "not-the-secret-of-this-app-000000" } })
    expect(wrong.json.deliveries).toMatchObject({ published: 0, waiting: 3, refused: 0 })
    expect(await alertsOf(w)).toContainEqual(expect.objectContaining({ kind: "account.configuration", severity: "critical", account: null }))
    for (const page of pagesOf(w)) await w.loa(["account", "resume", page])
    expect((await w.loa(["run", "--json"])).json.deliveries).toMatchObject({ published: 3, waiting: 0 })
    expect(w.province.duplicates()).toEqual([])
  }, 120_000)
})
