import { NotFoundError, UsageError } from "../base/errors.ts"
import { fromIsoDate } from "../base/time.ts"
import { adviseNames, judgeName, judgeRecords, rulesetById, rulesetOn, subjectOfUnit, type NameAdvice, type NameSubject } from "../checks/index.ts"
import { publishingNetworks, type NetworkName } from "../model/unit.ts"
import type { Verdict } from "../model/finding.ts"
import { loadRegistry } from "../registry/index.ts"
import type { Command, CommandContext, Lang } from "./command.ts"
import { readJson, table } from "./words.ts"

export const verdictWords: Record<Verdict, Record<Lang, string>> = {
  pass: { vi: "đạt", en: "pass" },
  advice: { vi: "khuyến nghị", en: "advice" },
  violation: { vi: "vi phạm", en: "violation" },
  "impersonation-suspect": { vi: "nghi mạo danh", en: "impersonation suspect" },
}
export const needsPerson = (verdict: Verdict) => verdict === "violation" || verdict === "impersonation-suspect"

export const checkNameCommand: Command = {
  name: "check-name",
  summary: { vi: "Xét tên một tài khoản theo kế hoạch, hoặc gợi ý tên đúng", en: "Judge the name of an account, or suggest right ones" },
  options: {
    unit: { type: "string", value: "ID", required: ["file"], help: { vi: "đơn vị chủ quản", en: "the unit that owns the account" } },
    network: { type: "string", value: "NETWORK", choices: publishingNetworks, help: { vi: "facebook | zalo", en: "facebook | zalo" } },
    name: {
      type: "string",
      value: "TEXT",
      required: ["file", "suggest"],
      help: { vi: "tên đang dùng trên nền tảng", en: "the name as the network shows it" },
    },
    unregistered: {
      type: "boolean",
      help: { vi: "tài khoản không có trong danh sách (xét mạo danh)", en: "the account is not in the registry (impersonation)" },
    },
    suggest: { type: "boolean", help: { vi: "gợi ý các tên đáp ứng mọi quy định, tốt nhất trước", en: "names that satisfy every rule, best first" } },
    ruleset: {
      type: "string",
      value: "ID",
      help: { vi: "bộ quy tắc, ví dụ B2025; mặc định theo ngày", en: "ruleset, e.g. B2025; default: by date" },
    },
    "as-of": { type: "string", value: "YYYY-MM-DD", day: true, help: { vi: "ngày xét; mặc định hôm nay", en: "day judged; default: today" } },
    file: {
      type: "string",
      value: "CASES.json",
      help: { vi: "xét cả một mảng bản ghi ('-': đầu vào chuẩn)", en: "judge an array of records ('-': standard input)" },
    },
  },
  async run(context) {
    if (context.values.file !== undefined) return judgeFile(context)
    const { values, app, lang } = context
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const asOf = dayOf(text("as-of")) ?? app.checks.today()
    const rules = app.checks.rules
    const ruleset = text("ruleset") ? rulesetById(rules.rulesets, text("ruleset")!) : rulesetOn(rules.rulesets, asOf)
    const unit = unitOf(app.config.registryDir, text("unit")!, asOf)
    const networks: readonly NetworkName[] = text("network") ? [text("network") as NetworkName] : publishingNetworks
    if (values.suggest) {
      const advice = adviseNames({ unit, ruleset, gazetteer: rules.gazetteer, limits: rules.nameLimits, asOf, networks })
      return { exit: advice.clashes.length ? 1 : 0, json: advice, text: adviceText(advice, lang) }
    }
    const {
      findings: _findings,
      class: nameClass,
      ...verdict
    } = judgeName({ unit, network: networks[0]!, name: text("name")!, registered: !values.unregistered, ruleset, asOf, gazetteer: rules.gazetteer })
    const lines = [
      `${verdictWords[verdict.verdict][lang].toUpperCase()}  ${verdict.ruleIds.join(", ")}`,
      ...verdict.reasons.map((reason) => `  - ${reason}`),
    ]
    if (verdict.verdict !== "pass") lines.push(lang === "en" ? `Expected: ${verdict.expected}` : `Tên đúng: ${verdict.expected}`)
    lines.push(`${ruleset.id} · ${asOf}`)
    return {
      exit: needsPerson(verdict.verdict) ? 1 : 0,
      json: { ...verdict, class: nameClass, ruleset: ruleset.id, asOf, unit: unit.id },
      text: lines.join("\n"),
    }
  },
}

async function judgeFile({ values, app, cwd, stdin, lang }: CommandContext) {
  const file = values.file as string
  for (const name of ["unit", "name", "suggest", "unregistered"]) {
    if (values[name] !== undefined) throw new UsageError("bad_option", `--${name} does not go with --file: the record says it`)
  }
  const records = await readJson(file, cwd, stdin)
  const asOf = dayOf(values["as-of"] as string | undefined)
  const results = judgeRecords(records, app.checks.rules, file, { ruleset: values.ruleset as string | undefined, asOf })
  const rows = results.map((result) => [result.id, verdictWords[result.verdict][lang], result.ruleIds.join(", "), result.reasons.join(" ")])
  return { json: { results }, text: table(lang === "en" ? ["Id", "Verdict", "Rules", "Reasons"] : ["Mã", "Kết quả", "Quy tắc", "Lý do"], rows) }
}

export function dayOf(text: string | undefined): string | undefined {
  if (text !== undefined && Number.isNaN(fromIsoDate(text)))
    throw new UsageError("date_wrong", `--as-of ${text}: expected a date YYYY-MM-DD`, { found: text })
  return text
}

/** The unit as the files say it; a mistake in another entry does not matter here. */
function unitOf(registryDir: string, id: string, asOf: string): NameSubject {
  const unit = loadRegistry(registryDir, asOf).units.find((entry) => entry.id === id || entry.aliases.includes(id))
  if (!unit) throw new NotFoundError("unit", id)
  return subjectOfUnit(unit)
}

function adviceText(advice: NameAdvice, lang: Lang): string {
  const rows = advice.suggestions.map((entry) => [String(entry.rank), entry.name, entry.networks.join(", "), entry.notes.join(" ")])
  const lines = [table(lang === "en" ? ["#", "Name", "Networks", "Notes"] : ["#", "Tên", "Nền tảng", "Ghi chú"], rows)]
  for (const clash of advice.clashes) {
    lines.push(
      "",
      lang === "en" ? `No name without blemish on ${clash.network}:` : `Không có tên đáp ứng mọi quy định trên ${clash.network}:`,
      `  ${clash.rules.join(" ↔ ")}`,
      `  ${clash.explanation}`,
      `  ${clash.ask}`,
    )
  }
  return lines.join("\n")
}
