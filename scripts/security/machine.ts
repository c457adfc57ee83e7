/** Checks 51, 52 and 56–63: links and webhooks, the machine, backup, the kill switch, accessibility. */
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fail, skip, verdict, type Check } from "./check.ts"
import { pagesOf } from "./headers.ts"

export const machineChecks: Check[] = [
  {
    n: 51, title: "OAuth links", anchor: "V10",
    run: async ({ own }) => {
      const problems: string[] = []
      const admin = await own!.person("quan-tri", "province_admin")
      for (const path of ["/facebook/callback?code=x&state=y", "/facebook/callback?code=x", "/zalo/callback?code=x&oa_id=1&state=y", "/zalo/callback?code=x&oa_id=1"]) {
        const answer = await admin.get(path)
        if (answer.status < 400 || answer.status >= 500) problems.push(`${path}: ${answer.status}`)
        await answer.arrayBuffer()
      }
      const tests = Bun.spawnSync([process.execPath, "test", "test/web/people-oidc.test.ts"], { cwd: join(import.meta.dir, "../.."), env: { ...process.env }, stdout: "pipe", stderr: "pipe" })
      if (tests.exitCode !== 0) problems.push("test/web/people-oidc.test.ts fails")
      return verdict(problems, "callbacks of the networks without their state refused; single sign-on run against a small provider: state, nonce, PKCE, audience, issuer, signature, replay, other browser all refused")
    },
  },
  {
    n: 52, title: "webhooks in", anchor: "V4.1, API10",
    run: async ({ own, visitor }) => {
      const problems: string[] = []
      const rows = async () => (await own!.rooms.db.selectFrom("webhook_inbox" as never).selectAll().execute().catch(() => [])).length
      const before = await rows()
      const body = JSON.stringify({ object: "page", entry: [{ id: "1", time: 1, changes: [{ field: "name", value: {} }] }] })
      for (const signature of [null, "sha256=", `sha256=${"0".repeat(64)}`, "sha1=x"]) {
        const answer = await visitor().ask("/webhooks/facebook", { method: "POST", body, headers: { "content-type": "application/json", ...(signature ? { "x-hub-signature-256": signature } : {}) } })
        if (answer.status !== 403) problems.push(`facebook ${signature}: ${answer.status}`)
      }
      if ((await visitor().get("/webhooks/facebook?hub.mode=subscribe&hub.verify_token=sai&hub.challenge=1")).status !== 403) problems.push("facebook handshake")
      await visitor().ask("/webhooks/zalo", { method: "POST", body: JSON.stringify({ event_name: "x", oa_id: "1", timestamp: String(Date.now()) }), headers: { "x-zevent-signature": "mac=00" } })
      if ((await rows()) !== before) problems.push("an unsigned event was kept")
      return verdict(problems, "wrong and missing signatures: Facebook 403, Zalo answered 200 and dropped (anything else makes Zalo switch the webhook off), nothing kept; replays and old ones: test/networks/webhooks.test.ts")
    },
  },
  {
    n: 56, title: "listens", anchor: "V13.2",
    run: async ({ own }) => {
      const text = new TextDecoder().decode(Bun.spawnSync(["ss", "-ltnp"]).stdout)
      const lines = text.split("\n").filter((line) => line.includes(`pid=${own!.pid},`))
      if (!lines.length) return existsSync("/usr/bin/ss") || existsSync("/bin/ss") ? fail("the server listens nowhere") : skip("ss is not installed")
      const wide = lines.filter((line) => !/\s(127\.\d+\.\d+\.\d+|\[::1\]):\d+\s/.test(line))
      return verdict(wide, `${lines.length} socket(s), 127.0.0.1 only, without LOA_HOST being set`)
    },
  },
  {
    n: 57, title: "process and files", anchor: "V13.2.2",
    run: async ({ own }) => {
      const data = own!.w.env.LOA_DATA!
      const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
      const problems: string[] = []
      if (mode(data) !== "700") problems.push(`${mode(data)} data folder`)
      for (const name of ["loa.sqlite", "loa.sqlite-wal", "secret.key"]) {
        const path = join(data, name)
        if (existsSync(path) && mode(path) !== "600") problems.push(`${mode(path)} ${name}`)
      }
      const root = process.getuid?.() === 0
      return verdict(problems, `data folder 0700, database, WAL and key 0600${root ? "; the user is root on this machine, which is the sandbox's choice: in production use a user of its own (README)" : "; not root"}`)
    },
  },
  { n: 58, title: "TLS", anchor: "V12.1.1", run: async () => skip("Loa ends no TLS itself; the proxy before it does. testssl.sh is not installed here and would examine the test's own proxy") },
  {
    n: 59, title: "proxy headers", anchor: "V4.1.3, V15.3.4",
    run: async ({ own, url }) => {
      const problems: string[] = []
      const admin = await own!.person("quan-tri", "province_admin")
      const page = await (await admin.post("/users/muc-tieu", { do: "link" }, { "sec-fetch-site": "same-origin", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http", forwarded: "host=evil.example" })).text()
      if (!page.includes(`${url}/set-password?k=`) || page.includes("evil.example")) problems.push("the reset link follows a header")
      const host = await fetch(`${own!.direct}/api/openapi.json`, { headers: { host: "evil.example" } })
      if ((await host.text()).includes("evil.example")) problems.push("Host is believed")
      await own!.forgetFailures()
      await admin.ask("/login", { method: "POST", body: "id=gia-mao&password=x", headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin", "x-forwarded-for": "8.8.8.8, 9.9.9.9" } })
      const row = await own!.rooms.db.selectFrom("audit_log").select("actor").where("action", "=", "user.login_refused").orderBy("seq", "desc").executeTakeFirst()
      if (/8\.8\.8\.8|9\.9\.9\.9/.test(row?.actor ?? "")) problems.push(`address forged: ${row?.actor}`)
      const local = await fetch(`${own!.direct}/metrics`, { headers: { "x-forwarded-for": "8.8.8.8" } })
      if (local.status !== 404) problems.push("metrics for a forwarded stranger")
      return verdict(problems, `reset links name the configured address whatever Host and X-Forwarded-* say; only the proxy's own entry of X-Forwarded-For counts (${row?.actor})`)
    },
  },
  {
    n: 60, title: "backup and restore", anchor: "V14.2.4",
    run: async ({ own }) => {
      const { w } = own!
      const problems: string[] = []
      const file = join(w.home, "sao-luu.jsonl.gz")
      const from = performance.now()
      const made = await w.loa(["backup", file, "--json"])
      if (made.code !== 0) problems.push(`backup: ${made.code}`)
      const env = { LOA_DATA: join(w.home, "restored") }
      mkdirSync(env.LOA_DATA, { mode: 0o700 })
      await Bun.write(join(env.LOA_DATA, "secret.key"), readFileSync(join(w.env.LOA_DATA!, "secret.key")))
      const back = await w.loa(["restore", file, "--json"], { env })
      const seconds = (performance.now() - from) / 1_000
      if (back.code !== 0) problems.push(`restore: ${back.code} ${back.stderr.slice(0, 100)}`)
      if ((await w.loa(["restore", file], { env })).code !== 2) problems.push("a restore over data is not refused")
      const chain = await w.loa(["audit", "check", "--json"], { env })
      if (!chain.json?.ok) problems.push("the audit chain is broken after the restore")
      const users = (await w.loa(["user", "list", "--json"], { env })).json?.users?.length
      if (users !== (await own!.people.list()).length) problems.push(`${users} people after the restore`)
      const before = w.province.posts().length
      await w.loa(["run"], { env })
      if (w.province.duplicates().length) problems.push(`${w.province.duplicates().length} duplicates`)
      return verdict(problems, `${made.json?.rows} rows while serving and back in ${seconds.toFixed(1)} s, chain whole, ${users} people, 0 duplicates (${w.province.posts().length - before} new posts); the file holds tokens and seeds sealed and no key, encrypting the whole file (names, password hashes) is left to the office's backup`)
    },
  },
  {
    n: 61, title: "prototype and parameter pollution", anchor: "V15.3.6-7",
    run: async ({ own }) => {
      const problems: string[] = []
      const { secret } = await own!.people.makeKey({ name: "ô nhiễm", scopes: ["deliveries:write", "deliveries:read"], unitId: null, days: 1 }, "cli:security")
      own!.secrets.set("api key 3", secret)
      const who = await own!.person("quan-tri", "province_admin")
      const one = await own!.review()
      for (const body of ['{"why":"x","__proto__":{"polluted":1}}', '{"why":"x","constructor":{"prototype":{"polluted":1}}}', '{"__proto__":{"why":"x"}}']) {
        const answer = await who.ask(`/api/v1/deliveries/${one}/reject`, { method: "POST", body, headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" } })
        if (answer.status !== 400) problems.push(`${body}: ${answer.status}`)
      }
      const twice = await who.ask("/api/v1/deliveries?state=review&state=held", { headers: { authorization: `Bearer ${secret}` } })
      if (twice.status !== 400) problems.push(`doubled query: ${twice.status}`)
      for (const path of ["/queue?state=held&state=review&__proto__[x]=1&constructor=1", "/verify?q=a&q=b", "/audit?actor=a&actor=b"]) if ((await who.get(path)).status >= 500) problems.push(path)
      const form = await who.ask("/queue", { method: "POST", body: `id=${one}&do=nothing&do=approve&__proto__=1&constructor=x`, headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" } })
      if (form.status >= 500 || (await own!.rooms.outbox.find(one)).state !== "review") problems.push(`doubled form field: ${form.status}`)
      return verdict(problems, "400 in the API, ignored or 400 on the desk, nothing changed")
    },
  },
  {
    n: 62, title: "kill switch", anchor: "own",
    run: async ({ own }) => {
      const problems: string[] = []
      const admin = await own!.person("quan-tri", "province_admin")
      const ids = [await own!.review(), await own!.review()]
      await own!.rooms.outbox.approve(ids, "cli:security")
      const from = performance.now()
      if ((await admin.post("/stop", { do: "stop", why: "kiểm tra công tắc dừng" })).status !== 303) problems.push("the switch was refused")
      const ms = performance.now() - from
      const before = own!.w.province.posts().length
      const runs = await Promise.all([own!.w.loa(["run", "--json"]), own!.w.loa(["run", "--json"])])
      if (own!.w.province.posts().length !== before) problems.push(`${own!.w.province.posts().length - before} posts after the stop`)
      await admin.post("/stop", { do: "end" })
      await own!.w.loa(["run", "--json"])
      const after = own!.w.province.posts().length - before
      if (after < 1) problems.push("nothing is published after the end of the stop")
      return verdict(problems, `stopped in ${ms.toFixed(0)} ms; 0 posts by ${runs.length} workers meanwhile; ${after} after it ended`)
    },
  },
  {
    n: 63, title: "accessibility", anchor: "own",
    run: async (target) => {
      if (!existsSync("/usr/bin/chromium")) return skip("chromium is not installed")
      const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
      const who = await target.own!.person("quan-tri", "province_admin")
      const { chromium } = await import("playwright-core")
      const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--headless=new"] })
      const problems: string[] = []
      let pages = 0
      try {
        for (const signedIn of [false, true]) {
          const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true })
          if (signedIn) await context.addCookies([...who.cookies].map(([name, value]) => ({ name, value, url: target.url, secure: true })))
          const page = await context.newPage()
          const paths = signedIn ? pagesOf(target).filter((path) => !/^\/(static|m\/|feeds|api\/(v1|openapi)|healthz)/.test(path)) : ["/login", "/login/forgot", "/verify", `/verify/${target.own!.things.account}`, "/snapshots", "/api/docs", "/no/such/page"]
          for (const path of paths) {
            await page.goto(`${target.url}${path}`)
            await page.evaluate(source)
            const found = await page.evaluate(async () => {
              const result = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run()
              return result.violations.filter((one) => one.impact === "serious" || one.impact === "critical").map((one) => `${one.id} ${one.nodes[0]?.html.slice(0, 80)}`)
            })
            problems.push(...found.map((one) => `${path}: ${one}`))
            pages += 1
          }
          await context.close()
        }
      } finally {
        await browser.close()
      }
      return verdict(problems, `axe-core on ${pages} pages: 0 serious, 0 critical`)
    },
  },
]
