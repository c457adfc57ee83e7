/** Who has an account, who complies: coverage of the 119 and the verdicts per account. */
import { DAY } from "../base/clock.ts"
import { fromIsoDate } from "../base/time.ts"
import { worstVerdict, type Verdict } from "../model/finding.ts"
import { publishingNetworks, type Account, type Unit } from "../model/unit.ts"
import { identityStates, levels, ruleGroups, type Compliance, type Coverage, type Figure, type Level, type RuleGroup } from "./figures.ts"
import type { Raw } from "./gather.ts"
import { groupBy } from "./group.ts"
import type { OpenFinding } from "./sources.ts"

/** 01 province portal, 19 departments, 99 communes and wards (Plan 65, II.8). */
const planned = { province: 1, department: 19, communeLevel: 99 }

/** Classes E4 and E5 of rules.md 5.6 and 6: an account named so stands for another body and does not count (ACC-5). */
const disqualifying = /^(NAME-[KXOR]|OBS-\d|IMP-\d)$/

export interface Judged {
  findingsOf: Map<string, OpenFinding[]>
  /** Accounts of the unit that count for ACC-1. */
  counting: Map<string, Account[]>
  overdue: Map<string, number>
  verdictOf(account: Account): Verdict | "unchecked"
}

export const levelOf = (unit: Pick<Unit, "kind">): Level =>
  unit.kind === "province_portal" ? "province" : unit.kind === "department" ? "department" : unit.kind === "ward" ? "ward" : "commune"

/** Province portal, departments, xã, phường; within them the order of the registry. */
export const inProtocolOrder = (units: readonly Unit[]): Unit[] => units.toSorted((a, b) => levels.indexOf(levelOf(a)) - levels.indexOf(levelOf(b)))

const isPublishing = (account: Account) => (publishingNetworks as readonly string[]).includes(account.network)
export const publishingAccounts = (unit: Unit) => unit.accounts.filter(isPublishing)

export function judge(raw: Raw, options: { overdueDays: number; graceDays: number }): Judged {
  const findingsOf = groupBy(raw.findings.toSorted(byRank), (finding) => finding.unit)
  const counting = new Map<string, Account[]>()
  const overdue = new Map<string, number>()
  for (const unit of raw.units) {
    const findings = findingsOf.get(unit.id) ?? []
    const shut = new Set(
      findings.filter((finding) => finding.severity !== "advice" && disqualifying.test(finding.rule)).map((finding) => finding.account),
    )
    // The checks also know what the registry cannot: that a listed page is gone (ACC-5, "reachable").
    const denied = findings.some((finding) => finding.rule === "ACC-1")
    const accounts = denied ? [] : publishingAccounts(unit).filter((account) => !shut.has(account.id))
    counting.set(unit.id, accounts)
    const born = unit.begins ? fromIsoDate(unit.begins) : Number.NEGATIVE_INFINITY
    if (!accounts.length && options.overdueDays > 0 && raw.at - born >= options.graceDays * DAY) {
      overdue.set(unit.id, Math.min(options.overdueDays, Math.floor((raw.at - born) / DAY)))
    }
  }
  const byAccount = groupBy(raw.findings, (finding) => finding.account)
  return {
    findingsOf,
    counting,
    overdue,
    verdictOf: (account) => {
      const found = byAccount.get(account.id)
      return found ? worstVerdict(found.map((finding) => finding.severity)) : raw.checked.has(account.id) ? "pass" : "unchecked"
    },
  }
}

const rank = { "impersonation-suspect": 0, violation: 1, advice: 2 }
const byRank = (a: OpenFinding, b: OpenFinding) => rank[a.severity] - rank[b.severity] || a.since - b.since || (a.id < b.id ? -1 : 1)

const of = (query: string) => (rows: string[]): Figure => ({ value: rows.length, query, rows })

export function countCoverage(raw: Raw, judged: Judged, overdueDays: number): Coverage {
  const has = (unit: Unit, network: string) => judged.counting.get(unit.id)!.some((account) => account.network === network)
  const ids = (filter: (unit: Unit) => boolean, among = raw.units) => among.filter(filter).map((unit) => unit.id)
  const isWith = (unit: Unit) => judged.counting.get(unit.id)!.length > 0
  const isOverdue = (unit: Unit) => judged.overdue.has(unit.id)
  const figures = (among: Unit[]) => ({
    total: of("units of the registry at the cut-off")(ids(() => true, among)),
    with: of("units with a Facebook or Zalo account that counts (ACC-1, ACC-5)")(ids(isWith, among)),
    without: of("units without a Facebook or Zalo account that counts (ACC-1, ACC-5)")(ids((unit) => !isWith(unit), among)),
    overdue: of("units without an account after the deadline, grace of new units over (ACC-3, ACC-7)")(ids(isOverdue, among)),
  })
  const perLevel = levels.map((level) => ({ level, ...figures(raw.units.filter((unit) => levelOf(unit) === level)) }))
  const size = (level: Level) => perLevel.find((entry) => entry.level === level)!.total.value!
  return {
    ...figures(raw.units),
    both: of("units with a counting account on Facebook and on Zalo")(ids((unit) => has(unit, "facebook") && has(unit, "zalo"))),
    facebookOnly: of("units with counting accounts on Facebook only")(ids((unit) => has(unit, "facebook") && !has(unit, "zalo"))),
    zaloOnly: of("units with counting accounts on Zalo only")(ids((unit) => !has(unit, "facebook") && has(unit, "zalo"))),
    levels: perLevel,
    overdueDays,
    asPlanned:
      size("province") === planned.province && size("department") === planned.department && size("commune") + size("ward") === planned.communeLevel,
  }
}

export function ruleGroup(rule: string): RuleGroup {
  if (rule.startsWith("ACC-")) return "account"
  if (rule.startsWith("NAME-") || rule.startsWith("CHR-")) return "name"
  if (rule.startsWith("IMG-")) return "image"
  if (rule.startsWith("VER-")) return "identity"
  if (rule.startsWith("OBS-")) return "abolished"
  return rule.startsWith("IMP-") ? "impersonation" : "other"
}

export function countCompliance(raw: Raw, judged: Judged): Compliance {
  const accounts = raw.units.flatMap(publishingAccounts)
  const withVerdict = (verdict: Verdict | "unchecked") =>
    accounts.filter((account) => judged.verdictOf(account) === verdict).map((account) => account.id)
  const known = new Set(raw.units.map((unit) => unit.id))
  const findings = raw.findings.filter((finding) => known.has(finding.unit))
  const grouped = groupBy(findings, (finding) => ruleGroup(finding.rule))
  return {
    accounts: of("Facebook and Zalo accounts of the registry")(accounts.map((account) => account.id)),
    pass: of("accounts that were judged and have no open finding")(withVerdict("pass")),
    advice: of("accounts whose gravest open finding is advice")(withVerdict("advice")),
    violation: of("accounts whose gravest open finding is a violation")(withVerdict("violation")),
    suspect: of("accounts with an open finding impersonation-suspect")(withVerdict("impersonation-suspect")),
    unchecked: of("accounts without findings whose profile was not judged yet")(withVerdict("unchecked")),
    groups: ruleGroups.map((group) => {
      const rows = (severity: string) =>
        of(`open findings of group ${group}, severity ${severity}`)(
          (grouped.get(group) ?? [])
            .filter((finding) => finding.severity === severity)
            .map((finding) => finding.id)
            .sort(),
        )
      return { group, violation: rows("violation"), advice: rows("advice"), suspect: rows("impersonation-suspect") }
    }),
    identity: Object.fromEntries(
      identityStates.map((state) => [
        state,
        of(`accounts whose identity is ${state} in the registry`)(
          accounts.filter((account) => account.identity.status === state).map((account) => account.id),
        ),
      ]),
    ) as Compliance["identity"],
    unowned: of("units without a named owner (S14)")(raw.units.filter((unit) => !unit.owner?.name.trim()).map((unit) => unit.id)),
  }
}
