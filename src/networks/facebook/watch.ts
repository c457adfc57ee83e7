/** Reads for the security watch: who may act on a Page, what it shows, and whether its webhooks still reach us (contract 2.4, 3.8, 7.1). */
import { idText } from "../../base/json-ids.ts"
import type { NetworkAccount } from "../../model/index.ts"
import { saysSuccess } from "./client.ts"
import { POST_FIELDS, readPost, type SeenPost } from "./look.ts"
import { callAsPage, nextCursor, rowsOf, type FacebookContext } from "./page.ts"

export interface PagePost {
  id: string
  at: number
  message: string
  url: string | null
  /** Null = the network does not tell who made it. */
  byUs: boolean | null
  /** The app that made it; null = not told, as for posts written by hand. */
  applicationId: string | null
  /** Addresses in the text and the attachments, without scheme. */
  links: string[]
}

/** The newest posts as the Page shows them, whoever made them; null when it cannot be read. */
export async function recentPosts(context: FacebookContext, account: NetworkAccount, pages = 1, signal?: AbortSignal): Promise<PagePost[] | null> {
  const posts: SeenPost[] = []
  let after: string | null = null
  for (let page = 0; page < pages; page += 1) {
    const query: Record<string, string> = { limit: "50", fields: POST_FIELDS, ...(after ? { after } : {}) }
    const answer = await callAsPage(context, account, { path: `${account.remoteId}/published_posts`, query, kind: "optional", signal })
    if (!answer.ok) return null
    posts.push(...rowsOf(answer.body).map(readPost).filter((post) => post !== null))
    after = nextCursor(answer.body)
    if (!after) break
  }
  const { appId } = context.config
  return posts.map(({ id, at, message, url, applicationId, links }) => ({
    id,
    at,
    message,
    url,
    byUs: appId && applicationId ? appId === applicationId : null,
    applicationId,
    links: [...links],
  }))
}

export interface PageAdmin {
  id: string
  name: string
  tasks: string[]
}
/**
 * Who may act on the Page: people by `roles`, on new-experience Pages (which refuse that edge) people and agencies by the Business; null
 * where the network does not tell. There is no webhook for this.
 */
export async function admins(context: FacebookContext, account: NetworkAccount, signal?: AbortSignal): Promise<PageAdmin[] | null> {
  const read = async (path: string, query: Record<string, string>) => {
    const answer = await callAsPage(context, account, { path: `${account.remoteId}${path}`, query, kind: "optional", signal })
    return answer.ok ? answer.body : null
  }
  const fields = "id,name,tasks"
  const roles = await read("/roles", { fields })
  if (roles) return rowsOf(roles).flatMap(readAdmin)
  const business = idText(((await read("", { fields: "business{id}" }))?.business as { id?: unknown } | undefined)?.id)
  const users = await read("/assigned_users", { fields, ...(business ? { business } : {}) })
  if (!users) return null
  const agencies = await read("/agencies", { fields })
  return [...rowsOf(users), ...(agencies ? rowsOf(agencies) : [])].flatMap(readAdmin)
}

function readAdmin(row: Record<string, unknown>): PageAdmin[] {
  const id = idText(row.id)
  const tasks = Array.isArray(row.tasks) ? row.tasks.filter((task): task is string => typeof task === "string") : []
  return id ? [{ id, name: typeof row.name === "string" ? row.name : "", tasks }] : []
}

const SUBSCRIPTIONS = [
  "business_integrity",
  "name",
  "picture",
  "category",
  "website",
  "phone",
  "email",
  "description",
  "feed",
  "live_videos",
  "page_change_proposal",
  "page_upcoming_change",
]

/** Subscribes the Page to what is missing. Answers the fields that were missing before; null when Facebook does not tell. */
export async function ensureSubscribed(context: FacebookContext, account: NetworkAccount, signal?: AbortSignal): Promise<string[] | null> {
  const path = `${account.remoteId}/subscribed_apps`
  const read = await callAsPage(context, account, { path, query: { fields: "id,name,subscribed_fields" }, kind: "optional", signal })
  if (!read.ok) return null
  const ours = rowsOf(read.body).find((row) => !context.config.appId || idText(row.id) === context.config.appId)
  const have = new Set(Array.isArray(ours?.subscribed_fields) ? (ours.subscribed_fields as unknown[]) : [])
  const missing = SUBSCRIPTIONS.filter((field) => !have.has(field))
  if (!missing.length) return []
  const written = await callAsPage(context, account, {
    method: "POST",
    path,
    query: { subscribed_fields: SUBSCRIPTIONS.join(",") },
    kind: "optional",
    signal,
  })
  return written.ok && saysSuccess(written.body) ? missing : null
}
