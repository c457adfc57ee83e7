/** A case moves forward step by step, comes back with reasons, or ends. Pure: no clock, no database. */
import { ruleOf, stepsOf, type CaseKind, type Party, type StepId } from "./steps.ts"

export const caseStatuses = ["open", "done", "cancelled"] as const
export type CaseStatus = (typeof caseStatuses)[number]
export interface CaseState {
  kind: CaseKind
  status: CaseStatus
  step: StepId
}
export type Move = { do: "submit"; step: StepId } | { do: "return"; to: StepId; reasons: string } | { do: "cancel"; why: string }
export type Refusal = "case_closed" | "not_this_step" | "not_your_turn" | "not_an_earlier_step" | "reason_missing" | "already_active"
export type Moved = { ok: true; state: CaseState } | { ok: false; code: Refusal }

export const begin = (kind: CaseKind): CaseState => ({ kind, status: "open", step: stepsOf[kind][0]!.id })

/** The centre helps everywhere; the unit acts where it is the unit's turn. */
export const mayAct = (party: Party, state: CaseState): boolean =>
  state.status === "open" && (party === "centre" || ruleOf(state.kind, state.step).party === "unit")

export function move(state: CaseState, what: Move, party: Party): Moved {
  if (state.status !== "open") return no("case_closed")
  const steps = stepsOf[state.kind].map((rule) => rule.id)
  const at = steps.indexOf(state.step)
  if (what.do === "cancel") return what.why.trim() ? yes({ ...state, status: "cancelled" }) : no("reason_missing")
  if (!mayAct(party, state)) return no("not_your_turn")
  if (what.do === "return") {
    const to = steps.indexOf(what.to)
    if (to < 0 || to >= at) return no("not_an_earlier_step")
    return what.reasons.trim() ? yes({ ...state, step: what.to }) : no("reason_missing")
  }
  if (what.step !== state.step) return no("not_this_step")
  const next = steps[at + 1]
  return yes(next ? { ...state, step: next } : { ...state, status: "done" })
}
const yes = (state: CaseState): Moved => ({ ok: true, state })
const no = (code: Refusal): Moved => ({ ok: false, code })

export type StepStatus = "done" | "current" | "todo"
/** How each step stands; of a case that is done every step is. */
export function stepStates(state: CaseState): { id: StepId; party: Party; status: StepStatus }[] {
  const rules = stepsOf[state.kind]
  const at = rules.findIndex((rule) => rule.id === state.step)
  return rules.map(({ id, party }, index) => ({
    id,
    party,
    status: state.status === "done" || index < at ? "done" : index === at ? "current" : "todo",
  }))
}
