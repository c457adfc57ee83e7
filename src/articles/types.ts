/** The room's door as types: what `createArticles` gives. */
import type { Db, Tx } from "../db/index.ts"
import type { Article, ArticleState, FeedFact, Picture, PollOutcome } from "../model/index.ts"

export interface Kept {
  /** New articles with their state: `new`, `baseline`, `held` or `duplicate`. */
  added: Article[]
  /** Articles whose wording changed; `version` has risen. Baseline articles are left out. */
  updated: Article[]
  /** Gone from the portal, seen on two polls; state is `withdrawn` already. Baseline articles are left out. */
  withdrawn: Article[]
  facts: FeedFact[]
}

export interface ArticleVersion {
  version: number
  at: number
  title: string
  summary: string
  paragraphs: string[]
}

export type PreparedPicture = { kind: "ready"; picture: Picture } | { kind: "ignored"; sourceUrl: string; reason: string }

export interface ArticlesRoom {
  /** Identifies and keeps what a poll brought. Cheap for unchanged outcomes; call it for every outcome. */
  keep(tx: Tx, outcome: PollOutcome, now: number): Promise<Kept>
  byState(db: Db | Tx, state: ArticleState, limit: number): Promise<Article[]>
  /** Ids of those that are still in the state and the version they were read in. */
  unchanged(db: Db | Tx, articles: readonly Article[]): Promise<Set<string>>
  /** The same text on several portals: by id, the originals of these articles and all their copies, each with its original and its feed. */
  families(db: Db | Tx, articles: readonly Article[]): Promise<Map<string, { original: string; feedId: string }>>
  get(db: Db | Tx, id: string): Promise<Article | null>
  getMany(db: Db | Tx, ids: string[]): Promise<Article[]>
  /** Former wordings and the present one, oldest first. */
  versions(db: Db | Tx, id: string): Promise<ArticleVersion[]>
  setState(tx: Tx, ids: string[], state: ArticleState, reason: string | null, now: number): Promise<void>
  /** Held articles of a feed become `new` again after a person looked; answers how many. */
  releaseHeld(tx: Tx, feedId: string, now: number): Promise<number>
  /** Articles first seen in [from, to) by unit and state, for the ledger. */
  counts(db: Db | Tx, from: number, to: number): Promise<{ unitId: string; state: ArticleState; count: number }[]>
  /** Asks the article's own page: `gone` (404, 410), `there`, or `unclear`. No database. */
  probePage(url: string, signal?: AbortSignal): Promise<"gone" | "there" | "unclear">
  /** Network, sharp and the table `pictures`; call it outside a transaction. Best pictures first, at most `max`. */
  preparePictures(db: Db, article: Article, options: { max: number; now: number; signal?: AbortSignal }): Promise<Picture[]>
  /** At least 1000×640, landscape, at most 900 kB: what Zalo accepts as a cover. */
  coverFor(picture: Picture): Promise<Picture>
  /** A plain cover without text for articles without a picture; the emblem when `accounts/images/emblem.png` exists. */
  defaultCover(unitId: string): Promise<Picture>
  /** Path of a kept picture for `/m/<sha256>.jpg`, or null. */
  pictureFile(sha256: string): Promise<string | null>
  /** Drops marks that are no longer needed; safe to repeat. */
  prune(tx: Tx, now: number): Promise<void>
}
