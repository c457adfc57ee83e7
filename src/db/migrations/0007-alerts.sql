CREATE TABLE alerts (
  id TEXT PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, unit_id TEXT, account_id TEXT, state TEXT NOT NULL,
  raised_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, count INTEGER NOT NULL, summary TEXT NOT NULL, evidence TEXT NOT NULL,
  acknowledged_by TEXT, acknowledged_at BIGINT, closed_by TEXT, closed_at BIGINT
);
-- One alert per thing, enforced here.
CREATE UNIQUE INDEX alerts_open_key ON alerts (key) WHERE state <> 'closed';
CREATE INDEX alerts_raised ON alerts (raised_at);
