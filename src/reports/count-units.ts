/** One row per unit, in registry order: the appendix, the unit's own page and the ranking are read from here. */
import { DAY } from "../base/clock.ts"
import { startOfDay } from "../base/time.ts"
import { worstVerdict } from "../model/finding.ts"
import { levelOf, publishingAccounts, ruleGroup, type Judged } from "./count-compliance.ts"
import type { UnitRow } from "./figures.ts"
import { median } from "./format.ts"
import type { Raw } from "./gather.ts"
import { groupBy } from "./group.ts"
import type { OpenFinding } from "./sources.ts"

export const unitQueries: Record<string, string> = {
  hasAccount: "registry accounts of the unit on Facebook or Zalo without a disqualifying finding (ACC-1, ACC-5)",
  overdueDays: "days from the deadline (or the founding of the unit) to the cut-off while it has no account",
  findings: "open findings of the unit at the cut-off",
  seen: "articles of the unit first seen in the period",
  deliveries: "deliveries of articles of the unit first seen in the period",
  published: "… and state = published",
  held: "… and state in (held, review)",
  refused: "… and state in (refused, cancelled)",
  waiting: "… and state in (waiting, sending, unknown)",
  medianLagMs: "median lag of the unit's posts published in the period, portal time known",
  worstLagMs: "longest lag of the unit's posts published in the period, portal time known",
  lastPostAt: "latest post of the unit published in the period",
  followers: "latest followers of the account at the cut-off",
  reminders: "reminders sent to the unit from the beginning of its oldest open duty to the cut-off",
  alerts: "alerts of the unit raised in the period or open during it",
}

const held = new Set(["held", "review"])
const refused = new Set(["refused", "cancelled"])

/** The first day of the oldest thing the unit still has to do. */
function dutyOf(findings: OpenFinding[], overdueDays: number | undefined, at: number): number | null {
  const begun = findings.flatMap((finding) => (finding.severity === "violation" ? [finding.since] : []))
  if (overdueDays !== undefined) begun.push(startOfDay(at) - overdueDays * DAY)
  return begun.length ? Math.min(...begun) : null
}

export function unitRows(raw: Raw, judged: Judged): UnitRow[] {
  const articles = groupBy(raw.articles, (row) => row.unitId)
  const deliveries = groupBy(raw.deliveries, (row) => row.unitId)
  const lags = groupBy(raw.lags, (row) => row.unitId)
  const followers = new Map(raw.followers.map((row) => [row.accountId, row.value]))
  const posts = new Map<string, number>()
  for (const row of raw.deliveries) if (row.state === "published") posts.set(row.accountId, (posts.get(row.accountId) ?? 0) + row.count)
  const reminders = groupBy(raw.reminders, (row) => row.unitId)
  const alerts = groupBy(raw.alerts, (alert) => alert.unit)

  return raw.units.map((unit): UnitRow => {
    const own = deliveries.get(unit.id) ?? []
    const inStates = (test: (state: string) => boolean) => own.reduce((total, row) => total + (test(row.state) ? row.count : 0), 0)
    const published = inStates((state) => state === "published")
    const [kept, dropped, all] = [inStates((state) => held.has(state)), inStates((state) => refused.has(state)), inStates(() => true)]
    const times = (lags.get(unit.id) ?? []).flatMap((row) => (row.lagMs === null ? [] : [Math.max(0, row.lagMs)]))
    const findings = judged.findingsOf.get(unit.id) ?? []
    const dutySince = dutyOf(findings, judged.overdue.get(unit.id), raw.at)
    // What was asked before the present duty began is another matter.
    const letters = (reminders.get(unit.id) ?? []).filter((row) => dutySince !== null && (row.sentAt ?? raw.at) >= dutySince)
    const sent = letters.filter((row) => row.sentAt !== null).sort((a, b) => a.sentAt! - b.sentAt!)
    const verdicts = [...findings.map((finding) => finding.severity), ...publishingAccounts(unit).map((account) => judged.verdictOf(account))]
    const settled = verdicts.filter((verdict) => verdict !== "unchecked")
    return {
      id: unit.id,
      name: unit.name,
      kind: unit.kind,
      level: levelOf(unit),
      hasAccount: judged.counting.get(unit.id)!.length > 0,
      overdueDays: judged.overdue.get(unit.id) ?? null,
      verdict: settled.length ? worstVerdict(settled) : "unchecked",
      owner: unit.owner?.name ? { name: unit.owner.name, title: unit.owner.title, email: unit.owner.email } : null,
      accounts: unit.accounts.map((account) => ({
        id: account.id,
        network: account.network,
        name: account.name.normalize("NFC"),
        link: account.url ?? account.handle ?? null,
        identity: account.identity.status,
        verdict: judged.verdictOf(account),
        followers: followers.get(account.id) ?? null,
        published: posts.get(account.id) ?? 0,
      })),
      findings: findings.map((finding) => ({
        id: finding.id,
        rule: finding.rule,
        group: ruleGroup(finding.rule),
        severity: finding.severity,
        account: finding.account,
        message: finding.message,
        basis: finding.basis,
        since: finding.since,
        ageDays: Math.max(0, Math.floor((raw.at - finding.since) / DAY)),
      })),
      seen: (articles.get(unit.id) ?? []).reduce((total, row) => total + row.count, 0),
      deliveries: all,
      published,
      held: kept,
      refused: dropped,
      waiting: all - published - kept - dropped,
      medianLagMs: median(times),
      worstLagMs: times.length ? times.reduce((most, ms) => Math.max(most, ms)) : null,
      lastPostAt: (lags.get(unit.id) ?? []).reduce<number | null>((last, row) => Math.max(last ?? 0, row.publishedAt), null),
      dutySince,
      reminders: {
        count: sent.length,
        lastAt: sent.at(-1)?.sentAt ?? null,
        escalated: sent.at(-1)?.escalated ?? false,
        waiting: letters.some((row) => row.sentAt === null),
      },
      alerts: (alerts.get(unit.id) ?? []).map((alert) => alert.id).sort(),
    }
  })
}
