-- The registry: versions of the whole (documents), what people changed since, and the dated history of units and accounts.
-- One row: the number every reader compares, and the hash of the folder that was applied last. Updating it first keeps writers in one line.
CREATE TABLE registry_head (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, folder_hash TEXT NOT NULL);
INSERT INTO registry_head (id, version, folder_hash) VALUES (1, 0, '');

-- content is null for a version that only added overrides.
CREATE TABLE registry_versions (
  version INTEGER PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, source TEXT NOT NULL, folder_hash TEXT NOT NULL, content TEXT, summary TEXT NOT NULL
);

-- What the web desk or the CLI changed: laid over the files until the files say the same. kind: unit | account; field '*' = a whole new account.
CREATE TABLE registry_overrides (
  kind TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, unit_id TEXT NOT NULL, value TEXT NOT NULL, base TEXT NOT NULL,
  at BIGINT NOT NULL, actor TEXT NOT NULL, reason TEXT, PRIMARY KEY (kind, id, field)
);

-- Every account ever listed; removed ones are ended, never deleted.
CREATE TABLE registry_accounts (
  id TEXT PRIMARY KEY, unit_id TEXT NOT NULL, network TEXT NOT NULL, remote_id TEXT, name TEXT NOT NULL, handle TEXT, listed_at BIGINT NOT NULL, ended_at BIGINT
);
CREATE INDEX registry_accounts_remote ON registry_accounts (network, remote_id);

-- A value of an account from one moment to another; until is null while it holds. Keyed by the permanent remote id where there is one.
CREATE TABLE account_history (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL, network TEXT NOT NULL, remote_id TEXT, field TEXT NOT NULL, value TEXT NOT NULL,
  since BIGINT NOT NULL, until BIGINT, actor TEXT NOT NULL
);
CREATE INDEX account_history_account ON account_history (account_id, field, since);

CREATE TABLE unit_events (id TEXT PRIMARY KEY, unit_id TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL, detail TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL);
CREATE INDEX unit_events_unit ON unit_events (unit_id, day);
