/** Articles between the table and the model. */
import type { Selectable } from "kysely"
import type { ArticleTable } from "../db/tables/articles.ts"
import type { Article } from "../model/index.ts"

const list = (text: string): string[] => JSON.parse(text) as string[]

export const toArticle = (row: Selectable<ArticleTable>): Article => ({
  id: row.id,
  feedId: row.feed_id,
  unitId: row.unit_id,
  url: row.url,
  title: row.title,
  summary: row.summary,
  paragraphs: list(row.paragraphs),
  html: row.html,
  links: list(row.links),
  pictures: list(row.pictures),
  author: row.author,
  categories: list(row.categories),
  section: row.section,
  language: row.language,
  publishedAt: row.published_at,
  firstSeenAt: row.first_seen_at,
  version: row.version,
  state: row.state,
  reason: row.reason,
  duplicateOf: row.duplicate_of,
  emergency: row.emergency === 1,
})

export const toRow = (article: Article, keys: { guid: string | null; url: string | null; title: string; content: string }): ArticleTable => ({
  id: article.id,
  feed_id: article.feedId,
  unit_id: article.unitId,
  url: article.url,
  guid_key: keys.guid,
  url_key: keys.url,
  title_key: keys.title,
  content_hash: keys.content,
  title: article.title,
  summary: article.summary,
  paragraphs: JSON.stringify(article.paragraphs),
  html: article.html,
  links: JSON.stringify(article.links),
  pictures: JSON.stringify(article.pictures),
  author: article.author,
  categories: JSON.stringify(article.categories),
  section: article.section,
  language: article.language,
  published_at: article.publishedAt,
  first_seen_at: article.firstSeenAt,
  updated_at: article.firstSeenAt,
  state_at: article.firstSeenAt,
  version: article.version,
  state: article.state,
  reason: article.reason,
  duplicate_of: article.duplicateOf,
  emergency: article.emergency ? 1 : 0,
})

export const chunks = <T>(rows: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => rows.slice(at * size, (at + 1) * size))
