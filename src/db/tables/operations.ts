export interface OperationTables {
  /** Legal holds; `subject` is empty for a period. */
  holds: {
    id: string
    kind: "unit" | "article" | "period"
    subject: string
    from_at: number
    to_at: number
    reason: string
    made_by: string
    made_at: number
    ended_by: string | null
    ended_at: number | null
  }
}
