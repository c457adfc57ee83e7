-- Credentials, sealed. One row an account; `version` grows with every new secret, the lease lets one process refresh at a time.
CREATE TABLE account_tokens (
  account_id TEXT PRIMARY KEY, network TEXT NOT NULL, remote_id TEXT NOT NULL, secret TEXT NOT NULL, version INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT, access_expires_at BIGINT, refresh_expires_at BIGINT, refreshed_at BIGINT NOT NULL, checked_at BIGINT,
  retry_at BIGINT, lease_owner TEXT, lease_until BIGINT NOT NULL
);

-- Answers of the token endpoint, sealed and committed before they are read: a single-use refresh token is never lost after its answer came.
CREATE TABLE token_wal (id TEXT PRIMARY KEY, account_id TEXT NOT NULL, at BIGINT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL);

-- Consent links handed out: single use, ten minutes.
CREATE TABLE oauth_states (state TEXT PRIMARY KEY, account_id TEXT NOT NULL, verifier TEXT NOT NULL, created_at BIGINT NOT NULL);

-- Verdicts "violates the standards": the second one within a day stops the account.
CREATE TABLE content_strikes (account_id TEXT NOT NULL, at BIGINT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (account_id, at));
