/** UTC milliseconds. Every room takes time from here, so tests can move it. */
export interface Clock {
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** By how much the machine's time differs since it jumped, until the new time is taken over; 0 = all is well. */
  jump?(): number
}

/** Times a clock of the machine is compared with itself; tests hand in their own. */
export interface TimeSources {
  /** What the machine believes, UTC ms; may jump. */
  wall(): number
  /** ms since some moment; never jumps, stands still while the machine sleeps. */
  steady(): number
}

/** Smaller differences are how clocks are kept right; larger ones are jumps. */
const JUMP_MS = 2_000
/** Longer than any lease plus any call: what was begun by the old time is over before the new one counts. */
export const JUMP_SETTLES_MS = 180_000

/**
 * The machine's time, but it does not jump. When somebody sets the machine's clock, or it wakes from sleep, time goes on evenly as if nothing
 * had happened for `JUMP_SETTLES_MS`; then the new time is taken over. Meanwhile `jump` is not 0 and nothing may be begun that rests on leases:
 * a lease that a jump ended looks free although its owner is still asking a network.
 */
export class SteadyClock implements Clock {
  private offset: number
  private jumpedAt: number | null = null
  private last = Number.NEGATIVE_INFINITY
  /** What the machine's time lacks to be the time that all processes share; null = nobody told. */
  private correction: number | null = null
  /** Jumps taken over so far, newest last, for whoever looks after them. */
  readonly taken: { at: number; ms: number }[] = []

  constructor(private readonly sources: TimeSources) {
    this.offset = sources.wall() - sources.steady()
  }

  now(): number {
    const steady = this.sources.steady()
    const drift = this.drift(steady)
    if (Math.abs(drift) <= JUMP_MS) {
      this.jumpedAt = null
      this.offset += drift
    } else if (this.jumpedAt === null) this.jumpedAt = steady
    else if (steady - this.jumpedAt >= JUMP_SETTLES_MS) {
      this.jumpedAt = null
      this.offset += drift
      this.last = Number.NEGATIVE_INFINITY
      if (this.taken.push({ at: Math.round(steady + this.offset), ms: Math.round(drift) }) > 20) this.taken.shift()
    }
    this.last = Math.max(this.last, Math.round(steady + this.offset))
    return this.last
  }

  jump(): number {
    this.now()
    return this.jumpedAt === null ? 0 : Math.round(this.drift(this.sources.steady()))
  }

  /**
   * Told what time it is now by the clock that all processes share: from here on the machine's own counts only by how it goes. Told the first
   * time, it is taken over at once, for nothing was begun by the machine's time yet; later differences are jumps.
   */
  keepTo(at: number): void {
    const first = this.correction === null
    this.correction = at - this.sources.wall()
    if (!first) return
    this.offset += this.drift(this.sources.steady())
    this.jumpedAt = null
    this.last = Number.NEGATIVE_INFINITY
  }

  /** How far the machine's own time is ahead of the one that all share. */
  aheadMs(): number {
    return 0 - Math.round(this.correction ?? 0)
  }

  private drift(steady: number) {
    return this.sources.wall() + (this.correction ?? 0) - (steady + this.offset)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort)
        resolve()
      }, ms)
      signal?.addEventListener("abort", onAbort, { once: true })
    })
  }
}

export const systemClock: SteadyClock = new SteadyClock({ wall: () => Date.now(), steady: () => performance.now() })

/** A clock that stands still until a test moves it; `sleep` moves it and returns at once. */
export class ManualClock implements Clock {
  constructor(private at: number) {}
  now() {
    return this.at
  }
  advance(ms: number) {
    this.at += ms
  }
  set(at: number) {
    this.at = at
  }
  async sleep(ms: number) {
    this.at += ms
  }
}

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const WEEK = 7 * DAY
