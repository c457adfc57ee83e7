-- Reach: what a network told, when it told it, and why it told nothing. NULL is "no number", never 0.
-- Facebook Page values per measured Pacific day. `parts`: JSON of a value that came in parts.
CREATE TABLE page_metrics (
  account_id TEXT NOT NULL, metric TEXT NOT NULL, day TEXT NOT NULL, value DOUBLE PRECISION, parts TEXT, verdict TEXT NOT NULL, code TEXT,
  api_version TEXT NOT NULL, fetched_at BIGINT NOT NULL, PRIMARY KEY (account_id, metric, day)
);
CREATE INDEX page_metrics_day ON page_metrics (day);

-- The last word on each metric of an account: what is dead, forbidden or too small is asked again after a week only.
CREATE TABLE metric_verdicts (account_id TEXT NOT NULL, metric TEXT NOT NULL, verdict TEXT NOT NULL, code TEXT, checked_at BIGINT NOT NULL, PRIMARY KEY (account_id, metric));

-- Snapshots of one post at +1 h, +24 h, +72 h, +7 d, +28 d (`age` in hours).
CREATE TABLE post_metrics (
  delivery_id TEXT NOT NULL, age INTEGER NOT NULL, metric TEXT NOT NULL, account_id TEXT NOT NULL, remote_id TEXT NOT NULL, value DOUBLE PRECISION, parts TEXT,
  verdict TEXT NOT NULL, code TEXT, api_version TEXT NOT NULL, fetched_at BIGINT NOT NULL, PRIMARY KEY (delivery_id, age, metric)
);
CREATE INDEX post_metrics_account ON post_metrics (account_id, fetched_at);

-- Cumulative counters of Zalo articles per day (Vietnam): the last total of the day and what it grew by. A smaller total is a reset.
CREATE TABLE article_counters (
  account_id TEXT NOT NULL, remote_id TEXT NOT NULL, metric TEXT NOT NULL, day TEXT NOT NULL, total DOUBLE PRECISION NOT NULL, grown DOUBLE PRECISION NOT NULL,
  resets INTEGER NOT NULL, title TEXT NOT NULL, fetched_at BIGINT NOT NULL, PRIMARY KEY (account_id, remote_id, metric, day)
);
CREATE INDEX article_counters_day ON article_counters (day);

-- Followers: one value an account and day, and what webhooks said of the flow in between.
CREATE TABLE followers (
  account_id TEXT NOT NULL, day TEXT NOT NULL, value DOUBLE PRECISION, taken_at BIGINT NOT NULL, follows INTEGER NOT NULL, unfollows INTEGER NOT NULL, PRIMARY KEY (account_id, day)
);
