/** The proxy examples as they stand in `deploy/proxy/`, with only names and ports changed, run by the real nginx and Caddy in front of a desk. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import { listen, type Listening } from "../../src/web/listen.ts"
import { PASSWORD, testDesk, type TestDesk } from "../web/support.ts"

const example = (name: string) => readFileSync(join(checkout, "deploy/proxy", name), "utf8")
const nginx = Bun.which("nginx", { PATH: `${process.env.PATH}:/usr/sbin` })
const caddy = Bun.which("caddy")
const openssl = Bun.which("openssl")

let home: string
let desk: TestDesk
let server: Listening
const children: { kill(signal?: NodeJS.Signals): void; exited: Promise<number> }[] = []
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "loa-proxy-"))
  desk = await testDesk({ PORT: "0", LOA_PUBLIC_URL: "https://loa.example.gov.vn" })
  await desk.people.add({ id: "an", name: "Người an", role: "watcher", unitId: null, password: PASSWORD }, "test")
  server = await listen(desk.rooms.config)
  server.answer(desk.web.fetch)
})
afterAll(async () => {
  for (const child of children) child.kill()
  await Promise.all(children.map((child) => child.exited))
  await server?.stop()
  await desk.close()
  rmSync(home, { recursive: true, force: true })
})

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}
/** From another loopback address than the proxy's own, so that the two can be told apart. */
function ask(port: number, path: string, { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", servername: "localhost", port, path, method, localAddress: "127.0.0.9", rejectUnauthorized: false, agent: false, headers: { host: `localhost:${port}`, ...headers } }, (answer) => {
      let text = ""
      answer.on("data", (part) => (text += part))
      answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }))
    })
    sent.on("error", reject)
    sent.end(body)
  })
}
const form = (body: string) => ({ method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded", "content-length": String(Buffer.byteLength(body)), "sec-fetch-site": "same-origin", "x-forwarded-for": "203.0.113.66" } })

async function until(ready: () => Promise<unknown>, child: Bun.Subprocess): Promise<void> {
  while (child.exitCode === null) if (await ready().then(() => true, () => Bun.sleep(50).then(() => false))) return
  throw new Error(`the proxy ended with ${child.exitCode}`)
}
async function freePort(): Promise<number> {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
  const { port } = taken.address() as { port: number }
  await new Promise((resolve) => taken.close(resolve))
  return port
}

/** What both must do, whatever their language. */
async function behaves(port: number) {
  const seen = await ask(port, "/healthz")
  expect(seen).toMatchObject({ status: 200, body: '{"ok":true}' })
  // Exactly once: browsers ignore a header that two have written.
  expect(seen.headers["strict-transport-security"]).toBe("max-age=63072000; includeSubDomains; preload")
  expect(seen.headers["content-security-policy"]).toStartWith("default-src 'none'")
  expect(String(seen.headers.server ?? "")).not.toMatch(/\d/)
  for (const inside of ["/metrics", "/readyz"]) expect((await ask(port, inside)).status).toBe(404)

  const login = await ask(port, "/login", form(new URLSearchParams({ id: "an", password: PASSWORD }).toString()))
  expect(login.status).toBe(303)
  const cookie = [login.headers["set-cookie"]].flat().find((line) => line?.startsWith("__Host-loa_session="))!
  expect(cookie).toMatch(/; Secure/)
  expect(cookie).toMatch(/; HttpOnly/)
  const session = /=([^;]+)/.exec(cookie)![1]!
  // The visitor's own address: neither the proxy's nor what the visitor claims.
  expect((await desk.people.sessionsOf("an", session)).find((one) => one.here)?.address).toBe("127.0.0.9")
  const me = await ask(port, "/me", { headers: { cookie: `__Host-loa_session=${session}` } })
  expect(me.status).toBe(200)
  expect(me.body).toContain("Người an")

  expect((await ask(port, "/login", form("x".repeat(70_000)))).status).toBe(413)
  // Refused by what was announced: nobody sends 21 MB to learn that.
  expect((await ask(port, "/registry/import", { ...form(""), headers: { ...form("").headers, "content-length": "21000001" } })).status).toBe(413)
  // The pictures of a province, fetched by a network at once, and its webhooks.
  const crowd = await Promise.all(Array.from({ length: 150 }, (_, n) => (n % 2 ? ask(port, `/m/${"0".repeat(64)}.jpg`) : ask(port, "/webhooks/zalo"))))
  expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([404, 200]))
}

describe.skipIf(!nginx || !openssl)("nginx", () => {
  test("the example is accepted and serves as promised", async () => {
    const [plain, tls] = [await freePort(), await freePort()]
    Bun.spawnSync([openssl!, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", join(home, "key.pem"), "-out", join(home, "chain.pem"), "-days", "2", "-subj", "/CN=localhost"])
    writeFileSync(join(home, "loa-proxy.conf"), example("loa-proxy.conf"))
    const site = example("nginx.conf")
      // A machine without IPv6 has nothing to listen on there.
      .replaceAll(/^ *listen \[::\].*\n/gm, "")
      .replace("listen 80;", `listen 127.0.0.1:${plain};`)
      .replace("listen 443 ", `listen 127.0.0.1:${tls} `)
      .replaceAll("loa.example.gov.vn", "localhost")
      .replaceAll("http://127.0.0.1:8080", server.url)
      .replaceAll("/etc/nginx/loa-proxy.conf", join(home, "loa-proxy.conf"))
      .replace("/etc/ssl/loa/fullchain.pem", join(home, "chain.pem"))
      .replace("/etc/ssl/loa/privkey.pem", join(home, "key.pem"))
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${home}/${kind};`).join(" ")
    writeFileSync(join(home, "nginx.conf"), `daemon off; ${process.getuid?.() === 0 ? "user root;" : ""} pid ${home}/nginx.pid; error_log stderr warn; events {}\nhttp { access_log off; ${temp}\n${site}\n}\n`)
    const args = [nginx!, "-p", home, "-c", join(home, "nginx.conf"), "-e", "stderr"]
    const checked = Bun.spawnSync([...args, "-t"])
    expect(checked.stderr.toString()).toContain("test is successful")
    const child = Bun.spawn(args, { stdout: "ignore", stderr: "ignore" })
    children.push(child)
    await until(() => ask(tls, "/healthz"), child)
    await behaves(tls)
    const moved = await fetch(`http://127.0.0.1:${plain}/verify?q=1`, { redirect: "manual", headers: { host: "localhost" } })
    expect([moved.status, moved.headers.get("location")]).toEqual([308, "https://localhost/verify?q=1"])
    // One address that asks without end is told to wait.
    const many = await Promise.all(Array.from({ length: 150 }, () => ask(tls, "/healthz")))
    expect(many.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  }, 30_000)
})

describe.skipIf(!caddy)("Caddy", () => {
  test("the example is accepted and serves as promised", async () => {
    const [plain, tls] = [await freePort(), await freePort()]
    mkdirSync(join(home, "caddy"), { recursive: true })
    const file = join(home, "Caddyfile")
    writeFileSync(
      file,
      `{\n\tadmin off\n\thttp_port ${plain}\n\thttps_port ${tls}\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n}\n` +
        example("Caddyfile").replaceAll("loa.example.gov.vn", "localhost").replaceAll("127.0.0.1:8080", new URL(server.url).host).replace("/var/log/caddy/loa.log", join(home, "caddy.log")),
    )
    const env = { PATH: process.env.PATH ?? "", HOME: home, XDG_DATA_HOME: join(home, "caddy"), XDG_CONFIG_HOME: join(home, "caddy") }
    const checked = Bun.spawnSync([caddy!, "validate", "--config", file, "--adapter", "caddyfile"], { env })
    expect(checked.stdout.toString() + checked.stderr.toString()).toContain("Valid configuration")
    const child = Bun.spawn([caddy!, "run", "--config", file, "--adapter", "caddyfile"], { env, stdout: "ignore", stderr: "ignore" })
    children.push(child)
    await until(() => ask(tls, "/healthz"), child)
    await behaves(tls)
    expect(existsSync(join(home, "caddy.log"))).toBe(true)
  }, 30_000)
})
