/** The only file that knows which SQLite is below. Kysely's SqliteDialect wants `{ prepare, close }`. */
import type { SqliteDatabase } from "kysely"

/** bun:sqlite by default; `LOA_SQLITE_DRIVER=better` takes better-sqlite3, `node` takes node:sqlite (README, decisions). */
const wanted = process.env.LOA_SQLITE_DRIVER ?? ("Bun" in globalThis ? "bun" : "node")

// biome-ignore lint: three drivers with three type universes meet here and nowhere else
type Raw = any

async function load(): Promise<Raw> {
  if (wanted === "bun") return await import("bun:" + "sqlite")
  if (wanted === "better") return (await import("better-" + "sqlite3")).default
  return await import("node:" + "sqlite")
}
const driver: Raw = await load()

/** What a day of a province asks again and again. */
const STATEMENTS_MAX = 400

/**
 * Opens the file in WAL mode with `synchronous=FULL`: an intent that was committed survives power loss, which is what
 * "at most one post" rests on. `begin` becomes `begin immediate`, or two processes that read then write would fail.
 */
export function openSqlite(file: string): SqliteDatabase & { exec(sql: string): void } {
  const raw: Raw =
    wanted === "bun"
      ? new driver.Database(file, { create: true, readwrite: true, strict: true })
      : wanted === "better"
        ? new driver(file)
        : new driver.DatabaseSync(file)
  for (const pragma of [
    "busy_timeout=10000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-8000",
    "wal_autocheckpoint=8000",
    "temp_store=MEMORY",
  ])
    raw.exec(`PRAGMA ${pragma}`)
  const version = String(Object.values(raw.prepare("select sqlite_version() as v").get() as object)[0])
  if (version.localeCompare("3.51.3", undefined, { numeric: true }) < 0) {
    throw new Error(`SQLite ${version} can corrupt a WAL database; 3.51.3 or newer is needed`)
  }
  const cache = new Map<string, Raw>()
  return {
    close: () => raw.close(),
    exec: (sql) => raw.exec(sql),
    prepare(text) {
      const sql = text === "begin" ? "begin immediate" : text
      const cached = cache.get(sql)
      if (cached) return cached
      const statement = raw.prepare(sql)
      const reader = wanted === "better" ? statement.reader : (wanted === "bun" ? statement.columnNames.length : statement.columns().length) > 0
      const bind = wanted !== "bun" && /\$\d/.test(sql) ? named : (p: readonly unknown[]) => p
      const wrapped =
        sql === "rollback"
          ? { reader, all: () => [], run: () => rollback(statement), iterate: () => [] }
          : {
              reader,
              all: (p: unknown[]) => statement.all(...bind(p)),
              run: (p: unknown[]) => statement.run(...bind(p)),
              iterate: (p: unknown[]) => statement.iterate(...bind(p)),
            }
      cache.set(sql, wrapped)
      // Twelve kilobytes each, and lists of every length make new ones every day: the oldest goes, and is prepared again should it be asked.
      if (cache.size > STATEMENTS_MAX) cache.delete(cache.keys().next().value!)
      return wrapped
    },
  }
}

/** A full disk makes SQLite end the transaction itself; its own error must not be hidden by "no transaction is active". */
function rollback(statement: Raw) {
  try {
    return statement.run()
  } catch (error) {
    if (!/no transaction is active/.test(String(error))) throw error
    return { changes: 0, lastInsertRowid: 0 }
  }
}

/** `$1, $2 …` are names to SQLite; Bun binds them by position all the same, the other drivers want them called by name. */
const named = (parameters: readonly unknown[]) => [
  Object.fromEntries(parameters.map((value, i) => [wanted === "better" ? String(i + 1) : `$${i + 1}`, value])),
]
