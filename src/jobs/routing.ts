/** New articles become posts: screened, composed with their pictures, and ordered from the outbox in one commit; a slow portal waits alone. */
import { failpoint } from "../base/failpoint.ts"
import { inLine, inTransaction } from "../db/index.ts"
import type { Account, Article, PostContent } from "../model/index.ts"
import type { Order } from "../outbox/index.ts"
import { isLeadership, routesFor } from "../registry/index.ts"
import { endsWithin } from "./ends-within.ts"
import type { IntakeDeps, IntakeTally, ScreenAnswer } from "./intake.ts"
import { releaseLease, takeLease } from "./lease.ts"
import { refusedForLanguage, screenAlert } from "./settled-orders.ts"

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

interface Plan {
  article: Article
  judged: ScreenAnswer
  accounts: Account[]
  contentFor: ((account: Account) => PostContent) | null
}
const planKey = ({ id, version }: Article) => `${id} ${version}`

export class Routing {
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
      if (judged.verdict === "block") deps.raise(screenAlert(article, judged, "Chặn tin nghi bị chèn nội dung xấu; nguồn tin bị cách ly", deps.clock.now()))
      else if (judged.verdict === "hold") tally.needsPerson.push(`Giữ tin “${article.title}” (${article.url}): ${judged.reasons.join(" ")}`)
    }
    return plans.length
  }
}

const carry = (carried: Map<string, Set<string>>, key: string, feedId: string) => void carried.set(key, (carried.get(key) ?? new Set()).add(feedId))

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

