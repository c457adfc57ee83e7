/** The texts of posts: kept when enqueued, and the same that is approved and sent. */
import { idOf } from "../base/hash.ts"
import { insertMany, type Db, type Tx } from "../db/index.ts"
import type { PostContent } from "../model/index.ts"
import type { Order } from "./enqueue.ts"

/** A pair that already has its post keeps it. */
export async function keepPosts(tx: Tx, orders: readonly Order[]): Promise<void> {
  const rows = orders.flatMap(({ article, account, content }) =>
    content ? [{ delivery_id: idOf(article.id, account.id), content: JSON.stringify(content) }] : [],
  )
  await insertMany(tx, "delivery_posts", rows, { onConflict: "nothing" })
}

export async function rewritePost(tx: Tx, delivery: string, content: PostContent): Promise<void> {
  const text = JSON.stringify(content)
  await tx
    .insertInto("delivery_posts")
    .values({ delivery_id: delivery, content: text })
    .onConflict((conflict) => conflict.column("delivery_id").doUpdateSet({ content: text }))
    .execute()
}

/** The posts of these deliveries; one that was never composed is absent. */
export async function postsOf(on: Db | Tx, deliveries: readonly string[]): Promise<Map<string, PostContent>> {
  const posts = new Map<string, PostContent>()
  for (let i = 0; i < deliveries.length; i += 200) {
    const rows = await on.selectFrom("delivery_posts").selectAll().where("delivery_id", "in", deliveries.slice(i, i + 200)).execute()
    for (const row of rows) posts.set(row.delivery_id, JSON.parse(row.content) as PostContent)
  }
  return posts
}

/** Which of these deliveries were ever composed. */
export async function composed(on: Db | Tx, deliveries: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (let i = 0; i < deliveries.length; i += 200) {
    const rows = await on.selectFrom("delivery_posts").select("delivery_id").where("delivery_id", "in", deliveries.slice(i, i + 200)).execute()
    for (const row of rows) found.add(row.delivery_id)
  }
  return found
}
