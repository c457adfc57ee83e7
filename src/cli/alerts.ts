import { vnDateTime } from "../base/time.ts"
import { alertSeverities, alertStates, type Alert, type AlertSeverity, type AlertState } from "../model/index.ts"
import type { Command } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

export const severityWords: Record<AlertSeverity, string> = { critical: "nghiêm trọng", high: "cao", medium: "vừa", low: "thấp" }
const stateWords: Record<AlertState, string> = { open: "mới", acknowledged: "đã nhận", closed: "đã đóng" }
const viewOf = (alert: Alert) => ({ ...alert, raisedAt: new Date(alert.raisedAt).toISOString(), lastSeenAt: new Date(alert.lastSeenAt).toISOString() })

const list: Command = {
  name: "alerts list",
  summary: { vi: "Liệt kê cảnh báo, nghiêm trọng nhất trước", en: "List alerts, gravest first" },
  options: {
    state: { type: "string", value: "S", choices: alertStates, help: { vi: "open | acknowledged | closed", en: "open | acknowledged | closed" } },
    severity: { type: "string", value: "S", choices: alertSeverities, help: { vi: "critical | high | medium | low", en: "critical | high | medium | low" } },
    unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } },
  },
  async run({ app, values }) {
    const { alerts } = await app.open()
    const found = await alerts.list({ state: values.state as AlertState | undefined, severity: values.severity as AlertSeverity | undefined, unit: values.unit as string | undefined })
    const rows = found.map((a) => [a.id, severityWords[a.severity], stateWords[a.state], vnDateTime(a.raisedAt), String(a.count), a.summary])
    const waiting = found.some((a) => a.state === "open" && (a.severity === "critical" || a.severity === "high"))
    return { exit: waiting ? 1 : 0, json: { alerts: found.map(viewOf) }, text: rows.length ? table(["Mã", "Mức", "Trạng thái", "Lúc", "Lần", "Nội dung"], rows) : "Không có cảnh báo nào." }
  },
}

const show: Command = {
  name: "alerts show",
  summary: { vi: "Một cảnh báo với mọi bằng chứng", en: "One alert with its evidence" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    const alert = await (await app.open()).alerts.find(id!)
    return { json: { alert: viewOf(alert) }, text: `${severityWords[alert.severity].toUpperCase()} · ${alert.summary}\n${vnDateTime(alert.raisedAt)} – ${vnDateTime(alert.lastSeenAt)}, ${alert.count} lần\n\n${JSON.stringify(alert.evidence, null, 2)}` }
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

export const alertCommands: Command[] = [list, show, ack, close]
