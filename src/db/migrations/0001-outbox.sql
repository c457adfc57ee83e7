-- The outbox: one delivery per (article, account), enforced here and not by our care.
CREATE TABLE audit_log (seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL);
CREATE INDEX audit_log_subject ON audit_log (subject, seq);

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY, article_id TEXT NOT NULL, article_url TEXT NOT NULL, account_id TEXT NOT NULL, unit_id TEXT NOT NULL, network TEXT NOT NULL,
  state TEXT NOT NULL, priority INTEGER NOT NULL, due_at BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL, intent_at BIGINT, handle TEXT, looks INTEGER NOT NULL, unknowns INTEGER NOT NULL,
  remote_id TEXT, remote_url TEXT, published_at BIGINT, content TEXT NOT NULL, article_version INTEGER NOT NULL, title_key TEXT NOT NULL,
  code TEXT, reason TEXT, followup TEXT, approved_by TEXT,
  UNIQUE (article_id, account_id)
);
-- The publisher's indexes hold live rows only: cost grows with the work, never with the history.
CREATE INDEX deliveries_waiting ON deliveries (account_id, priority, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_sending ON deliveries (due_at) WHERE state = 'sending';
CREATE INDEX deliveries_unknown ON deliveries (due_at) WHERE state = 'unknown';
CREATE INDEX deliveries_followup ON deliveries (due_at) WHERE followup IS NOT NULL;
CREATE INDEX deliveries_state ON deliveries (state, updated_at);
CREATE INDEX deliveries_title ON deliveries (title_key, created_at);
CREATE INDEX deliveries_created ON deliveries (created_at);
CREATE INDEX deliveries_published ON deliveries (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE lanes (
  account_id TEXT PRIMARY KEY, network TEXT NOT NULL, owner TEXT, lease_until BIGINT NOT NULL, next_free_at BIGINT NOT NULL, blocked_until BIGINT NOT NULL,
  served_at BIGINT NOT NULL, day TEXT NOT NULL, sent_today INTEGER NOT NULL,
  paused_reason TEXT, paused_by TEXT, paused_at BIGINT, slowness DOUBLE PRECISION NOT NULL
);
CREATE TABLE workers (id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, pid_started TEXT NOT NULL, heartbeat_at BIGINT NOT NULL);
CREATE TABLE schedules (name TEXT PRIMARY KEY, next_run_at BIGINT NOT NULL, last_run_at BIGINT, last_error TEXT, owner TEXT, lease_until BIGINT NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at BIGINT NOT NULL);
