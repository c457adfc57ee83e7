/** Observed pages: what people or a file saw, how it was judged, what became of it. The one writer of `observed_pages`. */
import type { Audit } from "../audit/index.ts"
import { NotFoundError } from "../base/errors.ts"
import { idOf } from "../base/hash.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import type { AlertTables } from "../db/tables/alerts.ts"
import type { AlertSeverity, ObservedState } from "../model/index.ts"
import type { ObservedInput } from "./observed-input.ts"

export interface ObservedVerdict {
  /** The unit it imitates, or whose page it is; null = nobody. */
  unit: string | null
  severity: AlertSeverity | null
  /** Ids of the name rules, `IMP-HANDLE`, `IMP-PICTURE`. */
  rules: string[]
  /** Vietnamese sentences. */
  reasons: string[]
  /** Id of the listed account it is. */
  account: string | null
}
export interface ObservedPage {
  id: string
  network: string
  url: string
  remoteId: string | null
  handle: string | null
  name: string
  picture: string | null
  unitHint: string | null
  note: string
  source: string
  addedBy: string
  addedAt: number
  state: ObservedState
  verdict: ObservedVerdict | null
  told: string | null
  readBy: "network" | "person"
  checkedAt: number | null
  checkAt: number
  dueAt: number | null
  decidedBy: string | null
  decidedAt: number | null
  decidedWhy: string | null
}
export type SeenPage = Omit<ObservedInput, "picture"> & { picture: string | null; source: string }

/** The same page, however it was written down, is one row. */
export const observedId = (page: Pick<ObservedInput, "network" | "url" | "remoteId" | "handle">) =>
  idOf("observed", page.network, page.remoteId ?? page.handle?.toLowerCase().replaceAll(".", "") ?? page.url)

/** Adds a page or brings a known one up to date; a changed one is judged anew at once. Answers its id. */
export async function keepObserved(tx: Tx, audit: Audit, page: SeenPage, actor: string, now: number): Promise<{ id: string; isNew: boolean }> {
  const id = observedId(page)
  const known = await tx.selectFrom("observed_pages").selectAll().where("id", "=", id).executeTakeFirst()
  const seen = {
    url: page.url,
    name: page.name,
    note: page.note ?? "",
    unit_hint: page.unit ?? null,
    handle: page.handle ?? known?.handle ?? null,
    remote_id: page.remoteId ?? known?.remote_id ?? null,
    picture: page.picture ?? known?.picture ?? null,
  }
  if (!known) {
    const nothingYet = { verdict: null, told: null, checked_at: null, due_at: null, decided_by: null, decided_at: null, decided_why: null }
    await tx
      .insertInto("observed_pages")
      .values({
        id,
        network: page.network,
        ...seen,
        source: page.source,
        added_by: actor,
        added_at: now,
        state: "watching",
        read_by: "person",
        check_at: now,
        ...nothingYet,
      })
      .execute()
    const detail = { network: page.network, url: page.url, name: page.name, source: page.source }
    await audit.write(tx, [{ actor, action: "observed.added", subject: `observed:${id}`, detail }])
    return { id, isNew: true }
  }
  const changed = (Object.keys(seen) as (keyof typeof seen)[]).filter((field) => known[field] !== seen[field])
  // What the network itself told outweighs what a file still says of the name.
  if (!changed.length || (known.read_by === "network" && page.source !== "person")) return { id, isNew: false }
  await tx.updateTable("observed_pages").set({ ...seen, check_at: now }).where("id", "=", id).execute()
  const before = Object.fromEntries(changed.map((field) => [field, known[field]]))
  await audit.write(tx, [{ actor, action: "observed.changed", subject: `observed:${id}`, detail: { fields: changed, before } }])
  return { id, isNew: false }
}

export async function listObserved(
  db: Db,
  filter: { state?: ObservedState; dueBefore?: number; ids?: readonly string[] } = {},
): Promise<ObservedPage[]> {
  const rows = await db
    .selectFrom("observed_pages")
    .selectAll()
    .$if(filter.state !== undefined, (query) => query.where("state", "=", filter.state!))
    .$if(filter.dueBefore !== undefined, (query) =>
      query.where("check_at", "<=", filter.dueBefore!).where("state", "not in", ["harmless", "official"]),
    )
    .$if(filter.ids !== undefined, (query) => query.where("id", "in", [...filter.ids!]))
    .orderBy("added_at")
    .orderBy("id")
    .execute()
  return rows.map(pageOf)
}

export async function findObserved(db: Db, id: string): Promise<ObservedPage> {
  const row = await db.selectFrom("observed_pages").selectAll().where("id", "=", id).executeTakeFirst()
  if (!row) throw new NotFoundError("observed", id)
  return pageOf(row)
}

export type ObservedChange = Partial<
  Pick<
    AlertTables["observed_pages"],
    "name" | "handle" | "remote_id" | "picture" | "state" | "verdict" | "told" | "read_by" | "checked_at" | "check_at" | "due_at"
  >
>
export const changeObserved = (tx: Tx, id: string, set: ObservedChange) => tx.updateTable("observed_pages").set(set).where("id", "=", id).execute()

/** A person says what came of it. */
export async function decideObserved(
  deps: { db: Db; audit: Audit },
  id: string,
  result: Exclude<ObservedState, "watching" | "suspect">,
  why: string,
  actor: string,
  now: number,
): Promise<void> {
  const before = await findObserved(deps.db, id)
  await inTransaction(deps.db, async (tx) => {
    await tx
      .updateTable("observed_pages")
      .set({ state: result, decided_by: actor, decided_at: now, decided_why: why, due_at: null })
      .where("id", "=", id)
      .execute()
    await deps.audit.write(tx, [{ actor, action: "observed.decided", subject: `observed:${id}`, detail: { from: before.state, to: result, why } }])
  })
}

export async function removeObserved(deps: { db: Db; audit: Audit }, id: string, actor: string): Promise<ObservedPage> {
  const page = await findObserved(deps.db, id)
  await inTransaction(deps.db, async (tx) => {
    await tx.deleteFrom("observed_pages").where("id", "=", id).execute()
    await deps.audit.write(tx, [
      {
        actor,
        action: "observed.removed",
        subject: `observed:${id}`,
        detail: { network: page.network, url: page.url, name: page.name, state: page.state },
      },
    ])
  })
  return page
}

function pageOf(row: AlertTables["observed_pages"]): ObservedPage {
  const time = (at: number | null) => (at === null ? null : Number(at))
  return {
    id: row.id,
    network: row.network,
    url: row.url,
    remoteId: row.remote_id,
    handle: row.handle,
    name: row.name,
    picture: row.picture,
    unitHint: row.unit_hint,
    note: row.note,
    source: row.source,
    addedBy: row.added_by,
    addedAt: Number(row.added_at),
    state: row.state,
    verdict: row.verdict === null ? null : (JSON.parse(row.verdict) as ObservedVerdict),
    told: row.told,
    readBy: row.read_by === "network" ? "network" : "person",
    checkedAt: time(row.checked_at),
    checkAt: Number(row.check_at),
    dueAt: time(row.due_at),
    decidedBy: row.decided_by,
    decidedAt: time(row.decided_at),
    decidedWhy: row.decided_why,
  }
}
