/** Pages that imitate a unit: one alert each with what to do and until when; read again where the network lets us, else kept for a person. */
import { afterEach, expect, test } from "bun:test"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { listObserved, parseObserved } from "../../src/alerts/index.ts"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { InvalidInputError } from "../../src/base/errors.ts"
import { observeCommands } from "../../src/cli/observe.ts"
import { parseWords } from "../../src/cli/parse.ts"
import { watchObserved } from "../../src/jobs/observed-pages.ts"
import { noSignal, watchWorld, type WatchWorld } from "../support/watch-world.ts"

let w: WatchWorld
afterEach(() => w?.close())

const commandOf = (name: string) => observeCommands.find((entry) => entry.name === `alerts observe ${name}`)!
/** A command as the shell runs it, inside this process. */
function loa(name: string, positionals: string[] = [], values: Record<string, string> = {}) {
  return commandOf(name).run({ app: { ...w.app, open: async () => w.rooms }, positionals, values, cwd: w.home, lang: "vi", json: true, stdin: async () => "", progress: () => undefined, signal: noSignal })
}
const pages = async () => (await listObserved(w.rooms.db)).map(({ name, state, verdict, readBy }) => ({ name, state, severity: verdict?.severity ?? null, unit: verdict?.unit ?? null, rules: verdict?.rules ?? [], readBy }))
const alerts = async (state?: "open") => (await w.rooms.alerts.list(state ? { state } : {})).map(({ kind, severity, unit, count }) => ({ kind, severity, unit, count }))
const official = (network: string) => w.rooms.view().accounts.find((account) => account.network === network)!

test("judged by name, address and picture: one alert a page, with evidence, what to do and a date", async () => {
  w = await watchWorld()
  const emblem = join(w.home, "emblem.png")
  writeFileSync(emblem, readFileSync(join(checkout, "accounts/images/emblem.png")))
  const add = (url: string, name: string, more: Record<string, string> = {}) => {
    w.clock.advance(1_000)
    return loa("add", [url], { name, ...more })
  }
  expect((await add("https://www.facebook.com/ubnd.phuong.kinh.bac.cu", "UBND phường Kinh Bắc")).exit).toBe(1)
  expect((await add("https://www.facebook.com/nhanqua", "UBND phường Kinh Bắc - Hỗ trợ thu hồi tiền")).exit).toBe(1)
  await add("https://www.facebook.com/quan-cafe", "Quán cà phê Gió", { picture: emblem })
  await add(`https://www.facebook.com/${official("facebook").handle!.replaceAll("i", "1")}`, "Trang tin")
  expect((await add("https://zalo.me/1234567890", "Hội đồng hương Kinh Bắc")).exit).toBe(0)
  expect((await add(`https://www.facebook.com/${official("facebook").remoteId}`, "UBND phường Kinh Bắc")).exit).toBe(0)
  expect(await pages()).toEqual([
    { name: "UBND phường Kinh Bắc", state: "suspect", severity: "high", unit: "phuong-1", rules: ["IMP-1"], readBy: "person" },
    { name: "UBND phường Kinh Bắc - Hỗ trợ thu hồi tiền", state: "suspect", severity: "critical", unit: "phuong-1", rules: ["IMP-3"], readBy: "person" },
    { name: "Quán cà phê Gió", state: "suspect", severity: "medium", unit: null, rules: ["IMP-PICTURE"], readBy: "person" },
    { name: "Trang tin", state: "suspect", severity: "high", unit: "phuong-1", rules: ["IMP-HANDLE"], readBy: "person" },
    { name: "Hội đồng hương Kinh Bắc", state: "watching", severity: null, unit: null, rules: [], readBy: "person" },
    { name: "UBND phường Kinh Bắc", state: "official", severity: null, unit: "phuong-1", rules: [], readBy: "network" },
  ])
  // The same page written down again is the same row and the same alert.
  await add("https://facebook.com/ubnd.phuong.kinh.bac.cu?ref=share", "UBND phường Kinh Bắc")
  expect(await pages()).toHaveLength(6)
  const raised = await w.rooms.alerts.list()
  expect(raised.map((alert) => `${alert.severity} ${alert.kind} ${alert.unit}`).toSorted()).toEqual([
    "critical impersonation.suspected phuong-1", "high impersonation.suspected phuong-1", "high impersonation.suspected phuong-1", "medium impersonation.suspected null",
  ])
  const lure = raised.find((alert) => alert.severity === "critical")!
  expect(lure.summary).toContain("Xử lý trước ngày 25/11/2026")
  const [sighting] = lure.evidence.sightings as { page: { url: string }; todo: string[]; due: number }[]
  expect(sighting!.page.url).not.toContain("facebook.com")
  expect(sighting!.todo.join(" ")).toContain("PA05")
  expect(sighting!.due).toBe(lure.raisedAt + DAY)
}, 60_000)

test("a page that Facebook lets us read is judged by what it shows now, and its alert closes when the page is gone", async () => {
  w = await watchWorld()
  const id = w.province.strangePage({ name: "Tin tức đó đây", handle: "tintucdoday", avatar: "emblem", publicAccess: true })
  await loa("add", [`https://www.facebook.com/${id}`], { name: "Tin tức đó đây" })
  expect(await pages()).toMatchObject([{ state: "suspect", severity: "medium", rules: ["IMP-PICTURE"], readBy: "network" }])
  w.province.tune(id, { name: "UBND phường Kinh Bắc" })
  w.clock.advance(8 * DAY)
  await watchObserved(w.rooms, noSignal)
  expect(await pages()).toMatchObject([{ name: "UBND phường Kinh Bắc", state: "suspect", severity: "critical", unit: "phuong-1", rules: ["IMP-1", "IMP-PICTURE"] }])
  expect(await alerts("open")).toMatchObject([{ kind: "impersonation.suspected", severity: "critical" }])
  w.province.tune(id, { exists: false })
  w.clock.advance(8 * DAY)
  expect((await watchObserved(w.rooms, noSignal)).gone).toHaveLength(1)
  expect(await pages()).toMatchObject([{ state: "gone" }])
  expect(await alerts("open")).toEqual([])
  const [alert] = await w.rooms.alerts.list()
  expect((await w.rooms.audit.of(w.rooms.db, `alert:${alert!.id}`)).map((row) => [row.actor, row.action])).toEqual([["job:observed", "alert.closed"]])
}, 60_000)

test("a page that cannot be read stays a task: overdue it grows graver, reported it waits, decided it is quiet", async () => {
  w = await watchWorld()
  const id = w.province.strangePage({ name: "UBND phường Kinh Bắc", handle: "ubndkinhbac.moi" })
  await loa("add", [`https://www.facebook.com/${id}`], { name: "UBND phường Kinh Bắc" })
  expect(await alerts()).toEqual([{ kind: "impersonation.suspected", severity: "high", unit: "phuong-1", count: 1 }])
  w.clock.advance(DAY + HOUR)
  expect(await watchObserved(w.rooms, noSignal)).toMatchObject({ pages: 1, forPeople: 1, gone: [] })
  const [overdue] = await w.rooms.alerts.list()
  expect(overdue).toMatchObject({ severity: "critical", count: 2, state: "open" })
  expect(overdue!.summary).toStartWith("QUÁ HẠN XỬ LÝ.")
  const [page] = await listObserved(w.rooms.db)
  expect(() => parseWords(commandOf("done"), [page!.id, "--result", "reported"], "vi")).toThrow("--why")
  await loa("done", [page!.id], { result: "reported", why: "Công văn số 12 gửi PA05" })
  await w.rooms.alerts.acknowledge(overdue!.id, "user:an")
  w.clock.advance(30 * DAY)
  await watchObserved(w.rooms, noSignal)
  expect(await listObserved(w.rooms.db)).toMatchObject([{ state: "reported", dueAt: null }])
  expect((await w.rooms.alerts.list())[0]!.state).toBe("acknowledged")
  await loa("done", [page!.id], { result: "harmless", why: "Đơn vị xác nhận là trang cũ của mình, đã khóa" })
  expect(await alerts("open")).toEqual([])
  w.clock.advance(30 * DAY)
  expect((await watchObserved(w.rooms, noSignal)).pages).toBe(0)
  expect(await w.rooms.alerts.list()).toHaveLength(1)
}, 60_000)

test("a page that stops imitating, or turns out to be listed, closes its alert with the reason", async () => {
  w = await watchWorld()
  const id = w.province.strangePage({ name: "UBND phường Kinh Bắc", avatar: "building", publicAccess: true })
  await loa("add", [`https://www.facebook.com/${id}`], { name: "UBND phường Kinh Bắc" })
  await loa("add", ["https://zalo.me/ubnd.kinh.bac.cu"], { name: "UBND phường Kinh Bắc" })
  expect(await alerts("open")).toHaveLength(2)
  w.province.tune(id, { name: "Quán phở Hà" })
  w.clock.advance(8 * DAY)
  await w.rooms.registry.update({ kind: "account.set", account: w.oa, set: { handle: "ubnd.kinh.bac.cu" } }, "user:an")
  await w.rooms.refresh()
  await watchObserved(w.rooms, noSignal)
  expect((await pages()).map(({ name, state, severity }) => `${name}: ${state} ${severity}`).toSorted()).toEqual(["Quán phở Hà: watching null", "UBND phường Kinh Bắc: official null"])
  expect(await alerts("open")).toEqual([])
  const closed = await w.rooms.alerts.list({ state: "closed" })
  const why = await Promise.all(closed.map(async (alert) => JSON.parse((await w.rooms.audit.of(w.rooms.db, `alert:${alert.id}`)).at(-1)!.detail).why as string))
  expect(why.toSorted()).toEqual([`Là tài khoản ${w.oa} trong danh sách chính thức.`, "Trang không còn dấu hiệu mạo danh."])
}, 30_000)

test("a page that a person saw taken down stays quiet although Loa cannot read it", async () => {
  w = await watchWorld()
  await loa("add", ["https://www.facebook.com/ubnd.kinh.bac.cu"], { name: "UBND phường Kinh Bắc" })
  const [page] = await listObserved(w.rooms.db)
  await loa("done", [page!.id], { result: "gone", why: "Nền tảng báo đã gỡ" })
  w.clock.advance(30 * DAY)
  await watchObserved(w.rooms, noSignal)
  expect(await pages()).toMatchObject([{ state: "gone" }])
  expect(await alerts("open")).toEqual([])
}, 30_000)

test("a file and the folder accounts/observed: every mistake at once and nothing half applied; taken over by the timetable", async () => {
  w = await watchWorld()
  writeFileSync(join(w.home, "list.yaml"), `- { url: "https://facebook.com/a.b.c", name: "" }\n- { url: "khong-phai", name: "X" }\n- { url: "https://trang.example/x", name: "X", unit: "khong-co" }\n- { url: "https://zalo.me/1", name: "X", network: facebook, la: 1 }\n`)
  const failure = (await loa("import", ["list.yaml"]).catch((error: unknown) => error)) as InvalidInputError
  expect(failure.mistakes.map((mistake) => `${mistake.entry} ${mistake.field}`)).toEqual(["mục 1 name", "mục 2 url", "mục 3 network", "mục 3 unit", "mục 4 la"])
  expect(() => parseObserved("{", "x.yaml", () => true)).toThrow("x.yaml")
  expect(await pages()).toEqual([])

  const dir = join(w.rooms.config.registryDir, "observed")
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, "thang-11.yaml"), `- url: "https://www.facebook.com/ubnd.kinhbac.tang.qua"\n  name: "UBND phường Kinh Bắc tặng quà"\n  unit: phuong-1\n  note: "Người dân phản ánh"\n`)
  writeFileSync(join(dir, "hong.yaml"), "- { name: thiếu địa chỉ }\n")
  await watchObserved(w.rooms, noSignal)
  await watchObserved(w.rooms, noSignal)
  expect(await listObserved(w.rooms.db)).toMatchObject([{ name: "UBND phường Kinh Bắc tặng quà", source: "observed/thang-11.yaml", state: "suspect", addedBy: "job:observed" }])
  expect(await alerts()).toHaveLength(1)
  // The registry reads its folder as before.
  expect((await w.rooms.registry.applyFolder(w.rooms.config.registryDir, "cli")).changed).toBe(false)
  const [page] = await listObserved(w.rooms.db)
  const removed = await loa("remove", [page!.id])
  expect(removed.text).toContain("hãy xóa ở đó")
  expect(await alerts("open")).toEqual([])
}, 60_000)
