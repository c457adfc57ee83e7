-- The watch: what was last known of an account that no profile holds (JSON), e.g. its administrators and the foreign posts already seen.
CREATE TABLE account_facts (account_id TEXT NOT NULL, fact TEXT NOT NULL, value TEXT NOT NULL, since BIGINT NOT NULL, seen_at BIGINT NOT NULL, PRIMARY KEY (account_id, fact));

-- Webhook events: kept once however often they are delivered, worked off after the answer. `body` holds no text of citizens.
CREATE TABLE webhook_events (
  id TEXT PRIMARY KEY, network TEXT NOT NULL, account_id TEXT, kind TEXT NOT NULL, body TEXT NOT NULL, happened_at BIGINT, received_at BIGINT NOT NULL, done_at BIGINT, tries INTEGER NOT NULL
);
CREATE INDEX webhook_events_waiting ON webhook_events (received_at) WHERE done_at IS NULL;
CREATE INDEX webhook_events_account ON webhook_events (account_id, received_at);

-- Who was told what: one row per alert, channel and step (raised, graver, escalated); a message that failed is tried again.
CREATE TABLE alert_messages (
  alert_id TEXT NOT NULL, channel TEXT NOT NULL, step TEXT NOT NULL, tries INTEGER NOT NULL, due_at BIGINT NOT NULL, sent_at BIGINT, error TEXT, PRIMARY KEY (alert_id, channel, step)
);
