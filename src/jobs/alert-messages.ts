/** The channels of `templates/alerts/channels.yaml`, fitted to mail, networks and safe fetching; one round a minute. */
import { join } from "node:path"
import type { Rooms } from "../app.ts"
import { createMailer, loadChannelSettings, messageNames, sendByPersonalZalo, tellPeople, type Channel, type ChannelMessage, type ChannelSettings, type SendMail } from "../alerts/index.ts"
import { DAY, SECOND } from "../base/clock.ts"
import { checkout } from "../base/config.ts"
import { defangDomains } from "../base/defang.ts"
import { loadTemplates } from "../render/index.ts"

/** Tells people what they were not told yet. Without an enabled channel nothing is read or sent. */
export async function sendAlertMessages(rooms: Rooms, _signal?: AbortSignal, sendMail: SendMail | null = createMailer(rooms.config)): Promise<{ sent: number; failed: number }> {
  const { config, clock, db, log } = rooms
  const settings = loadChannelSettings(config.templatesDir)
  const channels = channelsOf(rooms, settings, sendMail)
  if (!channels.length) return { sent: 0, failed: 0 }
  const files = loadTemplates(join(config.templatesDir, "alerts"), join(checkout, "templates/alerts"), { "message.txt": messageNames })
  const escalation = sendMail && settings.escalation.to.length ? { name: "escalation", from: "medium" as const, send: mailTo(sendMail, () => settings.escalation.to) } : null
  return tellPeople({
    db, clock, log, settings, channels, escalation,
    template: files["message.txt"],
    alerts: await rooms.alerts.between(clock.now() - 30 * DAY, clock.now() + 1),
    unitName: (id) => rooms.view().unitById(id)?.name ?? id,
    defang: (text) => defangDomains(text, rooms.view().isOwnHost),
    address: `${config.publicUrl}/alerts`,
  })
}

function channelsOf(rooms: Rooms, settings: ChannelSettings, sendMail: SendMail | null): Channel[] {
  const { email, zaloGroup, webhook, zaloPersonal } = settings
  const channels: Channel[] = []
  if (email.enabled) {
    if (!sendMail) rooms.log.error("alerts by e-mail are on, but SMTP_URL or LOA_MAIL_FROM is missing")
    else {
      if (email.to.length) channels.push({ name: "email", from: email.from, send: mailTo(sendMail, () => email.to) })
      if (email.unitOwners) channels.push({ name: "owners", from: email.from, send: toOwners(rooms, sendMail) })
    }
  }
  if (zaloGroup.enabled) {
    const oa = rooms.networkAccount(zaloGroup.account)
    channels.push({
      name: "zalo-group",
      from: zaloGroup.from,
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
    channels.push({ name: "zalo-personal", from: zaloPersonal.from, perDay: zaloPersonal.perDay, send: ({ subject, text }) => sendByPersonalZalo(file, zaloPersonal.group, `${subject}\n\n${text}`) })
  }
  return channels
}

const mailTo = (sendMail: SendMail, to: () => string[]) => ({ subject, text, id }: ChannelMessage) => sendMail({ to: to(), subject, text, messageId: `alert-${id}` })

/** Each unit's owner and deputy hear of their own unit only. Alerts of units without an address count as told: there is nobody. */
const toOwners = (rooms: Rooms, sendMail: SendMail) => async ({ subject, text, alerts, id }: ChannelMessage) => {
  const units = [...new Set(alerts.flatMap((alert) => alert.unit ?? []))]
  for (const unitId of units) {
    const unit = rooms.view().unitById(unitId)
    const to = [unit?.owner?.email, unit?.deputy?.email].filter((address): address is string => !!address)
    if (!to.length) continue
    const own = alerts.filter((alert) => alert.unit === unitId)
    const only = own.length === alerts.length
    const list = own.map((alert) => defangDomains(alert.summary, rooms.view().isOwnHost)).join("\n")
    await sendMail({ to, subject: only ? subject : `[Loa] ${own.length} cảnh báo của ${unit!.name}`, text: only ? text : list, messageId: `alert-${id}-${unitId}` })
  }
}

const ANSWER_BYTES_MAX = 100_000
async function post(rooms: Rooms, url: string, { subject, alerts, escalated, id }: ChannelMessage): Promise<void> {
  const body = JSON.stringify({ id, subject, escalated, alerts: alerts.map(({ evidence: _evidence, ...alert }) => alert) })
  const answer = await rooms.safeFetch(url, { method: "POST", body, headers: { "content-type": "application/json", "idempotency-key": id }, maxBytes: ANSWER_BYTES_MAX, timeoutMs: 15 * SECOND, redirectsMax: 0 })
  if (answer.status < 200 || answer.status > 299) throw new Error(`the webhook answered ${answer.status}`)
}
