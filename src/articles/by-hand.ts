/** Articles that people write themselves: no feed lists them, so no poll touches them. */
import { idOf, sha256 } from "../base/hash.ts"
import type { Tx } from "../db/index.ts"
import type { Article } from "../model/index.ts"
import { toRow } from "./rows.ts"

/** `feed_id` of articles written at the desk. */
export const DESK_FEED = "desk"

/** Routed at once: its deliveries are written in the same transaction. Keeping it twice changes nothing. */
export async function keepWritten(tx: Tx, article: Article): Promise<void> {
  const short = (text: string) => sha256(text).slice(0, 16)
  const keys = {
    guid: null,
    url: short(article.url),
    title: short(article.title),
    content: idOf(article.title, article.summary, ...article.paragraphs),
  }
  await tx
    .insertInto("articles")
    .values(toRow(article, keys))
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute()
}
