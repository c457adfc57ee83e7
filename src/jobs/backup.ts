/**
 * Backup and restore as JSON lines (gzip), one line a row, the same for both engines: a backup of SQLite restores into PostgreSQL and
 * back. Tokens stay sealed; the key is not part of a backup.
 */
import { createReadStream, createWriteStream } from "node:fs"
import { createInterface } from "node:readline"
import { pipeline } from "node:stream/promises"
import { Readable } from "node:stream"
import { createGunzip, createGzip } from "node:zlib"
import type { Rooms } from "../app.ts"
import { UsageError } from "../base/errors.ts"
import { inTransaction, listMigrations, sql, type Tx } from "../db/index.ts"

const ROWS_PER_READ = 1_000
/** Rows of a running process, worthless in another life. */
const leftOut = new Set(["schema_version", "workers"])

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
  await inTransaction(rooms.db, async (tx) => {
    if (rooms.engine === "postgres") await sql`set transaction isolation level repeatable read`.execute(tx)
    async function* lines() {
      yield `${JSON.stringify({ loa: 1, migrations: listMigrations().map((m) => m.name), at: rooms.clock.now() })}\n`
      for (const table of await tablesOf(rooms, tx)) {
        tables += 1
        progress(table)
        const key = rooms.engine === "sqlite" ? sql`rowid` : sql`ctid`
        for (let offset = 0; ; offset += ROWS_PER_READ) {
          const part = (await sql<Record<string, unknown>>`select * from ${sql.table(table)} order by ${key} limit ${ROWS_PER_READ} offset ${offset}`.execute(tx)).rows
          for (const row of part) yield `${JSON.stringify({ t: table, r: row })}\n`
          rows += part.length
          if (part.length < ROWS_PER_READ) break
        }
      }
    }
    await pipeline(Readable.from(lines()), createGzip(), createWriteStream(file, { mode: 0o600, flags: "wx" }))
  })
  return { tables, rows }
}

export async function restoreFrom(rooms: Rooms, file: string, actor: string, progress: (line: string) => void): Promise<{ tables: number; rows: number; toLookAt: number }> {
  const reader = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY })
  const seen = new Set<string>()
  let rows = 0
  let toLookAt = 0
  await inTransaction(rooms.db, async (tx) => {
    const known = new Set(await tablesOf(rooms, tx))
    for (const table of ["deliveries", "articles", "registry_versions", "audit_log"]) {
      const [row] = (await sql<{ x: number }>`select 1 as x from ${sql.table(table)} limit 1`.execute(tx)).rows
      if (row) throw new UsageError("not_empty", `bảng ${table} đã có dữ liệu; chỉ khôi phục vào cơ sở dữ liệu trống`)
    }
    for (const table of known) await sql`delete from ${sql.table(table)}`.execute(tx)
    let first = true
    for await (const line of reader) {
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
      const columns = Object.keys(row)
      await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values (${sql.join(columns.map((column) => sql`${row[column]}`))})`.execute(tx)
      rows += 1
    }
    toLookAt = await lookBeforePosting(rooms, tx)
    await rooms.audit.write(tx, [{ actor, action: "backup.restored", subject: "database", detail: { rows, toLookAt } }])
  })
  return { tables: seen.size, rows, toLookAt }
}

/** What was queued when the copy was made may have been posted since: it passes the read-back first, or it would be posted twice. */
async function lookBeforePosting(rooms: Rooms, tx: Tx): Promise<number> {
  const now = rooms.clock.now()
  await tx.updateTable("lanes").set({ owner: null, lease_until: 0 }).execute()
  const result = await tx
    .updateTable("deliveries")
    // The last look of the row is due and counts: nobody has been asking since the copy was made.
    .set((e) => ({ state: "unknown" as const, intent_at: e.ref("created_at"), looks: 1, unknowns: 0, due_at: now, handle: null, code: "restored", reason: "Khôi phục từ bản sao lưu: đối chiếu với trang trước khi đăng." }))
    .where("state", "in", ["waiting", "sending", "unknown"])
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}
