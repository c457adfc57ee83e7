/**
 * Who is told what. The tables say what each channel still owes: one row per alert, channel and step. A message that fails is tried again;
 * one channel's failure holds up no other. Quiet hours keep back all but critical ones, a storm becomes one message with the list, and a
 * channel that has said enough within the hour says only what is critical. At least once: a crash between sending and writing repeats a
 * message under the same id.
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
import type { ReachedLevel } from "./levels.ts"
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
  /** Only alerts of this kind or unit; absent = all. */
  about?(alert: Alert): boolean
  /** Messages a day at most; what is over waits. */
  perDay?: number
  /** Alerts listed in one message; default 50. */
  listed?: number
  /** Characters of each summary; default whole. */
  summaryMax?: number
  send(message: ChannelMessage): Promise<void>
}
export interface TellDeps {
  db: Db
  clock: Clock
  log: Log
  template: Template
  settings: ChannelSettings
  channels: readonly Channel[]
  /** Who hears of alerts that were passed up to a level. */
  levels: readonly { level: string; name: string; channels: readonly Channel[] }[]
  /** Levels reached, by alert. */
  reached: ReadonlyMap<string, readonly ReachedLevel[]>
  /** Open and acknowledged alerts of the last days. */
  alerts: readonly Alert[]
  unitName(id: string): string
  defang(text: string): string
  address: string
}

export const messageNames: Names = [
  "escalated",
  "level",
  "more",
  "address",
  "alerts.severity",
  "alerts.summary",
  "alerts.unit",
  "alerts.at",
  "alerts.count",
  "alerts.id",
]
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
  for (const channel of deps.channels) add(await tell(deps, channel, news, (alert) => `raised:${alert.severity}`, null))
  for (const { level, name, channels } of deps.levels) {
    const late = news.filter((alert) => alert.state === "open" && deps.reached.get(alert.id)?.some((entry) => entry.level === level))
    for (const channel of late.length ? channels : []) add(await tell(deps, channel, late, () => `level:${level}`, name))
  }
  return total
}

async function tell(
  deps: TellDeps,
  channel: Channel,
  alerts: readonly Alert[],
  stepOf: (alert: Alert) => string,
  level: string | null,
): Promise<{ sent: number; failed: number }> {
  const { db, clock } = deps
  const now = clock.now()
  const own = alerts.filter((alert) => rank(alert.severity) <= rank(channel.from) && (channel.about?.(alert) ?? true))
  if (!own.length) return { sent: 0, failed: 0 }
  const known = new Map<string, { tries: number; due_at: number; sent_at: number | null }>()
  for (let i = 0; i < own.length; i += 200) {
    const rows = await db
      .selectFrom("alert_messages")
      .selectAll()
      .where("channel", "=", channel.name)
      .where(
        "alert_id",
        "in",
        own.slice(i, i + 200).map((alert) => alert.id),
      )
      .execute()
    for (const row of rows) known.set(`${row.alert_id} ${row.step}`, row)
  }
  const sent = await db
    .selectFrom("alert_messages")
    .select("sent_at")
    .distinct()
    .where("channel", "=", channel.name)
    .where("sent_at", ">", now - DAY)
    .execute()
  const due = own.filter((alert) => {
    const row = known.get(`${alert.id} ${stepOf(alert)}`)
    return row?.sent_at == null && (!row || Number(row.due_at) <= now)
  })
  const groups = groupsOf(deps, channel, due, sent.map((row) => Number(row.sent_at)), now)
  const outcome = { sent: 0, failed: 0 }
  for (const group of groups) {
    let error: string | null = null
    try {
      await channel.send(messageFor(deps, channel, group, level))
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
        await tx
          .insertInto("alert_messages")
          .values({ alert_id: alert.id, channel: channel.name, step, ...set })
          .onConflict((conflict) => conflict.columns(["alert_id", "channel", "step"]).doUpdateSet(set))
          .execute()
      }
    })
  }
  return outcome
}

/** What goes out now, message by message. Critical alerts never wait for the hour's measure, only for the day's of a channel that has one. */
function groupsOf({ settings }: TellDeps, channel: Channel, due: Alert[], sentAt: readonly number[], now: number): Alert[][] {
  const sentSince = (ms: number) => sentAt.filter((at) => at > now - ms).length
  const quiet = settings.quietHours !== "" && inQuietHours(now, settings.quietHours)
  const full = sentSince(HOUR) >= settings.perHour
  const ripe = due.filter((alert) => alert.severity === "critical" || !(quiet || full))
  const groups = !ripe.length ? [] : ripe.length >= settings.stormFrom || full ? [ripe] : ripe.map((alert) => [alert])
  return channel.perDay === undefined ? groups : groups.slice(0, Math.max(0, channel.perDay - sentSince(DAY)))
}

function messageFor(deps: TellDeps, channel: Channel, alerts: Alert[], level: string | null): ChannelMessage {
  const escalated = level !== null
  const listed = channel.listed ?? LISTED_MAX
  const gravest = alerts.toSorted((a, b) => rank(a.severity) - rank(b.severity) || a.raisedAt - b.raisedAt)
  const [first] = gravest
  const critical = alerts.filter((alert) => alert.severity === "critical").length
  const subject =
    alerts.length === 1
      ? `${severityWords[first!.severity]}: ${deps.defang(first!.summary).slice(0, 140)}`
      : `${alerts.length} cảnh báo${critical ? `, ${critical} nghiêm trọng` : ""}`
  const text = renderText(deps.template, {
    escalated,
    level: level ?? "",
    more: alerts.length > listed ? String(alerts.length - listed) : "",
    address: deps.address,
    alerts: gravest.slice(0, listed).map((alert) => ({
      severity: severityWords[alert.severity],
      summary: short(deps.defang(alert.summary), channel.summaryMax),
      unit: alert.unit ? deps.unitName(alert.unit) : "toàn tỉnh",
      at: vnDateTime(alert.raisedAt),
      count: String(alert.count),
      id: alert.id,
    })),
  })
  return {
    subject: `[Loa] ${escalated ? "CHƯA XỬ LÝ, " : ""}${subject}`,
    text,
    alerts: gravest,
    escalated,
    id: idOf(channel.name, level ?? "", ...gravest.map((alert) => `${alert.id}:${alert.severity}`)),
  }
}

const short = (text: string, max = Number.MAX_SAFE_INTEGER) => (text.length > max ? `${text.slice(0, max - 1)}…` : text)
