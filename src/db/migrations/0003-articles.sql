-- Articles as kept from the feeds. Keys are looked up per feed, so cost follows the feed's window and not the history.
CREATE TABLE articles (
  id TEXT PRIMARY KEY, feed_id TEXT NOT NULL, unit_id TEXT NOT NULL, url TEXT NOT NULL, guid_key TEXT, url_key TEXT, title_key TEXT NOT NULL, content_hash TEXT NOT NULL,
  title TEXT NOT NULL, summary TEXT NOT NULL, paragraphs TEXT NOT NULL, html TEXT NOT NULL, links TEXT NOT NULL, pictures TEXT NOT NULL, author TEXT, categories TEXT NOT NULL,
  section TEXT, language TEXT NOT NULL, published_at BIGINT, first_seen_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version INTEGER NOT NULL,
  state TEXT NOT NULL, state_at BIGINT NOT NULL, reason TEXT, duplicate_of TEXT, emergency INTEGER NOT NULL
);
CREATE INDEX articles_guid ON articles (feed_id, guid_key) WHERE guid_key IS NOT NULL;
CREATE INDEX articles_feed_title ON articles (feed_id, title_key, first_seen_at);
CREATE INDEX articles_url ON articles (url_key, first_seen_at) WHERE url_key IS NOT NULL;
CREATE INDEX articles_feed_seen ON articles (feed_id, first_seen_at);
CREATE INDEX articles_seen ON articles (first_seen_at);
-- One small index per waiting state: SQLite uses a partial index only when the statement names the same state.
CREATE INDEX articles_new ON articles (first_seen_at) WHERE state = 'new';
CREATE INDEX articles_held ON articles (feed_id, first_seen_at) WHERE state = 'held';
CREATE INDEX articles_blocked ON articles (first_seen_at) WHERE state = 'blocked';

-- Former wordings: row n holds what version n said.
CREATE TABLE article_versions (article_id TEXT NOT NULL, version INTEGER NOT NULL, at BIGINT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL, paragraphs TEXT NOT NULL, PRIMARY KEY (article_id, version));

-- Min-hashes of recent texts, to find the same article on another portal.
CREATE TABLE article_marks (mark BIGINT NOT NULL, at BIGINT NOT NULL, article_id TEXT NOT NULL, PRIMARY KEY (mark, at, article_id));
CREATE INDEX article_marks_at ON article_marks (at);

-- What each feed showed at its last changed poll (JSON), so that unchanged items cost nothing and vanished ones are seen.
CREATE TABLE feed_windows (feed_id TEXT PRIMARY KEY, identity TEXT NOT NULL, pending INTEGER NOT NULL, at BIGINT NOT NULL, memory TEXT NOT NULL, items TEXT NOT NULL);

-- One row per picture address: prepared once, failures remembered for a while.
CREATE TABLE pictures (
  source_key TEXT PRIMARY KEY, source_url TEXT NOT NULL, sha256 TEXT, width INTEGER, height INTEGER, bytes BIGINT, failed TEXT, tried_at BIGINT NOT NULL
);
CREATE INDEX pictures_sha256 ON pictures (sha256) WHERE sha256 IS NOT NULL;
