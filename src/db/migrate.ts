/**
 * Schema changes, forward only: `migrations/NNNN-name.sql`, each in one transaction, remembered in `schema_version`.
 * One text serves both engines: no vendor syntax; times and counters that may pass 2^31 are written BIGINT and become
 * DOUBLE PRECISION on PostgreSQL (whole numbers up to 2^53 stay exact and arrive as JavaScript numbers, not as text).
 */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { sql, type Kysely } from "kysely"

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

export async function migrate(db: Kysely<any>, engine: "sqlite" | "postgres"): Promise<string[]> {
  const applied: string[] = []
  await sql`create table if not exists schema_version (name text primary key, applied_at text not null)`.execute(db)
  const have = async (on: Kysely<any>) => new Set((await sql<{ name: string }>`select name from schema_version`.execute(on)).rows.map((row) => row.name))
  const present = await have(db)
  if (listMigrations().every((migration) => present.has(migration.name))) return applied
  await db.transaction().execute(async (tx) => {
    // Two processes may start at once: the second one waits here and finds the work done.
    if (engine === "postgres") await sql`lock table schema_version in access exclusive mode`.execute(tx)
    const done = await have(tx)
    for (const { name, text } of listMigrations()) {
      if (done.has(name)) continue
      for (const statement of statements(text)) {
        await sql.raw(engine === "postgres" ? statement.replace(/\bBIGINT\b/g, "DOUBLE PRECISION") : statement).execute(tx)
      }
      await sql`insert into schema_version (name, applied_at) values (${name}, ${new Date().toISOString()})`.execute(tx)
      applied.push(name)
    }
  })
  return applied
}
