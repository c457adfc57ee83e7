/** The registry: who the units are, their portals, feeds and accounts. Files and database, one truth with versions. */
import type { AuditEntry } from "../audit/index.ts"
import type { Clock } from "../base/clock.ts"
import type { Mistake } from "../base/errors.ts"
import { idOf } from "../base/hash.ts"
import { isoDate } from "../base/time.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import { applyLoaded, nothing, parseUnits, type RegistryChange } from "./apply.ts"
import { diffState, type DiffEntry } from "./diff.ts"
import { readFolder, type Folder } from "./files.ts"
import { loadFolder, type Loaded } from "./load.ts"
import { routeFile } from "./routes.ts"
import type { Counts } from "./rules.ts"
import { overlay, readHead, readState } from "./state.ts"
import { applyUpdates, type RegistryUpdate } from "./update.ts"
import { createView, type Registry } from "./view.ts"

export type { DeskChange, RegistryChange } from "./apply.ts"
export type { DiffEntry } from "./diff.ts"
export { exportXlsx } from "./export-xlsx.ts"
export { importXlsx, templateXlsx, type ImportResult, type ImportRow } from "./import-xlsx.ts"
export { loadRegistry, type Entry, type Loaded, type RouteSource, type UnitSource } from "./load.ts"
export { isLeadership, routeFile, routeMatches, routesFor, type Route } from "./routes.ts"
export type { Counts } from "./rules.ts"
export { readPublicKeys, verifyChain, verifySnapshot, type SnapshotDocument, type SnapshotOutcome, type SnapshotVerdict } from "./snapshot.ts"
export { Snapshots, type SnapshotRow } from "./snapshots.ts"
export type { AccountSource } from "./state.ts"
export type { AccountFields, RegistryUpdate, UnitFields } from "./update.ts"
export { createView, feedId, hostOf, isPublishing, livesOn, type Registry } from "./view.ts"

/** What the registry needs of the audit log. */
interface AuditLog {
  write(tx: Tx, entries: AuditEntry[]): Promise<void>
}
export interface CheckResult {
  mistakes: Mistake[]
  warnings: Mistake[]
  counts: Counts
}
/** What a network showed of an account on some day. */
export interface Seen {
  name?: string
  handle?: string
  picture?: string
}
export interface HistoryRow {
  accountId: string
  network: string
  remoteId: string | null
  field: string
  value: string
  since: number
  until: number | null
  actor: string
}

export class RegistryRoom {
  private view: Registry | null = null
  private seenVersion = -1

  constructor(private readonly parts: { db: Db; clock: Clock; audit: AuditLog }) {}

  private today() {
    return isoDate(this.parts.clock.now())
  }

  load(dir: string): Loaded {
    return loadFolder(readFolder(dir), this.today())
  }

  /** Every mistake of the folder at once; changes nothing. */
  check(dir: string): CheckResult {
    const { mistakes, warnings, counts } = this.load(dir)
    return { mistakes, warnings, counts }
  }

  /** What `serve` and `run` do at start: an unchanged folder costs reading it and comparing one hash. */
  async applyFolder(dir: string, actor: string, options: { overwrite?: boolean } = {}): Promise<RegistryChange> {
    const folder = readFolder(dir)
    const head = await readHead(this.parts.db)
    if (!options.overwrite && !folder.mistakes.length && head.folderHash === folder.hash) return nothing(head.version)
    return this.apply(loadFolder(folder, this.today()), actor, options)
  }

  /** All or nothing; throws InvalidInputError with every mistake. Applying the same folder twice changes nothing. */
  async apply(loaded: Loaded, actor: string, options: { overwrite?: boolean } = {}): Promise<RegistryChange> {
    return inTransaction(this.parts.db, async (tx) => {
      const change = await applyLoaded(tx, loaded, { actor, at: this.parts.clock.now() }, options)
      if (change.changed)
        await this.parts.audit.write(tx, [
          { actor, action: "registry.applied", subject: `registry:${change.version}`, detail: summaryOf(change, options) },
        ])
      return change
    })
  }

  /** Changes by web, CLI or import; all of them or none. They lie over the files until an export or an equal edit there. */
  async update(updates: RegistryUpdate | RegistryUpdate[], actor: string): Promise<RegistryChange> {
    const list = Array.isArray(updates) ? updates : [updates]
    return inTransaction(this.parts.db, async (tx) => {
      const change = await applyUpdates(tx, list, { actor, at: this.parts.clock.now() })
      await this.parts.audit.write(
        tx,
        list.map((update) => ({
          actor,
          action: `registry.${update.kind}`,
          subject: subjectOf(update),
          detail: { ...update, version: change.version },
        })),
      )
      return change
    })
  }

  async diff(loaded: Loaded): Promise<DiffEntry[]> {
    return diffState(loaded, await readState(this.parts.db))
  }

  /** New texts of the files that would change; with `folder` the hand-written files keep comments and order. */
  async export(folder: Folder | null = null): Promise<Map<string, string>> {
    const { content, overrides } = await readState(this.parts.db)
    const { exportFiles } = await import("./export.ts")
    return exportFiles(overlay(content.units, overrides), content.routes, folder)
  }

  /** The registry that holds now. One short query when nothing changed, so every pass may ask. */
  async current(): Promise<Registry> {
    const { version } = await readHead(this.parts.db)
    const day = this.today()
    if (this.view && this.seenVersion === version && this.view.day === day) return this.view
    const state = await readState(this.parts.db)
    this.view = createView(
      state.version,
      day,
      parseUnits(overlay(state.content.units, state.overrides)),
      state.content.routes.map(({ source }) => routeFile.parse(source)),
    )
    this.seenVersion = state.version
    return this.view
  }

  /** Is the folder as it was applied last? */
  async isApplied(folder: Folder): Promise<boolean> {
    return (await readHead(this.parts.db)).folderHash === folder.hash
  }

  /** Writes down what a network shows of an account today; a value that differs from the last one ends it (VER-4). Returns the changed fields. */
  async observe(accountId: string, seen: Seen, actor: string): Promise<{ field: string; before: string | null; after: string }[]> {
    const at = this.parts.clock.now()
    const changes: { field: string; before: string | null; after: string }[] = []
    await inTransaction(this.parts.db, async (tx) => {
      const account = await tx.selectFrom("registry_accounts").select(["network", "remote_id"]).where("id", "=", accountId).executeTakeFirst()
      if (!account) return
      const last = await tx
        .selectFrom("account_history")
        .select(["field", "value"])
        .where("account_id", "=", accountId)
        .where("until", "is", null)
        .execute()
      for (const [name, value] of Object.entries(seen)) {
        if (value === undefined) continue
        const field = `seen.${name}`
        const before = last.find((row) => row.field === field)?.value ?? null
        if (before === value) continue
        changes.push({ field: name, before, after: value })
        await tx
          .updateTable("account_history")
          .set({ until: at })
          .where("account_id", "=", accountId)
          .where("field", "=", field)
          .where("until", "is", null)
          .execute()
        const row = { account_id: accountId, network: account.network, remote_id: account.remote_id, field, value, since: at, until: null, actor }
        await tx.insertInto("account_history").values({ id: idOf(accountId, field, value, String(at)), ...row }).execute()
      }
    })
    return changes
  }

  async accountHistory(accountId: string): Promise<HistoryRow[]> {
    const rows = await this.parts.db
      .selectFrom("account_history")
      .selectAll()
      .where("account_id", "=", accountId)
      .orderBy("since")
      .orderBy("field")
      .limit(1_000)
      .execute()
    return rows.map((row) => ({
      accountId: row.account_id,
      network: row.network,
      remoteId: row.remote_id,
      field: row.field,
      value: row.value,
      since: Number(row.since),
      until: row.until === null ? null : Number(row.until),
      actor: row.actor,
    }))
  }

  /** Accounts that were on the list and are not any more, for verify ("suspended", not "never heard of"). */
  async endedAccounts(): Promise<
    { id: string; unitId: string; network: string; remoteId: string | null; name: string; handle: string | null; endedAt: number }[]
  > {
    const rows = await this.parts.db.selectFrom("registry_accounts").selectAll().where("ended_at", "is not", null).limit(10_000).execute()
    return rows.map((row) => ({
      id: row.id,
      unitId: row.unit_id,
      network: row.network,
      remoteId: row.remote_id,
      name: row.name,
      handle: row.handle,
      endedAt: Number(row.ended_at),
    }))
  }

  async unitEvents(unitId: string): Promise<{ kind: string; day: string; detail: Record<string, unknown>; at: number; actor: string }[]> {
    const rows = await this.parts.db
      .selectFrom("unit_events")
      .selectAll()
      .where("unit_id", "=", unitId)
      .orderBy("day")
      .orderBy("at")
      .limit(1_000)
      .execute()
    return rows.map((row) => ({
      kind: row.kind,
      day: row.day,
      detail: JSON.parse(row.detail) as Record<string, unknown>,
      at: Number(row.at),
      actor: row.actor,
    }))
  }

  async versions(limit = 50): Promise<{ version: number; at: number; actor: string; source: string; summary: Record<string, unknown> }[]> {
    const rows = await this.parts.db
      .selectFrom("registry_versions")
      .select(["version", "at", "actor", "source", "summary"])
      .orderBy("version", "desc")
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      ...row,
      version: Number(row.version),
      at: Number(row.at),
      summary: JSON.parse(row.summary) as Record<string, unknown>,
    }))
  }
}

export { readFolder, type Folder }

const subjectOf = (update: RegistryUpdate) =>
  update.kind === "unit.set" ? `unit:${update.unit}` : `account:${update.kind === "account.register" ? update.account.id : update.account}`

const summaryOf = (change: RegistryChange, options: { overwrite?: boolean }) => ({
  units: { added: change.units.added.length, removed: change.units.removed, changed: change.units.changed },
  accounts: { added: change.accounts.added.length, removed: change.accounts.removed, changed: change.accounts.changed },
  absorbed: change.absorbed,
  conflicts: change.conflicts.length,
  ...(options.overwrite ? { overwrite: true } : {}),
})
