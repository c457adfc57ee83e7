/** `loa alerts observe …`: pages that people saw and that may imitate a unit. */
import { dirname, join, resolve } from "node:path"
import { decideObserved, findObserved, listObserved, readObserved, removeObserved, type ObservedPage } from "../alerts/index.ts"
import { vnDate } from "../base/time.ts"
import { addObserved, checkObserved, closeAlert, importObserved, syncObservedFolder } from "../jobs/observed-pages.ts"
import { observedStates, recordedNetworks, type ObservedState } from "../model/index.ts"
import { severityWords } from "./alerts.ts"
import type { Command } from "./command.ts"
import { actor, iso, needIds, table } from "./words.ts"

const stateWords: Record<ObservedState, string> = {
  watching: "đang theo dõi",
  suspect: "nghi mạo danh",
  reported: "đã báo nền tảng, công an",
  gone: "không còn",
  harmless: "không phải mạo danh",
  official: "trang chính thức",
}
const viewOf = (page: ObservedPage) => ({
  ...page,
  addedAt: iso(page.addedAt),
  checkedAt: iso(page.checkedAt),
  checkAt: iso(page.checkAt),
  dueAt: iso(page.dueAt),
  decidedAt: iso(page.decidedAt),
})
const lineOf = ({ verdict, ...page }: ObservedPage) => [
  page.id, page.network, page.name, stateWords[page.state],
  verdict?.severity ? severityWords[verdict.severity] : "",
  verdict?.unit ?? "",
  page.dueAt === null ? "" : vnDate(page.dueAt),
  verdict?.reasons[0] ?? "",
]
const shown = (pages: ObservedPage[]) =>
  pages.length ? table(["Mã", "Mạng", "Tên", "Tình trạng", "Mức", "Đơn vị", "Hạn", "Lý do"], pages.map(lineOf)) : "Chưa có trang nào được ghi nhận."
const answer = (pages: ObservedPage[]) => ({
  exit: pages.some((page) => page.state === "suspect") ? (1 as const) : (0 as const),
  json: { pages: pages.map(viewOf) },
  text: shown(pages),
})

const add: Command = {
  name: "alerts observe add",
  summary: { vi: "Ghi nhận một trang lạ và xét ngay có mạo danh không", en: "Note a strange page and judge at once whether it imitates a unit" },
  positionals: "URL",
  options: {
    name: { type: "string", value: "TEXT", help: { vi: "tên trang như nhìn thấy", en: "name as the page shows it" } },
    network: {
      type: "string",
      value: "N",
      choices: recordedNetworks,
      help: { vi: "mạng, khi địa chỉ không cho biết", en: "network, when the address does not tell" },
    },
    "remote-id": { type: "string", value: "ID", help: { vi: "mã cố định của trang, nếu biết", en: "permanent id, when known" } },
    handle: { type: "string", value: "TEXT", help: { vi: "tên đường dẫn", en: "handle" } },
    picture: { type: "string", value: "FILE", help: { vi: "ảnh đại diện đã lưu", en: "saved profile picture" } },
    unit: { type: "string", value: "ID", help: { vi: "đơn vị có vẻ bị mạo danh", en: "unit that seems to be imitated" } },
    note: { type: "string", value: "TEXT", help: { vi: "ghi chú", en: "note" } },
  },
  async run({ app, positionals, values, cwd, signal }) {
    const [url] = needIds(positionals, 1)
    const rooms = await app.open()
    const text = (name: string) => (typeof values[name] === "string" ? { [name === "remote-id" ? "remoteId" : name]: values[name] as string } : {})
    const entry = {
      url,
      ...text("name"),
      ...text("network"),
      ...text("remote-id"),
      ...text("handle"),
      ...text("picture"),
      ...text("unit"),
      ...text("note"),
    }
    const pages = readObserved([entry], "observe add", (id) => rooms.view().unitById(id) !== undefined)
    const [kept] = await addObserved(rooms, pages, { source: "person", folder: cwd }, actor())
    await checkObserved(rooms, [await findObserved(rooms.db, kept!.id)], signal)
    return answer([await findObserved(rooms.db, kept!.id)])
  },
}

const list: Command = {
  name: "alerts observe list",
  summary: { vi: "Các trang lạ đã ghi nhận và kết quả xét", en: "Observed pages and how they were judged" },
  options: {
    state: { type: "string", value: "S", choices: observedStates, help: { vi: observedStates.join(" | "), en: observedStates.join(" | ") } },
  },
  async run({ app, values }) {
    const { db } = await app.open()
    return answer(await listObserved(db, values.state ? { state: values.state as ObservedState } : {}))
  },
}

const importFile: Command = {
  name: "alerts observe import",
  summary: {
    vi: "Đọc danh sách trang lạ từ tệp YAML/JSON (không có tệp: thư mục accounts/observed) và xét ngay",
    en: "Read pages from a YAML/JSON file (none given: folder accounts/observed) and judge them",
  },
  positionals: "[FILE]",
  async run({ app, positionals, cwd, signal }) {
    const rooms = await app.open()
    if (positionals[0]) {
      const file = resolve(cwd, positionals[0])
      const kept = await importObserved(rooms, file, positionals[0], actor())
      if (!kept.length) return answer([])
      const ids = [...new Set(kept.map(({ id }) => id))]
      await checkObserved(rooms, await listObserved(rooms.db, { ids }), signal)
      return answer(await listObserved(rooms.db, { ids }))
    }
    await syncObservedFolder(rooms)
    await checkObserved(rooms, await listObserved(rooms.db, { dueBefore: rooms.clock.now() }), signal)
    return answer((await listObserved(rooms.db)).filter((page) => page.source.startsWith("observed/")))
  },
}

const check: Command = {
  name: "alerts observe check",
  summary: {
    vi: "Xem lại ngay các trang đã ghi nhận (mặc định: mọi trang chưa kết luận)",
    en: "Look at observed pages again now (default: all not settled)",
  },
  positionals: "[ID…]",
  async run({ app, positionals, signal }) {
    const rooms = await app.open()
    for (const id of positionals) await findObserved(rooms.db, id)
    const pages = positionals.length
      ? await listObserved(rooms.db, { ids: positionals })
      : await listObserved(rooms.db, { dueBefore: Number.MAX_SAFE_INTEGER })
    const tally = await checkObserved(rooms, pages, signal)
    const after = pages.length ? await listObserved(rooms.db, { ids: pages.map((page) => page.id) }) : []
    return { ...answer(after), json: { ...tally, pages: after.map(viewOf) } }
  },
}

const results = ["reported", "gone", "harmless", "official"] as const
const done: Command = {
  name: "alerts observe done",
  summary: {
    vi: "Ghi kết quả xử lý một trang; đóng cảnh báo khi không còn việc",
    en: "Say what came of a page; closes its alert when nothing is left to do",
  },
  positionals: "ID",
  options: {
    result: {
      type: "string",
      required: true,
      value: "R",
      choices: results,
      help: {
        vi: "reported (đã báo, chờ gỡ) | gone (đã gỡ) | harmless (không phải mạo danh) | official (trang của đơn vị)",
        en: results.join(" | "),
      },
    },
    why: { type: "string", value: "TEXT", required: "filled", help: { vi: "số văn bản, ai xác nhận", en: "document, who confirmed" } },
  },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const result = values.result as (typeof results)[number]
    await decideObserved(rooms, id!, result, String(values.why), actor(), rooms.clock.now())
    if (result !== "reported") await closeAlert(rooms, id!, actor(), String(values.why))
    return { ...answer([await findObserved(rooms.db, id!)]), exit: 0 }
  },
}

const remove: Command = {
  name: "alerts observe remove",
  summary: { vi: "Xóa một trang khỏi danh sách theo dõi (ghi nhầm)", en: "Remove a page from the list (noted by mistake)" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const page = await removeObserved(rooms, id!, actor())
    await closeAlert(rooms, id!, actor(), "Đã xóa khỏi danh sách theo dõi.")
    const again = page.source.startsWith("observed/")
      ? ` Trang còn trong tệp ${join("accounts", page.source)}: hãy xóa ở đó, nếu không sẽ được ghi lại.`
      : ""
    return { json: { removed: viewOf(page) }, text: `Đã xóa ${page.name} (${dirname(page.url)}…).${again}` }
  },
}

export const observeCommands: Command[] = [add, list, importFile, check, done, remove]
