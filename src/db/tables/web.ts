export interface WebTables {
  users: {
    /** What the person types to sign in. */
    id: string
    name: string
    role: string
    /** Only for `unit_official`. */
    unit_id: string | null
    /** argon2id in PHC form; empty = cannot sign in with a password (the person of the rehearsal). */
    password_hash: string
    password_at: number
    created_at: number
    created_by: string
    disabled_at: number | null
  }
  sessions: { token_hash: string; user_id: string; created_at: number; seen_at: number; address: string }
  /** Browsers a person signed in with before: strangers who guess passwords cannot lock these out. */
  known_devices: { token_hash: string; user_id: string; at: number }
  login_failures: { id: string; bucket: string; at: number }
}
