-- A unit's page and its key ask for the newest posts of one unit; no change of state touches these columns.
CREATE INDEX deliveries_unit ON deliveries (unit_id, created_at);
