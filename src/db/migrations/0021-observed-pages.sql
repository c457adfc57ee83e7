-- Pages that people saw and that no registry lists: judged, told as impersonation, looked at again. `verdict`: JSON of the last judgement.
CREATE TABLE observed_pages (
  id TEXT PRIMARY KEY, network TEXT NOT NULL, url TEXT NOT NULL, remote_id TEXT, handle TEXT, name TEXT NOT NULL, picture TEXT, unit_hint TEXT, note TEXT NOT NULL,
  source TEXT NOT NULL, added_by TEXT NOT NULL, added_at BIGINT NOT NULL, state TEXT NOT NULL, verdict TEXT, told TEXT, read_by TEXT NOT NULL, checked_at BIGINT, check_at BIGINT NOT NULL,
  due_at BIGINT, decided_by TEXT, decided_at BIGINT, decided_why TEXT
);
CREATE INDEX observed_pages_check ON observed_pages (check_at);
