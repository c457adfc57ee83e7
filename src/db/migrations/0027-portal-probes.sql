-- What a look at a portal's pages showed for the scoring tables: one row per unit, signal and day.
CREATE TABLE portal_probes (
  unit_id TEXT NOT NULL, signal TEXT NOT NULL, day TEXT NOT NULL, at BIGINT NOT NULL, present INTEGER NOT NULL, items INTEGER NOT NULL, proof TEXT NOT NULL,
  PRIMARY KEY (unit_id, signal, day)
);
CREATE INDEX portal_probes_at ON portal_probes (at);
