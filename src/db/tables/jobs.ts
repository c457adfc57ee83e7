export interface JobTables {
  /** The timetable: a stopped clock catches up because the next run is remembered. */
  schedules: { name: string; next_run_at: number; last_run_at: number | null; last_error: string | null; owner: string | null; lease_until: number }
  /** Work of one process at a time that waits for the outside meanwhile. */
  leases: { name: string; owner: string; lease_until: number }
  settings: { name: string; value: string; updated_at: number }
}
