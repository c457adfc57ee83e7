/** Folder against database, field by field, and who changed what since. */
import type { Entry, Loaded, UnitSource } from "./load.ts"
import { overlay, same, type AccountSource, type OverrideRow, type State } from "./state.ts"

export interface DiffEntry {
  kind: "unit" | "account"
  id: string
  unit: string
  /** "*" = the whole entry is on one side only. */
  field: string
  /** `null` = absent. */
  file: unknown
  database: unknown
  /**
   * `file` the folder was edited and not applied yet; `desk` changed by web, CLI or import and not exported yet;
   * `conflict` both changed it: apply keeps the desk's value until a person decides (`--overwrite` or `export`).
   */
  origin: "file" | "desk" | "conflict"
  actor: string | null
  at: number | null
}

export function diffState(loaded: Loaded, state: State): DiffEntry[] {
  const entries: DiffEntry[] = []
  const database = overlay(state.content.units, state.overrides)
  const fileUnits = byId(loaded.entries)
  const dataUnits = byId(database)
  const override = new Map(state.overrides.map((row) => [`${row.kind}:${row.id}:${row.field}`, row]))
  const add = (kind: "unit" | "account", id: string, unit: string, field: string, file: unknown, data: unknown, row: OverrideRow | undefined) => {
    const edited = row && !same(JSON.parse(row.base), file)
    entries.push({
      kind,
      id,
      unit,
      field,
      file: file ?? null,
      database: data ?? null,
      origin: row ? (edited ? "conflict" : "desk") : "file",
      actor: row?.actor ?? null,
      at: row ? Number(row.at) : null,
    })
  }
  const fields = (kind: "unit" | "account", id: string, unit: string, file: object, data: object) => {
    for (const field of new Set([...Object.keys(file), ...Object.keys(data)])) {
      if (field === "accounts") continue
      const left = (file as Record<string, unknown>)[field]
      const right = (data as Record<string, unknown>)[field]
      if (!same(left, right)) add(kind, id, unit, field, left, right, override.get(`${kind}:${id}:${field}`) ?? override.get(`${kind}:${id}:*`))
    }
  }
  for (const id of new Set([...fileUnits.keys(), ...dataUnits.keys()])) {
    const file = fileUnits.get(id)
    const data = dataUnits.get(id)
    if (!file || !data) add("unit", id, id, "*", file, data, undefined)
    else fields("unit", id, id, file, data)
    const fileAccounts = accountsOf(file)
    const dataAccounts = accountsOf(data)
    for (const accountId of new Set([...fileAccounts.keys(), ...dataAccounts.keys()])) {
      const left = fileAccounts.get(accountId)
      const right = dataAccounts.get(accountId)
      if (left && right) fields("account", accountId, id, left, right)
      else {
        // A hand-over stands at two units: taken off here, listed there.
        const whole = override.get(`account:${accountId}:*`)
        add("account", accountId, id, "*", left, right, whole?.unit_id === id ? whole : (override.get(`account:${accountId}:-`) ?? whole))
      }
    }
  }
  return entries
}

const byId = (units: Entry<UnitSource>[]) => new Map(units.map(({ source }) => [source.id, source]))
const accountsOf = (unit: UnitSource | undefined) => new Map<string, AccountSource>((unit?.accounts ?? []).map((account) => [account.id, account]))
