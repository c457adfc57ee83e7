export interface WebTables {
  users: {
    /** What the person types to sign in. */
    id: string
    name: string
    role: string
    /** Only for `unit_official`. */
    unit_id: string | null
    /** argon2id in PHC form; empty = cannot sign in with a password (the person of the rehearsal, somebody invited). */
    password_hash: string
    password_at: number
    created_at: number
    created_by: string
    disabled_at: number | null
    /** Lower case; where reset links go and what single sign-on is matched by. */
    email: string | null
    /** Sealed secrets of the authenticator: in force, and shown but not yet confirmed. */
    totp_secret: string | null
    totp_pending: string | null
    /** The last time step whose code was accepted: a code works once. */
    totp_step: number
    /** `sub` of the identity provider, bound at the first single sign-on. */
    oidc_subject: string | null
  }
  sessions: {
    token_hash: string
    user_id: string
    created_at: number
    seen_at: number
    address: string
    /** `half`: the password was right, the code is still missing. */
    stage: "full" | "half"
    /** When password and code were last proved; grave changes ask for a fresh proof. */
    confirmed_at: number
    /** Wrong codes of a half session. */
    tries: number
    agent: string
  }
  /** Browsers a person signed in with before: strangers who guess passwords cannot lock these out. */
  known_devices: { token_hash: string; user_id: string; at: number }
  login_failures: { id: string; bucket: string; at: number }
  recovery_codes: { code_hash: string; user_id: string; used_at: number | null }
  one_time_links: {
    token_hash: string
    kind: "reset" | "setup"
    user_id: string
    created_at: number
    expires_at: number
    created_by: string
    used_at: number | null
  }
  /** Single sign-on that left for the identity provider and has not come back. */
  oidc_tries: { browser_hash: string; state: string; nonce: string; verifier: string; back_to: string; expires_at: number }
  api_keys: {
    id: string
    name: string
    key_hash: string
    /** JSON string[]. */
    scopes: string
    /** The only unit this key sees, or null for the whole province. */
    unit_id: string | null
    created_at: number
    created_by: string
    expires_at: number
    last_used_at: number | null
    last_used_from: string | null
    revoked_at: number | null
    revoked_by: string | null
  }
  /** `status` null: the write has begun and not ended. */
  idempotency: {
    key_id: string
    idem_key: string
    request_hash: string
    begun_at: number
    status: number | null
    type: string | null
    body: string | null
  }
}
