/** Before the schema of a database that is in use changes, a copy of it is put aside: the way back when a new version disappoints. */
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { sql, type Kysely } from "kysely"
import { messageOf, UsageError } from "../base/errors.ts"
import { isUpToDate, listMigrations } from "./migrate.ts"

const COPIES_KEPT = 3

/** `LOA_DATA/safety/<time>-before-<migration>.sqlite`; null when nothing is going to change or nothing was there yet. */
export async function copyBeforeMigration(db: Kysely<any>, dataDir: string): Promise<string | null> {
  const inUse = await sql`select 1 from sqlite_master where name = 'schema_version'`.execute(db)
  if (!inUse.rows.length || (await isUpToDate(db, "sqlite"))) return null
  const done = new Set((await sql<{ name: string }>`select name from schema_version`.execute(db)).rows.map((row) => row.name))
  const first = listMigrations().find(({ name }) => !done.has(name))!.name.replace(/\.sql$/, "")
  const folder = join(dataDir, "safety")
  const file = join(folder, `${new Date().toISOString().replace(/[:.]/g, "-")}-before-${first}.sqlite`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    await sql`vacuum into ${`${file}.part`}`.execute(db)
    renameSync(`${file}.part`, file)
  } catch (error) {
    rmSync(`${file}.part`, { force: true })
    throw new UsageError(
      "no_safety_copy",
      `${file}: ${messageOf(error)}; the schema is not changed without a copy (about the size of the database is needed)`,
    )
  }
  const copies = readdirSync(folder).filter((name) => /-before-.*\.sqlite$/.test(name)).sort()
  for (const old of copies.slice(0, -COPIES_KEPT)) rmSync(join(folder, old), { force: true })
  return file
}
