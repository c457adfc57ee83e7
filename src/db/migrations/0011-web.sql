-- People of the desk, their sessions, the browsers they signed in with before, and recent wrong passwords.
CREATE TABLE users (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, unit_id TEXT, password_hash TEXT NOT NULL, password_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL, created_by TEXT NOT NULL, disabled_at BIGINT
);
CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, address TEXT NOT NULL);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE TABLE known_devices (token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE login_failures (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX login_failures_bucket ON login_failures (bucket, at);
