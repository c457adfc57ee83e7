/** Checks 40–45: limits, protocol, what is exposed, errors, failing closed. */
import { connect, type Socket } from "node:net"
import { verdict, type Check } from "./check.ts"
import { copyOf } from "./data-copy.ts"

/** What a server answers to bytes that no client library would send. */
function raw(port: number, bytes: string, waitMs = 1_500): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    let text = ""
    let closed = false
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"))
    const done = () => {
      socket.destroy()
      resolve({ text, closed })
    }
    const timer = setTimeout(done, waitMs)
    socket.on("data", (part) => (text += part.toString("latin1")))
    socket.on("error", () => undefined)
    socket.on("close", () => {
      closed = true
      clearTimeout(timer)
      done()
    })
  })
}
const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)
const countAnswers = (text: string) => [...text.matchAll(/HTTP\/1\.1 \d+/g)].length

export const systemChecks: Check[] = [
  {
    n: 40, title: "body and header limits", anchor: "V15.2.2, API4",
    run: async ({ own, visitor }) => {
      const { port } = own!
      const problems: string[] = []
      const huge = await raw(port, `POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 1073741824\r\nsec-fetch-site: same-origin\r\ncontent-type: text/plain\r\n\r\n${"x".repeat(1_000)}`)
      if (statusOf(huge.text) !== 413) problems.push(`1 GB announced: ${statusOf(huge.text)}`)
      const head = await raw(port, `GET /login HTTP/1.1\r\nhost: x\r\nx-long: ${"x".repeat(64_000)}\r\n\r\n`)
      if (![431, 400].includes(statusOf(head.text))) problems.push(`64 k header: ${statusOf(head.text)}`)
      const big = await visitor().post("/login", { id: "x".repeat(100_000), password: "y" })
      if (big.status !== 413) problems.push(`100 kB form: ${big.status}`)
      const slow = Array.from({ length: 200 }, () => connect(port, "127.0.0.1").on("error", () => undefined))
      for (const socket of slow) socket.write("GET /login HTTP/1.1\r\nhost: x\r\n")
      const drip = setInterval(() => slow.forEach((socket) => !socket.destroyed && socket.write("x: y\r\n")), 200)
      const times: number[] = []
      for (let i = 0; i < 100; i++) {
        const from = performance.now()
        if ((await fetch(`${own!.direct}/login`)).status !== 200) problems.push("not served beside slow clients")
        times.push(performance.now() - from)
      }
      clearInterval(drip)
      for (const socket of slow) socket.destroy()
      const p99 = [...times].sort((a, b) => a - b)[98]!
      if (p99 > 1_000) problems.push(`p99 ${Math.round(p99)} ms`)
      return verdict(problems, `1 GB and 100 kB bodies 413, 64 k header ${statusOf(head.text)}; beside 200 slow sockets p99 ${p99.toFixed(0)} ms`)
    },
  },
  {
    n: 41, title: "request smuggling", anchor: "V4.2.1",
    run: async ({ own }) => {
      const { port } = own!
      const smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
      const tries: [string, string][] = [
        ["CL and TE", `POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
        ["two CL", `POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`],
        ["bare LF", `GET /login HTTP/1.1\nhost: x\nx: y\n\n`],
        ["space before colon", `POST /login HTTP/1.1\r\nhost: x\r\ncontent-length : ${smuggled.length}\r\n\r\n${smuggled}`],
        ["TE twice", `POST /login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`],
        ["odd TE", `POST /login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n${smuggled}`],
      ]
      const seen: string[] = []
      const problems: string[] = []
      for (const [name, bytes] of tries) {
        const { text, closed } = await raw(port, bytes)
        seen.push(`${name}: ${statusOf(text) || (closed ? "closed" : "silence")}`)
        if (countAnswers(text) > 1) problems.push(`${name}: ${countAnswers(text)} answers to one request`)
        else if (![400, 501, 505, 0].includes(statusOf(text))) problems.push(`${name}: ${statusOf(text)}`)
      }
      return verdict(problems, seen.join(", "))
    },
  },
  {
    n: 42, title: "methods", anchor: "V13.4.4",
    run: async ({ own }) => {
      const problems: string[] = []
      for (const method of ["TRACE", "CONNECT", "PROPFIND", "FOO", "TRACK"]) {
        for (const path of ["/", "/login", "/queue", "/api/v1/units", "/static/icon.svg", "/healthz"]) {
          const { text } = await raw(own!.port, `${method} ${path} HTTP/1.1\r\nhost: x\r\nx-secret: mark\r\nconnection: close\r\n\r\n`, 800)
          if (![405, 501, 400, 404, 0].includes(statusOf(text)) || text.includes("mark")) problems.push(`${method} ${path}: ${statusOf(text)}`)
        }
      }
      return verdict(problems, "TRACE, CONNECT, PROPFIND, TRACK and an invented one on 6 addresses: refused, nothing echoed")
    },
  },
  {
    n: 43, title: "nothing exposed", anchor: "V13.4.1-5", remote: true,
    run: async ({ visitor, own }) => {
      const paths = ["/.git/config", "/.git/HEAD", "/.env", "/package.json", "/package-lock.json", "/tsconfig.json", "/src/main.ts", "/src/app.ts", "/data/loa.sqlite", "/loa.sqlite", "/data/secret.key", "/secret.key", "/openapi.json", "/static/", "/static/../package.json", "/static/..%2f..%2fpackage.json", "/m/", "/m/../loa.sqlite", "/node_modules/hono/package.json", "/static/desk.js.map", "/style.css.map", "/server-status", "/debug", "/actuator", "/swagger.json", "/wp-login.php", "/accounts/units/units.yaml", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.well-known/security.txt"]
      const problems: string[] = []
      for (const path of paths) {
        const answer = await visitor().get(path)
        const text = await answer.text()
        if (answer.status !== 404 && !(answer.status === 302 && answer.headers.get("location")?.startsWith("/login"))) problems.push(`${path}: ${answer.status}`)
        if (/root:x:|"dependencies"|SQLite format/.test(text)) problems.push(`${path}: content`)
      }
      const metrics = await visitor().get("/metrics")
      if (own && metrics.status !== 404) problems.push(`/metrics through the proxy: ${metrics.status}`)
      return verdict(problems, `${paths.length} addresses and /metrics: 404 or the door (the API document at /api/openapi.json is public by design and names no data)`)
    },
  },
  {
    n: 44, title: "errors say nothing", anchor: "V16.5.1",
    run: async ({ own, visitor }) => {
      const who = await own!.person("quan-tri", "province_admin")
      const problems: string[] = []
      const tell = /\bat \S+:\d+|\/src\/|\/work|\/home|SELECT .* FROM|sqlite|node_modules|\.tsx?\b|TypeError|ZodError/
      const form = (path: string, body: string, type = "application/x-www-form-urlencoded") => () => who.ask(path, { method: "POST", body, headers: { "content-type": type, "sec-fetch-site": "same-origin" } })
      const asks: (() => Promise<Response>)[] = [
        () => who.get("/units/%ff%fe"), () => who.get("/articles/%00"), () => who.get(`/queue/${"x".repeat(5_000)}`), () => who.get("/reports/x/y"), () => who.get("/audit?before=99999999999999999999"), () => who.get("/alerts/none"),
        form("/queue", "%ff=%ff"), form("/queue", "--x\r\nbroken", "multipart/form-data; boundary=x"), form("/login", "{", "application/json"), form("/users/new", "id[]=1&role[]=2"), form("/keys", "scope=x&days=1e99"), form("/registry/import", "--x--", "multipart/form-data; boundary=x"),
        form("/emergency/new", "title=x"), form("/reports", "kind=nonsense"), form("/settings", "unit=x&value=y"), form("/cases/new", "kind=nonsense&unit=x"), form("/audit/export", "format=exe&from=x"), form("/set-password", "k=x&password=y"), form("/setup", "code=x"), form("/feeds/none/release", ""),
        () => visitor().get("/login/oidc/back?code=x&state=y"), () => visitor().ask("/api/v1/deliveries?limit=x", { headers: { authorization: "Bearer loa_x" } }),
      ]
      const statuses: number[] = []
      for (const [i, ask] of asks.entries()) {
        const answer = await ask()
        statuses.push(answer.status)
        const text = await answer.text()
        if (tell.test(text.replaceAll("desk.js", ""))) problems.push(`#${i} ${answer.status}: ${tell.exec(text)![0]}`)
        if (answer.status >= 500) problems.push(`#${i}: ${answer.status}`)
      }
      return verdict(problems, `${asks.length} broken requests: ${[...new Set(statuses)].sort().join(", ")}, no 5xx, no stack, path or SQL (a provoked 500 shows an id only: test/web/guard.test.ts, api.test.ts)`)
    },
  },
  {
    n: 45, title: "fails closed", anchor: "V16.5.2-3",
    run: async ({ own }) => {
      const problems: string[] = []
      const one = await own!.review()
      await own!.rooms.outbox.approve([one], "cli:security")
      const before = own!.w.province.posts().length
      const otherKey = await own!.w.loa(["run", "--json"], { env: { LOA_SECRET_KEY: Buffer.alloc(32, 9).toString("base64"), LOA_DATA: copyOf(own!, "other-key", ["secret.key"]) } })
      if (own!.w.province.posts().length !== before) problems.push("published with a key that opens no token")
      if (otherKey.code === 0) problems.push("a run without the key says everything is fine")
      const noKey = await own!.w.loa(["serve", "--no-jobs"], { env: { LOA_SECRET_KEY: "short" } })
      if (noKey.code !== 2) problems.push(`a bad key: exit ${noKey.code}`)
      const noDb = await own!.w.loa(["run", "--json"], { env: { DATABASE_URL: "postgres://loa:x@127.0.0.1:9/loa" } })
      if (noDb.code === 0 || own!.w.province.posts().length !== before) problems.push("published without the database")
      await own!.rooms.outbox.cancel([one], "cli:security", "kiểm tra")
      return verdict(problems, "wrong key, bad key, no database: nothing published, exit ≠ 0; /readyz answers 503 when the database is silent (src/web/health.ts); a wrong clock is named by loa doctor")
    },
  },
]
