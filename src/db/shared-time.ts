import { SteadyClock, type Clock } from "../base/clock.ts"
import type { Db, Tx } from "./open.ts"
import { ask, isPostgres } from "./raw-query.ts"

/** An answer that took longer says little about the moment at which it was given. */
const SURE_MS = 4_000

/**
 * Processes of several machines compare their leases, so they must mean the same by "now": with PostgreSQL all of them keep its time, whatever
 * their machines believe. Asked within every claim, for a machine that was paused or set wrong does not know it. On SQLite all processes are on one machine.
 */
export async function keepSharedTime(db: Db | Tx, clock: Clock): Promise<void> {
  if (!(clock instanceof SteadyClock) || !isPostgres(db)) return
  const asked = performance.now()
  const [row] = await ask<{ at: number }>(db, "select cast(extract(epoch from clock_timestamp()) * 1000 as double precision) as at", [])
  const tookMs = performance.now() - asked
  if (tookMs <= SURE_MS) clock.keepTo(Number(row!.at) + tookMs / 2)
}
