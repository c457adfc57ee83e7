/** Turns "before and after" into dated facts: accounts listed and ended, values of accounts, events of units. */
import { idOf } from "../base/hash.ts"
import { isoDate } from "../base/time.ts"
import type { Tx } from "../db/index.ts"
import type { RegistryTables } from "../db/tables/registry.ts"
import type { Unit } from "../model/unit.ts"
import { same } from "./state.ts"

export interface ChangedEntry {
  id: string
  fields: string[]
}
export interface Difference {
  units: { added: string[]; removed: string[]; changed: ChangedEntry[] }
  accounts: { added: string[]; removed: string[]; changed: ChangedEntry[] }
}

const changedFields = (before: object, after: object, without: string[] = []) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !without.includes(key) && !same((before as Record<string, unknown>)[key], (after as Record<string, unknown>)[key]),
  )

function compareLists<T extends { id: string }>(before: T[], after: T[], without: string[]) {
  const old = new Map(before.map((entry) => [entry.id, entry]))
  const now = new Map(after.map((entry) => [entry.id, entry]))
  return {
    added: after.filter((entry) => !old.has(entry.id)).map((entry) => entry.id),
    removed: before.filter((entry) => !now.has(entry.id)).map((entry) => entry.id),
    changed: after
      .filter((entry) => old.has(entry.id))
      .map((entry) => ({ id: entry.id, fields: changedFields(old.get(entry.id)!, entry, without) }))
      .filter((entry) => entry.fields.length),
  }
}

export function compareUnits(before: Unit[], after: Unit[]): Difference {
  return {
    units: compareLists(before, after, ["accounts"]),
    accounts: compareLists(before.flatMap((unit) => unit.accounts), after.flatMap((unit) => unit.accounts), []),
  }
}

interface Stamp {
  version: number
  at: number
  actor: string
}

/** Values of an account that are history with dates (VER-4). */
const kept = ["name", "handle", "remoteId", "unitId", "identity"] as const
const textOf = (value: unknown) => (value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value))

export async function recordChange(tx: Tx, before: Unit[], after: Unit[], difference: Difference, stamp: Stamp): Promise<void> {
  await recordAccounts(tx, after, difference, stamp)
  await recordEvents(tx, before, after, difference, stamp)
}

async function recordAccounts(tx: Tx, after: Unit[], { accounts }: Difference, { version, at, actor }: Stamp): Promise<void> {
  const now = new Map(after.flatMap((unit) => unit.accounts).map((account) => [account.id, account]))
  const rows: RegistryTables["registry_accounts"][] = []
  const history: RegistryTables["account_history"][] = []
  const changed = new Map(accounts.changed.map((entry) => [entry.id, entry.fields]))
  for (const id of [...accounts.added, ...changed.keys()]) {
    const account = now.get(id)!
    rows.push({
      id,
      unit_id: account.unitId,
      network: account.network,
      remote_id: account.remoteId ?? null,
      name: account.name,
      handle: account.handle ?? null,
      listed_at: at,
      ended_at: null,
    })
    for (const field of kept) {
      const fields = changed.get(id)
      if (fields && !fields.includes(field)) continue
      const value = textOf(account[field])
      if (!fields && !value) continue
      history.push({
        id: idOf(id, field, String(version)),
        account_id: id,
        network: account.network,
        remote_id: account.remoteId ?? null,
        field,
        value,
        since: at,
        until: null,
        actor,
      })
    }
  }
  for (const row of history.filter((entry) => changed.has(entry.account_id))) {
    await tx
      .updateTable("account_history")
      .set({ until: at })
      .where("account_id", "=", row.account_id)
      .where("field", "=", row.field)
      .where("until", "is", null)
      .execute()
  }
  for (const part of chunks(rows)) {
    await tx
      .insertInto("registry_accounts")
      .values(part)
      .onConflict((c) =>
        c.column("id").doUpdateSet((eb) => ({
          unit_id: eb.ref("excluded.unit_id"),
          network: eb.ref("excluded.network"),
          remote_id: eb.ref("excluded.remote_id"),
          name: eb.ref("excluded.name"),
          handle: eb.ref("excluded.handle"),
          ended_at: null,
        })),
      )
      .execute()
  }
  for (const part of chunks(history)) await tx.insertInto("account_history").values(part).execute()
  for (const part of chunks(accounts.removed)) {
    await tx.updateTable("registry_accounts").set({ ended_at: at }).where("id", "in", part).execute()
    await tx.updateTable("account_history").set({ until: at }).where("account_id", "in", part).where("until", "is", null).execute()
  }
}

async function recordEvents(tx: Tx, before: Unit[], after: Unit[], { units }: Difference, { version, at, actor }: Stamp): Promise<void> {
  const today = isoDate(at)
  const old = new Map(before.map((unit) => [unit.id, unit]))
  const now = new Map(after.map((unit) => [unit.id, unit]))
  const events: RegistryTables["unit_events"][] = []
  const add = (unitId: string, kind: string, day: string, detail: Record<string, unknown>) =>
    void events.push({ id: idOf(unitId, kind, day, String(version)), unit_id: unitId, kind, day, detail: JSON.stringify(detail), at, actor })
  const dated = (unit: Unit, fields: string[] | null) => {
    const touched = (field: string) => !fields || fields.includes(field)
    if (unit.begins && touched("begins")) add(unit.id, "begins", unit.begins, {})
    if (unit.ends && (touched("ends") || touched("successors")))
      add(unit.id, unit.successors.length ? "merged" : "ends", unit.ends, { successors: unit.successors })
  }
  for (const id of units.added) {
    const unit = now.get(id)!
    add(id, "listed", today, { name: unit.name })
    dated(unit, null)
  }
  for (const { id, fields } of units.changed) {
    const unit = now.get(id)!
    if (fields.includes("name")) {
      const from = old.get(id)!.name
      const former = unit.formerNames.find((entry) => typeof entry === "object" && entry.name === from)
      const until = typeof former === "object" ? former.until : undefined
      add(id, "renamed", until ?? today, { from, to: unit.name })
    }
    dated(unit, fields)
  }
  for (const id of units.removed) add(id, "unlisted", today, { name: old.get(id)!.name })
  for (const part of chunks(events)) await tx.insertInto("unit_events").values(part).execute()
}

export function* chunks<T>(list: T[], size = 100): Generator<T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size)
}
