/**
 * What an edit or a withdrawal on the portal does to the deliveries of the article. On PostgreSQL the rows are locked while they are judged: a
 * claim that came between would be overwritten, and its lost answer never read back.
 */
import type { Tx } from "../db/index.ts"
import type { Article, PortalFile, PostContent } from "../model/index.ts"
import type { OutboxDeps } from "./deps.ts"
import { rewordedPosts } from "./edit.ts"
import { titleKey } from "./enqueue.ts"
import { postsOf, rewritePost } from "./posts.ts"

/** `contentFor` renders the post anew for an account from the article and the stored post; null when it cannot. Answers what people are asked. */
export async function followEdit(
  tx: Tx,
  deps: OutboxDeps,
  article: Article,
  policy: PortalFile["onEdit"],
  contentFor: (account: string, previous: PostContent | null) => PostContent | null,
): Promise<string[]> {
  const now = deps.clock.now()
  const asked: string[] = []
  const rows = await tx
    .selectFrom("deliveries")
    .selectAll()
    .where("article_id", "=", article.id)
    .where("article_version", "<", article.version)
    .orderBy("id")
    .$if(deps.engine === "postgres", (query) => query.forUpdate())
    .execute()
  const posts = await postsOf(
    tx,
    rows.map((row) => row.id),
  )
  const reworded = await rewordedPosts(tx, posts)
  for (const row of rows) {
    const content = contentFor(row.account_id, posts.get(row.id) ?? null)
    if (!content) continue
    const stored = { article_version: article.version, title_key: titleKey(article.title), updated_at: now }
    if (row.state === "waiting" || row.state === "held" || row.state === "review") {
      // What a person approved is what is sent: a changed text goes back to review.
      const again =
        row.state === "waiting" && row.approved_by !== null && (deps.account(row.account_id)?.publish === "review" || reworded.has(row.id))
      await tx
        .updateTable("deliveries")
        .set({ ...stored, ...(again ? { state: "review" as const, approved_by: null } : {}) })
        .where("id", "=", row.id)
        .execute()
      await rewritePost(tx, row.id, content)
    } else if (row.state === "published") {
      // Words that a person chose are not replaced in public without a person.
      const how = policy === "update" && reworded.has(row.id) ? "ask" : policy
      if (how === "update") {
        await rewritePost(tx, row.id, content)
        await tx.updateTable("deliveries").set({ ...stored, followup: "update", due_at: now, looks: 0 }).where("id", "=", row.id).execute()
      } else await tx.updateTable("deliveries").set({ article_version: article.version, updated_at: now }).where("id", "=", row.id).execute()
      if (how === "ask") {
        const summary = `Cổng đã sửa tin đã đăng: “${article.title}”. Đề nghị xem và quyết định cập nhật bài đăng.`
        asked.push(summary)
        deps.raise({
          key: `edited:${row.id}`,
          kind: "article.edited",
          severity: "low",
          unit: row.unit_id,
          account: row.account_id,
          summary,
          evidence: { delivery: row.id, article: article.url, version: article.version, at: now },
        })
      }
    } else continue
    await deps.audit.write(tx, [
      { actor: "job:poll", action: "delivery.edited", subject: `delivery:${row.id}`, detail: { version: article.version, policy, state: row.state } },
    ])
  }
  return asked
}

/** Answers what people are asked. */
export async function followWithdrawal(tx: Tx, deps: OutboxDeps, article: Article, policy: PortalFile["onWithdraw"]): Promise<string[]> {
  const asked: string[] = []
  if (policy === "ignore") return asked
  const now = deps.clock.now()
  const rows = await tx
    .selectFrom("deliveries")
    .selectAll()
    .where("article_id", "=", article.id)
    .orderBy("id")
    .$if(deps.engine === "postgres", (query) => query.forUpdate())
    .execute()
  for (const row of rows) {
    if (row.state === "waiting" || row.state === "review" || row.state === "held") {
      await tx
        .updateTable("deliveries")
        .set({ state: "cancelled", code: "withdrawn", reason: "Cổng đã gỡ tin trước khi đăng.", updated_at: now })
        .where("id", "=", row.id)
        .execute()
    } else if (row.state === "published" && policy === "remove") {
      await tx.updateTable("deliveries").set({ followup: "remove", due_at: now, looks: 0, updated_at: now }).where("id", "=", row.id).execute()
    } else if (row.state === "published") {
      const summary = `Cổng đã gỡ tin “${article.title}” nhưng bài đăng vẫn còn. Đề nghị quyết định gỡ bài.`
      asked.push(summary)
      deps.raise({
        key: `withdrawn:${row.id}`,
        kind: "article.withdrawn",
        severity: "medium",
        unit: row.unit_id,
        account: row.account_id,
        summary,
        evidence: { delivery: row.id, article: article.url, remoteId: row.remote_id, at: now },
      })
    } else continue
    await deps.audit.write(tx, [
      { actor: "job:poll", action: "delivery.withdrawn", subject: `delivery:${row.id}`, detail: { policy, state: row.state } },
    ])
  }
  return asked
}

/** A person takes a published post down. */
export async function takeDown(tx: Tx, deps: OutboxDeps, id: string, actor: string, why: string): Promise<boolean> {
  const now = deps.clock.now()
  const result = await tx
    .updateTable("deliveries")
    .set({ followup: "remove", due_at: now, looks: 0, updated_at: now })
    .where("id", "=", id)
    .where("state", "=", "published")
    .executeTakeFirst()
  if (!Number(result.numUpdatedRows)) return false
  await deps.audit.write(tx, [{ actor, action: "delivery.takedown", subject: `delivery:${id}`, detail: { why } }])
  return true
}
