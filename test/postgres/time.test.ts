/**
 * Machines that mean something else by "now": set wrong by five minutes either way, set anew while they work, or paused without noticing it.
 * All processes of one PostgreSQL keep its time, so no lease ends early, nothing is planned for a wrong moment and nobody stops.
 */
import { afterEach, beforeAll, expect, test } from "bun:test"
import { join } from "node:path"
import { createApp, type Rooms } from "../../src/app.ts"
import { MINUTE, SECOND, SteadyClock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { openDb, type Db } from "../../src/db/index.ts"
import { emptyTally } from "../../src/jobs/intake.ts"
import { runDueJobs, type Job } from "../../src/jobs/index.ts"
import { freshDatabase, sharedServer } from "../support/db.ts"
import { balanced, ledger, missing, news, serve, stopAll, until, working, type Serving } from "../support/serving.ts"
import { world, type World } from "../support/world.ts"

const signal = new AbortController().signal
const wrongBy = (ms: number) => ({ BUN_OPTIONS: `--preload=${join(import.meta.dir, "../support/wrong-clock.ts")}`, WRONG_CLOCK_MS: String(ms) })

let database: Awaited<ReturnType<typeof freshDatabase>>
let w: World
let running: Serving[] = []
beforeAll(() => sharedServer().then(() => undefined), 60_000)
const province = async () => {
  database = await freshDatabase()
  w = await world({
    units: 2, articlesPerPortal: 2, portPerPortal: true, engine: "sqlite", env: { DATABASE_URL: database.url },
    edit(units) {
      for (const unit of units) unit.portal!.burstGuard = 0
    },
  })
}
afterEach(async () => {
  for (const one of running) one.kill()
  running = []
  await w?.close()
  await database?.drop()
})

/** How far what is written in the database lies from the true time, in whole seconds; leases are 120 s long. */
async function furthest(db: Db): Promise<Record<string, number>> {
  const seconds = (at: number) => Math.round(Math.abs(Number(at) - Date.now()) / SECOND)
  const beats = await db.selectFrom("workers").select("heartbeat_at as at").execute()
  const leases = await db.selectFrom("lanes").select("lease_until as at").execute()
  const audits = await db.selectFrom("audit_log").select("at").execute()
  const furthestOf = (rows: { at: number }[]) => Math.max(0, ...rows.filter(({ at }) => Number(at) > 0).map(({ at }) => seconds(at)))
  return { heartbeats: furthestOf(beats), leases: furthestOf(leases), audit: furthestOf(audits) }
}

test("processes whose clocks are five minutes ahead and behind, one set anew while it works: everything once, by one time", async () => {
  await province()
  const ahead = serve(w, wrongBy(5 * MINUTE))
  const behind = serve(w, wrongBy(-5 * MINUTE))
  running.push(ahead, behind)
  expect(await working(running)).toBe(true)
  for (let round = 0; round < 4; round++) {
    news(w)
    await Bun.sleep(500)
  }
  expect(await until(() => !missing(w).length, 60_000)).toBe(true)
  // From here on the one that is set anew is alone, and does not rest.
  expect(await stopAll([ahead])).toEqual([0])
  behind.child.kill("SIGUSR2")
  news(w)
  expect(await until(() => !missing(w).length, 60_000)).toBe(true)
  const opened = await openDb({ databaseUrl: database.url, dataDir: ":memory:" })
  const { heartbeats, leases, audit } = await furthest(opened.db)
  await opened.close()
  expect(heartbeats).toBeLessThan(40)
  expect(leases).toBeLessThan(130)
  expect(audit).toBeLessThan(150)
  expect(await stopAll([behind])).toEqual([0])
  expect(await ledger(w)).toEqual(balanced)
}, 180_000)

/** A process in this one, on a machine whose wall clock and whose steady counter are away from the true ones by what the test says. */
async function onMachine(wrong: { wallMs: number; steadyMs: number }): Promise<{ rooms: Rooms; close(): Promise<void> }> {
  const clock = new SteadyClock({ wall: () => Date.now() + wrong.wallMs, steady: () => performance.now() + wrong.steadyMs })
  const app = createApp(readConfig(w.env, w.home), { clock, log: silentLog })
  return { rooms: await app.open({ apply: "strict", work: true }), close: () => app.close() }
}

test("a machine that was paused, or whose counter ran away, takes nothing from the others and has nothing taken", async () => {
  await province()
  const wrong = { wallMs: -5 * MINUTE, steadyMs: 0 }
  const one = await onMachine(wrong)
  const other = await onMachine({ wallMs: 0, steadyMs: 0 })
  expect(Math.abs(one.rooms.clock.now() - Date.now())).toBeLessThan(SECOND)
  await other.rooms.intake.poll(emptyTally(), { all: true, signal })
  await other.rooms.routing.route(emptyTally(), signal)
  const held = (await other.rooms.outbox.turn([], 2)).works.map((work) => work.account)
  expect(held).toHaveLength(2)

  // Five minutes too far: every lease of the other one looks over, and both looks at the page due.
  for (const by of [5 * MINUTE, -10 * MINUTE]) {
    wrong.wallMs += by
    wrong.steadyMs += by
    expect((await one.rooms.outbox.turn([], 50)).works).toEqual([])
    await one.rooms.recover()
    expect(await other.rooms.outbox.counts()).toMatchObject({ sending: 2, unknown: 0, waiting: 6 })
    expect((await one.rooms.outbox.lanes()).filter((lane) => lane.owner !== null).map((lane) => [lane.account_id, lane.owner]).sort()).toEqual(held.map((account) => [account, other.rooms.worker]).sort())
  }
  // The other one is not held up by it.
  expect((await other.rooms.outbox.turn([], 50)).works).toHaveLength(2)
  await one.close()
  await other.close()
}, 60_000)

test("doctor says by how much the machine is wrong, and that Loa does not go by it", async () => {
  await province()
  const { stdout } = await w.loa(["doctor"], { env: wrongBy(-5 * MINUTE) })
  expect(stdout).toMatch(/chú ý +đồng hồ +đồng hồ máy này chậm (?:299|300|301) giây so với máy chủ cơ sở dữ liệu: Loa theo giờ của cơ sở dữ liệu/)
}, 60_000)

test("a job of the timetable runs once although two clocks are ten minutes apart", async () => {
  await province()
  const machines = await Promise.all([onMachine({ wallMs: 5 * MINUTE, steadyMs: 0 }), onMachine({ wallMs: -5 * MINUTE, steadyMs: 0 })])
  let runs = 0
  const job: Job = { name: "once", when: 8 * MINUTE, run: async () => void (await Bun.sleep(20), runs++) }
  for (let round = 0; round < 3; round++) for (const { rooms } of machines) await runDueJobs(rooms, [job], signal)
  await Promise.all(machines.map(({ rooms }) => runDueJobs(rooms, [job], signal)))
  expect(runs).toBe(1)
  for (const machine of machines) await machine.close()
}, 60_000)
