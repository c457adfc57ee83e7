/** The bytes of an answer to a feed, or to the reason why they are none (feeds.md section 2). Pure: no network, no clock. */
import { HOUR, MINUTE } from "../base/clock.ts"
import { htmlToLine } from "../base/html-text.ts"
import type { DateOrder, FeedAdapter, FeedItem, NotAFeed, ParsedFeed } from "../model/index.ts"
import { decodeBytes } from "./charset.ts"
import { dateOrderOf, parseDate } from "./dates.ts"
import { parseHtmlList } from "./html-list.ts"
import { dateTexts, publishedOf, readItem, resolveLink, type ItemContext } from "./item.ts"
import { parseJsonFeed, parseJsonList, readJson } from "./json.ts"
import { elements, markupOf, readXml, textOf, type XmlNode } from "./xml.ts"

export interface ParseOptions {
  contentType?: string | null
  /** Where the document came from; relative links start here. */
  url: string
  now: number
  adapter?: FeedAdapter
  /** What earlier polls found out about the feed's dates. */
  dateOrder?: DateOrder | null
  language?: string | null
  allowPrivate?: readonly string[]
}

/** Newest items kept of one document, and how long reading may take. */
export const parseLimits = {
  itemsMax: 1_000,
  itemsReadMax: 20_000,
  depthMax: 200,
  textMax: 300_000,
  timeMs: 3_000,
  htmlListChars: 2_000_000,
} as const

const rootTag = /<!--|<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel|opml)(?=[\s>/])/gi

export function parseFeed(bytes: Uint8Array, options: ParseOptions): ParsedFeed | NotAFeed {
  const { text: decoded, doubtful } = decodeBytes(bytes, options.contentType ?? null)
  const text = decoded.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
  const context: ItemContext = {
    dates: { now: options.now, order: options.dateOrder ?? null },
    bases: options.url ? [options.url] : [],
    allowPrivate: options.allowPrivate ?? [],
    language: options.language ?? null,
  }
  if (options.adapter?.type === "html") return parseHtmlList(text.slice(0, parseLimits.htmlListChars), options.adapter, context, parseLimits.itemsMax)
  if (options.adapter?.type === "json") return parseJsonList(readJson(text), options.adapter, context, parseLimits.itemsMax)

  const start = findRoot(text)
  if (start === null) {
    const json = /^\s*[[{]/.test(text.replace(/^\ufeff/, "")) ? readJson(text) : undefined
    return json === undefined ? notAFeed(text) : parseJsonFeed(json, context, parseLimits.itemsMax)
  }
  const { root, notes } = readXml(text, start, {
    depthMax: parseLimits.depthMax,
    itemsMax: parseLimits.itemsReadMax,
    textMax: parseLimits.textMax,
    timeMs: parseLimits.timeMs,
  })
  if (!root || root.name === "opml") return { format: "none", code: "opml", reason: "a list of feeds (OPML), not a feed" }
  if (doubtful) notes.push("charset")
  if (/<!ENTITY/i.test(text.slice(0, start))) notes.push("entities")
  if (/<script\b/i.test(text.slice(text.length - 2_000).split(/<\/(?:rss|feed|rdf:RDF)>/i)[1] ?? "")) notes.push("script_after_end")
  return read(root, notes, context)
}

/** Where the feed begins: warnings of PHP, byte order marks and the DOCTYPE stand before it. Null when there is none. */
function findRoot(text: string): number | null {
  const html = /<(?:!doctype\s+html|html[\s>])/i.exec(text.slice(0, 4_000))
  rootTag.lastIndex = 0
  for (let match = rootTag.exec(text); match; match = rootTag.exec(text)) {
    if (match[0] === "<!--") {
      const end = text.indexOf("-->", match.index)
      if (end < 0) return null
      rootTag.lastIndex = end
      continue
    }
    if (html && html.index < match.index) return null
    // `<channel>` inside a page of another kind is no feed.
    return match.index > 200_000 ? null : match.index
  }
  return null
}

/** Names what came instead of a feed, so that a person is told the right thing. */
function notAFeed(text: string): NotAFeed {
  const say = (code: NotAFeed["code"], reason: string): NotAFeed => ({ format: "none", code, reason })
  const head = text.slice(0, 20_000)
  if (!text.trim()) return say("empty", "an empty answer")
  if (/request rejected|the requested url was rejected|support id is|access denied|forbidden/i.test(head) && head.length < 20_000)
    return say("rejected", "a firewall's refusal instead of a feed")
  if (/document\.cookie|d1n|__cf_chl|challenge-platform|slowaes|toNumbers\(/i.test(head))
    return say("challenge", "a script that tests for a browser instead of a feed")
  if (/<(?:!doctype\s+html|html|body|head)\b/i.test(head))
    return say(
      "html",
      `a web page instead of a feed: ${htmlToLine(/<title[^>]*>([\s\S]{0,200}?)<\/title>/i.exec(head)?.[1] ?? "").slice(0, 100)}`.replace(/: $/, ""),
    )
  if (/^\s*[[{]/.test(head)) return say("json", "JSON, but no JSON Feed")
  if (/[\ufffd\u0080-\u009f]{5}/.test(head)) return say("binary", "no text")
  return say("text", /^\s*</.test(head) ? "XML, but no feed" : "a text, but no feed")
}

const one = (node: XmlNode | undefined, ...names: string[]): string => {
  if (!node) return ""
  for (const name of names) {
    for (const child of elements(node, name)) {
      const text = markupOf(child).trim()
      if (text) return text
    }
  }
  return ""
}

function read(root: XmlNode, notes: string[], context: ItemContext): ParsedFeed {
  const isAtom = root.name === "feed"
  const channel = isAtom || root.name === "channel" ? root : (elements(root, "channel")[0] ?? root)
  const isCdf =
    root.name === "channel" && (root.attributes.href !== undefined || elements(root, "item").some((item) => item.attributes.href !== undefined))
  const nodes = itemNodes(root, channel)
  const order = dateOrderOf(nodes.slice(0, 200).flatMap(dateTexts)) ?? context.dates.order ?? null
  const dates = { ...context.dates, order }

  const home = homeOf(channel, context)
  const language = (one(channel, "language", "dc:language") || channel.attributes["xml:lang"] || root.attributes["xml:lang"] || "")
    .trim()
    .slice(0, 2)
    .toLowerCase()
  const inside: ItemContext = { ...context, dates, bases: [...context.bases, ...(home ? [home] : [])], language: language || context.language }
  const chosen = newest(nodes, dates)
  const items: FeedItem[] = []
  const deadline = performance.now() + parseLimits.timeMs
  for (const node of chosen) {
    if (performance.now() > deadline) {
      notes.push("too_slow")
      break
    }
    const item = readItem(node, inside)
    if (item) items.push(item)
  }
  const ttl = Number.parseInt(one(channel, "ttl"))
  const format = isAtom ? "atom" : isCdf ? "cdf" : root.name === "rdf" ? "rdf" : "rss"
  return {
    format,
    version: root.attributes.version ?? (isAtom ? "1.0" : format === "rdf" ? "1.0" : ""),
    title: htmlToLine(one(channel, "title", "dc:title")).slice(0, 500),
    link: home,
    description: htmlToLine(one(channel, "description", "subtitle", "tagline", "abstract", "dc:description", "itunes:summary")).slice(0, 2_000),
    language: inside.language,
    updatedAt: parseDate(textDate(channel), dates),
    ttlMs: ttl > 0 ? Math.min(ttl * MINUTE, 24 * HOUR) : null,
    dateOrder: order,
    items,
    itemsCut: nodes.length - chosen.length,
    notes: [...new Set(notes)],
  }
}

const textDate = (channel: XmlNode) => {
  const found = elements(channel, "lastbuilddate", "updated", "modified", "dc:date", "pubdate", "lastmod")[0]
  return found ? textOf(found) : ""
}

/** RSS 1.0 and 0.90 keep the items beside the channel, others inside it; some inside `<items>`. */
function itemNodes(root: XmlNode, channel: XmlNode): XmlNode[] {
  const names = root.name === "feed" ? ["entry"] : ["item", "entry", "atom:entry"]
  const found = elements(channel, ...names)
  if (root !== channel)
    found.push(
      ...elements(root, ...names),
      ...elements(root, "channel")
        .filter((other) => other !== channel)
        .flatMap((other) => elements(other, ...names)),
    )
  for (const wrapper of elements(channel, "items", "channel")) found.push(...elements(wrapper, ...names))
  return found
}

function homeOf(channel: XmlNode, context: ItemContext): string | null {
  const links = elements(channel, "link", "atom:link").filter(
    (link) =>
      !["self", "hub", "next", "first", "last", "prev", "previous", "search", "edit", "license", "service.post", "service.feed"].includes(
        (link.attributes.rel ?? "").toLowerCase(),
      ),
  )
  for (const link of links.sort((a, b) => Number(a.name !== "link") - Number(b.name !== "link"))) {
    const found = resolveLink(link.attributes.href ?? textOf(link), link.base, context)
    if (found) return found
  }
  return channel.attributes.href ? resolveLink(channel.attributes.href, channel.base, context) : null
}

/** At most `itemsMax` items: the newest by date; where dates are missing, the first of the document. Order is kept. */
function newest(nodes: XmlNode[], dates: ItemContext["dates"]): XmlNode[] {
  if (nodes.length <= parseLimits.itemsMax) return nodes
  const dated = nodes.map((node, place) => ({ node, place, at: publishedOf(node, dates) ?? 0 }))
  return dated
    .sort((a, b) => b.at - a.at || a.place - b.place)
    .slice(0, parseLimits.itemsMax)
    .sort((a, b) => a.place - b.place)
    .map((entry) => entry.node)
}
