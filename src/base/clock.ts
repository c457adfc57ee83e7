/** UTC milliseconds. Every room takes time from here, so tests can move it. */
export interface Clock {
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
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
    }),
}

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
