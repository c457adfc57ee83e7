-- Several processes on one database.
-- Work that one process does at a time although it waits for the outside meanwhile (routing). Rows of dead owners are taken over.
CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, lease_until BIGINT NOT NULL);

-- What the networks said of their call budgets, per app and per account: every process holds back by it.
CREATE TABLE throttles (key TEXT PRIMARY KEY, percent DOUBLE PRECISION NOT NULL, percent_at BIGINT NOT NULL, stopped_until BIGINT NOT NULL);

-- Which hosts are being asked, and by whom.
CREATE INDEX feed_state_owned ON feed_state (owner) WHERE owner IS NOT NULL;
