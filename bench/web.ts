/**
 * The desk under load: home page, unit page, queue and public look-up with 119 and with 3,321 units over real HTTP (p50, p99, weight),
 * and publishing while the same process serves slow clients, heavy pages and slow queries.
 * Run: `bun bench/web.ts [119|3321|publish]…`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { generateSync } from "otplib"
import { createApp, type Rooms } from "../src/app.ts"
import { DAY, HOUR, MINUTE } from "../src/base/clock.ts"
import { readConfig } from "../src/base/config.ts"
import { silentLog } from "../src/base/log.ts"
import { startOfDay } from "../src/base/time.ts"
import { inTransaction, insertMany, type Schema } from "../src/db/index.ts"
import { peopleOf } from "../src/web/people/index.ts"
import { inventedUnits } from "../test/reports/invented.ts"
import { world } from "../test/support/world.ts"

const PASSWORD = "mật khẩu của bài đo tốc độ"
const DAYS = 30
const main = join(import.meta.dir, "../src/main.ts")

/** A month of two articles a day and unit on every account; a tenth of today's posts wait for approval. */
async function fill({ db, alerts, clock }: Rooms, units: ReturnType<typeof inventedUnits>): Promise<number> {
  const today = startOfDay(clock.now())
  let count = 0
  for (let day = DAYS; day >= 0; day--) {
    const articles: Schema["articles"][] = []
    const deliveries: Schema["deliveries"][] = []
    units.forEach((unit, index) => {
      for (let item = 0; item < 2; item++) {
        const id = `${day}-${index}-${item}`.padStart(24, "a")
        const at = today - day * DAY + (day === 0 ? item * MINUTE : 8 * HOUR + item * 5 * HOUR + (index % 50) * MINUTE)
        const url = `https://${unit.id}.example/${day}/${item}`
        articles.push({
          id, feed_id: `feed-${unit.id}`, unit_id: unit.id, url, guid_key: null, url_key: id, title_key: id, content_hash: "", title: `Tin số ${item} ngày ${day} của ${unit.name}`, summary: "", paragraphs: "[]", html: "", links: "[]", pictures: "[]",
          author: null, categories: "[]", section: "Tin tức", language: "vi", published_at: at, first_seen_at: at, updated_at: at, version: 1, state: "routed", state_at: at, reason: null, duplicate_of: null, emergency: 0,
        })
        unit.accounts.forEach((account, place) => {
          const state = day === 0 && (index + place) % 10 === 0 ? "review" : "published"
          deliveries.push({
            id: `${id}-${place}`, article_id: id, article_url: url, account_id: account.id, unit_id: unit.id, network: account.network, state, priority: 1, due_at: at, created_at: at, updated_at: at, attempts: 1, intent_at: at, handle: null, looks: 0, unknowns: 0,
            remote_id: state === "published" ? id : null, remote_url: null, published_at: state === "published" ? at : null, article_version: 1, title_key: id, code: null, reason: null, followup: null, approved_by: null,
          })
        })
      }
    })
    await inTransaction(db, async (tx) => {
      await insertMany(tx, "articles", articles)
      await insertMany(tx, "deliveries", deliveries)
    })
    count += articles.length + deliveries.length
  }
  for (const unit of units.slice(0, 40)) alerts.note({ key: unit.id, kind: "feed.silent", severity: "high", unit: unit.id, account: null, summary: `Cổng của ${unit.name} không có tin mới.`, evidence: {} })
  await alerts.flush()
  return count
}

/** Somebody of that role with a session of the running server. */
async function signIn(rooms: Rooms, url: string): Promise<string> {
  const people = peopleOf(rooms)
  await people.add({ id: "do-toc-do", name: "Đo tốc độ", role: "province_admin", unitId: null, password: PASSWORD }, "cli")
  const { secret } = await people.beginTwoSteps("do-toc-do")
  const post = (path: string, form: Record<string, string>, cookie = "") =>
    fetch(`${url}${path}`, { method: "POST", redirect: "manual", body: new URLSearchParams(form).toString(), headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin", cookie } })
  const answer = await post("/login", { id: "do-toc-do", password: PASSWORD })
  const cookie = answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ")
  await post("/me/two-steps", { code: generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) }) }, cookie)
  return cookie
}

const at = (times: number[], part: number) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0

async function load(url: string, cookie: string, requests: number, together: number) {
  const times: number[] = []
  let bytes = 0
  let gzip = 0
  let left = requests
  const began = performance.now()
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (left-- > 0) {
        const from = performance.now()
        const answer = await fetch(url, { headers: { cookie }, redirect: "manual" })
        const body = new Uint8Array(await answer.arrayBuffer())
        times.push(performance.now() - from)
        if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`)
        if (!gzip) gzip = Bun.gzipSync(body).length
        bytes = body.length
      }
    }),
  )
  const seconds = (performance.now() - began) / 1_000
  return { together, "p50 ms": at(times, 0.5).toFixed(1), "p99 ms": at(times, 0.99).toFixed(1), "worst ms": at(times, 1).toFixed(1), "pages/s": Math.round(requests / seconds), kB: (bytes / 1_000).toFixed(1), "kB gzip": (gzip / 1_000).toFixed(1) }
}

async function pages(size: number): Promise<void> {
  const units = size === 119 ? inventedUnits() : inventedUnits(size, 0, 0)
  const home = mkdtempSync(join(tmpdir(), "loa-bench-web-"))
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  writeFileSync(join(home, "accounts/units/units.yaml"), JSON.stringify(units.map((unit) => ({ ...unit, accounts: unit.accounts.map(({ unitId: _, ...account }) => account) }))))
  const port = await freePort()
  const env = { LOA_MODE: "live", LOA_DATA: join(home, "data"), LOA_REGISTRY: join(home, "accounts"), PORT: String(port), LOA_LOG: "error" }
  const app = createApp(readConfig(env, home), { log: silentLog })
  const rooms = await app.open({ apply: "strict" })
  const rows = await fill(rooms, units)
  const child = Bun.spawn([process.execPath, main, "serve", "--no-jobs"], { env: { PATH: process.env.PATH ?? "", HOME: home, ...env }, stdout: "ignore", stderr: "ignore" })
  const url = `http://127.0.0.1:${port}`
  for (let i = 0; i < 600 && !(await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)); i++) await Bun.sleep(50)
  const cookie = await signIn(rooms, url)
  const unit = units[0]!.id
  const table: object[] = []
  for (const [name, path] of [["home", "/"], ["unit", `/units/${unit}`], ["queue", "/queue"], ["alerts", "/alerts"], ["verify", "/verify"]] as const) {
    await load(`${url}${path}`, cookie, 20, 2)
    for (const together of [1, 8]) if (name === "home" || together === 8) table.push({ page: name, units: size, rows, ...(await load(`${url}${path}`, cookie, name === "verify" ? 40 : name === "home" ? 1_000 : 300, together)) })
  }
  console.table(table)
  child.kill("SIGTERM")
  await child.exited
  await app.close()
  rmSync(home, { recursive: true, force: true })
}

/** Time until every article of a province stands on its pages, alone and while the same process is pestered. */
async function publishing(): Promise<void> {
  const table: object[] = []
  for (const pestered of [false, true]) {
    const w = await world({ units: 30, articlesPerPortal: 6, portPerPortal: true })
    const app = createApp(readConfig(w.env, w.home), { log: silentLog })
    const rooms = await app.open({ apply: "strict" })
    // A long audit log, so that a filter that finds nothing is a slow query.
    const entries = Array.from({ length: 1_000 }, (_, i) => ({ actor: "job:bench", action: "bench.row", subject: `row:${i}`, detail: { text: "x".repeat(200) } }))
    for (let i = 0; i < 200; i++) await inTransaction(rooms.db, (tx) => rooms.audit.write(tx, entries))
    const child = w.start(["serve"])
    child.stdin.end()
    void new Response(child.stdout).text()
    void new Response(child.stderr).text()
    const url = `http://127.0.0.1:${w.env.PORT}`
    const began = performance.now()
    for (let i = 0; i < 600 && !(await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)); i++) await Bun.sleep(20)
    const stop = new AbortController()
    const slow = pestered ? Array.from({ length: 200 }, () => connect(Number(w.env.PORT), "127.0.0.1").on("error", () => undefined)) : []
    for (const socket of slow) socket.write("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ")
    const nagging: Promise<void>[] = []
    let asked = 0
    if (pestered) {
      const cookie = await signIn(rooms, url)
      for (const path of ["/", "/", "/audit?action=nothing&actor=nobody", "/queue?state=waiting"]) {
        nagging.push((async () => {
          while (!stop.signal.aborted) {
            await fetch(`${url}${path}`, { headers: { cookie } }).then((answer) => answer.arrayBuffer(), () => undefined)
            asked += 1
          }
        })())
      }
    }
    const want = 30 * 6 * 2
    let last = 0
    let gap = 0
    let before = performance.now()
    while (w.province.posts().length < want && performance.now() - began < 90_000) {
      const now = w.province.posts().length
      if (now > last) {
        if (last) gap = Math.max(gap, performance.now() - before)
        before = performance.now()
        last = now
      }
      await Bun.sleep(10)
    }
    table.push({ web: pestered ? `200 slow clients, ${asked} heavy pages` : "idle", posts: w.province.posts().length, of: want, "seconds to the last": ((performance.now() - began) / 1_000).toFixed(1), "longest silence ms": Math.round(gap) })
    stop.abort()
    for (const socket of slow) socket.destroy()
    child.kill("SIGTERM")
    await Promise.all([child.exited, ...nagging])
    await app.close()
    await w.close()
  }
  console.table(table)
}

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  return port!
}

const wanted = process.argv.slice(2)
for (const what of wanted.length ? wanted : ["119", "3321", "publish"]) await (what === "publish" ? publishing() : pages(Number(what)))
