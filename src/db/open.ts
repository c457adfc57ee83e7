import { closeSync, mkdirSync, openSync } from "node:fs"
import { join } from "node:path"
import { Kysely, SqliteAdapter, SqliteDialect, sql, type Transaction } from "kysely"
import { InvalidInputError, messageOf } from "../base/errors.ts"
import { isUpToDate, migrate, refuseEncoding, refuseNewer } from "./migrate.ts"
import { copyBeforeMigration } from "./safety-copy.ts"
import { isLost } from "./postgres-port.ts"
import type { Schema } from "./schema.ts"

export type Db = Kysely<Schema>
export type Tx = Transaction<Schema>

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true
  }
}
class Sqlite extends SqliteDialect {
  override createAdapter() {
    return new TransactionalSqliteAdapter()
  }
}

export interface OpenedDb {
  db: Db
  engine: "sqlite" | "postgres"
  close(): Promise<void>
}

/** Opens PostgreSQL when `databaseUrl` is given, else `LOA_DATA/loa.sqlite` (or ":memory:"), and brings the schema up to date.
 * `waitMs`: how long a PostgreSQL that does not answer yet is waited for. */
export async function openDb(options: { databaseUrl: string | null; dataDir: string | ":memory:"; waitMs?: number }): Promise<OpenedDb> {
  if (options.databaseUrl) {
    const { postgresDialect } = await import("./postgres-port.ts")
    const db = new Kysely<Schema>({ dialect: await postgresDialect(options.databaseUrl) })
    const upToDate = await whenReachable(() => isUpToDate(db, "postgres"), options.waitMs ?? 0)
    await refuseNewer(db, "postgres")
    if (!upToDate) {
      await refuseEncoding(db)
      // An index over a year of articles takes longer than any statement of daily work may.
      const patient = new Kysely<Schema>({ dialect: await postgresDialect(options.databaseUrl, { connections: 1, statementMs: MIGRATION_MS }) })
      await migrate(patient, "postgres").finally(() => patient.destroy())
    }
    return { db, engine: "postgres", close: () => db.destroy() }
  }
  if (options.dataDir !== ":memory:") makeFile(options.dataDir)
  const { openSqlite } = await import("./sqlite-port.ts")
  const database = openSqlite(options.dataDir === ":memory:" ? ":memory:" : join(options.dataDir, "loa.sqlite"))
  const db = new Kysely<Schema>({ dialect: new Sqlite({ database }) })
  await refuseNewer(db, "sqlite")
  if (options.dataDir !== ":memory:") await copyBeforeMigration(db, options.dataDir)
  await migrate(db, "sqlite")
  return { db, engine: "sqlite", close: () => db.destroy() }
}

/** The file is made here with a mode of its own; the WAL beside it takes the same. */
function makeFile(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    closeSync(openSync(join(dataDir, "loa.sqlite"), "a", 0o600))
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "EEXIST", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    throw new InvalidInputError("configuration", [
      { file: "environment", field: "LOA_DATA", found: `${dataDir} (${messageOf(error)})`, expected: "a folder this user may write in" },
    ])
  }
}

/** After a reboot, and in the middle of a restart, the server needs a moment. */
async function whenReachable<T>(work: () => Promise<T>, waitMs: number): Promise<T> {
  for (let waited = 0; ; waited += REACH_AGAIN_MS) {
    try {
      return await work()
    } catch (error) {
      if (waited >= waitMs || !isLost(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, REACH_AGAIN_MS))
    }
  }
}

/**
 * Runs `work` in one transaction; everything or nothing. Where PostgreSQL had to end it for the sake of another one (deadlock,
 * serialization), `work` runs again from its beginning: what it changes outside of the database must bear that.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db as Tx)
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (tries >= TRIES_MAX || !clashes.has(String((error as { errno?: unknown }).errno))) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** tries))
    }
  }
}

const MIGRATION_MS = 30 * 60_000
const TRIES_MAX = 6
const REACH_AGAIN_MS = 500
const clashes = new Set(["40P01", "40001"])

/** Aggregates come as text from PostgreSQL: wrap them. */
export const asNumber = (value: unknown): number => Number(value ?? 0)

export { sql }
