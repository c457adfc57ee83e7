/** May an account be published to? (VER-3, interface.md 6.3.) Pure over one account, so it can be asked for every account every pass. */
import type { Finding } from "../../model/finding.ts"
import type { Account, Unit } from "../../model/unit.ts"
import { waiverCovers, type Waiver } from "./facts.ts"
import { isVerified } from "./identity.ts"
import { day as shown } from "./sentences.ts"

export type GateAnswer = { open: true } | { open: false; rule: string; reason: string }
const closed = (rule: string, reason: string): GateAnswer => ({ open: false, rule, reason })

export function gateOf(account: Account, unit: Unit, findings: readonly Finding[], waivers: readonly Waiver[], day: string): GateAnswer {
  if (account.network !== "facebook" && account.network !== "zalo")
    return closed("ACC-2", "Chỉ đăng bài lên Facebook và Zalo; tài khoản này chỉ để ghi nhận.")
  if (unit.ends && unit.ends < day) return closed("EFF-4", `Đơn vị đã kết thúc hoạt động ngày ${shown(unit.ends)}.`)
  if (unit.begins && unit.begins > day) return closed("EFF-4", `Đơn vị chưa hoạt động trước ngày ${shown(unit.begins)}.`)
  if (account.publish === "off") return closed("publish", "Tài khoản đặt ở chế độ không đăng bài.")
  if (account.paused) return closed("paused", `Tài khoản đang tạm dừng: ${account.paused}.`)
  if (account.kind === "profile" || account.kind === "group") return closed("ACC-6", "Trang cá nhân và nhóm không đăng bài tự động được.")
  if (!isVerified(account, day) && !waiverCovers(waivers, account.id, "VER-3", day) && !waiverCovers(waivers, account.id, "VER-1", day)) {
    const { status, until } = account.identity
    if (status === "verified" && until) return closed("VER-3", `Đăng ký chính danh đã hết hạn ngày ${shown(until)}.`)
    return closed("VER-3", "Tài khoản chưa đăng ký chính danh và không có văn bản cho phép còn hạn.")
  }
  const stop = findings.find(
    (finding) => finding.account === account.id && finding.severity !== "advice" && !waiverCovers(waivers, account.id, finding.rule, day),
  )
  return stop ? closed(stop.rule, stop.message) : { open: true }
}
