/** Reads an OA's article list back and recognises articles by title and time (contract 4.5). Creates nothing. */
import { MINUTE } from "../../base/clock.ts"
import { idText } from "../../base/json-ids.ts"
import type { LookOutcome, LookProbe, NetworkAccount } from "../../model/index.ts"
import { articleUrl } from "./article.ts"
import type { Failure } from "./errors.ts"
import { readProblem } from "./errors.ts"
import { callAsOa, type ZaloContext } from "./oa.ts"

/** Both are Zalo's: more than ten an answer is refused. */
const SLICE = 10
const SLICES_MAX = 6
const CLOCK_SLACK_MS = 2 * MINUTE

export interface ListedArticle {
  id: string
  title: string
  status: string
  createdAt: number
  updatedAt: number | null
  /** Cumulative; null when the list does not tell. */
  views: number | null
  shares: number | null
  link: string | null
}

/** Up to `slices` pages of the list, in the order Zalo gives them (newest first is assumed nowhere). */
export async function listArticles(
  context: ZaloContext,
  account: NetworkAccount,
  slices: number,
  signal?: AbortSignal,
): Promise<{ ok: true; articles: ListedArticle[]; complete: boolean } | { ok: false; failure: Failure }> {
  const articles = new Map<string, ListedArticle>()
  for (let slice = 0; slice < slices; slice += 1) {
    const answer = await callAsOa(context, account, { path: `/v2.0/article/getslice?offset=${slice * SLICE}&limit=${SLICE}&type=normal`, signal })
    if (!answer.ok) return answer
    const rows = Array.isArray(answer.data.medias) ? answer.data.medias : []
    for (const row of rows) {
      const article = readArticle(row)
      if (article) articles.set(article.id, article)
    }
    const total = Number(answer.data.total)
    if (rows.length < SLICE || (Number.isFinite(total) && (slice + 1) * SLICE >= total))
      return { ok: true, articles: [...articles.values()], complete: true }
  }
  return { ok: true, articles: [...articles.values()], complete: false }
}

export async function look(context: ZaloContext, account: NetworkAccount, probes: LookProbe[], signal?: AbortSignal): Promise<LookOutcome> {
  const unreadable = (failure: Failure): LookOutcome => {
    const { code, reason, afterMs, needs } = readProblem(failure, context.clock.now(), context.random)
    return { kind: "unreadable", code, reason, ...(afterMs === undefined ? {} : { afterMs }), ...(needs ? { lockedOut: needs } : {}) }
  }
  const list = await listArticles(context, account, SLICES_MAX, signal)
  if (!list.ok) return unreadable(list.failure)

  const found = new Map<string, { remoteId: string; url?: string; at?: number; byUs: boolean | null }>()
  const taken = new Set<string>()
  for (const probe of probes) {
    const title = titleKey(probe.title)
    const candidates = list.articles
      .filter((article) => !taken.has(article.id) && titleKey(article.title) === title && article.createdAt >= probe.since - CLOCK_SLACK_MS)
      .sort((a, b) => a.createdAt - b.createdAt)
    let match = candidates[0]
    let byUs: boolean | null = null
    if (candidates.length > 1) {
      // Another system may feed this OA from the same portal: the article's address in the text tells ours.
      for (const candidate of candidates) {
        const detail = await callAsOa(context, account, { path: `/v2.0/article/getdetail?id=${encodeURIComponent(candidate.id)}`, signal })
        if (!detail.ok) return unreadable(detail.failure)
        if (!mentions(detail.data.body, probe.articleUrl)) continue
        match = candidate
        byUs = true
        break
      }
    }
    if (!match) continue
    taken.add(match.id)
    found.set(probe.id, { remoteId: match.id, url: match.link ?? articleUrl(account, match.id), at: match.createdAt, byUs })
  }
  return { kind: "read", found }
}

/** Unicode form, case and spacing do not count. */
export const titleKey = (title: string) => title.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim()

export function mentions(body: unknown, url: string): boolean {
  if (!Array.isArray(body)) return false
  return body.some((block) => typeof block?.content === "string" && block.content.replaceAll("&amp;", "&").includes(url))
}

function readArticle(row: unknown): ListedArticle | null {
  if (typeof row !== "object" || row === null) return null
  const fields = row as Record<string, unknown>
  const id = idText(fields.id)
  const createdAt = count(fields.create_date)
  if (!id || createdAt === null || typeof fields.title !== "string") return null
  return {
    id,
    title: fields.title,
    status: typeof fields.status === "string" ? fields.status : "",
    createdAt,
    updatedAt: count(fields.update_date),
    views: count(fields.total_view),
    shares: count(fields.total_share),
    link: typeof fields.link_view === "string" && /^https?:\/\//.test(fields.link_view) ? fields.link_view : null,
  }
}

/** Counters and times come as numbers or as texts. */
function count(value: unknown): number | null {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : null
}
