/**
 * bench/processes: a full queue (119 feeds × 20 items to two networks that answer in 20 ms) is published by 1, 2 and 4 `loa serve --jobs publish`
 * on one PostgreSQL, and on one SQLite file. Posts per second from the first to the last post; lost and doubled by the networks' own count.
 *
 *   bun bench/processes.ts [--feeds 119] [--items 20] [--delay 20]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { openDb } from "../src/db/index.ts"
import { settingsOf, startMock, unitOf } from "./publish/parts.ts"
import { PostgresServer } from "../test/support/postgres.ts"

const { values } = parseArgs({ options: { feeds: { type: "string" }, items: { type: "string" }, delay: { type: "string" } } })
const [feeds, items, delay] = [values.feeds ?? "119", values.items ?? "20", values.delay ?? "20"]
const wanted = Number(feeds) * Number(items) * 2
const bun = process.execPath
const mock = await startMock(Number(feeds), Number(items), Number(delay))
const { networks, portals } = mock
const home = mkdtempSync(join(tmpdir(), "loa-processes-"))
mkdirSync(join(home, "accounts/units"), { recursive: true })
writeFileSync(join(home, "accounts/units/bench.yaml"), JSON.stringify(portals.map(unitOf)))

const server = await PostgresServer.start({ durable: true })
const rows: Record<string, string | number>[] = []
for (const engine of ["postgres", "sqlite"]) {
  for (const processes of [1, 2, 4]) rows.push(await drain(engine, processes))
}
console.table(rows)
mock.stop()
await server.dispose()
rmSync(home, { recursive: true, force: true })
process.exit(rows.some((row) => row.lost || row.doubled) ? 1 : 0)

async function drain(engine: string, processes: number) {
  const name = `${engine}${processes}`
  const dataDir = join(home, name)
  if (engine === "postgres") await server.run(`create database ${name}`)
  const databaseUrl = engine === "postgres" ? server.url(name) : null
  const env = { PATH: process.env.PATH, HOME: home, ...settingsOf(networks, dataDir, join(home, "accounts")), LOA_POLL_SECONDS_MIN: "3600", ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) }
  const serve = (part: string) => Bun.spawn([bun, join(import.meta.dir, "../src/main.ts"), "serve", "--no-web", "--jobs", part], { env, stdout: "ignore", stderr: "inherit" })
  await Bun.spawn([bun, join(import.meta.dir, "publish/setup.ts")], { env, stdout: "inherit", stderr: "inherit" }).exited
  const filling = serve("poll")
  const { db, close } = await openDb({ databaseUrl, dataDir })
  const waiting = async () => Number((await db.selectFrom("deliveries").select((e) => e.fn.countAll().as("n")).where("state", "=", "waiting").executeTakeFirstOrThrow()).n)
  while ((await waiting()) < wanted) await Bun.sleep(200)
  filling.kill("SIGTERM")
  await filling.exited
  await close()
  await fetch(`${networks}/__reset`)
  const workers = Array.from({ length: processes }, () => serve("publish"))
  const truth = async () => (await (await fetch(`${networks}/__truth`)).json()) as { posts: { count: number }[]; firstPostAt: number; lastPostAt: number }
  for (let idle = 0, before = 0; idle < 20; await Bun.sleep(250)) {
    const { length } = (await truth()).posts
    idle = length === before && length > 0 ? idle + 1 : 0
    before = length
    if (length >= wanted) break
  }
  for (const worker of workers) worker.kill("SIGTERM")
  await Promise.all(workers.map((worker) => worker.exited))
  const { posts, firstPostAt, lastPostAt } = await truth()
  const cpu = workers.reduce((sum, worker) => sum + Number(worker.resourceUsage()!.cpuTime.total) / 1e6, 0)
  return {
    engine, processes, posts: posts.length, "posts/s": Math.round(posts.length / ((lastPostAt - firstPostAt) / 1000)), "CPU s of Loa": cpu.toFixed(1),
    lost: wanted - posts.length, doubled: posts.filter((post) => post.count > 1).length,
  }
}
