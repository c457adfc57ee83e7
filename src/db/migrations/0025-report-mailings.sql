-- Mail of reports: one row per period, part and recipient, so that nobody gets the same paper twice and nothing is forgotten.
CREATE TABLE report_mailings (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, period TEXT NOT NULL, part TEXT NOT NULL, recipient TEXT NOT NULL, edition INTEGER NOT NULL,
  run_id TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, due_at BIGINT NOT NULL, sent_at BIGINT, error TEXT,
  UNIQUE (kind, period, part, recipient, edition)
);
CREATE INDEX report_mailings_due ON report_mailings (state, due_at);
CREATE INDEX report_mailings_run ON report_mailings (run_id);
INSERT INTO report_mailings (id, kind, period, part, recipient, edition, run_id, state, attempts, due_at, sent_at, error)
  SELECT m.run_id || ' ' || m.unit_id || ' ' || m.recipient, r.kind, r.period, m.unit_id, m.recipient, 1, m.run_id, 'sent', 1, m.sent_at, m.sent_at, NULL
  FROM report_mails m JOIN report_runs r ON r.id = m.run_id
  WHERE NOT EXISTS (
    SELECT 1 FROM report_mails n JOIN report_runs q ON q.id = n.run_id
    WHERE q.kind = r.kind AND q.period = r.period AND n.unit_id = m.unit_id AND n.recipient = m.recipient AND n.run_id < m.run_id
  );
DROP TABLE report_mails;
