/** One entry of any XML feed to a `FeedItem`: where each field may hide, and what stands in when it is missing. */
import { canonicalUrl, readableUrl } from "../base/address.ts"
import { cleanLine, htmlToLine, readHtml } from "../base/html-text.ts"
import type { FeedItem } from "../model/index.ts"
import { parseDate, type DateOptions } from "./dates.ts"
import { elements, markupOf, named, textOf, type XmlNode } from "./xml.ts"

/** Everything an item needs to know of its feed. */
export interface ItemContext {
  dates: DateOptions
  /** Addresses to resolve against, best first. */
  bases: string[]
  allowPrivate: readonly string[]
  language: string | null
}

export const limits = {
  title: 500,
  summary: 20_000,
  html: 100_000,
  paragraphs: 400,
  paragraph: 10_000,
  pictures: 12,
  links: 300,
  categories: 20,
  guid: 1_000,
} as const

const cut = (text: string, max: number) => (text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, ""))

/** Resolves what a publisher wrote as an address; null when no reader could open it. */
export function resolveLink(written: string, base: string, context: Pick<ItemContext, "bases" | "allowPrivate">): string | null {
  let text = !/[\s\u200b\ufeff]|&amp;/.test(written)
    ? written
    : written
        .replace(/[\s\u200b\ufeff]+/g, (gap, at: number) => (at === 0 || at + gap.length === written.length || /[\n\r\t]/.test(gap) ? "" : "%20"))
        .replace(/&amp;/g, "&")
  if (!text || text === "#") return null
  if (/^www\.[\w-]+\./i.test(text)) text = `http://${text}`
  for (const candidate of [base, ...context.bases, ""]) {
    const resolved = URL.parse(text, candidate || undefined)
    if (!resolved) continue
    const url = readableUrl(resolved, context.allowPrivate)
    return url && canonicalUrl(url)
  }
  return null
}

const firstText = (node: XmlNode, names: readonly string[]): string => {
  for (const name of names) {
    for (const child of named(node, name)) {
      const text = textOf(child).trim()
      if (text) return text
    }
  }
  return ""
}
/** The first content with words in it, and the address its relative links start from. */
const firstMarkup = (node: XmlNode, names: readonly string[]): { markup: string; base: string } => {
  for (const name of names) {
    for (const child of named(node, name)) {
      const markup = contentOf(child)
      if (markup.trim()) return { markup, base: child.base }
    }
  }
  return { markup: "", base: node.base }
}
/** Atom says `type="text"`; then "<" is a letter and no tag. */
const contentOf = (node: XmlNode): string => {
  const markup = markupOf(node)
  return node.attributes.type === "text" || node.attributes.type === "text/plain"
    ? /<\/?(?:p|br|div|a|b|i|strong|em|img|span)\b/i.test(markup)
      ? markup
      : markup.replace(/</g, "&lt;")
    : markup
}

const titleNames = ["title", "dc:title", "media:title", "itunes:title", "atom:title", "dcterms:title"]
const summaryNames = [
  "description",
  "summary",
  "abstract",
  "dc:description",
  "dcterms:abstract",
  "atom:summary",
  "itunes:summary",
  "itunes:subtitle",
  "media:description",
  "prism:teaser",
]
const contentNames = ["content:encoded", "content", "atom:content", "xhtml:body", "xhtml:div", "body", "fulltext", "content:content"]
const publishedNames = [
  "pubdate",
  "published",
  "issued",
  "dc:date",
  "dcterms:issued",
  "dcterms:created",
  "atom:published",
  "prism:publicationdate",
  "created",
  "date",
  "pubtime",
  "dc:created",
  "dcterms:date",
]
const updatedNames = ["updated", "modified", "atom:updated", "dcterms:modified", "lastmod", "lastbuilddate", "dc:modified"]
const guidNames = ["guid", "id", "atom:id", "dc:identifier", "dcterms:identifier"]

/** Texts of all dates in an item, for deciding the feed's order of day and month. */
export const dateTexts = (node: XmlNode): string[] =>
  [firstText(node, publishedNames), firstText(node, updatedNames), node.attributes.lastmod ?? ""].filter(Boolean)

export function publishedOf(node: XmlNode, dates: DateOptions): number | null {
  return (
    firstDate(node, publishedNames, dates) ??
    firstDate(node, updatedNames, dates) ??
    (node.attributes.lastmod ? parseDate(node.attributes.lastmod, dates) : null)
  )
}
function firstDate(node: XmlNode, names: readonly string[], dates: DateOptions): number | null {
  for (const name of names) {
    const text = firstText(node, [name])
    const at = text ? parseDate(text, dates) : null
    if (at !== null) return at
  }
  return null
}

export function readItem(node: XmlNode, context: ItemContext): FeedItem | null {
  const { markup: summaryMarkup, base: summaryBase } = firstMarkup(node, summaryNames)
  const { markup: contentMarkup, base: contentBase } = firstMarkup(node, contentNames)
  const summary = readHtml(summaryMarkup, limits.html)
  const content = contentMarkup && contentMarkup !== summaryMarkup ? readHtml(contentMarkup, limits.html) : null
  const columns = textColumns(summaryMarkup)
  const summaryParagraphs = settle(columns === null ? summary.paragraphs : readHtml(columns, limits.html).paragraphs)
  const paragraphs = content ? settle(content.paragraphs) : []
  const lead = summaryParagraphs.length ? summaryParagraphs : paragraphs.slice(0, 1)

  const { guid, permalink } = identity(node)
  const link = linkOf(node, context) ?? (permalink ? resolveLink(permalink, node.base, context) : null)
  // Without any words an item is still something a person should see: it goes by its address, and `articles/keep` holds it.
  const title =
    cut(htmlToLine(firstMarkup(node, titleNames).markup), limits.title) ||
    shorten(lead[0] ?? paragraphs[0] ?? "") ||
    cut(link ?? guid ?? "", limits.title)
  if (!title) return null
  const inside = [
    ...(content?.pictures ?? []).map((address) => ({ address, base: contentBase })),
    ...summary.pictures.map((address) => ({ address, base: summaryBase })),
  ]
  const pictures = picturesOf(node, context, inside)

  const language = firstText(node, ["dc:language", "language"]) || node.attributes["xml:lang"] || context.language
  return {
    guid,
    link,
    title,
    summary: cut(lead.join("\n\n"), limits.summary),
    html: cut(contentMarkup && contentMarkup !== summaryMarkup ? `${summaryMarkup}\n${contentMarkup}` : summaryMarkup, limits.html),
    paragraphs,
    publishedAt: publishedOf(node, context.dates),
    updatedAt: firstDate(node, updatedNames, context.dates),
    author: authorOf(node),
    categories: categoriesOf(node),
    pictures,
    links: [...new Set([...rawLinks(node), ...summary.links, ...(content?.links ?? [])])].slice(0, limits.links).map((text) => cut(text, 2_000)),
    language: language ? language.slice(0, 2).toLowerCase() : null,
  }
}

/** A second decoding where the text still shows markup ("&lt;p&gt;" written twice), then the caps. */
export function settle(paragraphs: string[]): string[] {
  const twice = paragraphs.some(
    (text) =>
      /[<&]/.test(text) &&
      /<\/?(?:p|br|div|a|b|i|strong|em|img|span|table|td|ul|li|h\d)\b[^<>]*>|&(?:#\d+|nbsp|amp|quot|lt|gt|[aeiouyd](?:acute|grave|circ|tilde|uml));/i.test(
        text,
      ),
  )
  const settled = twice ? paragraphs.flatMap((text) => readHtml(text).paragraphs) : paragraphs
  return settled.slice(0, limits.paragraphs).map((text) => cut(text, limits.paragraph))
}

/** SharePoint describes an item as a list of columns; readers want those that are text, without "Ngày đăng:" and the like. Null when it is none. */
function textColumns(markup: string): string | null {
  if (!/^\s*<div><b>[^<:]{1,60}(?::|&#58;)<\/b>/i.test(markup)) return null
  const [, ...parts] = markup.split(/<div><b>([^<:]{1,60}?)(?::|&#58;)<\/b>/i)
  const texts = parts.flatMap((label, at) => (at % 2 === 0 && textLabels.test(label.normalize("NFC")) ? [parts[at + 1]!] : []))
  return texts.some((text) => htmlToLine(text)) ? texts.join("<br>") : null
}
const textLabels = /^\s*(?:nội dung|mô tả|tóm tắt|trích yếu|trích dẫn|giới thiệu|sapo|body|description|content|summary|abstract|comments?)(?!\p{L})/iu

const shorten = (text: string) => (text.length <= 120 ? text : `${text.slice(0, 120).replace(/\s+\S*$/, "")}…`)

function identity(node: XmlNode): { guid: string | null; permalink: string | null } {
  for (const name of guidNames) {
    const found = elements(node, name)[0]
    const text = found && textOf(found).trim()
    if (!text) continue
    const isLink = /^https?:\/\//i.test(text) && (found.attributes.ispermalink ?? "true").toLowerCase() !== "false"
    return { guid: cut(text, limits.guid), permalink: isLink ? text : null }
  }
  const about = node.attributes["rdf:about"] ?? node.attributes.about
  return about ? { guid: cut(about.trim(), limits.guid), permalink: /^https?:/i.test(about.trim()) ? about : null } : { guid: null, permalink: null }
}

/** Links of an item that lead to something else than the article. */
const otherRels = new Set([
  "self",
  "enclosure",
  "payment",
  "replies",
  "edit",
  "edit-media",
  "hub",
  "license",
  "next",
  "prev",
  "previous",
  "first",
  "last",
  "search",
  "icon",
  "stylesheet",
  "author",
  "service.edit",
  "service.post",
  "thumbnail",
  "image",
])
const linkWords = (child: XmlNode) => child.attributes.href?.trim() || textOf(child).trim()

function linkOf(node: XmlNode, context: ItemContext): string | null {
  // FeedBurner keeps the portal's own address here.
  const original = firstText(node, ["feedburner:origlink"])
  const candidates: [string, string][] = original ? [[original, node.base]] : []
  const all = elements(node, "link", "atom:link")
  const rank = (child: XmlNode) => {
    const rel = (child.attributes.rel ?? "").toLowerCase()
    if (rel === "" || rel === "alternate" || rel.endsWith("/alternate"))
      return /html|^$/.test(child.attributes.type ?? "") ? (child.name === "link" ? 0 : 1) : 2
    return rel === "canonical" || rel === "bookmark" ? 3 : otherRels.has(rel) ? 9 : 8
  }
  for (const child of all.filter((one) => rank(one) < 9).sort((a, b) => rank(a) - rank(b))) candidates.push([linkWords(child), child.base])
  if (node.attributes.href) candidates.push([node.attributes.href, node.base])
  const source = elements(node, "content")[0]
  if (source?.attributes.src) candidates.push([source.attributes.src, source.base])
  candidates.push([firstText(node, ["url", "media:player"]), node.base])
  for (const [text, base] of candidates) {
    const link = text && resolveLink(text, base, context)
    if (link) return link
  }
  return null
}

/** The item's own links as written, so that the firewall sees what resolving refused. */
const rawLinks = (node: XmlNode) =>
  elements(node, "link", "atom:link")
    .filter((child) => !/^(?:self|enclosure|replies|edit)$/.test(child.attributes.rel ?? ""))
    .map(linkWords)
    .filter(Boolean)

function authorOf(node: XmlNode): string | null {
  for (const name of ["author", "dc:creator", "atom:author", "itunes:author", "creator"]) {
    for (const child of elements(node, name)) {
      const text = cleanLine(firstText(child, ["name", "atom:name"]) || htmlToLine(textOf(child)))
      // "mail@host (Name)" is the form of RSS; a bare mail address is not shown to readers.
      const name = /^[^\s@]+@[^\s@]+\s*\((.+)\)$/.exec(text)?.[1] ?? text.replace(/<?[^\s@<]+@[^\s@>]+>?/g, "").trim()
      if (name) return cut(name, 200)
    }
  }
  return null
}

function categoriesOf(node: XmlNode): string[] {
  const found = elements(node, "category", "dc:subject", "atom:category", "itunes:category").flatMap((child) =>
    // SharePoint: "Tin nổi bật;#Tiếp dân".
    htmlToLine(child.attributes.label ?? child.attributes.term ?? (textOf(child).trim() || child.attributes.text || "")).split(/;#/),
  )
  return [...new Set(found.map((text) => cut(cleanLine(text), 100)).filter((text) => text && !/^\d+$/.test(text)))].slice(0, limits.categories)
}

const imageFile = /\.(?:jpe?g|png|webp|gif|avif|bmp)(?:$|[?#])/i

/** Pictures named outside the text first, the largest of them first; then those inside it. */
function picturesOf(node: XmlNode, context: ItemContext, inside: { address: string; base: string }[]): string[] {
  const outside: { address: string; base: string; width: number }[] = []
  const add = (address: string | undefined, base: string, width = 0) => void (address?.trim() && outside.push({ address, base, width }))
  const visit = (parent: XmlNode, depth: number) => {
    for (const child of parent.children) {
      if (typeof child === "string") continue
      const a = child.attributes
      const width = Number.parseInt(a.width ?? "0") || 0
      if (child.name === "enclosure" || ((child.name === "link" || child.name === "atom:link") && a.rel === "enclosure")) {
        const address = a.url ?? a.href ?? textOf(child)
        if (/^image\//i.test(a.type ?? "") || (!/^(?:audio|video|application)\//i.test(a.type ?? "") && imageFile.test(address)))
          add(address, child.base, 1_000)
      } else if (child.name === "media:content") {
        if (a.medium === "image" || /^image\//i.test(a.type ?? "") || (!a.medium && !a.type && imageFile.test(a.url ?? "")))
          add(a.url, child.base, width || 900)
        if (depth < 3) visit(child, depth + 1)
      } else if (child.name === "media:group" && depth < 3) visit(child, depth + 1)
      else if (child.name === "media:thumbnail") add(a.url ?? textOf(child), child.base, width || 100)
      else if (child.name === "itunes:image") add(a.href, child.base, 500)
      else if (child.name === "image" || child.name === "thumbnail" || child.name === "thumb")
        add(firstText(child, ["url"]) || a.url || a.href || textOf(child), child.base, 600)
    }
  }
  visit(node, 0)
  const written = [...outside.sort((a, b) => b.width - a.width), ...inside]
  return [...new Set(written.map(({ address, base }) => resolveLink(address, base, context)).filter((url): url is string => url !== null))].slice(
    0,
    limits.pictures,
  )
}
