/**
 * What the networks said of their call budgets, shared by all processes: the only code that reads or writes `throttles`. Kept in memory, read
 * again once a second while calls are made, and written when it means that somebody must hold back (or may go on).
 */
import { HOUR, SECOND, type Clock } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import type { Log } from "../base/log.ts"
import type { Db } from "../db/index.ts"

export interface Throttle {
  /** Used part of the budget, when it was read. */
  percent: number
  percentAt: number
  stoppedUntil: number
}
const REREAD_MS = SECOND
/** A percentage describes a rolling window; after this long without calls it says nothing any more. */
export const READING_MS = HOUR
/** From here on optional calls stop (contract 6.2); others need to know only on which side of it we are. */
export const OPTIONAL_MAX = 75

export class Throttles {
  private readonly known = new Map<string, Throttle>()
  private readonly changed = new Set<string>()
  private readAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly deps: { db: Db; clock: Clock; log: Log },
    private readonly network: string,
  ) {}

  of(key: string): Throttle | undefined {
    return this.known.get(key)
  }

  note(key: string, said: { percent?: number; stoppedUntil?: number }): void {
    const now = this.deps.clock.now()
    const before = this.known.get(key) ?? { percent: 0, percentAt: 0, stoppedUntil: 0 }
    const after = {
      percent: said.percent ?? before.percent,
      percentAt: said.percent === undefined ? before.percentAt : now,
      stoppedUntil: said.stoppedUntil ?? before.stoppedUntil,
    }
    this.known.set(key, after)
    const crossed = after.percent >= OPTIONAL_MAX !== before.percent >= OPTIONAL_MAX
    const grown = after.percent >= OPTIONAL_MAX && after.percentAt - before.percentAt > REREAD_MS
    if (crossed || grown || Math.abs(after.stoppedUntil - before.stoppedUntil) >= SECOND) this.changed.add(key)
  }

  /** Before a call: what other processes heard. A database out of reach leaves us with what we know. */
  async catchUp(): Promise<void> {
    const now = this.deps.clock.now()
    if (now - this.readAt < REREAD_MS) return
    this.readAt = now
    try {
      const rows = await this.deps.db
        .selectFrom("throttles")
        .selectAll()
        .where("key", "like", `${this.network}:%`)
        .where((e) => e.or([e("stopped_until", ">", now), e("percent_at", ">", now - READING_MS)]))
        .execute()
      for (const row of rows) {
        const key = row.key.slice(this.network.length + 1)
        const own = this.known.get(key)
        const newer = !own || row.percent_at > own.percentAt
        this.known.set(key, {
          percent: newer ? row.percent : own.percent,
          percentAt: newer ? row.percent_at : own.percentAt,
          stoppedUntil: Math.max(row.stopped_until, own?.stoppedUntil ?? 0),
        })
      }
    } catch (error) {
      this.deps.log.warn("the shared call budgets were not read", { error: messageOf(error) })
    }
  }

  /** After a call: tells the others what it said, if that matters. */
  async share(): Promise<void> {
    if (!this.changed.size) return
    const keys = [...this.changed].sort()
    this.changed.clear()
    try {
      for (const key of keys) {
        const { percent, percentAt, stoppedUntil } = this.known.get(key)!
        const set = { percent, percent_at: percentAt, stopped_until: stoppedUntil }
        await this.deps.db
          .insertInto("throttles")
          .values({ key: `${this.network}:${key}`, ...set })
          .onConflict((conflict) => conflict.column("key").doUpdateSet(set))
          .execute()
      }
    } catch (error) {
      for (const key of keys) this.changed.add(key)
      this.deps.log.warn("the shared call budgets were not written", { error: messageOf(error) })
    }
  }
}
