-- Daily signed snapshots of the public part of the registry: a chain of documents, exactly as they were signed.
CREATE TABLE registry_snapshots (
  sequence INTEGER PRIMARY KEY, day TEXT NOT NULL UNIQUE, made_at BIGINT NOT NULL, sha256 TEXT NOT NULL, previous TEXT, key_id TEXT NOT NULL, signature TEXT NOT NULL, content TEXT NOT NULL
);

-- Signing keys, newest slot in use; the secret half is sealed, the public halves stay known for ever.
CREATE TABLE registry_keys (slot INTEGER PRIMARY KEY, key_id TEXT NOT NULL, public_key TEXT NOT NULL, secret TEXT NOT NULL, created_at BIGINT NOT NULL);
