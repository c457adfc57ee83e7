import type { ArticleState } from "../../model/article.ts"

export interface ArticleTables {
  articles: ArticleTable
  article_versions: { article_id: string; version: number; at: number; title: string; summary: string; paragraphs: string }
  article_marks: { mark: number; at: number; article_id: string }
  feed_windows: { feed_id: string; identity: string; pending: number; at: number; memory: string; items: string }
  pictures: {
    source_key: string
    source_url: string
    sha256: string | null
    width: number | null
    height: number | null
    bytes: number | null
    failed: string | null
    tried_at: number
  }
}

export interface ArticleTable {
  id: string
  feed_id: string
  unit_id: string
  url: string
  /** Hash of the guid; null when the item had none. */
  guid_key: string | null
  /** Hash of the canonical address; null when the item had none. */
  url_key: string | null
  title_key: string
  content_hash: string
  title: string
  summary: string
  /** JSON string[]; the same for links, pictures and categories. */
  paragraphs: string
  html: string
  links: string
  pictures: string
  author: string | null
  categories: string
  section: string | null
  language: string
  published_at: number | null
  first_seen_at: number
  /** When the present wording was first seen. */
  updated_at: number
  version: number
  state: ArticleState
  /** When the state was set. */
  state_at: number
  reason: string | null
  duplicate_of: string | null
  emergency: number
}
