/** The same article elsewhere: by canonical address first, then by likeness of the text. */
import { DAY } from "../base/clock.ts"
import { among, ask, listed, type Tx } from "../db/index.ts"
import type { Article } from "../model/index.ts"
import type { ItemKeys } from "./identify.ts"
import { likenessWindowMs, marksOf, sameText } from "./likeness.ts"

export interface NewArticle {
  article: Article
  keys: ItemKeys
}

const addressMemoryMs = 400 * DAY
const candidatesMax = 100
/** Articles kept per mark, about. */
const sharersMax = 6
/** Rows that a question about so many keys may bring. */
const rowsMax = (keys: number) => 2_000 + 4 * keys

/** Fills `duplicateOf`; a second feed of the same unit makes the article a `duplicate` outright. Answers the marks to keep. */
export async function findDuplicates(tx: Tx, fresh: NewArticle[], now: number): Promise<{ article_id: string; mark: number; at: number }[]> {
  await byAddress(tx, fresh, now)
  const marks = fresh.map(({ article }) => ({ article, marks: marksOf(article) }))
  const wanted = marks.filter(({ article }) => article.duplicateOf === null)
  const byMark = new Map<number, Set<string>>()
  const wantedMarks = [...new Set(wanted.flatMap((entry) => entry.marks))]
  const shared = await ask<{ mark: number; article_id: string }>(
    tx,
    `select mark, article_id from article_marks where mark in ${among(tx, 1, "bigint")} and at > $2 limit $3`,
    [listed(wantedMarks), now - likenessWindowMs, rowsMax(wantedMarks.length)],
  )
  for (const row of shared) byMark.set(Number(row.mark), (byMark.get(Number(row.mark)) ?? new Set()).add(row.article_id))
  if (byMark.size > 0) await byText(tx, wanted, byMark)
  // A mark many articles share is a phrase of the house: keeping more of it would tell nothing and cost every look-up.
  return marks.flatMap(({ article, marks: own }) =>
    own.filter((mark) => (byMark.get(mark)?.size ?? 0) < sharersMax).map((mark) => ({ mark, at: now, article_id: article.id })),
  )
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
  const known = new Map<string, { id: string; unit_id: string; feed_id: string; url_key: string; duplicate_of: string | null }[]>()
  const sameAddress = `select id, unit_id, feed_id, url_key, duplicate_of from articles where url_key in ${among(tx, 1)} and first_seen_at > $2 order by first_seen_at limit $3`
  for (const row of await ask<{ id: string; unit_id: string; feed_id: string; url_key: string; duplicate_of: string | null }>(tx, sameAddress, [
    listed(urls),
    now - addressMemoryMs,
    rowsMax(urls.length),
  ])) {
    known.set(row.url_key, [...(known.get(row.url_key) ?? []), row])
  }
  for (const { article, keys } of fresh) {
    const others = (keys.url && known.get(keys.url)?.filter((row) => row.feed_id !== article.feedId)) || []
    const other = others.find((row) => row.unit_id === article.unitId) ?? others[0]
    if (other) markDuplicate(article, other)
  }
}

interface KeptText {
  id: string
  unit_id: string
  feed_id: string
  duplicate_of: string | null
  title: string
  summary: string
  paragraphs: string
}

async function byText(tx: Tx, wanted: { article: Article; marks: number[] }[], byMark: Map<number, Set<string>>) {
  const pairs = wanted
    .map(({ article, marks }) => ({
      article,
      others: [...new Set(marks.flatMap((mark) => [...(byMark.get(mark) ?? [])]))].filter((id) => id !== article.id).slice(0, 20),
    }))
    .filter(({ others }) => others.length > 0)
  const ids = [...new Set(pairs.flatMap(({ others }) => others))].slice(0, candidatesMax)
  const texts = new Map<string, KeptText>()
  for (const row of await ask<KeptText>(
    tx,
    `select id, unit_id, feed_id, duplicate_of, title, summary, paragraphs from articles where id in ${among(tx, 1)}`,
    [listed(ids)],
  ))
    texts.set(row.id, row)
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
