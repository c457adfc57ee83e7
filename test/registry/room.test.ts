import { afterEach, expect, test } from "bun:test"
import { InvalidInputError } from "../../src/base/errors.ts"
import { DAY } from "../../src/base/clock.ts"
import { importXlsx, readFolder, templateXlsx } from "../../src/registry/index.ts"
import { folder, room, small } from "./folder.ts"
import { closeTestDbs } from "../support/db.ts"

afterEach(closeTestDbs)

const by = "user:lan"

test("applying twice changes nothing; an edit is one version; current() follows", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  expect((await registry.current()).version).toBe(0)
  const first = await registry.applyFolder(place.dir, "cli")
  expect(first).toMatchObject({ version: 1, changed: true, units: { added: ["phuong-kinh-bac", "huyen-cu"] }, accounts: { added: ["kinh-bac-facebook", "kinh-bac-zalo"] } })
  expect(await registry.applyFolder(place.dir, "cli")).toMatchObject({ version: 1, changed: false })
  expect(await registry.apply(registry.load(place.dir), "cli")).toMatchObject({ version: 1, changed: false })
  place.write({ "units/a.yaml": small.replace("name: Phường Kinh Bắc", "name: Phường Kinh Bắc mới") })
  expect(await registry.applyFolder(place.dir, "cli")).toMatchObject({ version: 2, accounts: { changed: [{ id: "kinh-bac-zalo", fields: ["name"] }] } })
  expect((await registry.current()).accountById("kinh-bac-zalo")?.name).toBe("Phường Kinh Bắc mới")
})

test("the view finds units by id and alias, accounts by id and remote id, feeds of living units, own hosts", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  const view = await registry.current()
  expect(view.unitById("bn-p-kinh-bac")).toBe(view.unitById("phuong-kinh-bac")!)
  expect(view.accountByRemote("zalo", "4318648610021234567")?.id).toBe("kinh-bac-zalo")
  expect(view.livingUnits.map((unit) => unit.id)).toEqual(["phuong-kinh-bac"])
  expect(view.feeds).toHaveLength(1)
  expect(view.feedById(view.feeds[0]!.id)).toMatchObject({ unitId: "phuong-kinh-bac", language: "vi", portal: { baselineHours: 24, burstGuard: 20 } })
  expect(["kinhbac.bacninh.gov.vn", "mof.gov.vn", "GOV.VN"].every(view.isOwnHost)).toBe(true)
  expect(["bacninh.gov.vn.evil.top", "evil.top", "xgov.vn"].some(view.isOwnHost)).toBe(false)
})

test("one mistake: nothing is applied", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  place.write({ "units/b.yaml": '- { id: phuong-x, kind: ward, name: X, code: "1" }\n' })
  expect(registry.applyFolder(place.dir, "cli")).rejects.toThrow(InvalidInputError)
  expect((await registry.current()).version).toBe(1)
})

test("names are history with dates under the permanent id; removed accounts are ended, not deleted", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry, clock } = await room()
  const start = clock.now()
  await registry.applyFolder(place.dir, "cli")
  clock.advance(DAY)
  place.write({ "units/a.yaml": small.replace("Truyền thông phường Kinh Bắc", "UBND phường Kinh Bắc") })
  await registry.applyFolder(place.dir, "cli")
  const names = (await registry.accountHistory("kinh-bac-facebook")).filter((row) => row.field === "name")
  expect(names).toMatchObject([
    { value: "Truyền thông phường Kinh Bắc", remoteId: "100064512345678", since: start, until: start + DAY },
    { value: "UBND phường Kinh Bắc", since: start + DAY, until: null },
  ])
  expect(await registry.observe("kinh-bac-facebook", { name: "Hoàn tiền 88" }, "job:watch")).toEqual([{ field: "name", before: null, after: "Hoàn tiền 88" }])
  expect(await registry.observe("kinh-bac-facebook", { name: "Hoàn tiền 88" }, "job:watch")).toEqual([])
  place.write({ "units/a.yaml": small.replace(/    - \{ id: kinh-bac-zalo.*\n/, "") })
  await registry.applyFolder(place.dir, "cli")
  expect(await registry.endedAccounts()).toMatchObject([{ id: "kinh-bac-zalo", remoteId: "4318648610021234567" }])
})

test("units begin, end, merge and are renamed as dated events", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  expect(await registry.unitEvents("huyen-cu")).toMatchObject([{ kind: "merged", day: "2025-06-30", detail: { successors: ["phuong-kinh-bac"] } }, { kind: "listed", day: "2026-11-22" }])
  place.write({ "units/a.yaml": small.replace("name: UBND phường Kinh Bắc\n", 'name: UBND phường Kinh Bắc Mới\n  formerNames: [{ name: "UBND phường Kinh Bắc", until: 2026-11-01 }]\n') })
  await registry.applyFolder(place.dir, "cli")
  expect((await registry.unitEvents("phuong-kinh-bac")).map((event) => [event.kind, event.day])).toEqual([
    ["begins", "2025-07-01"],
    ["renamed", "2026-11-01"],
    ["listed", "2026-11-22"],
  ])
})

test("a page keeps our id for it: a second id for the same remote id is refused", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  place.write({ "units/a.yaml": small.replace("id: kinh-bac-facebook", "id: trang-moi") })
  const error = await registry.applyFolder(place.dir, "cli").catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(InvalidInputError)
  expect((error as InvalidInputError).mistakes[0]!.expected).toContain('"kinh-bac-facebook"')
})

test("what the desk changed is never overwritten silently: diff shows it, apply keeps it, export writes it back with the comments", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry, audit, db } = await room()
  await registry.applyFolder(place.dir, "cli")
  await registry.update({ kind: "account.set", account: "kinh-bac-facebook", set: { paused: "bàn giao" }, reason: "bàn giao" }, by)
  await registry.update({ kind: "unit.set", unit: "bn-p-kinh-bac", set: { owner: { name: "Nguyễn Văn A", phone: "0222000000" } } }, by)
  await registry.update({ kind: "account.register", unit: "phuong-kinh-bac", account: { id: "kinh-bac-youtube", network: "youtube", name: "Kinh Bắc" } }, by)
  expect((await registry.current()).accountById("kinh-bac-facebook")?.paused).toBe("bàn giao")
  const entries = await registry.diff(registry.load(place.dir))
  expect(entries.map((entry) => [entry.id, entry.field, entry.origin, entry.actor])).toEqual([
    ["phuong-kinh-bac", "owner", "desk", by],
    ["kinh-bac-facebook", "paused", "desk", by],
    ["kinh-bac-youtube", "*", "desk", by],
  ])

  // The file changes something else and the same field: the first is applied, the second is a conflict and the desk's word holds.
  place.write({ "units/a.yaml": small.replace('"09187"', '"09190"').replace("      name: Truyền", "      paused: theo tệp\n      name: Truyền") })
  const change = await registry.applyFolder(place.dir, "cli")
  expect(change.conflicts).toMatchObject([{ id: "kinh-bac-facebook", field: "paused", file: "theo tệp", desk: "bàn giao" }])
  const view = await registry.current()
  expect(view.unitById("phuong-kinh-bac")?.code).toBe("09190")
  expect(view.accountById("kinh-bac-facebook")?.paused).toBe("bàn giao")
  expect((await registry.diff(registry.load(place.dir))).find((entry) => entry.field === "paused")?.origin).toBe("conflict")

  place.write(Object.fromEntries(await registry.export(readFolder(place.dir))))
  const text = await Bun.file(`${place.dir}/units/a.yaml`).text()
  expect(text).toContain("# người viết ghi chú ở đây")
  expect(text).toContain("# trang chính")
  expect(text).toContain('phone: "0222000000"')
  expect(await registry.diff(registry.load(place.dir))).toEqual([])
  const after = await registry.applyFolder(place.dir, "cli")
  expect(after).toMatchObject({ units: { added: [], removed: [], changed: [] }, accounts: { added: [], removed: [], changed: [] }, conflicts: [] })
  expect(after.absorbed).toHaveLength(3)
  expect(await registry.export(readFolder(place.dir))).toEqual(new Map())
  expect(await audit.verify(db)).toBeNull()
})

test("an export into an empty folder gives the same registry again", async () => {
  using place = folder({ "units/a.yaml": small, "routes.yaml": "- id: r\n  when: { sections: [Tin] }\n  to: { all: true }\n" })
  using copy = folder({})
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  copy.write(Object.fromEntries(await registry.export()))
  const loaded = registry.load(copy.dir)
  expect(loaded.mistakes).toEqual([])
  expect(loaded.units).toEqual(registry.load(place.dir).units)
  expect(loaded.routes).toEqual(registry.load(place.dir).routes)
  expect(await registry.diff(loaded)).toEqual([])
})

test("updates: all or none, wrong ones named; going back to the file's value leaves no trace over the files", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  const good = { kind: "account.set", account: "kinh-bac-zalo", set: { publish: "review" } } as const
  const clash = { kind: "account.register", unit: "phuong-kinh-bac", account: { id: "khac", network: "facebook", remoteId: "100064512345678", name: "Khác" } } as const
  expect(registry.update([good, clash], by)).rejects.toThrow(InvalidInputError)
  expect((await registry.current()).accountById("kinh-bac-zalo")?.publish).toBe("auto")
  expect(registry.update({ kind: "account.set", account: "nobody", set: {} }, by)).rejects.toThrow("nobody")
  await registry.update(good, by)
  await registry.update({ kind: "account.set", account: "kinh-bac-zalo", set: { publish: null } }, by)
  expect(await registry.diff(registry.load(place.dir))).toEqual([])
  await registry.update({ kind: "account.end", account: "kinh-bac-zalo" }, by)
  expect((await registry.current()).accountById("kinh-bac-zalo")).toBeUndefined()
  expect(await registry.diff(registry.load(place.dir))).toMatchObject([{ id: "kinh-bac-zalo", field: "*", database: null, origin: "desk" }])
  expect(await registry.applyFolder(place.dir, "cli", { overwrite: true })).toMatchObject({ accounts: { added: ["kinh-bac-zalo"] } })
  expect(await registry.endedAccounts()).toEqual([])
})

async function workbook(fill: (sheet: import("exceljs").Workbook) => void) {
  const { default: exceljs } = await import("exceljs")
  const book = new exceljs.Workbook()
  await book.xlsx.load((await templateXlsx()).slice().buffer as never)
  fill(book)
  return new Uint8Array(await book.xlsx.writeBuffer())
}

test("Excel: rows become updates; every wrong row is named and nothing changes", async () => {
  using place = folder({ "units/a.yaml": small })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  const view = await registry.current()
  const good = await workbook((book) => {
    book.getWorksheet("Đơn vị")!.getRow(2).values = ["bn-p-kinh-bac", "", "", "Nguyễn Văn A", "Chánh Văn phòng", "0222000000"]
    const accounts = book.getWorksheet("Tài khoản")!
    accounts.getRow(2).values = ["phuong-kinh-bac", "kinh-bac-zalo", "zalo", "4318648610021234567", "Phường Kinh Bắc", "", "", "review", "verified", "Công văn số 2", "01/10/2025"]
    accounts.getRow(4).values = ["phuong-kinh-bac", "kinh-bac-tiktok", "tiktok", "", "Kinh Bắc"]
  })
  const read = await importXlsx(good, view)
  expect(read.mistakes).toEqual([])
  await registry.update(read.rows.map((row) => row.update), by)
  const after = await registry.current()
  expect(after.unitById("phuong-kinh-bac")?.owner).toEqual({ name: "Nguyễn Văn A", title: "Chánh Văn phòng", phone: "0222000000" })
  expect(after.accountById("kinh-bac-zalo")).toMatchObject({ publish: "review", identity: { status: "verified", date: "2025-10-01" } })
  expect(after.accountById("kinh-bac-tiktok")?.name).toBe("Kinh Bắc")

  const bad = await workbook((book) => {
    const accounts = book.getWorksheet("Tài khoản")!
    accounts.getRow(2).values = ["khong-co", "a", "zalo", "1", "A"]
    accounts.getRow(3).values = ["phuong-kinh-bac", "b", "facebok", 4318648610021234567, "B"]
    accounts.getRow(4).values = ["phuong-kinh-bac", "Mã Sai", "zalo", "2", ""]
  })
  const { mistakes } = await importXlsx(bad, view)
  expect(mistakes.map((mistake) => `${mistake.entry} · ${mistake.field}`)).toEqual([
    "Tài khoản · dòng 2 · Mã đơn vị",
    "Tài khoản · dòng 3 · Mã cố định trên nền tảng",
    "Tài khoản · dòng 3 · Mạng",
    "Tài khoản · dòng 4 · Tên tài khoản",
    "Tài khoản · dòng 4 · Mã tài khoản",
  ])
  for (const junk of [new Uint8Array(), new TextEncoder().encode("PK\u0003\u0004 not a workbook"), (await templateXlsx()).slice(0, 2_000)]) {
    expect((await importXlsx(junk, view)).mistakes).toHaveLength(1)
  }
})
