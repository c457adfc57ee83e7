import type { Tx } from "./open.ts"
import { orFail, rawQuery, storable, valuesFrom } from "./raw-query.ts"

/**
 * Updates many rows, each with values of its own, in one statement. `columns` names the values of a row and their types (the first one is
 * the key column); `set` says what they become, with `v.` before a value's name; `only` which of the rows may change at all. Answers the keys
 * of the changed rows.
 */
export async function updateMany(
  tx: Tx,
  table: string,
  columns: Record<string, "text" | "double precision">,
  set: string,
  rows: readonly (readonly unknown[])[],
  only = "true",
): Promise<string[]> {
  if (!rows.length) return []
  const key = Object.keys(columns)[0]!
  // `is true` hides the condition from SQLite's planner: it would rather walk a partial index of everything in that state than go to the rows by their keys.
  const text = `${valuesFrom(tx, columns)} update ${orFail(tx)}${table} set ${set} from v where ${table}.${key} = v.${key} and (${only}) is true returning ${table}.${key} as key`
  const values = rows.map((row) => row.map((value) => (typeof value === "string" ? storable(value) : value)))
  return (await tx.executeQuery(rawQuery<{ key: string }>(text, [JSON.stringify(values)]))).rows.map((row) => row.key)
}
