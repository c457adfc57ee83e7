/** Gathers what the rooms know around an alert into its incident file. Reads only. */
import type { Rooms } from "../app.ts"
import { incidentFile, type TimelineEntry } from "../alerts/index.ts"
import { DAY } from "../base/clock.ts"

const BEFORE_MS = 7 * DAY
const DELIVERIES_MAX = 500

export async function makeIncident(rooms: Rooms, alertId: string, madeBy: string): Promise<{ name: string; file: Buffer }> {
  const { db, clock, checks, outbox, audit, alerts } = rooms
  const alert = await alerts.find(alertId)
  const account = alert.account
  const from = alert.raisedAt - BEFORE_MS
  const profiles = account ? await checks.historyOf(account) : []
  const history = account ? await rooms.registry.accountHistory(account) : []
  const changes = [...(await audit.of(db, `alert:${alertId}`)), ...(account ? await audit.of(db, `account:${account}`) : [])].map((row) => ({ ...row, at: Number(row.at), seq: Number(row.seq) }))
  const deliveries = account ? (await outbox.list({ account, limit: DELIVERIES_MAX })).filter((delivery) => Date.parse(delivery.publishedAt ?? delivery.createdAt) >= from) : []
  const events = account ? await db.selectFrom("webhook_events").selectAll().where("account_id", "=", account).where("received_at", ">=", from).orderBy("received_at").limit(1_000).execute() : []
  const messages = await db.selectFrom("alert_messages").selectAll().where("alert_id", "=", alertId).orderBy("due_at").execute()
  const sightings = Array.isArray(alert.evidence.sightings) ? (alert.evidence.sightings as { at?: unknown }[]) : []

  const timeline: TimelineEntry[] = [
    { at: alert.raisedAt, text: `Loa phát hiện: ${alert.summary}`, source: `alert ${alertId}` },
    ...sightings.flatMap((sighting, i) => (typeof sighting.at === "number" && sighting.at !== alert.raisedAt ? [{ at: sighting.at, text: "Tiếp tục thấy dấu hiệu này.", source: `alert ${alertId} lần ${sightings.length - i}` }] : [])),
    ...profiles.map((seen) => ({ at: seen.seenAt, text: seen.reachable ? `Hồ sơ trên nền tảng: tên “${seen.profile?.name ?? ""}”, địa chỉ “${seen.profile?.handle ?? ""}”, ảnh ${seen.avatarSha256?.slice(0, 12) ?? "không có"}.` : "Nền tảng báo tài khoản không còn.", source: "account_profiles" })),
    ...changes.map((row) => ({ at: row.at, text: `${row.actor}: ${row.action}`, source: `audit_log ${row.seq}` })),
    ...events.map((event) => ({ at: Number(event.received_at), text: `Nền tảng báo sự kiện ${event.kind}.`, source: `webhook_events ${event.id}` })),
    ...messages.flatMap((message) => (message.sent_at === null ? [] : [{ at: Number(message.sent_at), text: `Đã báo qua kênh ${message.channel} (${message.step}).`, source: "alert_messages" }])),
  ]
  const file = incidentFile({
    alert,
    unit: alert.unit ? (rooms.view().unitById(alert.unit)?.name ?? alert.unit) : "toàn tỉnh",
    madeAt: clock.now(),
    madeBy,
    timeline,
    documents: { "ho-so-tai-khoan": profiles, "lich-su-ten-anh": history, "nhat-ky": changes, "bai-dang": deliveries, "su-kien-webhook": events, "da-bao-tin": messages },
  })
  return { name: `su-co-${alertId}.zip`, file }
}
