/** JSON Feed 1.0 and 1.1, and the lists of portals that offer JSON instead of a feed. */
import { cleanLine, htmlToLine, readHtml } from "../base/html-text.ts"
import type { FeedAdapter, FeedItem, NotAFeed, ParsedFeed } from "../model/index.ts"
import { dateOrderOf, parseDate } from "./dates.ts"
import { limits, resolveLink, settle, type ItemContext } from "./item.ts"

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const text = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : ""
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export function readJson(source: string): unknown {
  try {
    // Old .NET and PHP put a byte order mark or a callback around it.
    return JSON.parse(source.trim().replace(/^\ufeff/, "").replace(/^[\w$.]+\(([\s\S]*)\);?$/, "$1"))
  } catch {
    return undefined
  }
}

/** The value at "data.items" or "data.0.list"; "." is the whole. Only own fields are followed. */
function at(value: unknown, path: string): unknown {
  let here = value
  for (const step of path.split(".").filter(Boolean)) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, step)) return undefined
    here = (here as Json)[step]
  }
  return here
}

interface RawItem {
  id: string
  link: string
  title: string
  summary: string
  content: string
  published: string
  updated: string
  author: string
  categories: string[]
  pictures: string[]
  language: string
}

function itemOf(raw: RawItem, context: ItemContext): FeedItem | null {
  const summary = readHtml(raw.summary, limits.html)
  const content = raw.content ? readHtml(raw.content, limits.html) : null
  const summaryParagraphs = settle(summary.paragraphs)
  const paragraphs = content ? settle(content.paragraphs) : []
  const lead = summaryParagraphs.length ? summaryParagraphs : paragraphs.slice(0, 1)
  const title = htmlToLine(raw.title).slice(0, limits.title) || (lead[0] ?? "").slice(0, 120)
  if (!title) return null
  const links = [raw.link, ...summary.links, ...(content?.links ?? [])].filter(Boolean)
  const pictures = [...raw.pictures, ...(content?.pictures ?? []), ...summary.pictures]
    .map((address) => resolveLink(address, "", context))
    .filter((url): url is string => url !== null)
  return {
    guid: raw.id.slice(0, limits.guid) || null,
    link: resolveLink(raw.link, "", context) ?? (/^https?:/i.test(raw.id) ? resolveLink(raw.id, "", context) : null),
    title,
    summary: lead.join("\n\n").slice(0, limits.summary),
    html: `${raw.summary}\n${raw.content}`.trim().slice(0, limits.html),
    paragraphs,
    publishedAt: parseDate(raw.published, context.dates) ?? parseDate(raw.updated, context.dates),
    updatedAt: parseDate(raw.updated, context.dates),
    author: cleanLine(raw.author).slice(0, 200) || null,
    categories: raw.categories.map((name) => cleanLine(name).slice(0, 100)).filter(Boolean).slice(0, limits.categories),
    pictures: [...new Set(pictures)].slice(0, limits.pictures),
    links: [...new Set(links)].slice(0, limits.links),
    language: raw.language.slice(0, 2).toLowerCase() || context.language,
  }
}

const finish = (raws: RawItem[], context: ItemContext, itemsMax: number) => {
  const order = context.dates.order ?? dateOrderOf(raws.map((raw) => raw.published))
  const dated = { ...context, dates: { ...context.dates, order } }
  const items = raws.slice(0, itemsMax).map((raw) => itemOf(raw, dated)).filter((item): item is FeedItem => item !== null)
  return { items, itemsCut: Math.max(0, raws.length - itemsMax), dateOrder: order }
}

const authorName = (value: unknown): string => text(isObject(value) ? value.name : value)

export function parseJsonFeed(value: unknown, context: ItemContext, itemsMax: number): ParsedFeed | NotAFeed {
  if (
    !isObject(value) ||
    !(
      /jsonfeed\.org/i.test(text(value.version)) ||
      (Array.isArray(value.items) && ("title" in value || "feed_url" in value || "home_page_url" in value))
    )
  ) {
    return { format: "none", code: "json", reason: "JSON, but no JSON Feed" }
  }
  const home = resolveLink(text(value.home_page_url), "", context)
  const inside: ItemContext = {
    ...context,
    bases: [...context.bases, ...(home ? [home] : [])],
    language: text(value.language).slice(0, 2).toLowerCase() || context.language,
  }
  const raws = list(value.items)
    .filter(isObject)
    .map((item) => ({
      id: text(item.id).trim(),
      link: text(item.url) || text(item.external_url),
      title: text(item.title),
      summary: text(item.summary),
      content: text(item.content_html) || text(item.content_text).replace(/&/g, "&amp;").replace(/</g, "&lt;"),
      published: text(item.date_published),
      updated: text(item.date_modified),
      author: authorName(list(item.authors)[0] ?? item.author ?? list(value.authors)[0] ?? value.author),
      categories: list(item.tags).map(text),
      pictures: [
        text(item.image),
        text(item.banner_image),
        ...list(item.attachments)
          .filter(isObject)
          .filter((file) => /^image\//.test(text(file.mime_type)))
          .map((file) => text(file.url)),
      ].filter(Boolean),
      language: text(item.language),
    }))
  return {
    format: "json",
    version: /(\d+(?:\.\d+)?)\/?$/.exec(text(value.version))?.[1] ?? "1",
    title: htmlToLine(text(value.title)),
    link: home,
    description: htmlToLine(text(value.description)),
    language: inside.language,
    updatedAt: null,
    ttlMs: null,
    ...finish(raws, inside, itemsMax),
    notes: [],
  }
}

type JsonAdapter = Extract<FeedAdapter, { type: "json" }>

/** A JSON list read by dotted paths, for example Liferay's `loadPage` resource. */
export function parseJsonList(value: unknown, adapter: JsonAdapter, context: ItemContext, itemsMax: number): ParsedFeed | NotAFeed {
  if (value === undefined) return { format: "none", code: "adapter", reason: "the answer is no JSON" }
  const found = at(value, adapter.items)
  if (!Array.isArray(found)) return { format: "none", code: "adapter", reason: `"${adapter.items}" is no list in the answer` }
  const field = (item: unknown, path: string | undefined) => (path ? text(at(item, path)) : "")
  const raws = found.filter(isObject).map((item) => ({
    id: field(item, adapter.id).trim(),
    link: field(item, adapter.link),
    title: field(item, adapter.title),
    summary: field(item, adapter.summary),
    content: field(item, adapter.content),
    published: field(item, adapter.date),
    updated: "",
    author: "",
    categories: [],
    pictures: [field(item, adapter.picture)].filter(Boolean),
    language: "",
  }))
  const read = finish(raws, context, itemsMax)
  if (found.length > 0 && read.items.length === 0)
    return { format: "none", code: "adapter", reason: `none of ${found.length} entries has "${adapter.title}"` }
  return {
    format: "json_list",
    version: "",
    title: "",
    link: null,
    description: "",
    language: context.language,
    updatedAt: null,
    ttlMs: null,
    ...read,
    notes: [],
  }
}
