/**
 * A rehearsal week, and Monday morning after it: the reports are made, add up, can be traced row by row, are the same bytes when
 * made again, and reach exactly the people they are for. `LOA_GOLDEN=write` writes the golden figures anew.
 */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse, stringify } from "yaml"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { checkout } from "../../src/base/config.ts"
import { isoDate } from "../../src/base/time.ts"
import { runCli } from "../../src/cli/index.ts"
import { probePortals } from "../../src/jobs/portal-probes.ts"
import { makeReports, reportJobs } from "../../src/jobs/report-jobs.ts"
import { runDueJobs } from "../../src/jobs/timetable.ts"
import { gather, parsePeriod, traceFigure, tracedFigures, type Figures } from "../../src/reports/index.ts"
import { reportWeek, week } from "../support/report-week.ts"
import { smtpServer } from "../support/smtp.ts"
import { noSignal } from "../support/watch-world.ts"

const golden = join(import.meta.dir, "../fixtures/report-week.json")
const smtp = smtpServer()
const templates = mkdtempSync(join(tmpdir(), "loa-templates-"))
let w: Awaited<ReturnType<typeof reportWeek>>
let figures: Figures

/** The office's own settings: who gets what. */
function setOffice(change: (office: Record<string, any>) => void) {
  const file = join(templates, "reports/office.yaml")
  const office = parse(readFileSync(file, "utf8")) as Record<string, any>
  change(office)
  writeFileSync(file, stringify(office))
}
const loa = async (...words: string[]) => {
  const lines: string[] = []
  const errors: string[] = []
  const code = await runCli(words, { out: (text) => void lines.push(text), err: (text) => void errors.push(text), stdin: async () => "", cwd: w.home, signal: noSignal }, () => w.app)
  const text = lines.join("\n")
  return { code, text, errors: errors.join("\n"), json: words.includes("--json") && text ? JSON.parse(text) : null }
}

beforeAll(async () => {
  cpSync(join(checkout, "templates"), templates, { recursive: true })
  w = await reportWeek({ env: { LOA_TEMPLATES: templates, SMTP_URL: smtp.url, LOA_MAIL_FROM: "loa@mau.example" } })
  setOffice((office) => {
    office.mail.weekly = ["lanhdao@mau.example"]
    office.mail.branches = [{ levels: ["department"], recipients: ["soban@mau.example"] }]
    office.mail.unitPages = ["weekly"]
    office.mail.formats = ["docx", "pdf"]
  })
  await w.live()
  await runDueJobs(w.rooms, reportJobs.filter((job) => job.name === "reports"), noSignal)
  expect(await w.rooms.db.selectFrom("schedules").select(["name", "last_error"]).execute()).toEqual([{ name: "reports", last_error: null }])
  const [run] = await w.rooms.reports.list({ kind: "weekly", period: week.id })
  figures = (await w.rooms.reports.open(run!.id)).figures!
}, 120_000)
afterAll(async () => {
  await w.close()
  smtp.stop()
  rmSync(templates, { recursive: true, force: true })
})

/** Figures without what differs from run to run: made-up ids, ports, and Zalo counters that the fake draws from them. */
function steady(of: Figures) {
  const plain = (figure: { value: number | null }) => figure.value
  const { coverage, compliance, ledger, lag, activity, reach, alerts, feeds, registrations, changes, laggards, units } = of
  const values = (record: Record<string, { value: number | null }>) => Object.fromEntries(Object.entries(record).map(([key, figure]) => [key, figure.value]))
  return {
    period: of.period.label,
    cutoff: isoDate(of.cutoffAt - 1),
    issued: isoDate(of.issuedAt),
    lateDays: of.lateDays,
    coverage: { total: plain(coverage.total), with: plain(coverage.with), without: coverage.without.rows, overdue: coverage.overdue.rows, both: plain(coverage.both), overdueDays: coverage.overdueDays, levels: coverage.levels.map((level) => [level.level, plain(level.total), plain(level.with)]) },
    compliance: { pass: plain(compliance.pass), advice: compliance.advice.rows, violation: compliance.violation.rows, suspect: compliance.suspect.rows, unchecked: plain(compliance.unchecked), identity: values(compliance.identity), unowned: compliance.unowned.rows },
    ledger: { seen: plain(ledger.seen), articles: values(ledger.articles), deliveries: plain(ledger.deliveries), states: values(ledger.states), networks: ledger.networks, causes: ledger.causes, balanced: ledger.balanced },
    lag: { posts: plain(lag.posts), median: plain(lag.median), worst: plain(lag.worst), spread: lag.spread },
    activity: { active: plain(activity.active), silent: activity.silent.rows },
    reach: reach.networks.map((network) => ({ network: network.network, accounts: network.accounts, followers: plain(network.followers), metrics: network.metrics.map((metric) => [metric.metric, network.network === "facebook" ? plain(metric.value) : metric.unique, metric.withoutData]) })),
    alerts: { raised: values(alerts.raised), kinds: alerts.kinds, openAtEnd: plain(alerts.openAtEnd) },
    feeds: feeds && { total: plain(feeds.total), failing: plain(feeds.failing), quarantined: plain(feeds.quarantined) },
    registrations: registrations && plain(registrations.opened),
    changes: changes.map(({ key, now, before, delta }) => [key, now, before, delta]),
    laggards: laggards.map((row) => [row.unitId, row.reason, row.rules, row.ageDays, row.reminders, row.nextLevel, isoDate(row.nextAt)]),
    units: units.map((unit) => [unit.id, unit.verdict, unit.seen, unit.deliveries, unit.published, unit.held, unit.refused, unit.waiting, unit.overdueDays]),
  }
}

test("the figures of the rehearsal week are the golden ones, value by value", () => {
  const found = steady(figures)
  if (process.env.LOA_GOLDEN === "write") writeFileSync(golden, `${JSON.stringify(found, null, 1)}\n`)
  expect(found).toEqual(JSON.parse(readFileSync(golden, "utf8")))
})

test("the ledger balances: what was seen is the sum of the states, and nothing of the week is missing from it", async () => {
  const { ledger } = figures
  const sum = (states: Record<string, { value: number | null }>) => Object.values(states).reduce((all, figure) => all + figure.value!, 0)
  expect([ledger.balanced, sum(ledger.articles), sum(ledger.states)]).toEqual([true, ledger.seen.value!, ledger.deliveries.value!])
  // What the portals wrote in the week (Loa saw everything half an hour later) is what the ledger saw.
  const written = w.units.flatMap((unit) => (unit.portal ? w.province.articles(unit.id) : [])).filter((article) => article.date >= week.from && article.date < week.to)
  expect(ledger.seen.value).toBe(written.length)
  // What the networks show of it is what the ledger calls published.
  const shown = w.province.posts().filter((post) => written.some((article) => article.url === post.articleUrl))
  expect(shown.length).toBe(ledger.states.published.value!)
})

test("every figure can be traced to rows, and the rows add up to it", async () => {
  const counted = tracedFigures(figures).filter(({ path }) => /^(coverage|compliance|ledger)\./.test(path))
  expect(counted.length).toBeGreaterThan(60)
  for (const { path } of counted) {
    const { value, rows } = traceFigure(figures, path)
    expect([path, rows?.length]).toEqual([path, value!])
    expect(new Set(rows).size).toBe(rows!.length)
  }
  for (const unit of figures.units) for (const column of ["seen", "deliveries", "published", "held", "refused", "waiting"] as const) expect(traceFigure(figures, `units.${unit.id}.${column}`).rows!.length).toBe(unit[column])
  const { rows } = traceFigure(figures, "ledger.states.published")
  const kept = (await w.rooms.db.selectFrom("deliveries").select("id").where("id", "in", rows!).where("state", "=", "published").execute()).length
  expect(kept).toBe(rows!.length)
  const shown = await loa("report", "trace", "ledger.states.refused", "--json")
  expect(shown.json.figures[0].rows).toEqual(traceFigure(figures, "ledger.states.refused").rows)
})

test("the workbook can be read back: rows per state are the sums, filters are on", async () => {
  const { default: excel } = await import("exceljs")
  const workbook = new excel.Workbook()
  const [run] = await w.rooms.reports.list({ kind: "weekly", period: week.id })
  await workbook.xlsx.load((await w.rooms.reports.file(run!.id, "xlsx")).content as never)
  const sheet = workbook.getWorksheet("Các dòng đã đếm")!
  const perBook: Record<string, number> = {}
  sheet.eachRow((row, index) => {
    if (index > 1) perBook[String(row.getCell(1).value)] = (perBook[String(row.getCell(1).value)] ?? 0) + 1
  })
  expect(perBook).toEqual({ "Tin, bài": figures.ledger.seen.value!, "Lượt đăng": figures.ledger.deliveries.value! })
  for (const each of workbook.worksheets) expect(each.autoFilter).toBeTruthy()
})

test("made again it is the same bytes in every format, and the same run", async () => {
  const { reports } = w.rooms
  const [run] = await reports.list({ kind: "weekly", period: week.id })
  w.clock.advance(2 * HOUR)
  const again = await reports.make("weekly", { period: week.id })
  expect(again.runId).toBe(run!.id)
  expect(again.files.map(({ name, sha256 }) => [name, sha256])).toEqual(run!.files.map(({ name, sha256 }) => [name, sha256]))
}, 30_000)

test("days add up to the month whatever weeks they are cut into", async () => {
  const { reports } = w.rooms
  const office = reports.office()
  const month = await reports.figures(parsePeriod("monthly", "2026-12", reports.cadence()))
  const { from } = month.period
  const pieces = [[from, week.from], [week.from, week.to], [week.to, month.cutoffAt]].filter(([a, b]) => a! < b!)
  const options = { cadence: reports.cadence(), deadline: office.deadline, graceDays: office.graceDays, steps: { calendar: office.calendar, ...office.reminders }, now: w.clock.now() }
  const parts = await Promise.all(pieces.map(([a, b]) => gather(reports.options.sources, { ...month.period, from: a!, to: b! }, options)))
  for (const read of [(f: Figures) => f.ledger.seen.value!, (f: Figures) => f.ledger.states.published.value!, (f: Figures) => f.lag.posts.value!, (f: Figures) => f.alerts.total.value!]) {
    expect(parts.reduce((all, part) => all + read(part), 0)).toBe(read(month))
  }
})

test("every cadence is made by the clock; the one that is late says so and by how much", async () => {
  const made = Object.fromEntries((await w.rooms.reports.list()).map((run) => [`${run.kind} ${run.period}`, run.id]))
  expect(Object.keys(made).sort()).toEqual(["monthly 2026-11", "weekly 2026-W46", "weekly 2026-W47"])
  const late = await w.rooms.reports.preview(made["monthly 2026-11"]!)
  expect(late).toContain("hạn gửi báo cáo: ngày 13/11/2026")
  expect(late).toContain("Báo cáo này lập ngày 23 tháng 11 năm 2026, chậm 10 ngày so với hạn gửi.")
  expect(await w.rooms.reports.preview(made["weekly 2026-W47"]!)).not.toContain("so với hạn gửi")
  // Down until the middle of January: everything that came due meanwhile is made once, oldest first.
  const asleep = w.clock.now()
  w.clock.set(asleep + 54 * DAY)
  await makeReports(w.rooms)
  await makeReports(w.rooms)
  const names = (await w.rooms.reports.list()).map((run) => `${run.kind} ${run.period}`)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(expect.arrayContaining(["weekly 2026-W48", "weekly 2027-W01", "monthly 2026-12", "monthly 2027-01", "quarterly 2026-Q4", "scoring 2026-11", "scoring 2026-12"]))
  w.clock.set(asleep)
}, 60_000)

test("mail: once to each, a busy mailbox later, each unit its own page and nobody else's", async () => {
  const job = reportJobs.filter((entry) => entry.name === "report-mail")
  const ofWeek = () => smtp.letters.filter((letter) => letter.subject.includes("tuần 47"))
  smtp.refused.add("lanhdao@mau.example")
  await runDueJobs(w.rooms, job, noSignal)
  expect(ofWeek().some((letter) => letter.to === "lanhdao@mau.example")).toBe(false)
  expect((await w.rooms.alerts.list()).filter((alert) => alert.kind === "report.mail_failed")).toHaveLength(1)
  smtp.refused.clear()
  for (let i = 0; i < 6; i++) {
    w.clock.advance(20 * 60_000)
    await runDueJobs(w.rooms, job, noSignal)
  }
  const owners = figures.units.filter((unit) => unit.owner?.email)
  expect(owners.length).toBeGreaterThan(15)
  expect(ofWeek().map((letter) => letter.to).sort()).toEqual(["lanhdao@mau.example", "soban@mau.example", ...owners.map((unit) => unit.owner!.email!)].sort())
  expect(new Set(smtp.letters.map((letter) => letter.messageId)).size).toBe(smtp.letters.length)
  for (const letter of smtp.letters) expect(letter.messageId).toMatch(/^<[0-9a-f]{24}@mau\.example>$/)
  for (const unit of owners) {
    const [letter] = ofWeek().filter((entry) => entry.to === unit.owner!.email)
    expect([letter!.files, letter!.text.includes(unit.name)]).toEqual([[`bao-cao-tuan-2026-W47-${unit.id}.pdf`], true])
    for (const other of figures.units) if (!unit.name.includes(other.name) && !unit.accounts.some((account) => account.name.includes(other.name)) && !unit.findings.some((finding) => finding.message.includes(other.name))) expect([unit.id, other.id, letter!.text.includes(other.name)]).toEqual([unit.id, other.id, false])
  }
  expect(ofWeek().find((letter) => letter.to === "lanhdao@mau.example")!.files).toEqual(["bao-cao-tuan-2026-W47.docx", "bao-cao-tuan-2026-W47.pdf"])
}, 60_000)

test("đôn đốc: by mail to those who lag behind, shown in the ranking, and after two in vain to the superior body", async () => {
  setOffice((office) => {
    office.reminders.mail = true
    office.reminders.superiorRecipients = ["vanphong@mau.example"]
  })
  const jobs = reportJobs.filter((job) => job.name !== "reports" && job.name !== "portal-probes")
  const before = smtp.letters.length
  const lagging = figures.laggards.find((row) => figures.units.find((unit) => unit.id === row.unitId)!.owner?.email)!
  const address = figures.units.find((unit) => unit.id === lagging.unitId)!.owner!.email!
  await runDueJobs(w.rooms, jobs, noSignal)
  for (let day = 0; day < 16; day++) {
    w.clock.advance(DAY)
    await runDueJobs(w.rooms, jobs, noSignal)
  }
  const letters = smtp.letters.slice(before)
  const mine = letters.filter((letter) => letter.to === address)
  expect(mine.map((letter) => /\(lần (\d+)\)/.exec(letter.subject)?.[1])).toEqual(["01", "02", "03"])
  expect(mine[0]!.files.map((name) => name.replace(/^don-doc-\d{4}-\d{2}-\d{2}-/, ""))).toEqual([`${lagging.unitId}-lan-1.docx`, `${lagging.unitId}-lan-1.pdf`])
  expect(mine[2]!.text).toContain("được báo cáo Lãnh đạo Văn phòng UBND tỉnh")
  expect(letters.filter((letter) => letter.to === "vanphong@mau.example").length).toBe(1)
  const now = await w.rooms.reports.figures(parsePeriod("weekly", "2026-W50", w.rooms.reports.cadence()))
  expect(now.laggards.find((row) => row.unitId === lagging.unitId)).toMatchObject({ reminders: 3, escalate: true, nextLevel: 0 })
}, 120_000)

test("the scoring table takes what feeds and pages prove, and leaves the rest open", async () => {
  w.clock.set(week.to - 3 * DAY)
  const looked = await probePortals(w.rooms, noSignal)
  expect(looked).toBe(20)
  w.clock.set(week.to + 8 * DAY)
  const { scores } = await w.rooms.reports.make("scoring", { period: "2026-11", formats: ["xlsx"], keep: false })
  const law = scores!.units.flatMap((unit) => unit.criteria.filter((row) => row.proof?.includes("“Phổ biến, giáo dục pháp luật”")))
  expect(law.length).toBeGreaterThan(5)
  expect(law.every((row) => row.proposed !== null && row.note === "đề xuất, cần người xác nhận")).toBe(true)
  const first = scores!.units[0]!
  expect(first.criteria.find((row) => row.number === "12.2")).toMatchObject({ proposed: null, note: "cần người chấm", proof: expect.stringContaining("cổng khác của tỉnh (xem ngày 20/11/2026)") })
  expect(first.criteria.find((row) => row.number === "1.1")).toMatchObject({ proposed: null, note: "chờ đơn vị cung cấp minh chứng" })
  for (const unit of scores!.units) expect(unit.proposed + unit.open <= 100).toBe(true)
}, 60_000)

test("wrong words are answered with what is expected; a broken template with its place", async () => {
  const wrong = await loa("report", "monthly", "--period", "2026-13")
  expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining("Kỳ báo cáo không đúng")])
  expect((await loa("report", "weekly", "--period", "2031-W02")).errors).toContain("Kỳ báo cáo chưa bắt đầu")
  expect((await loa("report", "weekly", "--format", "doc")).code).toBe(2)
  expect((await loa("report", "check-templates")).code).toBe(0)
  const file = join(templates, "reports/weekly.txt")
  const sound = readFileSync(file, "utf8")
  writeFileSync(file, sound.replace("{{tổng số đơn vị}}", "{{tổng số dơn vị}}"))
  const line = sound.split("\n").findIndex((text) => text.includes("{{tổng số đơn vị}}")) + 1
  for (const words of [["report", "check-templates"], ["report", "weekly", "--format", "html"]]) {
    const refused = await loa(...words)
    expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining(`weekly.txt:${line}:`)])
    expect(refused.errors).toContain("tổng số dơn vị")
    expect(refused.errors).toContain("tổng số đơn vị")
  }
  writeFileSync(file, sound)
  const out = await loa("report", "weekly", "--period", week.id, "--out", "ra", "--format", "html,docx", "--json")
  expect([out.code, out.json.files.map((entry: { name: string }) => entry.name)]).toEqual([0, ["bao-cao-tuan-2026-W47.docx", "bao-cao-tuan-2026-W47.html"]])
  expect(out.errors).toContain("2026-W47")
}, 30_000)
