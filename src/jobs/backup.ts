/**
 * Backup and restore as JSON lines (gzip), one line a row, the same for both engines: a backup of SQLite restores into PostgreSQL and
 * back. Tokens stay sealed; the key is not part of a backup.
 */
import { createReadStream, createWriteStream } from "node:fs"
import { pipeline } from "node:stream/promises"
import { Readable } from "node:stream"
import { createGunzip, createGzip } from "node:zlib"
import type { Rooms } from "../app.ts"
import { UsageError } from "../base/errors.ts"
import { inLine, insertMany, inTransaction, listMigrations, openDb, sql, type Db, type Tx } from "../db/index.ts"

const ROWS_PER_READ = 1_000
const ROWS_PER_WRITE = 480
/** Rows of a running process, worthless in another life. */
const leftOut = new Set(["schema_version", "workers", "leases"])

async function tablesOf(rooms: Rooms, on: Tx | Rooms["db"]): Promise<string[]> {
  const tables =
    rooms.engine === "sqlite"
      ? await sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`.execute(on)
      : await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema() order by tablename`.execute(on)
  return tables.rows.map((row) => row.name).filter((name) => !leftOut.has(name))
}

export async function backupTo(rooms: Rooms, file: string, progress: (line: string) => void): Promise<{ tables: number; rows: number }> {
  let rows = 0
  let tables = 0
  // One transaction = one moment: other processes go on, their later writes are not part of the copy.
  await atOneMoment(rooms, async (tx) => {
    async function* lines() {
      yield `${JSON.stringify({ loa: 1, migrations: listMigrations().map((m) => m.name), at: rooms.clock.now() })}\n`
      for (const table of await tablesOf(rooms, tx)) {
        tables += 1
        progress(table)
        for await (const part of rowsOf(rooms.engine, tx, table)) {
          yield part.map((row) => `${JSON.stringify({ t: table, r: row })}\n`).join("")
          rows += part.length
        }
      }
    }
    await pipeline(Readable.from(lines()), createGzip(), createWriteStream(file, { mode: 0o600, flags: "wx" }))
  })
  return { tables, rows }
}

/** A reading transaction. SQLite's own transactions would lock every writer out for as long as the copy takes: a second connection only reads. */
async function atOneMoment(rooms: Rooms, work: (tx: Tx | Db) => Promise<void>): Promise<void> {
  if (rooms.engine === "postgres") {
    return inTransaction(rooms.db, async (tx) => {
      await sql`set transaction isolation level repeatable read, read only`.execute(tx)
      await work(tx)
    })
  }
  if (rooms.config.dataDir === ":memory:") return inTransaction(rooms.db, work)
  const reader = await openDb({ databaseUrl: null, dataDir: rooms.config.dataDir })
  try {
    await sql`begin deferred`.execute(reader.db)
    await work(reader.db)
    await sql`commit`.execute(reader.db)
  } finally {
    await reader.close()
  }
}

type Row = Record<string, unknown>

/** All rows of a table in parts, without reading any of them twice. */
async function* rowsOf(engine: Rooms["engine"], tx: Tx | Db, table: string): AsyncGenerator<Row[]> {
  if (engine === "postgres") {
    await sql`declare backup_rows no scroll cursor for select * from ${sql.table(table)}`.execute(tx)
    for (;;) {
      const { rows } = await sql<Row>`fetch ${sql.lit(ROWS_PER_READ)} from backup_rows`.execute(tx)
      if (rows.length) yield rows
      if (rows.length < ROWS_PER_READ) break
    }
    await sql`close backup_rows`.execute(tx)
    return
  }
  for (let last = Number.MIN_SAFE_INTEGER; ;) {
    const { rows } = await sql<
      Row & { _rowid: number }
    >`select rowid as _rowid, * from ${sql.table(table)} where rowid > ${last} order by rowid limit ${ROWS_PER_READ}`.execute(tx)
    if (rows.length) yield rows.map(({ _rowid, ...row }) => row)
    if (rows.length < ROWS_PER_READ) return
    last = rows.at(-1)!._rowid
  }
}

export async function restoreFrom(
  rooms: Rooms,
  file: string,
  actor: string,
  progress: (line: string) => void,
): Promise<{ tables: number; rows: number; toLookAt: number }> {
  const seen = new Set<string>()
  let rows = 0
  let toLookAt = 0
  await inTransaction(rooms.db, async (tx) => {
    await inLine(tx, "restore")
    const known = new Set(await tablesOf(rooms, tx))
    for (const table of ["deliveries", "articles", "registry_versions", "audit_log"]) {
      const [row] = (await sql<{ x: number }>`select 1 as x from ${sql.table(table)} limit 1`.execute(tx)).rows
      if (row) throw new UsageError("not_empty", `bảng ${table} đã có dữ liệu; chỉ khôi phục vào cơ sở dữ liệu trống`)
    }
    for (const table of known) await sql`delete from ${sql.table(table)}`.execute(tx)
    let waiting: { table: string; rows: Row[] } = { table: "", rows: [] }
    const store = async () => {
      const { table, rows: part } = waiting
      waiting = { table: "", rows: [] }
      const odd = Object.keys(part[0] ?? {}).find((column) => !/^[a-z][a-z0-9_]*$/.test(column))
      if (odd !== undefined) throw new UsageError("backup_unknown", `cột lạ: ${table}.${odd}`)
      if (part.length) await insertMany(tx, table as never, part as never)
    }
    let first = true
    for await (const line of linesOf(file)) {
      const entry = JSON.parse(line) as { loa?: number; migrations?: string[]; t?: string; r?: Record<string, unknown> }
      if (first) {
        first = false
        const mine = listMigrations().map((m) => m.name)
        const foreign = entry.loa === 1 ? (entry.migrations ?? []).filter((name) => !mine.includes(name)) : ["?"]
        if (foreign.length) throw new UsageError("backup_unknown", `bản sao lưu của phiên bản khác: ${foreign.join(", ")}`)
        continue
      }
      const { t: table, r: row } = entry
      if (!table || !row || !known.has(table)) throw new UsageError("backup_unknown", `bảng lạ: ${String(table)}`)
      if (!seen.has(table)) progress(table)
      seen.add(table)
      if (waiting.table !== table || waiting.rows.length >= ROWS_PER_WRITE) await store()
      waiting.table = table
      waiting.rows.push(row)
      rows += 1
    }
    await store()
    toLookAt = await lookBeforePosting(rooms, tx)
    await rooms.audit.write(tx, [{ actor, action: "backup.restored", subject: "database", detail: { rows, toLookAt } }])
  })
  return { tables: seen.size, rows, toLookAt }
}

/** Read as they are asked for: a line reader that starts by itself loses what comes while the database is being asked. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file)
  const unpacked = source.pipe(createGunzip())
  source.on("error", (error) => unpacked.destroy(error))
  unpacked.setEncoding("utf8")
  let rest = ""
  for await (const chunk of unpacked) {
    const lines = (rest + String(chunk)).split("\n")
    rest = lines.pop() ?? ""
    yield* lines
  }
  if (rest) yield rest
}

/** What was queued when the copy was made may have been posted since: it passes the read-back first, or it would be posted twice. */
async function lookBeforePosting(rooms: Rooms, tx: Tx): Promise<number> {
  const now = rooms.clock.now()
  // Leases of processes of another life.
  await tx.updateTable("lanes").set({ owner: null, lease_until: 0 }).execute()
  await tx.updateTable("feed_state").set({ owner: null, lease_until: 0 }).where("owner", "is not", null).execute()
  await tx.updateTable("schedules").set({ owner: null, lease_until: 0 }).where("owner", "is not", null).execute()
  await tx.updateTable("account_tokens").set({ lease_owner: null, lease_until: 0 }).where("lease_owner", "is not", null).execute()
  const result = await tx
    .updateTable("deliveries")
    // The last look of the row is due and counts: nobody has been asking since the copy was made.
    .set((e) => ({
      state: "unknown" as const,
      intent_at: e.ref("created_at"),
      looks: 1,
      unknowns: 0,
      due_at: now,
      handle: null,
      code: "restored",
      reason: "Khôi phục từ bản sao lưu: đối chiếu với trang trước khi đăng.",
    }))
    .where("state", "in", ["waiting", "sending", "unknown"])
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}
