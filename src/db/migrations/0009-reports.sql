-- Reports: what was made of which figures, who got it, and which reminders went out.
CREATE TABLE report_runs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, period TEXT NOT NULL, unit_id TEXT NOT NULL,
  made_at BIGINT NOT NULL, cutoff_at BIGINT NOT NULL, figures_sha256 TEXT NOT NULL, figures TEXT NOT NULL, files TEXT NOT NULL,
  state TEXT NOT NULL, sent_at BIGINT, recipients TEXT NOT NULL, error TEXT
);
CREATE INDEX report_runs_period ON report_runs (kind, period, unit_id, made_at);
CREATE TABLE report_mails (run_id TEXT NOT NULL, recipient TEXT NOT NULL, unit_id TEXT NOT NULL, sent_at BIGINT NOT NULL, PRIMARY KEY (run_id, recipient, unit_id));
CREATE TABLE reminders (
  id TEXT PRIMARY KEY, unit_id TEXT NOT NULL, level INTEGER NOT NULL, period TEXT NOT NULL, letter_sha256 TEXT NOT NULL, recipient TEXT NOT NULL, sent_at BIGINT NOT NULL
);
CREATE INDEX reminders_unit ON reminders (unit_id, sent_at);
