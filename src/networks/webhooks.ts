/**
 * What Facebook and Zalo send us: is it really theirs, and what does it say. Pure functions over the raw bytes; answering, storing and
 * de-duplicating by `key` is the caller's. Texts of citizens never leave this file (contract zalo 9.3).
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { HOUR, SECOND } from "../base/clock.ts"
import { idOf, sameText, sha256 } from "../base/hash.ts"
import { idText, parseJsonIds } from "../base/json-ids.ts"

/** The subscription handshake: the bare challenge to answer with 200 text/plain, or null for 403. */
export function facebookHandshake(query: URLSearchParams, verifyToken: string | null): string | null {
  const given = query.get("hub.verify_token")
  if (query.get("hub.mode") !== "subscribe" || !verifyToken || given === null || !sameText(given, verifyToken)) return null
  return query.get("hub.challenge") ?? ""
}

/** `X-Hub-Signature-256` over the bytes as received; a missing header or secret is a refusal. */
export function facebookSignatureFits(raw: Uint8Array, header: string | null, appSecret: string | null): boolean {
  const given = header ? /^sha256=([0-9a-f]{64})$/i.exec(header.trim())?.[1] : undefined
  if (!given || !appSecret) return false
  return timingSafeEqual(createHmac("sha256", appSecret).update(raw).digest(), Buffer.from(given, "hex"))
}

/**
 * `X-ZEvent-Signature`: plain SHA-256 of app id + raw body + the body's timestamp + the OA Secret Key of the webhook page (not the app
 * secret), bare or behind `mac=`. The body's `app_id` must be ours.
 */
export function zaloSignatureFits(raw: Uint8Array, header: string | null, appId: string | null, oaSecretKey: string | null): boolean {
  const given = header ? /^(?:mac=)?([0-9a-f]{64})$/i.exec(header.trim())?.[1] : undefined
  if (!given || !appId || !oaSecretKey) return false
  const body = record(parseJsonIds(text(raw)))
  const timestamp = idText(body?.timestamp)
  if (!timestamp || idText(body?.app_id) !== appId) return false
  const mac = createHash("sha256").update(appId).update(raw).update(timestamp).update(oaSecretKey).digest()
  return timingSafeEqual(mac, Buffer.from(given, "hex"))
}

interface Event {
  /** Same event, same key: deliveries repeat and come out of order. */
  key: string
  /** UTC ms by the network's clock; null when it does not say. */
  at: number | null
}
export interface Restriction {
  feature: string
  status: string
  description: string | null
  appliedAt: number | null
  expiresAt: number | null
}
export type FacebookEvent = Event & { pageId: string } & (
    | { kind: "profile_changed"; field: string; value: string | null }
    | { kind: "feed"; item: string; verb: string; postId: string | null; link: string | null; message: string | null; fromId: string | null }
    | { kind: "live_video"; status: string | null; videoId: string | null }
    | {
        kind: "proposal"
        field: "page_change_proposal" | "page_upcoming_change"
        action: string
        id: string | null
        category: string | null
        current: string | null
        proposed: string | null
        effectiveTime: string | null
      }
    | {
        kind: "integrity"
        status: string | null
        violations: { type: string; url: string | null }[]
        restrictions: Restriction[]
        actions: { type: string; status: string | null }[]
      }
    /** A shape we do not know: read this Page again now. */
    | { kind: "reread"; field: string | null }
  )

const profileFields = new Set([
  "name",
  "picture",
  "category",
  "description",
  "general_info",
  "company_overview",
  "mission",
  "website",
  "phone",
  "email",
  "location",
  "hours",
  "about",
  "bio",
  "username",
  "cover",
])
const ENTRIES_MAX = 1_000

/** The events of one delivery; null when the body is no Page delivery. */
export function facebookEvents(raw: Uint8Array): FacebookEvent[] | null {
  const body = record(parseJsonIds(text(raw)))
  if (body?.object !== "page" || !Array.isArray(body.entry)) return null
  const events: FacebookEvent[] = []
  for (const item of body.entry.slice(0, ENTRIES_MAX)) {
    const entry = record(item)
    const pageId = idText(entry?.id)
    if (!entry || !pageId) continue
    const base = { pageId, at: moment(entry.time), key: idOf("facebook", JSON.stringify(entry)) }
    const own: FacebookEvent[] = []
    const add = (event: FacebookEvent) => void own.push({ ...event, key: `${event.key}-${own.length}` })
    for (const change of list(entry.changes)) add({ ...base, ...readChange(change) })
    for (const field of Array.isArray(entry.changed_fields) ? entry.changed_fields : []) {
      if (typeof field === "string") add({ ...base, kind: "profile_changed", field, value: null })
    }
    // Integrity data comes in `messaging`, and once in Meta's own examples partly on the entry itself.
    for (const message of list(entry.messaging))
      if (isIntegrity(message)) add({ ...base, ...readIntegrity(message, entry), at: moment(message.timestamp) ?? base.at })
    if (!own.length && isIntegrity(entry)) add({ ...base, ...readIntegrity(entry, entry) })
    if (!own.length) add({ ...base, kind: "reread", field: null })
    events.push(...own)
  }
  return events
}

function readChange(change: Record<string, unknown>) {
  const field = string(change.field)
  const value = record(change.value)
  if (field === "feed" && value) {
    return {
      kind: "feed" as const,
      item: string(value.item) ?? "",
      verb: string(value.verb) ?? "",
      postId: idText(value.post_id),
      link: string(value.link),
      message: string(value.message),
      fromId: idText(record(value.from)?.id),
      at: moment(value.created_time),
    }
  }
  if (field === "live_videos") return { kind: "live_video" as const, status: string(value?.status), videoId: idText(value?.id) }
  if (field === "business_integrity" && value && isIntegrity(value)) return readIntegrity(value, {})
  if ((field === "page_change_proposal" || field === "page_upcoming_change") && value) {
    const proposal = record(value.proposal) ?? value
    return {
      kind: "proposal" as const,
      field: field as "page_change_proposal" | "page_upcoming_change",
      action: string(change.action) ?? string(value.action) ?? "",
      id: idText(proposal.id),
      category: string(proposal.category),
      current: string(proposal.current_value),
      proposed: string(proposal.proposed_value),
      effectiveTime: string(value.effective_time),
    }
  }
  if (field && profileFields.has(field)) return { kind: "profile_changed" as const, field, value: string(change.value) }
  return { kind: "reread" as const, field }
}

const isIntegrity = (item: Record<string, unknown>) =>
  Array.isArray(item.restrictions) ||
  Array.isArray(item.violations) ||
  Array.isArray(item.action_events) ||
  Array.isArray(item.actions_events) ||
  Array.isArray(item.recommended_actions)

function readIntegrity(item: Record<string, unknown>, entry: Record<string, unknown>) {
  const both = (name: string) => [...list(item[name]), ...(item === entry ? [] : list(entry[name]))]
  return {
    kind: "integrity" as const,
    status: string(item.status) ?? string(entry.status),
    violations: both("violations").map((v) => ({ type: string(v.type) ?? "", url: string(v.url) ?? string(v.link) })),
    restrictions: both("restrictions").map((r) => ({
      feature: string(r.feature) ?? "",
      status: string(r.status) ?? "",
      description: string(r.description),
      appliedAt: moment(r.applied_time),
      expiresAt: moment(r.expiration_time),
    })),
    actions: [...both("action_events"), ...both("actions_events")].map((a) => ({
      type: string(a.type) ?? string(a.action_type) ?? "",
      status: string(a.status),
    })),
  }
}

export type ZaloEvent = Event & { oaId: string; name: string } & (
    | { kind: "follow" | "unfollow"; followerId: string | null }
    /** Something was sent or read; who by and what is not kept. `admin` = a person used the chat tool. */
    | { kind: "message"; direction: "in" | "out"; admin: boolean }
    | { kind: "receipt" }
    | { kind: "other" }
  )

/** The event of one delivery; null when it is none or names no OA. */
export function zaloEvent(raw: Uint8Array): ZaloEvent | null {
  const body = record(parseJsonIds(text(raw)))
  const name = string(body?.event_name)
  if (!body || !name) return null
  const sender = record(body.sender)
  const recipient = record(body.recipient)
  const message = record(body.message)
  const [oaId, event] = ((): [
    string | null,
    (
      | { kind: "follow" | "unfollow"; followerId: string | null }
      | { kind: "message"; direction: "in" | "out"; admin: boolean }
      | { kind: "receipt" }
      | { kind: "other" }
    ),
  ] => {
    if (name === "follow" || name === "unfollow") return [idText(body.oa_id), { kind: name, followerId: idText(record(body.follower)?.id) }]
    if (name.startsWith("user_send_")) return [idText(recipient?.id), { kind: "message", direction: "in", admin: false }]
    if (name.startsWith("oa_send_")) return [idText(sender?.id), { kind: "message", direction: "out", admin: idText(sender?.admin_id) !== null }]
    if (name === "user_received_message" || name === "user_seen_message") return [idText(sender?.id), { kind: "receipt" }]
    return [idText(body.oa_id) ?? idText(recipient?.id) ?? idText(sender?.id), { kind: "other" }]
  })()
  if (!oaId) return null
  const key = idOf("zalo", name, idText(message?.msg_id) ?? sha256(raw))
  const at = Number(idText(body.timestamp) ?? Number.NaN)
  return { key, at: Number.isFinite(at) ? at : null, oaId, name, ...event }
}

/** Zalo retries for almost two hours with the first timestamp; older or future events are replays. */
export const zaloEventIsCurrent = (event: { at: number | null }, now: number) =>
  event.at !== null && event.at <= now + 5 * 60 * SECOND && event.at >= now - 3 * HOUR

const text = (raw: Uint8Array) => new TextDecoder().decode(raw)
const record = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record).filter((item) => item !== null) : [])
const string = (value: unknown) => (typeof value === "string" ? value : null)
/** Seconds, except the milliseconds of `entry.time` in integrity deliveries: told apart by size. */
const moment = (value: unknown) => (typeof value === "number" && value > 0 ? (value > 100_000_000_000 ? value : value * SECOND) : null)
