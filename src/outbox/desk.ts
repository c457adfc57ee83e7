/** What people do with deliveries: look at them, approve, reject, retry, cancel, pause and resume accounts. */
import type { AuditEntry } from "../audit/index.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { asNumber, inTransaction, type Db, type Tx } from "../db/index.ts"
import { deliveryStates, type DeliveryState } from "../model/index.ts"
import { RELEASE_WITHIN_MS, type OutboxDeps } from "./deps.ts"
import { checkMoment, refuseOwnWords } from "./edit.ts"
import { keepStopped } from "./stop.ts"
import { composed } from "./posts.ts"
import type { DeliveryRow } from "./work.ts"

export interface DeliveryView {
  id: string
  articleUrl: string
  articleId: string
  account: string
  unit: string
  network: string
  state: DeliveryState
  remoteId: string | null
  remoteUrl: string | null
  attempts: number
  code: string | null
  reason: string | null
  dueAt: string | null
  createdAt: string
  publishedAt: string | null
}

const iso = (at: number | null) => (at === null || at > 8e15 ? null : new Date(at).toISOString())
export const viewOf = (row: DeliveryRow): DeliveryView => ({
  id: row.id,
  articleUrl: row.article_url,
  articleId: row.article_id,
  account: row.account_id,
  unit: row.unit_id,
  network: row.network,
  state: row.state,
  remoteId: row.remote_id,
  remoteUrl: row.remote_url,
  attempts: row.attempts,
  code: row.code,
  reason: row.reason,
  dueAt: iso(row.due_at),
  createdAt: iso(row.created_at)!,
  publishedAt: iso(row.published_at),
})

export interface ListFilter {
  state?: DeliveryState
  account?: string
  unit?: string
  articleId?: string
  network?: string
  limit?: number
  /** Rows to skip. */
  from?: number
}

export async function listDeliveries(db: Db, filter: ListFilter = {}): Promise<DeliveryView[]> {
  const rows = await db
    .selectFrom("deliveries")
    .selectAll()
    .$if(filter.state !== undefined, (q) => q.where("state", "=", filter.state!))
    .$if(filter.account !== undefined, (q) => q.where("account_id", "=", filter.account!))
    .$if(filter.unit !== undefined, (q) => q.where("unit_id", "=", filter.unit!))
    .$if(filter.articleId !== undefined, (q) => q.where("article_id", "=", filter.articleId!))
    .$if(filter.network !== undefined, (q) => q.where("network", "=", filter.network!))
    .orderBy("created_at", "desc")
    .orderBy("id")
    .$if(filter.limit !== undefined, (q) => q.limit(filter.limit!))
    .$if(filter.from !== undefined, (q) => q.offset(filter.from!))
    .execute()
  return rows.map(viewOf)
}

export async function findDelivery(db: Db, id: string): Promise<DeliveryRow> {
  const row = await db.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirst()
  if (!row) throw new NotFoundError("delivery", id)
  return row
}

export async function countStates(db: Db): Promise<Record<DeliveryState, number>> {
  const rows = await db.selectFrom("deliveries").select((e) => ["state", e.fn.countAll().as("n")]).groupBy("state").execute()
  const counts = Object.fromEntries(deliveryStates.map((state) => [state, 0])) as Record<DeliveryState, number>
  for (const row of rows) counts[row.state] = asNumber(row.n)
  return counts
}

/** Deliveries that go on only when a person decides. */
export async function needingPerson(db: Db, limit = 200): Promise<{ id: string; account: string; state: DeliveryState; reason: string | null }[]> {
  const rows = await db
    .selectFrom("deliveries")
    .select(["id", "account_id", "state", "reason"])
    .where((e) => e.or([e("state", "in", ["review", "held"]), e.and([e("state", "=", "unknown"), e("code", "=", "needs_person")])]))
    .orderBy("updated_at", "desc")
    .limit(limit)
    .execute()
  return rows.map((row) => ({ id: row.id, account: row.account_id, state: row.state, reason: row.reason }))
}

interface Move {
  from: DeliveryState[]
  to: DeliveryState
  action: string
  set?: Partial<Omit<DeliveryRow, "id" | "state">>
  /** Lets a post through: not one whose words are the person's own, where four eyes are wanted. */
  letsThrough?: boolean
}

/** Moves the named deliveries, all or none: a wrong id or state names every offender and changes nothing. */
async function move(deps: OutboxDeps, ids: string[], actor: string, move: Move, detail: Record<string, unknown>): Promise<DeliveryView[]> {
  return inTransaction(deps.db, async (tx) => {
    const rows = await tx.selectFrom("deliveries").selectAll().where("id", "in", ids).execute()
    const found = new Map(rows.map((row) => [row.id, row]))
    const ready = move.to === "waiting" ? await composed(tx, ids) : null
    const wrong = ids.flatMap((id) => {
      const row = found.get(id)
      if (!row) return [`${id}: không có lượt gửi này`]
      if (ready && !ready.has(id)) return [`${id}: tin này chưa từng được soạn để đăng (${row.reason ?? row.code ?? row.state})`]
      return move.from.includes(row.state) ? [] : [`${id}: đang ở trạng thái "${row.state}", cần ${move.from.map((s) => `"${s}"`).join(" hoặc ")}`]
    })
    if (wrong.length) throw new UsageError("wrong_state", wrong.join("\n"), { ids })
    if (move.letsThrough) await refuseOwnWords(tx, deps, ids, actor)
    const now = deps.clock.now()
    // The state is asked for again by the change itself: on PostgreSQL somebody else may have moved a row since it was read.
    const moved = await tx
      .updateTable("deliveries")
      .set({ ...move.set, state: move.to, updated_at: now })
      .where("id", "in", ids)
      .where("state", "in", move.from)
      .executeTakeFirst()
    if (Number(moved.numUpdatedRows) !== rows.length) throw new UsageError("wrong_state", "trạng thái vừa thay đổi, hãy xem lại", { ids })
    await deps.audit.write(
      tx,
      rows.map((row): AuditEntry => ({
        actor,
        action: `delivery.${move.action}`,
        subject: `delivery:${row.id}`,
        detail: { from: row.state, to: move.to, ...detail },
      })),
    )
    const after = await tx.selectFrom("deliveries").selectAll().where("id", "in", ids).execute()
    return after.map(viewOf)
  })
}

/** A late approval is still published, at `at` where a moment is given. Approving what a check holds is a person's decision and is audited as such. */
export function approve(deps: OutboxDeps, ids: string[], actor: string, at?: number) {
  if (at !== undefined) checkMoment(deps, at)
  const set = { due_at: at ?? deps.clock.now(), approved_by: actor, code: null, reason: null }
  return move(
    deps,
    ids,
    actor,
    { from: ["review", "held"], to: "waiting", action: "approved", set, letsThrough: true },
    at === undefined ? {} : { at },
  )
}

export const reject = (deps: OutboxDeps, ids: string[], actor: string, why?: string) =>
  move(
    deps,
    ids,
    actor,
    {
      from: ["review", "held", "waiting"],
      to: "cancelled",
      action: "rejected",
      set: { code: "rejected", reason: why ?? "Người duyệt không đồng ý đăng." },
    },
    { why },
  )

/** A person says "try (again)". For `unknown` this means: I looked, the post is not there. */
export const retry = (deps: OutboxDeps, ids: string[], actor: string) =>
  move(
    deps,
    ids,
    actor,
    {
      from: ["held", "refused", "unknown", "cancelled", "waiting"],
      to: "waiting",
      action: "retried",
      set: { due_at: deps.clock.now(), unknowns: 0, looks: 0, attempts: 0, handle: null, code: null, reason: null },
      letsThrough: true,
    },
    {},
  )

export const cancel = (deps: OutboxDeps, ids: string[], actor: string, why?: string) =>
  move(
    deps,
    ids,
    actor,
    {
      from: ["waiting", "review", "held", "unknown"],
      to: "cancelled",
      action: "cancelled",
      set: { code: "cancelled", reason: why ?? "Đã hủy theo yêu cầu." },
    },
    { why },
  )

export async function pauseAccount(deps: OutboxDeps, account: string, actor: string, why: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const before = await pausedReason(tx, account)
    await tx
      .updateTable("lanes")
      .set({ paused_reason: why, paused_by: actor, paused_at: deps.clock.now() })
      .where("account_id", "=", account)
      .execute()
    await deps.audit.write(tx, [{ actor, action: "account.paused", subject: `account:${account}`, detail: { before, after: why, why } }])
  })
}

export async function resumeAccount(deps: OutboxDeps, account: string, actor: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const before = await pausedReason(tx, account)
    await tx
      .updateTable("lanes")
      .set({ paused_reason: null, paused_by: null, paused_at: null, blocked_until: 0 })
      .where("account_id", "=", account)
      .execute()
    await keepStopped(tx)
    await deps.audit.write(tx, [
      { actor, action: "account.resumed", subject: `account:${account}`, detail: { before, after: await pausedReason(tx, account) } },
    ])
  })
}

/** A new credential is the cure for exactly this kind of pause; others stay until a person ends them. */
export async function resumeConnected(deps: OutboxDeps, account: string, actor: string): Promise<void> {
  const lane = await deps.db.selectFrom("lanes").select(["paused_by", "paused_reason"]).where("account_id", "=", account).executeTakeFirst()
  if (lane?.paused_by === "network" && lane.paused_reason?.startsWith("reconnect")) await resumeAccount(deps, account, actor)
}

const pausedReason = async (tx: Tx, account: string) =>
  (await tx.selectFrom("lanes").select("paused_reason").where("account_id", "=", account).executeTakeFirst())?.paused_reason ?? null

/**
 * Posts that a rule or PUBLISH_TO held go on when the cause has ended, as long as they are news (72 hours); older ones wait
 * for a person, so that opening an account never floods its readers.
 */
export async function releaseHeld(deps: OutboxDeps): Promise<number> {
  const now = deps.clock.now()
  const rows = await deps.db
    .selectFrom("deliveries")
    .select(["id", "account_id", "code"])
    .where("state", "=", "held")
    .where("created_at", ">", now - RELEASE_WITHIN_MS)
    .where((e) => e.or([e("code", "like", "gate:%"), e("code", "=", "publish_to")]))
    .execute()
  const free = rows.filter(
    (row) => deps.account(row.account_id) && deps.gate(row.account_id).open && (deps.publishTo === "*" || deps.publishTo.has(row.account_id)),
  )
  const posts = await composed(
    deps.db,
    free.map((row) => row.id),
  )
  const ready = free.filter((row) => posts.has(row.id))
  if (!ready.length) return 0
  await inTransaction(deps.db, async (tx) => {
    for (let i = 0; i < ready.length; i += 100) {
      const part = ready.slice(i, i + 100)
      for (const state of ["waiting", "review"] as const) {
        const ids = part.filter((row) => (deps.account(row.account_id)!.publish === "review") === (state === "review")).map((row) => row.id)
        if (ids.length)
          await tx
            .updateTable("deliveries")
            .set({ state, due_at: now, code: null, reason: null, updated_at: now })
            .where("id", "in", ids)
            .where("state", "=", "held")
            .execute()
      }
    }
    await deps.audit.write(
      tx,
      ready.map((row) => ({ actor: "job:release", action: "delivery.released", subject: `delivery:${row.id}`, detail: { was: row.code } })),
    )
  })
  return ready.length
}
