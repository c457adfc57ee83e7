export interface AuditTables {
  /** Append only; every row carries the hash of the one before it. */
  audit_log: { seq: number; at: number; actor: string; action: string; subject: string; detail: string; hash: string }
}
