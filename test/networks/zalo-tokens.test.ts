import { describe, expect, spyOn, test } from "bun:test"
import { challengeOf, newVerifier } from "../../src/networks/zalo/oauth.ts"
import { NOW, OA, world, zaloAccount, zaloAnswer, zaloError, zaloPost, type Handler } from "./support.ts"

const H = 3_600_000
/** A Zalo that knows one living pair; every refresh kills both tokens and hands out the next pair. */
function oauth(options: { answer?: (fresh: unknown) => Response | "cut" } = {}) {
  const state = { n: 1, refreshes: 0 }
  const handler: Handler = (request) => {
    if (request.path.endsWith("/access_token")) {
      state.refreshes += 1
      if (request.body.refresh_token !== `refresh-${state.n}`) return Response.json({ error_name: "Invalid refresh token", error_description: "used" })
      state.n += 1
      const fresh = { access_token: `access-${state.n}`, refresh_token: `refresh-${state.n}`, expires_in: "90000" }
      return (options.answer?.(fresh) as Response) ?? Response.json(fresh)
    }
    if (request.headers.get("access_token") !== `access-${state.n}`) return zaloError(-216, `Access token ${request.headers.get("access_token")} is invalid`)
    return zaloAnswer({ token: "t", oaid: OA, name: "OA" })
  }
  return { state, handler }
}

describe("the single-use refresh token", () => {
  test("an expired access token is refreshed once, form encoded, with the secret in a header", async () => {
    const { state, handler } = oauth()
    await using w = await world(handler)
    await w.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
    expect(w.seen.map((r) => r.path)).toEqual(["/v4/oa/access_token", "/v2.0/article/create"])
    expect(w.seen[0]!.body).toEqual({ refresh_token: "refresh-1", app_id: "1234567890123456789", grant_type: "refresh_token" })
    expect(w.seen[0]!.headers.get("secret_key")).toBe("app-secret-for-tests")
    expect(state.refreshes).toBe(1)
    expect(await w.zalo.tokenState(zaloAccount.id)).toMatchObject({ state: "ok", accessExpiresAt: NOW + 90_000_000, refreshExpiresAt: NOW + 90 * 24 * H })
  })

  test("many callers at once make one refresh", async () => {
    const { state, handler } = oauth()
    await using w = await world(async (request) => {
      if (request.path.endsWith("/access_token")) await Bun.sleep(20)
      return handler(request) as Response
    })
    await w.connectOa({ access: "dead", refresh: "refresh-1" })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => w.zalo.publish(zaloAccount, zaloPost())))
    expect(state.refreshes).toBe(1)
    expect(outcomes.filter((outcome) => outcome.kind === "locked_out")).toEqual([])
  })

  test("a pair refreshed by another process is used instead of refreshing again", async () => {
    const { state, handler } = oauth()
    await using w = await world(handler)
    await w.connectOa()
    await w.zalo.publish(zaloAccount, zaloPost())
    await using other = await world(handler, { db: w.opened, dataDir: w.dataDir, clock: w.clock })
    w.clock.advance(13 * H)
    await w.connectOa()
    await w.networks.tokens.get(zaloAccount.id)
    w.clock.advance(13 * H)
    await other.zalo.careForTokens([zaloAccount])
    expect(state.refreshes).toBe(1)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
    expect(state.refreshes).toBe(1)
  })

  test("a lease held by another process is respected", async () => {
    const { state, handler } = oauth()
    await using w = await world(handler)
    await w.connectOa({ access: "dead", refresh: "refresh-1" })
    await w.opened.db.updateTable("account_tokens").set({ lease_owner: "other", lease_until: NOW + 300_000 }).execute()
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "later", code: "token_later", scope: "account" })
    expect(state.refreshes).toBe(0)
  })

  test("200 in the error shape never overwrites the stored pair: the OA must consent again, at once and without a storm", async () => {
    await using w = await world((request) => (request.path.endsWith("/access_token") ? Response.json({ error_name: "Invalid refresh token", error_reason: "r" }) : zaloError(-216)))
    await w.connectOa()
    const before = await w.networks.tokens.reread<any>(zaloAccount.id)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "locked_out", needs: "reconnect" })
    expect(await w.zalo.tokenState(zaloAccount.id)).toMatchObject({ state: "needs_reauth" })
    expect((await w.networks.tokens.reread<any>(zaloAccount.id))!.secret).toEqual(before!.secret)
    const asked = w.seen.length
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "locked_out" })
    expect(await w.zalo.careForTokens([zaloAccount])).toMatchObject([{ code: "needs_reauth", needs: "reconnect" }])
    expect(w.seen).toHaveLength(asked)
    await w.connectOa({ access: "access-9", refresh: "refresh-9" })
    expect(await w.zalo.tokenState(zaloAccount.id)).toMatchObject({ state: "ok", reason: null })
  })

  test.each([
    ["half a pair", () => Response.json({ access_token: "a" }), "needs_reauth"],
    ["a numeric code", () => Response.json({ error: -14014, error_name: "Invalid refresh token" }), "needs_reauth"],
    ["the rate limit", () => Response.json({ error: -32, message: "x" }), "ok"],
    ["a server error", () => new Response("<html>", { status: 502 }), "ok"],
    ["an empty body", () => new Response(""), "ok"],
  ] as [string, () => Response, string][])("%s", async (_name, answer, state) => {
    await using w = await world((request) => (request.path.endsWith("/access_token") ? answer() : zaloError(-220)))
    await w.connectOa()
    await w.zalo.publish(zaloAccount, zaloPost())
    expect((await w.zalo.tokenState(zaloAccount.id)).state).toBe(state as "ok")
    expect(await w.opened.db.selectFrom("token_wal").selectAll().execute()).toEqual([])
  })

  test("refreshes stand in a line: a process that dies takes one pair with it at most", async () => {
    const oas = ["a", "b", "c", "d"].map((id, n) => ({ ...zaloAccount, id: `${id}-zalo`, remoteId: `${OA.slice(0, -1)}${n}` }))
    let underWay = 0
    let most = 0
    await using w = await world(async (request) => {
      if (!request.path.endsWith("/access_token")) return zaloAnswer({ token: "t", oaid: OA, name: "OA" })
      most = Math.max(most, ++underWay)
      await Bun.sleep(5)
      underWay -= 1
      return Response.json({ access_token: `new-${request.body.refresh_token}`, refresh_token: `next-${request.body.refresh_token}`, expires_in: "90000" })
    })
    for (const oa of oas) await w.networks.tokens.connect({ id: oa.id, network: "zalo", remoteId: oa.remoteId }, { secret: { access: "old", refresh: oa.id }, accessExpiresAt: NOW - 1, refreshExpiresAt: NOW + 90 * 24 * H })
    for (const outcome of await Promise.all(oas.map((oa) => w.zalo.publish(oa, zaloPost())))) expect(outcome).toMatchObject({ kind: "pending" })
    expect(w.ofPath("access_token")).toHaveLength(4)
    expect(most).toBe(1)
  })

  test("an answer that takes twenty seconds is waited for, under a lease that is longer still: given up, the only pair that works is gone", async () => {
    const { handler } = oauth()
    let leased = 0
    await using w = await world(async (request) => {
      if (request.path.endsWith("/access_token")) leased = Number((await w.opened.db.selectFrom("account_tokens").select("lease_until").executeTakeFirstOrThrow()).lease_until) - w.clock.now()
      return handler(request) as Response
    })
    await w.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
    const waits = spyOn(AbortSignal, "timeout")
    try {
      expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
      const [refresh, create] = waits.mock.calls.map(([ms]) => ms)
      expect(refresh).toBeGreaterThan(25_000)
      expect(create).toBe(15_000)
      expect(leased).toBeGreaterThan(refresh!)
    } finally {
      waits.mockRestore()
    }
  })

  test("a refusal without a code is told without one", async () => {
    await using w = await world((request) => (request.path.endsWith("/access_token") ? Response.json({ error_name: "Invalid refresh token" }) : zaloError(-220)))
    await w.connectOa()
    await w.zalo.publish(zaloAccount, zaloPost())
    expect((await w.zalo.tokenState(zaloAccount.id)).reason).toBe("Zalo từ chối gia hạn mã truy cập (Invalid refresh token); quản trị viên OA cần cấp quyền lại.")
  })

  test("a lost answer is asked again after a minute with the same token; its refusal is final", async () => {
    const { state, handler } = oauth({ answer: () => "cut" })
    await using w = await world(handler)
    await w.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "later", scope: "account", afterMs: 60_000 })
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "later", code: "token_later" })
    expect(state.refreshes).toBe(1)
    w.clock.advance(60_000)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "locked_out", needs: "reconnect" })
    expect(w.ofPath("access_token").map((r) => r.body.refresh_token)).toEqual(["refresh-1", "refresh-1"])
  })

  test("a lost request that Zalo never processed costs nothing but the minute", async () => {
    const { state, handler } = oauth()
    let lost = true
    await using w = await world((request) => (lost && request.path.endsWith("/access_token") ? "cut" : handler(request)))
    await w.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
    await w.zalo.publish(zaloAccount, zaloPost())
    lost = false
    w.clock.advance(60_000)
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
    expect(state.refreshes).toBe(1)
  })

  test.each(["start", "care", "publish"])("a crash between answer and commit loses nothing (%s replays)", async (way) => {
    const { state, handler } = oauth()
    await using w = await world(handler)
    await w.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
    // What a process that died right after the write-ahead leaves behind.
    state.n = 2
    const body = JSON.stringify({ status: 200, text: JSON.stringify({ access_token: "access-2", refresh_token: "refresh-2", expires_in: 90000 }) })
    await w.networks.tokens.writeAhead(zaloAccount.id, 1, body)
    const rows = await w.opened.db.selectFrom("token_wal").selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain("refresh-2")
    if (way === "start") expect(await w.networks.start()).toEqual({ recovered: 1, resealed: 0 })
    if (way === "care") await w.zalo.careForTokens([zaloAccount])
    expect(await w.zalo.publish(zaloAccount, zaloPost())).toMatchObject({ kind: "pending" })
    expect(state.refreshes).toBe(0)
    expect(await w.opened.db.selectFrom("token_wal").selectAll().execute()).toEqual([])
  })

  test("an old write-ahead answer never replaces a newer connection", async () => {
    await using w = await world(oauth().handler)
    await w.connectOa()
    await w.connectOa({ access: "access-5", refresh: "refresh-5" })
    await w.networks.tokens.writeAhead(zaloAccount.id, 1, JSON.stringify({ status: 200, text: '{"access_token":"old","refresh_token":"old"}' }))
    await w.networks.start()
    expect((await w.networks.tokens.reread<any>(zaloAccount.id))!.secret).toEqual({ access: "access-5", refresh: "refresh-5" })
  })
})

describe("daily care", () => {
  test("refreshes at twelve hours and a little, not before; warns of the end", async () => {
    const { state, handler } = oauth()
    await using w = await world(handler)
    await w.connectOa()
    w.clock.advance(12 * H - 1)
    expect(await w.zalo.careForTokens([zaloAccount])).toEqual([])
    expect(state.refreshes).toBe(0)
    w.clock.advance(H)
    expect(await w.zalo.careForTokens([zaloAccount])).toEqual([])
    expect(state.refreshes).toBe(1)
    await w.opened.db.updateTable("account_tokens").set({ refresh_expires_at: w.clock.now() + 13 * 24 * H }).execute()
    await w.networks.tokens.reread(zaloAccount.id)
    expect(await w.zalo.careForTokens([zaloAccount])).toMatchObject([{ code: "refresh_expiring" }])
  })
})

describe("connecting", () => {
  const pair = { access_token: "access-1", refresh_token: "refresh-1", expires_in: "90000" }
  test.each([{ oaid: OA }, { oa_id: OA }])("the OA must answer with the listed id: %j", async (id) => {
    await using w = await world(() => zaloAnswer({ ...id, name: "Phường Kinh Bắc" }))
    expect(await w.zalo.connect(zaloAccount, pair)).toEqual({ kind: "connected", name: "Phường Kinh Bắc", remoteId: OA, accessExpiresAt: NOW + 90_000_000, refreshExpiresAt: NOW + 90 * 24 * H, warnings: [] })
  })

  test("ids as bare 19-digit numbers keep their digits", async () => {
    await using w = await world(() => new Response(`{"error":0,"data":{"oaid":${OA},"name":"x"}}`))
    expect(await w.zalo.connect(zaloAccount, { ...pair, expires_in: 3600 })).toMatchObject({ kind: "connected", accessExpiresAt: NOW + H })
  })

  test("another OA, a dead token or another shape is refused and nothing is stored", async () => {
    await using w = await world(() => zaloAnswer({ oaid: "3870000000000000002" }))
    expect(await w.zalo.connect(zaloAccount, pair)).toMatchObject({ kind: "refused", code: "other_account" })
    w.script.handler = () => zaloError(-216, "Access token access-1 is invalid")
    const dead = await w.zalo.connect(zaloAccount, pair)
    expect(dead).toMatchObject({ kind: "refused", code: "-216" })
    expect(JSON.stringify(dead)).not.toContain("access-1")
    expect(await w.zalo.connect(zaloAccount, { access_token: "access-1" })).toMatchObject({ kind: "refused", code: "credential_shape" })
    expect((await w.zalo.tokenState(zaloAccount.id)).state).toBe("none")
  })
})

describe("consent", () => {
  test("PKCE: the contract's vector, 43 letters and digits", () => {
    expect(challengeOf("Zk3vQ8mT1xB6nR4yW9sD2fG7hJ5kL0pC8aE3uV6iO1q")).toBe("ClhfBSWHBHkaCJ8eR3ouB9Ri6fl6eICw_RizuXddvGg")
    expect(newVerifier()).toMatch(/^[A-Za-z0-9]{43}$/)
    expect(newVerifier()).not.toBe(newVerifier())
  })

  test("the link, the callback, and one use of each state", async () => {
    await using w = await world((request) => (request.path.endsWith("/access_token") ? Response.json({ access_token: "access-1", refresh_token: "refresh-1", expires_in: "90000" }) : zaloAnswer({ oaid: OA, name: "OA" })))
    const url = new URL(await w.zalo.consentUrl(zaloAccount))
    expect(url.pathname).toBe("/v4/oa/permission")
    expect(url.searchParams.get("redirect_uri")).toBe("https://social.bacninh.example/zalo/callback")
    const state = url.searchParams.get("state")!
    const find = (id: string) => (id === zaloAccount.id ? zaloAccount : null)
    expect(await w.zalo.exchangeCode({ state: "forged", code: "c", oaId: OA }, find)).toMatchObject({ kind: "refused", code: "state" })
    expect(await w.zalo.exchangeCode({ state, code: "c", oaId: OA }, find)).toMatchObject({ kind: "connected", accountId: zaloAccount.id })
    const [grant] = w.ofPath("access_token")
    expect(grant!.body).toMatchObject({ code: "c", grant_type: "authorization_code", app_id: "1234567890123456789" })
    expect(challengeOf(grant!.body.code_verifier)).toBe(url.searchParams.get("code_challenge")!)
    expect(await w.zalo.exchangeCode({ state, code: "c", oaId: OA }, find)).toMatchObject({ kind: "refused", code: "state" })

    const late = new URL(await w.zalo.consentUrl(zaloAccount)).searchParams.get("state")!
    w.clock.advance(10 * 60_000 + 1)
    expect(await w.zalo.exchangeCode({ state: late, code: "c", oaId: OA }, find)).toMatchObject({ kind: "refused", code: "state" })
    const foreign = new URL(await w.zalo.consentUrl(zaloAccount)).searchParams.get("state")!
    expect(await w.zalo.exchangeCode({ state: foreign, code: "c", oaId: "999" }, find)).toMatchObject({ kind: "refused", code: "other_account" })
  })
})

describe("profile", () => {
  const read = async (data: Record<string, unknown>) => {
    await using w = await world(() => zaloAnswer(data))
    await w.connectOa()
    return await w.zalo.profile(zaloAccount)
  }
  test("every field but the id is optional; 0/1 and true/false are the same", async () => {
    expect(await read({ oa_id: OA })).toMatchObject({ kind: "read", profile: { network: "zalo", remoteId: OA, name: "" } })
    const full = { oaid: OA, name: "Sở Xây dựng tỉnh Bắc Ninh", oa_alias: "sxd", is_verified: 1, oa_type: 4, cate_name: "Cơ quan nhà nước", num_follower: "12873", avatar: "https://s160.zadn.vn/a", package_name: "Tăng trưởng", package_valid_through_date: "31/05/2027" }
    expect(await read(full)).toEqual({
      kind: "read",
      profile: { network: "zalo", remoteId: OA, name: full.name, handle: "sxd", link: "https://zalo.me/sxd", category: "Cơ quan nhà nước", badge: "verified", followers: 12873, avatar: { url: full.avatar, silhouette: false }, oaType: 4, packageName: "Tăng trưởng", packageUntil: "2027-05-31", raw: full },
    })
    expect(await read({ oaid: OA, is_verified: false })).toMatchObject({ profile: { badge: "not_verified" } })
  })
  test("another OA's answer is refused; a removed OA is gone", async () => {
    expect(await read({ oaid: "1" })).toMatchObject({ kind: "locked_out", code: "wrong_id" })
    await using w = await world(() => zaloError(-205))
    await w.connectOa()
    expect(await w.zalo.profile(zaloAccount)).toMatchObject({ kind: "gone" })
  })
  test("the onboarding probe says whether and why not", async () => {
    await using w = await world((request) => (request.path.includes("article") ? zaloError(-224) : request.path.includes("quota") ? zaloError(-235) : zaloAnswer({ oaid: OA })))
    await w.connectOa()
    expect(await w.zalo.probe(zaloAccount)).toMatchObject({ canPublish: false, profile: "0", articles: "-224", quota: "-235" })
  })
})

test("tokens never enter addresses, logs or outcomes", async () => {
  const { handler } = oauth()
  await using w = await world(handler)
  await w.connectOa({ access: "access-dead", refresh: "refresh-dead" })
  const outcome = await w.zalo.publish(zaloAccount, zaloPost())
  await w.zalo.careForTokens([zaloAccount])
  for (const text of [w.lines.join(), JSON.stringify(outcome), w.seen.map((r) => r.path + r.query).join()]) {
    expect(text).not.toContain("access-dead")
    expect(text).not.toContain("refresh-dead")
  }
})
