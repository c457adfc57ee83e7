// The forty lines that people write: rss-parser, SQLite, two fetches. Every item is remembered after it was posted.
import { createRequire } from "node:module"
import { DatabaseSync } from "node:sqlite"

const { feeds, networks, database, modules } = JSON.parse(process.argv[2])
const Parser = createRequire(`${modules}/`)("rss-parser")
const parser = new Parser()
const db = new DatabaseSync(database)
db.exec("PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS posted (account TEXT, guid TEXT, remote TEXT, PRIMARY KEY (account, guid))")
const known = db.prepare("SELECT 1 FROM posted WHERE account = ? AND guid = ?")
const remember = db.prepare("INSERT INTO posted VALUES (?, ?, ?)")

async function toFacebook(page, item) {
  const answer = await fetch(`${networks}/v25.0/${page}/feed`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ message: `${item.title}\n\n${item.contentSnippet.slice(0, 500)}\n\n${item.link}` }) })
  return (await answer.json()).id
}
async function toZalo(oa, item) {
  const body = { type: "normal", title: item.title, body: [{ type: "text", content: item.content }, { type: "text", content: `Nguồn: ${item.link}` }] }
  const answer = await fetch(`${networks}/v2.0/article/create`, { method: "POST", headers: { "content-type": "application/json", access_token: `oa-${oa}` }, body: JSON.stringify(body) })
  return (await answer.json()).data.token
}

async function portal({ feed, page, oa }) {
  const { items } = await parser.parseURL(feed)
  for (const item of items.reverse()) {
    for (const [account, post] of [[page, toFacebook], [oa, toZalo]]) {
      if (known.get(account, item.guid)) continue
      remember.run(account, item.guid, String(await post(account, item)))
    }
  }
}

const results = await Promise.allSettled(feeds.map(portal))
const failed = results.filter((result) => result.status === "rejected")
for (const { reason } of failed.slice(0, 3)) console.error(reason.message)
process.exit(failed.length ? 1 : 0)
