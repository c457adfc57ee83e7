import type { AlertSeverity, AlertState } from "../../model/alert.ts"

export interface AlertTables {
  alerts: {
    id: string
    /** What it is about; at most one alert that is not closed has this key. */
    key: string
    kind: string
    severity: AlertSeverity
    unit_id: string | null
    account_id: string | null
    state: AlertState
    raised_at: number
    last_seen_at: number
    count: number
    summary: string
    /** JSON, newest first, at most 20 sightings. */
    evidence: string
    acknowledged_by: string | null
    acknowledged_at: number | null
    closed_by: string | null
    closed_at: number | null
  }
}
