export interface CaseTables {
  cases: {
    id: string
    kind: string
    unit_id: string
    network: string
    /** The account in the registry, once there is one. */
    account_id: string | null
    /** open | done | cancelled */
    status: string
    step: string
    step_since: number
    /** Last moment of the present step. */
    due_at: number
    /** Why the case came back to this step; null when it did not. */
    returned: string | null
    /** JSON: answers by step. */
    data: string
    /** How often somebody was reminded of the present step. */
    reminders: number
    reminded_at: number | null
    opened_at: number
    opened_by: string
    updated_at: number
    closed_at: number | null
    version: number
  }
  cases_events: { id: string; case_id: string; at: number; actor: string; party: string; action: string; step: string; detail: string }
  cases_connects: { state_hash: string; case_id: string; session_hash: string; actor: string; network: string; created_at: number }
}
