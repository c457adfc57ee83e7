/** Reach of an OA (contract 7): cumulative views and shares per article, and the number of followers. Nothing else is told by the API. */
import type { NetworkAccount } from "../../model/index.ts"
import { readProblem } from "./errors.ts"
import { listArticles, type ListedArticle } from "./look.ts"
import type { ZaloContext } from "./oa.ts"

export type ArticleStats = { kind: "read"; articles: ListedArticle[] } | { kind: "unreadable"; code: string; reason: string; afterMs?: number }

/** The newest articles, up to `slices` × 10. Counters are cumulative: a smaller one than yesterday is a reset, not a negative. */
export async function articleStats(context: ZaloContext, account: NetworkAccount, slices = 6, signal?: AbortSignal): Promise<ArticleStats> {
  const list = await listArticles(context, account, slices, signal)
  if (list.ok) return { kind: "read", articles: list.articles }
  const { code, reason, afterMs } = readProblem(list.failure, context.clock.now(), context.random)
  return { kind: "unreadable", code, reason, ...(afterMs === undefined ? {} : { afterMs }) }
}
