/** The values a template may name, in the office's own words, each read from the figures. */
import { fromIsoDate, vnDate } from "../base/time.ts"
import type { Figure, Figures } from "./figures.ts"
import { change, count, cutoffText, duration, longDate, noData, number, percent } from "./format.ts"
import type { Office } from "./office.ts"
import { addWorkdays } from "./workdays.ts"

type Value = (figures: Figures, office: Office) => string | number
const firstNames = 3

const of = (figure: Figure) => figure.value ?? noData
const share = (part: Figure, whole: Figure) => `${percent(part.value, whole.value)} (${number(part.value)}/${number(whole.value)})`
/** "UBND xã A, UBND xã B, UBND xã C và 09 đơn vị khác". */
function namesOf(figures: Figures, ids: string[]): string {
  const names = new Map(figures.units.map((unit) => [unit.id, unit.name]))
  const shown = ids.slice(0, firstNames).map((id) => names.get(id) ?? id)
  const more = ids.length - shown.length
  return more > 0 ? `${shown.join(", ")} và ${count(more)} đơn vị khác` : shown.join(", ")
}
/** Units with a violation on an account they have; a missing account is counted apart. */
const violating = (figures: Figures) =>
  figures.units.filter((unit) => unit.findings.some((finding) => finding.severity === "violation" && finding.account !== null)).map((unit) => unit.id)
const level = (figures: Figures, wanted: string) => figures.coverage.levels.find((entry) => entry.level === wanted)!
const changed = (key: string): Value => (figures) => change(figures.changes.find((entry) => entry.key === key)?.delta ?? null)
const workdayAfter = (days: number): Value => (figures, office) => vnDate(addWorkdays(office.calendar, figures.issuedAt, days))
const network = (figures: Figures, name: string) => figures.reach.networks.find((entry) => entry.network === name)!
const levelValues = (name: string, wanted: string): Record<string, Value> => ({
  [`tổng số ${name}`]: (f) => of(level(f, wanted).total),
  [`${name} đã có tài khoản`]: (f) => of(level(f, wanted).with),
  [`tỷ lệ ${name} đã có tài khoản`]: (f) => percent(level(f, wanted).with.value, level(f, wanted).total.value),
})

export const reportValues: Record<string, Value> = {
  "tỉnh": (f) => f.province,
  "kỳ báo cáo": (f) => f.period.label,
  "thời điểm chốt số liệu": (f) => cutoffText(f.cutoffAt),
  "hạn hoàn thành": (f) => vnDate(fromIsoDate(f.deadline)),
  "ngày báo cáo": (f) => longDate(f.issuedAt),
  "hạn gửi báo cáo": (f) => vnDate(f.period.due),
  "số ngày chậm": (f) => f.lateDays,
  "cơ quan cấp trên": (_, office) => office.reminders.superior,
  "số lần đôn đốc trước khi báo cáo": (_, office) => office.reminders.escalateAfter,
  "đầu mối": (_, office) => office.contact,
  "hạn 01 ngày làm việc": workdayAfter(1),
  "hạn 02 ngày làm việc": workdayAfter(2),
  "hạn 03 ngày làm việc": workdayAfter(3),
  "hạn 05 ngày làm việc": workdayAfter(5),
  "hạn 10 ngày làm việc": workdayAfter(10),

  "tổng số đơn vị": (f) => of(f.coverage.total),
  "đơn vị đã có tài khoản": (f) => of(f.coverage.with),
  "tỷ lệ đã có tài khoản": (f) => share(f.coverage.with, f.coverage.total),
  "đơn vị chưa có tài khoản": (f) => of(f.coverage.without),
  "đơn vị quá hạn": (f) => of(f.coverage.overdue),
  "tên đơn vị quá hạn": (f) => namesOf(f, f.coverage.overdue.rows!),
  "số ngày quá hạn": (f) => f.coverage.overdueDays,
  "đơn vị có cả hai nền tảng": (f) => of(f.coverage.both),
  "đơn vị chỉ có Facebook": (f) => of(f.coverage.facebookOnly),
  "đơn vị chỉ có Zalo": (f) => of(f.coverage.zaloOnly),
  "biến động đơn vị đã có tài khoản": changed("with"),
  "danh mục đủ 119 đơn vị": (f) => (f.coverage.asPlanned ? 1 : 0),
  ...levelValues("Cổng tỉnh", "province"),
  ...levelValues("sở, ban, ngành", "department"),
  ...levelValues("xã", "commune"),
  ...levelValues("phường", "ward"),

  "tổng số tài khoản": (f) => of(f.compliance.accounts),
  "tài khoản đạt": (f) => of(f.compliance.pass),
  "tài khoản khuyến nghị": (f) => of(f.compliance.advice),
  "tài khoản vi phạm": (f) => of(f.compliance.violation),
  "tài khoản nghi mạo danh": (f) => of(f.compliance.suspect),
  "tài khoản chưa kiểm tra": (f) => of(f.compliance.unchecked),
  "tài khoản đã đăng ký chính danh": (f) => share(f.compliance.identity.verified, f.compliance.accounts),
  "tài khoản chưa đăng ký chính danh": (f) => f.compliance.accounts.value! - f.compliance.identity.verified.value!,
  "đơn vị có tài khoản vi phạm": (f) => violating(f).length,
  "tên đơn vị có tài khoản vi phạm": (f) => namesOf(f, violating(f)),
  "đơn vị chưa phân công người phụ trách": (f) => of(f.compliance.unowned),
  "biến động tài khoản vi phạm": changed("violation"),

  "tin, bài trên Cổng": (f) => of(f.ledger.seen),
  "tin, bài bị chặn": (f) => of(f.ledger.articles.blocked),
  "tin, bài tạm giữ": (f) => of(f.ledger.articles.held),
  "tổng lượt đăng": (f) => of(f.ledger.deliveries),
  "lượt đăng thành công": (f) => of(f.ledger.states.published),
  "tỷ lệ đăng thành công": (f) => percent(f.ledger.states.published.value, f.ledger.deliveries.value),
  "lượt tạm giữ": (f) => f.ledger.states.held.value! + f.ledger.states.review.value!,
  "lượt không đăng được": (f) => f.ledger.states.refused.value! + f.ledger.states.cancelled.value!,
  "lượt đang chờ": (f) => f.ledger.states.waiting.value! + f.ledger.states.sending.value! + f.ledger.states.unknown.value!,
  "sổ đối soát cân": (f) => (f.ledger.balanced ? 1 : 0),
  "thời gian đăng trung vị": (f) => duration(f.lag.median.value),
  "thời gian đăng lâu nhất": (f) => (f.lag.worstAt ? `${duration(f.lag.worstAt.lagMs)} (${f.lag.worstAt.unit})` : noData),
  "tài khoản có đăng bài": (f) => of(f.activity.active),
  "tài khoản không đăng bài": (f) => of(f.activity.silent),

  "người theo dõi Facebook": (f) => number(network(f, "facebook").followers.value),
  "biến động người theo dõi Facebook": changed("followersFacebook"),
  "người quan tâm Zalo": (f) => number(network(f, "zalo").followers.value),
  "biến động người quan tâm Zalo": changed("followersZalo"),

  "cảnh báo phát sinh": (f) => of(f.alerts.total),
  "cảnh báo nghiêm trọng": (f) => of(f.alerts.raised.critical),
  "cảnh báo mức cao": (f) => of(f.alerts.raised.high),
  "cảnh báo mức trung bình": (f) => of(f.alerts.raised.medium),
  "cảnh báo mức thấp": (f) => of(f.alerts.raised.low),
  "cảnh báo chưa xử lý": (f) => of(f.alerts.openAtEnd),
  "thời gian phản ứng trung vị": (f) => duration(f.alerts.reaction.value),
  "nguồn tin không đọc được": (f) => (f.feeds ? of(f.feeds.failing) : noData),
  "nguồn tin im lặng": (f) => (f.feeds ? of(f.feeds.silent) : noData),
  "nguồn tin bị cách ly": (f) => (f.feeds ? of(f.feeds.quarantined) : noData),
  "có số liệu hỗ trợ đăng ký": (f) => (f.registrations ? 1 : 0),
  "hồ sơ đăng ký mới": (f) => (f.registrations ? of(f.registrations.opened) : noData),
  "hồ sơ đăng ký đã xong": (f) => (f.registrations ? of(f.registrations.closed) : noData),
  "hồ sơ đăng ký đang chờ": (f) => (f.registrations ? of(f.registrations.waiting) : noData),
  "số ngày xử lý hồ sơ bình quân": (f) => (f.registrations?.averageDays.value == null ? noData : `${count(f.registrations.averageDays.value)} ngày`),
  "đơn vị cần đôn đốc": (f) => f.laggards.length,
  "đơn vị cần báo cáo lãnh đạo": (f) => f.laggards.filter((laggard) => laggard.escalate).length,
}
