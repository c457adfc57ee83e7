import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inflateSync } from "node:zlib"
import { Audit } from "../../src/audit/index.ts"
import { ManualClock, HOUR } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { fromIsoDate } from "../../src/base/time.ts"
import { type Db, type OpenedDb } from "../../src/db/index.ts"
import { Reports, type MadeReport, writeFiles, type MailMessage, type ReportFormat, type ReportSources } from "../../src/reports/index.ts"
import { readZip, writeZip } from "../../src/base/zip.ts"
import { inventedSources, inventedUnits } from "./invented.ts"
import { testDb } from "../support/db.ts"

const templatesDir = `${checkout}templates`
const units = inventedUnits()
units[20]!.accounts[0]!.name = '=HYPERLINK("http://x.example","Mở") <script>\u0000\ufffe'
const monday = fromIsoDate("2026-11-23") + 7 * HOUR
let opened: OpenedDb
let reports: Reports
let week: MadeReport
const filesDir = mkdtempSync(join(tmpdir(), "loa-reports-"))
const roomOf = (db: Db, sources: ReportSources, clock = new ManualClock(monday)) => new Reports({ db, clock, audit: new Audit(clock), sources, templatesDir, filesDir })
const room = (sources = inventedSources(units)) => roomOf(opened.db, sources)

beforeAll(async () => {
  opened = await testDb()
  reports = room()
  week = await reports.make("weekly")
}, 60_000)
afterAll(async () => {
  await opened.close()
  rmSync(filesDir, { recursive: true, force: true })
})

async function ownDb() {
  const { db, close } = await testDb()
  return { db, [Symbol.asyncDispose]: close }
}
const file = (made: MadeReport, format: ReportFormat) => made.files.find((entry) => entry.format === format)!.content
const part = (content: Buffer, name: string) => readZip(content).find((entry) => entry.name === name)!.data.toString("utf8")
const textOf = (xml: string) => xml.replace(/<\/w:p>/g, "\n").replace(/<[^>]+>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&").replace(/\u00a0/g, " ")

test("the same figures give the same bytes in every format", async () => {
  const small = () => room(inventedSources(inventedUnits(3, 2, 2))).make("monthly", { period: "2026-10" })
  const [first, again] = [await small(), await small()]
  expect(again.files.map(({ name, sha256 }) => [name, sha256])).toEqual(first.files.map(({ name, sha256 }) => [name, sha256]))
  expect(again.runId).toBe(first.runId)
}, 30_000)

test("DOCX has the parts of Decree 30/2020 in their order, and leaves number, signature and seal to people", () => {
  const text = textOf(part(file(week, "docx"), "word/document.xml"))
  const expected = [
    "VĂN PHÒNG UBND TỈNH",
    "TRUNG TÂM THÔNG TIN TỈNH",
    "Số:     /BC-TTTT",
    "DỰ THẢO",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Bắc Ninh, ngày 23 tháng 11 năm 2026",
    "BÁO CÁO",
    "Tình hình tài khoản mạng xã hội của các cơ quan, đơn vị",
    "tuần 47 (từ ngày 16/11/2026 đến ngày 22/11/2026)",
    "Kính gửi: Lãnh đạo Trung tâm Thông tin tỉnh.",
    "Căn cứ Nghị định số 42/2022/NĐ-CP",
    "I. TÌNH HÌNH CHUNG",
    "112 đơn vị đã có ít nhất 01 tài khoản Facebook hoặc Zalo, đạt 94,1% (112/119)",
    "07 đơn vị chưa thực hiện việc lập tài khoản theo thời hạn 31/12/2025, đã quá hạn 326 ngày",
    "VIII. ĐỀ NGHỊ",
    "báo cáo./.",
    "Nơi nhận:",
    "- Như trên;",
    "- Lưu: VT, TTTT.",
    "GIÁM ĐỐC",
    "Phụ lục I",
    "(Kèm theo Báo cáo số     /BC-TTTT ngày     tháng     năm     của Trung tâm Thông tin tỉnh)",
    "Phụ lục V",
  ]
  let from = 0
  for (const entry of expected) {
    const at = text.indexOf(entry, from)
    expect([entry, at >= from]).toEqual([entry, true])
    from = at + entry.length
  }
  expect(text).not.toMatch(/\{\{|\}\}|undefined|null|NaN|\[object/)
  expect(text).toBe(text.normalize("NFC"))
})

test("DOCX keeps the measures of the decree: A4, margins, font, number hidden on the first page, appendices on their own", () => {
  const xml = part(file(week, "docx"), "word/document.xml")
  const sections = xml.match(/<w:sectPr>.*?<\/w:sectPr>/gs)!
  expect(sections).toHaveLength(7)
  for (const section of sections) {
    expect(section).toContain("<w:titlePg/>")
    expect(section).toMatch(/<w:pgNumType[^>]*w:start="1"/)
    expect(section).toMatch(/w:top="1134"/)
    expect(section).toMatch(/w:left="1701"/)
    expect(section).toMatch(/w:right="850"/)
  }
  expect(sections[0]).toMatch(/w:w="11906" w:h="16838"/)
  expect(sections[1]).toMatch(/w:w="16838" w:h="11906" w:orient="landscape"/)
  expect(new Set(xml.match(/w:ascii="[^"]*"/g))).toEqual(new Set(['w:ascii="Times New Roman"']))
  expect(part(file(week, "docx"), "docProps/core.xml")).toContain("2026-11-22T17:00:00Z")
})

test("PDF embeds its four Vietnamese fonts and carries the fixed date", () => {
  const pdf = file(week, "pdf").toString("latin1")
  expect(pdf.startsWith("%PDF-1.")).toBe(true)
  expect(pdf.match(/\/FontFile2/g)!.length).toBe(4)
  expect(new Set(pdf.match(/LiberationSerif[A-Za-z-]*/g))).toEqual(new Set(["LiberationSerif", "LiberationSerif-Bold", "LiberationSerif-Italic", "LiberationSerif-BoldItalic"]))
  expect(pdf).toContain("(D:20261122170000Z)")
  const boxes = pdf.match(/\/MediaBox \[[^\]]*\]/g)!
  expect(boxes[0]).toBe("/MediaBox [0 0 595.28 841.89]")
  expect(boxes.at(-1)).toBe("/MediaBox [0 0 841.89 595.28]")
  // Every glyph can be read back as text: the maps to Unicode hold Vietnamese letters.
  const maps = [...pdf.matchAll(/stream\r?\n/g)].map(({ index, 0: head }) => {
    const start = index + head.length
    try {
      return inflateSync(Buffer.from(pdf.slice(start, pdf.indexOf("endstream", start)), "latin1")).toString("latin1")
    } catch {
      return ""
    }
  })
  expect(maps.some((map) => map.includes("beginbfrange") && map.includes("<1ed9>"))).toBe(true)
})

test("XLSX has filters and sheets that trace the numbers; a name from outside is no formula", async () => {
  const { default: excel } = await import("exceljs")
  const workbook = new excel.Workbook()
  await workbook.xlsx.load(file(week, "xlsx") as never)
  expect(workbook.worksheets.map((sheet) => sheet.name)).toEqual(["Tổng hợp", "Đơn vị", "Tài khoản", "Chưa đạt", "Đôn đốc", "Sổ đối soát", "Tiếp cận", "Cảnh báo", "Nguồn số liệu"])
  for (const sheet of workbook.worksheets) expect(sheet.autoFilter).toBeTruthy()
  const unitSheet = workbook.getWorksheet("Đơn vị")!
  expect(unitSheet.rowCount).toBe(120)
  const published = unitSheet.getRow(1).values as string[]
  const column = published.indexOf("Đã đăng")
  let sum = 0
  unitSheet.eachRow((row, index) => void (index > 1 && (sum += row.getCell(column).value as number)))
  expect(sum).toBe(week.figures!.ledger.states.published.value!)
  const names: unknown[] = []
  workbook.getWorksheet("Tài khoản")!.eachRow((row) => void names.push(row.getCell(5).value))
  expect(names).toContain(`'=HYPERLINK("http://x.example","Mở") <script>`)
  for (const sheet of workbook.worksheets) sheet.eachRow((row) => row.eachCell((cell) => expect(cell.formula).toBeUndefined()))
})

test("HTML stands alone and everything from outside is escaped", () => {
  const html = file(week, "html").toString("utf8")
  expect(html).toContain("&lt;script&gt;")
  expect(html).not.toMatch(/<script|<link|<img|<iframe|src=|href=/)
  expect(html).toContain("hxxps://lua-dao[.]example")
})

test("the page of a unit speaks of this unit alone and says what to do by when", async () => {
  const page = await reports.make("weekly", { unit: "commune-6", formats: ["html", "docx"] })
  const text = textOf(part(file(page, "docx"), "word/document.xml"))
  expect(text).toContain("Kết quả theo dõi tài khoản mạng xã hội của UBND xã Phú Lâm 1")
  expect(text).toContain("a) Lập tối thiểu 01 tài khoản Facebook hoặc 01 tài khoản Zalo của đơn vị")
  expect(text).toContain("Đề nghị đơn vị hoàn thành trước ngày 30/11/2026")
  for (const other of units.filter((unit) => unit.id !== "commune-6")) expect(text.includes(other.name)).toBe(false)
  expect(reports.make("weekly", { unit: "khong-co" })).rejects.toThrow("does not exist")
})

test("reminders rise step by step; a letter (công văn) has its subject below the number; sending is noted by a person", async () => {
  await using database = await ownDb()
  const clock = new ManualClock(monday)
  const few = inventedUnits(7, 0, 0)
  const own: Reports = roomOf(database.db, { ...inventedSources(few), reminders: (at) => own.reminders.rows(at) }, clock)
  const words = async (id: string) => textOf(part((await own.reminders.letter(id))!.content, "word/document.xml"))
  const seen: [string, number, boolean][] = []
  for (let round = 0; round < 4; round++) {
    for (const made of await own.reminders.make()) {
      if (made.unitId && made.unitId !== "commune-6") continue
      seen.push([made.unitId, made.level, made.escalated])
      const text = await words(made.id)
      if (made.unitId) expect(text).toMatch(/Số:\s+\/TTTT\nV\/v /)
      if (made.level === 2) expect(text).toContain("đã đôn đốc 01 lần, lần gần nhất ngày 23/11/2026")
      if (made.level === 3) expect(text).toContain("Lãnh đạo Văn phòng UBND tỉnh (để b/c)")
      if (!made.unitId) expect(text).toContain("đã được đôn đốc từ 02 lần trở lên mà chưa thực hiện")
    }
    // Made is not sent: nothing more falls due before a person notes it, however long that takes.
    expect(await own.reminders.make()).toEqual([])
    for (const waiting of await own.reminders.list({ state: "made" })) await own.reminders.noteSent(waiting.id, "user:an")
    clock.advance(7 * 24 * HOUR)
  }
  expect(seen).toEqual([["commune-6", 1, false], ["commune-6", 2, false], ["commune-6", 3, true], ["", 0, true]])
  expect(own.reminders.noteSent((await own.reminders.list())[0]!.id, "user:an")).rejects.toThrow("already")
  const trail = await database.db.selectFrom("audit_log").select(["actor", "action"]).execute()
  expect(new Set(trail.map((row) => `${row.actor} ${row.action}`))).toEqual(new Set(["job:reminders reminder.made", "job:reminders reminder.escalated", "user:an reminder.sent"]))
}, 30_000)

test("the registration letter is made out in the unit's own name", async () => {
  const [letter] = await reports.registration(units[20]!, ["docx"])
  const text = textOf(part(letter!.content, "word/document.xml"))
  expect(text).toContain("ỦY BAN NHÂN DÂN XÃ AN BÌNH 1")
  expect(text).toContain("An Bình 1, ngày 23 tháng 11 năm 2026")
  expect(text).toContain(units[20]!.accounts[0]!.remoteId!)
})

test("runs are remembered, so downtime is caught up once", async () => {
  const clock = new ManualClock(monday)
  await using database = await ownDb()
  const own = roomOf(database.db, inventedSources(inventedUnits(1, 1, 1)), clock)
  const missing = async () => (await own.missingPeriods("weekly", "2026-W45")).map((period) => period.id)
  expect(await missing()).toEqual(["2026-W45", "2026-W46", "2026-W47"])
  for (const period of await missing()) await own.make("weekly", { period, formats: ["html"] })
  expect(await missing()).toEqual([])
  clock.advance(7 * 24 * HOUR)
  expect(await missing()).toEqual(["2026-W48"])
  const run = (await own.store.latest("weekly", "2026-W46"))!
  expect([run.state, run.files.map((entry) => entry.format)]).toEqual(["made", ["html"]])
  expect(await own.store.figuresOf(run.id)).toMatchObject({ schema: 2, period: { id: "2026-W46" } })
})

test("a made report can be shown again: the file as written, or drawn anew from the same figures when it is gone", async () => {
  await using database = await ownDb()
  const own = roomOf(database.db, inventedSources(inventedUnits(2, 1, 1)))
  const made = await own.make("weekly")
  await writeFiles(made.files, filesDir)
  const [run] = await own.list({ kind: "weekly" })
  expect([run!.id, run!.period, run!.files.length]).toEqual([made.runId, "2026-W47", 4])
  const before = await own.file(made.runId, "docx")
  rmSync(join(filesDir, before.name))
  expect((await own.file(made.runId, "docx")).sha256).toBe(before.sha256)
  expect(await own.preview(made.runId)).toContain("BÁO CÁO")
  expect(own.file("khong-co", "pdf")).rejects.toThrow("does not exist")
  const look = await own.make("weekly", { period: "2026-W46", formats: ["html"], keep: false })
  expect([look.runId, (await own.list()).length]).toEqual(["", 1])
})

test("mail goes out once per address and part, each unit gets its own page, a failure stops no other and is tried again", async () => {
  const few = inventedUnits(2, 0, 1)
  few[1]!.owner = { ...few[1]!.owner!, email: few[2]!.owner!.email! }
  await using database = await ownDb()
  const clock = new ManualClock(monday)
  const own = roomOf(database.db, inventedSources(few), clock)
  const office = own.office()
  office.mail = { ...office.mail, weekly: ["a@mau.example", "b@mau.example"], branches: [{ levels: ["commune"], recipients: ["a@mau.example"] }], unitPages: ["weekly"], formats: ["docx"] }
  own.office = () => office
  const made = await own.make("weekly", { formats: ["html"] })
  await own.mailer.plan(made)
  const sent: MailMessage[] = []
  let broken = "b@mau.example"
  const round = () => own.mailer.deliver(async (message) => (message.to[0] === broken ? Promise.reject(new Error("hộp thư đầy")) : void sent.push(message)))
  expect(await round()).toEqual({ sent: 6, failed: [{ recipient: "b@mau.example", reason: "hộp thư đầy" }] })
  expect((await own.store.latest("weekly", "2026-W47"))!.state).toBe("failed")
  broken = ""
  // Not before its pause is over.
  expect(await round()).toEqual({ sent: 0, failed: [] })
  clock.advance(HOUR)
  expect(await round()).toEqual({ sent: 1, failed: [] })
  // Planned again, also from another run of the same week with other figures: nobody gets it twice.
  const other = roomOf(database.db, inventedSources(inventedUnits(2, 0, 1)), clock)
  other.office = () => office
  await other.mailer.plan({ ...(await other.make("weekly", { formats: ["html"] })) })
  clock.advance(HOUR)
  const late = await round()
  expect([late.failed, sent.slice(7).map((message) => message.to[0])]).toEqual([[], ["department-1@mau.example"]])
  expect(sent.map((message) => message.to[0]).sort()).toEqual(["a@mau.example", "a@mau.example", "b@mau.example", "commune-1@mau.example", "commune-1@mau.example", "commune-2@mau.example", "department-1@mau.example", "province-portal-1@mau.example"].sort())
  expect(new Set(sent.map((message) => message.messageId)).size).toBe(8)
  const branch = sent.find((message) => message.subject.includes("khối"))!.attachments[0]!
  expect(part(branch.content, "xl/sharedStrings.xml")).not.toContain("Sở Mẫu")
  const whole = sent.find((message) => message.to[0] === "b@mau.example")!
  expect([whole.attachments.map((file) => file.name), whole.text.includes("đơn vị đã có tài khoản")]).toEqual([["bao-cao-tuan-2026-W47.docx"], true])
  // A person sends a corrected report again: everybody gets the new edition once.
  const again = await own.sendNow(made.runId, async (message) => void sent.push(message), { actor: "user:an", again: true })
  expect(again).toEqual({ sent: 7, failed: [] })
  expect((await own.mails(made.runId)).filter((mail) => mail.edition === 2 && mail.state === "sent")).toHaveLength(7)
})

test("a zip written is the zip read", () => {
  const entries = [{ name: "a/é.txt", data: Buffer.from("một") }, { name: "b", data: Buffer.alloc(0) }]
  expect(readZip(writeZip(entries))).toEqual(entries)
})
