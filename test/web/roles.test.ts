/** Every route as every role, against the written matrix; another unit's things; fields nobody may set. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { roles, type Role } from "../../src/web/people/index.ts"
import { matrix, type MatrixRow } from "../../src/web/people/matrix.ts"
import { addressOf, away, refused, requestOf, type Things } from "../support/walk.ts"
import { Browser, post, testDesk, type TestDesk } from "./support.ts"

type Visitor = Role | "anonymous"
let desk: TestDesk
const browsers = {} as Record<Visitor, Browser>
const ids = { user: "auditor" } as Things
const foreign = { user: "auditor" } as Things

beforeAll(async () => {
  desk = await testDesk()
  browsers.anonymous = desk.browser()
  for (const role of roles) browsers[role] = await desk.signedIn(role.replace("_", "-"), role, role === "unit_official" ? "kinh-bac" : null)
  for (const [unit, into, n] of [["kinh-bac", ids, 1], ["vu-ninh", foreign, 2]] as const) {
    const { rooms } = desk
    into.delivery = (await post(rooms, unit, n)).id
    rooms.alerts.note({ key: unit, kind: "feed.silent", severity: "high", unit, account: null, summary: "Cổng im lặng.", evidence: {} })
    into.alert = (await rooms.alerts.flush())[0]!.id
    into.feed = rooms.view().feedsOfUnit(unit)[0]!.id
    into.unit = unit
    into.account = `${unit}-facebook`
  }
})
afterAll(() => desk.close())

const go = (visitor: Visitor, row: MatrixRow, from: Things = ids) => {
  const { method, path, form } = requestOf(row, from)
  return method === "GET" ? browsers[visitor].get(path) : browsers[visitor].post(path, form)
}

test("the matrix knows every route that is served, and serves every route it knows", () => {
  const served = new Set(desk.web.routes.filter((route) => route.method !== "ALL").map(({ method, path }) => (path.startsWith("/static/") ? "GET /static/:file" : `${method} ${path}`)))
  const written = new Set(matrix.map((row) => row.route))
  // Single sign-on exists only where it is configured; test/web/people-oidc.test.ts walks it.
  const optional = ["GET /login/oidc", "GET /login/oidc/back"]
  expect([...served].filter((route) => !written.has(route))).toEqual([])
  expect([...written].filter((route) => !served.has(route) && !optional.includes(route))).toEqual([])
})

test("every route as every role: no difference", async () => {
  const differences: string[] = []
  let walked = 0
  // The administrator, who really changes things, comes last.
  const order: Visitor[] = ["anonymous", "auditor", "watcher", "unit_official", "editor", "approver", "province_admin"]
  for (const visitor of order) {
    for (const row of matrix) {
      if (row.who === "anyone" || row.who === "machine" || row.route.startsWith("POST /me/")) continue
      const answer = await go(visitor, row)
      await answer.arrayBuffer()
      walked += 1
      const may = visitor !== "anonymous" && row.who.includes(visitor)
      if (may ? refused(answer) : !away(answer)) differences.push(`${visitor} ${row.route} ${JSON.stringify(row.form ?? {})}: ${answer.status}, ${may ? "may" : "may not"}`)
      if (visitor === "anonymous" && answer.status === 404) differences.push(`anonymous ${row.route}: 404 before the door`)
      if (answer.status >= 500) differences.push(`${visitor} ${row.route}: ${answer.status}`)
    }
  }
  expect(differences).toEqual([])
  expect(walked).toBeGreaterThan(500)
}, 30_000)

test("what is for machines opens to no session", async () => {
  for (const row of matrix) {
    if (row.who !== "machine" || row.route.includes("/webhooks/")) continue
    for (const visitor of ["anonymous", "province_admin"] as const) expect([row.route, visitor, away(await go(visitor, row))]).toEqual([row.route, visitor, true])
  }
})

describe("a unit official and another unit", () => {
  test("every address with another unit's ids: nothing there, nothing changed", async () => {
    const before = await fingerprint()
    for (const row of matrix) {
      if (row.who === "anyone" || row.who === "machine" || !row.who.includes("unit_official")) continue
      const [, path] = row.route.split(" ") as [string, string]
      const named = addressOf(path, foreign) !== addressOf(path, ids) || row.form?.do !== undefined
      if (!named) continue
      expect([row.route, (await go("unit_official", row, foreign)).status]).toEqual([row.route, 404])
    }
    expect(await fingerprint()).toEqual(before)
  })

  test("no page or answer shows the other unit", async () => {
    for (const path of ["/units/kinh-bac", "/queue", "/queue?state=waiting", "/alerts", "/alerts?state=closed", "/cases", "/me", "/take-down"]) {
      const html = await browsers.unit_official.text(path)
      for (const secret of [foreign.delivery, foreign.alert, "vu-ninh-facebook"]) expect([path, html.includes(secret)]).toEqual([path, false])
    }
  })
})

test("fields nobody may set are ignored: role, unit, state, remote id", async () => {
  const extra = { role: "province_admin", unit_id: "vu-ninh", unitId: "vu-ninh", state: "published", remote_id: "1", remoteId: "1", approved_by: "x", actor: "user:root", disabled_at: "0", totp_secret: "x", password_hash: "x" }
  const { id } = await post(desk.rooms, "kinh-bac", 40)
  await browsers.unit_official.post("/queue", { id, do: "reject", why: "Rút bài", ...extra, state: "review" })
  const row = await desk.rooms.outbox.find(id)
  expect([row.state, row.remote_id, row.unit_id, row.approved_by]).toEqual(["cancelled", null, "kinh-bac", null])
  await browsers.unit_official.post("/me/password", { old: "x", fresh: "y", ...extra })
  await browsers.province_admin.post("/users/auditor", { do: "email", email: "kiem.toan@bacninh.example", ...extra })
  expect((await desk.people.list()).filter((user) => ["unit-official", "auditor"].includes(user.id)).map(({ id, role, unitId, email, disabled }) => [id, role, unitId, email, disabled])).toEqual([
    ["auditor", "auditor", null, "kiem.toan@bacninh.example", false],
    ["unit-official", "unit_official", "kinh-bac", null, false],
  ])
})

/** What the other unit has, as the database holds it. */
async function fingerprint() {
  const { db } = desk.rooms
  return [
    await db.selectFrom("deliveries").selectAll().where("unit_id", "=", "vu-ninh").orderBy("id").execute(),
    await db.selectFrom("alerts").selectAll().where("unit_id", "=", "vu-ninh").orderBy("id").execute(),
    await db.selectFrom("lanes").selectAll().where("account_id", "like", "vu-ninh%").orderBy("account_id").execute(),
  ]
}
