/** Pages of long lists by keyset: rows that arrive meanwhile shift nothing. A cursor is opaque to clients. */
import { z } from "@hono/zod-openapi"
import type { Db } from "../../db/index.ts"
import type { AlertSeverity, AlertState, ArticleState, DeliveryState } from "../../model/index.ts"
import { viewOf, type DeliveryView } from "../../outbox/index.ts"
import { ProblemError } from "./problem.ts"

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}
export interface Place {
  at: number
  id: string
}
const place = z.tuple([z.number(), z.string().max(200)])

export const cursorOf = ({ at, id }: Place) => Buffer.from(JSON.stringify([at, id])).toString("base64url")
export function placeOf(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null
  try {
    const [at, id] = place.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")))
    return { at, id }
  } catch {
    throw new ProblemError(400, "cursor_invalid", "cursor is not one that a list answered", [
      { at: "query.cursor", expected: "nextCursor of the page before" },
    ])
  }
}

const paged = <R, T>(rows: R[], limit: number, view: (row: R) => T, where: (row: R) => Place): Page<T> => ({
  items: rows.slice(0, limit).map(view),
  nextCursor: rows.length > limit ? cursorOf(where(rows[limit - 1]!)) : null,
})

export interface Asked {
  limit: number
  cursor?: string | undefined
  unit?: string | undefined
}

export async function deliveriesPage(
  db: Db,
  asked: Asked & { state?: DeliveryState | undefined; account?: string | undefined },
): Promise<Page<DeliveryView>> {
  const after = placeOf(asked.cursor)
  const rows = await db
    .selectFrom("deliveries")
    .selectAll()
    .$if(asked.unit !== undefined, (q) => q.where("unit_id", "=", asked.unit!))
    .$if(asked.account !== undefined, (q) => q.where("account_id", "=", asked.account!))
    .$if(asked.state !== undefined, (q) => q.where("state", "=", asked.state!))
    .$if(after !== null, (q) =>
      q.where((e) => e.or([e("created_at", "<", after!.at), e.and([e("created_at", "=", after!.at), e("id", ">", after!.id)])])),
    )
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(asked.limit + 1)
    .execute()
  return paged(rows, asked.limit, viewOf, (row) => ({ at: Number(row.created_at), id: row.id }))
}

export interface ArticleLine {
  id: string
  unit: string
  url: string
  title: string
  summary: string
  language: string
  publishedAt: string | null
  firstSeenAt: string
  version: number
  state: ArticleState
  reason: string | null
}
const iso = (at: number | null) => (at === null ? null : new Date(Number(at)).toISOString())

export async function articlesPage(db: Db, asked: Asked & { state?: ArticleState | undefined }): Promise<Page<ArticleLine>> {
  const after = placeOf(asked.cursor)
  const rows = await db
    .selectFrom("articles")
    .select(["id", "unit_id", "url", "title", "summary", "language", "published_at", "first_seen_at", "version", "state", "reason"])
    .$if(asked.unit !== undefined, (q) => q.where("unit_id", "=", asked.unit!))
    .$if(asked.state !== undefined, (q) => q.where("state", "=", asked.state!))
    .$if(after !== null, (q) =>
      q.where((e) => e.or([e("first_seen_at", "<", after!.at), e.and([e("first_seen_at", "=", after!.at), e("id", ">", after!.id)])])),
    )
    .orderBy("first_seen_at", "desc")
    .orderBy("id")
    .limit(asked.limit + 1)
    .execute()
  const view = (row: (typeof rows)[number]): ArticleLine => ({
    id: row.id,
    unit: row.unit_id,
    url: row.url,
    title: row.title,
    summary: row.summary,
    language: row.language,
    publishedAt: iso(row.published_at),
    firstSeenAt: iso(row.first_seen_at)!,
    version: row.version,
    state: row.state,
    reason: row.reason,
  })
  return paged(rows, asked.limit, view, (row) => ({ at: Number(row.first_seen_at), id: row.id }))
}

export async function alertIdsPage(
  db: Db,
  asked: Asked & { state?: AlertState | undefined; severity?: AlertSeverity | undefined },
): Promise<Page<string>> {
  const after = placeOf(asked.cursor)
  const rows = await db
    .selectFrom("alerts")
    .select(["id", "raised_at"])
    .$if(asked.unit !== undefined, (q) => q.where("unit_id", "=", asked.unit!))
    .$if(asked.state !== undefined, (q) => q.where("state", "=", asked.state!))
    .$if(asked.severity !== undefined, (q) => q.where("severity", "=", asked.severity!))
    .$if(after !== null, (q) =>
      q.where((e) => e.or([e("raised_at", "<", after!.at), e.and([e("raised_at", "=", after!.at), e("id", ">", after!.id)])])),
    )
    .orderBy("raised_at", "desc")
    .orderBy("id")
    .limit(asked.limit + 1)
    .execute()
  return paged(rows, asked.limit, (row) => row.id, (row) => ({ at: Number(row.raised_at), id: row.id }))
}

/** A list that lies in memory, in the order of its ids. */
export function memoryPage<T extends { id: string }>(all: readonly T[], { limit, cursor }: Asked): Page<T> {
  const after = placeOf(cursor)
  const sorted = [...all].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)).filter((one) => !after || one.id > after.id)
  return paged(sorted.slice(0, limit + 1), limit, (one) => one, ({ id }) => ({ at: 0, id }))
}
