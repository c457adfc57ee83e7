/** Hosts that let us wait: asked two questions at a time, and left alone for a while after they kept one too long. */
import { MINUTE } from "../base/clock.ts"
import { FetchFailure } from "../base/safe-fetch.ts"

const atOnce = 2
const leaveAloneMs = 10 * MINUTE
const hostsMax = 10_000

export class SlowHosts {
  private readonly until = new Map<string, number>()
  private readonly active = new Map<string, number>()
  private readonly queues = new Map<string, (() => void)[]>()

  /** `work` in its turn; null when the host is left alone, also when that was decided while it stood in line. */
  async ask<T>(url: string, now: number, work: () => Promise<T>): Promise<T | null> {
    const { host } = new URL(url)
    if (this.isLeftAlone(host, now)) return null
    while ((this.active.get(host) ?? 0) >= atOnce)
      await new Promise<void>((resolve) => void this.queues.set(host, [...(this.queues.get(host) ?? []), resolve]))
    if (this.isLeftAlone(host, now)) return null
    this.active.set(host, (this.active.get(host) ?? 0) + 1)
    try {
      return await work()
    } catch (error) {
      if (error instanceof FetchFailure && error.code === "timeout") this.leaveAlone(host, now)
      throw error
    } finally {
      const left = this.active.get(host)! - 1
      if (left > 0) this.active.set(host, left)
      else this.active.delete(host)
      const waiting = this.queues.get(host) ?? []
      this.queues.delete(host)
      for (const go of waiting) go()
    }
  }

  private isLeftAlone = (host: string, now: number) => (this.until.get(host) ?? 0) > now

  private leaveAlone(host: string, now: number) {
    if (this.until.size >= hostsMax) this.until.delete(this.until.keys().next().value!)
    this.until.set(host, now + leaveAloneMs)
  }
}
