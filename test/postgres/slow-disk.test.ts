/** Two processes on a disk whose flushes take a third of a second and now and then two seconds, while tokens must be refreshed: slow, and nothing else. */
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { afterAll, afterEach, expect, test } from "bun:test"
import { openDb } from "../../src/db/index.ts"
import { PostgresServer } from "../support/postgres.ts"
import { balanced, ledger, missing, news, serve, stopAll, until, working, type Serving } from "../support/serving.ts"
import { slowDisk } from "../support/slow-disk.ts"
import { world, type World } from "../support/world.ts"

const disk = slowDisk()
let w: World
let running: Serving[] = []
afterEach(async () => {
  disk?.flushMs(0, 0)
  for (const one of running) one.kill()
  running = []
  await w?.close()
})
afterAll(() => disk?.dispose())

const province = async (env: Record<string, string>) =>
  (w = await world({
    // Reading portals without a pause would be all that such a disk has time for.
    units: 2, articlesPerPortal: 1, portPerPortal: true, engine: "sqlite", env: { ...env, LOA_POLL_SECONDS_MIN: "1" },
    edit(list) {
      for (const unit of list) unit.portal!.burstGuard = 0
    },
  }))

/** An article on every portal, and every portal is to be read now. */
async function freshNews() {
  news(w)
  const opened = await openDb({ databaseUrl: w.env.DATABASE_URL ?? null, dataDir: w.env.LOA_DATA! })
  // What is being read just now would be due again only at its next time.
  const quiet = async () => !(await opened.db.selectFrom("feed_state").select("id").where((e) => e.or([e("owner", "is not", null), e("last_polled_at", "is", null)])).execute()).length
  expect(await until(quiet, 30_000)).toBe(true)
  await opened.db.updateTable("feed_state").set({ due_at: 0 }).execute()
  await opened.close()
}

/** Every OA's access token is refused once: its single-use pair must be renewed now. */
function refuseTokens() {
  for (const { accounts } of w.units) {
    const oa = accounts.find(({ network }) => network === "zalo")!
    w.province.script({ on: "zalo.create", account: oa.id, what: "error", code: -216, message: "Access token is invalid" })
  }
}

const FLUSH_MS = 350
const slower = () => disk?.flushMs(FLUSH_MS, 2_000)

async function throughIt(slow: () => void): Promise<void> {
  running = [serve(w), serve(w)]
  expect(await working(running)).toBe(true)
  refuseTokens()
  await freshNews()
  slow()
  const began = performance.now()
  expect(await until(() => !missing(w).length, 200_000)).toBe(true)
  // From the portal to the page an article passes eight commits at least.
  expect(performance.now() - began).toBeGreaterThan(8 * (disk ? FLUSH_MS : 100))
  disk?.flushMs(0, 0)
  expect(await stopAll(running)).toEqual([0, 0])
  await provenWhole()
}

/** Nothing lost, nothing doubled, and no lease that ended under its owner: no page had to be read back. */
async function provenWhole() {
  expect(await ledger(w)).toEqual(balanced)
  const opened = await openDb({ databaseUrl: w.env.DATABASE_URL ?? null, dataDir: w.env.LOA_DATA! })
  const readBack = await opened.db.selectFrom("audit_log").select(["action", "detail"]).where((e) => e.or([e("action", "in", ["delivery.unknown", "delivery.absent"]), e("detail", "like", "%foundBy%")])).execute()
  const tokens = await opened.db.selectFrom("account_tokens").select("state").distinct().execute()
  const pending = await opened.db.selectFrom("token_wal").select("id").execute()
  await opened.close()
  expect({ readBack, tokens, pending }).toEqual({ readBack: [], tokens: [{ state: "ok" }], pending: [] })
}

test.skipIf(!disk)("SQLite", async () => {
  await province(disk!.env)
  await throughIt(slower)
}, 300_000)

test(`PostgreSQL (${disk ? "every flush" : "no C compiler here: every commit waits the tenth of a second that the server itself can be told"})`, async () => {
  const server = await PostgresServer.start({ durable: true, ...(disk ? { env: disk.env } : { settings: { commit_delay: "100000", commit_siblings: "0" } }) })
  try {
    await server.run("create database slow")
    await province({ DATABASE_URL: server.url("slow") })
    await throughIt(slower)
  } finally {
    disk?.flushMs(0, 0)
    await server.dispose()
  }
}, 300_000)

test("SQLite whose file another program keeps locked for two seconds at a time", async () => {
  await province({})
  running = [serve(w), serve(w)]
  expect(await working(running)).toBe(true)
  const file = new Database(join(w.env.LOA_DATA!, "loa.sqlite"))
  file.exec("pragma busy_timeout = 10000")
  refuseTokens()
  await freshNews()
  for (let round = 0; round < 6; round++) {
    file.exec("begin immediate")
    file.exec("insert into settings (name, value, updated_at) values ('held', '', 0) on conflict (name) do update set updated_at = updated_at + 1")
    await Bun.sleep(2_000)
    file.exec("commit")
    await Bun.sleep(100)
  }
  file.exec("delete from settings where name = 'held'")
  file.close()
  expect(await until(() => !missing(w).length, 60_000)).toBe(true)
  expect(await stopAll(running)).toEqual([0, 0])
  await provenWhole()
}, 120_000)
