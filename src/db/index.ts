export { insertMany } from "./insert-many.ts"
export { listMigrations } from "./migrate.ts"
export { asNumber, inTransaction, openDb, sql, type Db, type OpenedDb, type Tx } from "./open.ts"
export type { Schema } from "./schema.ts"
