/** Deliveries as the networks send them: signed, badly signed, twice, late (facebook-graph.md section 7, zalo-oa.md section 9). */
import { hmacSha256, sha256 } from "../base/hash.ts"
import { rehearsalApp, type WebhookKind, type WebhookOptions } from "./types.ts"
import { accountOf, type FakeAccount, type World } from "./world.ts"

const deliveryTimeoutMs = 10_000

/** Meta escapes everything beyond ASCII; that is why the signature belongs to the raw bytes. */
const escaped = (value: unknown) => JSON.stringify(value).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)

function facebookBody(kind: WebhookKind, account: FakeAccount, at: number, value: unknown): unknown {
  const id = account.remoteId
  const time = Math.floor(at / 1_000)
  const change = (field: string, usual: unknown) => ({ object: "page", entry: [{ id, time, changes: [{ field, value: value ?? usual }] }] })
  const restriction = {
    feature: "page_read_only",
    description: "Rehearsed",
    status: "RESTRICTED",
    applied_time: time,
    expiration_time: time + 86_400,
    violation_type: ["SPAM"],
  }
  switch (kind) {
    case "facebook.name":
      return change("name", account.tuning.name)
    case "facebook.picture":
      return { object: "page", entry: [{ id, time, changed_fields: ["picture"] }] }
    case "facebook.feed":
      return change("feed", {
        item: "status",
        verb: "add",
        post_id: [...account.posts.keys()].at(-1) ?? `${id}_1`,
        published: 1,
        created_time: time,
        message: [...account.posts.values()].at(-1)?.text ?? "",
        from: { id, name: account.tuning.name },
      })
    case "facebook.integrity":
      return {
        object: "page",
        entry: [
          {
            id,
            time: at,
            messaging: [
              {
                recipient: { id },
                timestamp: at,
                status: "restricted",
                violations: [{ type: "SPAM", description: "Rehearsed", url: "https://transparency.meta.com/" }],
                restrictions: [restriction],
                action_events: [],
              },
            ],
          },
        ],
      }
    case "facebook.integrity_on_entry":
      return {
        object: "page",
        entry: [
          {
            id,
            time: at,
            restrictions: [restriction],
            messaging: [{ recipient: { id }, timestamp: at, status: "ok", violations: [{ type: "SPAM", link: "https://transparency.meta.com/" }] }],
          },
        ],
      }
    case "facebook.upcoming_change":
      return {
        object: "page",
        entry: [
          {
            id,
            time,
            changes: [
              {
                field: "page_upcoming_change",
                action: "pending",
                value: value ?? {
                  id: "123456",
                  page: { id, name: account.tuning.name },
                  effective_time: "2026-12-01 12:00:00",
                  change_type: "knowledge_proposal",
                  timer_status: "active",
                  proposal: {
                    id: "1570719759662530",
                    category: "page_website",
                    acceptance_status: "pending",
                    current_value: account.tuning.website,
                    proposed_value: "https://trang-la.example/",
                  },
                },
              },
            ],
          },
        ],
      }
    default:
      return value
  }
}

function zaloBody(kind: WebhookKind, account: FakeAccount, at: number, value: unknown): unknown {
  const common = { app_id: rehearsalApp.zaloAppId, timestamp: String(at) }
  const user = "2460000000000000001"
  switch (kind) {
    case "zalo.follow":
    case "zalo.unfollow":
      return {
        oa_id: account.remoteId,
        follower: { id: user },
        user_id_by_app: "5520000000000000001",
        event_name: kind.slice(5),
        source: "oa_profile",
        ...common,
      }
    case "zalo.user_send_text":
      return {
        ...common,
        sender: { id: user },
        user_id_by_app: "5520000000000000001",
        recipient: { id: account.remoteId },
        event_name: "user_send_text",
        message: { msg_id: `m${at}`, text: typeof value === "string" ? value : "Xin chào" },
      }
    case "zalo.unknown":
      return { ...common, oa_id: account.remoteId, event_name: "something_new" }
    default:
      return value
  }
}

export async function deliverWebhook(
  world: World,
  target: string,
  kind: WebhookKind,
  options: WebhookOptions = {},
): Promise<{ status: number; text: string }[]> {
  if (kind === "facebook.handshake") {
    const url = new URL(target)
    url.searchParams.set("hub.mode", "subscribe")
    url.searchParams.set("hub.challenge", "1158201444")
    url.searchParams.set("hub.verify_token", options.verifyToken ?? rehearsalApp.facebookVerifyToken)
    const response = await fetch(url, { signal: AbortSignal.timeout(deliveryTimeoutMs) })
    return [{ status: response.status, text: await response.text() }]
  }
  const network = kind.startsWith("facebook.") ? "facebook" : "zalo"
  const account = options.account
    ? accountOf(world, options.account)
    : [...world.accounts.values()].find((each) => each.network === network && each.connectable)!
  const at = options.at ?? world.clock.now()
  const value = options.body ?? (network === "facebook" ? facebookBody(kind, account, at, options.value) : zaloBody(kind, account, at, options.value))
  const signature = options.signature ?? "good"
  const headers: Record<string, string> = { "content-type": "application/json" }
  let raw: string
  if (network === "facebook") {
    raw = escaped(value)
    const signedText = signature === "reserialised" ? JSON.stringify(value) : raw
    const key = signature === "wrong_key" ? "another secret" : rehearsalApp.facebookAppSecret
    if (signature !== "none") headers["x-hub-signature-256"] = `sha256=${hmacSha256(key, signedText)}`
  } else {
    raw = JSON.stringify(value)
    const timestamp = String((value as { timestamp?: unknown }).timestamp ?? at)
    const key = signature === "wrong_key" ? rehearsalApp.zaloAppSecret : rehearsalApp.zaloOaSecretKey
    const signedText = signature === "reserialised" ? escaped(value) + " " : raw
    const mac = sha256(rehearsalApp.zaloAppId + signedText + timestamp + key)
    if (signature !== "none") headers["X-ZEvent-Signature"] = signature === "prefixed" ? `mac=${mac}` : mac
    headers["user-agent"] = "ZaloWebhook"
    if (options.retry !== undefined) headers.num_retry = String(options.retry)
  }
  const answers: { status: number; text: string }[] = []
  for (let copy = 0; copy < (options.copies ?? 1); copy++) {
    const response = await fetch(target, { method: "POST", headers, body: raw, signal: AbortSignal.timeout(deliveryTimeoutMs) })
    answers.push({ status: response.status, text: await response.text() })
  }
  return answers
}

