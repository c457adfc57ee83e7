/**
 * How many documents of a public parser suite Loa reads right. The suite is not part of the repository: give the folder `testdata` of gofeed (the
 * Debian package golang-github-mmcdole-gofeed-dev carries it), whose documents stand beside what they mean as JSON.
 *
 *   bun bench/feed-conformance.ts FOLDER [--failures]
 *
 * A document passes when the number of items and, for each item, the title, address, id, dates and text that the suite names come out the same, compared
 * as the plain text that a post would show. Items of nothing but a date or an author are given a title first: Loa leaves an item out that says nothing.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { htmlToLine } from "../src/base/html-text.ts"
import { parseFeed } from "../src/feeds/index.ts"
import type { FeedItem } from "../src/model/index.ts"

interface Wanted {
  title?: string
  link?: string
  guid?: string | { value?: string }
  id?: string
  description?: string
  summary?: string
  content?: string | { value?: string }
  pubDateParsed?: string
  publishedParsed?: string
  updatedParsed?: string
  links?: (string | { href?: string; rel?: string })[]
}

const folder = process.argv[2]
if (!folder || !existsSync(folder)) {
  process.stderr.write("usage: bun bench/feed-conformance.ts FOLDER [--failures]\n")
  process.exit(2)
}
const now = Date.parse("2026-11-24T00:00:00Z")
const base = "http://example.org/"
const plain = (text: string) => htmlToLine(htmlToLine(text)).normalize("NFC").replace(/\s+/g, " ").trim()
const says = (wanted: Wanted) => Boolean(wanted.title || wanted.link || wanted.guid || wanted.id || wanted.description || wanted.summary || wanted.content || wanted.links?.length)

function* documents(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* documents(path)
    else if (entry.name.endsWith(".xml")) yield path
  }
}

function differences(items: FeedItem[], wanted: Wanted[]): string[] {
  if (items.length !== wanted.length) return [`${items.length} items instead of ${wanted.length}`]
  return wanted.flatMap((want, i) => {
    const item = items[i]!
    const wrong: string[] = []
    const same = (field: string, seen: string | null, right: string | undefined) => {
      if (right !== undefined && right.trim() !== "" && plain(seen ?? "") !== plain(right)) wrong.push(`${field}: ${JSON.stringify(seen)} instead of ${JSON.stringify(right)}`)
    }
    same("title", item.title, want.title)
    const text = want.description ?? want.summary ?? (typeof want.content === "string" ? want.content : want.content?.value)
    const whole = `${item.summary} ${item.paragraphs.join(" ")}`
    if (text?.trim() && !plain(whole).includes(plain(text).slice(0, 200))) wrong.push(`text: ${JSON.stringify(item.summary)} instead of ${JSON.stringify(text)}`)
    const link = want.link ?? want.links?.map((one) => (typeof one === "string" ? one : one.href)).find(Boolean)
    if (link && /^https?:\/\/[^<\s]+$/.test(link)) same("link", item.link, new URL(link).href)
    same("id", item.guid, want.id ?? (typeof want.guid === "string" ? want.guid : want.guid?.value))
    const [published, updated] = [want.pubDateParsed ?? want.publishedParsed, want.updatedParsed]
    const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
    if (published && Date.parse(published) <= now && at(item.publishedAt) !== new Date(published).toISOString()) wrong.push(`published: ${at(item.publishedAt)} instead of ${published}`)
    if (updated && Date.parse(updated) <= now && ![item.updatedAt, item.publishedAt].includes(Date.parse(updated))) wrong.push(`updated: ${at(item.updatedAt)} instead of ${updated}`)
    return wrong
  })
}

const failures: string[] = []
const groups = new Map<string, { passed: number; all: number }>()
for (const path of documents(folder)) {
  const expectation = path.replace(/\.xml$/, ".json")
  if (!existsSync(expectation)) continue
  const meaning = JSON.parse(readFileSync(expectation, "utf8")) as { items?: Wanted[] | null; entries?: Wanted[] | null }
  const wanted = meaning.items ?? meaning.entries ?? []
  let bytes: Uint8Array = readFileSync(path)
  if (wanted.length && !wanted.some(says)) bytes = new TextEncoder().encode(new TextDecoder().decode(bytes).replace(/<\/((?:\w+:)?(?:item|entry))>/gi, "<title>Tin</title></$1>"))
  const result = parseFeed(bytes, { url: base, now, contentType: "application/xml" })
  const wrong = result.format === "none" ? [`not a feed: ${result.reason}`] : differences(result.items, wanted)
  const group = relative(folder, path).split("/").slice(0, -1).join("/")
  const tally = groups.get(group) ?? { passed: 0, all: 0 }
  groups.set(group, { passed: tally.passed + (wrong.length ? 0 : 1), all: tally.all + 1 })
  if (wrong.length) failures.push(`${relative(folder, path)}: ${wrong.join("; ").slice(0, 300)}`)
}
const rows = [...groups].map(([group, { passed, all }]) => ({ group, documents: all, passed, "%": ((100 * passed) / all).toFixed(1) }))
const passed = rows.reduce((sum, row) => sum + row.passed, 0)
const all = rows.reduce((sum, row) => sum + row.documents, 0)
console.table([...rows, { group: "all", documents: all, passed, "%": ((100 * passed) / Math.max(1, all)).toFixed(1) }])
if (process.argv.includes("--failures")) console.log(failures.join("\n"))
