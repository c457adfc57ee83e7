import type { Tx } from "./open.ts"
import { orFail, rawQuery } from "./raw-query.ts"
import type { Schema } from "./schema.ts"

/** Rows per statement, so that a few texts serve every number of rows and stay prepared. */
const SIZES = [96, 24, 6, 1] as const

type Row<T extends keyof Schema & string> = { [C in keyof Schema[T]]: Schema[T][C] }
const texts = new Map<string, string>()

/**
 * Inserts many rows in few statements without building a query tree for every value, which at thousands of rows costs more than
 * SQLite itself. `$1, $2 …` in rising order is understood by both engines. Answers how many rows were new.
 */
export async function insertMany<T extends keyof Schema & string>(
  tx: Tx,
  table: T,
  rows: readonly Row<T>[],
  options: { onConflict?: "nothing" } = {},
): Promise<number> {
  if (!rows.length) return 0
  const columns = Object.keys(rows[0]!) as (keyof Row<T> & string)[]
  let added = 0
  for (let from = 0; from < rows.length; ) {
    const size = SIZES.find((candidate) => candidate <= rows.length - from)!
    const part = rows.slice(from, (from += size))
    const parameters: unknown[] = []
    for (const row of part) for (const column of columns) parameters.push(row[column] ?? null)
    const result = await tx.executeQuery(rawQuery(textOf(orFail(tx), table, columns, part.length, options.onConflict === "nothing"), parameters))
    added += Number(result.numAffectedRows ?? 0)
  }
  return added
}

function textOf(how: string, table: string, columns: string[], rows: number, ignoreConflicts: boolean): string {
  const key = `${how}${table} ${columns.join(",")} ${rows} ${ignoreConflicts}`
  const known = texts.get(key)
  if (known) return known
  let n = 0
  const values = Array.from({ length: rows }, () => `(${columns.map(() => `$${++n}`).join(",")})`).join(",")
  const text = `insert ${how}into ${table} (${columns.join(",")}) values ${values}${ignoreConflicts ? " on conflict do nothing" : ""}`
  if (texts.size < 300) texts.set(key, text)
  return text
}
