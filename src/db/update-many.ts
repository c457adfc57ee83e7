import { CompiledQuery } from "kysely"
import type { Tx } from "./open.ts"

/** Row counts of the statements, so that a few texts serve every number of rows and stay prepared. */
const SIZES = [64, 16, 4, 1] as const
const texts = new Map<string, string>()

/**
 * Updates many rows, each with values of its own, in few statements. `columns` names the values of a row and their types (the first one is
 * the id); `set` says what they become, with `v.` before a value's name. Built once and kept prepared: a query tree a turn costs more than SQLite.
 */
export async function updateMany(tx: Tx, table: string, columns: Record<string, "text" | "double precision">, set: string, rows: readonly (readonly unknown[])[]): Promise<void> {
  for (let from = 0; from < rows.length; ) {
    const size = SIZES.find((candidate) => candidate <= rows.length - from)!
    await tx.executeQuery(CompiledQuery.raw(textOf(table, columns, set, size), rows.slice(from, from + size).flat()))
    from += size
  }
}

function textOf(table: string, columns: Record<string, string>, set: string, size: number): string {
  const key = `${table} ${set} ${size}`
  const known = texts.get(key)
  if (known) return known
  const names = Object.keys(columns)
  let n = 0
  const row = () => `(${Object.values(columns).map((type) => `cast($${++n} as ${type})`).join(",")})`
  const text = `with v(${names.join(",")}) as (values ${Array.from({ length: size }, row).join(",")}) update ${table} set ${set.replace("{where}", `where ${table}.id = v.${names[0]}`)}`
  texts.set(key, text)
  return text
}
