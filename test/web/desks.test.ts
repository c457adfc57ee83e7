/** The desks for alerts, registry, rules and reports, and the home page of a large registry. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { exportXlsx, importXlsx } from "../../src/registry/index.ts"
import type { AlertFact, Unit } from "../../src/model/index.ts"
import { diffWords } from "../../src/web/parts/diff.ts"
import { post, testDesk, type Browser, type TestDesk } from "./support.ts"

let desk: TestDesk
let admin: Browser
let watcher: Browser
let official: Browser
beforeAll(async () => {
  desk = await testDesk()
  admin = await desk.signedIn("quan-tri", "province_admin")
  watcher = await desk.signedIn("an-toan", "watcher")
  official = await desk.signedIn("can-bo", "unit_official", "kinh-bac")
})
afterAll(() => desk.close())

async function raise(set: Partial<AlertFact> = {}): Promise<string> {
  const fact: AlertFact = { key: "k", kind: "page.name_changed", severity: "medium", unit: "kinh-bac", account: "kinh-bac-facebook", summary: "Tên trang đã đổi", evidence: { seen: "Tên lạ" }, ...set }
  desk.rooms.alerts.note(fact)
  await desk.rooms.alerts.flush()
  return (await desk.rooms.alerts.list()).find((alert) => alert.key === fact.key && alert.state !== "closed")?.id ?? ""
}
const find = (id: string) => desk.rooms.alerts.find(id)

describe("what was typed and is wrong", () => {
  test("comes back with the field's name, in Vietnamese, beside what was right", async () => {
    const bad = async (path: string, form: Record<string, string>) => {
      const answer = await admin.post(path, form)
      return [answer.status, await answer.text()] as const
    }
    const [period, report] = await bad("/reports", { kind: "monthly", period: "2026-W99" })
    expect(period).toBe(400)
    for (const part of ["Kỳ báo cáo không đúng; ghi theo mẫu 2026-11.", 'value="2026-W99"', '<option value="monthly" selected']) expect(report).toContain(part)
    const [unit, settings] = await bad("/settings", { unit: "phuong-la", value: "on" })
    expect([unit, settings.includes('value="phuong-la"')]).toEqual([400, true])
    const [person, form] = await bad("/users/new", { id: "a!", name: "", email: "x", role: "editor", unit: "" })
    expect(person).toBe(400)
    for (const part of ["Tên đăng nhập: ", "Họ và tên: trống; cần họ và tên", "Thư điện tử: x; cần"]) expect(form).toContain(part)
  })

  test("a page that is not there keeps the menu for people, and shows strangers none", async () => {
    const lost = await admin.get("/units/khong-co")
    expect([lost.status, (await lost.text()).includes('href="/queue"')]).toEqual([404, true])
    const stranger = await desk.web.request("https://loa.example/units/khong-co/x", {}, { address: "203.0.113.9" })
    expect([stranger.status, (await stranger.text()).includes('href="/queue"')]).toEqual([404, false])
  })

  test("evidence is words, dates and lists, never JSON", async () => {
    const at = desk.rooms.clock.now()
    const id = await raise({ key: "words", evidence: { at, due: at + 3_600_000, page: { network: "facebook", name: "Trang lạ" }, reasons: ["Một", "Hai"], seenBy: "job:observed", incident: true, missing: null } })
    const html = (await watcher.text(`/alerts/${id}`)).replace(/<[^>]+>/g, "|")
    for (const part of ["hạn xử lý", "nền tảng", "|Facebook|", "|Một|", "|Hai|", "|Loa|", "|có|"]) expect(html).toContain(part)
    for (const part of ["{", String(at + 3_600_000)]) expect(html).not.toContain(part)
  })
})

describe("alerts", () => {
  test("show their evidence by name, go up a step, and make an incident file", async () => {
    const id = await raise({ key: "up" })
    await watcher.post(`/alerts/${id}`, { do: "ack" })
    const html = await watcher.text(`/alerts/${id}`)
    for (const part of ["UBND phường Kinh Bắc", "Tên lạ", "Tải hồ sơ sự cố"]) expect(html).toContain(part)
    await watcher.post(`/alerts/${id}`, { do: "escalate", why: "nghi chiếm quyền" })
    expect([(await find(id)).severity, (await find(id)).state]).toEqual(["high", "open"])
    await watcher.post(`/alerts/${id}`, { do: "escalate" })
    expect((await watcher.post(`/alerts/${id}`, { do: "escalate" })).status).toBe(400)
    const zip = await watcher.get(`/alerts/${id}/incident.zip`)
    expect([zip.headers.get("content-type"), Buffer.from(await zip.arrayBuffer()).subarray(0, 2).toString()]).toEqual(["application/zip", "PK"])
    expect((await official.get(`/alerts/${id}/incident.zip`)).status).toBe(403)
  })

  test("stay silent for their days, unless they come graver", async () => {
    const id = await raise({ key: "quiet" })
    expect((await watcher.post(`/alerts/${id}`, { do: "silence", days: "99", why: "" })).status).toBe(400)
    expect((await watcher.post(`/alerts/${id}`, { do: "silence", days: "3", why: "đang bảo trì" })).status).toBe(303)
    expect(await raise({ key: "quiet" })).toBe("")
    expect(await watcher.text("/alerts")).toContain("đang bảo trì")
    const graver = await raise({ key: "quiet", severity: "critical" })
    expect(graver).not.toBe("")
    await desk.rooms.alerts.close(graver, "test", "")
    expect((await watcher.post("/alerts/silences/end", { key: "quiet" })).status).toBe(303)
    expect(await raise({ key: "quiet" })).not.toBe("")
    await desk.rooms.alerts.close((await raise({ key: "quiet" })) || "", "test", "")
  })

  test("of one cause become one; many are taken at once", async () => {
    const ids = [await raise({ key: "a", severity: "low" }), await raise({ key: "b", severity: "high" }), await raise({ key: "c" })]
    expect((await watcher.post("/alerts", { id: ids[0]!, do: "merge" })).status).toBe(400)
    expect((await watcher.post("/alerts", { id: ids, do: "merge" })).headers.get("location")).toBe(`/alerts/${ids[1]}?done=merge`)
    expect((await Promise.all(ids.map(find))).map((alert) => [alert.state, alert.count])).toEqual([["closed", 1], ["open", 3], ["closed", 1]])
    expect(await watcher.text(`/alerts/${ids[0]}`)).toContain(`Gộp vào cảnh báo ${ids[1]}`)
    const more = [await raise({ key: "d" }), ids[1]!]
    await watcher.post("/alerts", { id: more, do: "ack" })
    expect((await Promise.all(more.map(find))).map((alert) => alert.state)).toEqual(["acknowledged", "acknowledged"])
    const other = await raise({ key: "e", unit: "vu-ninh", account: null })
    expect((await official.get(`/alerts/${other}`)).status).toBe(404)
    expect(await official.text("/alerts")).not.toContain(other)
  })
})

describe("the registry", () => {
  const upload = async (bytes: Uint8Array, name = "so.xlsx") => {
    const form = new FormData()
    form.set("file", new File([bytes.slice()], name))
    return admin.ask("/registry/import", { method: "POST", body: form, headers: { "sec-fetch-site": "same-origin" } })
  }
  const workbook = async (change: (rows: { account: (row: number, column: number, value: string) => void }) => void) => {
    const { default: exceljs } = await import("exceljs")
    const book = new exceljs.Workbook()
    await book.xlsx.load((await exportXlsx(desk.rooms.view())).slice().buffer as never)
    const sheet = book.getWorksheet("Tài khoản")!
    change({ account: (row, column, value) => void (sheet.getCell(row, column).value = value) })
    return new Uint8Array(await book.xlsx.writeBuffer())
  }

  test("goes out as a workbook and comes back unchanged", async () => {
    const file = await admin.get("/registry/so-dang-ky.xlsx")
    const { rows, mistakes } = await importXlsx(new Uint8Array(await file.arrayBuffer()), desk.rooms.view())
    expect([mistakes, rows.length]).toEqual([[], 6])
    const zip = Buffer.from(await (await admin.get("/registry/so-dang-ky.zip")).arrayBuffer())
    expect([zip.subarray(0, 2).toString(), zip.includes(".yaml")]).toEqual(["PK", true])
  })

  test("names every wrong row and takes nothing over", async () => {
    const version = desk.rooms.view().version
    const answer = await upload(await workbook(({ account }) => (account(2, 3, "myspace"), account(3, 11, "hôm qua"))))
    const html = await answer.text()
    expect(answer.status).toBe(400)
    for (const part of ["Có 2 lỗi", "Tài khoản · dòng 2", "myspace", "Tài khoản · dòng 3"]) expect(html).toContain(part)
    expect((await upload(new TextEncoder().encode("không phải Excel"))).status).toBe(400)
    expect(desk.rooms.view().version).toBe(version)
  })

  test("is looked at before it is taken over, by the same person", async () => {
    const checked = await upload(await workbook(({ account }) => account(2, 5, "Truyền thông phường Kinh Bắc")))
    const place = checked.headers.get("location")!
    expect(await admin.text(place)).toContain("Truyền thông phường Kinh Bắc")
    expect(desk.rooms.view().accountById("kinh-bac-facebook")!.name).not.toBe("Truyền thông phường Kinh Bắc")
    expect((await (await desk.signedIn("quan-tri-2", "province_admin")).post(place, {})).status).toBe(404)
    expect((await admin.post(place, {})).headers.get("location")).toBe("/registry?done=import&n=6")
    expect(desk.rooms.view().accountById("kinh-bac-facebook")!.name).toBe("Truyền thông phường Kinh Bắc")
    const html = await admin.text("/registry")
    for (const part of ["kinh-bac-facebook", "sửa trên bàn làm việc", "Truyền thông phường Kinh Bắc"]) expect(html).toContain(part)
  })

  test("is the province's; only administrators change it", async () => {
    expect((await official.get("/registry")).status).toBe(404)
    expect((await watcher.get("/registry")).status).toBe(200)
    expect((await watcher.post("/registry/import", {})).status).toBe(403)
    expect((await watcher.get("/registry/so-dang-ky.xlsx")).status).toBe(403)
  })
})

test("the rules quote the plan and judge any day by any plan", async () => {
  const html = await watcher.text("/rules")
  for (const part of ["Kế hoạch số 65/KH-UBND", "Khuyến khích sử dụng tên đầy đủ của đơn vị", "Mục II.4"]) expect(html).toContain(part)
  const old = await watcher.text("/rules?judge=1&ruleset=A2024&on=2025-08-01&unit=kinh-bac")
  expect(old).toContain("Kết quả ngày 01/08/2025 theo A2024: 1 đơn vị")
  expect((await watcher.get("/rules?judge=1&on=31-12")).status).toBe(400)
  expect((await watcher.get("/rules?judge=1&unit=không-có")).status).toBe(400)
  // A unit official judges the own unit, whatever the address says.
  expect(await official.text("/rules?judge=1&unit=vu-ninh")).not.toContain("Vũ Ninh")
})

test("a report is made, looked at, downloaded; without mail it says so", async () => {
  const made = await admin.post("/reports", { kind: "weekly", period: "" })
  const place = made.headers.get("location")!.split("?")[0]!
  expect((await admin.post("/reports", { kind: "weekly", period: "năm ngoái" })).status).toBe(400)
  const look = await admin.get(`${place}/preview`)
  expect([look.status, look.headers.get("content-security-policy")!.includes("sandbox"), (await look.text()).includes("BÁO CÁO")]).toEqual([200, true, true])
  const docx = await admin.get(`${place}/docx`)
  expect([docx.headers.get("content-disposition"), Buffer.from(await docx.arrayBuffer()).subarray(0, 2).toString()]).toEqual([expect.stringContaining(".docx"), "PK"])
  expect((await admin.get(`${place}/exe`)).status).toBe(404)
  const sent = await admin.post(`${place}/send`, {})
  expect([sent.status, (await sent.text()).includes("Chưa cấu hình thư điện tử")]).toEqual([400, true])
  expect((await watcher.post("/reports", { kind: "weekly" })).status).toBe(403)
  expect((await official.get(place)).status).toBe(404)
}, 30_000)

test("the home page of 3,321 units asks the database as little as that of two, and travels packed", async () => {
  await post(desk.rooms, "kinh-bac", 1)
  await admin.text("/")
  const { view } = desk.rooms
  const real = view()
  const [model] = real.livingUnits
  const many: Unit[] = Array.from({ length: 3_321 }, (_, i) => ({ ...model!, id: `xa-so-${i}`, kind: "commune", name: `UBND xã Thử Nghiệm ${i}` }))
  desk.rooms.view = () => ({ ...real, livingUnits: many })
  try {
    const plain = await admin.text("/")
    expect(plain.match(/<li><a class=/g)).toHaveLength(3_321)
    expect(plain.length).toBeLessThan(500_000)
    const packed = await admin.ask("/", { headers: { "accept-encoding": "gzip" } })
    const bytes = new Uint8Array(await packed.arrayBuffer())
    expect([packed.headers.get("content-encoding"), bytes.length < 60_000]).toEqual(["gzip", true])
    expect(new TextDecoder().decode(Bun.gunzipSync(bytes))).toContain("3321 đơn vị")
  } finally {
    desk.rooms.view = view
  }
})

test("two wordings are told apart word by word", () => {
  expect(diffWords("Cắt điện ngày 5.", "Cắt điện từ ngày 6.")).toEqual([
    { kind: "same", text: "Cắt điện " },
    { kind: "added", text: "từ " },
    { kind: "same", text: "ngày " },
    { kind: "removed", text: "5" },
    { kind: "added", text: "6" },
    { kind: "same", text: "." },
  ])
  const rebuilt = (kind: "added" | "removed", a: string, b: string) => diffWords(a, b).filter((piece) => piece.kind !== kind).map((piece) => bare(piece.text)).join("")
  const bare = (text: string) => text.replace(/\s/g, "")
  const [a, b] = ["một hai ba bốn năm", "hai ba, sáu năm bảy"]
  expect([rebuilt("added", a, b), rebuilt("removed", a, b)]).toEqual([bare(a), bare(b)])
  expect(diffWords("Mức nước tăng", "Mức nước tăng nhanh").at(-1)).toEqual({ kind: "added", text: "nhanh" })
  const [long, other] = [Array.from({ length: 3_000 }, (_, i) => `a${i}`).join(" "), Array.from({ length: 3_000 }, (_, i) => `b${i}`).join(" ")]
  expect([rebuilt("added", long, other), rebuilt("removed", long, other)]).toEqual([bare(long), bare(other)])
})
