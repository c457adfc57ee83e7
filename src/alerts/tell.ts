/**
 * Who is told what. The tables say what each channel still owes: one row per alert, channel and step. A message that fails is tried again;
 * one channel's failure holds up no other. Quiet hours keep back all but critical ones, and a storm becomes one message with the list.
 */
import { backoffMs } from "../base/backoff.ts"
import { DAY, HOUR, MINUTE, type Clock } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { idOf } from "../base/hash.ts"
import { redact, type Log } from "../base/log.ts"
import { inQuietHours, vnDateTime } from "../base/time.ts"
import { inTransaction, type Db } from "../db/index.ts"
import { alertSeverities, type Alert, type AlertSeverity } from "../model/index.ts"
import { renderText, type Names, type Template } from "../render/index.ts"
import type { ChannelSettings } from "./settings.ts"

export interface ChannelMessage {
  subject: string
  text: string
  alerts: Alert[]
  escalated: boolean
  /** Stable over tries. */
  id: string
}
export interface Channel {
  name: string
  from: AlertSeverity
  /** Messages a day at most; what is over waits. */
  perDay?: number
  send(message: ChannelMessage): Promise<void>
}
export interface TellDeps {
  db: Db
  clock: Clock
  log: Log
  template: Template
  settings: ChannelSettings
  channels: readonly Channel[]
  /** Alerts not acknowledged in time; null = nobody above. */
  escalation: Channel | null
  /** Open and acknowledged alerts of the last days. */
  alerts: readonly Alert[]
  unitName(id: string): string
  defang(text: string): string
  address: string
}

export const messageNames: Names = ["escalated", "more", "address", "alerts.severity", "alerts.summary", "alerts.unit", "alerts.at", "alerts.count", "alerts.id"]
export const severityWords: Record<AlertSeverity, string> = { critical: "NGHIÊM TRỌNG", high: "CAO", medium: "VỪA", low: "THẤP" }
const LISTED_MAX = 50
const TELL_WITHIN_MS = 7 * DAY
const rank = (severity: AlertSeverity) => alertSeverities.indexOf(severity)

/** One round; answers how many messages went out. */
export async function tellPeople(deps: TellDeps): Promise<{ sent: number; failed: number }> {
  const now = deps.clock.now()
  const news = deps.alerts.filter((alert) => alert.state !== "closed" && alert.lastSeenAt > now - TELL_WITHIN_MS)
  const total = { sent: 0, failed: 0 }
  const add = ({ sent, failed }: typeof total) => {
    total.sent += sent
    total.failed += failed
  }
  for (const channel of deps.channels) {
    add(await tell(deps, channel, news.filter((alert) => rank(alert.severity) <= rank(channel.from)), (alert) => `raised:${alert.severity}`, false))
  }
  if (deps.escalation) {
    const hours = { ...deps.settings.escalation.hours, low: null }
    const late = news.filter((alert) => alert.state === "open" && hours[alert.severity] !== null && alert.raisedAt + hours[alert.severity]! * HOUR <= now)
    add(await tell(deps, deps.escalation, late, () => "escalated", true))
  }
  return total
}

async function tell(deps: TellDeps, channel: Channel, alerts: readonly Alert[], stepOf: (alert: Alert) => string, escalated: boolean): Promise<{ sent: number; failed: number }> {
  const { db, clock, settings } = deps
  const now = clock.now()
  const rows = await db.selectFrom("alert_messages").selectAll().where("channel", "=", channel.name).execute()
  const known = new Map(rows.map((row) => [`${row.alert_id} ${row.step}`, row]))
  const quiet = settings.quietHours !== "" && inQuietHours(now, settings.quietHours)
  const due = alerts.filter((alert) => {
    const row = known.get(`${alert.id} ${stepOf(alert)}`)
    return !(row?.sent_at != null || (row && Number(row.due_at) > now) || (quiet && alert.severity !== "critical"))
  })
  const groups = due.length >= settings.stormFrom ? [due] : due.map((alert) => [alert])
  const today = new Set(rows.filter((row) => row.sent_at !== null && Number(row.sent_at) > now - DAY).map((row) => row.sent_at)).size
  const allowed = channel.perDay === undefined ? groups : groups.slice(0, Math.max(0, channel.perDay - today))
  const outcome = { sent: 0, failed: 0 }
  for (const group of allowed) {
    let error: string | null = null
    try {
      await channel.send(messageFor(deps, channel, group, escalated))
      outcome.sent += 1
    } catch (failure) {
      error = redact(messageOf(failure)).slice(0, 300)
      outcome.failed += 1
      deps.log.error("an alert message could not be sent, it is tried again", { channel: channel.name, alerts: group.length, error })
    }
    const at = clock.now()
    await inTransaction(db, async (tx) => {
      for (const alert of group) {
        const step = stepOf(alert)
        const tries = (known.get(`${alert.id} ${step}`)?.tries ?? 0) + 1
        const set = { tries, sent_at: error === null ? at : null, due_at: at + backoffMs(tries, MINUTE, HOUR), error }
        await tx.insertInto("alert_messages").values({ alert_id: alert.id, channel: channel.name, step, ...set }).onConflict((conflict) => conflict.columns(["alert_id", "channel", "step"]).doUpdateSet(set)).execute()
      }
    })
  }
  return outcome
}

function messageFor(deps: TellDeps, channel: Channel, alerts: Alert[], escalated: boolean): ChannelMessage {
  const gravest = alerts.toSorted((a, b) => rank(a.severity) - rank(b.severity) || a.raisedAt - b.raisedAt)
  const [first] = gravest
  const critical = alerts.filter((alert) => alert.severity === "critical").length
  const subject = alerts.length === 1 ? `${severityWords[first!.severity]}: ${deps.defang(first!.summary).slice(0, 140)}` : `${alerts.length} cảnh báo${critical ? `, ${critical} nghiêm trọng` : ""}`
  const text = renderText(deps.template, {
    escalated,
    more: alerts.length > LISTED_MAX ? String(alerts.length - LISTED_MAX) : "",
    address: deps.address,
    alerts: gravest.slice(0, LISTED_MAX).map((alert) => ({
      severity: severityWords[alert.severity],
      summary: deps.defang(alert.summary),
      unit: alert.unit ? deps.unitName(alert.unit) : "toàn tỉnh",
      at: vnDateTime(alert.raisedAt),
      count: String(alert.count),
      id: alert.id,
    })),
  })
  return { subject: `[Loa] ${escalated ? "CHƯA XỬ LÝ, " : ""}${subject}`, text, alerts: gravest, escalated, id: idOf(channel.name, ...gravest.map((alert) => `${alert.id}:${alert.severity}`)) }
}
