/** Articles: identified, deduplicated, kept with their versions; pictures prepared. The room writes its five tables. */
import { DAY } from "../base/clock.ts"
import type { SafeFetch } from "../base/safe-fetch.ts"
import { among, ask, asNumber, listed, orFail, sql } from "../db/index.ts"
import type { Article, ArticleState } from "../model/index.ts"
import { keepOutcome } from "./keep.ts"
import { createPictures } from "./pictures.ts"
import { chunks, toArticle } from "./rows.ts"
import type { ArticlesRoom } from "./types.ts"

export { DESK_FEED, keepWritten } from "./by-hand.ts"
export { emergencyWords, isEmergency } from "./emergency.ts"
export type { ArticlesRoom, ArticleVersion, Kept } from "./types.ts"

export interface ArticlesParts {
  safeFetch: SafeFetch
  /** `LOA_DATA`; pictures live below `media/`. */
  dataDir: string
  /** `accounts/images/emblem.png` or null. */
  emblemPath?: string | null
  /** A finished JPEG of 1200×768 for articles without a picture, or null. */
  coverPath?: string | null
}

const marksLiveMs = 30 * DAY

export function createArticles(parts: ArticlesParts): ArticlesRoom {
  const pictures = createPictures(parts)
  return {
    keep: keepOutcome,
    async byState(db, state, limit) {
      // The state is written into the statement: the partial index is only used for a literal.
      const rows = await db
        .selectFrom("articles")
        .selectAll()
        .where(sql<boolean>`state = ${sql.lit(state)}`)
        .orderBy("first_seen_at")
        .orderBy("published_at")
        .orderBy("id")
        .limit(limit)
        .execute()
      return rows.map(toArticle)
    },
    async unchanged(db, articles) {
      const still = new Set<string>()
      const rows = await ask<{ id: string; state: string; version: number }>(
        db,
        `select id, state, version from articles where id in ${among(db, 1)}`,
        [listed(articles.map((article) => article.id))],
      )
      const now = new Map(rows.map((row) => [row.id, row]))
      for (const { id, state, version } of articles) if (now.get(id)?.state === state && now.get(id)?.version === version) still.add(id)
      return still
    },
    async families(db, articles) {
      const originals = listed([...new Set(articles.map((article) => article.duplicateOf ?? article.id))])
      const rows = await ask<{ id: string; original: string; feed_id: string }>(
        db,
        `select id, id as original, feed_id from articles where id in ${among(db, 1)} union all select id, duplicate_of, feed_id from articles where duplicate_of in ${among(db, 2)}`,
        [originals, originals],
      )
      return new Map(rows.map(({ id, original, feed_id }) => [id, { original, feedId: feed_id }]))
    },
    async get(db, id) {
      const row = await db.selectFrom("articles").selectAll().where("id", "=", id).executeTakeFirst()
      return row ? toArticle(row) : null
    },
    async getMany(db, ids) {
      const found: Article[] = []
      for (const part of chunks(ids, 500))
        found.push(...(await db.selectFrom("articles").selectAll().where("id", "in", part).execute()).map(toArticle))
      return found
    },
    async versions(db, id) {
      const former = await db.selectFrom("article_versions").selectAll().where("article_id", "=", id).orderBy("version").execute()
      const present = await db.selectFrom("articles").selectAll().where("id", "=", id).executeTakeFirst()
      if (!present) return []
      return [...former, { ...present, at: present.updated_at }].map((row) => ({
        version: row.version,
        at: row.at,
        title: row.title,
        summary: row.summary,
        paragraphs: JSON.parse(row.paragraphs) as string[],
      }))
    },
    async setState(tx, ids, state, reason, now) {
      if (ids.length)
        await ask(tx, `update ${orFail(tx)}articles set state = $1, reason = $2, state_at = $3 where id in ${among(tx, 4)}`, [
          state,
          reason,
          now,
          listed(ids),
        ])
    },
    async releaseHeld(tx, feedId, now) {
      const rows = await tx
        .updateTable("articles")
        .set({ state: "new", reason: null, state_at: now })
        .where("feed_id", "=", feedId)
        .where(sql<boolean>`state = 'held'`)
        .returning("id")
        .execute()
      return rows.length
    },
    async counts(db, from, to) {
      const rows = await db
        .selectFrom("articles")
        .select(["unit_id", "state", (eb) => eb.fn.countAll().as("count")])
        .where("first_seen_at", ">=", from)
        .where("first_seen_at", "<", to)
        .groupBy(["unit_id", "state"])
        .execute()
      return rows.map((row) => ({ unitId: row.unit_id, state: row.state as ArticleState, count: asNumber(row.count) }))
    },
    async prune(tx, now) {
      await tx.deleteFrom("article_marks").where("at", "<", now - marksLiveMs).execute()
    },
    ...pictures,
  }
}
