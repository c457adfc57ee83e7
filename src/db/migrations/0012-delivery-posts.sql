-- The text of a post apart from its state: a state changes five times, a text hardly ever, and a row is written anew at every change.
CREATE TABLE delivery_posts (delivery_id TEXT PRIMARY KEY, content TEXT NOT NULL);
INSERT INTO delivery_posts (delivery_id, content) SELECT id, content FROM deliveries WHERE content <> '';
ALTER TABLE deliveries DROP COLUMN content;
