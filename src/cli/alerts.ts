import { levelsOf, loadChannelSettings, nextLevel, webhookSecret } from "../alerts/index.ts"
import { vnDate, vnDateTime } from "../base/time.ts"
import { accountOrThrow } from "../app.ts"
import { sendAlertMessages, webhookKeyFile } from "../jobs/alert-messages.ts"
import { forecastLapses, type Lapse } from "../jobs/forecast.ts"
import { alertSeverities, alertStates, type Alert, type AlertSeverity, type AlertState } from "../model/index.ts"
import { healAlerts } from "../jobs/heal-alerts.ts"
import { watchObserved } from "../jobs/observed-pages.ts"
import { watchPortals } from "../jobs/watch-portals.ts"
import { watchStarvation } from "../jobs/watch-service.ts"
import { watchProfiles } from "../jobs/watch.ts"
import type { Command } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

export const severityWords: Record<AlertSeverity, string> = { critical: "nghiêm trọng", high: "cao", medium: "vừa", low: "thấp" }
const stateWords: Record<AlertState, string> = { open: "mới", acknowledged: "đã nhận", closed: "đã đóng" }
const viewOf = (alert: Alert) => ({
  ...alert,
  raisedAt: new Date(alert.raisedAt).toISOString(),
  lastSeenAt: new Date(alert.lastSeenAt).toISOString(),
})

const levelView = ({ level, at }: { level: string; at: number }) => ({ level, at: new Date(at).toISOString() })

const list: Command = {
  name: "alerts list",
  summary: { vi: "Liệt kê cảnh báo, nghiêm trọng nhất trước", en: "List alerts, gravest first" },
  options: {
    state: { type: "string", value: "S", choices: alertStates, help: { vi: "open | acknowledged | closed", en: "open | acknowledged | closed" } },
    severity: {
      type: "string",
      value: "S",
      choices: alertSeverities,
      help: { vi: "critical | high | medium | low", en: "critical | high | medium | low" },
    },
    unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } },
  },
  async run({ app, values }) {
    const rooms = await app.open()
    const { alerts } = rooms
    const found = await alerts.list({
      state: values.state as AlertState | undefined,
      severity: values.severity as AlertSeverity | undefined,
      unit: values.unit as string | undefined,
    })
    const rows = found.map((a) => [a.id, severityWords[a.severity], stateWords[a.state], vnDateTime(a.raisedAt), String(a.count), a.summary])
    const waiting = found.some((a) => a.state === "open" && (a.severity === "critical" || a.severity === "high"))
    const levels = await levelsOf(rooms.db, found.map((a) => a.id))
    const json = { alerts: found.map((a) => ({ ...viewOf(a), levels: (levels.get(a.id) ?? []).map(levelView) })) }
    const text = rows.length ? table(["Mã", "Mức", "Trạng thái", "Lúc", "Lần", "Nội dung"], rows) : "Không có cảnh báo nào."
    return { exit: waiting ? 1 : 0, json, text }
  },
}

const show: Command = {
  name: "alerts show",
  summary: { vi: "Một cảnh báo với mọi bằng chứng", en: "One alert with its evidence" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    const { alerts, config, db } = await app.open()
    const alert = await alerts.find(id!)
    const { escalation } = loadChannelSettings(config.templatesDir)
    const reached = (await levelsOf(db, [alert.id])).get(alert.id) ?? []
    const next = nextLevel(alert, reached, escalation)
    const nameOf = (level: string) => escalation.find((entry) => entry.level === level)?.name ?? level
    const text = [
      `${severityWords[alert.severity].toUpperCase()} · ${stateWords[alert.state]} · ${alert.summary}`,
      `${vnDateTime(alert.raisedAt)} – ${vnDateTime(alert.lastSeenAt)}, ${alert.count} lần`,
      ...reached.map((entry) => `Đã chuyển lên ${nameOf(entry.level)} lúc ${vnDateTime(entry.at)}`),
      ...(next ? [`Nếu chưa ai nhận, chuyển lên ${next.name} lúc ${vnDateTime(next.at)}`] : []),
      "",
      JSON.stringify(alert.evidence, null, 2),
    ]
    return { json: { alert: { ...viewOf(alert), levels: reached.map(levelView), nextLevel: next ? levelView(next) : null } }, text: text.join("\n") }
  },
}

const ack: Command = {
  name: "alerts ack",
  summary: { vi: "Nhận xử lý cảnh báo", en: "Acknowledge alerts" },
  positionals: "ID…",
  async run({ app, positionals }) {
    const { alerts } = await app.open()
    const done = []
    for (const id of needIds(positionals)) done.push(await alerts.acknowledge(id, actor()))
    return { json: { alerts: done.map(viewOf) }, text: `Đã nhận: ${done.map((a) => a.id).join(", ")}` }
  },
}

const close: Command = {
  name: "alerts close",
  summary: { vi: "Đóng cảnh báo đã xử lý xong", en: "Close alerts that are dealt with" },
  positionals: "ID…",
  options: { why: { type: "string", value: "TEXT", help: { vi: "đã xử lý thế nào", en: "what was done" } } },
  async run({ app, positionals, values }) {
    const { alerts } = await app.open()
    const done = []
    for (const id of needIds(positionals)) done.push(await alerts.close(id, actor(), String(values.why ?? "")))
    return { json: { alerts: done.map(viewOf) }, text: `Đã đóng: ${done.map((a) => a.id).join(", ")}` }
  },
}

const forecast: Command = {
  name: "alerts forecast",
  summary: {
    vi: "Quyền truy cập, gói dịch vụ nào sắp hết hạn (mặc định: 30 ngày tới)",
    en: "Which tokens and packages lapse soon (default: next 30 days)",
  },
  options: { days: { type: "string", value: "N", whole: [1, 365], help: { vi: "số ngày, từ 1 đến 365", en: "days, 1 to 365" } } },
  async run({ app, values }) {
    const days = values.days === undefined ? 30 : Number(values.days)
    const rooms = await app.open()
    const lapses = await forecastLapses(rooms, days)
    const rows = lapses.map((lapse) => [
      lapse.account,
      lapse.network,
      lapseWords[lapse.what],
      vnDate(lapse.at),
      lapse.days < 0 ? "đã hết hạn" : `${lapse.days} ngày`,
    ])
    return {
      exit: lapses.some((lapse) => lapse.days < SOON_DAYS) ? 1 : 0,
      json: { days, lapses: lapses.map((lapse) => ({ ...lapse, at: new Date(lapse.at).toISOString() })) },
      text: rows.length
        ? table(["Tài khoản", "Mạng", "Hết hạn", "Ngày", "Còn"], rows)
        : `Không có quyền truy cập hay gói dịch vụ nào hết hạn trong ${days} ngày tới.`,
    }
  },
}
const SOON_DAYS = 14
const lapseWords: Record<Lapse["what"], string> = {
  token: "quyền đăng bài",
  data_access: "quyền truy cập dữ liệu",
  package: "gói dịch vụ OA",
  identity: "xác nhận chính danh",
  reconnect: "cần kết nối lại ngay",
}

const watch: Command = {
  name: "alerts watch",
  summary: {
    vi: "Xem ngay các trang, OA, Cổng và trang nghi mạo danh; gửi cảnh báo còn nợ",
    en: "Look at pages, OAs, portals and observed pages now; send what is owed",
  },
  positionals: "[ACCOUNT…]",
  options: { "no-portals": { type: "boolean", help: { vi: "không xem các Cổng", en: "leave the portals out" } } },
  async run({ app, positionals, values, signal, progress }) {
    const rooms = await app.open({ work: true })
    for (const id of positionals) accountOrThrow(rooms, id)
    const before = new Set((await rooms.alerts.list({ state: "open" })).map((alert) => alert.id))
    const tally = await watchProfiles(rooms, signal, positionals.length ? positionals : undefined)
    progress(`đã xem ${tally.seen}/${tally.accounts} tài khoản`)
    if (!positionals.length) {
      await watchObserved(rooms, signal)
      if (!values["no-portals"]) await watchPortals(rooms, signal)
      await watchStarvation(rooms)
      await healAlerts(rooms)
    }
    const messages = await sendAlertMessages(rooms, signal)
    const news = (await rooms.alerts.list({ state: "open" })).filter((alert) => !before.has(alert.id))
    const looked = `đọc được ${tally.seen}, chưa đọc được ${tally.failed.length}, tạm dừng ${tally.paused.length}`
    const unsent = messages.failed ? `, ${messages.failed} thư chưa gửi được` : ""
    const text = [
      `${tally.accounts} tài khoản: ${looked}; ${news.length} cảnh báo mới, ${messages.sent} thư đã gửi${unsent}.`,
      ...(news.length ? [table(["Mã", "Mức", "Nội dung"], news.map((alert) => [alert.id, severityWords[alert.severity], alert.summary]))] : []),
    ]
    return { exit: news.length || tally.failed.length ? 1 : 0, json: { ...tally, messages, alerts: news.map(viewOf) }, text: text.join("\n") }
  },
}

const webhookKey: Command = {
  name: "alerts webhook-key",
  summary: { vi: "Khóa ký của kênh webhook (đưa cho hệ thống nhận)", en: "Signing key of the webhook channel, for its receiver" },
  async run({ app }) {
    const file = webhookKeyFile(app.config.dataDir)
    const key = await webhookSecret(file)
    return {
      json: { file, key, header: "X-Loa-Signature", form: "t=<unix seconds>,v1=<hex HMAC-SHA256 of t.body>" },
      text: `${key}\nTiêu đề X-Loa-Signature: t=<giây Unix>,v1=<HMAC-SHA256 dạng hex của "t.nội dung">. Khóa nằm trong ${file}.`,
    }
  },
}

export const alertCommands: Command[] = [list, show, ack, close, watch, forecast, webhookKey]
