/**
 * XML as portals send it, to a small tree. It never fails: what is broken is closed where it best fits. There are no
 * entities to expand and no recursion, and it stops by itself at limits of depth, items and time, which is why the
 * reader is ours and not a library's (no parser tried can be interrupted; README, decisions).
 */
import { Tokenizer } from "htmlparser2"

export interface XmlNode {
  /** Conventional prefix and local name, lower case: "title", "dc:date", "media:content". */
  name: string
  /** As written, for markup that is text. */
  raw: string
  attributes: Record<string, string>
  children: (XmlNode | string)[]
  /** xml:base in force, resolved as far as it can be; "" when there is none. */
  base: string
  /** Child elements by name, made when first asked for. */
  fields?: Map<string, XmlNode[]>
}

export interface XmlDocument {
  root: XmlNode | null
  notes: string[]
}

export interface XmlLimits {
  depthMax: number
  /** Elements called `item` or `entry`. */
  itemsMax: number
  /** Characters of one text. */
  textMax: number
  /** Stop after so many ms. */
  timeMs: number
}

/** Conventional prefixes by namespace (lower case, without scheme, trailing slash or #). */
const prefixes: Record<string, string> = {
  "purl.org/dc/elements/1.1": "dc",
  "purl.org/dc/elements/1.0": "dc",
  "purl.org/dc/terms": "dcterms",
  "purl.org/rss/1.0/modules/content": "content",
  "search.yahoo.com/mrss": "media",
  "tools.search.yahoo.com/mrss": "media",
  "video.search.yahoo.com/mrss": "media",
  "www.rssboard.org/media-rss": "media",
  "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
  "www.itunes.com/dtds/podcast-1.0": "itunes",
  "example.com/dtds/podcast-1.0.dtd": "itunes",
  "www.w3.org/1999/xhtml": "xhtml",
  "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
  "www.w3.org/xml/1998/namespace": "xml",
  "rssnamespace.org/feedburner/ext/1.0": "feedburner",
  "prismstandard.org/namespaces/1.2/basic": "prism",
  "prismstandard.org/namespaces/basic/2.0": "prism",
  "prismstandard.org/namespaces/basic/1.2": "prism",
  "www.w3.org/2005/atom": "atom",
  "purl.org/atom/ns": "atom",
  "www.w3.org/2005/atom-draft": "atom",
  "purl.org/rss/1.0": "",
  "purl.org/rss/1.0/": "",
  "my.netscape.com/rdf/simple/0.9": "",
  "channel.netscape.com/rdf/simple/0.9": "",
  "backend.userland.com/rss2": "",
  "backend.userland.com/rss": "",
  "blogs.law.harvard.edu/tech/rss": "",
  "cyber.law.harvard.edu/rss": "",
  "purl.org/net/rss1.1": "",
  "backend.userland.com/rss091": "",
  "backend.userland.com/rss092": "",
  "my.netscape.com/publish/formats/rss-0.91.dtd": "",
  "purl.org/rss/1.0/modules/syndication": "sy",
  "purl.org/rss/1.0/modules/rss091": "",
  "www.georss.org/georss": "georss",
  "purl.org/rss/1.0/modules/slash": "slash",
  "wellformedweb.org/commentapi": "wfw",
}
const shortNamespace = (uri: string) =>
  prefixes[
    uri
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, "")
      .replace(/[/#]+$/, "")
  ]

interface Scope {
  /** Written prefix to conventional prefix; the default namespace is "". */
  map: Map<string, string>
  /** Written names already resolved. */
  names: Map<string, string>
}

export function readXml(text: string, start: number, limits: XmlLimits): XmlDocument {
  const notes = new Set<string>()
  const holder: XmlNode = { name: "", raw: "", attributes: {}, children: [], base: "" }
  const stack: XmlNode[] = [holder]
  const scopes: Scope[] = []
  let scope: Scope = { map: new Map([["", ""]]), names: new Map() }
  let node: XmlNode = holder
  /** The namespace of the root is the language of the document: its elements carry no prefix. */
  let primary = "?"
  let items = 0
  let finished = false
  let ending = false
  let textLength = 0
  let raw = ""
  let attribute = ""
  let value = ""
  let attributes: Record<string, string> = {}

  const stop = (why?: string) => {
    if (why) notes.add(why)
    finished = true
    tokenizer.pause()
  }
  const addText = (piece: string) => {
    if (finished || stack.length < 2 || !piece) return
    if (textLength > limits.textMax) return
    textLength += piece.length
    if (textLength > limits.textMax) {
      notes.add("long_text")
      piece = piece.slice(0, Math.max(0, piece.length - (textLength - limits.textMax)))
    }
    const last = node.children.length - 1
    if (typeof node.children[last] === "string") node.children[last] += piece
    else node.children.push(piece)
  }
  const nameOf = (written: string): string => {
    const known = scope.names.get(written)
    if (known !== undefined) return known
    const colon = written.indexOf(":")
    const prefix = colon < 0 ? "" : written.slice(0, colon)
    const local = written.slice(colon + 1).toLowerCase()
    // An undeclared prefix means what it usually means.
    const short = scope.map.get(prefix) ?? prefix.toLowerCase()
    const name = short === "" || short === primary ? local : `${short}:${local}`
    scope.names.set(written, name)
    return name
  }
  const open = (selfClosing: boolean) => {
    if (finished) return
    let declared: Scope | null = null
    for (const key in attributes) {
      if (key !== "xmlns" && !key.startsWith("xmlns:")) continue
      declared ??= { map: new Map(scope.map), names: new Map() }
      const prefix = key.slice(6)
      declared.map.set(prefix, shortNamespace(attributes[key]!) ?? (prefix && attributes[key] ? `x-${prefix}` : ""))
      delete attributes[key]
    }
    scopes.push(scope)
    if (declared) scope = declared
    if (stack.length === 1) {
      const prefix = raw.includes(":") ? raw.slice(0, raw.indexOf(":")) : ""
      const own = scope.map.get(prefix) ?? prefix.toLowerCase()
      primary = own === "rdf" ? "" : own
      // Elements without a namespace inside a prefixed root (a:feed with plain children) belong to it.
      scope.names.clear()
    }
    const name = stack.length === 1 ? raw.slice(raw.indexOf(":") + 1).toLowerCase() : nameOf(raw)
    let base = node.base
    const own = attributes["xml:base"]
    if (own !== undefined) base = URL.canParse(own, base || undefined) ? new URL(own, base || undefined).href : base || own
    const child: XmlNode = { name, raw, attributes, children: [], base }
    node.children.push(child)
    attributes = {}
    textLength = 0
    if (selfClosing) {
      scope = scopes.pop()!
      return
    }
    stack.push(child)
    node = child
    if (stack.length > limits.depthMax) stop("too_deep")
  }
  const close = (written: string) => {
    if (finished) return
    let at = stack.length - 1
    while (at > 0 && stack[at]!.raw !== written) at--
    if (at === 0) {
      const lower = written.toLowerCase()
      at = stack.length - 1
      while (at > 0 && stack[at]!.raw.toLowerCase() !== lower) at--
      if (at === 0) return
    }
    // Everything still open inside was not closed by its author.
    if (at < stack.length - 1) notes.add("malformed")
    const closed = stack[at]!
    while (stack.length > at) {
      stack.pop()
      scope = scopes.pop()!
    }
    node = stack[stack.length - 1]!
    textLength = 0
    if ((closed.name === "item" || closed.name === "entry") && ++items >= limits.itemsMax) stop("too_many_items")
    if (stack.length === 1) stop()
  }

  const tokenizer = new Tokenizer(
    { xmlMode: true, decodeEntities: true },
    {
      // A document cut off inside a tag leaves a "<" that is no text.
      ontext: (from, to) => void ((ending && text[start + from] === "<") || addText(text.slice(start + from, start + to))),
      ontextentity: (code) => addText(String.fromCodePoint(code)),
      oncdata: (from, to, offset) => addText(text.slice(start + from, start + to - offset)),
      onopentagname: (from, to) => void (raw = text.slice(start + from, start + to)),
      onattribname: (from, to) => void ((attribute = text.slice(start + from, start + to).toLowerCase()), (value = "")),
      onattribdata: (from, to) => void (value += text.slice(start + from, start + to)),
      onattribentity: (code) => void (value += String.fromCodePoint(code)),
      onattribend: () => void (attributes[attribute] ??= value),
      onopentagend: () => open(false),
      onselfclosingtag: () => open(true),
      onclosetag: (from, to) => close(text.slice(start + from, start + to)),
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  )
  const deadline = performance.now() + limits.timeMs
  const step = 65_536
  for (let at = start; at < text.length && !finished; at += step) {
    tokenizer.write(text.slice(at, at + step))
    if (performance.now() > deadline) stop("too_slow")
  }
  if (!finished) {
    ending = true
    tokenizer.end()
    if (stack.length > 1) notes.add("truncated")
  }
  return { root: (holder.children.find((child) => typeof child !== "string") as XmlNode | undefined) ?? null, notes: [...notes] }
}

const none: readonly XmlNode[] = []
/** Child elements of one name, in the order of the document. */
export function named(node: XmlNode, name: string): readonly XmlNode[] {
  if (!node.fields) {
    node.fields = new Map()
    for (const child of node.children) {
      if (typeof child === "string") continue
      const same = node.fields.get(child.name)
      if (same) same.push(child)
      else node.fields.set(child.name, [child])
    }
  }
  return node.fields.get(name) ?? none
}
/** Child elements of any of the names, grouped by name. */
export const elements = (node: XmlNode, ...names: string[]): XmlNode[] => names.flatMap((name) => named(node, name))

/** All text inside, tags left out. */
export function textOf(node: XmlNode): string {
  let text = ""
  for (const child of node.children) text += typeof child === "string" ? child : textOf(child)
  return text
}

const escape = (text: string) =>
  text.replace(/[&<>"]/g, (char) => (char === "&" ? "&amp;" : char === "<" ? "&lt;" : char === ">" ? "&gt;" : "&quot;"))

/** The content as markup: escaped or CDATA text as it is, elements written out again. */
export function markupOf(node: XmlNode): string {
  if (node.children.every((child) => typeof child === "string")) {
    const text = node.children.join("")
    return node.attributes.mode === "base64" || isBase64(node) ? decodeBase64(text) : text
  }
  return node.children.map((child) => (typeof child === "string" ? escape(child) : writeOut(child))).join("")
}

function writeOut(node: XmlNode): string {
  const name = node.raw.slice(node.raw.indexOf(":") + 1)
  const attributes = Object.entries(node.attributes).map(([key, value]) => ` ${key}="${escape(value)}"`).join("")
  if (node.children.length === 0) return `<${name}${attributes}/>`
  return `<${name}${attributes}>${node.children.map((child) => (typeof child === "string" ? escape(child) : writeOut(child))).join("")}</${name}>`
}

const isBase64 = (node: XmlNode) => /^(?:application\/octet-stream|application\/.*base64)$/.test(node.attributes.type ?? "")
const decodeBase64 = (text: string) => {
  const compact = text.replace(/\s+/g, "")
  return /^[A-Za-z0-9+/]+=*$/.test(compact) ? Buffer.from(compact, "base64").toString("utf8") : text
}
