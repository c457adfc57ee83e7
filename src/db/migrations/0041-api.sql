-- Keys of machines (only the hash is kept), and what was answered to a write that carried an Idempotency-Key.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, key_hash TEXT NOT NULL, scopes TEXT NOT NULL, unit_id TEXT, created_at BIGINT NOT NULL, created_by TEXT NOT NULL,
  expires_at BIGINT NOT NULL, last_used_at BIGINT, last_used_from TEXT, revoked_at BIGINT, revoked_by TEXT
);
CREATE TABLE idempotency (
  key_id TEXT NOT NULL, idem_key TEXT NOT NULL, request_hash TEXT NOT NULL, begun_at BIGINT NOT NULL, status INTEGER, type TEXT, body TEXT,
  PRIMARY KEY (key_id, idem_key)
);
CREATE INDEX idempotency_begun ON idempotency (begun_at);
