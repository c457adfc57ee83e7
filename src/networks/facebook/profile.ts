/** What a Page says of itself (contract 2.1–2.3, 7.7). One read, or one batch for many Pages. */
import { defaults } from "../../base/config.ts"
import { idText } from "../../base/json-ids.ts"
import type { NetworkAccount, Profile, ProfileOutcome } from "../../model/index.ts"
import type { FacebookSecret } from "../tokens.ts"
import { readAnswer, type GraphAnswer, type GraphBody } from "./client.ts"
import { readProblem } from "./errors.ts"
import { callAsPage, type FacebookContext } from "./page.ts"

const FIELDS =
  "id,name,username,link,about,description,category,category_list,website,single_line_address,emails,phone,verification_status,is_published,fan_count,followers_count,has_transitioned_to_new_page_experience,cover{id,source,offset_x,offset_y},picture.width(720).height(720){url,is_silhouette,width,height,cache_key}"
/** `business` needs a permission of its own and would take the other fields down with it. */
const FIELDS_WITH_BUSINESS = `${FIELDS},business{id,name}`
const BATCH_MAX = 50

export async function profile(context: FacebookContext, account: NetworkAccount, signal?: AbortSignal): Promise<ProfileOutcome> {
  const read = (fields: string) => callAsPage(context, account, { path: account.remoteId, query: { fields }, kind: "optional", signal })
  let answer = await read(FIELDS_WITH_BUSINESS)
  if (isPermissionProblem(answer)) answer = await read(FIELDS)
  if (answer.ok && !isRecord(answer.body.picture)) {
    const picture = await callAsPage(context, account, {
      path: `${account.remoteId}/picture`,
      query: { redirect: "0", width: "720", height: "720" },
      kind: "optional",
      signal,
    })
    if (picture.ok) answer = { ok: true, body: { ...answer.body, picture: picture.body } }
  }
  return outcome(context, account, answer)
}

/** Many Pages by batches of 50 (contract 6.4): reads only, every operation with its own token and proof, all of it in the body. */
export async function profiles(context: FacebookContext, accounts: NetworkAccount[], signal?: AbortSignal): Promise<Map<string, ProfileOutcome>> {
  const found = new Map<string, ProfileOutcome>()
  for (let from = 0; from < accounts.length; from += BATCH_MAX) {
    const part: { account: NetworkAccount; token: string }[] = []
    for (const account of accounts.slice(from, from + BATCH_MAX)) {
      const stored = await context.tokens.get<FacebookSecret>(account.id)
      if (stored) part.push({ account, token: stored.secret.page })
      else found.set(account.id, outcome(context, account, { ok: false, failure: { kind: "no_token" } }))
    }
    if (!part.length) continue
    const batch = part.map(({ account, token }) => ({
      method: "GET",
      relative_url: `${account.remoteId}?${new URLSearchParams({ fields: FIELDS, access_token: token, ...context.client.proof(token) })}`,
    }))
    const answer = await context.client.batch(context.client.appToken ?? part[0]!.token, batch, signal)
    for (const [at, { account }] of part.entries()) {
      const reply = answer?.[at]
      const read: GraphAnswer = reply
        ? readAnswer(reply.status, reply.text)
        : { ok: false, failure: { kind: "lost", status: null, asked: true, reason: "unfinished batch operation" } }
      // What the batch could not settle (dead token, lost part) is asked singly, where tokens are derived and retried.
      found.set(account.id, read.ok ? outcome(context, account, read) : await profile(context, account, signal))
    }
  }
  return found
}

function outcome(context: FacebookContext, account: NetworkAccount, answer: GraphAnswer): ProfileOutcome {
  if (!answer.ok) {
    const { code, reason, afterMs, needs, missing } = readProblem(answer.failure, context.client.usage, account.remoteId)
    if (missing) return { kind: "gone", code, reason }
    return needs ? { kind: "locked_out", code, reason, needs } : { kind: "later", code, reason, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  const id = idText(answer.body.id)
  if (id !== account.remoteId) {
    return {
      kind: "locked_out",
      code: "wrong_id",
      reason: `Facebook trả lời cho Trang khác (${id ?? "không có mã"}) thay vì ${account.remoteId}.`,
      needs: "configuration",
    }
  }
  return { kind: "read", profile: readProfile(context, id, answer.body) }
}

/** What anybody may see of a page that is not ours (contract 2.2). */
export type PublicPage =
  | { kind: "read"; profile: Profile }
  /** Facebook does not say whether a page is gone or closed to us: only who could read it before knows. */
  | { kind: "gone"; code: string; reason: string }
  | { kind: "unreadable"; code: string; reason: string }
const PUBLIC_FIELDS =
  "id,name,username,link,about,category,website,verification_status,is_published,fan_count,followers_count,picture.width(720).height(720){url,is_silhouette,width,height,cache_key}"

/** Needs Page Public Content Access; `via` lends its token. */
export async function publicPage(context: FacebookContext, via: NetworkAccount, idOrHandle: string, signal?: AbortSignal): Promise<PublicPage> {
  if (!/^[\w.-]{1,100}$/.test(idOrHandle)) return { kind: "unreadable", code: "no_handle", reason: "Đường dẫn không có mã hay tên trang." }
  const answer = await callAsPage(context, via, { path: idOrHandle, query: { fields: PUBLIC_FIELDS }, kind: "optional", signal })
  if (!answer.ok) {
    const { code, reason, missing } = readProblem(answer.failure, context.client.usage, via.remoteId)
    return { kind: missing ? "gone" : "unreadable", code, reason }
  }
  const id = idText(answer.body.id)
  return id
    ? { kind: "read", profile: readProfile(context, id, answer.body) }
    : { kind: "unreadable", code: "no_id", reason: "Câu trả lời không có mã trang." }
}

const badges = ["blue_verified", "gray_verified", "not_verified"] as const

function readProfile(context: FacebookContext, id: string, body: GraphBody): Profile {
  const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : undefined)
  const picture = isRecord(body.picture) && isRecord(body.picture.data) ? body.picture.data : null
  const avatarUrl = typeof picture?.url === "string" && avatarHostAllowed(picture.url, context.config.graphUrl) ? picture.url : null
  if (picture && !avatarUrl) context.log.warn("avatar address is not on Meta's picture hosts", { page: id })
  const followers = typeof body.followers_count === "number" ? body.followers_count : body.fan_count
  const profile: Profile = {
    network: "facebook",
    remoteId: id,
    name: text("name") ?? "",
    handle: text("username"),
    link: text("link"),
    about: text("about"),
    description: text("description"),
    category: text("category"),
    website: text("website"),
    phone: text("phone"),
    emails: Array.isArray(body.emails) ? body.emails.filter((email): email is string => typeof email === "string") : undefined,
    badge: badges.find((badge) => badge === body.verification_status),
    published: typeof body.is_published === "boolean" ? body.is_published : undefined,
    followers: typeof followers === "number" ? followers : undefined,
    avatar: avatarUrl ? { url: avatarUrl, silhouette: picture!.is_silhouette === true } : undefined,
    raw: body,
  }
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined)) as unknown as Profile
}

/** Meta's picture hosts, and the graph host itself when it is not Meta's (rehearsal, tests; interface.md section 4). */
export function avatarHostAllowed(address: string, graphUrl: string): boolean {
  try {
    const url = new URL(address)
    if (graphUrl !== defaults.graphUrl && url.host === new URL(graphUrl).host) return true
    return url.protocol === "https:" && /\.(fbcdn\.net|fbsbx\.com)$/.test(url.hostname)
  } catch {
    return false
  }
}

export interface PageStatus {
  status: string | null
  restrictions: { feature: string; status: string; expiresAt: number | null }[]
  raw: unknown
}
/** Integrity state of a Page (contract 7.7); null when neither of the two documented paths answers. */
export async function pageStatus(context: FacebookContext, account: NetworkAccount, signal?: AbortSignal): Promise<PageStatus | null> {
  for (const path of ["page_status", "pages_status"]) {
    const answer = await callAsPage(context, account, { path: `${account.remoteId}/${path}`, kind: "optional", signal })
    if (!answer.ok) continue
    const { status, restrictions } = answer.body
    return {
      status: typeof status === "string" ? status : null,
      restrictions: (Array.isArray(restrictions) ? restrictions.filter(isRecord) : []).map((entry) => ({
        feature: String(entry.feature ?? ""),
        status: String(entry.status ?? ""),
        expiresAt: typeof entry.expiration_time === "number" ? entry.expiration_time * 1_000 : null,
      })),
      raw: answer.body,
    }
  }
  return null
}

function isPermissionProblem(answer: GraphAnswer): boolean {
  if (answer.ok || answer.failure.kind !== "graph") return false
  const { code } = answer.failure
  return code === 10 || (code >= 200 && code <= 299) || (code === 100 && answer.failure.subcode === null)
}
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value)
