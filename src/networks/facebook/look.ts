/** Reads a Page's own posts back and recognises articles in them (contract 3.8). Creates nothing. */
import { MINUTE } from "../../base/clock.ts"
import { idText } from "../../base/json-ids.ts"
import type { LookOutcome, LookProbe, NetworkAccount } from "../../model/index.ts"
import { readProblem } from "./errors.ts"
import { callAsPage, nextCursor, rowsOf, type FacebookContext } from "./page.ts"

export const POST_FIELDS =
  "id,created_time,message,permalink_url,is_published,application{id,name},attachments{media_type,type,title,url,unshimmed_url,target{id,url}}"
/** The list is ranked, not sorted: an older post says nothing about the next one, so a bounded number of pages is read whole. */
const PAGES_MAX = 8
const CLOCK_SLACK_MS = 2 * MINUTE

export interface SeenPost {
  id: string
  at: number
  message: string
  url: string | null
  applicationId: string | null
  links: Set<string>
}

export async function look(context: FacebookContext, account: NetworkAccount, probes: LookProbe[], signal?: AbortSignal): Promise<LookOutcome> {
  const posts = new Map<string, SeenPost>()
  let after: string | null = null
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query: Record<string, string> = { limit: "50", fields: POST_FIELDS, ...(after ? { after } : {}) }
    const answer = await callAsPage(context, account, { path: `${account.remoteId}/published_posts`, query, kind: "needed", signal })
    if (!answer.ok) {
      // "The After Cursor exceeds the max limit": as deep as this list goes.
      if (page > 0 && answer.failure.kind === "graph" && answer.failure.code === 100 && answer.failure.subcode === null) break
      const { code, reason, afterMs, needs } = readProblem(answer.failure, context.client.usage, account.remoteId)
      return { kind: "unreadable", code, reason, ...(afterMs === undefined ? {} : { afterMs }), ...(needs ? { lockedOut: needs } : {}) }
    }
    for (const row of rowsOf(answer.body)) {
      const post = readPost(row)
      if (post) posts.set(post.id, post)
    }
    const found = recognise(probes, posts.values(), context.config.appId)
    after = nextCursor(answer.body)
    if (!after || found.size === probes.length) break
  }
  return { kind: "read", found: recognise(probes, posts.values(), context.config.appId) }
}

/** Which post is which article: by its address in the text or an attachment, else by an equal text. A post answers for one probe only. */
export function recognise(probes: LookProbe[], posts: Iterable<SeenPost>, appId: string | null) {
  const found = new Map<string, { remoteId: string; url?: string; at: number; byUs: boolean | null }>()
  const taken = new Set<string>()
  const oldestFirst = [...posts].filter((post) => !appId || !post.applicationId || post.applicationId === appId).sort((a, b) => a.at - b.at)
  const take = (probe: LookProbe, same: (post: SeenPost) => boolean) => {
    if (found.has(probe.id)) return
    const post = oldestFirst.find((post) => !taken.has(post.id) && post.at >= probe.since - CLOCK_SLACK_MS && same(post))
    if (!post) return
    taken.add(post.id)
    const byUs = appId && post.applicationId ? true : null
    found.set(probe.id, { remoteId: post.id, ...(post.url ? { url: post.url } : {}), at: post.at, byUs })
  }
  for (const probe of probes) {
    const key = linkKey(probe.articleUrl)
    if (key) take(probe, (post) => post.links.has(key))
  }
  for (const probe of probes) {
    const text = probe.message === null ? "" : plain(probe.message)
    if (text) take(probe, (post) => post.message === text)
  }
  return found
}

export function readPost(row: Record<string, unknown>): SeenPost | null {
  const id = idText(row.id)
  const at = typeof row.created_time === "string" ? Date.parse(row.created_time) : Number.NaN
  if (!id || !Number.isFinite(at)) return null
  const message = typeof row.message === "string" ? plain(row.message) : ""
  const links = new Set<string>()
  const add = (url: unknown) => {
    const key = typeof url === "string" ? linkKey(url) : null
    if (key) links.add(key)
  }
  for (const url of message.match(/https?:\/\/[^\s<>"“”]+/gi) ?? []) {
    add(url)
    add(url.replace(/[).,;:!?\]}»…']+$/, ""))
  }
  const attachments = row.attachments
  if (typeof attachments === "object" && attachments !== null) {
    for (const attachment of rowsOf(attachments as Record<string, unknown>)) {
      add(attachment.unshimmed_url)
      add(unshim(attachment.url))
      add(unshim((attachment.target as { url?: unknown } | undefined)?.url))
    }
  }
  const application = row.application as { id?: unknown } | undefined
  return { id, at, message, url: typeof row.permalink_url === "string" ? row.permalink_url : null, applicationId: idText(application?.id), links }
}

/** Unicode form and the spelling of line breaks do not count. */
const plain = (message: string) => message.normalize("NFC").replace(/\r\n?/g, "\n").trim()

/** The target behind Facebook's `l.php?u=…` wrapper. */
function unshim(url: unknown): unknown {
  if (typeof url !== "string" || !/\/l\.php\?/.test(url)) return url
  try {
    return new URL(url).searchParams.get("u") ?? url
  } catch {
    return url
  }
}

/** Two spellings of one address compare equal: scheme, case of the host, trailing slash, fragment and click ids do not count. */
export function linkKey(address: string): string | null {
  try {
    const url = new URL(address)
    for (const name of [...url.searchParams.keys()]) if (name === "fbclid" || name.startsWith("utm_")) url.searchParams.delete(name)
    return `${url.host}${url.pathname.replace(/\/+$/, "")}${url.search}`
  } catch {
    return null
  }
}
