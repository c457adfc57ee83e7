/** From SQLite into PostgreSQL and back: nothing lost, compared row by row. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { createApp, type Rooms } from "../../src/app.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { sql } from "../../src/db/index.ts"
import { backupTo, restoreFrom } from "../../src/jobs/backup.ts"
import { allJobs, runDueJobs } from "../../src/jobs/index.ts"
import { freshDatabase } from "../support/db.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
beforeAll(async () => {
  w = await watchWorld({ units: 2, env: { DATABASE_URL: "" } })
  await w.publish()
  await runDueJobs(w.rooms, allJobs(), noSignal)
  await w.rooms.db.insertInto("settings").values({ name: "thử nghiệm", value: 'Tiếng Việt "có dấu" \\ 😀\n\t', updated_at: Number.MAX_SAFE_INTEGER }).execute()
}, 60_000)
afterAll(() => w.close())

const quiet = () => undefined
const left = new Set(["schema_version", "workers", "leases"])

/** Every row of every table as text, in an order that no engine decides. */
async function everything(rooms: Rooms): Promise<Record<string, string[]>> {
  const names =
    rooms.engine === "sqlite"
      ? await sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`.execute(rooms.db)
      : await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`.execute(rooms.db)
  const all: Record<string, string[]> = {}
  for (const { name } of names.rows) {
    if (left.has(name)) continue
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(rooms.db)
    all[name] = rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
  }
  return all
}

async function elsewhere(databaseUrl: string | null, name: string) {
  const app = createApp(readConfig({ LOA_MODE: "live", LOA_DATA: join(w.home, name), LOA_REGISTRY: join(w.home, "accounts"), ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) }, w.home), { clock: w.clock, log: silentLog })
  return { app, rooms: await app.open({ apply: "never" }) }
}

test("every row arrives in PostgreSQL and comes back", async () => {
  const before = await everything(w.rooms)
  const filled = Object.entries(before).filter(([, rows]) => rows.length).map(([table]) => table)
  expect(filled).toEqual(expect.arrayContaining(["account_profiles", "account_tokens", "articles", "audit_log", "deliveries", "delivery_posts", "feed_state", "lanes", "registry_versions", "schedules"]))
  const database = await freshDatabase()
  const there = await elsewhere(database.url, "there")
  const back = await elsewhere(null, "back")
  try {
    await backupTo(w.rooms, join(w.home, "one.loa"), quiet)
    const restored = await restoreFrom(there.rooms, join(w.home, "one.loa"), "test", quiet)
    expect(restored).toMatchObject({ toLookAt: 0 })
    const inPostgres = await everything(there.rooms)
    // The restore itself is on record.
    expect(inPostgres.audit_log).toHaveLength(before.audit_log!.length + 1)
    expect(inPostgres.audit_log!.filter((row) => !before.audit_log!.includes(row))).toHaveLength(1)
    expect({ ...inPostgres, audit_log: before.audit_log } as unknown).toEqual(before)
    expect(await there.rooms.audit.verify(there.rooms.db)).toBeNull()

    await backupTo(there.rooms, join(w.home, "two.loa"), quiet)
    await restoreFrom(back.rooms, join(w.home, "two.loa"), "test", quiet)
    const returned = await everything(back.rooms)
    expect({ ...returned, audit_log: before.audit_log } as unknown).toEqual(before)
    expect(returned.audit_log).toHaveLength(before.audit_log!.length + 2)
    expect(await back.rooms.audit.verify(back.rooms.db)).toBeNull()
  } finally {
    await there.app.close()
    await back.app.close()
    await database.drop()
  }
}, 60_000)

test("a copy is one moment although others write on, and keeps no writer waiting", async () => {
  const file = join(w.home, "moment.loa")
  let written = 0
  const copying = backupTo(w.rooms, file, () => {
    // Each table's turn comes while somebody writes.
    written += 1
    void w.rooms.db.insertInto("settings").values({ name: `während ${written}`, value: "", updated_at: 1 }).execute()
  })
  await copying
  const database = await freshDatabase()
  const there = await elsewhere(database.url, "moment")
  try {
    await restoreFrom(there.rooms, file, "test", quiet)
    const rows = await there.rooms.db.selectFrom("settings").select("name").where("name", "like", "während%").execute()
    expect(written).toBeGreaterThan(20)
    expect(rows).toEqual([])
    expect(await w.rooms.db.selectFrom("settings").select("name").where("name", "like", "während%").execute()).toHaveLength(written)
  } finally {
    await there.app.close()
    await database.drop()
    rmSync(file)
  }
}, 60_000)
