/**
 * Every rule of rules.md 3, 4, 5 and 7 for one unit on one day. Pure: (unit, what was seen, ruleset, day) → findings, so any past day can be
 * judged again.
 */
import type { Finding } from "../../model/finding.ts"
import type { Account, Unit } from "../../model/unit.ts"
import type { Gazetteer } from "../names/gazetteer.ts"
import { judgeName } from "../names/judge.ts"
import { subjectOfUnit, type NameSubject } from "../names/subject.ts"
import type { Switches } from "../rulesets/choose.ts"
import type { Ruleset } from "../rulesets/schema.ts"
import { existenceFindings } from "./existence.ts"
import type { Observation, Waiver } from "./facts.ts"
import { identityFindings } from "./identity.ts"
import { imageFindings } from "./pictures.ts"
import { day, dayAfter, makeFinding, sentence } from "./sentences.ts"

export interface UnitCase {
  unit: Unit
  /** By account id; accounts nobody looked at are judged by what the registry records. */
  observations?: ReadonlyMap<string, Observation>
  waivers?: readonly Waiver[]
  ruleset: Ruleset
  asOf: string
  gazetteer: Gazetteer
  switches?: Switches
}
/** What every part of the check asks about. */
export interface CheckContext extends Required<Pick<UnitCase, "unit" | "ruleset" | "asOf" | "switches" | "waivers">> {
  subject: NameSubject
  finding: ReturnType<typeof makeFinding>
  seen(account: Account): Observation | null
}

const subjects = new WeakMap<Unit, NameSubject>()
export function subjectOf(unit: Unit): NameSubject {
  const known = subjects.get(unit)
  if (known) return known
  const made = subjectOfUnit(unit)
  subjects.set(unit, made)
  return made
}

export function checkUnit(input: UnitCase): Finding[] {
  const { unit, ruleset, asOf, gazetteer, switches = {}, waivers = [], observations } = input
  if (unit.begins && unit.begins > asOf) return []
  const subject = subjectOf(unit)
  const context: CheckContext = {
    unit, ruleset, asOf, switches, waivers, subject,
    finding: makeFinding(ruleset, unit.id, asOf),
    seen: (account) => observations?.get(account.id) ?? null,
  }
  if (unit.ends && unit.ends < asOf) return unit.accounts.map((account) => orphan(context, account))
  const names = new Map(unit.accounts.map((account) => [account.id, isJudgedByName(account) ? nameFindings(context, account, gazetteer) : []]))
  return [
    ...existenceFindings(context, (account) => names.get(account.id)!.some((finding) => finding.severity !== "advice" && isGrave(finding.rule))),
    ...unit.accounts.flatMap((account) => [...names.get(account.id)!, ...imageFindings(context, account), ...identityFindings(context, account)]),
  ]
}

/** The plans name Facebook and Zalo; other networks are recorded only (ACC-2). */
const isJudgedByName = (account: Account) => account.network === "facebook" || account.network === "zalo"
/** Classes E4 and E5 (ACC-5). */
const isGrave = (rule: string) => /^(IMP|OBS)-/.test(rule) || /^NAME-[KXOR]$/.test(rule)

function nameFindings(context: CheckContext, account: Account, gazetteer: Gazetteer): Finding[] {
  const { ruleset, asOf, switches, subject } = context
  // What the public sees counts; the recorded name stands in until somebody looked.
  const name = context.seen(account)?.profile?.name ?? account.name
  const verdict = judgeName({ unit: subject, network: account.network, name, registered: true, ruleset, asOf, gazetteer, switches })
  const force = sentence(ruleset, ruleset.names[subject.level].severity.E2 === "violation" ? "forceRequired" : "forceEncouraged")
  return verdict.findings.map(({ rule, severity, reason, class: nameClass, ended = gazetteer.mergedOn }) => {
    const todo =
      nameClass === "E5"
        ? sentence(ruleset, "impersonation")
        : rule.startsWith("OBS-")
          ? sentence(ruleset, rule === "OBS-2" ? "otherBody" : "obsolete", { expected: verdict.expected, ended: day(ended) })
          : nameClass === "E4"
            ? sentence(ruleset, "otherBody", { expected: verdict.expected })
            : sentence(ruleset, "rename", { expected: verdict.expected, force })
    return context.finding({
      rule,
      severity,
      account: account.id,
      seen: name,
      expected: verdict.expected,
      clause: nameClass === "E5" ? "security" : ruleset.names[subject.level].clause,
      message: `${reason} ${todo}`,
    })
  })
}

/** An account still listed under a unit that ended. */
function orphan({ unit, ruleset, finding, subject }: CheckContext, account: Account): Finding {
  const rule = subject.level === "district" ? "OBS-1" : subject.level === "department" ? "OBS-2" : "OBS-4"
  const ended = day(dayAfter(unit.ends!))
  return finding({
    rule,
    severity: ruleset.names[subject.level].severity.E4,
    account: account.id,
    seen: account.name,
    expected: "",
    clause: ruleset.names[subject.level].clause,
    message: sentence(ruleset, "obsolete", { ended }),
  })
}
