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
import { isLeadership, isPublishing, routesFor, type Registry } from "../registry/index.ts"
import { endsWithin } from "./ends-within.ts"
import { releaseLease, takeLease } from "./lease.ts"

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
const ROUTES_PER_COMMIT = 200
/** What was not begun by then is left to the next commit: posts with pictures must not wait for two hundred others. */
const ROUTE_COMMIT_MS = 250
const COMPOSE_AT_ONCE = 6
/** What waits longer than this for a portal's picture is left behind by a pass that must go on, so many at most. */
const PATIENCE_MS = 400
const LEFT_BEHIND_MAX = 24
const ROUTING = "route"
/** Composing fetches pictures; what takes longer is judged again at the commit. */
const ROUTE_LEASE_MS = 120_000
const ROUTE_WAIT_MS = 200

export const emptyTally = (): IntakeTally => ({
  feeds: { polled: 0, notModified: 0, failed: 0 },
  articles: { new: 0, updated: 0, held: 0 },
  needsPerson: [],
})

interface Plan {
  article: Article
  judged: ScreenAnswer
  accounts: Account[]
  contentFor: ((account: Account) => PostContent) | null
}
const planKey = ({ id, version }: Article) => `${id} ${version}`

export class Intake {
  /** Composing under way; what a slow portal keeps waiting stays here from one commit to the next. */
  private readonly composing = new Map<string, { work: Promise<Plan>; ended: boolean }>()
  /** Those of them that were left behind and have not ended. */
  private late = 0

  constructor(private readonly deps: IntakeDeps) {}

  /** Were articles left behind that the next `route` must look at again? */
  get isWaiting(): boolean {
    return this.composing.size > 0
  }
  /** Until another of them is ready, or `ms` have passed. */
  async untilReady(ms: number): Promise<void> {
    const going = [...this.composing.values()].filter(({ ended }) => !ended)
    if (going.length) await endsWithin(Promise.race(going.map(({ work }) => work.catch(() => undefined))), ms)
  }

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
      const alert = this.screenAlert(article, judged, "Tin đã đăng bị sửa trên cổng và không qua được kiểm tra nguồn")
      deps.raise(alert)
      return [alert.summary]
    }
    const registry = deps.registry()
    return deps.outbox.followEdit(tx, article, outcome.feed.portal.onEdit, (accountId, previous) => {
      const account = registry.accountById(accountId)
      return account && previous ? deps.compose.again(article, account, previous) : null
    })
  }

  /**
   * Screens and routes every article in state `new`. Answers how many there were. One process at a time, so that an account's posts keep their
   * order and no picture is fetched twice; `wait` = until the other one has routed them, else it is left to it. With `leaveSlow` the news of a
   * portal whose pictures keep us waiting is left for the next call, and nobody else's waits for it.
   */
  async route(tally: IntakeTally, signal?: AbortSignal, options: { wait?: boolean; leaveSlow?: boolean } = {}): Promise<number> {
    const { db, clock, worker, articles } = this.deps
    let total = 0
    let ours = false
    try {
      for (;;) {
        if (signal?.aborted || (await articles.byState(db, "new", 1)).length === 0) {
          // Whatever is still being composed was withdrawn, or routed by somebody else.
          this.composing.clear()
          break
        }
        ours = await takeLease(db, clock, ROUTING, worker, ROUTE_LEASE_MS)
        if (ours) {
          const fresh = (await articles.byState(db, "new", ROUTES_PER_COMMIT)).sort(oldestFirst)
          const routed = await this.routeSome(fresh, tally, signal, options.leaveSlow ?? false)
          total += routed
          if (routed === 0) break
        } else if (options.wait) await clock.sleep(ROUTE_WAIT_MS, signal).catch(() => undefined)
        else break
      }
      return total
    } finally {
      if (ours) await releaseLease(db, ROUTING, worker)
    }
  }

  private async compose(article: Article, signal?: AbortSignal): Promise<Plan> {
    const { deps } = this
    const registry = deps.registry()
    const judged = deps.screen(article)
    const accounts = routesFor(article, registry)
    const leadership = isLeadership(article, registry)
    const contentFor = accounts.length
      ? await deps.compose.prepare(article, accounts, { pictures: judged.verdict === "allow", leadership, signal })
      : null
    return { article, judged, accounts, contentFor }
  }

  /** The plans that are ready, in order; without `leaveSlow` all of those begun. A unit's news never overtakes its older news. */
  private async readyPlans(articles: Article[], signal: AbortSignal | undefined, leaveSlow: boolean): Promise<Plan[]> {
    const { composing } = this
    const here = new Set(articles.map(planKey))
    for (const [key, { ended }] of composing) if (ended && !here.has(key)) composing.delete(key)
    const waiting = new Set<string>()
    const until = performance.now() + ROUTE_COMMIT_MS
    const plans = await eachLimited(articles, COMPOSE_AT_ONCE, () => performance.now() < until, async (article) => {
      if (waiting.has(article.unitId)) return null
      const known = composing.get(planKey(article))
      const entry = known ?? { work: this.compose(article, signal), ended: false }
      if (!known) {
        composing.set(planKey(article), entry)
        const end = () => void (entry.ended = true)
        void entry.work.then(end, end)
      }
      const patient = !leaveSlow || this.late >= LEFT_BEHIND_MAX
      if (patient || entry.ended || (!known && (await endsWithin(entry.work, PATIENCE_MS)))) return entry.work
      waiting.add(article.unitId)
      if (!known) {
        this.late++
        const end = () => void this.late--
        void entry.work.then(end, end)
      }
      return null
    })
    waiting.clear()
    return plans.filter((plan, at): plan is Plan => {
      if (plan && !waiting.has(plan.article.unitId)) return true
      waiting.add(articles[at]!.unitId)
      return false
    })
  }

  /**
   * `original account` to the feeds from which the account has that text: whichever of original and copies comes first is the one. Articles of one
   * feed are never copies of each other: there identity has decided.
   */
  private async carriedBy(articles: Article[]): Promise<Map<string, Set<string>>> {
    const { articles: room, outbox, db } = this.deps
    const families = await room.families(db, articles)
    // Alone in the world, as nearly all are: nobody can have it already.
    const shared = new Set(articles.flatMap((article) => article.duplicateOf ?? []))
    for (const [id, { original }] of families) if (id !== original) shared.add(original)
    const members = [...families].flatMap(([id, { original }]) => (shared.has(original) ? [id] : []))
    const carried = new Map<string, Set<string>>()
    for (const { article, account } of await outbox.accountsCarrying(members)) {
      const { original, feedId } = families.get(article)!
      carry(carried, `${original} ${account}`, feedId)
    }
    return carried
  }

  /** Answers how many of them were routed: the first ones; none only when all of them were left behind. */
  private async routeSome(articles: Article[], tally: IntakeTally, signal: AbortSignal | undefined, leaveSlow: boolean): Promise<number> {
    const { deps } = this
    const registry = deps.registry()
    const carried = await this.carriedBy(articles)
    const plans = await this.readyPlans(articles, signal, leaveSlow).catch((error) => {
      this.composing.clear()
      throw error
    })
    if (plans.length === 0) return 0
    for (const { article } of plans) this.composing.delete(planKey(article))
    const held = await inTransaction(deps.db, async (tx) => {
      await inLine(tx, "intake")
      const now = deps.clock.now()
      // Composing took a while: what was withdrawn, edited or routed meanwhile is not this text any more.
      const still = await deps.articles.unchanged(tx, plans.map(({ article }) => article))
      const orders: Order[] = []
      const states = { routed: [] as string[], held: [] as string[], blocked: [] as string[] }
      for (const { article, judged, accounts, contentFor } of plans) {
        if (!still.has(article.id)) continue
        if (accounts.length === 0) orders.push(...refusedForLanguage(article, registry))
        for (const account of accounts) {
          const content = contentFor!(account)
          if (judged.verdict !== "allow") {
            orders.push({ article, account, content, verdict: { state: "held", code: `screen:${judged.rule}`, reason: judged.reasons.join(" ") } })
          } else if ([...(carried.get(`${article.duplicateOf ?? article.id} ${account.id}`) ?? [])].some((feedId) => feedId !== article.feedId)) {
            orders.push({
              article,
              account,
              content,
              verdict: { state: "refused", code: "duplicate_article", reason: "Tài khoản đã có tin này từ một cổng khác." },
            })
          } else {
            orders.push({ article, account, content })
            carry(carried, `${article.duplicateOf ?? article.id} ${account.id}`, article.feedId)
          }
        }
        if (judged.verdict === "allow") states.routed.push(article.id)
        else {
          states[judged.verdict === "hold" ? "held" : "blocked"].push(article.id)
          await deps.articles.setState(tx, [article.id], judged.verdict === "hold" ? "held" : "blocked", judged.reasons.join(" "), now)
        }
        if (judged.verdict === "block") await deps.feeds.quarantine(tx, article.feedId, judged.reasons.join(" "), now)
      }
      await deps.outbox.enqueue(tx, orders)
      if (states.routed.length) await deps.articles.setState(tx, states.routed, "routed", null, now)
      failpoint("intake.before_route_commit")
      return states.held.length + states.blocked.length
    })
    tally.articles.held += held
    failpoint("intake.after_route_commit")
    for (const { article, judged } of plans) {
      if (judged.verdict === "block") deps.raise(this.screenAlert(article, judged, "Chặn tin nghi bị chèn nội dung xấu; nguồn tin bị cách ly"))
      else if (judged.verdict === "hold") tally.needsPerson.push(`Giữ tin “${article.title}” (${article.url}): ${judged.reasons.join(" ")}`)
    }
    return plans.length
  }

  private screenAlert(article: Article, judged: ScreenAnswer, what: string): AlertFact {
    return {
      key: `screen:${article.id}:${article.version}`,
      kind: judged.verdict === "block" ? "source.blocked" : "source.held",
      severity: judged.verdict === "block" ? "critical" : "medium",
      unit: article.unitId,
      account: null,
      summary: `${what}: “${article.title}”. ${judged.reasons.join(" ")}`,
      evidence: {
        article: article.id,
        url: article.url,
        feed: article.feedId,
        rule: judged.rule,
        signals: judged.signals,
        at: this.deps.clock.now(),
      },
    }
  }
}

const carry = (carried: Map<string, Set<string>>, key: string, feedId: string) => void carried.set(key, (carried.get(key) ?? new Set()).add(feedId))

const languageNames: Record<string, string> = { vi: "tiếng Việt", en: "tiếng Anh", zh: "tiếng Trung", ja: "tiếng Nhật", ko: "tiếng Hàn" }
const languageName = (code: string) => languageNames[code] ?? `ngôn ngữ “${code}”`

/** News in a language that nobody here takes ends with that reason at its own unit's accounts instead of vanishing. */
function refusedForLanguage(article: Article, registry: Registry): Order[] {
  return registry
    .accountsOfUnit(article.unitId)
    .filter((account) => isPublishing(account.network) && account.publish !== "off" && !account.languages.includes(article.language))
    .map((account) => ({
      article,
      account,
      content: null,
      verdict: {
        state: "refused",
        code: "language",
        reason: `Tin ${languageName(article.language)}; tài khoản chỉ nhận ${account.languages.map(languageName).join(", ")}.`,
      },
    }))
}

const settledReasons: Partial<Record<Article["state"], string>> = {
  baseline: "Tin có từ trước khi Loa theo dõi cổng này: không đăng lại.",
  duplicate: "Tin trùng với một tin đã có của đơn vị.",
  withdrawn: "Cổng đã gỡ tin.",
}

function add<T extends Record<string, number>>(to: T, more: T) {
  for (const key of Object.keys(more) as (keyof T)[]) (to[key] as number) += more[key]!
}

/** Posts appear in the order of the portal. */
const oldestFirst = (a: Article, b: Article) => (a.publishedAt ?? a.firstSeenAt) - (b.publishedAt ?? b.firstSeenAt)

/** `work` over the first items, at most `limit` at once, answers in order; after the first ones none is begun unless there is `time`. */
async function eachLimited<T, R>(items: T[], limit: number, time: () => boolean, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length && (next < limit || time())) {
      const i = next++
      answers[i] = await work(items[i]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return answers
}

