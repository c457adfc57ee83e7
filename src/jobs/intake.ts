/**
 * One article's trip up to the outbox: `feeds.poll → articles.keep → checks.screen → registry.routesFor → outbox.enqueue`.
 *
 * Two transactions guard it. The first keeps the articles together with the feed's validators, so that an ETag never outlives the
 * articles it stands for. The second writes deliveries together with the article's new state, so that an article in state `new` is
 * always found again by looking at the table, however often the process dies.
 */
import type { ArticlesRoom } from "../articles/index.ts"
import type { Clock } from "../base/clock.ts"
import { failpoint } from "../base/failpoint.ts"
import type { Log } from "../base/log.ts"
import { inLine, inTransaction, type Db, type Tx } from "../db/index.ts"
import type { ClaimedFeed, FeedsRoom } from "../feeds/index.ts"
import type { Account, AlertFact, Article, FeedFact, PollOutcome, PostContent } from "../model/index.ts"
import type { Order, Outbox } from "../outbox/index.ts"
import { isLeadership, routesFor, type Registry } from "../registry/index.ts"
import { refusedForLanguage, screenAlert } from "./settled-orders.ts"

export interface ScreenAnswer {
  verdict: "allow" | "hold" | "block"
  rule: string
  signals: string[]
  reasons: string[]
}

export interface IntakeDeps {
  db: Db
  clock: Clock
  log: Log
  worker: string
  feeds: FeedsRoom
  articles: ArticlesRoom
  outbox: Outbox
  registry(): Registry
  screen(article: Article): ScreenAnswer
  factAlert(fact: FeedFact, outcome: PollOutcome): AlertFact | null
  compose: Compose
  raise(fact: AlertFact): void
}

/** Builds the posts of one article; `previous` keeps the pictures of a post that is rendered anew after an edit. */
export interface Compose {
  prepare(
    article: Article,
    accounts: Account[],
    options: { pictures: boolean; leadership: boolean; signal?: AbortSignal },
  ): Promise<(account: Account) => PostContent>
  again(article: Article, account: Account, previous: PostContent): PostContent
}

export interface IntakeTally {
  feeds: { polled: number; notModified: number; failed: number }
  articles: { new: number; updated: number; held: number }
  needsPerson: string[]
}

/** New feeds are claimed while fewer than this many are being asked. */
const POLLS_AT_ONCE = 64
const FEEDS_PER_CLAIM = 128
/** How long finished polls wait for company in one commit. */
const GATHER_MS = 60
/** Outcomes kept in one commit. */
const OUTCOMES_PER_COMMIT = 96
const POLL_LEASE_MS = 120_000
export const emptyTally = (): IntakeTally => ({
  feeds: { polled: 0, notModified: 0, failed: 0 },
  articles: { new: 0, updated: 0, held: 0 },
  needsPerson: [],
})

export class Intake {
  constructor(private readonly deps: IntakeDeps) {}

  /**
   * Polls what is due (or every feed) and keeps what came, a slow portal never holding up the others. Answers when everything due was
   * asked; with `idleMs` it goes on until the signal, looking for due feeds that often.
   */
  async poll(tally: IntakeTally, options: { all?: boolean; signal: AbortSignal; onProgress?: () => void; idleMs?: number }): Promise<void> {
    const { deps } = this
    const { signal, idleMs } = options
    const finished: PollOutcome[] = []
    let inFlight = 0
    let wake: () => void = () => undefined
    let since = deps.clock.now()
    let asked = new Set<string>()
    let claimAt = since
    const start = (claimed: ClaimedFeed) => {
      inFlight += 1
      void deps.feeds.poll(claimed, signal).then((outcome) => {
        inFlight -= 1
        finished.push(outcome)
        options.onProgress?.()
        if (finished.length >= OUTCOMES_PER_COMMIT || inFlight === 0) wake()
      })
    }
    // The signal outlives the round: what waits for it must not keep the round in memory.
    const stop = () => wake()
    signal.addEventListener("abort", stop, { once: true })
    try {
      // An earlier round may have broken off: what it was asking is asked again.
      await inTransaction(deps.db, (tx) => deps.feeds.freeOwners(tx, [deps.worker]))
      if (options.all) await inTransaction(deps.db, (tx) => deps.feeds.makeDue(tx, since))
      for (;;) {
        if (!signal.aborted && inFlight < POLLS_AT_ONCE && deps.clock.now() >= claimAt) {
          const fresh = await this.claimFresh(since, asked)
          fresh.forEach(start)
          if (!fresh.length) {
            // Everything due was asked. With `idleMs` a new round begins later, in which the same feeds may be due again.
            since = deps.clock.now()
            claimAt = idleMs === undefined ? Number.POSITIVE_INFINITY : since + idleMs
            asked = new Set()
          }
        }
        if (finished.length) await this.keep(finished.splice(0), tally)
        if (inFlight === 0 && !finished.length && (signal.aborted || claimAt === Number.POSITIVE_INFINITY)) return
        if (inFlight < POLLS_AT_ONCE && !signal.aborted && deps.clock.now() >= claimAt) continue
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, inFlight > 0 ? GATHER_MS : (idleMs ?? GATHER_MS))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    } finally {
      signal.removeEventListener("abort", stop)
    }
  }

  private async claimFresh(since: number, asked: Set<string>): Promise<ClaimedFeed[]> {
    const { deps } = this
    const claimed = await inTransaction(deps.db, (tx) =>
      deps.feeds.claimDue(tx, { now: deps.clock.now(), since, limit: FEEDS_PER_CLAIM, owner: deps.worker, leaseMs: POLL_LEASE_MS }),
    )
    // A feed that could not be asked (its host wants silence) is still due: once a pass is enough.
    const again = claimed.filter((one) => asked.has(one.feed.id))
    const fresh = claimed.filter((one) => !asked.has(one.feed.id))
    for (const one of fresh) asked.add(one.feed.id)
    if (again.length) await inTransaction(deps.db, (tx) => deps.feeds.giveBack(tx, deps.worker, again.map((one) => one.feed.id)))
    return fresh
  }

  private async keep(outcomes: PollOutcome[], tally: IntakeTally): Promise<void> {
    const { deps } = this
    const { alerts, counted } = await inTransaction(deps.db, async (tx) => {
      // Duplicates, bursts and withdrawals are judged against all that is kept: one process after another.
      await inLine(tx, "intake")
      const alerts: AlertFact[] = []
      const counted = emptyTally()
      const now = deps.clock.now()
      for (const outcome of outcomes) {
        const kept = await deps.articles.keep(tx, outcome, now)
        const facts = [...outcome.facts, ...kept.facts]
        // Held items and held feeds wait for a person alike: what comes next must not slip through.
        const grave = facts.filter((fact) => fact.action !== "tell")
        if (grave.length) await deps.feeds.quarantine(tx, outcome.feed.id, grave.map((fact) => fact.kind).join(", "), now)
        await this.orderSettled(tx, kept.added.filter((article) => article.state !== "new"))
        const asked = new Set<string>()
        for (const article of kept.updated) for (const what of await this.followEdit(tx, article, outcome)) asked.add(what)
        for (const article of kept.withdrawn)
          for (const what of await deps.outbox.followWithdrawal(tx, article, outcome.feed.portal.onWithdraw)) asked.add(what)
        counted.needsPerson.push(...asked)
        for (const fact of facts) {
          const alert = deps.factAlert(fact, outcome)
          if (alert) alerts.push(alert)
        }
        counted.articles.new += kept.added.length
        counted.articles.updated += kept.updated.length
        counted.articles.held += kept.added.filter((article) => article.state === "held").length
        this.count(outcome, counted)
      }
      await deps.feeds.settle(tx, outcomes)
      failpoint("intake.before_keep_commit")
      return { alerts, counted }
    })
    failpoint("intake.after_keep_commit")
    add(tally.feeds, counted.feeds)
    add(tally.articles, counted.articles)
    tally.needsPerson.push(...counted.needsPerson)
    for (const alert of alerts) deps.raise(alert)
  }

  private count(outcome: PollOutcome, tally: IntakeTally) {
    if (outcome.kind === "skipped") {
      this.deps.log.debug("feed was not asked", { url: outcome.feed.url, reason: outcome.reason })
      return
    }
    tally.feeds.polled += 1
    if (outcome.kind === "unchanged") tally.feeds.notModified += 1
    else if (outcome.kind !== "items") {
      tally.feeds.failed += 1
      this.deps.log.warn("feed could not be read", {
        url: outcome.feed.url,
        kind: outcome.kind,
        reason: "reason" in outcome ? String(outcome.reason) : "",
      })
    }
  }

  /** Articles that will not be posted by themselves still end in one state per account, with the reason (promise 1). */
  private async orderSettled(tx: Tx, articles: Article[]) {
    const { deps } = this
    const registry = deps.registry()
    const orders: Order[] = []
    for (const article of articles) {
      const verdict =
        article.state === "held" || article.state === "blocked"
          ? { state: "held" as const, code: `article:${article.state}`, reason: article.reason ?? "Chờ người kiểm tra." }
          : { state: "refused" as const, code: `article:${article.state}`, reason: article.reason ?? settledReasons[article.state] ?? article.state }
      const accounts = routesFor(article, registry)
      // What a person may approve has its post ready; what will never be posted needs none.
      const contentFor =
        verdict.state === "held" && accounts.length
          ? await deps.compose.prepare(article, accounts, { pictures: false, leadership: isLeadership(article, registry) })
          : () => null
      for (const account of accounts) orders.push({ article, account, content: contentFor(account), verdict })
      if (accounts.length === 0) orders.push(...refusedForLanguage(article, registry))
    }
    await deps.outbox.enqueue(tx, orders)
  }

  /** An edited article is judged like a new one: a break-in may well come as an edit. */
  private async followEdit(tx: Tx, article: Article, outcome: PollOutcome): Promise<string[]> {
    const { deps } = this
    const judged = deps.screen(article)
    if (judged.verdict !== "allow") {
      const alert = screenAlert(article, judged, "Tin đã đăng bị sửa trên cổng và không qua được kiểm tra nguồn", deps.clock.now())
      deps.raise(alert)
      return [alert.summary]
    }
    const registry = deps.registry()
    return deps.outbox.followEdit(tx, article, outcome.feed.portal.onEdit, (accountId, previous) => {
      const account = registry.accountById(accountId)
      return account && previous ? deps.compose.again(article, account, previous) : null
    })
  }

}

const settledReasons: Partial<Record<Article["state"], string>> = {
  baseline: "Tin có từ trước khi Loa theo dõi cổng này: không đăng lại.",
  duplicate: "Tin trùng với một tin đã có của đơn vị.",
  withdrawn: "Cổng đã gỡ tin.",
}

function add<T extends Record<string, number>>(to: T, more: T) {
  for (const key of Object.keys(more) as (keyof T)[]) (to[key] as number) += more[key]!
}
