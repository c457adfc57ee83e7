-- The desk: who changed the words of a post, posts written by hand, imports that wait for a word, silenced alerts.
-- One row per edit of a post by a person; `article_version` tells which wording of the portal it belongs to.
CREATE TABLE post_edits (
  id TEXT PRIMARY KEY, delivery_id TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, article_version INTEGER NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL
);
CREATE INDEX post_edits_delivery ON post_edits (delivery_id, at);

-- Posts composed by hand to many units. `targets` and `accounts` are JSON; `accounts` is what was confirmed.
CREATE TABLE emergency_posts (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, unit_id TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, url TEXT NOT NULL, targets TEXT NOT NULL, accounts TEXT NOT NULL,
  author TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, confirmed_by TEXT, confirmed_at BIGINT, article_id TEXT, reason TEXT
);
CREATE INDEX emergency_posts_created ON emergency_posts (created_at);
CREATE INDEX emergency_posts_waiting ON emergency_posts (created_at) WHERE state = 'waiting';

-- Checked rows of a workbook (JSON) between "look" and "take over".
CREATE TABLE import_drafts (id TEXT PRIMARY KEY, file_name TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL, updates TEXT NOT NULL);

CREATE TABLE alert_silences (key TEXT PRIMARY KEY, severity TEXT NOT NULL, until BIGINT NOT NULL, why TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);
