/** Checks 31–33: what people and portals write stays data. */
import { existsSync } from "node:fs"
import fc from "fast-check"
import { fail, skip, verdict, type Check } from "./check.ts"

export const injectionChecks: Check[] = [
  {
    n: 31, title: "SQL injection", anchor: "V1.2.4",
    run: async ({ own, visitor }) => {
      const who = await own!.person("quan-tri", "province_admin")
      const problems: string[] = []
      const fixed = ["' OR '1'='1", "'; DROP TABLE users;--", "1 UNION SELECT * FROM users", '" OR ""="', "\\'; SELECT 1", "%27%20OR%201=1", "${jndi:ldap://x}", "1e309", "\u0000", "❤'\"`\\"]
      const strings = [...fixed, ...fc.sample(fc.string({ unit: "binary", maxLength: 60 }), { numRuns: 990, seed: 7 })]
      const places = ["/verify?q=", "/audit?actor=", "/audit?action=", "/audit?subject=", "/queue?state=", "/alerts?state=", "/units/", "/articles/", "/users/", "/queue?page=", "/api/v1/verify?q=", "/rules?asOf=", "/alerts?unit="]
      for (const [i, text] of strings.entries()) {
        const answer = await who.get(`${places[i % places.length]}${encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"))}`)
        if (answer.status >= 500) problems.push(`${places[i % places.length]}${JSON.stringify(text).slice(0, 60)}: ${answer.status}`)
        await answer.arrayBuffer()
        if (i % 10 === 0) {
          const form = await visitor("203.0.113.99").post("/login", { id: text, password: text })
          if (form.status >= 500) problems.push(`login ${JSON.stringify(text)}: ${form.status}`)
          await own!.forgetFailures()
        }
      }
      const users = await own!.rooms.db.selectFrom("users").select("id").execute()
      if (users.length < 2) problems.push("people are gone")
      const sqlmap = Bun.which("sqlmap")
      if (sqlmap) {
        for (const path of ["/audit?actor=a&action=b&subject=c&from=2026-01-01&before=5", "/queue?state=held&page=1", "/alerts?state=open&unit=x"]) {
          const args = ["-u", `${own!.direct}${path}`, "--cookie", [...who.cookies].map(([name, value]) => `${name}=${value}`).join("; "), "--batch", "--level", "2", "--technique", "BEUST", "--flush-session", "--ignore-redirects", "--output-dir", `${own!.w.home}/sqlmap`]
          const said = new TextDecoder().decode(Bun.spawnSync([sqlmap, ...args], { stdout: "pipe", stderr: "pipe", timeout: 180_000 }).stdout)
          if (!said.includes("do not appear to be injectable")) problems.push(`sqlmap on ${path}`)
        }
      }
      return verdict(problems, `${strings.length} strings in ${places.length} parameters and the sign-in form: no 5xx, tables intact; sqlmap level 2 ${sqlmap ? "finds nothing injectable in 3 pages" : "is not installed here and was not run"}`)
    },
  },
  {
    n: 32, title: "stored XSS", anchor: "V1.2.1, V1.3.1",
    run: async (target) => {
      const own = target.own!
      const payloads = xssPayloads()
      const unit = own.w.units[0]!
      unit.portal!.burstGuard = 0
      own.w.writeRegistry()
      for (const payload of payloads) own.w.province.publishArticle(unit.id, { title: `Tin ${payload}`, body: [payload, `Thân bài ${payload}`] })
      const pass = await own.w.loa(["run", "--all"])
      const who = await own.person("quan-tri", "province_admin")
      await own.people.add({ id: "ten-la", name: `<script>alert(1)</script>"><img src=x onerror=alert(1)>`, role: "auditor", unitId: null, password: null }, "cli:security")
      own.rooms.alerts.note({ key: "xss", kind: "feed.silent", severity: "high", unit: unit.id, account: null, summary: `<img src=x onerror=alert(1)>`, evidence: { seen: "</script><script>alert(1)</script>" } })
      const [alert] = await own.rooms.alerts.flush()
      const articles = await own.rooms.db.selectFrom("articles").select(["id", "title"]).where("unit_id", "=", unit.id).orderBy("first_seen_at", "desc").limit(40).execute()
      const kept = articles.filter((article) => /alert|onerror|script/i.test(article.title)).length
      const paths = ["/queue", "/queue?state=held", "/queue?state=waiting", "/", `/units/${unit.id}`, "/alerts", `/alerts/${alert!.id}`, "/users", "/audit", "/leadership", "/verify?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", ...articles.slice(0, 12).map((article) => `/articles/${article.id}`)]
      if (!existsSync("/usr/bin/chromium")) return skip("chromium is not installed; markup is checked in test/web")
      const { chromium } = await import("playwright-core")
      const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--headless=new"] })
      const problems: string[] = []
      try {
        const context = await browser.newContext({ ignoreHTTPSErrors: true })
        await context.addCookies([...who.cookies].map(([name, value]) => ({ name, value, url: target.url, secure: true })))
        const page = await context.newPage()
        page.on("dialog", (dialog) => {
          problems.push(`dialog on ${page.url()}`)
          void dialog.dismiss()
        })
        page.on("console", (message) => /Content Security Policy/i.test(message.text()) && problems.push(`CSP: ${message.text().slice(0, 120)}`))
        for (const path of paths) {
          await page.goto(`${target.url}${path}`)
          if (await page.evaluate(() => document.querySelectorAll("[onerror], [onload], iframe, object, embed, main script, svg[onload]").length)) problems.push(`markup on ${path}`)
        }
      } finally {
        await browser.close()
      }
      return kept < 5 ? fail(`only ${kept} hostile titles reached the desk, the check proves little: exit ${pass.code} ${pass.stderr.slice(-200)}`) : verdict(problems, `${payloads.length} payloads through RSS, names and alerts; ${paths.length} pages in Chromium: 0 dialogs, 0 CSP violations, 0 live markup (${kept} hostile titles on the desk)`)
    },
  },
  {
    n: 33, title: "template, header, log, mail, CSV injection", anchor: "V1.3, V16.4.1",
    run: async ({ own, visitor }) => {
      const problems: string[] = []
      const before = own!.logs().split("\n").length
      const one = visitor()
      const answer = await one.post("/login", { id: 'x\r\n{"level":"error","message":"forged"}', password: "y", to: "/x\r\nset-cookie: evil=1" })
      if (/evil/.test(JSON.stringify([...answer.headers]))) problems.push("a header was forged")
      const back = await (await own!.person("bi-doan", "auditor")).post("/login", { id: "bi-doan", password: (await import("./target.ts")).PASSWORD, to: "/queue\r\nx-evil: 1" })
      if (back.headers.has("x-evil")) problems.push("a header was forged by ?to")
      await Bun.sleep(200)
      const lines = own!.logs().split("\n").slice(before)
      for (const line of lines) if (line.startsWith('{"level":"error","message":"forged"')) problems.push("a log line was forged")
      own!.w.province.publishArticle(own!.w.units[1]!.id, { title: "Tin {{7*7}} ${7*7} <%= 7*7 %>", body: ["{{constructor}}"] })
      await own!.w.loa(["run", "--all"])
      const row = await own!.rooms.db.selectFrom("articles").select("title").where("title", "like", "%{{7*7}}%").executeTakeFirst()
      if (!row) problems.push("a template in a title was evaluated")
      const formula = await own!.rooms.db.transaction().execute((tx) => own!.rooms.audit.write(tx, [{ actor: "=HYPERLINK(1)", action: "@test", subject: "+1", detail: { a: "\t=1" } }]))
      void formula
      const auditor = await own!.person("bi-doan", "auditor")
      const csv = await (await auditor.post("/audit/export", { format: "csv" })).text()
      if (/(^|,|\n)"?[=+@-][A-Z0-9]/m.test(csv.replace(/"'[=+@-]/g, '"'))) problems.push("a formula in the CSV export")
      const reach = await own!.w.loa(["reach", "show", "--csv", `${own!.w.home}/reach.csv`])
      if (reach.code !== 0) problems.push(`reach csv: ${reach.code}`)
      return verdict(problems, "CR/LF in names and addresses forge no header and no log line; {{7*7}} stays text; = + - @ in the CSV begin with an apostrophe (mail subjects and XLSX: test/alerts, test/reports)")
    },
  },
]

/** Two hundred ways in: every vector in several wrappings. */
function xssPayloads(): string[] {
  const vectors = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>", "<a href=\"javascript:alert(1)\">x</a>", "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style>", "<details open ontoggle=alert(1)>", "<body onload=alert(1)>", "<input autofocus onfocus=alert(1)>", "{{constructor.constructor('alert(1)')()}}"]
  const wraps = [(v: string) => v, (v: string) => `"><${v.slice(1)}`, (v: string) => `'>${v}`, (v: string) => `]]>${v}`, (v: string) => `</title></textarea>${v}`, (v: string) => `<!--${v}-->`, (v: string) => v.replaceAll("<", "&lt;").replaceAll(">", "&gt;"), (v: string) => v.replaceAll("<", "&#60;"), (v: string) => v.toUpperCase(), (v: string) => v.replaceAll("<", "＜"), (v: string) => v.replace("<", "<\u0000"), (v: string) => v.replace(" ", "/"), (v: string) => `\u202e${v}`, (v: string) => `${v}${v}`, (v: string) => encodeURIComponent(v), (v: string) => v.replaceAll("=", " = "), (v: string) => `${v}\u2028`, (v: string) => `javascript:${v}`, (v: string) => `data:text/html,${v}`, (v: string) => `\\x3c${v}`]
  return vectors.flatMap((vector) => wraps.map((wrap) => wrap(vector)))
}
