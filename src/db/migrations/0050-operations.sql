-- Legal hold: while a row has no `ended_at`, nothing it covers is deleted by retention. `kind` unit (subject = unit id), article (subject =
-- article id) or period (from_at ≤ time < to_at).
CREATE TABLE holds (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, reason TEXT NOT NULL,
  made_by TEXT NOT NULL, made_at BIGINT NOT NULL, ended_by TEXT, ended_at BIGINT
);
CREATE INDEX holds_open ON holds (kind, subject) WHERE ended_at IS NULL;
