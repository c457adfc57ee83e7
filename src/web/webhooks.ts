/**
 * `/webhooks/facebook` and `/webhooks/zalo`: is it really theirs, keep it once, answer; the work follows after the answer (contracts
 * facebook 7.2, 7.3 and zalo 9.1, 9.2). Zalo is always answered 200: anything else makes it switch the webhook off.
 */
import { Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { Rooms } from "../app.ts"
import { keepEvents, type InboxEvent } from "../alerts/index.ts"
import { messageOf } from "../base/errors.ts"
import { workOffEvents } from "../jobs/webhook-events.ts"
import { facebookEvents, facebookHandshake, facebookSignatureFits, zaloEvent, zaloEventIsCurrent, zaloSignatureFits } from "../networks/index.ts"

/** A thousand updates a delivery fit well below. */
const BODY_BYTES_MAX = 2_000_000

export function webhooks(rooms: Rooms): Hono {
  const { db, clock, config, log } = rooms
  const work = worker(rooms)
  const keep = async (events: InboxEvent[]) => {
    if (events.length && (await keepEvents(db, events, clock.now())) > 0) work()
  }
  const tooLarge = (status: 200 | 413) => bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (c) => c.text("", status) })

  return new Hono()
    .get("/facebook", (c) => {
      const challenge = facebookHandshake(new URL(c.req.url).searchParams, config.facebook.webhookVerifyToken)
      return challenge === null ? c.text("", 403) : c.text(challenge)
    })
    .post("/facebook", tooLarge(413), async (c) => {
      const raw = new Uint8Array(await c.req.arrayBuffer())
      if (!facebookSignatureFits(raw, c.req.header("x-hub-signature-256") ?? null, config.facebook.appSecret)) {
        log.warn("a facebook webhook with a wrong signature was refused", { bytes: raw.length })
        return c.text("", 403)
      }
      const events = facebookEvents(raw)
      if (!events) return c.text("", 400)
      // If it cannot be kept, Facebook is told so (500) and repeats it.
      await keep(
        events.map((event) => {
          const account = rooms.view().accountByRemote("facebook", event.pageId)
          // Words of people are not needed: our own posts are known, the others are read from the Page.
          const body = event.kind === "feed" ? { ...event, message: null, link: null, fromId: null } : event
          return { id: event.key, network: "facebook", accountId: account?.id ?? null, kind: event.kind, body, happenedAt: event.at }
        }),
      )
      return c.text("EVENT_RECEIVED")
    })
    .get("/zalo", (c) => c.text("OK"))
    .post("/zalo", tooLarge(200), async (c) => {
      try {
        const raw = new Uint8Array(await c.req.arrayBuffer())
        if (!zaloSignatureFits(raw, c.req.header("x-zevent-signature") ?? null, config.zalo.appId, config.zalo.oaSecretKey)) {
          log.warn("a zalo webhook with a wrong signature was dropped", { bytes: raw.length })
          return c.text("OK")
        }
        const event = zaloEvent(raw)
        if (event && zaloEventIsCurrent(event, clock.now())) {
          const account = rooms.view().accountByRemote("zalo", event.oaId)
          const body = "followerId" in event ? { ...event, followerId: null } : event
          await keep([{ id: event.key, network: "zalo", accountId: account?.id ?? null, kind: event.kind, body, happenedAt: event.at }])
        }
      } catch (error) {
        log.error("a zalo webhook could not be kept", { error: messageOf(error) })
      }
      return c.text("OK")
    })
}

/** Works after the answer, one run at a time; what comes meanwhile is worked off by one more run. */
function worker(rooms: Rooms): () => void {
  let running = false
  let again = false
  const run = async () => {
    running = true
    try {
      do {
        again = false
        await workOffEvents(rooms, AbortSignal.timeout(10 * 60_000))
      } while (again)
    } catch (error) {
      // The timetable comes back to what waits.
      rooms.log.error("webhook events wait", { error: messageOf(error) })
    } finally {
      running = false
    }
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
