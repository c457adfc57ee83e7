/** Rows of the tables as cases. */
import type { Selectable } from "kysely"
import type { CaseTables } from "../db/tables/cases.ts"
import type { CaseData } from "./forms.ts"
import type { CaseStatus } from "./machine.ts"
import type { CaseKind, Party, StepId } from "./steps.ts"

export interface Case {
  id: string
  kind: CaseKind
  unitId: string
  network: "facebook" | "zalo"
  accountId: string | null
  status: CaseStatus
  step: StepId
  stepSince: number
  dueAt: number
  /** Why it came back to this step. */
  returned: string | null
  data: CaseData
  reminders: number
  remindedAt: number | null
  openedAt: number
  openedBy: string
  updatedAt: number
  closedAt: number | null
  version: number
}
export interface CaseEvent {
  at: number
  actor: string
  party: Party
  /** opened | submitted | saved | returned | cancelled | done | reminded | connected | test_posted | taken_down */
  action: string
  step: StepId
  detail: Record<string, unknown>
}

const numberOrNull = (value: number | null) => (value === null ? null : Number(value))
export const caseOf = (row: Selectable<CaseTables["cases"]>): Case => ({
  id: row.id,
  kind: row.kind as CaseKind,
  unitId: row.unit_id,
  network: row.network as Case["network"],
  accountId: row.account_id,
  status: row.status as CaseStatus,
  step: row.step as StepId,
  stepSince: Number(row.step_since),
  dueAt: Number(row.due_at),
  returned: row.returned,
  data: JSON.parse(row.data) as CaseData,
  reminders: Number(row.reminders),
  remindedAt: numberOrNull(row.reminded_at),
  openedAt: Number(row.opened_at),
  openedBy: row.opened_by,
  updatedAt: Number(row.updated_at),
  closedAt: numberOrNull(row.closed_at),
  version: Number(row.version),
})
export const eventOf = (row: Selectable<CaseTables["cases_events"]>): CaseEvent => ({
  at: Number(row.at),
  actor: row.actor,
  party: row.party as Party,
  action: row.action,
  step: row.step as StepId,
  detail: JSON.parse(row.detail) as Record<string, unknown>,
})
