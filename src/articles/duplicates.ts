/** The same article elsewhere: by canonical address first, then by likeness of the text. */
import { DAY } from "../base/clock.ts"
import type { Tx } from "../db/index.ts"
import type { Article } from "../model/index.ts"
import type { ItemKeys } from "./identify.ts"
import { likenessWindowMs, marksOf, sameText } from "./likeness.ts"
import { chunks } from "./rows.ts"

export interface NewArticle {
  article: Article
  keys: ItemKeys
}

const addressMemoryMs = 400 * DAY
const candidatesMax = 100
/** Articles kept per mark, about. */
const sharersMax = 6

/** Fills `duplicateOf`; a second feed of the same unit makes the article a `duplicate` outright. Answers the marks to keep. */
export async function findDuplicates(tx: Tx, fresh: NewArticle[], now: number): Promise<{ article_id: string; mark: number; at: number }[]> {
  await byAddress(tx, fresh, now)
  const marks = fresh.map(({ article }) => ({ article, marks: marksOf(article) }))
  const wanted = marks.filter(({ article }) => article.duplicateOf === null)
  const byMark = new Map<number, Set<string>>()
  for (const part of chunks([...new Set(wanted.flatMap((entry) => entry.marks))], 500)) {
    const rows = await tx.selectFrom("article_marks").select(["mark", "article_id"]).where("mark", "in", part).where("at", ">", now - likenessWindowMs).limit(2_000).execute()
    for (const row of rows) byMark.set(row.mark, (byMark.get(row.mark) ?? new Set()).add(row.article_id))
  }
  if (byMark.size > 0) await byText(tx, wanted, byMark)
  // A mark many articles share is a phrase of the house: keeping more of it would tell nothing and cost every look-up.
  return marks.flatMap(({ article, marks: own }) => own.filter((mark) => (byMark.get(mark)?.size ?? 0) < sharersMax).map((mark) => ({ mark, at: now, article_id: article.id })))
}

function markDuplicate(article: Article, other: { id: string; unit_id: string; duplicate_of: string | null }) {
  article.duplicateOf = other.duplicate_of ?? other.id
  if (other.unit_id === article.unitId && (article.state === "new" || article.state === "held")) {
    article.state = "duplicate"
    article.reason = "Cùng bài đã có ở một nguồn tin khác của đơn vị"
  }
}

async function byAddress(tx: Tx, fresh: NewArticle[], now: number) {
  const urls = [...new Set(fresh.flatMap(({ keys }) => (keys.url ? [keys.url] : [])))]
  const known = new Map<string, { id: string; unit_id: string; feed_id: string; url_key: string | null; duplicate_of: string | null }[]>()
  for (const part of chunks(urls, 500)) {
    const rows = await tx
      .selectFrom("articles")
      .select(["id", "unit_id", "feed_id", "url_key", "duplicate_of"])
      .where("url_key", "in", part)
      .where("first_seen_at", ">", now - addressMemoryMs)
      .orderBy("first_seen_at")
      .limit(2_000)
      .execute()
    for (const row of rows) known.set(row.url_key!, [...(known.get(row.url_key!) ?? []), row])
  }
  for (const { article, keys } of fresh) {
    const others = (keys.url && known.get(keys.url)?.filter((row) => row.feed_id !== article.feedId)) || []
    const other = others.find((row) => row.unit_id === article.unitId) ?? others[0]
    if (other) markDuplicate(article, other)
  }
}

async function byText(tx: Tx, wanted: { article: Article; marks: number[] }[], byMark: Map<number, Set<string>>) {
  const pairs = wanted
    .map(({ article, marks }) => ({ article, others: [...new Set(marks.flatMap((mark) => [...(byMark.get(mark) ?? [])]))].filter((id) => id !== article.id).slice(0, 20) }))
    .filter(({ others }) => others.length > 0)
  const ids = [...new Set(pairs.flatMap(({ others }) => others))].slice(0, candidatesMax)
  const texts = new Map<string, { id: string; unit_id: string; feed_id: string; duplicate_of: string | null; title: string; summary: string; paragraphs: string }>()
  for (const part of chunks(ids, 100)) {
    const rows = await tx.selectFrom("articles").select(["id", "unit_id", "feed_id", "duplicate_of", "title", "summary", "paragraphs"]).where("id", "in", part).execute()
    for (const row of rows) texts.set(row.id, row)
  }
  for (const { article, others } of pairs) {
    for (const id of others) {
      const other = texts.get(id)
      // Within one feed, identity has already decided.
      if (!other || other.feed_id === article.feedId) continue
      if (!sameText(article, { title: other.title, summary: other.summary, paragraphs: JSON.parse(other.paragraphs) as string[] })) continue
      markDuplicate(article, other)
      break
    }
  }
}
