/** Some OAs are fed from the same portal by another tool as well: what already stands there is not told a second time (contract 4.5, rule 2). */
import { DAY, MINUTE, SECOND } from "../../base/clock.ts"
import type { NetworkAccount, PublishOutcome, ZaloContent } from "../../model/index.ts"
import { articleUrl } from "./article.ts"
import { listArticles, mentions, titleKey, type ListedArticle } from "./look.ts"
import { callAsOa, type ZaloContext } from "./oa.ts"

/** Which of these articles of the account are known to be Loa's own posts. */
export type OwnPosts = (accountId: string, remoteIds: string[]) => Promise<Set<string>>

/** How long one reading of an OA's list serves: a burst of posts costs one. */
const LIST_MS = 10 * MINUTE
const SLICES = 3
/** The list is a precaution: reading it may not use up the time that publishing has. */
const READ_MS = 15 * SECOND
/** Titles come back ("Lịch tiếp công dân"); an older one is another article. */
const TWIN_MS = 7 * DAY

export class Twins {
  private readonly lists = new Map<string, { at: number; articles: ListedArticle[] }>()

  constructor(
    private readonly context: ZaloContext,
    private readonly own: OwnPosts,
  ) {}

  /** What becomes of the post when its title stands on the OA already; null = it does not. An unreadable list stops nothing. */
  async settle(account: NetworkAccount, content: ZaloContent, signal?: AbortSignal): Promise<PublishOutcome | null> {
    const title = titleKey(content.title)
    const now = this.context.clock.now()
    const same = (await this.list(account, signal)).filter(
      (article) => (article.status === "show" || article.status === "") && article.createdAt > now - TWIN_MS && titleKey(article.title) === title,
    )
    if (same.length === 0) return null
    const own = await this.own(account.id, same.map((article) => article.id))
    for (const article of same) {
      if (own.has(article.id)) continue
      const detail = await callAsOa(this.context, account, { path: `/v2.0/article/getdetail?id=${encodeURIComponent(article.id)}`, signal })
      if (!detail.ok)
        return { kind: "later", code: "twin_unread", reason: "OA đã có bài cùng tiêu đề, chưa đọc được bài đó.", afterMs: MINUTE, scope: "delivery" }
      const url = article.link ?? articleUrl(account, article.id)
      // It tells this very article: a post of ours that came into sight late, or the other tool's. Either way it stands there.
      if (mentions(detail.data.body, content.articleUrl)) return { kind: "sent", remoteId: article.id, url, at: article.createdAt }
      return { kind: "refused", code: "already_there", reason: `Trên OA đã có bài cùng tiêu đề không do Loa đăng: ${url}` }
    }
    return null
  }

  private async list(account: NetworkAccount, signal?: AbortSignal): Promise<ListedArticle[]> {
    const now = this.context.clock.now()
    // A burst is over in minutes; what an OA shows grows for ever.
    for (const [id, { at }] of this.lists) if (at > now || at + LIST_MS <= now) this.lists.delete(id)
    const kept = this.lists.get(account.id)
    if (kept) return kept.articles
    const timeout = AbortSignal.timeout(READ_MS)
    const list = await listArticles(this.context, account, SLICES, signal ? AbortSignal.any([signal, timeout]) : timeout)
    if (!list.ok) return []
    this.lists.set(account.id, { at: now, articles: list.articles })
    return list.articles
  }
}
