/** Works off what the networks told us: alerts at once for what is plain, and a fresh look at the account for everything else. */
import type { Rooms } from "../app.ts"
import { finishEvents, takeEvents, type InboxEvent, type Signal } from "../alerts/index.ts"
import { messageOf } from "../base/errors.ts"
import { inTransaction } from "../db/index.ts"
import { keepFollow } from "../metrics/index.ts"
import type { Account } from "../model/index.ts"
import type { FacebookEvent, ZaloEvent } from "../networks/index.ts"
import { ownPosts } from "../outbox/index.ts"
import { collectFollowers } from "./reach.ts"
import { integritySignal } from "./watch-looks.ts"
import { raiseSignals, watchProfiles } from "./watch.ts"

/** Everything that waits; many events of one account cost one look. Safe to run twice and in several processes. */
export async function workOffEvents(rooms: Rooms, signal: AbortSignal): Promise<number> {
  const events = await takeEvents(rooms.db, rooms.clock.now())
  const byAccount = new Map<string, InboxEvent[]>()
  for (const event of events) {
    const key = event.accountId ?? ""
    byAccount.set(key, [...(byAccount.get(key) ?? []), event])
  }
  for (const [accountId, own] of byAccount) {
    if (signal.aborted) break
    const ids = own.map((event) => event.id)
    try {
      const account = rooms.view().accountById(accountId)
      if (account) await workOff(rooms, account, own, signal)
      await finishEvents(rooms.db, ids, rooms.clock.now())
    } catch (error) {
      rooms.log.error("webhook events could not be worked off, they stay", { account: accountId, events: ids.length, error: messageOf(error) })
    }
  }
  return events.length
}

async function workOff(rooms: Rooms, account: Account, events: InboxEvent[], signal: AbortSignal): Promise<void> {
  if (account.network === "zalo") return workOffZalo(rooms, account, events, signal)
  const signals: Signal[] = []
  let look = false
  for (const event of events.map(({ body }) => body as FacebookEvent)) {
    const direct = directSignal(event, rooms.clock.now())
    if (direct) signals.push(direct)
    look ||= event.kind !== "feed" || (event.postId !== null && event.verb === "add" && !(await ownPosts(rooms.db, account.id, [event.postId])).size)
  }
  // Told by the event itself, so it does not wait for the look, which may fail just because somebody locked us out.
  if (signals.length) await raiseSignals(rooms, signals.map((entry) => ({ account, signal: entry })))
  if (look) await watchProfiles(rooms, signal, [account.id])
}

/** What an event says by itself; the rest is read from the Page. */
function directSignal(event: FacebookEvent, now: number): Signal | null {
  switch (event.kind) {
    case "live_video":
      return event.status?.toLowerCase() === "live"
        ? {
            kind: "page.foreign_live",
            text: "đang phát trực tiếp mà không có lịch phát.",
            evidence: { video: event.videoId, status: event.status, at: event.at },
          }
        : null
    case "proposal":
      if (event.action !== "pending" && event.action !== "created") return null
      return {
        kind: "page.change_pending",
        about: event.id ?? event.category ?? event.field,
        text: `Facebook sắp tự đổi thông tin (${event.category ?? "không rõ mục"}): “${event.current ?? ""}” thành “${event.proposed ?? ""}”${event.effectiveTime ? `, hiệu lực ${event.effectiveTime}` : ""}.`.replace(
          /(?<=\w)\.(?=\w)/g,
          "[.]",
        ),
        evidence: {
          action: event.action,
          category: event.category,
          current: event.current,
          proposed: event.proposed,
          effectiveTime: event.effectiveTime,
        },
      }
    case "integrity":
      return integritySignal(
        {
          status: event.status,
          restrictions: event.restrictions.map(({ feature, status, expiresAt }) => ({ feature, status, expiresAt })),
          raw: { violations: event.violations, restrictions: event.restrictions, actions: event.actions },
        },
        now,
      )
    default:
      return null
  }
}

async function workOffZalo(rooms: Rooms, account: Account, events: InboxEvent[], signal: AbortSignal): Promise<void> {
  const flow = events.map(({ body }) => body as ZaloEvent).filter((event) => event.kind === "follow" || event.kind === "unfollow")
  if (!flow.length) return
  const own = rooms.networkAccount(account.id)
  if (own) await collectFollowers(rooms, [own], signal)
  // Last, because a run that fails before is repeated.
  await inTransaction(rooms.db, async (tx) => {
    for (const event of flow) await keepFollow(tx, account.id, event.kind as "follow" | "unfollow", event.at ?? rooms.clock.now())
  })
}
