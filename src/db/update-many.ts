import type { Tx } from "./open.ts"
import { rawQuery, valuesFrom } from "./raw-query.ts"

/**
 * Updates many rows, each with values of its own, in one statement. `columns` names the values of a row and their types (the first one is
 * the key column); `set` says what they become, with `v.` before a value's name and `{where}` where the rows are matched. Answers what
 * a `returning` at its end asks for.
 */
export async function updateMany<R = unknown>(tx: Tx, table: string, columns: Record<string, "text" | "double precision">, set: string, rows: readonly (readonly unknown[])[]): Promise<R[]> {
  if (!rows.length) return []
  const key = Object.keys(columns)[0]!
  const text = `${valuesFrom(tx, columns)} update ${table} set ${set.replace("{where}", `where ${table}.${key} = v.${key}`)}`
  const values = rows.map((row) => row.map((value) => (typeof value === "string" ? storable(value) : value)))
  return (await tx.executeQuery(rawQuery<R>(text, [JSON.stringify(values)]))).rows
}

/** PostgreSQL keeps no NUL and refuses halves of surrogate pairs in JSON; both come from outside and mean nothing. */
const storable = (text: string) => text.replace(/\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "")
