import { UsageError } from "../base/errors.ts"
import { vnDate, fromIsoDate } from "../base/time.ts"
import type { UnitResult } from "../checks/index.ts"
import type { Finding, Verdict } from "../model/finding.ts"
import { dayOf, needsPerson, verdictWords } from "./check-name.ts"
import type { Command, Lang } from "./command.ts"

export const checkCommand: Command = {
  name: "check",
  summary: { vi: "Kiểm tra tài khoản của các đơn vị theo kế hoạch", en: "Compliance findings per unit" },
  options: {
    unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } },
    ruleset: {
      type: "string",
      value: "ID",
      help: { vi: "bộ quy tắc, ví dụ B2025; mặc định theo ngày", en: "ruleset, e.g. B2025; default: by date" },
    },
    "as-of": { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "ngày xét; mặc định hôm nay", en: "day judged; default: today" } },
    refresh: { type: "boolean", help: { vi: "đọc lại hồ sơ tài khoản từ nền tảng trước khi xét", en: "read the profiles from the networks first" } },
  },
  async run({ values, app, lang, progress }) {
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const asOf = dayOf(text("as-of"))
    if (values.refresh && asOf !== undefined && asOf !== app.checks.today())
      throw new UsageError("bad_option", "--refresh does not go with --as-of: profiles can only be read today")
    const { checks } = await app.open()
    if (values.refresh) {
      const { seen, failed } = await checks.look(text("unit"))
      progress(lang === "en" ? `${seen} profiles read, ${failed.length} not readable` : `Đã đọc ${seen} hồ sơ, ${failed.length} hồ sơ chưa đọc được`)
      for (const { account, reason } of failed) progress(`  ${account}: ${reason}`)
    }
    const result = await checks.check({ unit: text("unit"), ruleset: text("ruleset"), asOf })
    const units = result.units.map((unit) => ({
      ...unit,
      findings: unit.findings.map(({ unit: _unit, ruleset: _ruleset, asOf: _asOf, ...finding }) => finding),
    }))
    return {
      exit: result.units.some((unit) => needsPerson(unit.verdict)) ? 1 : 0,
      json: { ruleset: result.ruleset, asOf: result.asOf, units },
      text: report(result, lang),
    }
  },
}

const order: Verdict[] = ["impersonation-suspect", "violation", "advice", "pass"]

/** Grouped by unit, gravest first, each finding with what was seen, what is expected, the clause and what to do. */
function report({ ruleset, asOf, units }: { ruleset: string; asOf: string; units: UnitResult[] }, lang: Lang): string {
  const words =
    lang === "en"
      ? { seen: "Seen", expected: "Expected", basis: "Basis", todo: "To do", units: "units" }
      : { seen: "Hiện trạng", expected: "Quy định", basis: "Căn cứ", todo: "Kiến nghị", units: "đơn vị" }
  const lines: string[] = []
  for (const unit of [...units].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))) {
    if (!unit.findings.length) continue
    lines.push(`${unit.name} (${unit.id}): ${verdictWords[unit.verdict][lang]}`)
    // One clause often backs several findings of a unit: it is quoted once.
    const quoted = new Set<string>()
    for (const finding of [...unit.findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))) {
      lines.push(`  [${finding.rule}] ${verdictWords[finding.severity][lang]}${finding.account ? ` · ${finding.account}` : ""}`)
      lines.push(`    ${words.seen}: ${shown(finding.seen)}`)
      if (finding.expected) lines.push(`    ${words.expected}: ${finding.expected}`)
      lines.push(`    ${words.todo}: ${finding.message}`)
      if (!quoted.has(finding.basis)) lines.push(`    ${words.basis}: ${finding.basis}`)
      quoted.add(finding.basis)
    }
    lines.push("")
  }
  const counts = order.map((verdict) => `${verdictWords[verdict][lang]} ${units.filter((unit) => unit.verdict === verdict).length}`)
  return [...lines, `${ruleset} · ${vnDate(fromIsoDate(asOf))} · ${units.length} ${words.units}: ${counts.join(", ")}`].join("\n")
}

/** Names come from outside: control and direction characters must not reach a terminal. */
const shown = (seen: Finding["seen"]) => seen.replace(/[\p{Cc}\p{Cf}]/gu, "·")
