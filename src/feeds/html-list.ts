/** Portals without a feed: news lists in HTML read by selectors (FeedAdapter "html"). The tree is flat-built and depth-capped. */
import { Tokenizer } from "htmlparser2"
import { cleanLine, htmlToLine } from "../base/html-text.ts"
import type { FeedAdapter, FeedItem, NotAFeed, ParsedFeed } from "../model/index.ts"
import { dateOrderOf, parseDate } from "./dates.ts"
import { limits, resolveLink, type ItemContext } from "./item.ts"

interface HtmlNode {
  tag: string
  attributes: Record<string, string>
  children: (HtmlNode | string)[]
  parent: HtmlNode | null
}

const voids = new Set("area base br col embed hr img input link meta source track wbr".split(" "))
/** A new one of these ends an open one of the same kind. */
const selfEnding = new Set(["li", "p", "tr", "td", "th", "option", "dt", "dd"])
const depthMax = 200

function readTree(html: string): HtmlNode {
  const root: HtmlNode = { tag: "", attributes: {}, children: [], parent: null }
  let node = root
  let depth = 0
  let tag = ""
  let attribute = ""
  let value = ""
  let attributes: Record<string, string> = {}
  const text = (piece: string) => {
    if (node.tag !== "script" && node.tag !== "style") node.children.push(piece)
  }
  const open = (selfClosing: boolean) => {
    if (selfEnding.has(tag) && node.tag === tag && node.parent) (node = node.parent), depth--
    const child: HtmlNode = { tag, attributes, children: [], parent: node }
    node.children.push(child)
    if (!selfClosing && !voids.has(tag) && depth < depthMax) (node = child), depth++
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: (start, end) => text(html.slice(start, end)),
      ontextentity: (code) => text(String.fromCodePoint(code)),
      onopentagname: (start, end) => void ((tag = html.slice(start, end).toLowerCase()), (attributes = {})),
      onattribname: (start, end) => void ((attribute = html.slice(start, end).toLowerCase()), (value = "")),
      onattribdata: (start, end) => void (value += html.slice(start, end)),
      onattribentity: (code) => void (value += String.fromCodePoint(code)),
      onattribend: () => void (attributes[attribute] ??= value),
      onopentagend: () => open(false),
      onselfclosingtag: () => open(true),
      onclosetag(start, end) {
        const name = html.slice(start, end).toLowerCase()
        let up: HtmlNode | null = node
        let steps = 0
        while (up && up.tag !== name) (up = up.parent), steps++
        if (up?.parent) (node = up.parent), (depth -= steps + 1)
      },
      oncdata: () => undefined,
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return root
}

type Test = (node: HtmlNode) => boolean
/** One compound and how it hangs on the one before it. */
interface Step {
  direct: boolean
  test: Test
}

const parentElements = (node: HtmlNode) => (node.parent?.children ?? []).filter((child): child is HtmlNode => typeof child !== "string")

/** `tag`, `.class`, `#id`, `[attr]`, `[attr^="x"]`, `:first-child`, `:last-child`, `:nth-child(2)`; null when it is none of these. */
function compound(text: string): Test | null {
  const tests: Test[] = []
  const piece =
    /^(?:([a-z][\w-]*|\*)|\.([\w-]+)|#([\w-]+)|\[\s*([\w-]+)\s*(?:([~^$*|]?)=\s*(?:"([^"]*)"|'([^']*)'|([^\]\s]*))\s*)?\]|:(first-child|last-child|nth-child)(?:\((\d+)\))?)/i
  let rest = text
  while (rest) {
    const match = piece.exec(rest)
    if (!match) return null
    rest = rest.slice(match[0].length)
    const [, name, className, id, attribute, operator, double, single, bare, pseudo, nth] = match
    if (name) {
      if (name !== "*") tests.push((node) => node.tag === name.toLowerCase())
    } else if (className) tests.push((node) => (node.attributes.class ?? "").split(/\s+/).includes(className))
    else if (id) tests.push((node) => node.attributes.id === id)
    else if (attribute) {
      const wanted = double ?? single ?? bare
      tests.push((node) => {
        const value = node.attributes[attribute.toLowerCase()]
        if (value === undefined || wanted === undefined) return value !== undefined
        if (operator === "^") return value.startsWith(wanted)
        if (operator === "$") return value.endsWith(wanted)
        if (operator === "*") return value.includes(wanted)
        if (operator === "~") return value.split(/\s+/).includes(wanted)
        return value === wanted
      })
    } else {
      tests.push((node) => {
        const siblings = parentElements(node)
        const place = pseudo === "last-child" ? siblings.length - 1 : pseudo === "nth-child" ? Number(nth ?? 1) - 1 : 0
        return siblings[place] === node
      })
    }
  }
  return (node) => tests.every((test) => test(node))
}

/** Selectors separated by commas; null when one of them cannot be read. */
export function parseSelector(text: string): Step[][] | null {
  const lists: Step[][] = []
  for (const part of text.split(/,(?![^[]*\])/)) {
    const words = part.trim().replace(/\s*>\s*/g, " > ").match(/>|(?:\[[^\]]*\]|[^\s>[])+/g)
    if (!words) return null
    const steps: Step[] = []
    let direct = false
    for (const word of words) {
      if (word === ">") {
        direct = true
        continue
      }
      const test = compound(word)
      if (!test) return null
      steps.push({ direct, test })
      direct = false
    }
    if (steps.length === 0) return null
    lists.push(steps)
  }
  return lists
}

/** Looks at one node that one page may cost: lists inside lists inside lists would be read over and over. */
const looksMax = 3_000_000
class TooTangled extends Error {}
let looks = 0
const look = () => {
  if (++looks > looksMax) throw new TooTangled()
}

function matches(node: HtmlNode, steps: Step[], within: HtmlNode, last = steps.length - 1): boolean {
  look()
  const step = steps[last]!
  if (!step.test(node)) return false
  if (last === 0) return !step.direct || node.parent === within
  for (let up = node.parent; up; up = step.direct ? null : up.parent) if (matches(up, steps, within, last - 1)) return true
  return false
}

function find(within: HtmlNode, selector: Step[][], max = Number.POSITIVE_INFINITY): HtmlNode[] {
  const found: HtmlNode[] = []
  const visit = (node: HtmlNode) => {
    for (const child of node.children) {
      if (found.length >= max) return
      if (typeof child === "string") continue
      if (selector.some((steps) => matches(child, steps, within))) found.push(child)
      visit(child)
    }
  }
  visit(within)
  return found
}

const textOf = (node: HtmlNode): string => {
  look()
  return node.children.map((child) => (typeof child === "string" ? child : ` ${textOf(child)} `)).join("")
}

type HtmlAdapter = Extract<FeedAdapter, { type: "html" }>

/** Reads a news list. A selector may end in `@attribute` to take an attribute instead of the text. */
export function parseHtmlList(html: string, adapter: HtmlAdapter, context: ItemContext, itemsMax: number): ParsedFeed | NotAFeed {
  looks = 0
  try {
    return readList(html, adapter, context, itemsMax)
  } catch (error) {
    if (error instanceof TooTangled) return wrong("the page nests too deeply for its selectors")
    throw error
  }
}
const wrong = (reason: string): NotAFeed => ({ format: "none", code: "adapter", reason })

function readList(html: string, adapter: HtmlAdapter, context: ItemContext, itemsMax: number): ParsedFeed | NotAFeed {
  const itemSelector = parseSelector(adapter.item)
  if (!itemSelector) return wrong(`the selector "${adapter.item}" cannot be read`)
  const root = readTree(html)
  const base =
    find(root, [[{ direct: false, test: (node) => node.tag === "base" && node.attributes.href !== undefined }]], 1)[0]?.attributes.href ?? ""
  const found = find(root, itemSelector, itemsMax)
  if (found.length === 0) return wrong(`nothing matches "${adapter.item}"`)
  const isLink: Test = (node) => node.tag === "a" && !!node.attributes.href && !/^(?:#|javascript:)/i.test(node.attributes.href)
  const pick = (item: HtmlNode, selector: string | undefined, attribute?: string): string => {
    if (!selector) return ""
    const [path, named] = selector.split(/@(?=[\w-]+$)/) as [string, string?]
    const parsed = path.trim() ? parseSelector(path) : null
    const node = path.trim() ? parsed && find(item, parsed, 1)[0] : item
    if (!node) return ""
    const taken = named ?? attribute
    if (!taken) return textOf(node)
    return (
      node.attributes[taken] ??
      (taken === "href" ? (find(node, [[{ direct: false, test: isLink }]], 1)[0]?.attributes.href ?? "") : taken === "src" ? pictureOf(node) : "")
    )
  }
  const pictureOf = (within: HtmlNode) => {
    const image = within.tag === "img" ? within : find(within, [[{ direct: false, test: (node) => node.tag === "img" }]], 1)[0]
    return image?.attributes["data-src"] ?? image?.attributes["data-original"] ?? image?.attributes.src ?? ""
  }
  const raws = found.map((item) => {
    const anchors = isLink(item) ? [item] : find(item, [[{ direct: false, test: isLink }]], 5)
    const anchor = anchors.find((node) => cleanLine(textOf(node))) ?? anchors[0]
    return {
      link: adapter.link ? pick(item, adapter.link, "href") : (anchor?.attributes.href ?? ""),
      title: cleanLine(adapter.title ? pick(item, adapter.title) : anchor ? textOf(anchor) || anchor.attributes.title || "" : textOf(item)),
      date: cleanLine(pick(item, adapter.date)),
      summary: cleanLine(pick(item, adapter.summary)),
      picture: adapter.picture ? pick(item, adapter.picture, "src") : pictureOf(item),
    }
  })
  const order = context.dates.order ?? dateOrderOf(raws.map((raw) => raw.date))
  const items = raws
    .filter((raw) => raw.title && raw.link)
    .map(
      (raw): FeedItem => ({
        guid: null,
        link: resolveLink(raw.link, base, context),
        title: htmlToLine(raw.title).slice(0, limits.title),
        summary: raw.summary.slice(0, limits.summary),
        html: "",
        paragraphs: [],
        publishedAt: parseDate(raw.date, { ...context.dates, order }),
        updatedAt: null,
        author: null,
        categories: [],
        pictures: [raw.picture && resolveLink(raw.picture, base, context)].filter((url): url is string => !!url),
        links: [raw.link],
        language: context.language,
      }),
    )
  if (items.length === 0) return wrong(`no entry of "${adapter.item}" has a title and a link`)
  const title = find(root, [[{ direct: false, test: (node) => node.tag === "title" }]], 1)[0]
  return {
    format: "html_list",
    version: "",
    title: title ? cleanLine(textOf(title)) : "",
    link: null,
    description: "",
    language: context.language,
    updatedAt: null,
    ttlMs: null,
    dateOrder: order,
    items,
    itemsCut: 0,
    notes: [],
  }
}
