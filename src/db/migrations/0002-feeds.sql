-- Feeds: the definition as the registry gave it, and all that is remembered between two polls.
CREATE TABLE feed_state (
  id TEXT PRIMARY KEY, unit_id TEXT NOT NULL, definition TEXT NOT NULL, host TEXT NOT NULL, active INTEGER NOT NULL,
  due_at BIGINT NOT NULL, owner TEXT, lease_until BIGINT NOT NULL,
  current_url TEXT, moved_to TEXT, moved_seen INTEGER NOT NULL,
  etag TEXT, last_modified TEXT, body_hash TEXT, validators_since BIGINT, full_at BIGINT,
  first_polled_at BIGINT, last_polled_at BIGINT, last_success_at BIGINT, last_changed_at BIGINT,
  failures INTEGER NOT NULL, last_status INTEGER, last_code TEXT, last_reason TEXT,
  stopped TEXT, quarantined TEXT, quarantined_at BIGINT, quarantined_by TEXT, memory TEXT NOT NULL
);
CREATE INDEX feed_state_due ON feed_state (due_at) WHERE active = 1 AND stopped IS NULL;
CREATE INDEX feed_state_unit ON feed_state (unit_id);

-- Hosts that asked for silence (429, 503): nobody asks them before `until`.
CREATE TABLE feed_hosts (host TEXT PRIMARY KEY, blocked_until BIGINT NOT NULL, failures INTEGER NOT NULL, reason TEXT NOT NULL);
