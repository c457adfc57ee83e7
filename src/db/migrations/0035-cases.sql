-- Guided cases: registering, renaming, handing over, merging and closing accounts. One row a case; `data` holds the answers of its steps as JSON.
-- `version` grows with every change: who writes from an outdated page is told.
CREATE TABLE cases (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, unit_id TEXT NOT NULL, network TEXT NOT NULL, account_id TEXT, status TEXT NOT NULL, step TEXT NOT NULL,
  step_since BIGINT NOT NULL, due_at BIGINT NOT NULL, returned TEXT, data TEXT NOT NULL, reminders INTEGER NOT NULL, reminded_at BIGINT,
  opened_at BIGINT NOT NULL, opened_by TEXT NOT NULL, updated_at BIGINT NOT NULL, closed_at BIGINT, version INTEGER NOT NULL
);
CREATE INDEX cases_unit ON cases (unit_id, opened_at);
CREATE INDEX cases_due ON cases (status, due_at);

-- What happened in a case, for both sides; ids sort as it happened.
CREATE TABLE cases_events (
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, party TEXT NOT NULL, action TEXT NOT NULL, step TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX cases_events_case ON cases_events (case_id, id);

-- Consent dialogues under way: single use, bound to the session that began them and to the case. Only hashes are kept.
CREATE TABLE cases_connects (state_hash TEXT PRIMARY KEY, case_id TEXT NOT NULL, session_hash TEXT NOT NULL, actor TEXT NOT NULL, network TEXT NOT NULL, created_at BIGINT NOT NULL);
