export interface NetworkTables {
  account_tokens: {
    account_id: string
    network: string
    remote_id: string
    /** Sealed JSON; AAD `account:<id>:v1`. */
    secret: string
    version: number
    state: "ok" | "needs_reauth"
    /** Why `needs_reauth`, for people. */
    reason: string | null
    access_expires_at: number | null
    refresh_expires_at: number | null
    refreshed_at: number
    /** Last time the network confirmed the credential. */
    checked_at: number | null
    /** A refresh whose answer got lost is asked again at this moment, once. */
    retry_at: number | null
    lease_owner: string | null
    lease_until: number
  }
  /** `version` = the row version the refresh began from. */
  token_wal: { id: string; account_id: string; at: number; version: number; body: string }
  oauth_states: { state: string; account_id: string; verifier: string; created_at: number }
  /** Key: `<network>:app` or `<network>:<remote id>`. */
  throttles: { key: string; percent: number; percent_at: number; stopped_until: number }
  content_strikes: { account_id: string; at: number; code: string }
}
