import { PostgresAdapter, RawNode, type CompiledQuery, type Kysely, type QueryId } from "kysely"
import type { Db, Tx } from "./open.ts"

export const isPostgres = (on: Kysely<any>): boolean => on.getExecutor().adapter instanceof PostgresAdapter

const nodes = new Map<string, RawNode>()
const queryId: QueryId = { queryId: "raw" }

/**
 * A statement whose text is known beforehand (`$1`, `$2` … for its parameters, understood by both engines). For the few statements of the
 * hot path: building a query tree costs more there than SQLite itself, and Kysely's own `raw` freezes every list of parameters.
 */
export function rawQuery<R = unknown>(text: string, parameters: readonly unknown[]): CompiledQuery<R> {
  let query = nodes.get(text)
  if (!query) {
    query = RawNode.createWithSql(text)
    if (nodes.size < 2_000) nodes.set(text, query)
  }
  return { sql: text, query, parameters, queryId } as CompiledQuery<R>
}

export const ask = async <R>(on: Db | Tx, text: string, parameters: readonly unknown[]): Promise<R[]> => (await on.executeQuery(rawQuery<R>(text, parameters))).rows

/**
 * Rows as one JSON parameter, for `with v as (…)`: one prepared text serves any number of rows. `columns` names the values of a row and
 * their types; `parameter` is the number of the parameter that carries `JSON.stringify(rows)`.
 */
export function valuesFrom(on: Db | Tx, columns: Record<string, "text" | "double precision">, parameter = 1): string {
  const entries = Object.entries(columns)
  const each = isPostgres(on)
    ? `select ${entries.map(([, type], i) => `(e ->> ${i})::${type}`).join(", ")} from jsonb_array_elements($${parameter}::text::jsonb) as e`
    : `select ${entries.map((_, i) => `value ->> ${i}`).join(", ")} from json_each($${parameter})`
  return `with v(${entries.map(([name]) => name).join(", ")}) as (${each})`
}
