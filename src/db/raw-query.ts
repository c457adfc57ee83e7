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

export const ask = async <R>(on: Db | Tx, text: string, parameters: readonly unknown[]): Promise<R[]> =>
  (await on.executeQuery(rawQuery<R>(text, parameters))).rows

/**
 * Behind `insert` or `update` of many rows. SQLite keeps a copy of every page that such a statement touches (in a file, too), to undo it alone
 * should it fail half-way; our transactions are undone whole, so nobody needs the copies.
 */
export const orFail = (on: Db | Tx): string => (isPostgres(on) ? "" : "or fail ")

/**
 * A list as one JSON parameter (`listed(values)`), for `column in ${among(tx, 1)}`: one prepared text serves lists of any length.
 */
export function among(on: Db | Tx, parameter: number, type: "text" | "bigint" = "text"): string {
  return isPostgres(on) ? `(select (jsonb_array_elements_text($${parameter}::text::jsonb))::${type})` : `(select value from json_each($${parameter}))`
}
export const listed = (values: readonly (string | number)[]): string =>
  JSON.stringify(values.map((value) => (typeof value === "string" ? storable(value) : value)))

/** PostgreSQL keeps no NUL and refuses halves of surrogate pairs in JSON; both come from outside and mean nothing. */
export const storable = (text: string): string => (harmful.test(text) ? text.replace(harmfulAll, "") : text)
const harmful = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
const harmfulAll = new RegExp(harmful, "g")

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
