import { HOUR } from "../base/clock.ts"
import { idOf } from "../base/hash.ts"
import { among, ask, insertMany, listed, type Tx } from "../db/index.ts"
import type { Account, Article, DeliveryState, PostContent } from "../model/index.ts"
import type { OutboxDeps } from "./deps.ts"
import { keepPosts } from "./posts.ts"

/** One article for one account, with what should become of it. */
export interface Order {
  article: Article
  account: Account
  /** The post, or null when it is never going to be one (baseline, duplicates). */
  content: PostContent | null
  /** Given by the checks before routing: `held` or `refused` with its reason; otherwise the outbox decides. */
  verdict?: { state: "held" | "refused"; code: string; reason: string }
}

/** Titles compared for "the account never repeats itself": Unicode form, case and spaces do not count. */
export const titleKey = (title: string) => title.normalize("NFC").toLowerCase().replace(/[\s\p{P}]+/gu, " ").trim()

const TITLE_WINDOW_MS = 48 * HOUR

/**
 * Writes the deliveries of freshly routed articles. A pair that already has one is left as it is: the unique constraint of the table
 * makes a second delivery impossible, whatever feed, crash or process asks for it.
 */
export async function enqueue(tx: Tx, deps: OutboxDeps, orders: Order[]): Promise<{ added: number; held: number }> {
  if (!orders.length) return { added: 0, held: 0 }
  const now = deps.clock.now()
  const keys = new Map<Article, string>()
  for (const { article } of orders) if (!keys.has(article)) keys.set(article, titleKey(article.title))
  const repeated = await repeatedTitles(tx, orders, keys, now)
  const rows = orders.map((order, index) => {
    const { article, account } = order
    const fate = order.verdict ?? decide(deps, order, repeated.has(order))
    return {
      id: idOf(article.id, account.id),
      article_id: article.id,
      article_url: article.url,
      account_id: account.id,
      unit_id: account.unitId,
      network: account.network,
      state: fate.state as DeliveryState,
      priority: article.emergency ? 0 : 1,
      // A millisecond apart, so that an account's posts keep the order they were given in.
      due_at: now - orders.length + index,
      created_at: now,
      updated_at: now,
      attempts: 0,
      intent_at: null,
      handle: null,
      looks: 0,
      unknowns: 0,
      remote_id: null,
      remote_url: null,
      published_at: null,
      article_version: article.version,
      title_key: keys.get(article)!,
      code: "code" in fate ? fate.code : null,
      reason: "reason" in fate ? fate.reason : null,
      followup: null,
      approved_by: null,
    }
  })
  await forgetHeldArticles(tx, orders)
  const added = await insertMany(tx, "deliveries", rows, { onConflict: "nothing" })
  await keepPosts(tx, orders)
  return { added, held: rows.filter((row) => row.state === "held").length }
}

/**
 * Deliveries that only said "the article is held" make room when a person has released it: the article is routed anew and its post is
 * composed with pictures. Nothing was ever asked for such a row.
 */
async function forgetHeldArticles(tx: Tx, orders: Order[]): Promise<void> {
  const ids = [...new Set(orders.filter((order) => !order.verdict).map((order) => order.article.id))]
  const rows = await ask<{ id: string }>(
    tx,
    `delete from deliveries where article_id in ${among(tx, 1)} and state = 'held' and code = 'article:held' and attempts = 0 returning id`,
    [listed(ids)],
  )
  if (rows.length) await ask(tx, `delete from delivery_posts where delivery_id in ${among(tx, 1)}`, [listed(rows.map((row) => row.id))])
}

type Fate = { state: "waiting" | "review" } | { state: "held" | "refused"; code: string; reason: string }

function decide(deps: OutboxDeps, { account, content, article }: Order, repeated: boolean): Fate {
  if (repeated) return { state: "refused", code: "duplicate_title", reason: "Tài khoản đã có bài cùng tiêu đề trong 48 giờ qua." }
  if (!content) return { state: "refused", code: "no_content", reason: "Tin không có nội dung đăng được." }
  const gate = deps.gate(account.id)
  if (!gate.open && gate.rule !== "paused") return { state: "held", code: `gate:${gate.rule}`, reason: gate.reason }
  if (deps.publishTo !== "*" && !deps.publishTo.has(account.id)) {
    deps.log.info("post goes to the log only: PUBLISH_TO does not name the account", { account: account.id, url: article.url, title: article.title })
    return { state: "held", code: "publish_to", reason: "PUBLISH_TO không có tài khoản này: tin chỉ được ghi vào nhật ký, chưa đăng." }
  }
  return { state: account.publish === "review" ? "review" : "waiting" }
}

/** For each order, does its account already carry another article of this title (in the table, or earlier among the orders)? */
async function repeatedTitles(tx: Tx, orders: Order[], keyOf: Map<Article, string>, now: number): Promise<Set<Order>> {
  const open = orders.filter((order) => !order.verdict)
  const keys = [...new Set(open.map((order) => keyOf.get(order.article)!))]
  const carried = new Map<string, string>()
  const sameTitle = `select account_id, title_key, article_id from deliveries where title_key in ${among(tx, 1)} and created_at > $2 and state not in ('refused', 'cancelled')`
  for (const row of await ask<{ account_id: string; title_key: string; article_id: string }>(tx, sameTitle, [listed(keys), now - TITLE_WINDOW_MS]))
    carried.set(`${row.account_id}\n${row.title_key}`, row.article_id)
  const repeated = new Set<Order>()
  for (const order of open) {
    const pair = `${order.account.id}\n${keyOf.get(order.article)}`
    const first = carried.get(pair)
    if (first === undefined) carried.set(pair, order.article.id)
    else if (first !== order.article.id) repeated.add(order)
  }
  return repeated
}
