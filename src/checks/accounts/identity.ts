/** VER-1 to VER-4, legal basis and admins (S12, S13), and the two-way proof between portal and account. */
import type { Finding } from "../../model/finding.ts"
import type { Account } from "../../model/unit.ts"
import { answerTo } from "../rulesets/choose.ts"
import type { CheckContext } from "./check-unit.ts"
import { waiverCovers } from "./facts.ts"
import { day, sentence } from "./sentences.ts"

const statusNames = { none: "Chưa đăng ký", pending: "Đang chờ xác nhận", verified: "Đã xác nhận", refused: "Bị từ chối", expired: "Hết hạn" }

/** Verified and not run out on the day. */
export const isVerified = (account: Account, asOf: string) =>
  account.identity.status === "verified" && (!account.identity.until || account.identity.until >= asOf)

export function identityFindings(context: CheckContext, account: Account): Finding[] {
  const { ruleset, asOf, switches, finding, waivers, unit } = context
  if (!ruleset.accounts.networks.includes(account.network)) return []
  const observation = context.seen(account)
  const findings: Finding[] = []
  const add = (rule: string, seen: string, expected: string, key: string, values: Record<string, string | number> = {}, clause = "identity") =>
    void findings.push(finding({ rule, severity: "advice", account: account.id, seen, expected, clause, message: sentence(ruleset, key, values) }))

  const { status, until, confirmedBy } = account.identity
  const verified = isVerified(account, asOf)
  if (!verified) {
    const expired = status === "expired" || (status === "verified" && !!until)
    const severity = answerTo(ruleset, switches, "Q2") === "violation" && asOf > ruleset.deadline ? "violation" : "advice"
    const message = expired && until ? sentence(ruleset, "verificationExpired", { until: day(until) }) : sentence(ruleset, "notVerified")
    findings.push(
      finding({
        rule: "VER-1",
        severity,
        account: account.id,
        seen: expired ? statusNames.expired : statusNames[status],
        expected: "Đã đăng ký chính danh",
        clause: "identity",
        message,
      }),
    )
    const badge = observation?.profile?.badge
    if (badge && badge !== "not_verified")
      add("VER-2", "Có dấu xác minh của nền tảng", "Mã tài khoản được hai người xác nhận trong danh sách", "badge")
    if (account.waiver && account.waiver.until < asOf && !waiverCovers(waivers, account.id, "VER-1", asOf))
      add("VER-3", `Văn bản có hạn đến ${day(account.waiver.until)}`, "Đăng ký chính danh, hoặc văn bản còn hạn", "waiverExpired", {
        until: day(account.waiver.until),
      })
  } else if (confirmedBy && new Set(confirmedBy.map((name) => name.trim().toLowerCase())).size < 2) {
    add("VER-2", confirmedBy.join(", ") || "Chưa ghi người xác nhận", "Hai người xác nhận", "twoPersons", { count: new Set(confirmedBy).size })
  }
  if (!account.remoteId) add("VER-4", "Chưa có mã tài khoản", "Mã số của Trang hoặc OA", "noRemoteId")
  if (!account.legalBasis) add("S12", "Chưa ghi", "Số, ngày văn bản cho phép lập tài khoản", "legalBasis")
  if (account.admins?.length === 1) add("S13", account.admins[0]!.name, "Từ hai quản trị viên", "oneAdmin")

  const profile = observation?.profile
  if (profile) {
    const same = (a: string, b: string) => a.normalize("NFC").trim() === b.normalize("NFC").trim()
    if (!same(profile.name, account.name)) add("VER-4", profile.name, account.name, "changed", { what: "Tên tài khoản" })
    const before = observation.before
    if (before?.avatarSha256 && observation.avatarSha256 && before.avatarSha256 !== observation.avatarSha256)
      add("VER-4", "Ảnh đại diện vừa thay đổi", "Ảnh đã xác nhận", "changed", { what: "Ảnh đại diện" })
    if (before?.category && profile.category && before.category !== profile.category)
      add("VER-4", profile.category, before.category, "changed", { what: "Hạng mục tài khoản" })
  }
  if (observation?.links?.portalLinksToAccount === false)
    add("LINK-1", "Cổng chưa liên kết đến tài khoản", "Liên kết từ Cổng đến tài khoản", "portalNoLink", {}, "accounts")
  if (observation?.links?.accountLinksToPortal === false)
    add("LINK-2", "Tài khoản chưa ghi địa chỉ Cổng", unit.portal?.url ?? "Địa chỉ Cổng", "accountNoLink", {}, "accounts")
  return findings
}
