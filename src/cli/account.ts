import { accountOrThrow, type Rooms } from "../app.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { vnDateTime } from "../base/time.ts"
import { publishingNetworks, recordedNetworks, type Account, type TokenState } from "../model/index.ts"
import { isPublishing } from "../registry/index.ts"
import type { Command } from "./command.ts"
import { actor, iso, needIds, readJson, table } from "./words.ts"

type Lane = Awaited<ReturnType<Rooms["outbox"]["lanes"]>>[number]


async function viewOf(rooms: Rooms, account: Account, lane: Lane | undefined) {
  const network = isPublishing(account.network) ? account.network : null
  const token: TokenState | null = network ? await rooms.networks.of(network).tokenState(account.id) : null
  const gate = rooms.outbox.deps.gate(account.id)
  return {
    id: account.id,
    unit: account.unitId,
    network: account.network,
    remoteId: account.remoteId ?? null,
    name: account.name,
    publish: account.publish,
    identity: account.identity.status,
    gate: network ? (gate.open ? "open" : gate.rule) : null,
    gateReason: network && !gate.open ? gate.reason : null,
    paused: lane?.paused_reason ?? null,
    token: token
      ? {
          state: token.state,
          accessExpiresAt: iso(token.accessExpiresAt),
          refreshExpiresAt: iso(token.refreshExpiresAt),
          refreshedAt: iso(token.refreshedAt),
          reason: token.reason,
        }
      : null,
  }
}
type AccountView = Awaited<ReturnType<typeof viewOf>>

function tokenLine({ state, reason, refreshedAt }: NonNullable<AccountView["token"]>): string {
  const renewed = refreshedAt ? `, làm mới lúc ${vnDateTime(Date.parse(refreshedAt))}` : ""
  return `Mã truy cập: ${state}${reason ? ` – ${reason}` : ""}${renewed}`
}
const canPublish = (view: AccountView) =>
  view.token === null
    ? "chỉ ghi nhận"
    : view.paused
      ? "tạm dừng"
      : view.gate !== "open"
        ? `không (${view.gate})`
        : view.token.state !== "ok"
          ? "chưa kết nối"
          : view.publish

const list: Command = {
  name: "account list",
  summary: { vi: "Liệt kê tài khoản và tình trạng đăng", en: "List accounts and whether they can publish" },
  options: { unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } } },
  async run({ app, values }) {
    const rooms = await app.open()
    const lanes = new Map((await rooms.outbox.lanes()).map((lane) => [lane.account_id, lane]))
    const accounts = values.unit ? rooms.view().accountsOfUnit(String(values.unit)) : rooms.view().accounts
    const views = await Promise.all(accounts.map((account) => viewOf(rooms, account, lanes.get(account.id))))
    return {
      json: { accounts: views },
      text: table(
        ["Tài khoản", "Mạng", "Tên", "Chính danh", "Đăng"],
        views.map((v) => [v.id, v.network, v.name, v.identity, canPublish(v)]),
      ),
    }
  },
}

const show: Command = {
  name: "account show",
  summary: { vi: "Một tài khoản: sổ đăng ký, mã truy cập, tình trạng", en: "One account: registry, credential, state" },
  positionals: "ID",
  async run({ app, positionals }) {
    const rooms = await app.open()
    const [id] = needIds(positionals, 1)
    const account = rooms.view().accountById(id!)
    if (!account) throw new NotFoundError("account", id!)
    const lane = (await rooms.outbox.lanes()).find((one) => one.account_id === id)
    const view = await viewOf(rooms, account, lane)
    const text = [
      `${account.name} (${account.network}, ${account.remoteId ?? "chưa có mã"})`,
      `Đơn vị: ${account.unitId}`,
      `Chính danh: ${account.identity.status}${account.identity.basis ? `, ${account.identity.basis}` : ""}`,
      `Đăng: ${canPublish(view)}${view.gateReason ? ` – ${view.gateReason}` : ""}${view.paused ? ` – ${view.paused}` : ""}`,
      view.token ? tokenLine(view.token) : "",
    ].filter(Boolean)
    return { json: { account: { ...account, ...view } }, text: text.join("\n") }
  },
}

const register: Command = {
  name: "account register",
  summary: {
    vi: "Ghi một tài khoản vào sổ đăng ký (chưa xác minh, chưa đăng bài)",
    en: "List an account in the registry (not verified, not publishing yet)",
  },
  positionals: "ID",
  options: {
    unit: { type: "string", value: "ID", required: true, help: { vi: "đơn vị chủ tài khoản", en: "owning unit" } },
    network: {
      type: "string",
      value: "N",
      required: true,
      choices: recordedNetworks,
      help: { vi: recordedNetworks.join(" | "), en: recordedNetworks.join(" | ") },
    },
    name: { type: "string", value: "TEXT", required: true, help: { vi: "tên đúng như trên mạng xã hội", en: "name as the network shows it" } },
    "remote-id": { type: "string", value: "ID", help: { vi: "mã cố định của nền tảng", en: "the platform's permanent id" } },
    handle: { type: "string", value: "TEXT", help: { vi: "tên đường dẫn", en: "handle" } },
    kind: {
      type: "string",
      value: "K",
      choices: ["page", "oa", "profile", "group"],
      help: { vi: "page | oa | profile | group", en: "page | oa | profile | group" },
    },
    publish: {
      type: "string",
      value: "P",
      choices: ["auto", "review", "off"],
      help: { vi: "auto | review | off (mặc định: review)", en: "auto | review | off (default: review)" },
    },
    "legal-basis": { type: "string", value: "TEXT", help: { vi: "văn bản cho phép lập tài khoản", en: "permitting document" } },
  },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const rooms = await app.open()
    const given = { remoteId: text("remote-id"), handle: text("handle"), kind: text("kind"), legalBasis: text("legal-basis") }
    await rooms.registry.update(
      {
        kind: "account.register",
        unit: text("unit")!,
        // A freshly listed account is nobody's word yet: identity none, a person approves each post until it is verified.
        account: {
          id: id!,
          network: text("network")!,
          name: text("name")!,
          publish: text("publish") ?? "review",
          ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        } as never,
      },
      actor(),
    )
    await rooms.refresh()
    const account = rooms.view().accountById(id!)!
    const view = await viewOf(rooms, account, undefined)
    return {
      json: { account: view },
      text: `Đã ghi tài khoản ${id} của ${account.unitId}. Bước tiếp theo: xác minh chính danh, rồi loa account connect ${id}.`,
    }
  },
}

const connect: Command = {
  name: "account connect",
  summary: {
    vi: "Kết nối tài khoản: đọc mã truy cập (JSON) từ đầu vào chuẩn",
    en: "Connect an account: reads its credential (JSON) from standard input",
  },
  positionals: "ID",
  async run({ app, positionals, cwd, stdin }) {
    const rooms = await app.open()
    const [id] = needIds(positionals, 1)
    const account = accountOrThrow(rooms, id!)
    const credential = await readJson(undefined, cwd, stdin)
    const outcome = await rooms.networks.of(account.network).connect(account, credential)
    if (outcome.kind === "refused") throw new UsageError("connect_refused", outcome.reason, { code: outcome.code, account: id })
    await rooms.outbox.resumeConnected(id!, actor())
    await rooms.db
      .transaction()
      .execute((tx) =>
        rooms.audit.write(tx, [
          { actor: actor(), action: "account.connected", subject: `account:${id}`, detail: { remoteId: outcome.remoteId, name: outcome.name } },
        ]),
      )
    return {
      exit: outcome.warnings.length ? 1 : 0,
      json: { account: id, ...outcome, accessExpiresAt: iso(outcome.accessExpiresAt), refreshExpiresAt: iso(outcome.refreshExpiresAt) },
      text: [`Đã kết nối ${id}: “${outcome.name}” (${outcome.remoteId}).`, ...outcome.warnings.map((warning) => `Lưu ý: ${warning}`)].join("\n"),
    }
  },
}

const pause: Command = {
  name: "account pause",
  summary: { vi: "Tạm dừng đăng; hàng chờ được giữ nguyên", en: "Stop publishing; the queue is kept" },
  positionals: "[ID]",
  options: {
    all: { type: "boolean", help: { vi: "dừng toàn bộ việc đăng của mọi tài khoản", en: "stop all publishing" } },
    why: { type: "string", value: "TEXT", help: { vi: "lý do", en: "reason" } },
  },
  async run({ app, positionals, values }) {
    const rooms = await app.open()
    if (values.all === true) {
      if (positionals.length) throw new UsageError("bad_option", "ID, --all")
      const stopped = await rooms.outbox.stopAll(actor(), String(values.why ?? "Người phụ trách dừng toàn bộ."))
      return { json: { all: true, paused: true, accounts: stopped }, text: `Đã dừng toàn bộ việc đăng (${stopped} tài khoản).` }
    }
    const [id] = needIds(positionals, 1)
    accountOrThrow(rooms, id!)
    await rooms.outbox.pause(id!, actor(), String(values.why ?? "Người phụ trách tạm dừng."))
    return { json: { account: id, paused: true }, text: `Đã tạm dừng ${id}.` }
  },
}

const resume: Command = {
  name: "account resume",
  summary: { vi: "Cho đăng trở lại một, nhiều hoặc mọi tài khoản của một mạng", en: "Publish again: some accounts, or all of one network" },
  positionals: "[ID…]",
  options: {
    all: { type: "boolean", help: { vi: "kết thúc việc dừng toàn bộ", en: "end the stop of all publishing" } },
    network: {
      type: "string",
      value: "N",
      choices: publishingNetworks,
      help: {
        vi: "mọi tài khoản mà mạng này đã chặn (sau khi sửa cấu hình ứng dụng)",
        en: "every account this network stopped (after an app-wide fault)",
      },
    },
  },
  async run({ app, positionals, values }) {
    const rooms = await app.open()
    const network = values.network as string | undefined
    if (values.all === true) {
      const freed = await rooms.outbox.endStop(actor())
      return { json: { all: true, paused: false, accounts: freed }, text: `Việc đăng đã trở lại (${freed} tài khoản).` }
    }
    if (!network && !positionals.length) throw new UsageError("missing_option", "ID, --network")
    for (const id of positionals) accountOrThrow(rooms, id)
    const stopped = network
      ? (await rooms.outbox.lanes()).filter((lane) => lane.network === network && lane.paused_by === "network").map((lane) => lane.account_id)
      : []
    const ids = [...new Set([...positionals, ...stopped])]
    for (const id of ids) await rooms.outbox.resume(id, actor())
    return {
      json: { accounts: ids, account: ids[0] ?? null, paused: false },
      text: ids.length ? `Đăng trở lại: ${ids.join(", ")}.` : "Không có tài khoản nào đang bị dừng.",
    }
  },
}

const waive: Command = {
  name: "account waive",
  summary: {
    vi: "Cho phép đăng dù chưa đạt quy tắc, có lý do và ngày hết hạn; ghi vào nhật ký",
    en: "Let an account publish although a rule is broken: reason, end date, audited",
  },
  positionals: "ID",
  options: {
    why: { type: "string", value: "TEXT", required: ["revoke"], help: { vi: "lý do bằng văn bản", en: "written reason" } },
    until: { type: "string", value: "YYYY-MM-DD", day: true, required: ["revoke"], help: { vi: "ngày cuối còn hiệu lực", en: "last day" } },
    rules: {
      type: "string",
      value: "LIST",
      help: { vi: "các quy tắc, ví dụ NAME-D,IMG-2 (mặc định: mọi quy tắc)", en: "rules, e.g. NAME-D,IMG-2 (default: every rule)" },
    },
    basis: { type: "string", value: "TEXT", help: { vi: "số, ký hiệu văn bản", en: "document number" } },
    revoke: { type: "string", value: "WAIVER", help: { vi: "thu hồi văn bản cho phép có mã này", en: "revoke this waiver" } },
  },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    if (text("revoke")) {
      await rooms.checks.revokeWaiver(text("revoke")!, actor())
      return { json: { account: id, revoked: text("revoke") }, text: `Đã thu hồi văn bản cho phép ${text("revoke")}.` }
    }
    const rules = text("rules")?.split(",").map((rule) => rule.trim()).filter(Boolean) ?? []
    const basis = text("basis")
    const waiver = await rooms.checks.waive(
      { accountId: id!, reason: text("why")!, until: text("until")!, rules, ...(basis ? { basis } : {}) },
      actor(),
    )
    const released = await rooms.outbox.releaseHeld()
    return {
      json: { account: id, waiver, rules, until: text("until"), released },
      text: `Đã ghi văn bản cho phép ${waiver} đến hết ngày ${text("until")}; ${released} bài được đưa lại vào hàng chờ.`,
    }
  },
}

export const accountCommands: Command[] = [list, show, register, connect, pause, resume, waive]
