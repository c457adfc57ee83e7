import { closeSync, mkdirSync, openSync } from "node:fs"
import { join } from "node:path"
import { Kysely, SqliteAdapter, SqliteDialect, sql, type Transaction } from "kysely"
import { isUpToDate, migrate } from "./migrate.ts"
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

/** Opens PostgreSQL when `databaseUrl` is given, else `LOA_DATA/loa.sqlite` (or ":memory:"), and brings the schema up to date. */
export async function openDb(options: { databaseUrl: string | null; dataDir: string | ":memory:" }): Promise<OpenedDb> {
  if (options.databaseUrl) {
    const { postgresDialect } = await import("./postgres-port.ts")
    const db = new Kysely<Schema>({ dialect: await postgresDialect(options.databaseUrl) })
    if (!(await isUpToDate(db, "postgres"))) {
      // An index over a year of articles takes longer than any statement of daily work may.
      const patient = new Kysely<Schema>({ dialect: await postgresDialect(options.databaseUrl, { connections: 1, statementMs: MIGRATION_MS }) })
      await migrate(patient, "postgres").finally(() => patient.destroy())
    }
    return { db, engine: "postgres", close: () => db.destroy() }
  }
  if (options.dataDir !== ":memory:") mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const { openSqlite } = await import("./sqlite-port.ts")
  // The file is made here with a mode of its own; the WAL beside it takes the same.
  if (options.dataDir !== ":memory:") closeSync(openSync(join(options.dataDir, "loa.sqlite"), "a", 0o600))
  const database = openSqlite(options.dataDir === ":memory:" ? ":memory:" : join(options.dataDir, "loa.sqlite"))
  const db = new Kysely<Schema>({ dialect: new Sqlite({ database }) })
  await migrate(db, "sqlite")
  return { db, engine: "sqlite", close: () => db.destroy() }
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
const clashes = new Set(["40P01", "40001"])

/** Aggregates come as text from PostgreSQL: wrap them. */
export const asNumber = (value: unknown): number => Number(value ?? 0)

export { sql }
