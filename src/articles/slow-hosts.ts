/** Hosts that let us wait: asked two questions at a time, and left alone for a while after they kept one too long. */
import { MINUTE } from "../base/clock.ts"
import { FetchFailure } from "../base/safe-fetch.ts"
import { Turns } from "../base/turns.ts"

const atOnce = 2
const leaveAloneMs = 10 * MINUTE
const hostsMax = 10_000

export class SlowHosts {
  private readonly until = new Map<string, number>()
  private readonly turns = new Map<string, Turns>()

  /** `work` in its turn; null when the host is left alone, also when that was decided while it stood in line. */
  async ask<T>(url: string, now: number, work: () => Promise<T>): Promise<T | null> {
    const { host } = new URL(url)
    if (this.isLeftAlone(host, now)) return null
    const turns = this.turns.get(host) ?? new Turns(atOnce)
    this.turns.set(host, turns)
    try {
      return await turns.take(async () => (this.isLeftAlone(host, now) ? null : await this.watched(host, now, work)))
    } finally {
      if (turns.idle) this.turns.delete(host)
    }
  }

  /** Within the turn: whoever is next in line must know already. */
  private async watched<T>(host: string, now: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof FetchFailure && error.code === "timeout") this.leaveAlone(host, now)
      throw error
    }
  }

  private isLeftAlone = (host: string, now: number) => (this.until.get(host) ?? 0) > now

  private leaveAlone(host: string, now: number) {
    if (this.until.size >= hostsMax) this.until.delete(this.until.keys().next().value!)
    this.until.set(host, now + leaveAloneMs)
  }
}
