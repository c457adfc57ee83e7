import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Kysely, SqliteAdapter, SqliteDialect, sql, type Transaction } from "kysely"
import { migrate } from "./migrate.ts"
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
    await migrate(db, "postgres")
    return { db, engine: "postgres", close: () => db.destroy() }
  }
  if (options.dataDir !== ":memory:") mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const { openSqlite } = await import("./sqlite-port.ts")
  const database = openSqlite(options.dataDir === ":memory:" ? ":memory:" : join(options.dataDir, "loa.sqlite"))
  const db = new Kysely<Schema>({ dialect: new Sqlite({ database }) })
  await migrate(db, "sqlite")
  return { db, engine: "sqlite", close: () => db.destroy() }
}

/** Runs `work` in one transaction; everything or nothing. */
export const inTransaction = <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> => (db.isTransaction ? work(db as Tx) : db.transaction().execute(work))

/** Aggregates come as text from PostgreSQL: wrap them. */
export const asNumber = (value: unknown): number => Number(value ?? 0)

export { sql }
