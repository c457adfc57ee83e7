export interface ReportTables {
  report_runs: {
    id: string
    /** weekly, monthly, quarterly or scoring. */
    kind: string
    /** "2026-W47", "2026-11" or "2026-Q4". */
    period: string
    /** Empty for the report of the whole province. */
    unit_id: string
    made_at: number
    cutoff_at: number
    figures_sha256: string
    /** The figures as JSON: what was printed can be shown again although the rows have moved on. */
    figures: string
    /** JSON list of { format, name, sha256, bytes }. */
    files: string
    state: "made" | "sent" | "failed"
    sent_at: number | null
    /** JSON list of addresses. */
    recipients: string
    error: string | null
  }
  report_mailings: {
    id: string
    kind: string
    period: string
    /** Empty for the whole report, a unit for its page, `branch:…` for the rows of a branch. */
    part: string
    recipient: string
    /** 1, and one more each time a person sends a corrected report again. */
    edition: number
    /** The run whose figures are sent. */
    run_id: string
    state: "waiting" | "sending" | "sent" | "failed"
    attempts: number
    /** waiting: try then · sending: end of the lease. */
    due_at: number
    sent_at: number | null
    error: string | null
  }
  /** `present` 1 = seen; 0 = not seen, which proves nothing. */
  portal_probes: { unit_id: string; signal: string; day: string; at: number; present: number; items: number; proof: string }
  reminders: {
    id: string
    unit_id: string
    /** 1 = first reminder, 2 = second …; counted since the unit's oldest open duty began. */
    level: number
    /** 1 = reported to the superior body with this one. */
    escalated: number
    made_at: number
    /** Midnight of the day until which the unit is asked to act. */
    answer_by: number
    /** JSON string[]: what the unit was asked to do. */
    tasks: string
    /** File name of the letter below LOA_DATA/reports. */
    letter: string
    letter_sha256: string
    /** Empty = no address on record: a person sends the letter and notes it. */
    recipient: string
    state: "made" | "sending" | "sent" | "withdrawn"
    sent_at: number | null
    /** `job:reminders` or the person who noted it. */
    sent_by: string | null
    attempts: number
    due_at: number
    error: string | null
  }
}
