-- What waits for routing, in the order it is routed in: a pass of thousands of new articles must not sort all of them for every batch.
CREATE INDEX articles_new_order ON articles (first_seen_at, published_at, id) WHERE state = 'new';
DROP INDEX articles_new;
