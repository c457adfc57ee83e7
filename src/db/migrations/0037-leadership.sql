-- Which portals carry an article: the copies of one text, found by the article they copy.
CREATE INDEX articles_duplicate ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL;
