import { describe, expect, test } from "bun:test"
import { avatarHostAllowed } from "../../src/networks/index.ts"
import { facebookAccount, facebookPost, graphError, NOW, PAGE, PAGE_TOKEN, world, type Handler } from "./support.ts"

const SYSTEM = "EAAGsystemTokenForTests0001"
const NEW_PAGE_TOKEN = "EAAGpageTokenForTests0002"
const good = { app_id: "1234567890", type: "PAGE", is_valid: true, expires_at: 0, data_access_expires_at: 0, profile_id: PAGE, scopes: ["pages_show_list", "pages_manage_posts"] }
const inspecting = (data: Record<string, unknown>, rest: Handler = () => undefined): Handler => (request) =>
  request.path.endsWith("/debug_token") ? Response.json({ data }) : (rest(request) ?? (request.path.endsWith(`/${PAGE}`) ? Response.json({ id: PAGE, name: "Phường Kinh Bắc" }) : undefined))

describe("connecting", () => {
  const connect = async (data: Record<string, unknown>, credential: unknown = { page_access_token: PAGE_TOKEN }) => {
    await using w = await world(inspecting(data))
    const outcome = await w.facebook.connect(facebookAccount, credential)
    return { outcome, state: await w.facebook.tokenState(facebookAccount.id), asked: w.ofPath("debug_token"), lines: w.lines.join("\n") }
  }

  test("a Page token of the listed Page is proved, then sealed", async () => {
    const { outcome, state, asked } = await connect(good)
    expect(outcome).toEqual({ kind: "connected", name: "Phường Kinh Bắc", remoteId: PAGE, accessExpiresAt: null, refreshExpiresAt: null, warnings: [] })
    expect(state).toMatchObject({ state: "ok", accessExpiresAt: null })
    expect(asked[0]!.headers.get("authorization")).toBe("Bearer 1234567890|0123456789abcdef0123456789abcdef")
  })

  test.each([
    ["expired", { is_valid: false, error: { code: 190, subcode: 463 } }, "invalid"],
    ["another Page", { profile_id: "999" }, "other_account"],
    ["another app", { app_id: "42" }, "other_app"],
    ["a user token", { type: "USER", profile_id: undefined }, "not_a_page_token"],
    ["no publishing permission", { scopes: ["pages_show_list"] }, "missing_permission"],
    ["permission for other Pages only", { granular_scopes: [{ scope: "pages_manage_posts", target_ids: ["999"] }] }, "missing_permission"],
  ])("%s is refused and nothing is stored", async (_name, set, code) => {
    const { outcome, state } = await connect({ ...good, ...set })
    expect(outcome).toMatchObject({ kind: "refused", code })
    expect(state.state).toBe("none")
  })

  test("a shape we do not know is refused", async () => {
    for (const credential of [null, "x", {}, { page_access_token: 7 }, { access_token: "EAAG123456789" }]) expect((await connect(good, credential)).outcome).toMatchObject({ kind: "refused", code: "credential_shape" })
  })

  test("an end within 14 days is warned of", async () => {
    const { outcome } = await connect({ ...good, expires_at: NOW / 1_000 + 86_400 * 3, data_access_expires_at: NOW / 1_000 + 86_400 * 13 })
    expect(outcome).toMatchObject({ kind: "connected", accessExpiresAt: NOW + 3 * 86_400_000 })
    expect((outcome as { warnings: string[] }).warnings).toHaveLength(2)
  })

  test("a system user token finds its Page on a later page of /me/accounts, past rows without a token", async () => {
    const rows = Array.from({ length: 119 }, (_, n) => (n === 118 ? { id: PAGE, access_token: NEW_PAGE_TOKEN } : n === 5 ? { id: `${n}` } : { id: `${n}`, access_token: "EAAGother" }))
    await using w = await world(
      inspecting(good, (request) => {
        if (!request.path.endsWith("/me/accounts")) return undefined
        const from = Number(request.query.get("after") ?? 0)
        return Response.json({ data: rows.slice(from, from + 25), paging: { cursors: { after: String(from + 25) }, ...(from + 25 < 119 ? { next: "https://x" } : {}) } })
      }),
    )
    expect(await w.facebook.connect(facebookAccount, { system_user_token: SYSTEM })).toMatchObject({ kind: "connected" })
    expect(w.ofPath("me/accounts")).toHaveLength(5)
    w.script.handler = () => Response.json({ id: "1_1" })
    await w.facebook.publish(facebookAccount, facebookPost())
    expect(w.seen.at(-1)!.headers.get("authorization")).toBe(`Bearer ${NEW_PAGE_TOKEN}`)
  })

  test("without an app the token must answer with the listed id", async () => {
    let id = PAGE
    await using w = await world((request) => (request.path.endsWith("/me") ? Response.json({ id, name: "Trang" }) : undefined), { app: false })
    expect(await w.facebook.connect(facebookAccount, { page_access_token: PAGE_TOKEN })).toMatchObject({ kind: "connected" })
    expect(w.seen[0]!.query.has("appsecret_proof")).toBe(false)
    id = "999"
    expect(await w.facebook.connect(facebookAccount, { page_access_token: PAGE_TOKEN })).toMatchObject({ kind: "refused", code: "other_account" })
  })
})

describe("a dead token", () => {
  test("is derived anew from the system user once, and the post goes out", async () => {
    await using w = await world((request) => {
      if (request.headers.get("authorization") === `Bearer ${PAGE_TOKEN}`) return graphError(190, 460)
      if (request.method === "GET") return Response.json({ id: PAGE, access_token: NEW_PAGE_TOKEN })
      return Response.json({ id: `${PAGE}_1` })
    })
    await w.connectPage({ page: PAGE_TOKEN, system: SYSTEM })
    expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent" })
    expect(w.seen.map((r) => r.method)).toEqual(["POST", "GET", "POST"])
    await w.facebook.publish(facebookAccount, facebookPost())
    expect(w.seen).toHaveLength(4)
  })

  test("without one the account waits for a person, and a checkpoint derives nothing", async () => {
    await using w = await world(() => graphError(190, 459))
    await w.connectPage({ page: PAGE_TOKEN, system: SYSTEM })
    expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "locked_out", needs: "reconnect" })
    expect(w.seen).toHaveLength(1)
    expect(await w.facebook.tokenState(facebookAccount.id)).toMatchObject({ state: "needs_reauth" })
    w.script.handler = () => Response.json({ id: `${PAGE}_1` })
    expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent" })
    expect(await w.facebook.tokenState(facebookAccount.id)).toMatchObject({ state: "ok", reason: null })
  })

  test("a token connected by another process is tried first", async () => {
    await using w = await world((request) => (request.headers.get("authorization") === `Bearer ${NEW_PAGE_TOKEN}` ? Response.json({ id: `${PAGE}_1` }) : graphError(190)))
    await w.connectPage()
    await w.facebook.publish(facebookAccount, facebookPost({ message: "" }))
    await using other = await world(() => undefined, { db: w.opened, dataDir: w.dataDir })
    await other.connectPage({ page: NEW_PAGE_TOKEN })
    expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent" })
  })

  test("no token: nobody is asked", async () => {
    await using w = await world(() => undefined)
    expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "locked_out", code: "no_token", needs: "reconnect" })
    expect(await w.facebook.profile(facebookAccount)).toMatchObject({ kind: "locked_out", code: "no_token" })
    expect(w.seen).toHaveLength(0)
  })
})

describe("daily care", () => {
  test("#25 jetpack #16027: names what a person must do, once a day, also for an account that posts nothing", async () => {
    await using w = await world(inspecting({ ...good, type: "USER", profile_id: undefined }))
    await w.connectPage()
    expect(await w.facebook.careForTokens([facebookAccount])).toEqual([])
    w.clock.advance(21 * 3_600_000)
    expect(await w.facebook.careForTokens([facebookAccount])).toMatchObject([{ accountId: facebookAccount.id, code: "not_a_page_token", needs: "reconnect" }])
    w.script.handler = inspecting({ ...good, expires_at: (NOW + 5 * 86_400_000) / 1_000 })
    w.clock.advance(21 * 3_600_000)
    // What was wrong yesterday is told together with what is seen today.
    expect((await w.facebook.careForTokens([facebookAccount])).map((need) => need.code)).toContain("token_expiring")
    expect(await w.facebook.tokenState(facebookAccount.id)).toMatchObject({ state: "ok", accessExpiresAt: NOW + 5 * 86_400_000 })
  })
})

describe("profile", () => {
  const body = (base: string) => ({ id: PAGE, name: "Phường Kinh Bắc", username: "kinhbac", verification_status: "blue_verified", is_published: true, followers_count: 15, picture: { data: { url: `${base}/p.jpg`, is_silhouette: true, width: 720, height: 720 } } })

  test("absent fields stay absent; the silhouette is told", async () => {
    await using w = await world(() => undefined)
    w.script.handler = () => Response.json(body(w.base))
    await w.connectPage()
    const outcome = await w.facebook.profile(facebookAccount)
    expect(outcome).toEqual({
      kind: "read",
      profile: { network: "facebook", remoteId: PAGE, name: "Phường Kinh Bắc", handle: "kinhbac", badge: "blue_verified", published: true, followers: 15, avatar: { url: `${w.base}/p.jpg`, silhouette: true }, raw: body(w.base) },
    })
  })

  test("the business field never takes the others down, a missing picture is asked for apart", async () => {
    await using w = await world((request) => {
      if (request.path.endsWith("/picture")) return Response.json({ data: { url: "https://scontent.fhan1-1.fna.fbcdn.net/a.jpg", is_silhouette: false } })
      return request.query.get("fields")!.includes("business") ? graphError(200) : Response.json({ id: PAGE, name: "N" })
    })
    await w.connectPage()
    expect(await w.facebook.profile(facebookAccount)).toMatchObject({ kind: "read", profile: { avatar: { url: "https://scontent.fhan1-1.fna.fbcdn.net/a.jpg", silhouette: false } } })
    expect(w.ofPath("/picture")[0]!.query.get("redirect")).toBe("0")
  })

  test("another Page's answer is refused; a lost Page is gone", async () => {
    await using w = await world(() => Response.json({ id: "999", name: "N", picture: {} }))
    await w.connectPage()
    expect(await w.facebook.profile(facebookAccount)).toMatchObject({ kind: "locked_out", code: "wrong_id" })
    w.script.handler = () => graphError(100, 33)
    expect(await w.facebook.profile(facebookAccount)).toMatchObject({ kind: "gone" })
    w.script.handler = () => new Response("", { status: 503 })
    expect(await w.facebook.profile(facebookAccount)).toMatchObject({ kind: "later" })
  })

  test("many profiles in one batch; tokens travel in the body; lost parts are asked singly", async () => {
    await using w = await world((request) => {
      if (request.method === "GET") return Response.json({ id: PAGE, name: "Đơn", picture: { data: {} } })
      const operations = JSON.parse(request.body.batch) as { relative_url: string }[]
      return Response.json(operations.map((_, n) => (n === 0 ? null : { code: 200, body: JSON.stringify({ id: "1002", name: "Hai" }) })))
    })
    const second = { ...facebookAccount, id: "two", remoteId: "1002" }
    await w.connectPage()
    await w.networks.tokens.connect({ id: "two", network: "facebook", remoteId: "1002" }, { secret: { page: "EAAGpageTokenForTests0009" }, accessExpiresAt: null, refreshExpiresAt: null })
    const found = await w.facebook.profiles([facebookAccount, second, { ...facebookAccount, id: "three" }])
    expect(found.get(facebookAccount.id)).toMatchObject({ kind: "read", profile: { name: "Đơn" } })
    expect(found.get("two")).toMatchObject({ kind: "read", profile: { name: "Hai" } })
    expect(found.get("three")).toMatchObject({ kind: "locked_out", code: "no_token" })
    const [batch] = w.seen
    expect(JSON.parse(batch!.body.batch)[1].relative_url).toContain("EAAGpageTokenForTests0009")
    expect(JSON.parse(batch!.body.batch)[1].relative_url).toContain("appsecret_proof=")
    expect(batch!.query.size).toBe(0)
  })

  test("picture hosts", () => {
    const graph = "https://graph.facebook.com"
    expect(avatarHostAllowed("https://scontent.fhan1-1.fna.fbcdn.net/a.jpg", graph)).toBe(true)
    expect(avatarHostAllowed("https://platform-lookaside.fbsbx.com/a.jpg", graph)).toBe(true)
    for (const url of ["http://scontent.x.fbcdn.net/a", "https://fbcdn.net.evil.example/a", "https://evilfbcdn.net/a", "http://127.0.0.1/a", "file:///etc/passwd", "x"]) expect(avatarHostAllowed(url, graph)).toBe(false)
    expect(avatarHostAllowed("http://127.0.0.1:9/a.jpg", "http://127.0.0.1:9")).toBe(true)
    expect(avatarHostAllowed("http://127.0.0.1:8/a.jpg", "http://127.0.0.1:9")).toBe(false)
  })
})

test("integrity: the second documented path is tried when the first is unknown", async () => {
  await using w = await world((request) => (request.path.endsWith("/pages_status") ? Response.json({ id: PAGE, status: "restricted", restrictions: [{ feature: "page_read_only", status: "RESTRICTED", expiration_time: 1795398400 }] }) : graphError(100)))
  await w.connectPage()
  expect(await w.facebook.pageStatus(facebookAccount)).toMatchObject({ status: "restricted", restrictions: [{ feature: "page_read_only", status: "RESTRICTED", expiresAt: 1795398400000 }] })
})

test("tokens never enter addresses, logs, errors or the database in the clear", async () => {
  await using w = await world((request) => (request.path.endsWith("/feed") ? graphError(190, 460, `Error validating access token ${PAGE_TOKEN}`) : undefined))
  await w.connectPage()
  const outcome = await w.facebook.publish(facebookAccount, facebookPost())
  await w.facebook.look(facebookAccount, [])
  await w.facebook.profile(facebookAccount)
  expect(w.seen.map((r) => r.path + r.query).join()).not.toContain("EAAG")
  expect(w.lines.join()).not.toContain("EAAGpage")
  expect(JSON.stringify(outcome)).not.toContain("EAAGpage")
  const rows = await w.opened.db.selectFrom("account_tokens").selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain("EAAGpage")
})

test("a sealed row moved to another account does not open there", async () => {
  await using w = await world(() => Response.json({ id: "1_1" }))
  await w.connectPage()
  const row = await w.opened.db.selectFrom("account_tokens").selectAll().executeTakeFirstOrThrow()
  await w.opened.db.insertInto("account_tokens").values({ ...row, account_id: "thief" }).execute()
  expect(await w.facebook.publish({ ...facebookAccount, id: "thief" }, facebookPost())).toMatchObject({ kind: "locked_out", code: "no_token" })
  expect(w.seen).toHaveLength(0)
})
