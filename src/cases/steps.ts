/** The kinds of cases and the steps each goes through (S8, S12–S14): who acts, and how many working days they have. */
export const caseKinds = ["register", "rename", "hand_over", "merge", "close"] as const
export type CaseKind = (typeof caseKinds)[number]

export const stepIds = ["request", "name", "picture", "dossier", "identity", "change", "connect", "checks", "test_post", "activate"] as const
export type StepId = (typeof stepIds)[number]

/** The unit that owns the account, or Trung tâm Thông tin tỉnh. */
export type Party = "unit" | "centre"

export interface StepRule {
  id: StepId
  /** Whose turn it is. The centre may always help the unit; the unit never acts for the centre. */
  party: Party
  workdays: number
}
const unit = (id: StepId, workdays: number): StepRule => ({ id, party: "unit", workdays })
const centre = (id: StepId, workdays: number): StepRule => ({ id, party: "centre", workdays })

export const stepsOf: Record<CaseKind, readonly StepRule[]> = {
  register: [
    unit("request", 5),
    centre("name", 2),
    unit("picture", 3),
    unit("dossier", 5),
    unit("identity", 10),
    unit("connect", 3),
    centre("checks", 2),
    centre("test_post", 1),
    centre("activate", 1),
  ],
  rename: [unit("request", 5), centre("name", 2), unit("dossier", 5), unit("change", 7), centre("checks", 2), centre("activate", 1)],
  hand_over: [unit("request", 5), unit("dossier", 5), unit("connect", 3), centre("checks", 2), centre("activate", 1)],
  merge: [unit("request", 5), unit("dossier", 5), unit("change", 7), centre("checks", 2), centre("activate", 1)],
  close: [unit("request", 5), unit("dossier", 5), unit("change", 7), centre("checks", 2), centre("activate", 1)],
}

export const ruleOf = (kind: CaseKind, step: StepId): StepRule => {
  const rule = stepsOf[kind].find((entry) => entry.id === step)
  if (!rule) throw new RangeError(`a ${kind} case has no step ${step}`)
  return rule
}

/**
 * What has to be arranged with the network itself, with a deadline of its own inside the step `identity` (working days from its beginning).
 * The networks' procedures change; these are the tasks that the contracts and the plan name.
 */
export interface IdentityTask {
  id: string
  party: Party
  workdays: number
  /** Without it the step cannot end. */
  required: boolean
}
const task = (id: string, party: Party, workdays: number, required = true): IdentityTask => ({ id, party, workdays, required })

export const identityTasks: Record<"facebook" | "zalo", readonly IdentityTask[]> = {
  facebook: [
    task("page_created", "unit", 2),
    task("page_profile", "unit", 3),
    task("two_factor", "unit", 3),
    task("business_shared", "unit", 5),
    task("system_user", "centre", 7),
    task("badge_requested", "unit", 10, false),
  ],
  zalo: [
    task("oa_created", "unit", 2),
    task("oa_profile", "unit", 3),
    task("two_factor", "unit", 3),
    task("oa_papers", "unit", 5),
    task("oa_package", "unit", 7),
    task("oa_verified", "unit", 10, false),
  ],
}
