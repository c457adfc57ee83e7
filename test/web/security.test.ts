/** The part of the security list (npm run security) that needs no process of its own; the whole list runs outside `npm test`. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import fc from "fast-check"
import { checks } from "../../scripts/security/list.ts"
import { sql } from "../../src/db/index.ts"
import { matrix } from "../../src/web/people/matrix.ts"
import { requestOf, type Things } from "../support/walk.ts"
import { post, testDesk, type Browser, type TestDesk } from "./support.ts"

let desk: TestDesk
let admin: Browser
let things: Things
beforeAll(async () => {
  desk = await testDesk()
  admin = await desk.signedIn("quan-tri", "province_admin")
  desk.rooms.alerts.note({ key: "k", kind: "feed.silent", severity: "high", unit: "kinh-bac", account: null, summary: "Cổng im lặng.", evidence: {} })
  const [alert] = await desk.rooms.alerts.flush()
  things = { unit: "kinh-bac", account: "kinh-bac-facebook", delivery: (await post(desk.rooms, "kinh-bac", 1)).id, alert: alert!.id, feed: desk.rooms.view().feedsOfUnit("kinh-bac")[0]!.id, user: "quan-tri" }
})
afterAll(() => desk.close())

const aside = new Set(["sessions", "known_devices", "login_failures", "workers", "oidc_tries"])
async function database(): Promise<string> {
  const tables = Object.keys(tableNames)
  const parts: string[] = []
  for (const table of tables) if (!aside.has(table)) parts.push(table, JSON.stringify((await sql`select * from ${sql.table(table)}`.execute(desk.rooms.db)).rows))
  return parts.join("\n").replaceAll(/"totp_pending":(?:null|"[^"]*")/g, "")
}
/** Tables the desk can change; named here because the two engines list theirs differently. */
const tableNames = { users: 1, api_keys: 1, one_time_links: 1, recovery_codes: 1, deliveries: 1, lanes: 1, alerts: 1, audit_log: 1, articles: 1, registry_versions: 1, settings: 1, waivers: 1, report_runs: 1, feed_state: 1 }

const gets = () => matrix.filter((row) => row.route.startsWith("GET ") && !row.route.includes("/login/oidc")).map((row) => requestOf(row, things).path)
const posts = () => [...new Set(matrix.filter((row) => row.who !== "machine" && row.route.startsWith("POST ")).map((row) => requestOf(row, things).path))]

test("the list has 63 checks, numbered without a gap", () => {
  const numbers = checks.map((check) => check.n)
  expect(numbers).toEqual(Array.from({ length: 63 }, (_, i) => i + 1))
})

test("every answer is dressed, opens itself to no other site, and reading changes nothing", async () => {
  const before = await database()
  for (const path of gets()) {
    const answer = await admin.ask(path, { headers: { origin: "https://evil.example" } })
    const policy = answer.headers.get("content-security-policy") ?? ""
    // The signed snapshots of the registry are public files that other sites may read.
    const shared = path.startsWith("/snapshots/") ? answer.headers.get("access-control-allow-origin") : null
    expect([path, policy.startsWith("default-src 'none'"), /unsafe-|\*/.test(policy), answer.headers.get("x-content-type-options"), answer.headers.get("access-control-allow-origin")]).toEqual([path, true, false, "nosniff", shared])
    expect([path, answer.status < 500]).toEqual([path, true])
    const html = (answer.headers.get("content-type") ?? "").includes("text/html") ? await answer.text() : ""
    expect([path, /<script(?![^>]*\bsrc=)[^>]*>|\son\w+="|\sstyle="/i.test(html)]).toEqual([path, false])
  }
  expect(await database()).toBe(before)
})

test("no foreign site writes, by whatever method and content type", async () => {
  const before = await database()
  const ways: Record<string, string>[] = [
    { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
    { "sec-fetch-site": "cross-site", "content-type": "multipart/form-data; boundary=x" },
    { "sec-fetch-site": "same-site", "content-type": "application/json" },
    { origin: "null", "content-type": "text/plain" },
    { origin: "https://evil.example" },
    {},
  ]
  for (const path of posts()) for (const headers of ways) expect([path, headers, (await admin.ask(path, { method: "POST", headers, body: "do=approve" })).status]).toEqual([path, headers, 403])
  for (const method of ["PUT", "PATCH", "DELETE"]) for (const path of posts()) expect((await admin.ask(path, { method, headers: { origin: "https://evil.example" }, body: "{}" })).status).toBe(403)
  expect(await database()).toBe(before)
})

test("no string breaks a page, no broken form is an accident", async () => {
  const places = ["/verify?q=", "/audit?actor=", "/audit?action=", "/queue?state=", "/alerts?state=", "/units/", "/articles/", "/users/", "/api/v1/verify?q=", "/rules?asOf="]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom("' OR 1=1--", "%00", "../../etc/passwd", "{{7*7}}", "\r\nset-cookie: x=1")), async (place, text) => {
      const answer = await admin.get(place + encodeURIComponent(text))
      await answer.arrayBuffer()
      return answer.status < 500 && !answer.headers.getSetCookie().length
    }),
    { numRuns: 200, seed: 1 },
  )
  for (const path of posts()) {
    if (path === "/logout" || path === "/me/password") continue
    for (const [type, body] of [["multipart/form-data; boundary=x", "--x\r\nbroken"], ["multipart/form-data", "x"], ["application/x-www-form-urlencoded", "%ff=%ff&id=%00&do=%00"]] as const) {
      const answer = await admin.ask(path, { method: "POST", body, headers: { "content-type": type, "sec-fetch-site": "same-origin" } })
      expect([path, type, answer.status < 500]).toEqual([path, type, true])
      expect(await answer.text()).not.toMatch(/ at \/|SELECT .* FROM|node_modules/)
    }
  }
})
