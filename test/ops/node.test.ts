/**
 * The main job on Node.js: portals → posts in live mode against the rehearsal networks, and a rehearsal that serves pages. Needs a Node.js
 * ≥ 24, named by LOA_NODE or found as `node`; `scripts/node-smoke.ts` fetches one from npm. Without it the tests are skipped, not passed.
 * On Node.js Loa keeps its data in SQLite only.
 */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { engine } from "../support/db.ts"
import { standing, world, type World } from "../support/world.ts"

const node = process.env.LOA_NODE ?? "node"
const version = Number(/^v(\d+)/.exec(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout ?? "")?.[1] ?? 0)
const able = version >= 24 && engine === "sqlite"
const onNode = test.skipIf(!able)
if (version < 24) console.warn(`skipped: no Node.js ≥ 24 here (LOA_NODE names one; bun scripts/node-smoke.ts fetches one)`)

const root = join(import.meta.dir, "../..")
const start = (args: string[], env: Record<string, string>) =>
  Bun.spawn([node, "--import", join(root, "scripts/node-hooks.mjs"), join(root, "src/main.ts"), ...args], { cwd: root, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
async function loa(args: string[], env: Record<string, string>) {
  const child = start([...args, "--json"], env)
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  if (child.exitCode !== 0) throw new Error(`${stdout}${stderr}`)
  return { code: child.exitCode, json: JSON.parse(stdout), stderr }
}

let w: World
beforeAll(async () => {
  if (able) w = await world({ units: 3, articlesPerPortal: 4, pictures: true })
})
afterAll(() => w?.close())

onNode("every new article reaches its accounts once, and a second pass posts nothing", async () => {
  for (const driver of ["node", "better"]) {
    const env = { ...w.env, LOA_SQLITE_DRIVER: driver }
    if (driver === "better") for (const unit of w.units) w.province.publishArticle(unit.id)
    const first = await loa(["run", "--all"], env)
    expect(first.json.deliveries).toMatchObject({ published: driver === "node" ? 24 : 6, waiting: 0, unknown: 0, refused: 0 })
    expect((await loa(["run", "--all"], env)).json.deliveries.published).toBe(0)
  }
  for (const unit of w.units) {
    const articles = w.province.articles(unit.id).map((article) => article.url).sort()
    expect(articles).toHaveLength(5)
    for (const account of unit.accounts) expect(standing(w.province, account.id)).toEqual(articles)
  }
  expect(w.province.duplicates()).toEqual([])
}, 120_000)

onNode("what Bun wrote Node reads, and back", async () => {
  const inBun = await w.loa(["deliveries", "list", "--json"])
  const inNode = await loa(["deliveries", "list"], w.env)
  expect(inNode.json).toEqual(inBun.json)
  expect((await w.loa(["user", "add", "an.nguyen", "--role", "province_admin", "--name", "Nguyễn Văn An", "--json"])).json.error).toBeUndefined()
  expect((await loa(["audit", "check"], w.env)).code).toBe(0)
  // A password typed at a desk on one runtime opens the desk on the other.
  const ask = `import("${join(root, "src/base/argon2.ts")}").then(async (a) => console.log(JSON.stringify([await a.fitsArgon2id("một câu dài", process.argv[1]), await a.hashArgon2id("một câu dài")])))`
  const { fitsArgon2id, hashArgon2id } = await import("../../src/base/argon2.ts")
  const [fits, hash] = JSON.parse(spawnSync(node, ["--import", join(root, "scripts/node-hooks.mjs"), "-e", ask, await hashArgon2id("một câu dài")], { cwd: root, encoding: "utf8" }).stdout)
  expect(fits).toBe(true)
  expect(await fitsArgon2id("một câu dài", hash)).toBe(true)
  expect(await fitsArgon2id("một câu khác", hash)).toBe(false)
}, 60_000)

onNode("a rehearsal serves its pages and stops when asked", async () => {
  const home = mkdtempSync(join(tmpdir(), "loa-node-"))
  const child = start(["serve"], { PATH: process.env.PATH ?? "", HOME: home, LOA_DATA: join(home, "data"), PORT: "0", LOA_LOG: "error" })
  try {
    let said = ""
    for await (const part of child.stderr) {
      said += new TextDecoder().decode(part)
      if (said.includes("Ctrl-C")) break
    }
    const [, url] = /Loa đang chạy tại (\S+)/.exec(said)!
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true })
    const page = await fetch(`${url}/verify`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain("<html")
    const foreign = await fetch(`${url}/login`, { method: "POST", body: "user=x", headers: { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" } })
    expect(foreign.status).toBe(403)
    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
  } finally {
    child.kill("SIGKILL")
    rmSync(home, { recursive: true, force: true })
  }
}, 60_000)
