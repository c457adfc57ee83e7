import { sql, type Kysely } from "kysely"
import { isPostgres } from "./raw-query.ts"

// biome-ignore lint: any schema will do
type AnyDb = Kysely<any>

/** Work of which the whole installation does one piece at a time. The numbers are Loa's own and must never change their meaning. */
const lines = {
  audit: 7065641,
  intake: 7065642,
  migrate: 7065643,
  restore: 7065644,
  feeds: 7065645,
  findings: 7065646,
  alerts: 7065647,
  registry: 7065648,
} as const

/** Waits until no other transaction stands in this line, and holds it until the commit. SQLite writes one transaction at a time anyway. */
export async function inLine(tx: AnyDb, line: keyof typeof lines): Promise<void> {
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(${sql.lit(lines[line])})`.execute(tx)
}
