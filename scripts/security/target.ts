/**
 * The server that is examined. Without `--url` it is our own: the real program as a child process in live mode (second factors are
 * forced there) against the built-in province, behind a small TLS proxy as it stands in production, with its database at hand.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { tmpdir } from "node:os"
import { generateSync } from "otplib"
import { createApp, type Rooms } from "../../src/app.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { needsTwoSteps, peopleOf, type People, type Role } from "../../src/web/people/index.ts"
import { world, type World } from "../../test/support/world.ts"
import type { Things } from "../../test/support/walk.ts"

export const PASSWORD = "câu mật khẩu dài của người kiểm tra"
export const codeNow = (secret: string, shiftMs = 0) => generateSync({ secret, epoch: Math.floor((Date.now() + shiftMs) / 1_000) })

export interface Target {
  /** https://… without a slash at the end. */
  url: string
  own: Own | null
  visitor(address?: string): Visitor
}
export interface Own {
  w: World
  rooms: Rooms
  people: People
  /** Past the proxy: plain HTTP. */
  direct: string
  port: number
  pid: number
  things: Things
  foreign: Things
  /** Somebody of that role, signed in, with a second factor where the role needs one. */
  person(id: string, role: Role, unit?: string | null): Promise<Visitor>
  seeds: Map<string, string>
  /** Everything the server wrote to stderr so far. */
  logs(): string
  /** Values that must stand nowhere but where they belong. */
  secrets: Map<string, string>
  /** A fresh delivery in review of the first unit. */
  review(unit?: string): Promise<string>
  forgetFailures(): Promise<void>
}

/** A browser without a window: keeps cookies, sends what a form of our own page sends. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  constructor(
    readonly base: string,
    readonly address: string | undefined,
  ) {}
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size) headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "))
    if (this.address) headers.set("x-test-address", this.address)
    const answer = await fetch(`${this.base}${path}`, { ...init, headers, redirect: "manual", tls: { rejectUnauthorized: false } } as RequestInit)
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }
  get = (path: string) => this.ask(path)
  text = async (path: string) => (await this.ask(path)).text()
  post(path: string, form: Record<string, string>, headers: Record<string, string> = { "sec-fetch-site": "same-origin" }) {
    return this.ask(path, { method: "POST", body: new URLSearchParams(form).toString(), headers: { "content-type": "application/x-www-form-urlencoded", ...headers } })
  }
  get session() {
    return this.cookies.get("__Host-loa_session") ?? ""
  }
}

/** Certificate of this run for localhost. */
function certificate(): { key: string; cert: string } {
  const dir = mkdtempSync(join(tmpdir(), "loa-tls-"))
  const made = Bun.spawnSync(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", `${dir}/key`, "-out", `${dir}/cert`, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
  if (made.exitCode !== 0) throw new Error("openssl is needed for the certificate of the test proxy")
  const files = { key: readFileSync(`${dir}/key`, "utf8"), cert: readFileSync(`${dir}/cert`, "utf8") }
  rmSync(dir, { recursive: true })
  return files
}

/** What stands before Loa in production: ends TLS, appends the caller's address. */
function proxy(upstream: () => string) {
  const { key, cert } = certificate()
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key, cert },
    maxRequestBodySize: 64_000_000,
    async fetch(request, server) {
      const url = new URL(request.url)
      const headers = new Headers(request.headers)
      const peer = headers.get("x-test-address") ?? server.requestIP(request)?.address ?? "unknown"
      headers.delete("x-test-address")
      headers.set("x-forwarded-for", [request.headers.get("x-forwarded-for"), peer].filter(Boolean).join(", "))
      headers.delete("connection")
      try {
        return await fetch(`${upstream()}${url.pathname}${url.search}`, { method: request.method, headers, body: request.body, redirect: "manual", decompress: false } as RequestInit)
      } catch {
        return new Response("bad gateway", { status: 502 })
      }
    },
  })
}

export async function ownTarget(): Promise<{ target: Target; close(): Promise<void> }> {
  let direct = ""
  const front = proxy(() => direct)
  const url = `https://localhost:${front.port}`
  const w = await world({
    units: 2,
    env: { LOA_PUBLIC_URL: url, LOA_LOG: "debug", FACEBOOK_WEBHOOK_VERIFY_TOKEN: "dau-bat-tay-webhook" },
    edit(units) {
      for (const unit of units) for (const account of unit.accounts) if (account.network === "facebook") account.publish = "review"
    },
  })
  direct = `http://127.0.0.1:${w.env.PORT}`
  const child = w.start(["serve", "--no-jobs"])
  let log = ""
  void (async () => {
    for await (const part of child.stderr) log += new TextDecoder().decode(part)
  })()
  for (let i = 0; i < 200; i++) {
    if (await fetch(`${direct}/healthz`).then((answer) => answer.ok, () => false)) break
    await Bun.sleep(50)
  }
  await w.loa(["run", "--all"])

  const app = createApp(readConfig(w.env, w.home), { log: silentLog })
  const rooms = await app.open({ apply: "never" })
  const people = peopleOf(rooms)
  const seeds = new Map<string, string>()
  const secrets = new Map<string, string>([["password", PASSWORD]])
  const [first, second] = rooms.view().units.map((unit) => unit.id)
  const visitor = (address?: string) => new Visitor(url, address)

  async function person(id: string, role: Role, unit: string | null = null): Promise<Visitor> {
    if (!(await people.list()).some((user) => user.id === id)) await people.add({ id, name: `Người ${id}`, role, unitId: unit, password: PASSWORD, email: `${id}@kiemtra.example` }, "cli:security")
    const one = visitor()
    const seed = seeds.get(id)
    await one.post("/login", { id, password: PASSWORD })
    if (seed) {
      await rooms.db.updateTable("users").set({ totp_step: 0 }).where("id", "=", id).execute()
      await one.post("/login/code", { code: codeNow(seed) })
    } else if (needsTwoSteps(role)) {
      const { secret } = await people.beginTwoSteps(id)
      seeds.set(id, secret)
      secrets.set(`totp:${id}`, secret)
      await one.post("/me/two-steps", { code: codeNow(secret) })
    }
    secrets.set(`session:${id}`, one.session)
    return one
  }

  let n = 0
  async function review(unit = first!): Promise<string> {
    n += 1
    const { anArticle, aPost } = await import("../../test/support/factories.ts")
    const article = anArticle(n, { unitId: unit, id: `kiem-tra-${unit}-${n}`, url: `https://kiemtra.example/${unit}/${n}`, title: `Bài kiểm tra ${unit} ${n}`, publishedAt: Date.now(), firstSeenAt: Date.now() })
    await rooms.db.transaction().execute((tx) => rooms.outbox.enqueue(tx, rooms.view().accountsOfUnit(unit).filter((account) => account.network === "facebook").map((account) => ({ article, account, content: aPost(article) }))))
    return (await rooms.outbox.list({ articleId: article.id }))[0]!.id
  }
  const thingsOf = async (unit: string): Promise<Things> => {
    rooms.alerts.note({ key: `kiem-tra-${unit}`, kind: "feed.silent", severity: "high", unit, account: null, summary: "Cổng im lặng.", evidence: {} })
    const alert = (await rooms.alerts.flush())[0]!.id
    return { unit, account: rooms.view().accountsOfUnit(unit).find((account) => account.network === "facebook")!.id, delivery: await review(unit), alert, feed: rooms.view().feedsOfUnit(unit)[0]!.id, user: "muc-tieu" }
  }
  const own: Own = {
    w, rooms, people, direct, port: Number(w.env.PORT), pid: child.pid, person, seeds, secrets, review,
    things: await thingsOf(first!),
    foreign: await thingsOf(second!),
    logs: () => log,
    forgetFailures: async () => void (await rooms.db.deleteFrom("login_failures").execute()),
  }
  await people.add({ id: "muc-tieu", name: "Mục tiêu", role: "auditor", unitId: null, password: PASSWORD }, "cli:security")
  return {
    target: { url, own, visitor },
    async close() {
      await app.close()
      child.kill("SIGTERM")
      await child.exited
      await front.stop(true)
      await w.close()
    },
  }
}

/** A port that is free now. */
export async function freePort(): Promise<string> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
  const port = String(server.port)
  await server.stop(true)
  return port
}
