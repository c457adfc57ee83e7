import { expect, test } from "bun:test"
import { sql } from "../../src/db/index.ts"
import { engine, testDb } from "../support/db.ts"

/** What a pass asks for must be found by an index, or the cost would grow with the history. */
const statements = [
  "select id from articles where feed_id = 'f' and guid_key in ('x', 'y')",
  "select id from articles where url_key in ('x', 'y')",
  "select id from articles where feed_id = 'f' and title_key in ('x', 'y')",
  "select id from articles where url_key in ('x', 'y') and first_seen_at > 5 order by first_seen_at",
  "select id, duplicate_of from articles where duplicate_of in ('x', 'y')",
  "select mark from article_marks where mark in (1, 2) and at > 5",
  "select count(*) from articles where feed_id = 'f' and first_seen_at > 5",
  "select * from articles where state = 'new' order by first_seen_at, published_at, id limit 5",
  "select * from articles where state = 'held' order by first_seen_at, published_at, id limit 5",
  "update articles set state = 'new' where feed_id = 'f' and state = 'held'",
  "select id from feed_state where active = 1 and stopped is null and lease_until <= 5 and due_at <= 5 order by due_at limit 64",
]

test.skipIf(engine !== "sqlite")("SQLite's plans: no statement of a pass walks through a table or a feed's history", async () => {
  const { db, close } = await testDb()
  const walks: string[] = []
  for (const statement of statements) {
    const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${statement}`).execute(db)
    const plan = rows.map((row) => row.detail).join(" · ")
    if (/SCAN (?!.*USING (?:COVERING )?INDEX articles_(?:new|held))|\(feed_id=\?\)$/.test(plan) && !/articles_held/.test(plan)) walks.push(`${statement}: ${plan}`)
  }
  expect(walks).toEqual([])
  await close()
})
