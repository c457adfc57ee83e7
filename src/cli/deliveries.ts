import { vnDateTime } from "../base/time.ts"
import { deliveryStates, type DeliveryState } from "../model/index.ts"
import type { DeliveryView } from "../outbox/index.ts"
import type { Command, CommandContext } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

export const stateWords: Record<DeliveryState, string> = {
  waiting: "đang chờ",
  review: "chờ duyệt",
  held: "bị giữ",
  sending: "đang gửi",
  unknown: "chưa rõ",
  published: "đã đăng",
  refused: "không đăng",
  cancelled: "đã hủy",
}

const line = (d: DeliveryView) => [
  d.id,
  stateWords[d.state],
  d.account,
  d.publishedAt ? vnDateTime(Date.parse(d.publishedAt)) : "",
  d.reason ?? d.remoteUrl ?? "",
  d.articleUrl,
]
const listOf = (list: DeliveryView[]) =>
  list.length ? table(["Mã", "Trạng thái", "Tài khoản", "Đăng lúc", "Lý do / liên kết", "Tin"], list.map(line)) : "Không có lượt gửi nào."

const list: Command = {
  name: "deliveries list",
  summary: { vi: "Liệt kê các lượt gửi", en: "List deliveries" },
  options: {
    state: {
      type: "string",
      value: "S",
      choices: deliveryStates,
      help: { vi: `chỉ trạng thái: ${deliveryStates.join(" | ")}`, en: "only this state" },
    },
    account: { type: "string", value: "ID", help: { vi: "chỉ tài khoản này", en: "only this account" } },
    unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } },
    limit: {
      type: "string",
      value: "N",
      whole: [0, Infinity],
      help: { vi: "nhiều nhất N dòng (mặc định: tất cả)", en: "at most N rows (default: all)" },
    },
  },
  async run({ app, values }) {
    const limit = values.limit === undefined ? undefined : Number(values.limit)
    const { outbox } = await app.open()
    const deliveries = await outbox.list({
      state: values.state as DeliveryState | undefined,
      account: values.account as string | undefined,
      unit: values.unit as string | undefined,
      limit,
    })
    return { json: { deliveries }, text: listOf(deliveries) }
  },
}

const show: Command = {
  name: "deliveries show",
  summary: { vi: "Một lượt gửi: nội dung và mọi bước đã qua", en: "One delivery: its post and every step" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const row = await rooms.outbox.find(id!)
    const steps = await rooms.audit.of(rooms.db, `delivery:${id}`)
    const { viewOf } = await import("../outbox/index.ts")
    const history = steps.map((step) => ({
      at: new Date(Number(step.at)).toISOString(),
      actor: step.actor,
      action: step.action,
      detail: JSON.parse(step.detail),
    }))
    const [view] = await rooms.outbox.explain([viewOf(row)])
    const content = (await rooms.outbox.posts([id!])).get(id!) ?? null
    const text = [
      listOf([view!]),
      "",
      content ? (content.network === "facebook" ? content.message : [content.title, content.description].join("\n\n")) : "(không có nội dung)",
      "",
      ...history.map((step) => `${vnDateTime(Date.parse(step.at))}  ${step.action}  ${step.actor}  ${JSON.stringify(step.detail)}`),
    ].join("\n")
    return { json: { delivery: view, content, history }, text }
  },
}

type Doing = "approve" | "reject" | "retry" | "cancel"
function doing(name: string, what: Doing, summary: Command["summary"], done: string): Command {
  return {
    name,
    summary,
    positionals: "ID…",
    options:
      what === "reject" || what === "cancel"
        ? { why: { type: "string", value: "TEXT", help: { vi: "lý do, ghi vào nhật ký", en: "reason, kept in the audit log" } } }
        : {},
    async run({ app, positionals, values }: CommandContext) {
      const ids = needIds(positionals)
      const { outbox } = await app.open()
      const why = values.why as string | undefined
      const deliveries = what === "approve" || what === "retry" ? await outbox[what](ids, actor()) : await outbox[what](ids, actor(), why)
      return { json: { deliveries }, text: `${done}: ${deliveries.map((d) => d.id).join(", ")}` }
    },
  }
}

export const deliveryCommands: Command[] = [
  list,
  show,
  doing("deliveries retry", "retry", { vi: "Thử gửi lại", en: "Try again" }, "Sẽ gửi lại"),
  doing("deliveries cancel", "cancel", { vi: "Hủy lượt gửi chưa đăng", en: "Cancel what was not published" }, "Đã hủy"),
  doing("approve", "approve", { vi: "Duyệt đăng", en: "Approve" }, "Đã duyệt"),
  doing("reject", "reject", { vi: "Không duyệt", en: "Reject" }, "Đã từ chối"),
]
