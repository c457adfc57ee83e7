/** What an OA says of itself (contract 3.1), and what it may do (3.3). */
import { idText } from "../../base/json-ids.ts"
import type { NetworkAccount, Profile, ProfileOutcome } from "../../model/index.ts"
import { codeOf, readProblem, reasonOf } from "./errors.ts"
import { callAsOa, type ZaloContext } from "./oa.ts"

export async function profile(context: ZaloContext, account: NetworkAccount, signal?: AbortSignal): Promise<ProfileOutcome> {
  const answer = await callAsOa(context, account, { path: "/v2.0/oa/getoa", signal })
  if (!answer.ok) {
    const { code, reason, afterMs, needs, missing } = readProblem(answer.failure, context.clock.now(), context.random)
    if (missing) return { kind: "gone", code, reason }
    return needs ? { kind: "locked_out", code, reason, needs } : { kind: "later", code, reason, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  const id = oaIdOf(answer.data)
  if (id !== account.remoteId) {
    return {
      kind: "locked_out",
      code: "wrong_id",
      reason: `Zalo trả lời cho OA khác (${id ?? "không có mã"}) thay vì ${account.remoteId}.`,
      needs: "configuration",
    }
  }
  return { kind: "read", profile: readProfile(id, answer.data) }
}

/** Newer answers say `oaid`, older ones `oa_id`. */
export const oaIdOf = (data: Record<string, unknown>) => idText(data.oaid) ?? idText(data.oa_id)

export function readProfile(id: string, data: Record<string, unknown>): Profile {
  const text = (name: string) => (typeof data[name] === "string" && data[name] !== "" ? (data[name] as string) : undefined)
  const whole = (value: unknown) => {
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
    return typeof number === "number" && Number.isInteger(number) ? number : undefined
  }
  const alias = text("oa_alias")
  const avatar = text("avatar")
  const verified = data.is_verified
  const profile: Profile = {
    network: "zalo",
    remoteId: id,
    name: text("name") ?? "",
    handle: alias,
    link: alias ? `https://zalo.me/${encodeURIComponent(alias)}` : undefined,
    description: text("description"),
    category: text("cate_name"),
    // A boolean, or 0 and 1.
    badge:
      verified === true || verified === 1 || verified === "1"
        ? "verified"
        : verified === false || verified === 0 || verified === "0"
          ? "not_verified"
          : undefined,
    followers: whole(data.num_follower),
    avatar: avatar ? { url: avatar, silhouette: false } : undefined,
    oaType: whole(data.oa_type),
    packageName: text("package_name"),
    packageUntil: isoDay(text("package_valid_through_date")),
    raw: data,
  }
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined)) as unknown as Profile
}

/** "31/05/2027" → "2027-05-31". */
function isoDay(text: string | undefined): string | undefined {
  const match = text ? /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text) : null
  return match ? `${match[3]}-${match[2]}-${match[1]}` : undefined
}

export interface Capabilities {
  canPublish: boolean
  /** Why not, for people; null when it can. */
  why: string | null
  /** Answer code of each probe: "0" or the failure. */
  profile: string
  articles: string
  quota: string
}
/** The read-only onboarding probe. */
export async function probe(context: ZaloContext, account: NetworkAccount, signal?: AbortSignal): Promise<Capabilities> {
  const own = await callAsOa(context, account, { path: "/v2.0/oa/getoa", signal })
  const articles = await callAsOa(context, account, { path: "/v2.0/article/getslice?offset=0&limit=1&type=normal", signal })
  const quotaBody = { quota_owner: "OA", product_type: "cs", quota_type: "sub_quota" }
  const quota = await callAsOa(context, account, { method: "POST", path: "/v3.0/oa/quota/message", json: quotaBody, signal })
  const blocking = [own, articles].find((answer) => !answer.ok)
  const code = (answer: typeof own) => (answer.ok ? "0" : codeOf(answer.failure))
  return {
    canPublish: !blocking,
    why: blocking && !blocking.ok ? reasonOf(blocking.failure) : null,
    profile: code(own),
    articles: code(articles),
    quota: code(quota),
  }
}
