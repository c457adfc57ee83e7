import { createArticles, type ArticlesRoom, type Kept } from "../../src/articles/index.ts"
import { HOUR } from "../../src/base/clock.ts"
import { inTransaction, type OpenedDb } from "../../src/db/index.ts"
import { portalFile, type Feed, type FeedItem, type PollOutcome } from "../../src/model/index.ts"
import { testDb } from "../support/db.ts"

export const start = Date.UTC(2026, 10, 24, 3)

export const aFeed = (unitId = "phuong-mau", change: Record<string, unknown> = {}, path = "rss"): Feed => ({
  id: `${unitId}/${path}`,
  unitId,
  url: `https://${unitId}.example.vn/${path}`,
  language: "vi",
  portal: portalFile.parse({ url: `https://${unitId}.example.vn`, ...change }),
})

export const anItem = (number: number, change: Partial<FeedItem> = {}): FeedItem => ({
  guid: `tin-${number}`,
  link: `https://phuong-mau.example.vn/tin/${number}`,
  title: `Tin số ${number} của phường Mẫu`,
  summary: `Tóm tắt của tin ${number}`,
  html: "",
  paragraphs: [],
  publishedAt: start - number * 60_000,
  updatedAt: null,
  author: null,
  categories: [],
  pictures: [],
  links: [],
  language: "vi",
  ...change,
})

/** A room over its own database and a feed that shows one window after another, an hour apart. */
export class Story {
  now = start
  private polls = new Map<string, number>()
  private constructor(
    readonly opened: OpenedDb,
    readonly articles: ArticlesRoom,
  ) {}

  static async begin() {
    const opened = await testDb()
    return new Story(opened, createArticles({ safeFetch: () => Promise.reject(new Error("no network here")), dataDir: ":memory:" }))
  }

  async shows(items: FeedItem[] | "unchanged", feed = aFeed(), change: Partial<PollOutcome> = {}): Promise<Kept> {
    const first = this.polls.get(feed.id)
    if (first === undefined) this.polls.set(feed.id, this.now)
    const outcome: PollOutcome = {
      feed,
      kind: items === "unchanged" ? "unchanged" : "items",
      at: this.now,
      firstPoll: first === undefined,
      firstPolledAt: first ?? this.now,
      quarantined: null,
      parsed: items === "unchanged" ? null : { format: "rss", version: "2.0", title: "", link: null, description: "", language: "vi", updatedAt: null, ttlMs: null, dateOrder: null, items, itemsCut: 0, notes: [] },
      status: 200,
      code: null,
      reason: null,
      facts: [],
      durationMs: 0,
      bytes: 0,
      ...change,
    }
    const kept = await inTransaction(this.opened.db, (tx) => this.articles.keep(tx, outcome, this.now))
    this.now += HOUR
    return kept
  }
}

export const titles = (kept: { title: string }[]) => kept.map((article) => article.title)
export const kinds = (kept: Kept) => kept.facts.map((fact) => fact.kind)
export const range = (from: number, to: number) => Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => from + at * Math.sign(to - from || 1))
