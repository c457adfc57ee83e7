/**
 * A full disk and a database that takes no writes, as the engine itself says it: nothing is posted without an intent, and work goes on by
 * itself. A PostgreSQL whose disk is full is in disk.test.ts.
 */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createApp, type Rooms } from "../../src/app.ts"
import { readConfig } from "../../src/base/config.ts"
import { createLog } from "../../src/base/log.ts"
import { openDb, sql } from "../../src/db/index.ts"
import { care, careOf, storageTrouble } from "../../src/jobs/care.ts"
import { serveLoops } from "../../src/jobs/index.ts"
import { createWeb } from "../../src/web/index.ts"
import { engine, intoDatabase } from "../support/db.ts"
import { standing, world, type World } from "../support/world.ts"

let w: World
beforeAll(async () => {
  w = await world({ units: 2, articlesPerPortal: 3 })
})
afterAll(() => w?.close())

const onSqlite = test.skipIf(engine !== "sqlite")
const told = (text: string) => async (rooms: Rooms) => void (await sql.raw(text).execute(rooms.db))

/** Full means full: the free pages inside the file are used up, too. */
async function fill(rooms: Rooms) {
  await sql`create table if not exists ballast (x)`.execute(rooms.db)
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(rooms.db)
  await told(`pragma max_page_count = ${Number(rows[0]!.page_count)}`)(rooms)
  for (let bytes = 40_000; bytes > 100; ) await sql`insert into ballast values (zeroblob(${bytes}))`.execute(rooms.db).catch(() => void (bytes = Math.floor(bytes / 2)))
}
async function roomAgain(rooms: Rooms) {
  await told("pragma max_page_count = 1073741823")(rooms)
  await told("drop table ballast")(rooms)
}
/** A setting of the database counts for connections that begin after it. */
const readOnly = (how: string) => () => {
  const name = new URL(w.env.DATABASE_URL!).pathname.slice(1)
  return intoDatabase(w.env, "set default_transaction_read_only = off", `alter database ${name} ${how}`, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
}

interface Trouble {
  name: string
  runs: typeof test
  sentence: RegExp
  begin: (rooms: Rooms) => Promise<void>
  end: (rooms: Rooms) => Promise<void>
}
const troubles: Trouble[] = [
  { name: "full disk (SQLite)", runs: onSqlite, sentence: /Đĩa đầy/, begin: fill, end: roomAgain },
  engine === "sqlite"
    ? { name: "read-only database", runs: test, sentence: /chỉ đọc được/, begin: told("pragma query_only = 1"), end: told("pragma query_only = 0") }
    : { name: "read-only database", runs: test, sentence: /chỉ đọc được/, begin: readOnly("set default_transaction_read_only = on"), end: readOnly("reset default_transaction_read_only") },
]

for (const trouble of troubles) {
  trouble.runs(`a ${trouble.name}: nothing goes out, one clear line, and everything goes out once it can be written`, async () => {
    const lines: string[] = []
    const app = createApp({ ...readConfig(w.env, w.home) }, { log: createLog("warn", { write: (line) => lines.push(line), json: true }) })
    const rooms = await app.open({ apply: "strict", work: true })
    const web = createWeb(rooms)
    const stop = new AbortController()
    const before = w.province.posts().length
    for (const unit of w.units) for (let i = 0; i < 2; i++) w.province.publishArticle(unit.id)
    await trouble.begin(rooms)
    const serving = serveLoops(rooms, new Set(["poll", "publish"]), stop.signal, [])
    for (let i = 0; i < 500 && careOf(rooms).storage === null; i++) await Bun.sleep(20)
    await Bun.sleep(1_500)
    expect(careOf(rooms).storage).toMatch(trouble.sentence)
    expect(w.province.posts().length).toBe(before)
    const ready = await web.request("/readyz")
    expect(ready.status).toBe(503)
    expect(JSON.stringify(await ready.json())).toMatch(trouble.sentence)
    expect((await web.request("/healthz")).status).toBe(200)
    expect(lines.filter((line) => line.includes("cannot be written"))).toHaveLength(1)

    await trouble.end(rooms)
    await care(rooms)
    expect(careOf(rooms).storage).toBeNull()
    const expected = () => w.units.every((unit) => unit.accounts.every((account) => standing(w.province, account.id).length === w.province.articles(unit.id).length))
    for (let i = 0; i < 300 && !expected(); i++) await Bun.sleep(50)
    stop.abort()
    await serving
    expect(expected()).toBe(true)
    expect(w.province.duplicates()).toEqual([])
    expect(await rooms.alerts.list({ kind: "storage.broken", state: "open" })).toHaveLength(1)
    const [alert] = await rooms.alerts.list({ kind: "storage.broken", state: "open" })
    await rooms.alerts.close(alert!.id, "test", "seen")
    await app.close()
  }, 60_000)
}

test("errors of other kinds are no storage trouble", () => {
  expect(storageTrouble(new Error("UNIQUE constraint failed"))).toBeNull()
  expect(storageTrouble(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }))).toMatch(/Đĩa đầy/)
  expect(storageTrouble(Object.assign(new Error("cannot execute INSERT in a read-only transaction"), { errno: "25006" }))).toMatch(/chỉ đọc/)
})

onSqlite("before the schema of a used SQLite database changes a copy is put aside; a newer one is left alone", async () => {
  const dataDir = join(w.home, "upgrade")
  mkdirSync(dataDir)
  const first = await openDb({ databaseUrl: null, dataDir })
  expect(existsSync(join(dataDir, "safety"))).toBe(false)
  const [last] = (await sql<{ name: string }>`select name from schema_version where name = '0050-operations.sql'`.execute(first.db)).rows
  for (let round = 0; round < 5; round++) {
    // As a database of the version before: the newest table is not there yet.
    await sql`drop table holds`.execute(first.db)
    await sql`delete from schema_version where name = ${last!.name}`.execute(first.db)
    await sql`insert into settings (name, value, updated_at) values (${`round ${round}`}, 'x', 1)`.execute(first.db)
    const again = await openDb({ databaseUrl: null, dataDir })
    await again.close()
  }
  await first.close()
  const copies = readdirSync(join(dataDir, "safety")).sort()
  expect(copies).toHaveLength(3)
  const copy = join(w.home, "copy")
  mkdirSync(copy)
  writeFileSync(join(copy, "loa.sqlite"), await Bun.file(join(dataDir, "safety", copies[2]!)).bytes())
  const old = await openDb({ databaseUrl: null, dataDir: copy })
  expect((await old.db.selectFrom("settings").select("name").where("name", "like", "round %").execute()).length).toBe(5)
  await sql`insert into schema_version (name, applied_at) values ('9999-from-the-future.sql', 'x')`.execute(old.db)
  await old.close()
  expect(openDb({ databaseUrl: null, dataDir: copy })).rejects.toThrow("9999-from-the-future.sql")
})
