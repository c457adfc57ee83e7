/** Articles (contract 4): create answers a token, verify turns it into an id. Nothing here ever creates twice. */
import { HOUR, MINUTE, SECOND } from "../../base/clock.ts"
import { idText } from "../../base/json-ids.ts"
import type { NetworkAccount, PostPicture, PublishOutcome, ZaloContent } from "../../model/index.ts"
import { outcomeOf, reasonOf, verdictOf, type Failure, type FailureContext } from "./errors.ts"
import { callAsOa, type ZaloContext } from "./oa.ts"

/** What production showed to be safe below the official 150/300/50, in UTF-16 units after NFC. */
const LIMITS = { title: 140, description: 250, author: 50 } as const

export async function publish(context: ZaloContext, account: NetworkAccount, content: ZaloContent, signal?: AbortSignal): Promise<PublishOutcome> {
  const tooLong = (Object.keys(LIMITS) as (keyof typeof LIMITS)[]).find((field) => content[field].normalize("NFC").length > LIMITS[field])
  if (tooLong) return { kind: "refused", code: "too_long", reason: `Trường ${tooLong} dài quá ${LIMITS[tooLong]} ký tự.` }
  const answer = await callAsOa(context, account, { method: "POST", path: "/v2.0/article/create", json: payload(content), signal })
  if (!answer.ok) return outcomeOf(answer.failure, failureContext(context, account, content))
  const token = idText(answer.data.token)
  if (!token) return { kind: "unknown", code: "no_token", reason: "Zalo nhận bài nhưng không trả mã chờ.", repost: true }
  return { kind: "pending", handle: handleOf({ tries: 0, since: context.clock.now(), token }), afterMs: 0 }
}

/** Contract 4.3: close together at first, then every five minutes; the first question comes right after the commit of the handle. */
const POLLS_MS = [3, 3, 5, 5, 10, 10, 30, 60].map((seconds) => seconds * SECOND)
const POLL_LATER_MS = 5 * MINUTE
const GIVE_UP_MS = 2 * HOUR

interface Handle {
  tries: number
  since: number
  /** Verbatim: it contains `+ / =`. */
  token: string
}
const handleOf = ({ tries, since, token }: Handle) => `${tries}:${since}:${token}`
export function readHandle(text: string): Handle | null {
  const match = /^(\d{1,6}):(\d{1,16}):([\s\S]+)$/.exec(text)
  return match ? { tries: Number(match[1]), since: Number(match[2]), token: match[3]! } : null
}

export async function resume(
  context: ZaloContext,
  account: NetworkAccount,
  text: string,
  content: ZaloContent,
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const handle = readHandle(text)
  if (!handle) return { kind: "unknown", code: "bad_handle", reason: "Mã chờ của Zalo không đọc được.", repost: false }
  const state = await verify(context, account, handle.token, signal)
  if (state.kind === "done") return { kind: "sent", remoteId: state.id, url: articleUrl(account, state.id) }
  if (state.kind === "failed") {
    const outcome = await outcomeOf(state.failure, failureContext(context, account, content))
    // Only the question failed, not the article: ask the same question again.
    if (outcome.kind === "unknown" || (outcome.kind === "later" && !outcome.change)) {
      const afterMs = outcome.kind === "later" && outcome.afterMs ? outcome.afterMs : pollMs(handle.tries)
      return stillPending(context, handle, afterMs, outcome.reason)
    }
    if (outcome.kind === "locked_out" && isTokenTrouble(state.failure)) return stillPending(context, handle, POLL_LATER_MS, outcome.reason)
    return outcome
  }
  return stillPending(context, handle, pollMs(handle.tries), "Zalo đang xử lý bài.")
}

function stillPending(context: ZaloContext, handle: Handle, afterMs: number, reason: string): PublishOutcome {
  if (context.clock.now() - handle.since > GIVE_UP_MS) {
    return { kind: "unknown", code: "never_finished", reason: "Zalo xử lý bài quá hai giờ chưa xong.", repost: false }
  }
  return { kind: "pending", handle: handleOf({ ...handle, tries: handle.tries + 1 }), afterMs, reason }
}
export const pollMs = (tries: number) => POLLS_MS[tries] ?? POLL_LATER_MS

/** The article is on its way whatever happens to our credential: losing the handle would make it nameless. */
const isTokenTrouble = (failure: Failure) => failure.kind === "no_token" || (failure.kind === "api" && verdictOf(failure.code).class === "token")

type Verified = { kind: "done"; id: string } | { kind: "processing" } | { kind: "failed"; failure: Failure }
async function verify(context: ZaloContext, account: NetworkAccount, token: string, signal?: AbortSignal): Promise<Verified> {
  const answer = await callAsOa(context, account, { method: "POST", path: "/v2.0/article/verify", json: { token }, signal })
  if (answer.ok) {
    const id = idText(answer.data.id)
    return id ? { kind: "done", id } : { kind: "processing" }
  }
  const { failure } = answer
  // Some answers say "being processed" under another number (contract 4.3).
  if (failure.kind === "api" && (failure.code === -214 || /being processed/i.test(failure.message))) return { kind: "processing" }
  return { kind: "failed", failure }
}

const UPDATE_POLLS_MS = [0, 3, 3, 5].map((seconds) => seconds * SECOND)

/** Sends the whole article anew under its id (contract 4.4: not a patch) and waits a little for Zalo to take it. */
export async function update(
  context: ZaloContext,
  account: NetworkAccount,
  remoteId: string,
  content: ZaloContent,
  status: "show" | "hide",
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const outcome = await updateOnce(context, account, remoteId, content, status, signal)
  if (outcome.kind !== "later" || !outcome.change) return outcome
  // A refused cover must not keep a correction or a withdrawal from happening: the cure is applied at once.
  return updateOnce(context, account, remoteId, { ...content, changes: [...content.changes, outcome.change] }, status, signal)
}

async function updateOnce(
  context: ZaloContext,
  account: NetworkAccount,
  remoteId: string,
  content: ZaloContent,
  status: "show" | "hide",
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const answer = await callAsOa(context, account, {
    method: "POST",
    path: "/v2.0/article/update",
    json: { ...payload(content, status), id: remoteId },
    signal,
  })
  if (!answer.ok) return outcomeOf(answer.failure, failureContext(context, account, content))
  const token = idText(answer.data.token)
  if (!token) return { kind: "unknown", code: "no_token", reason: "Zalo nhận bản sửa nhưng không trả mã chờ.", repost: true }
  for (const waitMs of UPDATE_POLLS_MS) {
    if (waitMs) await context.clock.sleep(waitMs, signal)
    const state = await verify(context, account, token, signal)
    if (state.kind === "done") return { kind: "sent", remoteId: state.id, url: articleUrl(account, state.id) }
    if (state.kind === "failed" && state.failure.kind === "api") return outcomeOf(state.failure, failureContext(context, account, content))
    if (state.kind === "failed") return { kind: "unknown", code: "not_verified", reason: reasonOf(state.failure), repost: true }
  }
  return { kind: "later", code: "-214", reason: "Zalo đang xử lý bản sửa.", afterMs: MINUTE, scope: "delivery" }
}

/** The body of create and update (contract 4.1). Plain text only; every address percent-encoded. */
export function payload(content: ZaloContent, status: "show" | "hide" = "show") {
  const swapped = content.changes.includes("default_cover")
  const fresh = content.changes.includes("fresh_picture_url")
  const cover = swapped ? content.defaultCover : content.cover
  const body = content.body
    // The picture that Zalo could not take as a cover, it cannot take inside either.
    .filter((block) => !(swapped && block.type === "image" && block.picture.sha256 === content.cover.sha256))
    .map((block) =>
      block.type === "text"
        ? { type: "text" as const, content: block.content.normalize("NFC") }
        : { type: "image" as const, url: addressOf(block.picture, fresh), ...(block.caption ? { caption: block.caption.normalize("NFC") } : {}) },
    )
  return {
    type: "normal",
    title: content.title.normalize("NFC"),
    author: content.author.normalize("NFC"),
    cover: { cover_type: "photo", photo_url: addressOf(cover, fresh), status: "show" },
    description: content.description.normalize("NFC"),
    body,
    status,
    comment: "hide",
  }
}

/** Zalo remembers a failed address; the same picture under another one is fetched anew. */
const addressOf = (picture: PostPicture, fresh: boolean) => new URL(fresh ? `${picture.url}?again=1` : picture.url).href

/** The public address seen for articles (contract 4.5); a list entry's `link_view` is better where there is one. */
export const articleUrl = (account: NetworkAccount, id: string) =>
  `https://post.oa.zalo.me/d/${account.remoteId}?${new URLSearchParams({ id, pageId: account.remoteId })}`

export function failureContext(context: ZaloContext, account: NetworkAccount, content: ZaloContent): FailureContext {
  return { now: context.clock.now(), random: context.random, content, strike: (code) => context.tokens.strike(account.id, code) }
}
