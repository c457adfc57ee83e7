import type { Severity } from "../../model/finding.ts"

export interface CheckTables {
  findings: FindingTable
  account_profiles: {
    account_id: string
    seen_at: number
    last_seen_at: number
    reachable: number
    /** JSON `Profile` without `raw`, or `{}` when nothing could be read. */
    profile: string
    avatar_sha256: string | null
    /** JSON `ImageVerdict`. */
    image_verdict: string | null
    /** JSON `LinkProof`. */
    links: string | null
  }
  waivers: {
    id: string
    account_id: string
    /** JSON string[]; empty = every rule. */
    rules: string
    reason: string
    basis: string | null
    /** Last day, YYYY-MM-DD. */
    ends_on: string
    granted_by: string
    granted_at: number
    revoked_by: string | null
    revoked_at: number | null
  }
}

export interface FindingTable {
  id: string
  unit_id: string
  account_id: string | null
  ruleset: string
  rule: string
  severity: Severity
  as_of: string
  seen: string
  expected: string
  basis: string
  message: string
  since: number
  until: number | null
}
