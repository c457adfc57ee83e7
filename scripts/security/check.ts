/** One check of the list: what it looks at and how it ends. */
import type { Target } from "./target.ts"

export interface Outcome {
  state: "ok" | "FAIL" | "not checked"
  evidence: string
}
export interface Check {
  n: number
  title: string
  /** Requirement of OWASP ASVS 5.0, or the risk of the API Top 10. */
  anchor: string
  /** Also against a server that somebody else started (`--url`). */
  remote?: true
  run(target: Target): Promise<Outcome>
}

export const ok = (evidence: string): Outcome => ({ state: "ok", evidence })
export const fail = (evidence: string): Outcome => ({ state: "FAIL", evidence })
export const skip = (reason: string): Outcome => ({ state: "not checked", evidence: reason })
/** FAIL with the first problems when there are any. */
export const verdict = (problems: readonly string[], evidence: string): Outcome =>
  problems.length ? fail(`${problems.length} problem(s): ${problems.slice(0, 4).join(" | ")}`.slice(0, 900)) : ok(evidence)
export const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
