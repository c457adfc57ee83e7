/**
 * Schema changes, forward only: `migrations/NNNN-name.sql`, each in one transaction, remembered in `schema_version`.
 * One text serves both engines: no vendor syntax; times and counters that may pass 2^31 are written BIGINT and become
 * DOUBLE PRECISION on PostgreSQL (whole numbers up to 2^53 stay exact and arrive as JavaScript numbers, not as text).
 */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { sql, type Kysely } from "kysely"
import { UsageError } from "../base/errors.ts"
import { inLine } from "./lines.ts"

const folder = fileURLToPath(new URL("./migrations", import.meta.url))

export function listMigrations(): { name: string; text: string }[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${folder}/${name}`, "utf8") }))
}

/** Statements end with `;` at the end of a line; comments start a line with `--`. */
const statements = (text: string) =>
  text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("--"))
    .join("\n")
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter(Boolean)

type Engine = "sqlite" | "postgres"

async function applied(db: Kysely<any>, engine: Engine): Promise<Set<string>> {
  const table =
    engine === "postgres"
      ? sql<{ n: number }>`select 1 as n where to_regclass('schema_version') is not null`
      : sql<{ n: number }>`select 1 as n from sqlite_master where name = 'schema_version'`
  if (!(await table.execute(db)).rows.length) return new Set()
  return new Set((await sql<{ name: string }>`select name from schema_version`.execute(db)).rows.map((row) => row.name))
}

export async function isUpToDate(db: Kysely<any>, engine: Engine): Promise<boolean> {
  const present = await applied(db, engine)
  return listMigrations().every((migration) => present.has(migration.name))
}

/** A database that a newer program changed is not touched by an older one: it would not know what it must keep. */
export async function refuseNewer(db: Kysely<any>, engine: Engine): Promise<void> {
  const mine = new Set(listMigrations().map(({ name }) => name))
  const foreign = [...(await applied(db, engine))].filter((name) => !mine.has(name)).sort()
  if (foreign.length)
    throw new UsageError("schema_newer", `${foreign.join(", ")}: install the newer Loa again, or put back a copy (LOA_DATA/safety, loa restore)`, {
      foreign,
    })
}

/** A PostgreSQL database made with another encoding refuses the first Vietnamese title, or keeps it as bytes. It cannot be changed later. */
export async function refuseEncoding(db: Kysely<any>): Promise<void> {
  const [row] = (await sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`.execute(db)).rows
  if (row?.encoding !== "UTF8")
    throw new UsageError(
      "database_encoding",
      `the database keeps text as ${row?.encoding}; make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
      { encoding: row?.encoding ?? null },
    )
}

export async function migrate(db: Kysely<any>, engine: Engine): Promise<string[]> {
  if (await isUpToDate(db, engine)) return []
  return db.transaction().execute(async (tx) => {
    // Two processes may start at once: the second one waits here and finds the work done.
    await inLine(tx, "migrate")
    await sql`create table if not exists schema_version (name text primary key, applied_at text not null)`.execute(tx)
    const done = await applied(tx, engine)
    const pending = listMigrations().filter(({ name }) => !done.has(name))
    for (const { name, text } of pending) {
      for (const statement of statements(text)) {
        await sql.raw(engine === "postgres" ? statement.replace(/\bBIGINT\b/g, "DOUBLE PRECISION") : statement).execute(tx)
      }
      await sql`insert into schema_version (name, applied_at) values (${name}, ${new Date().toISOString()})`.execute(tx)
    }
    return pending.map(({ name }) => name)
  })
}
