import { afterAll, beforeAll, expect, test } from "bun:test"
import { PASSWORD, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

test("every answer is dressed, whatever its status", async () => {
  const browser = await desk.signedIn("an", "province_admin")
  // A failing room must not undress the answer nor show what broke.
  const { find } = desk.rooms.outbox
  const paths = ["/", "/login", "/queue", "/alerts", "/verify", "/verify?q=x", "/units/kinh-bac", "/units/none", "/articles/none", "/no/such/page", "/.git/config", "/healthz", "/m/none.jpg", "/static/icon.svg"]
  const statuses: Record<string, number> = {}
  for (const path of [...paths, "/queue/broken"]) {
    if (path === "/queue/broken") desk.rooms.outbox.find = () => Promise.reject(new Error("SELECT secret FROM table at /srv/loa/src"))
    const answer = await browser.get(path)
    statuses[path] = answer.status
    const policy = answer.headers.get("content-security-policy")!
    expect(policy).toStartWith("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff")
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer")
    expect(answer.headers.get("strict-transport-security")).toContain("max-age=63072000")
    expect(answer.headers.get("access-control-allow-origin")).toBeNull()
    if (!path.startsWith("/static")) expect(answer.headers.get("cache-control")).toBe("no-store")
    const text = await answer.text()
    expect(text).not.toMatch(/<script>|style="|onclick=|SELECT|\/srv/)
  }
  desk.rooms.outbox.find = find
  expect(statuses).toMatchObject({ "/": 200, "/units/kinh-bac": 200, "/units/none": 404, "/articles/none": 404, "/no/such/page": 404, "/.git/config": 404, "/queue/broken": 500 })
})

test("writes from elsewhere are refused in every content type, and nothing changes", async () => {
  const browser = await desk.signedIn("binh", "province_admin")
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example", "content-type": "application/json" },
    { origin: "null", "content-type": "text/plain" },
    {},
  ]
  for (const headers of foreign) for (const path of ["/login", "/logout", "/queue", "/alerts/x", "/login/rehearsal"]) expect((await browser.post(path, { id: "binh", password: PASSWORD }, headers)).status).toBe(403)
  expect((await browser.get("/queue")).status).toBe(200)
  expect((await browser.post("/logout", {}, { origin: "https://loa.example" })).status).toBe(303)
})

test("bodies and methods are bounded", async () => {
  expect((await desk.browser().post("/login", { id: "x".repeat(100_000), password: "y" })).status).toBe(413)
  expect((await desk.web.request("https://loa.example/", { method: "PROPFIND" })).status).toBe(405)
})

test("metrics are for this machine only", async () => {
  const ask = (address: string | undefined, headers: Record<string, string> = {}) => desk.web.request("https://loa.example/metrics", { headers }, address ? { address } : {})
  expect((await ask("203.0.113.1")).status).toBe(404)
  expect((await ask(undefined)).status).toBe(404)
  expect((await ask("127.0.0.1", { "x-forwarded-for": "203.0.113.1" })).status).toBe(404)
  const text = await (await ask("127.0.0.1")).text()
  expect(text).toContain('loa_deliveries{state="waiting"} 0')
  expect(text).toContain("loa_units 2")
})

test("the rehearsal's open door is shut in live mode and on addresses others can reach", async () => {
  expect((await desk.browser().post("/login/rehearsal", {})).status).toBe(404)
  await expect(desk.people.enterRehearsal({ address: "127.0.0.1", agent: "" }, null)).rejects.toThrow()
})
