import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { DAY, MINUTE } from "../../src/base/clock.ts"
import { openCase } from "../../src/jobs/cases.ts"
import { post, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
const secrets: Record<string, string> = {}
beforeAll(async () => {
  desk = await testDesk()
  const all = ["units:read", "articles:read", "deliveries:read", "deliveries:write", "alerts:read", "alerts:write", "cases:read", "findings:read", "reach:read", "registry:read"]
  secrets.province = (await desk.people.makeKey({ name: "Tỉnh", scopes: [...all, "reports:read", "metrics:read"], unitId: null, days: 30 }, "test")).secret
  secrets.unit = (await desk.people.makeKey({ name: "Kinh Bắc", scopes: all, unitId: "kinh-bac", days: 30 }, "test")).secret
  secrets.reader = (await desk.people.makeKey({ name: "Chỉ xem", scopes: ["deliveries:read"], unitId: null, days: 30 }, "test")).secret
})
afterAll(() => desk.close())

async function ask(path: string, key: string | null = "province", init: { method?: string; body?: unknown; idem?: string; headers?: Record<string, string> } = {}) {
  const headers: Record<string, string> = { ...(key ? { authorization: `Bearer ${secrets[key] ?? key}` } : {}), ...(init.body === undefined ? {} : { "content-type": "application/json" }), ...(init.idem ? { "idempotency-key": init.idem } : {}), ...init.headers }
  const body = init.body === undefined ? null : typeof init.body === "string" ? init.body : JSON.stringify(init.body)
  const answer = await desk.web.request(`https://loa.example/api/v1${path}`, { method: init.method ?? (init.body === undefined ? "GET" : "POST"), headers, body }, { address: "203.0.113.50" })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : null }
}
const stateOf = async (id: string) => (await desk.rooms.outbox.find(id)).state

describe("keys", () => {
  test("are asked for, judged by scope and forgotten when revoked or old", async () => {
    const none = await ask("/deliveries", null)
    expect([none.status, none.headers.get("content-type"), none.headers.get("www-authenticate")]).toEqual([401, "application/problem+json", 'Bearer realm="loa"'])
    expect(none.json).toEqual({ type: "about:blank", title: "A valid API key is needed", status: 401, detail: "Send a valid key as Authorization: Bearer …", instance: "/api/v1/deliveries", code: "key_needed" })
    for (const wrong of ["loa_000000000000_" + "x".repeat(43), secrets.reader!.slice(0, -1) + (secrets.reader!.endsWith("A") ? "B" : "A"), "loa", " "]) expect((await ask("/deliveries", wrong)).status).toBe(401)
    expect((await ask("/deliveries", "reader")).status).toBe(200)
    expect((await ask("/alerts", "reader")).json).toMatchObject({ status: 403, code: "scope_missing" })

    const made = await desk.people.makeKey({ name: "Tạm", scopes: ["units:read"], unitId: null, days: 1 }, "test")
    expect((await ask("/units", made.secret)).status).toBe(200)
    await desk.people.revokeKey(made.key.id, "test")
    expect((await ask("/units", made.secret)).status).toBe(401)
    const short = await desk.people.makeKey({ name: "Ngắn", scopes: ["units:read"], unitId: null, days: 1 }, "test")
    desk.clock.advance(DAY)
    expect((await ask("/units", short.secret)).status).toBe(401)
    const listed = await desk.people.listKeys()
    expect(listed.find((key) => key.name === "Tạm")).toMatchObject({ lastUsedFrom: "203.0.113.50" })
    const rows = JSON.stringify([await desk.rooms.db.selectFrom("api_keys").selectAll().execute(), await desk.rooms.db.selectFrom("audit_log").selectAll().execute()])
    for (const secret of [made.secret, ...Object.values(secrets)]) expect(rows).not.toContain(secret)
  })

  test("a cookie is no key, whatever site sends it", async () => {
    const browser = await desk.signedIn("nguoi-api", "province_admin")
    expect((await browser.get("/api/v1/units")).status).toBe(401)
  })
})

describe("one unit's key", () => {
  test("knows nothing of other units and changes nothing there", async () => {
    const own = await post(desk.rooms, "kinh-bac", 501)
    const other = await post(desk.rooms, "vu-ninh", 502)
    desk.rooms.alerts.note({ key: "api", kind: "feed.silent", severity: "high", unit: "vu-ninh", account: null, summary: "Cổng im lặng.", evidence: {} })
    const [alert] = await desk.rooms.alerts.flush()
    const foreign = ["/units/vu-ninh", "/accounts/vu-ninh-facebook", `/deliveries/${other.id}`, `/alerts/${alert!.id}`, "/deliveries?unit=vu-ninh", "/alerts?unit=vu-ninh", "/findings?unit=vu-ninh", "/accounts?unit=vu-ninh", "/articles?unit=vu-ninh", "/reach?account=vu-ninh-facebook"]
    for (const path of foreign) expect([path, (await ask(path, "unit")).status, (await ask(path)).status]).toEqual([path, 404, 200])
    for (const path of ["/units", "/accounts", "/deliveries", "/alerts", "/articles", "/findings", "/reach", "/registry"]) {
      const answer = await ask(path, "unit")
      expect([path, answer.status, answer.text.includes("vu-ninh")]).toEqual([path, 200, false])
      expect((await ask(path)).status).toBe(200)
    }
    for (const [deed, body] of [["approve", {}], ["reject", { why: "không" }], ["retry", {}], ["cancel", {}]] as const) expect((await ask(`/deliveries/${other.id}/${deed}`, "unit", { body })).status).toBe(404)
    for (const deed of ["ack", "close"]) expect((await ask(`/alerts/${alert!.id}/${deed}`, "unit", { body: deed === "close" ? { why: "x" } : {} })).status).toBe(404)
    expect([await stateOf(other.id), (await desk.rooms.alerts.find(alert!.id)).state]).toEqual(["review", "open"])
    expect((await ask(`/deliveries/${own.id}/approve`, "unit", { body: {} })).json).toMatchObject({ id: own.id, state: "waiting" })
    expect((await ask("/reports", "unit")).status).toBe(403)
    await expect(desk.people.makeKey({ name: "x", scopes: ["reports:read"], unitId: "kinh-bac", days: 1 }, "test")).rejects.toThrow()
  })
})

describe("account cases", () => {
  test("are read by unit, state and kind; a unit's key sees its own; what people wrote into them stays at the desk", async () => {
    const contact = { name: "Trần Thị Mẫu", title: "Công chức", phone: "0204000000", email: "mau@x.example" }
    const request = { network: "facebook", purpose: "Trang mới", contact }
    const person = { actor: "user:an", party: "centre", name: "An", unitId: null } as const
    const own = await openCase(desk.rooms, "register", "kinh-bac", request, person)
    const other = await openCase(desk.rooms, "register", "vu-ninh", request, person)
    const all = await ask("/cases?status=open&kind=register")
    expect(all.json.items.map((one: { id: string }) => one.id).sort()).toEqual([own.id, other.id].sort())
    expect(all.text).not.toContain("Mẫu")
    expect(all.json.items.find((one: { id: string }) => one.id === own.id)).toMatchObject({ unit: "kinh-bac", network: "facebook", account: null, status: "open", step: own.step, overdue: false, reminders: 0 })
    expect((await ask("/cases", "unit")).json.items.map((one: { unit: string }) => one.unit)).toEqual(["kinh-bac"])
    expect([(await ask(`/cases/${own.id}`, "unit")).status, (await ask(`/cases/${other.id}`, "unit")).status, (await ask("/cases?unit=vu-ninh", "unit")).status]).toEqual([200, 404, 404])
    expect([(await ask("/cases?status=done")).json.items, (await ask("/cases", "reader")).status, (await ask("/cases?status=lost")).status]).toEqual([[], 403, 400])
  })
})

describe("writes", () => {
  test("the same Idempotency-Key is answered again and not done again; another body is refused", async () => {
    const { id } = await post(desk.rooms, "kinh-bac", 510)
    const first = await ask(`/deliveries/${id}/reject`, "province", { body: { why: "Trùng nội dung" }, idem: "lan-1" })
    const again = await ask(`/deliveries/${id}/reject`, "province", { body: { why: "Trùng nội dung" }, idem: "lan-1" })
    expect([first.status, again.status, again.text, again.headers.get("idempotency-replayed")]).toEqual([200, 200, first.text, "true"])
    expect((await desk.rooms.audit.of(desk.rooms.db, `delivery:${id}`)).filter((row) => row.action === "delivery.rejected").map((row) => row.actor)).toHaveLength(1)
    expect((await ask(`/deliveries/${id}/reject`, "province", { body: { why: "Khác" }, idem: "lan-1" })).json).toMatchObject({ status: 422, code: "idempotency_key_reused" })
    // Another key of another machine may use the same words; without a key the state decides.
    expect((await ask(`/deliveries/${id}/reject`, "unit", { body: { why: "Trùng nội dung" }, idem: "lan-1" })).json).toMatchObject({ status: 409, code: "wrong_state" })
    // A refused write may be corrected under the same key, and after a day the key is forgotten.
    const other = await post(desk.rooms, "kinh-bac", 511)
    expect((await ask(`/deliveries/${other.id}/reject`, "province", { body: {}, idem: "lan-2" })).status).toBe(400)
    expect((await ask(`/deliveries/${other.id}/reject`, "province", { body: { why: "Rút" }, idem: "lan-2" })).status).toBe(200)
    expect((await ask(`/deliveries/${other.id}/reject`, "province", { body: { why: "Rút" }, idem: "x".repeat(201) })).status).toBe(400)
  })

  test("of fifty at once one is done", async () => {
    const { id } = await post(desk.rooms, "vu-ninh", 512)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(`/deliveries/${id}/approve`, "province", { body: {} })))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(49)
  })

  test("a post of unknown outcome is sent again only when somebody looked; alerts change hands once", async () => {
    const { id } = await post(desk.rooms, "vu-ninh", 513)
    await desk.rooms.db.updateTable("deliveries").set({ state: "unknown", code: "needs_person" }).where("id", "=", id).execute()
    expect((await ask(`/deliveries/${id}/retry`, "province", { body: {} })).status).toBe(409)
    expect((await ask(`/deliveries/${id}/retry`, "province", { body: { looked: true } })).json.state).toBe("waiting")
    const { items } = (await ask("/alerts?state=open")).json
    const ack = await ask(`/alerts/${items[0].id}/ack`, "province", { body: {} })
    expect([ack.status, ack.json.state]).toEqual([200, "acknowledged"])
    expect((await ask(`/alerts/${items[0].id}/ack`, "province", { body: {} })).status).toBe(409)
    const log = await desk.rooms.audit.of(desk.rooms.db, `alert:${items[0].id}`)
    expect(log.at(-1)!.actor).toMatch(/^key:[0-9a-f]{12}$/)
  })

  test("fields nobody asked for, doubled parameters and prototypes are refused, every mistake at once", async () => {
    const { id } = await post(desk.rooms, "vu-ninh", 514)
    const stuffed = await ask(`/deliveries/${id}/reject`, "province", { body: { state: "published", remoteId: "1", unit: "kinh-bac", role: "province_admin" } })
    expect(stuffed.json).toMatchObject({ status: 400, code: "invalid_request" })
    expect(stuffed.json.errors.map((wrong: { at: string }) => wrong.at).sort()).toEqual(["body.remoteId", "body.role", "body.state", "body.unit", "body.why"])
    for (const body of ['{"why":"x","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}', "[1]", '"x"', "null", "{", '{"why":{"$ne":1}}']) {
      expect([body, (await ask(`/deliveries/${id}/reject`, "province", { body })).status]).toEqual([body, 400])
    }
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    expect((await ask(`/deliveries/${id}/reject`, "province", { body: "why=x", headers: { "content-type": "application/x-www-form-urlencoded" } })).status).toBe(415)
    expect((await ask("/deliveries?state=review&state=held")).json.errors).toEqual([{ at: "query.state", expected: "once" }])
    const wrongs = (await ask("/deliveries?state=nonsense&limit=0&cursor=zzz&weird=1")).json.errors.map((wrong: { at: string }) => wrong.at)
    expect(wrongs.sort()).toEqual(["query.limit", "query.state", "query.weird"])
    expect((await ask("/deliveries?cursor=zzz")).json.code).toBe("cursor_invalid")
    expect((await ask(`/deliveries/${id}/reject`, "province", { body: { why: "x".repeat(100_000) } })).status).toBe(413)
    expect(await stateOf(id)).toBe("review")
  })
})

test("lists are read page by page without a gap, whatever arrives meanwhile", async () => {
  for (let n = 600; n < 612; n++) {
    await post(desk.rooms, "vu-ninh", n)
    if (n % 3 === 0) desk.clock.advance(MINUTE)
  }
  const whole = (await ask("/deliveries?unit=vu-ninh&limit=200")).json.items.map((one: { id: string }) => one.id)
  const seen: string[] = []
  let cursor = ""
  for (let turn = 0; turn < 50; turn++) {
    const { items, nextCursor } = (await ask(`/deliveries?unit=vu-ninh&limit=5${cursor && `&cursor=${cursor}`}`)).json
    seen.push(...items.map((one: { id: string }) => one.id))
    if (!nextCursor) break
    cursor = nextCursor
    desk.clock.advance(MINUTE)
    await post(desk.rooms, "vu-ninh", 700 + turn)
  }
  expect(seen).toEqual(whole)
  const units: string[] = []
  for (let next: string | null = ""; next !== null; ) {
    const page: { items: { id: string }[]; nextCursor: string | null } = (await ask(`/units?limit=1${next && `&cursor=${next}`}`)).json
    units.push(...page.items.map((one) => one.id))
    next = page.nextCursor
  }
  expect(units).toEqual(["kinh-bac", "vu-ninh"])
})

describe("the document", () => {
  test("is OpenAPI 3.1 and names every operation that is there, with its scope and its problems", async () => {
    const answer = await desk.browser().get("/api/openapi.json")
    const doc = await answer.json()
    expect([answer.status, doc.openapi, doc.servers[0].url]).toEqual([200, "3.1.0", "https://loa.example/api"])
    const served = desk.web.routes.filter((route) => route.path.startsWith("/api/v1/") && route.method !== "ALL").map((route) => `${route.method.toLowerCase()} ${route.path.replace("/api", "").replace(/:(\w+)/g, "{$1}")}`)
    const named = Object.entries(doc.paths).flatMap(([path, methods]) => Object.keys(methods as object).map((method) => `${method} ${path}`))
    expect(named.sort()).toEqual(served.sort())
    expect(named).toContain("post /v1/deliveries/{id}/approve")
    for (const [path, methods] of Object.entries(doc.paths)) for (const deed of Object.values(methods as Record<string, { security: object[]; responses: Record<string, unknown>; description?: string }>)) {
      if (path === "/v1/verify") expect(deed.security).toEqual([])
      else expect([path, deed.security, Object.keys(deed.responses).includes("401"), /Scope: `[a-z]+:(read|write)`/.test(deed.description!)]).toEqual([path, [{ apiKey: [] }], true, true])
    }
    for (const name of ["Delivery", "Unit", "Account", "Alert", "Problem", "Verified", "Check"]) expect(Object.keys(doc.components.schemas)).toContain(name)
  })

  test("answers are as the document says", async () => {
    const doc = await (await desk.browser().get("/api/openapi.json")).json()
    const required = (name: string) => doc.components.schemas[name].required as string[]
    const [delivery] = (await ask("/deliveries?limit=1")).json.items
    expect(Object.keys(delivery).sort()).toEqual([...required("Delivery")].sort())
    expect(Object.keys((await ask("/units/kinh-bac")).json).sort()).toEqual([...required("Unit")].sort())
    expect(Object.keys((await ask("/accounts/kinh-bac-facebook")).json).sort()).toEqual([...required("Account")].sort())
    expect((await ask("/findings?unit=kinh-bac")).json).toMatchObject({ units: [{ id: "kinh-bac" }] })
    expect((await ask("/registry")).json.units.map((unit: { id: string }) => unit.id)).toEqual(["kinh-bac", "vu-ninh"])
    expect((await ask("/verify?q=100000001", null)).json).toMatchObject({ status: "official", account: { id: "kinh-bac-facebook" } })
    expect((await ask("/none")).json).toMatchObject({ status: 404, code: "route_not_found" })
    const metrics = await desk.web.request("https://loa.example/metrics", { headers: { authorization: `Bearer ${secrets.province}` } }, { address: "203.0.113.1" })
    expect([metrics.status, (await metrics.text()).includes("loa_units 2")]).toEqual([200, true])
  })

  test("has a page for people that loads nothing from elsewhere", async () => {
    const html = await desk.browser().text("/api/docs")
    for (const part of ["/v1/deliveries/{id}/approve", "Idempotency-Key", "Scope: deliveries:write", 'href="/api/openapi.json"']) expect(html).toContain(part)
    expect(html).not.toMatch(/src="http|href="http|<script/)
  })

  test("what breaks shows a code and nothing of the inside", async () => {
    const { find } = desk.rooms.outbox
    desk.rooms.outbox.find = () => Promise.reject(new Error("SELECT secret FROM deliveries at /srv/loa/src/x.ts"))
    const answer = await ask("/deliveries/x")
    desk.rooms.outbox.find = find
    expect(answer.json).toMatchObject({ status: 500, code: "internal" })
    expect(answer.text).not.toMatch(/SELECT|\/srv/)
    expect(answer.headers.get("content-security-policy")).toStartWith("default-src 'none'")
  })
})
