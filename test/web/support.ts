/** A desk over an in-memory database: two wards with accounts, people of several roles, and a browser that keeps its cookies. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hono } from "hono"
import { generateSync } from "otplib"
import { createApp, type App, type Rooms } from "../../src/app.ts"
import { ManualClock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { runCli } from "../../src/cli/index.ts"
import { silentLog } from "../../src/base/log.ts"
import { inTransaction } from "../../src/db/index.ts"
import type { Article } from "../../src/model/index.ts"
import { needsTwoSteps, peopleOf, type Role } from "../../src/web/people/index.ts"
import { createWeb } from "../../src/web/index.ts"
import { databaseEnv } from "../support/db.ts"
import { anArticle, aPost, T0 } from "../support/factories.ts"

/** What the authenticator of somebody shows at that moment. */
export const codeOf = (secret: string, now: number) => generateSync({ secret, epoch: Math.floor(now / 1_000) })

export const PASSWORD = "một câu dài dễ nhớ"

const ward = (id: string, name: string, remote: string) => ({
  id,
  kind: "ward",
  name: `UBND phường ${name}`,
  begins: "2025-07-01",
  portal: { url: `https://${id}.bacninh.example`, feeds: [{ url: `https://${id}.bacninh.example/rss` }] },
  accounts: [
    {
      id: `${id}-facebook`,
      network: "facebook",
      kind: "page",
      remoteId: `10000000${remote}`,
      handle: `ubnd.${id}`,
      name: `UBND phường ${name}, tỉnh Bắc Ninh`,
      publish: "review",
      identity: { status: "verified", basis: "Công văn số 1", date: "2025-10-01" },
    },
    { id: `${id}-zalo`, network: "zalo", kind: "oa", remoteId: `4300000000${remote}`, name: `UBND phường ${name}, tỉnh Bắc Ninh`, paused: "đổi người quản trị", identity: { status: "verified", basis: "Công văn số 1", date: "2025-10-01" } },
  ],
})

export async function testDesk(env: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), "loa-web-"))
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  const units = [ward("kinh-bac", "Kinh Bắc", "1"), ward("vu-ninh", "Vũ Ninh", "2")]
  // JSON is YAML.
  writeFileSync(join(home, "accounts/units/wards.yaml"), JSON.stringify(units))
  const clock = new ManualClock(T0)
  const database = await databaseEnv()
  const config = readConfig({ ...database.env, LOA_MODE: "live", PUBLISH_TO: "*", LOA_DATA: ":memory:", LOA_REGISTRY: join(home, "accounts"), LOA_PUBLIC_URL: "https://loa.example", LOA_LOG: "error", LOA_SECRET_KEY: Buffer.alloc(32, 7).toString("base64"), ...env })
  // The rehearsal keeps its province in files.
  config.dataDir = config.mode === "rehearsal" ? join(home, "data") : ":memory:"
  const app = createApp(config, { clock, log: silentLog })
  const rooms = await app.open({ apply: "strict", work: config.mode === "rehearsal" })
  await rooms.refresh()
  const web = createWeb(rooms)
  const people = peopleOf(rooms)
  return {
    rooms,
    clock,
    web,
    people,
    browser: () => new Browser(web),
    async signedIn(id: string, role: string, unitId: string | null = null) {
      await people.add({ id, name: `Người ${id}`, role, unitId, password: PASSWORD }, "test")
      const browser = new Browser(web)
      await browser.post("/login", { id, password: PASSWORD })
      // Who publishes or administers enrols a second factor before anything else is open.
      if (needsTwoSteps(role as Role) && config.mode === "live") await browser.post("/me/two-steps", { code: codeOf((await people.beginTwoSteps(id)).secret, clock.now()) })
      return browser
    },
    close: async () => {
      await app.close()
      await database.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
export type TestDesk = Awaited<ReturnType<typeof testDesk>>

/** Puts an article with one delivery per account into the outbox. */
export async function post(rooms: Rooms, unit: string, n: number, set: Partial<Article> = {}) {
  const article = anArticle(n, { unitId: unit, id: `article-${unit}-${n}`, ...set })
  await inTransaction(rooms.db, (tx) => rooms.outbox.enqueue(tx, rooms.view().accountsOfUnit(unit).map((account) => ({ article, account, content: aPost(article) }))))
  return (await rooms.outbox.list({ articleId: article.id })).find((delivery) => delivery.network === "facebook")!
}

/** Keeps cookies and sends what a browser sends along with a form of our own page. */
export class Browser {
  readonly cookies = new Map<string, string>()
  constructor(
    private readonly web: Hono,
    readonly address = "203.0.113.9",
  ) {}

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size) headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "))
    const response = await this.web.request(`https://loa.example${path}`, { ...init, headers }, { address: this.address })
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }
  get = (path: string) => this.ask(path)
  text = async (path: string) => (await this.ask(path)).text()
  post(path: string, form: Record<string, string | string[]>, headers: Record<string, string> = { "sec-fetch-site": "same-origin" }) {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) body.append(name, one)
    return this.ask(path, { method: "POST", body: body.toString(), headers: { "content-type": "application/x-www-form-urlencoded", ...headers } })
  }
}

/** `loa …` as the shell runs it, over the rooms of a desk. */
export async function runLoa(desk: TestDesk, words: string[], stdin = "") {
  const out: string[] = []
  const app = { open: async () => desk.rooms, config: desk.rooms.config } as unknown as App
  const shell = { out: (text: string) => void out.push(text), err: () => undefined, stdin: async () => stdin, cwd: "/", signal: new AbortController().signal }
  const code = await runCli([...words, "--json"], shell, () => app)
  return { code, json: JSON.parse(out.join("\n")) }
}
