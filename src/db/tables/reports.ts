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
  /** `unit_id`: empty for the whole report, a unit for its page, `branch:…` for the rows of a branch. */
  report_mails: { run_id: string; recipient: string; unit_id: string; sent_at: number }
  reminders: { id: string; unit_id: string; level: number; period: string; letter_sha256: string; recipient: string; sent_at: number }
}
