/**
 * The outbox: which article goes to which account, in what state, exactly once.
 *
 * A delivery's life: `waiting → sending → published`, with `later` going back to `waiting`, a lost answer going to `unknown`
 * until the page was read back, and `refused`, `held`, `cancelled` as the other ends. The intent (`sending`) is committed
 * before the call; an answer that does not settle the matter is never followed by a second call before the page was read.
 */
import { among, ask, inTransaction, keepSharedTime, listed, sql, type Tx } from "../db/index.ts"
import type { Account, DeliveryState } from "../model/index.ts"
import { failpoint } from "../base/failpoint.ts"
import { claim } from "./claim.ts"
import { NEVER, type OutboxDeps } from "./deps.ts"
import * as desk from "./desk.ts"
import * as edit from "./edit.ts"
import { enqueue, type Order } from "./enqueue.ts"
import { postsOf } from "./posts.ts"
import * as follow from "./follow.ts"
import { settle } from "./settle.ts"
import * as stop from "./stop.ts"
import * as today from "./today.ts"
import type { Result, Work } from "./work.ts"
import { explainWaits } from "./waits.ts"
import { beat, letGo, recover } from "./workers.ts"

export { LEASE_MS, NEVER, START_WITHIN_MS, type GateAnswer, type OutboxDeps } from "./deps.ts"
export { viewOf, type DeliveryView, type ListFilter } from "./desk.ts"
export { SCHEDULE_DAYS_MAX, stampOf, type EditOrder, type PostEdit } from "./edit.ts"
export { titleKey, type Order } from "./enqueue.ts"
export {
  ownPosts,
  publishedBetween,
  starvedLanes,
  tallyDeliveries,
  unsettledUrls,
  type DeliveryTally,
  type PublishedPost,
  type StarvedLane,
} from "./read.ts"
export { stopState, type StopState } from "./stop.ts"
export { flowBetween, liveCounts, type Flow, type StateCounts } from "./today.ts"
export { type DeliveryRow, type Result, type Work } from "./work.ts"
export { registerWorker, unregisterWorker } from "./workers.ts"

export class Outbox {
  constructor(readonly deps: OutboxDeps) {}

  /**
   * One turn of the publisher in one transaction: writes what the networks answered and claims what to ask next. One commit
   * (one fsync) serves all of it, which is where the speed comes from without giving up durable intents.
   */
  async turn(results: Result[], want: number): Promise<{ works: Work[]; more: boolean }> {
    const answer = await inTransaction(this.deps.db, async (tx) => {
      const { next, audit } = await settle(tx, this.deps, results)
      if (want > 0) await keepSharedTime(tx, this.deps.clock)
      const { works, more } = await claim(tx, this.deps, this.deps.clock.jump?.() ? 0 : want)
      await this.deps.audit.write(tx, audit)
      failpoint("outbox.before_commit")
      if (works.length) failpoint("outbox.before_intent")
      return { works: [...next, ...works], more }
    })
    failpoint("outbox.after_commit")
    return answer
  }

  /** Lanes that a turn of ours may have taken although its answer got lost: nothing was asked there, so the posts simply wait again. */
  letGo(busy: string[]): Promise<void> {
    return letGo(this.deps.db, this.deps.clock, this.deps.worker, busy)
  }

  enqueue(tx: Tx, orders: Order[]) {
    return enqueue(tx, this.deps, orders)
  }

  /** A lane for every publishing account of the registry; lanes of accounts that left stay for their history. */
  async syncLanes(tx: Tx, accounts: Account[]): Promise<void> {
    const rows = accounts.map((account) => ({
      account_id: account.id,
      network: account.network,
      owner: null,
      lease_until: 0,
      next_free_at: 0,
      blocked_until: 0,
      served_at: 0,
      day: "",
      sent_today: 0,
      paused_reason: account.paused ?? null,
      paused_by: account.paused ? "registry" : null,
      paused_at: null,
      slowness: 1,
    }))
    for (let i = 0; i < rows.length; i += 100) {
      await tx.insertInto("lanes").values(rows.slice(i, i + 100)).onConflict((conflict) => conflict.doNothing()).execute()
    }
    for (const account of accounts) {
      if (account.paused)
        await tx
          .updateTable("lanes")
          .set({ paused_reason: account.paused, paused_by: "registry" })
          .where("account_id", "=", account.id)
          .where("paused_reason", "is", null)
          .execute()
    }
    const free = accounts.filter((account) => !account.paused).map((account) => account.id)
    const held = await tx.selectFrom("lanes").select("account_id").where("paused_by", "=", "registry").execute()
    const resumed = held.map((row) => row.account_id).filter((id) => free.includes(id))
    if (resumed.length)
      await tx.updateTable("lanes").set({ paused_reason: null, paused_by: null, paused_at: null }).where("account_id", "in", resumed).execute()
    await stop.keepStopped(tx)
  }

  /** Frees what dead processes held; answers their worker ids so that other rooms can free their leases too. */
  recover() {
    return recover(this.deps.db, this.deps.clock)
  }
  beat() {
    return beat(this.deps.db, this.deps.clock, this.deps.worker)
  }

  /** The next moment anything becomes due, or null when nothing is planned. */
  async nextDueAt(): Promise<number | null> {
    const latest = sql.raw(this.deps.engine === "postgres" ? "greatest" : "max")
    const row = await sql<{ at: number | null }>`
      select min(at) as at from (
        select min(d.due_at) as at from deliveries d where d.state = 'sending'
        union all select min(d.due_at) from deliveries d where d.state = 'unknown'
        union all select min(d.due_at) from deliveries d where d.followup is not null
        union all select min(${latest}(l.next_free_at, l.blocked_until, w.due_at))
          from lanes l join (select account_id, min(due_at) as due_at from deliveries where state = 'waiting' group by account_id) w
          on w.account_id = l.account_id where l.paused_reason is null
      ) t`.execute(this.deps.db)
    const at = row.rows[0]?.at
    return at === null || at === undefined || Number(at) >= NEVER ? null : Number(at)
  }

  followEdit = (tx: Tx, ...rest: Tail<Parameters<typeof follow.followEdit>>) => follow.followEdit(tx, this.deps, ...rest)
  followWithdrawal = (tx: Tx, ...rest: Tail<Parameters<typeof follow.followWithdrawal>>) => follow.followWithdrawal(tx, this.deps, ...rest)
  takeDown = (id: string, actor: string, why: string) => inTransaction(this.deps.db, (tx) => follow.takeDown(tx, this.deps, id, actor, why))

  /** Newest first; what waits says why and until when. */
  list = async (filter?: desk.ListFilter) => this.explain(await desk.listDeliveries(this.deps.db, filter))
  explain = (views: desk.DeliveryView[]) => explainWaits(this.deps, views)
  find = (id: string) => desk.findDelivery(this.deps.db, id)
  /** The posts of these deliveries; one that was never composed is absent. */
  posts = (ids: readonly string[]) => postsOf(this.deps.db, ids)
  counts = (): Promise<Record<DeliveryState, number>> => desk.countStates(this.deps.db)
  needingPerson = (limit?: number) => desk.needingPerson(this.deps.db, limit)
  flow = (from: number, to: number) => today.flowBetween(this.deps.db, from, to)
  live = (unit?: string) => today.liveCounts(this.deps.db, unit)
  approve = (ids: string[], actor: string, at?: number) => desk.approve(this.deps, ids, actor, at)
  reject = (ids: string[], actor: string, why?: string) => desk.reject(this.deps, ids, actor, why)
  retry = (ids: string[], actor: string) => desk.retry(this.deps, ids, actor)
  cancel = (ids: string[], actor: string, why?: string) => desk.cancel(this.deps, ids, actor, why)
  pause = (account: string, actor: string, why: string) => desk.pauseAccount(this.deps, account, actor, why)
  resume = (account: string, actor: string) => desk.resumeAccount(this.deps, account, actor)
  resumeConnected = (account: string, actor: string) => desk.resumeConnected(this.deps, account, actor)
  edit = (order: edit.EditOrder, actor: string) => edit.editPosts(this.deps, order, actor)
  edits = (delivery: string) => edit.editsOf(this.deps.db, delivery)
  ownWords = (ids: readonly string[], actor: string) => edit.ownWords(this.deps.db, this.deps, ids, actor)
  reschedule = (ids: string[], at: number, actor: string) => edit.reschedule(this.deps, ids, at, actor)
  confirmWritten = (tx: Tx, articleId: string, actor: string) => edit.confirmWritten(tx, this.deps, articleId, actor)
  fourEyes = (unit: string | null) => edit.fourEyes(this.deps.db, this.deps, unit)
  fourEyesOfUnits = () => edit.fourEyesOfUnits(this.deps.db)
  setFourEyes = (unit: string | null, value: boolean | null, actor: string) => edit.setFourEyes(this.deps, unit, value, actor)
  stopAll = (actor: string, why: string) => stop.stopAll(this.deps, actor, why)
  endStop = (actor: string) => stop.endStop(this.deps, actor)
  stopped = () => stop.stopState(this.deps.db)
  releaseHeld = () => desk.releaseHeld(this.deps)

  /** Which of these articles are or will be posts, and where: what a second copy must not repeat. */
  async accountsCarrying(articleIds: string[]): Promise<{ article: string; account: string }[]> {
    if (!articleIds.length) return []
    const { db } = this.deps
    const carried = `select article_id as article, account_id as account from deliveries where article_id in ${among(db, 1)} and state not in ('refused', 'cancelled')`
    return ask(db, carried, [listed(articleIds)])
  }

  async lanes() {
    return this.deps.db.selectFrom("lanes").selectAll().execute()
  }
}

/** The parameters behind `tx` and `deps`. */
type Tail<T extends unknown[]> = T extends [unknown, unknown, ...infer Rest] ? Rest : never
