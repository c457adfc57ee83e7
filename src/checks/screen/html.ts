/**
 * Markup to text with what readers see kept apart from what they do not (safety.md 3.4). One pass over tokens, an explicit stack of bounded
 * depth: nesting costs nothing. Nothing of the markup is ever passed on.
 */
import { Tokenizer } from "htmlparser2"
import { colour, declarations, hiddenBy, hidingSelectors } from "./css.ts"

export interface Markup {
  visible: string
  hidden: string
  links: string[]
  hiddenLinks: string[]
  /** Code that runs: inline scripts, handlers with more than a harmless word; addresses of outer scripts are in `scripts`. */
  code: boolean
  scripts: string[]
  frames: { url: string; hidden: boolean }[]
  refresh: string[]
  forms: string[]
  handlers: boolean
}

const voids = new Set("area base br col embed hr img input link meta param source track wbr".split(" "))
const inline = new Set(
  "a abbr b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span strike strong sub sup tt u var wbr".split(" "),
)
const depthMax = 200
/** `onclick="return false"` and pictures that replace themselves are everyday code of portals. */
const harmlessHandler =
  /^\s*(?:return\s+(?:false|true)|void\(?0\)?|this\.onerror\s*=\s*null|this\.(?:style\.)?(?:src|display|width|height)\s*=\s*['"](?!https?:|\/\/|data:)[^'"]*['"]|window\.print\(\)|print\(\)|history\.back\(\)|event\.(?:preventDefault|stopPropagation)\(\))?\s*(?:;\s*(?:return\s+(?:false|true)|this\.onerror\s*=\s*null|this\.src\s*=\s*['"](?!https?:|\/\/|data:)[^'"]*['"])?\s*)*$/i
const grave = /location|window\.open|eval|document\.|fromcharcode|atob|fetch|import|xmlhttp|\.src\s*=\s*['"]?(?:https?:)?\/\/|unescape|settimeout/i

interface Open {
  tag: string
  hidden: boolean
  ground: string
}

/** Does the text need reading as markup at all? */
export const hasMarkup = (text: string) => /<[a-z!/?]|&(?:#|[a-z]{2,8};)/i.test(text)

export function readMarkup(source: string): Markup {
  const found: Markup = {
    visible: "",
    hidden: "",
    links: [],
    hiddenLinks: [],
    code: false,
    scripts: [],
    frames: [],
    refresh: [],
    forms: [],
    handlers: false,
  }
  const visible: string[] = []
  const hidden: string[] = []
  const hiding = new Set<string>()
  if (/<style/i.test(source)) for (const [, sheet = ""] of source.matchAll(/<style[^>]{0,200}>([^<]{0,20000})/gi)) hidingSelectors(sheet, hiding)
  const stack: Open[] = []
  let depthCut = 0
  let tag = ""
  let name = ""
  let value = ""
  let attributes: Record<string, string> = {}
  const top = () => stack.at(-1)
  const isHidden = () => top()?.hidden ?? false
  const put = (text: string) => {
    const inside = top()?.tag
    if (inside === "script") {
      if (text.trim() && !jsonScript) found.code = true
      return
    }
    if (inside === "style") return
    ;(isHidden() ? hidden : visible).push(text)
  }
  let jsonScript = false

  const open = (selfClosing: boolean) => {
    const style = attributes.style ? declarations(attributes.style) : new Map<string, string>()
    if (tag === "font" || tag === "basefont") {
      if (attributes.color) style.set("color", attributes.color)
      if (attributes.size !== undefined && Number.parseInt(attributes.size) < -2) style.set("font-size", "1px")
    }
    if (tag === "marquee" || tag === "iframe" || tag === "embed" || tag === "object")
      for (const side of ["width", "height"]) if (/^\s*[01](?:px)?\s*$/.test(attributes[side] ?? "")) style.set("display", "none")
    const ground = colour(style.get("background-color") ?? style.get("background") ?? attributes.bgcolor) ?? top()?.ground ?? "#ffffff"
    const bySheet =
      hiding.size > 0 &&
      [
        ...(attributes.class ?? "")
          .toLowerCase()
          .split(/\s+/)
          .map((one) => `.${one}`),
        `#${(attributes.id ?? "").toLowerCase()}`,
      ].some((one) => hiding.has(one))
    const concealed =
      isHidden() ||
      bySheet ||
      attributes.hidden !== undefined ||
      hiddenBy(style, ground) !== null ||
      tag === "noscript" ||
      tag === "template" ||
      tag === "noframes" ||
      (tag === "input" && attributes.type === "hidden")
    if (!inline.has(tag)) (concealed ? hidden : visible).push("\n")
    judge(concealed)
    if (!selfClosing && !voids.has(tag)) {
      if (stack.length >= depthMax) depthCut++
      else stack.push({ tag, hidden: concealed, ground })
    }
  }
  const judge = (concealed: boolean) => {
    for (const [attribute, code] of Object.entries(attributes)) {
      if (!attribute.startsWith("on") || attribute.length < 4) continue
      if (grave.test(code)) found.code = true
      else if (!harmlessHandler.test(code)) found.handlers = true
    }
    const link = (url: string | undefined) => {
      if (url?.trim()) (concealed ? found.hiddenLinks : found.links).push(url.trim())
    }
    if (tag === "script") {
      jsonScript = /json|text\/(?:plain|template|x-)/i.test(attributes.type ?? "")
      if (attributes.src?.trim()) found.scripts.push(attributes.src.trim())
    } else if (tag === "iframe" || tag === "frame" || tag === "embed" || tag === "object" || tag === "applet") {
      const url = attributes.src ?? attributes.data ?? ""
      if (url.trim() || attributes.srcdoc !== undefined) found.frames.push({ url: url.trim() || "about:srcdoc", hidden: concealed })
    } else if (tag === "meta") {
      if (/refresh/i.test(attributes["http-equiv"] ?? "") && /url\s*=/i.test(attributes.content ?? ""))
        found.refresh.push(attributes.content!.replace(/^.*?url\s*=\s*/is, "").replace(/^["']|["']$/g, ""))
    } else if (tag === "base") {
      if (attributes.href) found.refresh.push(attributes.href.trim())
    } else if (tag === "form") found.forms.push((attributes.action ?? "").trim())
    else if (tag === "img" || tag === "source" || tag === "link" || tag === "video" || tag === "audio") {
      // Pictures are prepared by another room; only what a reader can follow is a link.
    } else {
      link(attributes.href ?? attributes["xlink:href"])
      if (attributes.formaction) link(attributes.formaction)
    }
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: (start, end) => put(source.slice(start, end)),
      ontextentity: (code) => put(String.fromCodePoint(code)),
      onopentagname(start, end) {
        tag = source.slice(start, Math.min(end, start + 40)).toLowerCase()
        attributes = {}
      },
      onattribname: (start, end) => void ((name = source.slice(start, Math.min(end, start + 60)).toLowerCase()), (value = "")),
      onattribdata: (start, end) => void (value += source.slice(start, end)),
      onattribentity: (code) => void (value += String.fromCodePoint(code)),
      onattribend: () => void (attributes[name] ??= value),
      onopentagend: () => open(false),
      // Browsers ignore the slash of <div/>; only void elements close themselves.
      onselfclosingtag: () => open(false),
      onclosetag(start, end) {
        const closing = source.slice(start, Math.min(end, start + 40)).toLowerCase()
        if (depthCut > 0) return void depthCut--
        const at = stack.findLastIndex((one) => one.tag === closing)
        if (!inline.has(closing)) (isHidden() ? hidden : visible).push("\n")
        if (at >= 0) stack.length = at
      },
      oncdata: (start, end, offset) => put(source.slice(start, end - offset)),
      oncomment: (start, end, offset) =>
        void (
          end - start > 8 && hidden.push("\n", source.slice(start, Math.min(end - offset, start + 2_000)).replace(/<[^>]*>|\[endif\]/g, " "), "\n")
        ),
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  )
  tokenizer.write(source)
  tokenizer.end()
  // What is no tag for the parser may be one for a browser ("<scr<script>ipt>").
  if (!found.code && !found.scripts.length && /<script\b(?![^>]*json)/i.test(source)) found.code = true
  found.visible = visible.join("")
  found.hidden = hidden.join("")
  return found
}
