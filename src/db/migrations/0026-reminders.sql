-- Reminders (đôn đốc): a letter is made, then sent by mail or by a person; only a sent one counts.
DROP TABLE reminders;
CREATE TABLE reminders (
  id TEXT PRIMARY KEY, unit_id TEXT NOT NULL, level INTEGER NOT NULL, escalated INTEGER NOT NULL, made_at BIGINT NOT NULL, answer_by BIGINT NOT NULL,
  tasks TEXT NOT NULL, letter TEXT NOT NULL, letter_sha256 TEXT NOT NULL, recipient TEXT NOT NULL,
  state TEXT NOT NULL, sent_at BIGINT, sent_by TEXT, attempts INTEGER NOT NULL, due_at BIGINT NOT NULL, error TEXT
);
CREATE INDEX reminders_unit ON reminders (unit_id, sent_at);
CREATE INDEX reminders_due ON reminders (state, due_at);
