/** A full disk: what cannot be committed is not claimed to be done, and when there is room again nothing is lost or doubled. */
import { spawnSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "bun:test"
import { openDb, sql, type OpenedDb } from "../../src/db/index.ts"
import { engine } from "../support/db.ts"
import { anAccount, anArticle } from "../support/factories.ts"
import { testOutbox } from "../support/outbox.ts"
import { ownServers, PostgresServer } from "../support/postgres.ts"

const home = mkdtempSync(join(tmpdir(), "loa-disk-"))
// PostgreSQL runs as somebody else when we are root.
chmodSync(home, 0o755)
const accounts = Array.from({ length: 8 }, (_, n) => anAccount(`a${n}`))
const articles = Array.from({ length: 60 }, (_, n) => anArticle(n + 1))

/** Publishes until the disk is full, makes room, publishes the rest; answers how often a turn failed. */
async function throughFullDisk(opened: OpenedDb, makeRoom: () => Promise<void>, fill: () => Promise<void>) {
  const t = await testOutbox(accounts, { opened })
  await t.enqueue(articles)
  await fill()
  const publisher = t.publisherOf(t.outbox)
  let failures = 0
  for (let round = 0; round < 60; round++) {
    try {
      await publisher.untilQuiet(new AbortController().signal)
      break
    } catch {
      failures += 1
      if (failures === 3) await makeRoom()
      await Bun.sleep(failures > 3 ? 200 : 5)
    }
  }
  await t.settleAll()
  const posts = t.network.posts.map((post) => `${post.account} ${post.url}`)
  return { failures, posts: posts.length, different: new Set(posts).size, counts: await t.outbox.counts(), chain: await t.audit.verify(opened.db) }
}
const whole = { posts: 480, different: 480, chain: null }

test.skipIf(engine !== "sqlite")("SQLite", async () => {
  const opened = await openDb({ databaseUrl: null, dataDir: join(home, "sqlite") })
  const pages = async () => Number((await sql<{ page_count: number }>`pragma page_count`.execute(opened.db)).rows[0]!.page_count)
  const limit = (to: number) => sql.raw(`pragma max_page_count = ${to}`).execute(opened.db)
  const result = await throughFullDisk(opened, async () => void (await limit(1_000_000)), async () => void (await limit((await pages()) + 8)))
  expect(result.failures).toBeGreaterThanOrEqual(3)
  expect(result).toMatchObject(whole)
  expect(result.counts.published).toBe(480)
  await opened.close()
}, 60_000)

// A disk of our own needs the right to mount one: root outside of a container.
const disk = join(home, "tmpfs")
const mounted = engine === "postgres" && spawnSync("sh", ["-c", `mkdir -p ${disk} && mount -t tmpfs -o size=160m,mode=755 tmpfs ${disk}`]).status === 0
afterAll(() => {
  if (mounted) spawnSync("umount", ["-l", disk])
  rmSync(home, { recursive: true, force: true })
})

test.skipIf(engine !== "postgres" || !mounted || !(await ownServers()))("PostgreSQL, which stops when it cannot write its log and is started again", async () => {
  const server = await PostgresServer.start({ durable: true, parent: disk, settings: { max_wal_size: "32MB", min_wal_size: "32MB", wal_recycle: "off" } })
  await server.run("create database loa")
  const opened = await openDb({ databaseUrl: server.url("loa"), dataDir: ":memory:" })
  const filler = join(disk, "filler")
  const result = await throughFullDisk(
    opened,
    async () => {
      rmSync(filler)
      await server.stop("SIGKILL")
      await server.boot()
    },
    async () => {
      const left = Number(spawnSync("sh", ["-c", `df --output=avail -B1 ${disk} | tail -1`], { encoding: "utf8" }).stdout)
      writeFileSync(filler, Buffer.alloc(Math.max(0, left - 64 * 1024)))
    },
  )
  expect(result.failures).toBeGreaterThanOrEqual(3)
  expect(result).toMatchObject(whole)
  expect(result.counts.published).toBe(480)
  await opened.close()
  await server.dispose()
}, 120_000)
