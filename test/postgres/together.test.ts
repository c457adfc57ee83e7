/**
 * Two processes on one PostgreSQL, as far as one test process can be two: two sets of rooms, each a worker of its own. Every kind of work
 * goes to one of them at a time.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createApp, type Rooms } from "../../src/app.ts"
import { ManualClock, MINUTE, SECOND } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { inTransaction, openDb, sql, type OpenedDb } from "../../src/db/index.ts"
import { runDueJobs, type Job } from "../../src/jobs/index.ts"
import { emptyTally } from "../../src/jobs/intake.ts"
import type { Account, AlertFact } from "../../src/model/index.ts"
import { Audit } from "../../src/audit/index.ts"
import { LEASE_MS, Outbox, type Result } from "../../src/outbox/index.ts"
import { facebookAccount, NOW, PAGE, PAGE_TOKEN, world as networkWorld, zaloAccount, zaloAnswer } from "../networks/support.ts"
import { freshDatabase, sharedServer, testDb } from "../support/db.ts"
import { anAccount, anArticle, aPost, T0 } from "../support/factories.ts"
import { ownServers, PostgresServer } from "../support/postgres.ts"
import { TcpProxy } from "../support/tcp-proxy.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

/** Connections of this database that wait for a lock: the server may serve others, too. */
const waiting = async ({ db }: OpenedDb) =>
  Number((await sql<{ n: string }>`select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)).rows[0]!.n)

const onOwnServer = test.skipIf(!(await ownServers()))
setDefaultTimeout(30_000)
beforeAll(() => sharedServer().then(() => undefined), 60_000)

describe("the outbox", () => {
  let opened: OpenedDb
  let clock: ManualClock
  let accounts: Account[]
  const facts: AlertFact[] = []
  const worker = (name: string) =>
    new Outbox({
      db: opened.db, engine: "postgres", clock, log: silentLog, audit: new Audit(clock), worker: name, account: (id) => accounts.find((one) => one.id === id) ?? null,
      gate: () => ({ open: true }), publishTo: "*", lookMs: () => [MINUTE, 5 * MINUTE], raise: (fact) => void facts.push(fact),
    })
  beforeEach(async () => {
    opened = await testDb("postgres")
    clock = new ManualClock(T0)
    accounts = Array.from({ length: 12 }, (_, n) => anAccount(`a${n}`))
    facts.length = 0
    const first = worker("filler")
    await inTransaction(opened.db, (tx) => first.syncLanes(tx, accounts))
    await inTransaction(opened.db, (tx) => first.enqueue(tx, accounts.map((account) => ({ article: anArticle(1), account, content: aPost(anArticle(1)) }))))
  })
  afterEach(() => opened.close())

  test("four workers claiming at once share the accounts without one in common", async () => {
    const workers = ["a", "b", "c", "d"].map(worker)
    const claimed = await Promise.all(workers.map((one) => one.turn([], 6)))
    const all = claimed.flatMap(({ works }) => works.map((work) => work.account))
    expect(new Set(all).size).toBe(all.length)
    const rest = (await worker("e").turn([], 50)).works.map((work) => work.account)
    expect([...all, ...rest].sort()).toEqual(accounts.map((account) => account.id).sort())
  })

  test("words, moments and portal edits that meet a claim leave it alone: what is on its way is not called back into the queue", async () => {
    const desk = worker("desk")
    const ids = (await desk.list()).map((delivery) => delivery.id)
    const holding = Promise.withResolvers<void>()
    const claimed = Promise.withResolvers<void>()
    // Another process has begun to send all of them, and its commit is on its way.
    const claiming = inTransaction(opened.db, async (tx) => {
      await tx.updateTable("deliveries").set({ state: "sending", intent_at: clock.now(), due_at: clock.now() + LEASE_MS, updated_at: clock.now() + 1 }).where("id", "in", ids).execute()
      claimed.resolve()
      await holding.promise
    })
    await claimed.promise
    const late = { ...anArticle(1), title: "Tiêu đề đã đính chính", version: 2 }
    const changes = Promise.allSettled([
      desk.edit({ ids: [ids[0]!], text: { message: "Lời khác." }, isOwnHost: () => true }, "user:lan"),
      desk.reschedule([ids[1]!], clock.now() + MINUTE, "user:lan"),
      inTransaction(opened.db, (tx) => desk.followEdit(tx, late, "update", () => aPost(late))),
      inTransaction(opened.db, (tx) => desk.followWithdrawal(tx, late, "remove")),
    ])
    while ((await waiting(opened)) < 4) await Bun.sleep(5)
    holding.resolve()
    await claiming
    const [edited, moved] = await changes
    expect([edited, moved]).toMatchObject([{ status: "rejected", reason: { code: "wrong_state" } }, { status: "rejected", reason: { code: "wrong_state" } }])
    expect((await opened.db.selectFrom("deliveries").select(["state", "article_version"]).distinct().execute())).toEqual([{ state: "sending", article_version: 1 }])
  })

  test("what a person cancels while a claim is on its way is not posted", async () => {
    const desk = worker("desk")
    const ids = (await desk.list()).map((delivery) => delivery.id)
    // The claim's look at the table is held up at its first lane while the cancellation commits.
    const holding = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const blocker = inTransaction(opened.db, async (tx) => {
      await sql`select 1 from deliveries for update`.execute(tx)
      held.resolve()
      await holding.promise
      await tx.updateTable("deliveries").set({ state: "cancelled", code: "cancelled", reason: "x", updated_at: clock.now() + 1 }).where("id", "in", ids).execute()
    })
    await held.promise
    const turn = worker("a").turn([], 50)
    // The turn has read the heads and waits for the rows: only then may the cancellation end.
    while ((await waiting(opened)) < 1) await Bun.sleep(5)
    holding.resolve()
    await blocker
    expect((await turn).works).toEqual([])
    expect((await desk.counts()).cancelled).toBe(12)
  })

  test("an answer that comes after its lease says nothing about the attempt that followed", async () => {
    const late = worker("late")
    const { works } = await late.turn([], 1)
    const work = works[0]!
    if (work.kind !== "publish") throw new Error(work.kind)
    clock.advance(LEASE_MS + SECOND)
    const next = worker("next")
    await next.recover()
    await next.retry([work.delivery.id], "user:an")
    clock.advance(SECOND)
    const again = (await next.turn([], 50)).works.find((one) => one.kind === "publish" && one.delivery.id === work.delivery.id)
    expect(again).toBeDefined()
    const throttled: Result = { work, outcome: { kind: "later", code: "500", reason: "x", scope: "delivery" } }
    await late.turn([throttled], 0)
    expect((await next.list({ state: "sending" })).map((delivery) => delivery.id)).toContain(work.delivery.id)
    // A late success is true all the same; the twin of the second attempt is told.
    await late.turn([{ work, outcome: { kind: "sent", remoteId: "1_1" } }], 0)
    await next.turn([{ work: again as typeof work, outcome: { kind: "sent", remoteId: "1_2" } }], 0)
    expect((await next.list({ state: "published" })).map((delivery) => delivery.remoteId)).toEqual(["1_1"])
    expect(facts.map((fact) => fact.kind)).toEqual(["delivery.twin"])
  })

  test("a machine that nobody hears for two leases is taken for dead; heard again, it is registered anew and changes nothing of what went on", async () => {
    const far = worker("far")
    const near = worker("near")
    await far.beat()
    await opened.db.updateTable("workers").set({ host: "another machine" }).execute()
    const { works } = await far.turn([], 1)
    const [work] = works
    if (work?.kind !== "publish") throw new Error(work?.kind)
    clock.advance(2 * LEASE_MS)
    expect(await near.recover()).toEqual([])
    clock.advance(1)
    expect(await near.recover()).toEqual(["far"])
    expect((await near.list({ state: "unknown" })).map(({ id, code }) => [id, code])).toEqual([[work.delivery.id, "interrupted"]])
    await near.retry([work.delivery.id], "user:an")
    const again = (await near.turn([], 50)).works.find((one) => one.kind === "publish" && one.delivery.id === work.delivery.id) as typeof work
    await near.turn([{ work: again, outcome: { kind: "sent", remoteId: "1_1" } }], 0)

    await far.beat()
    expect((await opened.db.selectFrom("workers").select("id").execute()).map(({ id }) => id)).toEqual(["far"])
    await far.turn([{ work, outcome: { kind: "later", code: "500", reason: "x", scope: "account", afterMs: MINUTE } }], 0)
    expect((await near.list({ state: "published" })).map(({ remoteId }) => remoteId)).toEqual(["1_1"])
    expect((await near.lanes()).filter((lane) => Number(lane.blocked_until) > 0)).toEqual([])
  })

  test("answers may be settled twice: one audit entry, one state", async () => {
    const one = worker("a")
    const { works } = await one.turn([], 3)
    const results = works.map((work, n): Result => ({ work: work as never, outcome: { kind: "sent", remoteId: `1_${n}` } }))
    await one.turn(results, 0)
    await one.turn(results, 0)
    expect(await opened.db.selectFrom("audit_log").select("action").where("action", "=", "delivery.published").execute()).toHaveLength(3)
    expect(facts).toEqual([])
    expect(await new Audit(clock).verify(opened.db)).toBeNull()
  })

  test("the audit chain holds although eight transactions write at once", async () => {
    const audit = new Audit(clock)
    await Promise.all(Array.from({ length: 40 }, (_, n) => inTransaction(opened.db, (tx) => audit.write(tx, [{ actor: "cli", action: "test", subject: `n:${n}` }]))))
    expect(await audit.verify(opened.db)).toBeNull()
  })

  test("a transaction that PostgreSQL ended for the sake of another one runs again", async () => {
    const meet = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let runs = 0
    const cross = (first: string, second: string, mine: number) =>
      inTransaction(opened.db, async (tx) => {
        runs += 1
        await tx.updateTable("lanes").set({ slowness: 2 }).where("account_id", "=", first).execute()
        meet[mine]!.resolve()
        await Promise.all(meet.map((one) => one.promise))
        await tx.updateTable("lanes").set({ slowness: 2 }).where("account_id", "=", second).execute()
      })
    await Promise.all([cross("a0", "a1", 0), cross("a1", "a0", 1)])
    expect(runs).toBe(3)
  })
})

describe("rooms", () => {
  let w: WatchWorld
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let other: { rooms: Rooms; close(): Promise<void> }
  beforeEach(async () => {
    database = await freshDatabase()
    w = await watchWorld({ units: 2, env: { DATABASE_URL: database.url } })
    const app = createApp(readConfig(w.env, w.home), { clock: w.clock, log: silentLog })
    other = { rooms: await app.open({ apply: "strict", work: true }), close: () => app.close() }
  })
  afterEach(async () => {
    await other.close()
    await w.close()
    await database.drop()
  })

  test("a feed, and every feed of its host, is asked by one of them; articles are routed by one", async () => {
    const claim = (rooms: Rooms) => inTransaction(rooms.db, (tx) => rooms.feeds.claimDue(tx, { now: w.clock.now(), all: true, limit: 100, owner: rooms.worker, leaseMs: MINUTE }))
    const [a, b] = await Promise.all([claim(w.rooms), claim(other.rooms)])
    // Both portals of this province are paths of one host.
    expect([a.length, b.length].sort()).toEqual([0, 2])
    for (const rooms of [w.rooms, other.rooms]) await inTransaction(rooms.db, (tx) => rooms.feeds.freeOwners(tx, [w.rooms.worker, other.rooms.worker]))

    await w.rooms.intake.poll(emptyTally(), { all: true, signal: noSignal })
    const routed = await Promise.all([w.rooms, other.rooms].map((rooms) => rooms.routing.route(emptyTally(), noSignal)))
    expect(routed.sort()).toEqual([0, 4])
    await other.rooms.run({ signal: noSignal })
    expect(w.province.duplicates()).toEqual([])
    expect(w.province.posts()).toHaveLength(8)
  }, 30_000)

  test("a job of the timetable runs once, and again only when it is due again; a dead process's lease is free at once", async () => {
    let runs = 0
    const slow: Job = { name: "slow", when: 10 * MINUTE, run: async () => void (await Bun.sleep(50), runs++) }
    const both = () => Promise.all([w.rooms, other.rooms].map((rooms) => runDueJobs(rooms, [slow], noSignal)))
    expect((await both()).flat()).toEqual(["slow"])
    expect((await both()).flat()).toEqual([])
    w.clock.advance(11 * MINUTE)
    expect((await both()).flat()).toEqual(["slow"])
    expect(runs).toBe(2)
    w.clock.advance(11 * MINUTE)
    await w.rooms.db.updateTable("schedules").set({ owner: "dead", lease_until: w.clock.now() + 15 * MINUTE }).where("name", "=", "slow").execute()
    expect((await both()).flat()).toEqual([])
    await w.rooms.db.insertInto("workers").values({ id: "dead", host: (await w.rooms.db.selectFrom("workers").select("host").executeTakeFirstOrThrow()).host, pid: 2 ** 22 - 1, pid_started: "1", heartbeat_at: w.clock.now() }).execute()
    await other.rooms.recover()
    expect((await both()).flat()).toEqual(["slow"])
  }, 30_000)

  test("a waiver granted in one process opens the gate in the other; nothing is read when nothing changed", async () => {
    const { page } = w
    await w.rooms.registry.update({ kind: "account.set", account: page, set: { identity: { status: "none" } } } as never, "test")
    await other.rooms.refresh()
    expect(other.rooms.checks.gate(page)).toMatchObject({ open: false })
    const before = other.rooms.checks.standing()
    await other.rooms.refresh()
    expect(other.rooms.checks.standing()).toBe(before)
    await w.rooms.refresh()
    await w.rooms.checks.waive({ accountId: page, reason: "Chờ nền tảng xác nhận", until: "2026-12-31" }, "user:an")
    await other.rooms.refresh()
    expect(other.rooms.checks.gate(page)).toEqual({ open: true })
  }, 30_000)
})

test("a machine with another key does not begin to work", async () => {
  const database = await freshDatabase()
  const w = await watchWorld({ env: { DATABASE_URL: database.url } })
  const stranger = createApp(readConfig({ ...w.env, LOA_DATA: join(w.home, "second") }, w.home), { clock: w.clock, log: silentLog })
  expect(await stranger.open({ apply: "strict", work: true }).then(() => "opened", (error: { code?: string }) => error.code)).toBe("key_differs")
  await w.close()
  await database.drop()
})

describe("networks", () => {
  let opened: OpenedDb
  const homes: string[] = []
  const home = () => homes[homes.push(mkdtempSync(join(tmpdir(), "loa-together-"))) - 1]!
  beforeEach(async () => {
    opened = await testDb("postgres")
  })
  afterEach(() => opened.close())
  afterAll(() => {
    for (const dir of homes) rmSync(dir, { recursive: true, force: true })
  })

  test("a budget that one process saw used up is held by the other, and both go on when it is free", async () => {
    const handler = () => Response.json({ id: PAGE, name: "x" }, { headers: { "x-app-usage": JSON.stringify({ call_count: 100, total_time: 1, total_cputime: 1 }) } })
    await using a = await networkWorld(handler, { db: opened })
    await using b = await networkWorld(handler, { db: opened, dataDir: a.dataDir, clock: a.clock })
    await a.connectPage({ page: PAGE_TOKEN })
    expect(await b.facebook.tokenState(facebookAccount.id)).toMatchObject({ state: "ok" })
    await a.facebook.profile(facebookAccount)
    const asked = b.seen.length
    a.clock.advance(SECOND)
    expect(await b.facebook.profile(facebookAccount)).toMatchObject({ code: "throttled" })
    expect(b.seen.length).toBe(asked)
    // Full for a quarter of an hour; optional reads wait until the reading is an hour old.
    a.clock.advance(61 * MINUTE)
    await b.facebook.profile(facebookAccount)
    expect(b.seen.length).toBeGreaterThan(asked)
  })

  test("two processes and one dead Zalo token: one refresh, both calls succeed", async () => {
    let pair = 1
    const handler = async (request: { path: string; headers: Headers; body: { refresh_token?: string } }) => {
      if (request.path.endsWith("/access_token")) {
        await Bun.sleep(30)
        if (request.body.refresh_token !== `refresh-${pair}`) return Response.json({ error: -14014, error_name: "Invalid refresh token" })
        pair += 1
        return Response.json({ access_token: `access-${pair}`, refresh_token: `refresh-${pair}`, expires_in: "90000" })
      }
      return request.headers.get("access_token") === `access-${pair}` ? zaloAnswer({ oa_id: "1", name: "x" }) : Response.json({ error: -216, message: "Access token is invalid" })
    }
    await using a = await networkWorld(handler as never, { db: opened })
    await using b = await networkWorld(handler as never, { db: opened, dataDir: a.dataDir, clock: a.clock })
    await a.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
    // The clock of these tests jumps when somebody sleeps: not past the lease, for there is only one other.
    await Promise.all([a, b, a, b].map((one) => one.zalo.profile(zaloAccount)))
    expect([...a.ofPath("access_token"), ...b.ofPath("access_token")]).toHaveLength(1)
    expect(await b.zalo.tokenState(zaloAccount.id)).toMatchObject({ state: "ok" })
    expect((await a.networks.tokens.reread<{ refresh: string }>(zaloAccount.id))!.secret.refresh).toBe("refresh-2")
  })

  onOwnServer("the database goes away while Zalo answers a refresh: the pair is kept and used when it is back", async () => {
    const server = await PostgresServer.start()
    await server.run("create database tokens")
    const proxy = await TcpProxy.to(server.port)
    const db = await openDb({ databaseUrl: server.url("tokens", proxy.port), dataDir: ":memory:" })
    try {
      const dataDir = home()
      await using a = await networkWorld(
        (request) => {
          if (!request.path.endsWith("/access_token")) return request.headers.get("access_token") === "access-2" ? zaloAnswer({ oa_id: "1", name: "x" }) : Response.json({ error: -216, message: "x" })
          if (request.body.refresh_token !== "refresh-1") return Response.json({ error: -14014, error_name: "Invalid refresh token" })
          proxy.cut(true)
          return Response.json({ access_token: "access-2", refresh_token: "refresh-2", expires_in: "90000" })
        },
        { db, dataDir },
      )
      await a.connectOa({ access: "access-1", refresh: "refresh-1" }, NOW - 1)
      await a.zalo.profile(zaloAccount).catch(() => undefined)
      expect(readdirSync(join(dataDir, "token-answers"))).toHaveLength(1)
      proxy.heal()
      // Another life of the process.
      await using b = await networkWorld(() => zaloAnswer({ oa_id: "1", name: "x" }), { db, dataDir })
      expect(await b.networks.start()).toMatchObject({ recovered: 1 })
      expect((await b.networks.tokens.reread<{ refresh: string }>(zaloAccount.id))!.secret.refresh).toBe("refresh-2")
      expect(readdirSync(join(dataDir, "token-answers"))).toEqual([])
    } finally {
      await db.close()
      await proxy.close()
      await server.dispose()
    }
  })
})
