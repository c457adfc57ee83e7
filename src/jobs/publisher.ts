/**
 * Joins the outbox and the networks: claims work, makes the calls side by side, and hands the answers back. All writing goes
 * through `outbox.turn`; this file never touches a table.
 */
import type { Clock } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { failpoint } from "../base/failpoint.ts"
import type { Log } from "../base/log.ts"
import type { Network, NetworkAccount, NetworkName } from "../model/index.ts"
import { START_WITHIN_MS, type Outbox, type Result, type Work } from "../outbox/index.ts"

export interface PublisherDeps {
  outbox: Outbox
  network(name: NetworkName): Network
  account(id: string): NetworkAccount | null
  clock: Clock
  log: Log
  /** Calls in flight at once, over all networks. */
  concurrency: number
}

export interface PublishTally {
  published: number
  refused: number
  unknown: number
}

/** Answers that come within this time are written in one commit. */
const GATHER_MS = 8
/** After the signal to stop, calls under way get this long to answer: a network may be silent for a minute, a stop may not. */
const LAST_ANSWERS_MS = 7_000

export class Publisher {
  private readonly finished: Result[] = []
  private inFlight = 0
  /** Accounts whose lanes we hold for a call under way or an answer not yet written. */
  private readonly busy = new Set<string>()
  private readonly asking = new Set<Work>()
  /** A turn failed: it may have been committed all the same. */
  private unsure = false
  private wake: () => void = () => undefined
  readonly tally: PublishTally = { published: 0, refused: 0, unknown: 0 }

  constructor(private readonly deps: PublisherDeps) {}

  /** Publishes until nothing is due now and nothing is in flight. */
  async untilQuiet(signal: AbortSignal, onTurn?: (tally: PublishTally) => void): Promise<void> {
    const forget = this.obey(signal)
    try {
      for (;;) {
        const { started, more } = await this.turn(signal.aborted)
        onTurn?.(this.tally)
        if (!started && !more && this.inFlight === 0 && this.finished.length === 0) return
        await this.answers()
      }
    } finally {
      forget()
    }
  }

  /** Publishes until the signal; then finishes what answers within seconds and returns. `idleMs` = how often to look for new work. */
  async serve(signal: AbortSignal, idleMs = 1_000): Promise<void> {
    const forget = this.obey(signal)
    try {
      for (;;) {
        const { started, more } = await this.turn(signal.aborted)
        if (signal.aborted && this.inFlight === 0 && this.finished.length === 0) return
        if (this.inFlight > 0) await this.answers(idleMs)
        else if (!started && !more && !signal.aborted) await this.woken(idleMs)
      }
    } finally {
      forget()
    }
  }

  /** From the signal on: nothing new, and soon no waiting either. What it answers takes the ear off the signal. */
  private obey(signal: AbortSignal): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = () => {
      this.wake()
      timer = setTimeout(() => this.giveUp(), LAST_ANSWERS_MS)
    }
    if (signal.aborted) stop()
    else signal.addEventListener("abort", stop, { once: true })
    return () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", stop)
    }
  }

  /** Questions are put again later; whether a write arrived is not known, and that is what we record. */
  private giveUp() {
    for (const work of this.asking) {
      const question = work.kind === "look" || work.kind === "resume"
      const reason = "Loa dừng trong lúc mạng xã hội chưa trả lời."
      this.finish(
        work,
        question ? { work, outcome: { kind: "unsent" } } : { work, outcome: { kind: "unknown", code: "stopped", reason, repost: true } },
      )
    }
  }

  /** New work was queued: do not wait for the next look. */
  nudge() {
    this.wake()
  }

  private async turn(stopping: boolean) {
    if (this.unsure) {
      await this.deps.outbox.letGo([...this.busy])
      this.unsure = false
    }
    const results = this.finished.splice(0)
    // While a jump of the machine's clock settles, leases say nothing about who is asking.
    const want = stopping || this.deps.clock.jump?.() ? 0 : this.deps.concurrency - this.inFlight
    const { works, more } = await this.deps.outbox.turn(results, want).catch((error: unknown) => {
      // The database was out of reach: the answers are kept, for settling them twice changes nothing.
      this.finished.unshift(...results)
      this.unsure = true
      throw error
    })
    for (const { work } of results) this.busy.delete(work.account)
    for (const { outcome } of results) {
      if (outcome.kind === "sent") this.tally.published += 1
      else if (outcome.kind === "refused") this.tally.refused += 1
      else if (outcome.kind === "unknown") this.tally.unknown += 1
      else if (outcome.kind === "read") this.tally.published += outcome.found.size
    }
    for (const work of works) this.start(work)
    return { started: works.length > 0, more: more && !stopping }
  }

  private start(work: Work) {
    this.inFlight += 1
    this.busy.add(work.account)
    this.asking.add(work)
    void this.call(work).then((result) => this.finish(work, result))
  }

  private finish(work: Work, result: Result) {
    // An answer that comes after we gave up on it settles nothing: the page will be read.
    if (!this.asking.delete(work)) return
    this.inFlight -= 1
    this.finished.push(result)
    this.wake()
  }

  private async answers(atMostMs = 60_000) {
    if (this.inFlight > 0 && this.finished.length === 0) await this.woken(atMostMs)
    if (this.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
  }

  private woken(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMostMs)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  private async call(work: Work): Promise<Result> {
    const account = this.deps.account(work.account)
    if (!account || this.deps.clock.jump?.() || this.deps.clock.now() > work.claimedAt + START_WITHIN_MS) return { work, outcome: { kind: "unsent" } }
    const network = this.deps.network(work.network)
    failpoint(`call.before_${work.kind}`)
    try {
      const result = await this.ask(network, account, work)
      failpoint(`call.after_${work.kind}`)
      return result
    } catch (error) {
      // A client that throws has a bug; whether it had asked before is not known, and that is what we record.
      this.deps.log.error("network client threw", { account: work.account, kind: work.kind, error: messageOf(error) })
      if (work.kind === "look") return { work, outcome: { kind: "unreadable", code: "client_error", reason: messageOf(error) } }
      return { work, outcome: { kind: "unknown", code: "client_error", reason: messageOf(error), repost: true } }
    }
  }

  private async ask(network: Network, account: NetworkAccount, work: Work): Promise<Result> {
    switch (work.kind) {
      case "look":
        return { work, outcome: await network.look(account, work.probes) }
      case "resume":
        return { work, outcome: await network.resume(account, work.delivery.handle ?? "", work.content) }
      case "publish":
        return { work, outcome: await network.publish(account, work.content) }
      case "update":
        return { work, outcome: await network.update(account, work.delivery.remote_id ?? "", work.content) }
      case "remove":
        return { work, outcome: await network.remove(account, work.delivery.remote_id ?? "", work.content) }
    }
  }
}
