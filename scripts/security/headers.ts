/** Checks 1–11: what every answer wears, who may write, what stays behind. */
import { existsSync } from "node:fs"
import { matrix } from "../../src/web/people/matrix.ts"
import { requestOf } from "../../test/support/walk.ts"
import { fail, ok, skip, verdict, type Check } from "./check.ts"
import { databaseHash } from "./database.ts"
import type { Target, Visitor } from "./target.ts"

const publicPaths = ["/login", "/verify", "/verify?q=x", "/healthz", "/no/such/page", "/static/icon.svg", "/api/docs", "/api/openapi.json", "/api/v1/units", "/feeds/leadership.xml", "/snapshots", "/m/none.jpg", "/queue"]
const deskPaths = ["/", "/queue", "/alerts", "/rules", "/registry", "/reports", "/cases", "/cases/new", "/emergency", "/emergency/new", "/users", "/users/new", "/keys", "/audit", "/me", "/me/two-steps", "/stop", "/settings", "/take-down", "/leadership", "/units/none"]
export const pagesOf = (target: Target) => (target.own ? [...publicPaths, ...deskPaths, `/units/${target.own.things.unit}`, `/queue/${target.own.things.delivery}`, `/alerts/${target.own.things.alert}`, `/verify/${target.own.things.account}`] : publicPaths)

const asker = async ({ own, visitor }: Target): Promise<Visitor> => (own ? own.person("quan-tri", "province_admin") : visitor())

async function crawl(target: Target): Promise<{ path: string; answer: Response; text: string }[]> {
  const who = await asker(target)
  const all = []
  for (const path of pagesOf(target)) {
    const answer = await who.get(path)
    all.push({ path: `${path} ${answer.status}`, answer, text: await answer.text() })
  }
  return all
}

/**
 * The documented scoring of Mozilla's HTTP Observatory (version 1.4), as far as it can apply here: 100 points, malus first, bonus only
 * from 90 points on. HSTS preloading is not counted: it depends on a public list.
 */
function observatory(answer: Response, cookies: string[], html: string): { score: number; parts: string[] } {
  const h = (name: string) => answer.headers.get(name) ?? ""
  const parts: [string, number][] = []
  const csp = h("content-security-policy")
  const directive = (name: string) => new RegExp(`(?:^|;)\\s*${name}\\s+([^;]*)`).exec(csp)?.[1] ?? ""
  parts.push(["csp", !csp ? -25 : /unsafe-(inline|eval)|data:/.test(directive("script-src") || directive("default-src")) ? -20 : directive("default-src").trim() === "'none'" ? 10 : 5])
  parts.push(["cookies", cookies.length === 0 ? 0 : cookies.some((cookie) => !/;\s*secure/i.test(cookie)) ? -20 : cookies.some((cookie) => !/httponly/i.test(cookie)) ? -30 : cookies.every((cookie) => /samesite=(lax|strict)/i.test(cookie)) ? 5 : 0])
  parts.push(["cors", h("access-control-allow-origin") === "*" ? -50 : 0])
  parts.push(["referrer", /^(no-referrer|same-origin|strict-origin(-when-cross-origin)?)$/.test(h("referrer-policy")) ? 5 : h("referrer-policy") ? -5 : 0])
  const age = Number(/max-age=(\d+)/.exec(h("strict-transport-security"))?.[1] ?? 0)
  parts.push(["hsts", age === 0 ? -20 : age < 15_768_000 ? -10 : 0])
  const foreign = /<script[^>]+src="(?:https?:)?\/\//.test(html)
  parts.push(["sri", foreign && !/integrity=/.test(html) ? -50 : 0])
  parts.push(["nosniff", h("x-content-type-options") === "nosniff" ? 0 : -5])
  parts.push(["framing", /'none'|'self'/.test(directive("frame-ancestors")) ? 5 : /^(deny|sameorigin)$/i.test(h("x-frame-options")) ? 0 : -20])
  parts.push(["corp", h("cross-origin-resource-policy") === "same-origin" ? 10 : 0])
  const malus = parts.reduce((sum, [, points]) => sum + Math.min(0, points), 100)
  const score = malus >= 90 ? parts.reduce((sum, [, points]) => sum + points, 100) : malus
  return { score, parts: parts.map(([name, points]) => `${name} ${points >= 0 ? "+" : ""}${points}`) }
}

const foreignWays: Record<string, string>[] = [
  { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
  { "sec-fetch-site": "cross-site", "content-type": "application/x-www-form-urlencoded" },
  { "sec-fetch-site": "same-site", "content-type": "multipart/form-data; boundary=x" },
]
const oddWays: Record<string, string>[] = [
  { origin: "https://evil.example", "content-type": "application/json" },
  { origin: "null", "content-type": "text/plain" },
  { origin: "https://evil.example" },
  { "sec-fetch-site": "cross-site", "content-type": "application/json" },
]
const formRoutes = () => [...new Set(matrix.filter((row) => row.who !== "machine" && row.route.startsWith("POST ")).map((row) => row.route))]

async function foreignWrites(target: Target, ways: Record<string, string>[], methods: string[]) {
  const { own } = target
  const who = await asker(target)
  const before = own ? await databaseHash(own) : ""
  const problems: string[] = []
  let asked = 0
  for (const route of formRoutes()) {
    const { path } = own ? requestOf({ route, who: "anyone" }, own.things) : { path: route.split(" ")[1]!.replace(/:\w+(\{[^/]*\})?/g, "x") }
    for (const method of methods) {
      for (const headers of ways) {
        const answer = await who.ask(path, { method, headers, body: "do=approve&why=x" })
        await answer.arrayBuffer()
        asked += 1
        if (![403, 404, 405].includes(answer.status) || (method === "POST" && answer.status !== 403)) problems.push(`${method} ${path} ${JSON.stringify(headers)}: ${answer.status}`)
      }
    }
  }
  if (own && before !== (await databaseHash(own))) problems.push("the database changed")
  return verdict(problems, `${asked} foreign writes to ${formRoutes().length} routes: all refused${own ? ", database unchanged" : ""}`)
}

export const headerChecks: Check[] = [
  {
    n: 1, title: "Observatory", anchor: "V3.4", remote: true,
    run: async (target) => {
      const answer = await target.visitor().get("/login?lang=vi")
      const { score, parts } = observatory(answer, answer.headers.getSetCookie(), await answer.text())
      return (score >= 130 ? ok : fail)(`${score >= 100 ? "A+" : "below A+"}, ${score} points by our own reckoning of the documented rules (${parts.join(", ")}); the package itself is run by hand`)
    },
  },
  {
    n: 2, title: "CSP on every answer", anchor: "V3.4.3", remote: true,
    run: async (target) => {
      const all = await crawl(target)
      const problems = all.flatMap(({ path, answer, text }) => {
        const policy = answer.headers.get("content-security-policy") ?? ""
        const weak = /unsafe-|\*|http:|https:/.test(policy) || !policy.includes("default-src 'none'")
        const inline = /<script(?![^>]*\bsrc=)[^>]*>|\son\w+="|\sstyle="/i.test(text) && (answer.headers.get("content-type") ?? "").includes("html")
        return [...(weak ? [`${path}: ${policy || "no policy"}`] : []), ...(inline ? [`${path}: inline script or style`] : [])]
      })
      return verdict(problems, `${all.length} answers, 200 to 404; no unsafe-*, no *, and no inline script at all, so no nonce is needed`)
    },
  },
  {
    n: 3, title: "HSTS", anchor: "V3.4.1", remote: true,
    run: async (target) => {
      const all = await crawl(target)
      return verdict(all.filter(({ answer }) => Number(/max-age=(\d+)/.exec(answer.headers.get("strict-transport-security") ?? "")?.[1] ?? 0) < 31_536_000).map(({ path }) => path), `${all.length} answers with max-age 63072000`)
    },
  },
  {
    n: 4, title: "nosniff, referrer, framing", anchor: "V3.4.4-6", remote: true,
    run: async (target) => {
      const all = await crawl(target)
      const wrong = ({ answer }: (typeof all)[number]) =>
        answer.headers.get("x-content-type-options") !== "nosniff" || answer.headers.get("referrer-policy") !== "no-referrer" || !/frame-ancestors 'none'|sandbox/.test(answer.headers.get("content-security-policy") ?? "")
      return verdict(all.filter(wrong).map(({ path }) => path), `${all.length} answers`)
    },
  },
  {
    n: 5, title: "cookies", anchor: "V3.3.1-4",
    run: async ({ own, visitor }) => {
      await own!.person("quan-tri", "province_admin")
      const one = visitor()
      const answers = [await one.get("/login?lang=en"), await one.post("/login", { id: "muc-tieu", password: (await import("./target.ts")).PASSWORD }), await one.post("/logout", {})]
      const lines = answers.flatMap((answer) => answer.headers.getSetCookie())
      const problems = lines.filter((line) => !/^__Host-/.test(line) || !["HttpOnly", "Secure", "SameSite=Lax", "Path=/"].every((part) => line.includes(part)) || /domain=/i.test(line))
      return lines.length < 3 ? fail("no cookies were set") : verdict(problems, `${lines.length} Set-Cookie lines: ${[...new Set(lines.map((line) => line.split("=")[0]))].join(", ")}`)
    },
  },
  {
    n: 6, title: "no CORS", anchor: "V3.4.2", remote: true,
    run: async (target) => {
      const who = await asker(target)
      const problems: string[] = []
      for (const path of pagesOf(target)) {
        for (const method of ["GET", "OPTIONS"]) {
          const answer = await who.ask(path, { method, headers: { origin: "https://evil.example", "access-control-request-method": "POST" } })
          await answer.arrayBuffer()
          for (const name of ["access-control-allow-origin", "access-control-allow-credentials"]) if (answer.headers.has(name)) problems.push(`${method} ${path}: ${name}`)
        }
      }
      return verdict(problems, `${pagesOf(target).length * 2} requests with a foreign Origin`)
    },
  },
  { n: 7, title: "CSRF by forms", anchor: "V3.5.1", remote: true, run: (target) => foreignWrites(target, foreignWays, ["POST"]) },
  { n: 8, title: "CSRF by JSON, text, nothing, and by PUT, PATCH, DELETE", anchor: "V3.5.1-2", remote: true, run: (target) => foreignWrites(target, oddWays, ["POST", "PUT", "PATCH", "DELETE"]) },
  {
    n: 9, title: "GET changes nothing", anchor: "V3.5.3",
    run: async (target) => {
      const own = target.own!
      const who = await asker(target)
      const gets = [...matrix.filter((row) => row.route.startsWith("GET ")).map((row) => requestOf(row, own.things).path), "/login?lang=vi", "/verify?q=a"]
      const before = await databaseHash(own)
      for (let turn = 0; turn < 2; turn++) for (const path of gets) await (await who.get(path)).arrayBuffer()
      return before === (await databaseHash(own)) ? ok(`${gets.length} addresses twice, same hash of all tables but sessions, heartbeats and unconfirmed offers of a second factor`) : fail("the database changed")
    },
  },
  {
    n: 10, title: "signed-in pages are not stored", anchor: "V14.3.2",
    run: async (target) => {
      const all = (await crawl(target)).filter(({ path }) => !/^\/(static|m|feeds|snapshots|verify|api|healthz)/.test(path))
      return verdict(all.filter(({ answer }) => answer.headers.get("cache-control") !== "no-store").map(({ path, answer }) => `${path}: ${answer.headers.get("cache-control")}`), `${all.length} pages with no-store`)
    },
  },
  {
    n: 11, title: "after signing out", anchor: "V14.3.1, V7.4.1",
    run: async (target) => {
      const who = await target.own!.person("roi-di", "auditor")
      const kept = who.session
      const out = await who.post("/logout", {})
      const problems: string[] = []
      if (!/"cache".*"storage"|"\*"/.test(out.headers.get("clear-site-data") ?? "")) problems.push("no Clear-Site-Data")
      who.cookies.set("__Host-loa_session", kept)
      if ((await who.get("/queue")).status !== 302) problems.push("the old cookie still works")
      if (!existsSync("/usr/bin/chromium")) return problems.length ? verdict(problems, "") : skip("the cookie is dead; browser Back needs chromium")
      const { chromium } = await import("playwright-core")
      const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--headless=new"] })
      try {
        const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
        await page.goto(`${target.url}/login`)
        await page.fill("#id", "roi-di")
        await page.fill("#password", (await import("./target.ts")).PASSWORD)
        await page.click("form[action='/login'] button")
        await page.waitForURL(`${target.url}/`)
        await page.goto(`${target.url}/queue`)
        await page.click("form[action='/logout'] button")
        await page.waitForURL(/login/)
        await page.goBack()
        await page.waitForLoadState()
        if (await page.locator("form[action='/logout']").count()) problems.push("browser Back shows the page again")
      } finally {
        await browser.close()
      }
      return verdict(problems, "Clear-Site-Data sent, the old cookie is dead, Back in Chromium shows the door")
    },
  },
]
