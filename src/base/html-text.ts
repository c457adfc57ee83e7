/** Markup from outside to plain text, with the links and pictures it held. One pass, no tree: nesting costs nothing. */
import { Tokenizer } from "htmlparser2"

/** Elements that end a paragraph. */
const blocks = new Set(
  `
  address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr
  li main nav ol p pre section summary table tbody td th tr ul
`
    .trim()
    .split(/\s+/),
)
/** Elements whose content is no text for readers. */
const silent = new Set(
  "applet audio canvas embed head iframe math noembed noframes noscript object script select style svg template textarea title video xml".split(" "),
)
/** Names that make a tag; "<Tên đơn vị>" in a text is none and stays. Names with ":" or "-" are tags of editors. */
const inline =
  "a abbr acronym amp-img b bdi bdo base basefont big body button cite code data datalist del dfn dir em font frame frameset hgroup html i img input ins kbd label legend link map mark marquee menu meta meter nobr o:p optgroup option output param picture progress q rp rt ruby s samp search select slot small source span strike strong sub sup time track tt u var wbr"
const isTag = (name: string) => known.has(name) || /[:-]/.test(name)
const voids = new Set("area base br col embed hr img input link meta param source track wbr".split(" "))

const known = new Set([...blocks, ...silent, ...voids, ...inline.split(" "), "center", "col", "colgroup", "image"])

/** Windows-1252 letters that careless software writes as C1 controls. */
const c1 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
const strange =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0e\ufeff\ufff9-\ufffd]/
const strangeAll = new RegExp(strange, "g")

/** One line of clean text: NFC, no control, invisible or direction characters, single spaces. */
export function cleanLine(text: string): string {
  let clean = text
  if (strange.test(clean)) {
    clean = clean.replace(strangeAll, (char) => {
      const code = char.charCodeAt(0)
      if (code >= 0x80 && code <= 0x9f) return c1[code - 0x80]!.replace(/[\u0080-\u009f]/, "")
      if (code === 0x200d) return char
      return code === 0x2028 || code === 0x2029 ? " " : ""
    })
    // A joiner is kept only inside an emoji.
    clean = clean.replace(/(?<!\p{Extended_Pictographic}\ufe0f?)\u200d/gu, "")
  }
  // Most text is clean already, and looking costs less than writing anew.
  if (/\s{2}|[^\S ]/.test(clean)) clean = clean.replace(/\s+/g, " ")
  return clean.trim().normalize("NFC")
}

export interface HtmlContent {
  paragraphs: string[]
  /** Every href, frame and form address as written. */
  links: string[]
  /** Addresses of pictures as written; tracking pixels and data: addresses are left out. */
  pictures: string[]
}

/** Reads at most `charsMax` characters of markup. */
export function readHtml(html: string, charsMax = 200_000): HtmlContent {
  const source = html.length > charsMax ? html.slice(0, charsMax) : html
  if (!/[<&]/.test(source)) {
    return { paragraphs: source.split(/\r?\n\s*\r?\n/).map(cleanLine).filter(Boolean), links: [], pictures: [] }
  }
  const paragraphs: string[] = []
  const links: string[] = []
  const pictures: string[] = []
  let line = ""
  let tag = ""
  let tagStart = 0
  let attribute = ""
  let value = ""
  let attributes: Record<string, string> = {}
  let hidden: string | null = null
  let hiddenDepth = 0

  const endLine = () => {
    const clean = line && cleanLine(line)
    if (clean) paragraphs.push(clean)
    line = ""
  }
  const open = (selfClosing: boolean, end: number) => {
    if (hidden === null && !isTag(tag)) {
      line += source.slice(tagStart, end + 1)
      return
    }
    if (hidden !== null) {
      if (tag === hidden && !selfClosing) hiddenDepth++
      return
    }
    const link =
      attributes.href ?? (tag === "iframe" || tag === "embed" || tag === "script" ? attributes.src : tag === "form" ? attributes.action : undefined)
    if (link && tag !== "base" && links.length < 500) links.push(link.trim())
    if (tag === "img" || tag === "amp-img") picture()
    const concealed = attributes.style !== undefined && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(attributes.style)
    if ((silent.has(tag) || concealed) && !selfClosing && !voids.has(tag)) {
      hidden = tag
      hiddenDepth = 1
    } else if (blocks.has(tag)) endLine()
  }
  const picture = () => {
    const tiny = [attributes.width, attributes.height].some((size) => size !== undefined && Number.parseInt(size) <= 3)
    const address = [
      attributes["data-src"],
      attributes["data-original"],
      attributes["data-lazy-src"],
      attributes.src,
      attributes.srcset?.trim().split(/[\s,]/)[0],
    ].find((candidate) => candidate?.trim() && !/^\s*(?:data|about|blob):/i.test(candidate))
    if (address && !tiny && pictures.length < 50) pictures.push(address.trim())
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: (start, end) => void (hidden ?? (line += source.slice(start, end))),
      ontextentity: (code) => void (hidden ?? (line += String.fromCodePoint(code))),
      onopentagname(start, end) {
        tag = source.slice(start, end).toLowerCase()
        tagStart = start - 1
        attributes = {}
      },
      onattribname: (start, end) => void ((attribute = source.slice(start, end).toLowerCase()), (value = "")),
      onattribdata: (start, end) => void (value += source.slice(start, end)),
      onattribentity: (code) => void (value += String.fromCodePoint(code)),
      onattribend: () => void (attributes[attribute] ??= value),
      onopentagend: (end) => open(false, end),
      onselfclosingtag: (end) => open(voids.has(tag) || !silent.has(tag), end),
      onclosetag(start, end) {
        const name = source.slice(start, end).toLowerCase()
        if (hidden !== null) {
          if (name === hidden && --hiddenDepth === 0) hidden = null
        } else if (blocks.has(name)) endLine()
        else if (!isTag(name)) line += `</${source.slice(start, end)}>`
      },
      oncdata: (start, end, offset) => void (hidden ?? (line += source.slice(start, end - offset))),
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  )
  tokenizer.write(source)
  tokenizer.end()
  endLine()
  return { paragraphs, links, pictures }
}

const entity = /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});/i
const markup = /<\/?[a-z][^<>]*>/i

/** One line of plain text of markup that may be escaped twice ("&amp;lt;b&amp;gt;"): decoded until stable, at most twice. */
export function htmlToLine(html: string): string {
  if (!/[<&]/.test(html)) return cleanLine(html)
  const once = readHtml(html).paragraphs.join(" ")
  return entity.test(once) || markup.test(once) ? readHtml(once).paragraphs.join(" ") : once
}
