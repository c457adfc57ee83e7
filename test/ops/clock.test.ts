/** The machine's clock jumps while posts are under way: nothing is doubled, nothing waits for a year. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { createApp, type App, type Rooms } from "../../src/app.ts"
import { DAY, HOUR, JUMP_SETTLES_MS, MINUTE, SECOND, SteadyClock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { care, repairTimes } from "../../src/jobs/care.ts"
import { engine } from "../support/db.ts"
import { world, type World } from "../support/world.ts"

/** A machine whose clock tests set, and whose steady time they let pass. */
class Machine {
  wallNow: number
  steadyNow = 1_000
  constructor(at: number) {
    this.wallNow = at
  }
  pass(ms: number) {
    this.wallNow += ms
    this.steadyNow += ms
  }
  set(by: number) {
    this.wallNow += by
  }
  clock = () => new SteadyClock({ wall: () => this.wallNow, steady: () => this.steadyNow })
}

test("time goes on evenly over a jump; the new time counts once everything begun by the old one is over", () => {
  for (const jump of [HOUR, -HOUR, 365 * DAY, -365 * DAY]) {
    const machine = new Machine(1_800_000_000_000)
    const clock = machine.clock()
    machine.pass(10 * SECOND)
    expect([clock.now(), clock.jump()]).toEqual([1_800_000_010_000, 0])
    machine.set(jump)
    machine.pass(SECOND)
    expect([clock.now(), clock.jump()]).toEqual([1_800_000_011_000, jump])
    machine.pass(JUMP_SETTLES_MS - SECOND)
    expect(clock.now()).toBe(1_800_000_010_000 + JUMP_SETTLES_MS)
    machine.pass(SECOND)
    expect([clock.now(), clock.jump()]).toEqual([machine.wallNow, 0])
    expect(clock.taken).toEqual([{ at: machine.wallNow, ms: jump }])
  }
})

test("what keeps clocks right is no jump, and a jump that is taken back never happened", () => {
  const machine = new Machine(1_800_000_000_000)
  const clock = machine.clock()
  let last = clock.now()
  for (const nudge of [900, -900, 1_500, -1_500]) {
    machine.set(nudge)
    machine.pass(10)
    expect(clock.jump()).toBe(0)
    expect(clock.now()).toBeGreaterThanOrEqual(last)
    last = clock.now()
  }
  machine.set(HOUR)
  expect(clock.jump()).toBe(HOUR)
  machine.set(-HOUR)
  machine.pass(10 * MINUTE)
  expect([clock.jump(), clock.now(), clock.taken.length]).toEqual([0, machine.wallNow, 0])
})

test("a clock that all share: taken over at once when first told, a machine set wrong changes nothing, a pause that the machine did not notice is a jump", () => {
  const machine = new Machine(1_800_000_300_000)
  const clock = machine.clock()
  clock.now()
  clock.keepTo(1_800_000_000_000)
  expect([clock.now(), clock.jump(), clock.aheadMs()]).toEqual([1_800_000_000_000, 0, 5 * MINUTE])
  machine.set(-HOUR)
  machine.pass(SECOND)
  expect([clock.now(), clock.jump()]).toEqual([1_800_000_001_000, -HOUR])
  clock.keepTo(1_800_000_001_000)
  expect([clock.now(), clock.jump(), clock.aheadMs()]).toEqual([1_800_000_001_000, 0, 5 * MINUTE - HOUR])
  // Asked again after the machine stood still for five minutes: nothing is begun until what others began meanwhile is over.
  clock.keepTo(1_800_000_301_000)
  expect([clock.now(), clock.jump()]).toEqual([1_800_000_001_000, 5 * MINUTE])
  machine.pass(JUMP_SETTLES_MS)
  expect([clock.now(), clock.jump(), clock.taken.length]).toEqual([1_800_000_301_000 + JUMP_SETTLES_MS, 0, 1])
})

// PostgreSQL tells everybody the true time: test/postgres/time.test.ts.
const onSqlite = test.skipIf(engine !== "sqlite")
/** One machine for everybody: Facebook refuses proofs of another hour, as it should. */
const machine = new Machine(Date.now())
let w: World
beforeAll(async () => {
  if (engine === "sqlite") w = await world({ units: 2, articlesPerPortal: 2, clock: { now: () => machine.wallNow, sleep: (ms) => Bun.sleep(ms) } })
})
afterAll(() => w?.close())

async function open(): Promise<{ app: App; rooms: Rooms }> {
  const app = createApp(readConfig(w.env, w.home), { clock: machine.clock(), log: silentLog })
  return { app, rooms: await app.open({ apply: "strict", work: true }) }
}

onSqlite("SQLite: four minutes forward while a call hangs: the page is not taken for empty, the post is made once", async () => {
  const { app, rooms } = await open()
  const page = w.units[0]!.accounts.find((account) => account.network === "facebook")!.id
  // The network makes the post late: whoever looks too early sees nothing.
  w.province.script({ on: "facebook.feed", what: "slow", account: page, delayMs: 800, times: 1 })
  const pass = rooms.run({ all: true, signal: new AbortController().signal })
  while (!(await rooms.outbox.counts()).sending) await Bun.sleep(10)
  // Longer than a lease and both looks, short enough for Facebook to take our proofs.
  machine.set(4 * MINUTE)
  await rooms.recover()
  await rooms.recover()
  await pass
  await care(rooms)
  expect((await rooms.outbox.counts()).unknown).toBe(0)
  machine.pass(JUMP_SETTLES_MS + SECOND)
  await care(rooms)
  for (let i = 0; i < 3; i++) await rooms.run({ all: true, signal: new AbortController().signal })
  expect(w.province.duplicates()).toEqual([])
  expect(w.province.posts(page)).toHaveLength(2)
  const [alert] = await rooms.alerts.list({ kind: "clock.jumped" })
  expect(alert?.summary).toContain("nhảy tới 4 phút")
  await app.close()
}, 30_000)

onSqlite("SQLite: a year too early and back: what was planned by the wrong time is brought near, and posts go out", async () => {
  machine.set(365 * DAY)
  const first = await open()
  for (const unit of w.units) w.province.publishArticle(unit.id)
  await first.rooms.run({ all: true, signal: new AbortController().signal })
  await first.rooms.db.updateTable("lanes").set({ next_free_at: machine.wallNow + 600_000, lease_until: machine.wallNow + 60_000, owner: "somebody" }).execute()
  machine.set(-365 * DAY)
  first.rooms.clock.now()
  machine.pass(JUMP_SETTLES_MS + SECOND)
  await care(first.rooms)
  expect((await first.rooms.alerts.list({ kind: "clock.jumped" })).length).toBe(1)
  for (const unit of w.units) w.province.publishArticle(unit.id)
  await first.rooms.run({ all: true, signal: new AbortController().signal })
  const due = await first.rooms.feeds.nextDueAt(first.rooms.db as never)
  expect(due!).toBeLessThan(machine.wallNow + DAY)
  // Zalo's refresh tokens do not live a year: its accounts wait for consent. Facebook's Pages carry everything.
  const pages = w.units.map((unit) => unit.accounts.find((account) => account.network === "facebook")!.id)
  expect(await repairTimes(first.rooms)).toBe(0)
  expect(w.province.duplicates()).toEqual([])
  for (const id of pages) expect(w.province.posts(id)).toHaveLength(4)
  await first.app.close()
}, 30_000)
