import type { AlertSeverity, AlertState, ObservedState } from "../../model/alert.ts"

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
  account_facts: { account_id: string; fact: string; value: string; since: number; seen_at: number }
  webhook_events: {
    /** The event's own key: a repeated delivery has the same. */
    id: string
    network: string
    account_id: string | null
    kind: string
    /** JSON of the event as read; no text of citizens. */
    body: string
    happened_at: number | null
    received_at: number
    done_at: number | null
    tries: number
  }
  alert_levels: { alert_id: string; level: string; step: number; at: number }
  observed_pages: {
    id: string
    network: string
    url: string
    remote_id: string | null
    handle: string | null
    name: string
    /** SHA-256 of the picture kept as evidence. */
    picture: string | null
    /** Unit that the observer believes is imitated. */
    unit_hint: string | null
    note: string
    /** `person`, or the file below `accounts/observed/`. */
    source: string
    added_by: string
    added_at: number
    state: ObservedState
    /** JSON ObservedVerdict. */
    verdict: string | null
    /** What the alert was last raised for. */
    told: string | null
    /** `network` = Loa could read the page itself. */
    read_by: string
    checked_at: number | null
    check_at: number
    /** When a person must have acted. */
    due_at: number | null
    decided_by: string | null
    decided_at: number | null
    decided_why: string | null
  }
  /** `step`: `raised:<severity>` or `level:<level>`. */
  alert_messages: { alert_id: string; channel: string; step: string; tries: number; due_at: number; sent_at: number | null; error: string | null }
}
