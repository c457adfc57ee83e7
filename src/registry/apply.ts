/** Files -> database: all or nothing, one transaction, idempotent. What people changed since is never overwritten silently. */
import { InvalidInputError, type Mistake } from "../base/errors.ts"
import type { Tx } from "../db/index.ts"
import { unitFile, type Unit } from "../model/unit.ts"
import { fieldName, show } from "./explain.ts"
import { compareUnits, recordChange, type Difference } from "./history.ts"
import { unitOf, type Entry, type Loaded, type UnitSource } from "./load.ts"
import { judgeTogether } from "./rules.ts"
import { findAccount, findUnit, lockHead, overlay, readState, same, type OverrideRow, type State } from "./state.ts"

/** A field that desk or CLI changed, seen against the files. */
export interface DeskChange {
  kind: "unit" | "account"
  id: string
  field: string
  /** What the files say now. */
  file: unknown
  /** What holds (desk or CLI). */
  desk: unknown
  actor: string
  at: number
}
export interface RegistryChange extends Difference {
  version: number
  changed: boolean
  /** The files say now what the desk said before: the override is gone. */
  absorbed: DeskChange[]
  /** File and desk both changed the same field: the desk's word holds until a person decides. */
  conflicts: DeskChange[]
  warnings: Mistake[]
}
export interface Writer {
  actor: string
  at: number
}

export const parseUnits = (entries: Entry<UnitSource>[]): Unit[] => entries.map(({ source }) => unitOf(unitFile.parse(source)))

/** As `parseUnits`, leaving out what an older schema allowed and ours does not: it must not bar the way to a corrected folder. */
const readableUnits = (entries: Entry<UnitSource>[]): Unit[] =>
  entries.flatMap(({ source }) => {
    const parsed = unitFile.safeParse(source)
    return parsed.success ? [unitOf(parsed.data)] : []
  })

/** What the files say in the place an override points at; `undefined` = nothing. */
export function fileValue(units: Entry<UnitSource>[], row: Pick<OverrideRow, "kind" | "id" | "field" | "unit_id">): unknown {
  if (row.kind === "unit") return (findUnit(units, row.unit_id)?.source as Record<string, unknown> | undefined)?.[row.field]
  const found = findAccount(units, row.id)
  const account = found?.account as Record<string, unknown> | undefined
  // A whole account is an account of one unit: listed under another it was handed over.
  if (row.field === "*" || row.field === "-") return found?.unit.id === row.unit_id ? account : undefined
  return account?.[row.field]
}

export const deskChange = (row: OverrideRow, file: unknown): DeskChange => ({
  kind: row.kind,
  id: row.id,
  field: row.field,
  file: file ?? null,
  desk: row.field === "-" ? null : JSON.parse(row.value),
  actor: row.actor,
  at: Number(row.at),
})

/** Do the files say what the override says? */
function agrees(row: OverrideRow, file: unknown): boolean {
  if (row.field === "-") return file === undefined
  const value = JSON.parse(row.value) as unknown
  if (row.field !== "*") return same(file, value)
  return file !== undefined && Object.entries(value as object).every(([key, part]) => same((file as Record<string, unknown>)[key], part))
}

export const nothing = (version: number): RegistryChange => ({
  version,
  changed: false,
  units: { added: [], removed: [], changed: [] },
  accounts: { added: [], removed: [], changed: [] },
  absorbed: [],
  conflicts: [],
  warnings: [],
})

/**
 * Makes the loaded folder the registry. `overwrite` drops the desk's changes that stand against the files
 * (asked for by a person, audited by the caller); without it they stay and are reported as conflicts.
 */
export async function applyLoaded(tx: Tx, loaded: Loaded, writer: Writer, options: { overwrite?: boolean } = {}): Promise<RegistryChange> {
  if (loaded.mistakes.length) throw new InvalidInputError("registry", loaded.mistakes)
  const version = await lockHead(tx)
  const state = await readState(tx)
  if (state.folderHash === loaded.hash && !options.overwrite) {
    // Another process was faster: nothing is left to do, so the number is given back.
    await tx.updateTable("registry_head").set({ version: version - 1 }).where("id", "=", 1).execute()
    return nothing(version - 1)
  }
  const files = loaded.entries
  const absorbed: DeskChange[] = []
  const conflicts: DeskChange[] = []
  const left: OverrideRow[] = []
  for (const row of state.overrides) {
    const file = fileValue(files, row)
    if (agrees(row, file)) absorbed.push(deskChange(row, file))
    else if (options.overwrite) absorbed.push(deskChange(row, file))
    else {
      left.push(row)
      if (!same(JSON.parse(row.base), file)) conflicts.push(deskChange(row, file))
    }
  }
  for (const { kind, id, field } of absorbed) {
    await tx.deleteFrom("registry_overrides").where("kind", "=", kind).where("id", "=", id).where("field", "=", field).execute()
  }
  const after = left.length ? parseUnits(overlay(files, left)) : loaded.units
  const change: RegistryChange = { ...nothing(version), changed: true, absorbed, conflicts, warnings: loaded.warnings }
  Object.assign(change, await commitUnits(tx, state, after, { version, ...writer }))
  await tx.updateTable("registry_head").set({ folder_hash: loaded.hash }).where("id", "=", 1).execute()
  await tx
    .insertInto("registry_versions")
    .values({
      version,
      at: writer.at,
      actor: writer.actor,
      source: "files",
      folder_hash: loaded.hash,
      content: JSON.stringify({ units: files, routes: loaded.routeEntries }),
      summary: JSON.stringify({ units: change.units, accounts: change.accounts, absorbed: absorbed.length, conflicts: conflicts.length }),
    })
    .execute()
  return change
}

/** Checks the whole that would hold, then writes the history of what changed. */
export async function commitUnits(tx: Tx, state: State, after: Unit[], stamp: { version: number } & Writer): Promise<Difference> {
  const mistakes: Mistake[] = []
  judgeTogether(
    after,
    (index, path, found, expected) => void mistakes.push({ file: "sổ đăng ký", entry: after[index]!.id, field: fieldName(path), found, expected }),
    () => undefined,
  )
  mistakes.push(...(await identityMistakes(tx, after)))
  if (mistakes.length) throw new InvalidInputError("registry", mistakes)
  const before = readableUnits(overlay(state.content.units, state.overrides))
  const difference = compareUnits(before, after)
  await recordChange(tx, before, after, difference, stamp)
  return difference
}

/**
 * The permanent remote id is the key: a page keeps our id for it. Under a second id the same article could reach the
 * same page twice, because deliveries are unique per (article, account).
 */
async function identityMistakes(tx: Tx, after: Unit[]): Promise<Mistake[]> {
  const rows = await tx
    .selectFrom("registry_accounts")
    .select(["id", "network", "remote_id"])
    .where("remote_id", "is not", null)
    .where("ended_at", "is", null)
    .execute()
  const known = new Map(rows.map((row) => [`${row.network}:${row.remote_id}`, row.id]))
  return after.flatMap((unit) =>
    unit.accounts.flatMap((account): Mistake[] => {
      const id = account.remoteId && known.get(`${account.network}:${account.remoteId}`)
      if (!id || id === account.id) return []
      return [
        {
          file: "sổ đăng ký",
          entry: unit.id,
          field: `${account.id}.id`,
          found: show(account.id),
          expected: `giữ mã "${id}" đã dùng cho ${account.network} ${account.remoteId}`,
        },
      ]
    }),
  )
}
