-- How far up an alert has been passed because nobody acknowledged it: one row per level, kept whether or not a message could be sent.
CREATE TABLE alert_levels (
  alert_id TEXT NOT NULL, level TEXT NOT NULL, step INTEGER NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (alert_id, level)
);
CREATE INDEX alert_levels_at ON alert_levels (at);
