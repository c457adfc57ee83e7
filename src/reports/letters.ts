/** Papers for one unit: its own page, the reminder (đôn đốc) and the letter that asks for registration of its accounts. */
import { vnDate, fromIsoDate } from "../base/time.ts"
import { NotFoundError } from "../base/errors.ts"
import type { Unit } from "../model/unit.ts"
import { composeDocument, reportFilling, reportVocabulary, show, type Sender } from "./compose.ts"
import { publishingAccounts } from "./count-compliance.ts"
import type { Block, OfficialDocument } from "./document.ts"
import type { Figures, FindingRow, Laggard, UnitRow } from "./figures.ts"
import { cutoffText, duration, number } from "./format.ts"
import type { Office } from "./office.ts"
import { loadTemplate, type Filling, type Vocabulary } from "./template.ts"
import { identityWord, networkWord, verdictWord } from "./words.ts"
import { addWorkdays } from "./workdays.ts"

/** What a unit has to do, gravest first, in the words of the findings; a suspected impersonation names nobody. */
export function tasksOf(unit: UnitRow, office: Office): string[] {
  const own = (finding: FindingRow) => {
    const account = unit.accounts.find((entry) => entry.id === finding.account)
    if (finding.severity === "impersonation-suspect" && !account) return `Phối hợp ${office.contact} xác minh tài khoản nghi mạo danh đơn vị.`
    return account ? `${networkWord[account.network]} “${account.name}”: ${finding.message}` : finding.message
  }
  // ACC-1 says what is missing; the unit needs to hear what to do.
  const tasks = unit.findings.filter((finding) => finding.rule !== "ACC-1").map(own)
  if (!unit.hasAccount)
    tasks.unshift(
      "Lập tối thiểu 01 tài khoản Facebook hoặc 01 tài khoản Zalo của đơn vị và thông báo địa chỉ tài khoản cho Trung tâm Thông tin tỉnh.",
    )
  if (!unit.owner && !unit.findings.some((finding) => finding.rule === "S14"))
    tasks.push(`Phân công và thông báo người phụ trách tài khoản cho ${office.contact}.`)
  return [...new Set(tasks)]
}

interface Paper {
  figures: Figures
  unit: UnitRow
  office: Office
  /** Level of the reminder this paper is; 0 = no reminder. */
  level: number
}
const escalated = ({ level, office }: Paper) => level > office.reminders.escalateAfter
const unitValues: Record<string, (paper: Paper) => string | number> = {
  "tên đơn vị": ({ unit }) => unit.name,
  "kỳ báo cáo": ({ figures }) => figures.period.label,
  "thời điểm chốt số liệu": ({ figures }) => cutoffText(figures.cutoffAt),
  "hạn hoàn thành": ({ figures }) => vnDate(fromIsoDate(figures.deadline)),
  "đầu mối": ({ office }) => office.contact,
  "đã có tài khoản": ({ unit }) => (unit.hasAccount ? 1 : 0),
  "kết quả kiểm tra": ({ unit }) => verdictWord[unit.verdict].toLowerCase(),
  "số ngày quá hạn của đơn vị": ({ unit }) => unit.overdueDays ?? 0,
  "tin, bài của đơn vị": ({ unit }) => unit.seen,
  "lượt đăng của đơn vị": ({ unit }) => unit.deliveries,
  "đã đăng của đơn vị": ({ unit }) => unit.published,
  "tạm giữ của đơn vị": ({ unit }) => unit.held,
  "không đăng được của đơn vị": ({ unit }) => unit.refused,
  "đang chờ của đơn vị": ({ unit }) => unit.waiting,
  "thời gian đăng của đơn vị": ({ unit }) => duration(unit.medianLagMs),
  "cảnh báo của đơn vị": ({ unit }) => unit.alerts.length,
  "có việc cần làm": ({ unit, office }) => tasksOf(unit, office).length,
  "số lần đã đôn đốc": ({ unit }) => unit.reminders.count,
  "ngày đôn đốc gần nhất": ({ unit }) => (unit.reminders.lastAt === null ? "" : vnDate(unit.reminders.lastAt)),
  "hạn thực hiện": ({ figures, office }) => vnDate(addWorkdays(office.calendar, figures.issuedAt, office.reminders.everyWorkdays)),
  "ngày đôn đốc tiếp theo": ({ figures, office }) => vnDate(addWorkdays(office.calendar, figures.issuedAt, office.reminders.everyWorkdays)),
  "việc đôn đốc": ({ level }) => (level > 1 ? "tiếp tục đôn đốc thực hiện" : "đôn đốc thực hiện"),
  "lần đôn đốc": ({ level, unit }) => Math.max(level, unit.reminders.count + 1),
  "báo cáo lãnh đạo": (paper) => (escalated(paper) ? 1 : 0),
  "cơ quan cấp trên": ({ office }) => office.reminders.superior,
  "nơi nhận báo cáo": (paper) => (escalated(paper) ? `${paper.office.reminders.superior} (để b/c)` : ""),
}
const unitBlocks: Record<string, (paper: Paper) => Block> = {
  "tài khoản của đơn vị": ({ unit }) => ({
    kind: "table",
    head: ["STT", "Nền tảng", "Tên tài khoản", "Chính danh", "Kết quả", "Người theo dõi", "Đã đăng"],
    widths: [6, 13, 33, 15, 15, 10, 8],
    align: ["center", "center", "left", "center", "center", "center", "center"],
    rows: unit.accounts.map((account, index) => [
      String(index + 1),
      networkWord[account.network],
      account.name,
      identityWord[account.identity]!,
      verdictWord[account.verdict],
      number(account.followers),
      number(account.published),
    ]),
    empty: "Danh mục chưa ghi nhận tài khoản nào của đơn vị.",
  }),
  // A list of its own length: the writers print it as points a), b), c) …
  "việc cần làm": ({ unit, office }) => ({ kind: "list", items: tasksOf(unit, office), empty: "Không có việc cần làm thêm." }),
}
export const unitVocabulary: Vocabulary = { values: Object.keys(unitValues), blocks: Object.keys(unitBlocks) }

function filling<T>(values: Record<string, (of: T) => string | number>, blocks: Record<string, (of: T) => Block>, of: T): Filling {
  const find = <V>(record: Record<string, V>, name: string) => Object.entries(record).find(([key]) => key.normalize("NFC").toLowerCase() === name)![1]
  return { value: (name) => find(values, name)(of), show, block: (name) => find(blocks, name)(of) }
}
function unitOf(figures: Figures, unitId: string): UnitRow {
  const unit = figures.units.find((entry) => entry.id === unitId)
  if (!unit) throw new NotFoundError("unit", unitId)
  return unit
}

/** What templates may say of one unit. `level` > 0: the paper is that reminder. */
export const unitFilling = (figures: Figures, unitId: string, office: Office, level = 0): Filling =>
  filling(unitValues, unitBlocks, { figures, unit: unitOf(figures, unitId), office, level })

/** The unit's own page: nothing of any other unit, what it has to do, until when, and who helps. */
export function unitPage(figures: Figures, unitId: string, office: Office, templatesDir: string): OfficialDocument {
  return composeDocument(loadTemplate(templatesDir, "reports/unit-page.txt", unitVocabulary), unitFilling(figures, unitId, office), office, {
    at: figures.issuedAt,
  })
}

/** The reminder letter (công văn đôn đốc) that is due for the unit. */
export function reminderLetter(figures: Figures, laggard: Laggard, office: Office, templatesDir: string): OfficialDocument {
  const template = loadTemplate(templatesDir, "letters/reminder.txt", unitVocabulary)
  return composeDocument(template, unitFilling(figures, laggard.unitId, office, laggard.nextLevel), office, { at: figures.issuedAt })
}

/** What the superior body is told of units that were reminded in vain; `figures.laggards` holds just these. */
export function escalationReport(figures: Figures, office: Office, templatesDir: string): OfficialDocument {
  const template = loadTemplate(templatesDir, "letters/escalation.txt", reportVocabulary)
  return composeDocument(template, reportFilling(figures, office), office, { at: figures.issuedAt })
}

const registrationValues: Record<string, (unit: Unit) => string | number> = {
  "tên đơn vị": (unit) => unit.name,
  "ký hiệu của đơn vị": (unit) => unit.abbr ?? (unit.kind === "department" ? "VP" : "UBND"),
  "người phụ trách": ({ owner }) => (owner?.name ? [owner.name, owner.title, owner.phone, owner.email].filter(Boolean).join(", ") : ""),
  "địa chỉ Cổng": (unit) => unit.portal?.url ?? "",
}
const registrationBlocks: Record<string, (unit: Unit) => Block> = {
  "tài khoản đề nghị đăng ký": (unit) => ({
    kind: "table",
    head: ["STT", "Nền tảng", "Tên tài khoản", "Mã tài khoản (ID)", "Địa chỉ", "Quản trị viên"],
    widths: [6, 12, 27, 19, 20, 16],
    align: ["center", "center", "left", "center", "left", "left"],
    rows: publishingAccounts(unit).filter((account) => account.identity.status !== "verified").map((account, index) => [
      String(index + 1),
      networkWord[account.network],
      account.name,
      account.remoteId ?? "",
      account.url ?? account.handle ?? "",
      (account.admins ?? []).map((admin) => admin.name).join(", "),
    ]),
    empty: "Không có tài khoản chờ đăng ký chính danh.",
  }),
}
export const registrationVocabulary: Vocabulary = { values: Object.keys(registrationValues), blocks: Object.keys(registrationBlocks) }

/** Công văn đề nghị đăng ký chính danh, made out in the unit's name for its head to sign (S8). `at` = day of the letter. */
export function registrationLetter(unit: Unit, office: Office, templatesDir: string, at: number): OfficialDocument {
  const template = loadTemplate(templatesDir, "letters/registration.txt", registrationVocabulary)
  return composeDocument(template, filling(registrationValues, registrationBlocks, unit), office, { at, sender: senderOf(unit, office) })
}

export function senderOf(unit: Unit, office: Office): Sender {
  const local = /^(?:UBND|Ủy ban nhân dân)\s+((?:xã|phường)\s+(.+))$/iu.exec(unit.name)
  if (local)
    return {
      superior: "",
      issuer: `ỦY BAN NHÂN DÂN ${local[1]!.toUpperCase()}`,
      issuerName: unit.name,
      place: local[2]!,
      signer: { authority: "TM. ỦY BAN NHÂN DÂN", title: "CHỦ TỊCH" },
    }
  return {
    superior: `UBND TỈNH ${office.place.toUpperCase()}`,
    issuer: unit.name.toUpperCase(),
    issuerName: unit.name,
    place: office.place,
    signer: { authority: "", title: "THỦ TRƯỞNG ĐƠN VỊ" },
  }
}
