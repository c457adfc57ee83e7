/**
 * What breaks around a real PostgreSQL while several processes work on it: connections cut, silent and slow, the server stopped without
 * warning, a standby promoted, processes killed at every named place. Afterwards every article stands once on every account.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { inTransaction, openDb, sql } from "../../src/db/index.ts"
import { ownServers, PostgresServer } from "../support/postgres.ts"
import { balanced, ledger, missing, news, serve, stopAll, until, working, type Serving } from "../support/serving.ts"
import { TcpProxy } from "../support/tcp-proxy.ts"
import { world, type World } from "../support/world.ts"

let server: PostgresServer
let databases = 0
let w: World
let running: Serving[] = []

const own = await ownServers()
const onOwnServer = test.skipIf(!own)
beforeAll(async () => {
  if (own) server = await PostgresServer.start({ durable: true })
}, 60_000)
afterAll(() => server?.dispose())
afterEach(async () => {
  for (const one of running) one.kill()
  running = []
  await w?.close()
})

async function fresh(): Promise<string> {
  const name = `faults_${++databases}`
  await server.run(`create database ${name}`)
  return name
}
const provinceOn = async (url: string, units = 3, env: Record<string, string> = {}) =>
  (w = await world({
    units, articlesPerPortal: 2, portPerPortal: true, engine: "sqlite", env: { DATABASE_URL: url, ...env },
    edit(list) {
      for (const unit of list) unit.portal!.burstGuard = 0
    },
  }))
const started = async (n: number, extra: Record<string, string> = {}) => {
  const list = Array.from({ length: n }, () => serve(w, extra))
  running.push(...list)
  expect(await working(list)).toBe(true)
  return list
}

describe("the wire", () => {
  onOwnServer("cut again and again, then slow: both processes go on", async () => {
    const proxy = await TcpProxy.to(server.port)
    await provinceOn(server.url(await fresh(), proxy.port))
    const both = await started(2)
    for (let round = 0; round < 6; round++) {
      news(w)
      await Bun.sleep(400)
      proxy.cut(round % 2 === 1)
      await Bun.sleep(150)
      proxy.heal()
    }
    proxy.slow(15)
    news(w)
    expect(await until(() => !missing(w).length, 60_000)).toBe(true)
    proxy.heal()
    expect(await stopAll(both)).toEqual([0, 0])
    expect(await ledger(w)).toEqual(balanced)
    await proxy.close()
  }, 120_000)

  onOwnServer("silent: a statement ends in time, what the lost transaction held is free, and work goes on", async () => {
    const proxy = await TcpProxy.to(server.port)
    const name = await fresh()
    const far = await openDb({ databaseUrl: `${server.url(name, proxy.port)}?statement_timeout=1000`, dataDir: ":memory:" })
    const near = await openDb({ databaseUrl: server.url(name), dataDir: ":memory:" })
    const began = performance.now()
    const lost = inTransaction(far.db, async (tx) => {
      await sql`select pg_advisory_xact_lock(1)`.execute(tx)
      proxy.fallSilent()
      await sql`select 1`.execute(tx)
    })
    expect(await lost.then(() => "committed", (error: unknown) => String((error as { code?: string }).code))).toBe("ERR_POSTGRES_CONNECTION_CLOSED")
    await inTransaction(near.db, (tx) => sql`select pg_advisory_xact_lock(1)`.execute(tx))
    expect(performance.now() - began).toBeLessThan(10_000)
    proxy.heal()
    expect((await sql<{ n: number }>`select 1 as n`.execute(far.db)).rows).toEqual([{ n: 1 }])
    await Promise.all([far.close(), near.close()])
    await proxy.close()
  }, 60_000)

  onOwnServer("one of two processes is cut off for good: the other one takes its work over", async () => {
    const proxy = await TcpProxy.to(server.port)
    const name = await fresh()
    await provinceOn(server.url(name))
    const [lonely] = await started(1, { DATABASE_URL: `${server.url(name, proxy.port)}?statement_timeout=2000` })
    expect(await until(() => missing(w).length < 12, 30_000)).toBe(true)
    news(w, 3)
    await Bun.sleep(500)
    proxy.fallSilent()
    const [healthy] = await started(1)
    news(w)
    // The silent one is alive on this machine, so only the end of its leases frees what it held: dead, it is noticed at once.
    await Bun.sleep(1_000)
    lonely!.kill()
    expect(await until(() => !missing(w).length, 60_000)).toBe(true)
    expect(await stopAll([healthy!])).toEqual([0])
    expect(await ledger(w)).toEqual(balanced)
    await proxy.close()
  }, 150_000)
})

onOwnServer("PostgreSQL stopped without warning five times while two processes publish", async () => {
  await provinceOn(server.url(await fresh()))
  const both = await started(2)
  for (let round = 0; round < 5; round++) {
    news(w)
    await Bun.sleep(700)
    await server.stop("SIGQUIT")
    await Bun.sleep(100)
    await server.boot()
  }
  news(w)
  expect(await until(() => !missing(w).length, 60_000)).toBe(true)
  expect(await stopAll(both)).toEqual([0, 0])
  expect(await ledger(w)).toEqual(balanced)
}, 120_000)

onOwnServer("told to stop while the database is away: gone within ten seconds, exit 0", async () => {
  await provinceOn(server.url(await fresh()))
  const both = await started(2)
  await server.stop("SIGQUIT")
  try {
    news(w)
    await Bun.sleep(500)
    const began = performance.now()
    expect(await stopAll(both)).toEqual([0, 0])
    expect(performance.now() - began).toBeLessThan(10_000)
  } finally {
    await server.boot()
  }
}, 60_000)

onOwnServer("failover: the standby is promoted after the primary died, nothing acknowledged is lost", async () => {
  const primary = await PostgresServer.start({ durable: true })
  const standby = await primary.standby()
  await primary.run("create database loa")
  const proxy = await TcpProxy.to(primary.port)
  try {
    await provinceOn(primary.url("loa", proxy.port))
    const both = await started(2)
    expect(await until(() => missing(w).length < 12, 30_000)).toBe(true)
    news(w, 2)
    await Bun.sleep(500)
    await primary.stop("SIGKILL")
    await standby.run("select pg_promote()")
    proxy.leadTo(standby.port)
    news(w)
    expect(await until(() => !missing(w).length, 60_000)).toBe(true)
    expect(await stopAll(both)).toEqual([0, 0])
    expect(await ledger(w)).toEqual(balanced)
  } finally {
    await proxy.close()
    await standby.dispose()
    await primary.dispose()
  }
}, 120_000)

const places = [
  "intake.before_keep_commit", "intake.after_keep_commit", "intake.before_route_commit", "intake.after_route_commit", "outbox.before_commit:5", "outbox.after_commit:5",
  "call.before_publish", "call.after_publish", "call.before_resume", "call.after_resume", "call.after_publish:3",
]
onOwnServer("killed at every named place, one process after another, while others work on", async () => {
  await provinceOn(server.url(await fresh()), 4)
  const healthy = await started(1)
  for (const place of places) {
    const doomed = serve(w, { LOA_FAILPOINT: place })
    running.push(doomed)
    // Which of the two comes by is chance; in the end it is this one.
    for (let round = 0; round < 40 && doomed.child.exitCode === null && doomed.child.signalCode === null; round++) {
      news(w)
      await Promise.race([doomed.child.exited, Bun.sleep(400)])
    }
    expect({ place, died: doomed.child.signalCode as string | null }).toEqual({ place, died: "SIGKILL" })
  }
  expect(await until(() => !missing(w).length, 90_000)).toBe(true)
  expect(await stopAll(healthy)).toEqual([0])
  expect(await ledger(w)).toEqual(balanced)
}, 300_000)

test("killed around the renewal of single-use tokens: another machine, which has not the dead one's disk, goes on with the new pairs", async () => {
  await provinceOn(server.url(await fresh()), 3, { LOA_SECRET_KEY: Buffer.alloc(32, 7).toString("base64") })
  const machine = (n: number) => ({ LOA_DATA: `${w.home}/machine-${n}` })
  expect((await w.loa(["run", "--all", "--json"], { env: machine(0) })).code).toBeLessThan(2)
  for (const [n, place] of ["zalo.before_refresh", "zalo.after_write_ahead", "zalo.after_refresh"].entries()) {
    const unit = w.units[n]!
    w.province.script({ on: "zalo.create", account: unit.accounts.find(({ network }) => network === "zalo")!.id, what: "error", code: -216, message: "Access token is invalid" })
    w.province.publishArticle(unit.id)
    const died = await w.loa(["run", "--all", "--json"], { env: { LOA_FAILPOINT: place, ...machine(n + 1) } })
    expect({ place, signal: died.signal }).toEqual({ place, signal: "SIGKILL" })
  }
  w.province.clearScript()
  const healthy = await started(1, machine(9))
  expect(await until(() => !missing(w).length, 60_000)).toBe(true)
  expect(await stopAll(healthy)).toEqual([0])
  expect(await ledger(w)).toEqual(balanced)
  const opened = await openDb({ databaseUrl: w.env.DATABASE_URL!, dataDir: ":memory:" })
  expect(await opened.db.selectFrom("account_tokens").select("state").distinct().execute()).toEqual([{ state: "ok" }])
  expect(await opened.db.selectFrom("token_wal").select("id").execute()).toEqual([])
  await opened.close()
}, 120_000)
