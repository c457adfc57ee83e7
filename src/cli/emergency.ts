/** `loa emergency …`: the same posts by hand as on the desk, draft first and sent by a second word. */
import { UsageError } from "../base/errors.ts"
import { vnDateTime } from "../base/time.ts"
import {
  draftEmergency,
  dropEmergency,
  emergencyAccounts,
  emergencyPosts,
  emergencyTargets,
  findEmergency,
  listEmergencies,
  perNetwork,
  sendEmergency,
  type Emergency,
} from "../jobs/emergency.ts"
import { publishingNetworks, unitKinds } from "../model/index.ts"
import type { Command } from "./command.ts"
import { actor, iso, needIds, table } from "./words.ts"

const stateWords: Record<Emergency["state"], string> = { draft: "bản nháp", waiting: "chờ người thứ hai", sent: "đã gửi", dropped: "đã bỏ" }
const viewOf = (post: Emergency) => ({ ...post, createdAt: iso(post.createdAt), confirmedAt: iso(post.confirmedAt) })

const draft: Command = {
  name: "emergency draft",
  summary: {
    vi: "Soạn tin khẩn gửi nhiều đơn vị; chưa gửi gì, in ra bài trên từng mạng",
    en: "Write an emergency post to many units; sends nothing, prints the post on each network",
  },
  options: {
    title: { type: "string", value: "TEXT", required: true, help: { vi: "tiêu đề, tối đa 120 ký tự", en: "title, at most 120 characters" } },
    body: { type: "string", value: "TEXT", help: { vi: "nội dung; bỏ trống thì đọc từ đầu vào chuẩn", en: "text; default: standard input" } },
    to: {
      type: "string",
      value: "LIST",
      required: true,
      help: { vi: `all, hoặc danh sách loại (${unitKinds.slice(0, 4).join(", ")}) và mã đơn vị`, en: "all, or a list of kinds and unit ids" },
    },
    networks: {
      type: "string",
      value: "LIST",
      list: publishingNetworks,
      help: { vi: "facebook,zalo (mặc định: cả hai)", en: "facebook,zalo (default: both)" },
    },
    unit: { type: "string", value: "ID", help: { vi: "đơn vị phát tin (mặc định: cổng tỉnh)", en: "speaking unit (default: the province portal)" } },
    url: { type: "string", value: "URL", help: { vi: "địa chỉ nguồn trên cổng", en: "source on a portal" } },
  },
  async run({ app, values, stdin }) {
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const rooms = await app.open()
    const list = (name: string) => (text(name) ?? "").split(",").map((entry) => entry.trim()).filter(Boolean)
    const named = list("to")
    const isKind = (entry: string) => (unitKinds as readonly string[]).includes(entry)
    const networks = text("networks") === undefined ? [...publishingNetworks] : list("networks")
    const targets = emergencyTargets.safeParse({
      all: named.includes("all"),
      kinds: named.filter(isKind),
      units: named.filter((entry) => entry !== "all" && !isKind(entry)),
      networks,
    })
    if (!targets.success) throw new UsageError("bad_option", `--networks ${networks.join(",")}: ${publishingNetworks.join(", ")}`)
    const unit = text("unit") ?? rooms.view().livingUnits.find((one) => one.kind === "province_portal")?.id ?? ""
    const id = await draftEmergency(
      rooms,
      { unit, title: text("title")!, body: text("body") ?? (await stdin()), url: text("url") ?? "", targets: targets.data },
      actor(),
    )
    const post = await findEmergency(rooms, id)
    const samples = publishingNetworks.flatMap(
      (network) => emergencyAccounts(rooms, post.targets).find((account) => account.network === network) ?? [],
    )
    const contents = [...(await emergencyPosts(rooms, post, samples)).values()]
    const counts = perNetwork(rooms, post.accounts)
    const shown = contents.map(
      (content) => `--- ${content.network}\n${content.network === "facebook" ? content.message : `${content.title}\n\n${content.description}`}`,
    )
    return {
      json: { emergency: viewOf(post), accounts: post.accounts.length, networks: counts, posts: contents },
      text: [
        `Bản nháp ${id}: ${post.accounts.length} tài khoản (Facebook ${counts.facebook}, Zalo ${counts.zalo}). Chưa gửi gì.`,
        ...shown,
        `Đọc kỹ rồi gửi: loa emergency send ${id} --yes`,
      ].join("\n\n"),
    }
  },
}

const list: Command = {
  name: "emergency list",
  summary: { vi: "Liệt kê tin khẩn", en: "List emergency posts" },
  async run({ app }) {
    const posts = await listEmergencies(await app.open())
    const rows = posts.map((post) => [
      post.id,
      stateWords[post.state],
      vnDateTime(post.confirmedAt ?? post.createdAt),
      String(post.accounts.length),
      post.author,
      post.title,
    ])
    const waiting = posts.some((post) => post.state === "waiting")
    return {
      exit: waiting ? 1 : 0,
      json: { emergencies: posts.map(viewOf) },
      text: rows.length ? table(["Mã", "Trạng thái", "Lúc", "Tài khoản", "Soạn", "Tiêu đề"], rows) : "Chưa có tin khẩn nào.",
    }
  },
}

const send: Command = {
  name: "emergency send",
  summary: { vi: "Xác nhận lần hai và gửi tin khẩn ngay", en: "Second confirmation: send an emergency post now" },
  positionals: "ID",
  options: { yes: { type: "boolean", required: true, help: { vi: "tôi đã đọc bài và muốn gửi", en: "I have read it and want it out" } } },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const states = await sendEmergency(await app.open(), id!, actor())
    const held = (states.held ?? 0) + (states.refused ?? 0)
    return {
      exit: held ? 1 : 0,
      json: { emergency: id, deliveries: states },
      text: `Đã đưa vào làn khẩn: ${Object.entries(states)
        .map(([state, n]) => `${n} ${state}`)
        .join(", ")}.`,
    }
  },
}

const drop: Command = {
  name: "emergency drop",
  summary: { vi: "Bỏ một bản nháp tin khẩn", en: "Drop a draft" },
  positionals: "ID",
  options: { why: { type: "string", value: "TEXT", help: { vi: "lý do", en: "reason" } } },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    await dropEmergency(await app.open(), id!, actor(), String(values.why ?? "Người phụ trách bỏ bản nháp."))
    return { json: { emergency: id, state: "dropped" }, text: `Đã bỏ ${id}.` }
  },
}

export const emergencyCommands: Command[] = [draft, list, send, drop]
