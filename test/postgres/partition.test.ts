/**
 * Six machines lose their database without being told, each at another moment; a seventh goes on. Nobody can see that the six live, so the end of
 * their leases is waited for (in real time: two minutes, all six at once). When the wire is whole again they have nothing to add, but for the token
 * pair that one of them was given in the silence.
 */
import { spawnSync } from "node:child_process"
import { afterAll, beforeAll, expect, test } from "bun:test"
import { SECOND } from "../../src/base/clock.ts"
import { openDb, type OpenedDb } from "../../src/db/index.ts"
import { LEASE_MS } from "../../src/outbox/index.ts"
import { ownServers, PostgresServer } from "../support/postgres.ts"
import { balanced, ledger, missing, news, serve, stopAll, until, working, type Serving } from "../support/serving.ts"
import { TcpProxy } from "../support/tcp-proxy.ts"
import { world, type World } from "../support/world.ts"

let server: PostgresServer
let w: World
let opened: OpenedDb
const running: Serving[] = []
const proxies: TcpProxy[] = []

const own = await ownServers()
beforeAll(async () => {
  if (!own) return
  server = await PostgresServer.start({ durable: true })
  await server.run("create database partition")
  w = await world({
    units: 6, articlesPerPortal: 1, portPerPortal: true, engine: "sqlite",
    env: { DATABASE_URL: server.url("partition"), LOA_SECRET_KEY: Buffer.alloc(32, 7).toString("base64") },
    edit(units) {
      for (const unit of units) unit.portal!.burstGuard = 0
    },
  })
  opened = await openDb({ databaseUrl: server.url("partition"), dataDir: ":memory:" })
}, 60_000)
afterAll(async () => {
  for (const one of running) one.kill()
  await opened?.close()
  for (const proxy of proxies) await proxy.close()
  await w?.close()
  await server?.dispose()
})

const stands = (pid: number) => /^T/.test(spawnSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim())

/** A process on a machine of its own that stands still at the named place, loses its wire there, and goes on without knowing. */
async function cutOff(jobs: "poll" | "publish", place: string, what: "both" | "answers") {
  const proxy = await TcpProxy.to(server.port)
  proxies.push(proxy)
  const known = new Set((await opened.db.selectFrom("workers").select("id").execute()).map(({ id }) => id))
  const far = serve(w, { DATABASE_URL: `${server.url("partition", proxy.port)}?statement_timeout=2000`, LOA_DATA: `${w.home}/machine-${proxies.length}`, LOA_FAILPOINT: `${place}:1:SIGSTOP` }, ["--jobs", jobs])
  running.push(far)
  expect(await until(() => stands(far.child.pid), 30_000)).toBe(true)
  const { id } = (await opened.db.selectFrom("workers").select("id").execute()).find((row) => !known.has(row.id))!
  // A process id says nothing about another machine.
  await opened.db.updateTable("workers").set({ host: `machine ${proxies.length}` }).where("id", "=", id).execute()
  proxy.fallSilent(what)
  far.child.kill("SIGCONT")
  return { far, id }
}

/** What they began, as far as the database knows. */
const begun = (owners: string[]) =>
  opened.db
    .selectFrom("deliveries")
    .innerJoin("lanes", "lanes.account_id", "deliveries.account_id")
    .select(["deliveries.id", "deliveries.account_id", "deliveries.article_url", "deliveries.intent_at", "lanes.owner"])
    .where("deliveries.state", "=", "sending")
    .where("lanes.owner", "in", owners)
    .orderBy("deliveries.id")
    .execute()

const waiting = async () => Number((await opened.db.selectFrom("deliveries").select((e) => e.fn.countAll().as("n")).where("state", "=", "waiting").executeTakeFirstOrThrow()).n)

test.skipIf(!own)("silence before the intent, behind its commit, before the call, behind it, around a token and a feed: waited out, read back, nothing twice or lost", async () => {
  expect((await w.settle()).json.deliveries).toMatchObject({ waiting: 0 })
  const reader = serve(w, {}, ["--jobs", "poll"])
  running.push(reader)
  const cuts = [["outbox.before_intent", "both"], ["outbox.before_intent", "answers"], ["call.before_publish", "both"], ["call.after_publish", "both"], ["zalo.before_refresh", "both"]] as const
  const oa = w.units[4]!.accounts.find(({ network }) => network === "zalo")!.id
  const far: Awaited<ReturnType<typeof cutOff>>[] = []
  for (const [n, [place, what]] of cuts.entries()) {
    if (place === "zalo.before_refresh") w.province.script({ on: "zalo.create", account: oa, what: "error", code: -216, message: "Access token is invalid" })
    // One unit's two accounts for each of them, the first one's left over for the second.
    w.province.publishArticle(w.units[n]!.id)
    expect(await until(async () => (await waiting()) >= 2, 20_000)).toBe(true)
    far.push(await cutOff("publish", place, what))
  }
  const owners = far.map(({ id }) => id)
  // The server ends by itself what the first one left open; the others' intents stand.
  expect(await until(async () => new Set((await begun(owners)).map(({ owner }) => owner)).size === 4, 10_000)).toBe(true)
  const held = await begun(owners)
  expect(held.filter(({ owner }) => owner === owners[0])).toEqual([])

  // The next one has every feed in its hands.
  expect(await stopAll(running.splice(running.indexOf(reader), 1))).toEqual([0])
  w.province.publishArticle(w.units[5]!.id)
  far.push(await cutOff("poll", "intake.before_keep_commit", "both"))
  owners.push(far[5]!.id)
  const feedsHeld = async () => (await opened.db.selectFrom("feed_state").select("id").where("owner", "=", far[5]!.id).execute()).length
  expect(await feedsHeld()).toBe(6)

  const near = serve(w)
  running.push(near)
  expect(await working([near])).toBe(true)
  // Two rounds of looking after the dead later it has still touched nothing of theirs.
  await Bun.sleep(35 * SECOND)
  expect(await begun(owners)).toEqual(held)
  expect(await feedsHeld()).toBe(6)

  expect(await until(async () => !(await begun(owners)).length, LEASE_MS)).toBe(true)
  const settled = await opened.db.selectFrom("deliveries").select(["id", "updated_at", "intent_at"]).where("id", "in", held.map(({ id }) => id)).execute()
  for (const row of settled) expect(Number(row.updated_at)).toBeGreaterThan(Number(held.find(({ id }) => id === row.id)!.intent_at) + LEASE_MS)
  news(w)
  // Zalo gave the new pair to the one that cannot tell: the old one is used up, and this account waits for a person.
  const token = async () => (await opened.db.selectFrom("account_tokens").select("state").where("account_id", "=", oa).executeTakeFirst())?.state
  expect(await until(async () => missing(w).every((one) => one.startsWith(`${oa} `)) && (await token()) === "needs_reauth", 90_000)).toBe(true)

  for (const proxy of proxies) proxy.heal()
  news(w, 2)
  expect(await until(() => !missing(w).length, 60_000)).toBe(true)
  expect(await token()).toBe("ok")
  // All six are heard again and share the work.
  const heard = () => opened.db.selectFrom("workers").select("id").where("id", "in", owners).where("heartbeat_at", ">", Date.now() - 15 * SECOND).execute()
  expect(await until(async () => (await heard()).length === 6, 60_000)).toBe(true)
  expect(await stopAll(running)).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(await ledger(w)).toEqual(balanced)
  const alerts = await opened.db.selectFrom("alerts").select(["kind", "account_id"]).where("kind", "in", ["delivery.twin", "account.reconnect"]).execute()
  expect(alerts).toEqual([{ kind: "account.reconnect", account_id: oa }])
}, 400_000)
