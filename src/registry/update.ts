/** Changes by desk, CLI and import: kept as overrides over the files, so that neither overwrites the other silently. */
import { InvalidInputError, NotFoundError, type Mistake } from "../base/errors.ts"
import type { Tx } from "../db/index.ts"
import { accountFile, unitFile, type Unit } from "../model/unit.ts"
import { commitUnits, fileValue, nothing, type RegistryChange, type Writer } from "./apply.ts"
import { explain, fieldName } from "./explain.ts"
import { unitOf, type UnitSource } from "./load.ts"
import { findAccount, findUnit, lockHead, overlay, readState, same, tidy, type AccountSource, type OverrideRow, type State } from "./state.ts"

/** `null` removes a field. */
export type AccountFields = { [K in Exclude<keyof AccountSource, "id">]?: AccountSource[K] | null }
export type UnitFields = { [K in Exclude<keyof UnitSource, "id" | "accounts">]?: UnitSource[K] | null }

export type RegistryUpdate = { reason?: string } & (
  | { kind: "account.register"; unit: string; account: AccountSource }
  | { kind: "account.set"; account: string; set: AccountFields }
  /** Taken off the list; its history stays. */
  | { kind: "account.end"; account: string }
  /** Handed over to another unit: the same account (id, network id, history), other owners. */
  | { kind: "account.move"; account: string; unit: string; set: AccountFields }
  | { kind: "unit.set"; unit: string; set: UnitFields }
)

/** Applies all updates or none. */
export async function applyUpdates(tx: Tx, updates: RegistryUpdate[], writer: Writer): Promise<RegistryChange> {
  const version = await lockHead(tx)
  const state = await readState(tx)
  const rows = new Map(state.overrides.map((row) => [keyOf(row), row]))
  for (const update of updates) {
    for (const wanted of rowsOf(state, [...rows.values()], update)) {
      const row: OverrideRow = {
        ...wanted,
        at: writer.at,
        actor: writer.actor,
        reason: update.reason ?? null,
        base: JSON.stringify(fileValue(state.content.units, wanted) ?? null),
      }
      if (wanted.field === "-") {
        for (const [key, other] of rows) if (other.kind === "account" && other.id === wanted.id && other.field !== "-") rows.delete(key)
        if (fileValue(state.content.units, wanted) === undefined) continue
      } else {
        const ended = keyOf({ ...wanted, field: "-" })
        // What ended it at another unit stays: it was handed over from there.
        if (rows.get(ended)?.unit_id === wanted.unit_id) rows.delete(ended)
      }
      // Back to what the files say: nothing is left to lay over them.
      if (
        wanted.field !== "*" &&
        wanted.field !== "-" &&
        !rows.has(keyOf({ ...wanted, field: "*" })) &&
        same(JSON.parse(wanted.value), fileValue(state.content.units, wanted))
      )
        rows.delete(keyOf(wanted))
      else rows.set(keyOf(row), row)
    }
  }
  const overrides = [...rows.values()]
  const after = checked(overlay(state.content.units, overrides).map((entry) => entry.source))
  const difference = await commitUnits(tx, state, after, { version, ...writer })
  const before = new Map(state.overrides.map((row) => [keyOf(row), row]))
  for (const [key, row] of before) {
    if (rows.get(key) === row) continue
    await tx.deleteFrom("registry_overrides").where("kind", "=", row.kind).where("id", "=", row.id).where("field", "=", row.field).execute()
  }
  for (const [key, row] of rows) if (before.get(key) !== row) await tx.insertInto("registry_overrides").values(row).execute()
  const summary = JSON.stringify({ updates: updates.length, ...difference })
  await tx
    .insertInto("registry_versions")
    .values({ version, at: writer.at, actor: writer.actor, source: "desk", folder_hash: state.folderHash, content: null, summary })
    .execute()
  return { ...nothing(version), ...difference, changed: true }
}

const keyOf = (row: Pick<OverrideRow, "kind" | "id" | "field">) => `${row.kind}\n${row.id}\n${row.field}`
type Wanted = Pick<OverrideRow, "kind" | "id" | "field" | "unit_id" | "value">

function rowsOf(state: State, overrides: OverrideRow[], update: RegistryUpdate): Wanted[] {
  const now = overlay(state.content.units, overrides)
  if (update.kind === "unit.set") {
    const unit = findUnit(now, update.unit)?.source
    if (!unit) throw new NotFoundError("unit", update.unit)
    return fieldsOf(update.set).map(([field, value]) => ({ kind: "unit", id: unit.id, field, unit_id: unit.id, value }))
  }
  if (update.kind === "account.register") {
    const unit = findUnit(now, update.unit)?.source
    if (!unit) throw new NotFoundError("unit", update.unit)
    const mistakes = mistakesOf(accountFile, update.account, unit.id)
    if (findAccount(now, update.account.id))
      mistakes.push({ file: "sổ đăng ký", entry: unit.id, field: "id", found: `"${update.account.id}"`, expected: "mã chưa dùng" })
    if (mistakes.length) throw new InvalidInputError("account", mistakes)
    return [{ kind: "account", id: update.account.id, field: "*", unit_id: unit.id, value: JSON.stringify(tidy(update.account)) }]
  }
  const found = findAccount(now, update.account)
  if (!found) throw new NotFoundError("account", update.account)
  const place = { kind: "account" as const, id: update.account, unit_id: found.unit.id }
  if (update.kind === "account.end") return [{ ...place, field: "-", value: "null" }]
  if (update.kind === "account.move") {
    const to = findUnit(now, update.unit)?.source
    if (!to) throw new NotFoundError("unit", update.unit)
    const whole = Object.fromEntries(Object.entries({ ...found.account, ...update.set }).filter(([, value]) => value !== null && value !== undefined))
    const taken = to.id === found.unit.id ? [] : [{ ...place, field: "-", value: "null" }]
    return [...taken, { ...place, unit_id: to.id, field: "*", value: JSON.stringify(tidy(whole)) }]
  }
  const registered = overrides.find((row) => row.kind === "account" && row.id === update.account && row.field === "*")
  // An account that only the desk knows is one override: its fields are changed inside it.
  if (registered) {
    const account = { ...(JSON.parse(registered.value) as Record<string, unknown>) }
    for (const [field, value] of Object.entries(update.set)) {
      if (value === null || value === undefined) delete account[field]
      else account[field] = value
    }
    return [{ ...place, field: "*", value: JSON.stringify(tidy(account)) }]
  }
  return fieldsOf(update.set).map(([field, value]) => ({ ...place, field, value }))
}

const fieldsOf = (set: object) =>
  Object.entries(set).flatMap(([field, value]) => (value === undefined ? [] : [[field, JSON.stringify(value)] as const]))

function mistakesOf(schema: typeof unitFile | typeof accountFile, input: unknown, entry: string): Mistake[] {
  const result = schema.safeParse(input)
  if (result.success) return []
  return result.error.issues
    .flatMap((issue) => explain(issue, input, schema))
    .map(({ path, found, expected }) => ({ file: "sổ đăng ký", entry, field: fieldName(path), found, expected }))
}

function checked(sources: UnitSource[]): Unit[] {
  const mistakes = sources.flatMap((source) => mistakesOf(unitFile, source, source.id))
  if (mistakes.length) throw new InvalidInputError("registry", mistakes)
  return sources.map((source) => unitOf(unitFile.parse(source)))
}
