/** ACC-1 to ACC-7: is there an account, in time, and not too many; and the people behind it (S13, S14). */
import { DAY } from "../../base/clock.ts"
import { fromIsoDate } from "../../base/time.ts"
import type { Finding } from "../../model/finding.ts"
import type { Account } from "../../model/unit.ts"
import type { CheckContext } from "./check-unit.ts"
import { sentence } from "./sentences.ts"

const networkNames: Record<string, string> = {
  facebook: "Facebook",
  zalo: "Zalo",
  youtube: "YouTube",
  tiktok: "TikTok",
  instagram: "Instagram",
  other: "mạng khác",
}
const daysBetween = (from: string, to: string) => Math.round((fromIsoDate(to) - fromIsoDate(from)) / DAY)

/** Days past the deadline; 0 before it (2026-11-22 under B2025: 326). */
export const overdueDays = (deadline: string, asOf: string) => Math.max(0, daysBetween(deadline, asOf))

/** `grave`: the account has a finding of class E4 or E5 and does not count (ACC-5). */
export function existenceFindings(context: CheckContext, grave: (account: Account) => boolean): Finding[] {
  const { unit, ruleset, asOf, finding, seen } = context
  const { networks, min, max, newUnitDays } = ruleset.accounts
  const findings: Finding[] = []
  const social = unit.accounts.filter((account) => networks.includes(account.network))
  const counting = social.filter((account) => seen(account)?.reachable !== false && !grave(account))
  const expected = `Tối thiểu ${String(min).padStart(2, "0")} tài khoản Facebook hoặc Zalo`
  if (counting.length < min) {
    const others = unit.accounts.filter((account) => !networks.includes(account.network)).map((account) => networkNames[account.network])
    const seenText = social.length
      ? `${social.length} tài khoản nhưng không tài khoản nào được tính`
      : others.length
        ? `Chỉ có ${[...new Set(others)].join(", ")}`
        : "Chưa có tài khoản"
    const isNew = unit.begins !== undefined && daysBetween(unit.begins, asOf) < newUnitDays
    const late = overdueDays(ruleset.deadline, asOf)
    const message = isNew
      ? sentence(ruleset, "missingNew")
      : late
        ? sentence(ruleset, "missing", { overdue: ` Số ngày quá hạn: ${late}.` })
        : sentence(ruleset, "missingPending")
    findings.push(
      finding({
        rule: isNew ? "ACC-7" : "ACC-1",
        severity: late && !isNew ? "violation" : "advice",
        seen: seenText,
        expected,
        clause: "accounts",
        message,
      }),
    )
  }
  for (const network of networks) {
    const same = social.filter((account) => account.network === network)
    if (same.length < 2 || same.filter((account) => account.main).length === 1) continue
    const name = networkNames[network]!
    findings.push(
      finding({
        rule: "ACC-4",
        severity: "advice",
        seen: same.map((account) => account.name).join("; "),
        expected: `Một tài khoản chính trên ${name}`,
        clause: "accounts",
        message: sentence(ruleset, "tooMany", { count: same.length, network: name }),
      }),
    )
  }
  if (max !== null && social.length > max && social.filter((account) => account.main).length !== 1) {
    findings.push(
      finding({
        rule: "ACC-4",
        severity: "advice",
        seen: `${social.length} tài khoản`,
        expected: `${String(max).padStart(2, "0")} tài khoản`,
        clause: "accounts",
        message: sentence(ruleset, "overMaximum", { count: social.length }),
      }),
    )
  }
  for (const account of social) {
    if (account.kind === "profile" || account.kind === "group") {
      const kind = account.kind === "profile" ? "trang cá nhân" : "nhóm"
      findings.push(
        finding({
          rule: "ACC-6",
          severity: "advice",
          account: account.id,
          seen: kind,
          expected: "Trang Facebook hoặc Zalo Official Account",
          clause: "accounts",
          message: sentence(ruleset, "notAPage", { kind }),
        }),
      )
    }
    if (seen(account)?.reachable === false) {
      findings.push(
        finding({
          rule: "ACC-5",
          severity: "advice",
          account: account.id,
          seen: "Nền tảng báo không còn tài khoản này",
          expected: "Tài khoản truy cập được",
          clause: "accounts",
          message: sentence(ruleset, "unreachable"),
        }),
      )
    }
  }
  if (!unit.owner?.name)
    findings.push(
      finding({
        rule: "S14",
        severity: "advice",
        seen: "Chưa ghi",
        expected: "Người phụ trách của đơn vị",
        clause: "owner",
        message: sentence(ruleset, "noOwner"),
      }),
    )
  else if (!unit.deputy?.name)
    findings.push(
      finding({
        rule: "S14",
        severity: "advice",
        seen: unit.owner.name,
        expected: "Thêm người thay thế",
        clause: "owner",
        message: sentence(ruleset, "noDeputy"),
      }),
    )
  return findings
}
