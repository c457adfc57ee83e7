/**
 * Alerts whose cause has gone by itself or by what a person did elsewhere are closed with the reason, so that the list shows what is still
 * to be done. Only causes that can be seen to be gone; what touches the safety of a page is closed by people alone.
 */
import type { Rooms } from "../app.ts"
import { loadWatchSettings } from "../alerts/index.ts"
import { HOUR } from "../base/clock.ts"
import { inTransaction } from "../db/index.ts"
import type { Alert } from "../model/index.ts"
import { starvedLanes } from "../outbox/index.ts"
import { tokenSignals } from "./watch-looks.ts"

const feedKinds = new Set(["feed.failing", "feed.html_instead", "feed.empty"])
const tokenKinds = new Set(["account.reconnect", "token.expiring"])

export async function healAlerts(rooms: Rooms): Promise<Alert[]> {
  const { alerts, clock, config, db } = rooms
  const standing = (await alerts.list()).filter(
    (alert) => alert.state !== "closed" && (feedKinds.has(alert.kind) || tokenKinds.has(alert.kind) || alert.kind === "publish.starved"),
  )
  if (!standing.length) return []
  const settings = loadWatchSettings(config.templatesDir)
  const now = clock.now()
  const health = new Map((await inTransaction(db, (tx) => rooms.feeds.health(tx, now))).map((feed) => [feed.feedId, feed]))
  const starved = await starvedLanes(db, now, now - settings.starvedHours * HOUR)
  const why = async (alert: Alert): Promise<string | null> => {
    if (feedKinds.has(alert.kind)) {
      const feed = health.get(alert.key.split(":")[1] ?? "")
      // An empty feed is read without failure: its document must have changed since.
      const since = alert.kind === "feed.empty" ? feed?.lastChangedAt : feed?.lastSuccessAt
      return feed && feed.failures === 0 && since != null && since > alert.lastSeenAt ? "Nguồn tin đã đọc lại được." : null
    }
    if (alert.kind === "publish.starved") {
      const still = alert.account
        ? starved.some((lane) => lane.accountId === alert.account)
        : starved.some((lane) => alert.key === `starved:${lane.network}`)
      return still ? null : "Bài chờ đã đăng được, không còn bị giới hạn."
    }
    const own = alert.account ? rooms.networkAccount(alert.account) : null
    if (!own) return null
    const token = await rooms.networks.of(own.network).tokenState(own.id)
    if (token.state !== "ok") return null
    if (alert.kind === "token.expiring") return tokenSignals(token, now, settings).length ? null : "Quyền đăng bài đã được gia hạn."
    return token.refreshedAt !== null && token.refreshedAt > alert.lastSeenAt ? "Tài khoản đã được kết nối lại." : null
  }
  const healed: Alert[] = []
  for (const alert of standing) {
    const reason = await why(alert)
    if (reason) healed.push(await alerts.close(alert.id, "job:heal", reason))
  }
  return healed
}
