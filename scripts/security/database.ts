/** What the database holds, as one hash; tables that only say who is here are left out. */
import { createHash } from "node:crypto"
import { sql } from "../../src/db/index.ts"
import type { Own } from "./target.ts"

const aside = new Set(["sessions", "known_devices", "login_failures", "workers", "leases", "schedules", "oidc_tries", "schema_version"])
/** A second factor that was offered and not confirmed says nothing; a key's last use neither. */
const asideColumns = new Set(["totp_pending", "last_used_at", "last_used_from", "heartbeat_at"])

export async function tableNames({ rooms }: Own): Promise<string[]> {
  const rows = await sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`.execute(rooms.db)
  return rows.rows.map((row) => row.name)
}

export async function databaseHash(own: Own): Promise<string> {
  const hash = createHash("sha256")
  for (const table of await tableNames(own)) {
    if (aside.has(table)) continue
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(own.rooms.db)
    const lines = rows.map((row) => JSON.stringify(Object.entries(row).filter(([name]) => !asideColumns.has(name)))).sort()
    hash.update(table).update(lines.join("\n"))
  }
  return hash.digest("hex")
}

/** Every row of every table as text: what a thief of the file would read. */
export async function everything(own: Own): Promise<string> {
  const parts: string[] = []
  for (const table of await tableNames(own)) parts.push(JSON.stringify((await sql`select * from ${sql.table(table)}`.execute(own.rooms.db)).rows))
  return parts.join("\n")
}
