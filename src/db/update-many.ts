import type { Tx } from "./open.ts"
import { rawQuery, valuesFrom } from "./raw-query.ts"

/**
 * Updates many rows, each with values of its own, in one statement. `columns` names the values of a row and their types (the first one is
 * the key column); `set` says what they become, with `v.` before a value's name and `{where}` where the rows are matched.
 */
export async function updateMany(tx: Tx, table: string, columns: Record<string, "text" | "double precision">, set: string, rows: readonly (readonly unknown[])[]): Promise<void> {
  if (!rows.length) return
  const key = Object.keys(columns)[0]!
  const text = `${valuesFrom(tx, columns)} update ${table} set ${set.replace("{where}", `where ${table}.${key} = v.${key}`)}`
  await tx.executeQuery(rawQuery(text, [JSON.stringify(rows)]))
}
