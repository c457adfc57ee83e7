/** What holds today: the files as applied last, with the changes of desk and CLI laid over them. */
import { isDeepStrictEqual } from "node:util"
import type { Db, Tx } from "../db/index.ts"
import type { RegistryTables } from "../db/tables/registry.ts"
import type { Entry, RouteSource, UnitSource } from "./load.ts"

export type AccountSource = NonNullable<UnitSource["accounts"]>[number]
export type OverrideRow = RegistryTables["registry_overrides"]

export interface Content {
  units: Entry<UnitSource>[]
  routes: Entry<RouteSource>[]
}
export interface State {
  version: number
  folderHash: string
  /** As the files say. */
  content: Content
  overrides: OverrideRow[]
}

/** JSON without `undefined`, so that "absent" has one form. */
export const tidy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T))
export const same = (a: unknown, b: unknown) => isDeepStrictEqual(tidy(a ?? null), tidy(b ?? null))

export async function readHead(db: Db | Tx): Promise<{ version: number; folderHash: string }> {
  const head = await db.selectFrom("registry_head").select(["version", "folder_hash"]).where("id", "=", 1).executeTakeFirstOrThrow()
  return { version: Number(head.version), folderHash: head.folder_hash }
}

/** Takes the next version number; whoever else writes waits here until we commit. */
export async function lockHead(tx: Tx): Promise<number> {
  const row = await tx
    .updateTable("registry_head")
    .set((eb) => ({ version: eb("version", "+", 1) }))
    .where("id", "=", 1)
    .returning("version")
    .executeTakeFirstOrThrow()
  return Number(row.version)
}

export async function readState(db: Db | Tx): Promise<State> {
  const head = await readHead(db)
  const row = await db
    .selectFrom("registry_versions")
    .select("content")
    .where("content", "is not", null)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst()
  const overrides = await db.selectFrom("registry_overrides").selectAll().orderBy("kind").orderBy("id").orderBy("field").execute()
  return { ...head, content: row?.content ? (JSON.parse(row.content) as Content) : { units: [], routes: [] }, overrides }
}

/** Lays the overrides over the files; overrides of units that no file lists any more rest. */
export function overlay(units: Entry<UnitSource>[], overrides: OverrideRow[]): Entry<UnitSource>[] {
  if (!overrides.length) return units
  const result = units.map((entry) => ({ ...entry, source: { ...entry.source, accounts: [...(entry.source.accounts ?? [])] } }))
  const unitOf = new Map(result.map(({ source }) => [source.id, source]))
  // A new account first, then its fields, then what was taken off the list.
  const order = (row: OverrideRow) => (row.field === "*" ? 0 : row.field === "-" ? 2 : 1)
  for (const row of [...overrides].sort((a, b) => order(a) - order(b))) {
    const unit = unitOf.get(row.unit_id)
    if (!unit) continue
    const value = JSON.parse(row.value) as unknown
    if (row.kind === "unit") {
      set(unit, row.field, value)
      continue
    }
    const at = unit.accounts.findIndex((account) => account.id === row.id)
    if (row.field === "*") {
      if (at < 0) unit.accounts.push(value as AccountSource)
      else unit.accounts[at] = { ...unit.accounts[at]!, ...(value as AccountSource) }
    } else if (at >= 0 && row.field === "-") unit.accounts.splice(at, 1)
    else if (at >= 0) {
      const account = { ...unit.accounts[at]! }
      set(account, row.field, value)
      unit.accounts[at] = account
    }
  }
  return result
}

function set(target: object, field: string, value: unknown) {
  const record = target as Record<string, unknown>
  if (value === null) delete record[field]
  else record[field] = value
}

export const findUnit = (units: Entry<UnitSource>[], id: string) =>
  units.find(({ source }) => source.id === id) ?? units.find(({ source }) => source.aliases?.includes(id))

export function findAccount(units: Entry<UnitSource>[], id: string): { unit: UnitSource; account: AccountSource } | null {
  for (const { source } of units) {
    const account = source.accounts?.find((candidate) => candidate.id === id)
    if (account) return { unit: source, account }
  }
  return null
}
