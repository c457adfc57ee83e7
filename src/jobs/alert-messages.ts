/** The channels of `templates/alerts/channels.yaml`, fitted to mail, networks and safe fetching; one round a minute. */
import { join } from "node:path"
import type { Rooms } from "../app.ts"
import {
  createMailer,
  escalateDue,
  kindFits,
  levelsOf,
  loadChannelSettings,
  loadWatchSettings,
  messageNames,
  sendByPersonalZalo,
  tellPeople,
  webhookSecret,
  webhookSignature,
  type Channel,
  type ChannelMessage,
  type ChannelSettings,
  type EscalationLevel,
  type SendMail,
} from "../alerts/index.ts"
import { DAY, SECOND } from "../base/clock.ts"
import { checkout } from "../base/config.ts"
import { defangDomains } from "../base/defang.ts"
import type { Alert } from "../model/index.ts"
import { loadTemplates } from "../render/index.ts"

/** Passes up what nobody took, then tells people what they were not told yet. Levels are kept even where no channel is on. */
export async function sendAlertMessages(
  rooms: Rooms,
  _signal?: AbortSignal,
  sendMail: SendMail | null = createMailer(rooms.config),
): Promise<{ sent: number; failed: number }> {
  const { audit, config, clock, db, log } = rooms
  const settings = loadChannelSettings(config.templatesDir)
  const alerts = await rooms.alerts.between(clock.now() - 30 * DAY, clock.now() + 1)
  await escalateDue({ db, clock, audit }, alerts, settings.escalation)
  const channels = channelsOf(rooms, settings, sendMail, alerts)
  if (!channels.length) return { sent: 0, failed: 0 }
  return tellPeople({
    db,
    clock,
    log,
    settings,
    channels,
    alerts,
    levels:
      settings.email.enabled && sendMail
        ? settings.escalation.map(({ level, name, to }) => ({ level, name, channels: levelChannels(rooms, settings, sendMail, level, to, alerts) }))
        : [],
    reached: await levelsOf(
      db,
      alerts.map((alert) => alert.id),
    ),
    template: messageTemplate(config.templatesDir),
    unitName: (id) => rooms.view().unitById(id)?.name ?? id,
    defang: (text) => defangDomains(text, rooms.view().isOwnHost),
    address: `${config.publicUrl}/alerts`,
  })
}

/** Throws with every mistake and its place when the office's files of `templates/alerts/` cannot be used. */
export function checkAlertFiles(templatesDir: string): void {
  loadChannelSettings(templatesDir)
  loadWatchSettings(templatesDir)
  messageTemplate(templatesDir)
}
const messageTemplate = (templatesDir: string) =>
  loadTemplates(join(templatesDir, "alerts"), join(checkout, "templates/alerts"), { "message.txt": messageNames })["message.txt"]

/** Would an alert reach somebody? Settings, addresses, and what could not be sent. A mistake in the files is thrown. */
export async function alertHealth(rooms: Rooms): Promise<{ state: "ok" | "warn"; detail: string }[]> {
  const { config, db } = rooms
  checkAlertFiles(config.templatesDir)
  const settings = loadChannelSettings(config.templatesDir)
  const found: string[] = []
  if (!settings.email.enabled) found.push("chưa bật thư điện tử (templates/alerts/channels.yaml): cảnh báo chỉ hiện trên trang quản trị")
  else {
    if (!config.smtpUrl || !config.mailFrom) found.push("thư điện tử đã bật nhưng thiếu SMTP_URL hoặc LOA_MAIL_FROM")
    if (!settings.email.to.length) found.push("chưa có địa chỉ thư của Trung tâm Thông tin tỉnh (email.to)")
    if (!settings.police.to.length) found.push("chưa có địa chỉ thư của PA05 (police.to)")
  }
  const owed = await db
    .selectFrom("alert_messages")
    .select(["channel", "error"])
    .where("sent_at", "is", null)
    .where("tries", ">", 0)
    .limit(200)
    .execute()
  const channels = [...new Set(owed.map((row) => row.channel))]
  if (owed.length) found.push(`${owed.length} thư báo chưa gửi được (${channels.slice(0, 5).join(", ")}): ${owed[0]!.error ?? ""}`)
  return found.length
    ? found.map((detail) => ({ state: "warn" as const, detail }))
    : [{ state: "ok", detail: "thư điện tử đã bật, không có thư nào chưa gửi được" }]
}

function levelChannels(
  rooms: Rooms,
  settings: ChannelSettings,
  sendMail: SendMail,
  level: string,
  to: EscalationLevel["to"],
  alerts: readonly Alert[],
): Channel[] {
  if (to === "owners") return ownerChannels(rooms, sendMail, alerts, "low", level)
  const addresses = to === "centre" ? settings.email.to : to === "police" ? settings.police.to : to
  return addresses.length ? [{ name: level, from: "low", send: mailTo(sendMail, addresses) }] : []
}

function channelsOf(rooms: Rooms, settings: ChannelSettings, sendMail: SendMail | null, alerts: readonly Alert[]): Channel[] {
  const { email, police, zaloGroup, webhook, zaloPersonal } = settings
  const channels: Channel[] = []
  if (email.enabled) {
    if (!sendMail) rooms.log.error("alerts by e-mail are on, but SMTP_URL or LOA_MAIL_FROM is missing")
    else {
      if (email.to.length) channels.push({ name: "email", from: email.from, send: mailTo(sendMail, email.to) })
      if (police.to.length)
        channels.push({ name: "police", from: police.from, about: (alert) => kindFits(alert.kind, police.kinds), send: mailTo(sendMail, police.to) })
      if (email.unitOwners) channels.push(...ownerChannels(rooms, sendMail, alerts, email.from, "owner"))
    }
  }
  if (zaloGroup.enabled) {
    const oa = rooms.networkAccount(zaloGroup.account)
    channels.push({
      name: "zalo-group",
      from: zaloGroup.from,
      ...inChat,
      async send({ subject, text }) {
        if (oa?.network !== "zalo") throw new Error(`"${zaloGroup.account}" is no Zalo account of the registry`)
        const answer = await rooms.networks.zalo.sendToGroup(oa, zaloGroup.group, `${subject}\n\n${text}`)
        if (!answer.sent) throw new Error(`${answer.code}: ${answer.reason}`)
      },
    })
  }
  if (webhook.enabled && webhook.url) channels.push({ name: "webhook", from: webhook.from, send: (message) => post(rooms, webhook.url, message) })
  if (zaloPersonal.enabled && zaloPersonal.group) {
    const file = join(rooms.config.dataDir, "zca.json")
    const send: Channel["send"] = ({ subject, text }) => sendByPersonalZalo(file, zaloPersonal.group, `${subject}\n\n${text}`)
    channels.push({ name: "zalo-personal", from: zaloPersonal.from, perDay: zaloPersonal.perDay, ...inChat, send })
  }
  return channels
}

const mailTo =
  (sendMail: SendMail, to: string[]) =>
  ({ subject, text, id }: ChannelMessage) =>
    sendMail({ to, subject, text, messageId: `alert-${id}` })

/** A chat message is cut at 2,000 characters: the list stays short enough for the address at its end. */
const inChat = { listed: 5, summaryMax: 180 }

/** Each unit's owner and deputy hear of their own unit only; one channel a unit, so that a wrong address holds up no other unit. */
function ownerChannels(rooms: Rooms, sendMail: SendMail, alerts: readonly Alert[], from: Channel["from"], level: string): Channel[] {
  return [...new Set(alerts.flatMap((alert) => alert.unit ?? []))].flatMap((unitId): Channel[] => {
    const unit = rooms.view().unitById(unitId)
    const to = [...new Set([unit?.owner?.email, unit?.deputy?.email])].filter((address): address is string => !!address)
    return to.length ? [{ name: `${level}:${unitId}`, from, about: (alert) => alert.unit === unitId, send: mailTo(sendMail, to) }] : []
  })
}

export const webhookKeyFile = (dataDir: string) => join(dataDir, "alert-webhook.key")
const ANSWER_BYTES_MAX = 100_000
async function post(rooms: Rooms, url: string, { subject, alerts, escalated, id }: ChannelMessage): Promise<void> {
  const secret = await webhookSecret(webhookKeyFile(rooms.config.dataDir))
  const body = JSON.stringify({ id, subject, escalated, alerts: alerts.map(({ evidence: _evidence, ...alert }) => alert) })
  const headers = { "content-type": "application/json", "idempotency-key": id, "x-loa-signature": webhookSignature(secret, body, rooms.clock.now()) }
  const answer = await rooms.safeFetch(url, { method: "POST", body, headers, maxBytes: ANSWER_BYTES_MAX, timeoutMs: 15 * SECOND, redirectsMax: 0 })
  if (answer.status < 200 || answer.status > 299) throw new Error(`the webhook answered ${answer.status}`)
}
