/** A broken rule, as shown to people and kept for reports (EFF-5: it can be recomputed for any past day). */
export const verdicts = ["pass", "advice", "violation", "impersonation-suspect"] as const
export type Verdict = (typeof verdicts)[number]
export type Severity = Exclude<Verdict, "pass">

export interface Finding {
  /** Ruleset id, e.g. "B2025". */
  ruleset: string
  /** Rule id of rules.md, e.g. "NAME-P". */
  rule: string
  severity: Severity
  unit: string
  /** Account id, or null when the finding is about the unit. */
  account: string | null
  /** The day judged, YYYY-MM-DD. */
  asOf: string
  seen: string
  expected: string
  /** Clause and quotation of the plan. */
  basis: string
  /** What to do, in Vietnamese (rules.md section 9). */
  message: string
}

const rank = (verdict: Verdict) => verdicts.indexOf(verdict)
/** The gravest of several verdicts: impersonation-suspect > violation > advice > pass. */
export const worstVerdict = (list: Verdict[]): Verdict => list.reduce<Verdict>((worst, v) => (rank(v) > rank(worst) ? v : worst), "pass")
