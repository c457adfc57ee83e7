-- Findings as episodes: a broken rule is open from `since` until `until`, so the verdict of any past day can be read back.
CREATE TABLE findings (
  id TEXT PRIMARY KEY,
  unit_id TEXT NOT NULL,
  account_id TEXT,
  ruleset TEXT NOT NULL,
  rule TEXT NOT NULL,
  severity TEXT NOT NULL,
  as_of TEXT NOT NULL,
  seen TEXT NOT NULL,
  expected TEXT NOT NULL,
  basis TEXT NOT NULL,
  message TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT
);
CREATE INDEX findings_open ON findings (until, unit_id);
CREATE INDEX findings_unit ON findings (unit_id, since);

-- What a network said of an account: a new row when something changed, else only `last_seen_at` moves.
CREATE TABLE account_profiles (
  account_id TEXT NOT NULL,
  seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  reachable INTEGER NOT NULL,
  profile TEXT NOT NULL,
  avatar_sha256 TEXT,
  image_verdict TEXT,
  links TEXT,
  PRIMARY KEY (account_id, seen_at)
);

-- Permissions given by people; those of the registry files stay in the files.
CREATE TABLE waivers (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  rules TEXT NOT NULL,
  reason TEXT NOT NULL,
  basis TEXT,
  ends_on TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  revoked_by TEXT,
  revoked_at BIGINT
);
CREATE INDEX waivers_account ON waivers (account_id, revoked_at);
