/**
 * "Stop all publishing": one row that says so, and every lane that was not paused is. Workers read the lanes in the transaction in which
 * they claim, so no post begins after this one has been committed, in whatever process. Lanes that somebody else paused stay as they are,
 * also when the stop ends.
 */
import { UsageError } from "../base/errors.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import type { OutboxDeps } from "./deps.ts"

const NAME = "publishing.stopped"
/** In `lanes.paused_by`. */
export const STOP = "stop"

export interface StopState {
  at: number
  by: string
  why: string
}
type StopDeps = Pick<OutboxDeps, "db" | "clock" | "audit">

export async function stopState(db: Db | Tx): Promise<StopState | null> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", NAME).executeTakeFirst()
  return row ? (JSON.parse(row.value) as StopState) : null
}

/** Answers how many accounts this stopped; 0 when everything stood still already. */
export async function stopAll(deps: StopDeps, actor: string, why: string): Promise<number> {
  return inTransaction(deps.db, async (tx) => {
    const at = deps.clock.now()
    const value = JSON.stringify({ at, by: actor, why } satisfies StopState)
    const first = await tx
      .insertInto("settings")
      .values({ name: NAME, value, updated_at: at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    const lanes = await tx
      .updateTable("lanes")
      .set({ paused_reason: reasonOf(why), paused_by: STOP, paused_at: at })
      .where("paused_reason", "is", null)
      .executeTakeFirst()
    const stopped = Number(lanes.numUpdatedRows)
    if (stopped || Number(first.numInsertedOrUpdatedRows))
      await deps.audit.write(tx, [{ actor, action: "publishing.stopped", subject: "publishing", detail: { why, accounts: stopped } }])
    return stopped
  })
}

/** Lanes that were freed or added while everything is stopped stand still too. */
export async function keepStopped(tx: Tx): Promise<void> {
  const state = await stopState(tx)
  if (!state) return
  await tx
    .updateTable("lanes")
    .set({ paused_reason: reasonOf(state.why), paused_by: STOP, paused_at: state.at })
    .where("paused_reason", "is", null)
    .execute()
}
const reasonOf = (why: string) => `Dừng toàn bộ việc đăng: ${why}`

/** Ends the stop; answers how many accounts go on. */
export async function endStop(deps: StopDeps, actor: string): Promise<number> {
  return inTransaction(deps.db, async (tx) => {
    const state = await stopState(tx)
    if (!state) throw new UsageError("not_stopped", "publishing is not stopped")
    await tx.deleteFrom("settings").where("name", "=", NAME).execute()
    const lanes = await tx
      .updateTable("lanes")
      .set({ paused_reason: null, paused_by: null, paused_at: null })
      .where("paused_by", "=", STOP)
      .executeTakeFirst()
    const freed = Number(lanes.numUpdatedRows)
    await deps.audit.write(tx, [
      { actor, action: "publishing.resumed", subject: "publishing", detail: { accounts: freed, stoppedBy: state.by, stoppedAt: state.at } },
    ])
    return freed
  })
}
