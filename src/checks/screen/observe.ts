/** Gathers everything the rules need to know about one item. No decision is made here. */
import { parse } from "tldts"
import type { Phrase } from "./compile.ts"
import { readContext, type Context } from "./context.ts"
import { hasMarkup, readMarkup, type Markup } from "./html.ts"
import type { Language } from "./language.ts"
import { spamGroups } from "./lexicon.ts"
import { trusted, type Link, type LinkJudge } from "./links.ts"
import type { Finder, Hit } from "./match.ts"
import { screenLimits, type Place, type ScreenContext, type ScreenItem } from "./types.ts"
import { fold, obf, tokenize, type Folded, type Token } from "./words.ts"

export interface Word {
  group: string
  strength: "strong" | "weak"
  where: Place
  /** As written in the item. */
  text: string
  /** As written in the list. */
  entry: string
  obf: number
}
export interface Observed {
  words: Word[]
  context: Context
  links: Link[]
  /** Bare or written-out outside domains in running text. */
  textDomains: Link[]
  defanged: boolean
  hidden: { words: Word[]; links: Link[]; domains: Link[]; excused: boolean; any: boolean }
  /** `hard`: runs or loads foreign code; `soft`: a person should look. */
  html: { script: "hard" | "soft" | null; frame: "hard" | "soft" | null; refresh: boolean; form: "outside" | "own" | null; handlers: boolean }
  language: Language
  /** Language section of an own link. */
  section: string | null
  topics: number
  /** Gambling words in the path of an own link. */
  pathWords: Word[]
  phone: boolean
  deface: "whole" | "part" | null
  limit: boolean
}

export interface Instruments {
  finder: Finder<Phrase>
  linkJudge: LinkJudge
  languageOf(text: string, tokens: Token[]): Language
  scriptHosts: Set<string>
  syllableEndings: Set<string>
}

interface Field {
  where: Place
  folded: Folded
  tokens: Token[]
  hits: Hit<Phrase>[]
}

const CONTEXT_CHARS = 300
const wordsMax = 400
const phone = /(?<!\d)(?:\+?84|0)[35789](?:[ .-]{0,2}\d){8}(?!\d)/
/** A brand joined to a lucky number or a betting word: new names appear every week. */
const brandShape = /^(?:[a-z]{2,8}(?:88|789|886|388|888)|\d{2,4}(?:win|club|vip|bet|king)|(?:[a-z]{1,6}|\d{1,3})\d{0,3}bet\d{0,3})$/
const betting = /(?:bet|win|club)\d*$/
const noBrand =
  /^(?:alphabet|tibet|sherbet|gobet|diabet|covid\d+|cv\d+|nq\d+|qd\d+|nd\d+|kh\d+|tt\d+|ubnd\d+|hdnd\d+|tb\d+|ct\d+|ql\d+|tl\d+|dt\d+|km\d+|tp\d+|vnpt\d+|htv\d+|vtv\d+|fm\d+|tcvn\d+|qcvn\d+|iso\d+|than\d+|nam\d+|so\d+|sn\d+|lop\d+|khoa\d+|euro\d+|hotline\d+|tel\d+|sdt\d+|gia\d+|ngay\d+|bt\d+|bn\d+|bg\d+|hd\d+|pa\d+)$/
const domain =
  /(?<![\w@.-])(?:(h(?:tt|xx)ps?:\/\/)(?:[^\s/@<>"]{1,60}@)?)?((?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,24})(?![\w@-])((?::\d{1,5})?\/[^\s<>"”]{0,300})?/gi
const defangedDomain =
  /(?<![\w@.-])((?:[a-z0-9-]{1,63}(?:\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\(chấm\)|\[chấm\])\s?|\.|\schấm\s|\s\.\s)){1,6}[a-z]{2,24})(?![\w@-])/gi
const isDefanged =
  /\[\.\]|\(\.\)|hxxps?:|\[dot\]|\(dot\)|\(chấm\)|\[chấm\]|\w\schấm\s(?:com|net|vn|vip|top|club|org|info|xyz|bet|win)|\w\s\.\s(?:com|net|vn|vip|top|club|xyz|bet|win|live)(?!\p{L})/iu
const fileEnding = /\.(?:zip|mov|rar|doc|docx|pdf|xls|xlsx|ppt|pptx|jpg|png|gif|mp3|mp4|txt|csv|js|ts|py|java|sh|rs|pl|md|net)$/i

export function observe(item: ScreenItem, tools: Instruments, where: ScreenContext): Observed {
  const feedHost = item.source.feed_host.toLowerCase().replace(/^www\./, "").replace(/:\d+$/, "")
  const isOwn = where.isOwnHost ?? (() => false)
  const judge = (link: string) => tools.linkJudge.judge(link, feedHost, isOwn)
  const cut = (text: string) => text.slice(0, screenLimits.fieldChars)
  const limit =
    [item.title, item.summary, item.html, item.text].some((text) => text !== undefined && text.length > screenLimits.fieldChars) ||
    item.links.length > screenLimits.links

  const markups: Markup[] = []
  let escapedCode = false
  const plain = (text: string): string => {
    if (!hasMarkup(text)) return text
    const read = readMarkup(text)
    markups.push(read)
    if (!/<[a-z!/?]/i.test(read.visible)) return read.visible
    // Feeds escape twice now and then; code that is only shown as text does not run.
    const again = readMarkup(read.visible)
    escapedCode ||= again.code || again.scripts.length > 0
    markups.push({ ...again, code: false, scripts: [] })
    return again.visible
  }
  const texts: [Place, string][] = [["title", plain(cut(item.title))], ["summary", plain(cut(item.summary))]]
  if (item.html) texts.push(["html", plain(cut(item.html))])
  if (item.text) texts.push(["text", plain(cut(item.text))])
  const fields: Field[] = []
  const read = new Set<string>()
  for (const [place, text] of texts) {
    // Feeds give the same words as summary, markup and text; one reading tells everything.
    const words = text.trim()
    if (!words || read.has(words)) continue
    read.add(words)
    fields.push(readField(place, words, tools.finder))
  }

  const rawLinks = new Set(
    [...item.links.slice(0, screenLimits.links), ...markups.flatMap((markup) => markup.links)].map((link) => link.slice(0, screenLimits.linkChars)),
  )
  const links = [...rawLinks].slice(0, screenLimits.links * 2).map(judge)
  const own = links.filter((link) => link.kind === "OWN" || link.kind === "GOV")

  const contextHits = fields.flatMap((field) =>
    field.hits.filter((hit) => hit.entry.kind === "context" && hit.start < CONTEXT_CHARS).map((hit) => ({ hit, inTitle: field.where === "title" })),
  )
  const context = readContext(contextHits)
  const words = fields.flatMap((field) => wordsOf(field))
  const near = new Set(fields.flatMap((field) => field.hits.filter((hit) => hit.entry.kind === "near").map((hit) => hit.entry.group)))
  const found = domainsIn(fields, tools, judge)
  const outside = links.some((link) => !trusted.has(link.kind)) || found.domains.length > 0

  const titleField = fields.find((field) => field.where === "title")
  const body = fields.find((field) => field.where !== "title")
  const joint =
    fields.length > 1
      ? {
          text: `${titleField?.folded.text ?? ""} ${body?.folded.text.slice(0, 2_000) ?? ""}`,
          tokens: [...(titleField?.tokens ?? []), ...(body?.tokens.slice(0, 300) ?? [])],
        }
      : { text: fields[0]?.folded.text ?? "", tokens: fields[0]?.tokens ?? [] }

  // A line too short to know its language, without one Vietnamese letter, that sells in English.
  const languageOf = (seen: Word[]): Language => {
    const language = tools.languageOf(joint.text, joint.tokens)
    const selling = seen.some((word) => word.strength === "strong" && (word.group === "COMMERCE" || word.group === "LEX-GAMBLE-FOREIGN"))
    return language.main === "vi" && selling && !joint.tokens.some((token) => token.word.marked) ? { main: "xx", mixed: language.mixed } : language
  }

  return {
    words: withoutHarmless(words, near, outside),
    context,
    links,
    textDomains: found.domains,
    defanged: found.defanged,
    hidden: readHidden(markups, tools, judge),
    html: readCode(markups, escapedCode, judge, tools.scriptHosts),
    language: languageOf(words),
    section: own.find((link) => link.section)?.section ?? null,
    topics: new Set(
      fields
        .filter((field) => field.where === "title" || field.where === "summary")
        .flatMap((field) => field.hits.filter((hit) => hit.entry.kind === "topic").map((hit) => hit.entry.group)),
    ).size,
    pathWords: own.slice(0, 20).flatMap((link) => wordsInPath(link, tools.finder)),
    phone: fields.some((field) => phone.test(field.folded.text)),
    deface: defaced(fields),
    limit,
  }
}

function readField(where: Place, text: string, finder: Finder<Phrase>): Field {
  const folded = fold(text)
  const tokens = tokenize(folded)
  return { where, folded, tokens, hits: finder.find(folded, tokens) }
}

/** Lexicon words of a field without those that are part of a harmless phrase or of a longer word of the list. */
function wordsOf({ where, folded, hits, tokens }: Field): Word[] {
  const collisions = hits.filter((hit) => hit.entry.kind === "collision")
  const mine = hits.filter(
    (hit) =>
      hit.entry.kind === "word" &&
      !collisions.some((other) => other.start <= hit.start && other.end >= hit.end) &&
      !(hit.obf === obf.dots && /^\p{L}{2,}[.,;:]\p{L}{2,}$/u.test(folded.text.slice(hit.start, hit.end)) && hit.entry.strength === "weak"),
  )
  const words: Word[] = []
  const seen = new Set<string>()
  for (const hit of mine) {
    const { group } = hit.entry
    const length = hit.end - hit.start
    const within = mine.some(
      (other) =>
        other !== hit &&
        other.entry.group === group &&
        other.start <= hit.start &&
        other.end >= hit.end &&
        other.end - other.start > length &&
        (other.entry.strength === "strong" || hit.entry.strength === "weak"),
    )
    if (within && !hit.obf) continue
    const squeezed = hit.entry.text.replaceAll(" ", "").length
    // Without diacritics a short word is soon another one ("cuoc hop", "cau lo"): it needs company.
    if (
      hit.bare &&
      !hit.obf &&
      !hit.entry.text.includes(" ") &&
      hit.entry.strength === "weak" &&
      hit.entry.text !== folded.text.slice(hit.start, hit.end).toLowerCase()
    )
      continue
    const strength =
      hit.bare && squeezed <= 6 && !/xỉu|^nổ h/.test(hit.entry.text) && folded.text.slice(hit.start, hit.end).includes(" ")
        ? "weak"
        : hit.entry.strength
    const key = `${group} ${hit.entry.text} ${hit.obf} ${strength}`
    if (seen.has(key) || words.length >= wordsMax) continue
    seen.add(key)
    words.push({
      group,
      strength,
      where,
      text: folded.text.slice(hit.start, Math.min(hit.end, hit.start + 120)),
      entry: hit.entry.text,
      obf: hit.obf,
    })
  }
  for (const { word, start, end } of tokens) {
    if (!word.odd || word.bare.length < 4 || word.bare.length > 14 || !brandShape.test(word.bare) || noBrand.test(word.bare)) continue
    if (words.length >= wordsMax || words.some((known) => known.group === "LEX-BRAND" && known.text.toLowerCase() === word.exact)) continue
    words.push({
      group: "LEX-BRAND",
      strength: "weak",
      where,
      text: folded.text.slice(start, end),
      entry: betting.test(word.bare) ? "(hình dạng tên cá cược)" : "(hình dạng tên có số đẹp)",
      obf: 0,
    })
  }
  return words
}

/**
 * Words with a harmless meaning nearby ("nổ hũ" beside "rượu") do not count while nothing else speaks of gambling, nothing is offered and no
 * outside link stands by: a link added later can only make it worse.
 */
function withoutHarmless(words: Word[], near: Set<string>, outside: boolean): Word[] {
  const gambling = (word: Word) =>
    word.group === "LEX-GAMBLE" || word.group === "LEX-GAMBLE-FOREIGN" || (word.group === "LEX-BRAND" && word.strength === "strong")
  const offered = words.some((word) => word.group === "LEX-PROMO" && word.strength === "strong")
  const excusable = (word: Word) => near.has(word.entry) && word.obf === 0
  const others = words.some((word) => gambling(word) && !excusable(word))
  const kept = outside || offered || others ? words : words.filter((word) => !excusable(word))
  // A name that is also something else ("B52", "k8"), or only has the shape of a brand, needs company.
  const company = offered || outside || kept.some((word) => gambling(word))
  return company
    ? kept
    : kept.filter((word) => !(word.group === "LEX-BRAND" && word.strength === "weak" && (excusable(word) || !betting.test(word.text.toLowerCase()))))
}

/** Slugs carry no diacritics: only names and phrases that mean nothing else count there. */
function wordsInPath(link: Link, finder: Finder<Phrase>): Word[] {
  if (link.path.length < 6) return []
  const folded = fold(link.path.replace(/[-_/.?=&+]+/g, " "))
  const tokens = tokenize(folded)
  const hits = finder.find(folded, tokens)
  if (hits.some((hit) => hit.entry.kind === "context" && hit.entry.weight >= 2)) return []
  return hits
    .filter(({ entry, start, end }) => {
      if (
        entry.kind !== "word" ||
        entry.strength !== "strong" ||
        !["LEX-GAMBLE", "LEX-BRAND", "LEX-GAMBLE-FOREIGN", "LEX-ADULT"].includes(entry.group)
      )
        return false
      const written = folded.text.slice(start, end)
      return !written.includes(" ") ? written.length >= 4 : entry.text.replaceAll(" ", "").length >= 7 || /xỉu/.test(entry.text)
    })
    .map((hit) => ({
      group: hit.entry.group,
      strength: "strong",
      where: "link",
      text: folded.text.slice(hit.start, hit.end),
      entry: hit.entry.text,
      obf: 0,
    }))
}

function domainsIn(fields: Field[], tools: Instruments, judge: (link: string) => Link): { domains: Link[]; defanged: boolean } {
  const domains = new Map<string, Link>()
  let defanged = false
  const take = (host: string, rest: string, written: boolean, homoglyph: boolean) => {
    const link = judge(`https://${host}${rest}`)
    if (trusted.has(link.kind) && !link.signals.has("LINK-REDIRECT") && !link.signals.has("LINK-USERINFO")) return
    if (!written && link.signals.size === 0) return
    if (homoglyph) link.signals.add("LINK-HOMO")
    domains.set(link.host, link)
  }
  for (const { folded } of fields) {
    if (!/[.[(]|chấm/i.test(folded.text)) continue
    let count = 0
    for (const match of folded.text.matchAll(domain)) {
      if (count++ > 300) break
      const [, scheme = "", host = "", rest = ""] = match
      if (/^hxx/i.test(scheme)) defanged = true
      const name = host.toLowerCase()
      const known = parse(name, { allowPrivateDomains: false })
      if (!known.isIcann || !known.domain || (fileEnding.test(name) && !scheme)) continue
      const ending = name.slice(name.lastIndexOf(".") + 1)
      // "xong.Do đó": a full stop without a space, not an address.
      if (!scheme && !rest && tools.syllableEndings.has(ending) && /^[a-z]{1,7}\.[a-z]+$/.test(name) && !tools.linkJudge.isListed(name, "/")) continue
      const before = folded.text[match.index - 1] ?? ""
      if (/[\p{L}\p{M}]/u.test(before)) continue
      const homoglyph = folded.flags ? folded.flags.subarray(match.index, match.index + match[0].length).some((bits) => bits & obf.homoglyph) : false
      take(name, rest, !/^hxx/i.test(scheme), homoglyph)
    }
    if (!isDefanged.test(folded.text)) continue
    defanged = true
    count = 0
    for (const [, written = ""] of folded.text.slice(0, 20_000).matchAll(defangedDomain)) {
      if (count++ > 100) break
      const name = written.toLowerCase().replace(/\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\(chấm\)|\[chấm\])\s?|\schấm\s|\s\.\s/g, ".")
      if (parse(name, { allowPrivateDomains: false }).isIcann) take(name, "", false, false)
    }
  }
  return { domains: [...domains.values()], defanged }
}

function readHidden(markups: Markup[], tools: Instruments, judge: (link: string) => Link): Observed["hidden"] {
  const text = markups.map((markup) => markup.hidden).join("\n").slice(0, screenLimits.fieldChars)
  const links = [...new Set(markups.flatMap((markup) => markup.hiddenLinks))].slice(0, screenLimits.links).map(judge)
  const outside = links.filter((link) => !trusted.has(link.kind) || link.signals.has("LINK-REDIRECT") || link.signals.has("LINK-SCHEME"))
  if (!text.trim()) return { words: [], links: outside, domains: [], excused: false, any: links.length > 0 }
  const field = readField("hidden", text, tools.finder)
  const words = wordsOf(field).filter((word) => hiddenGroups.has(word.group) && !(word.group === "LEX-BRAND" && word.strength === "weak"))
  const context = readContext(field.hits.filter((hit) => hit.entry.kind === "context").map((hit) => ({ hit, inTitle: false })))
  const domains = domainsIn([field], tools, judge).domains.filter(
    (link) => link.signals.has("LINK-GAMBLE-NAME") || link.signals.has("LINK-LOOKALIKE"),
  )
  return { words, links: outside, domains, excused: words.every((word) => context.excuses(word.group, word.strength)), any: true }
}
const hiddenGroups = new Set<string>([...spamGroups, "LEX-GAMBLE-FOREIGN", "JP-SHOP", "COMMERCE"])

function readCode(markups: Markup[], escapedCode: boolean, judge: (link: string) => Link, scriptHosts: Set<string>): Observed["html"] {
  const familiar = (url: string) => {
    const link = judge(url)
    return (
      (trusted.has(link.kind) && !link.signals.has("LINK-SCHEME") && !link.signals.has("LINK-REDIRECT") && link.host !== "") ||
      scriptHosts.has(link.host) ||
      scriptHosts.has(`www.${link.host}`)
    )
  }
  const scripts = markups.flatMap((markup) => markup.scripts)
  const frames = markups.flatMap((markup) => markup.frames)
  const forms = markups.flatMap((markup) => markup.forms)
  const hardScript = markups.some((markup) => markup.code) || scripts.some((url) => !familiar(url))
  const hardFrame = frames.some((frame) => !familiar(frame.url))
  return {
    script: hardScript ? "hard" : scripts.length || escapedCode ? "soft" : null,
    frame: hardFrame ? "hard" : frames.length ? "soft" : null,
    refresh: markups.some((markup) => markup.refresh.length > 0),
    form: forms.length ? (forms.some((action) => action && !trusted.has(judge(action).kind)) ? "outside" : "own") : null,
    handlers: markups.some((markup) => markup.handlers),
  }
}

/** "HACKED BY …" as the whole message, or somewhere in a longer text. */
function defaced(fields: Field[]): Observed["deface"] {
  let answer: Observed["deface"] = null
  for (const { where, hits, tokens } of fields) {
    const hit = hits.find(
      (one) =>
        one.entry.kind === "word" &&
        one.entry.group === "LEX-DEFACE" &&
        !hits.some((other) => other.entry.kind === "collision" && other.start <= one.start && other.end >= one.end),
    )
    if (!hit) continue
    const everyday = /^(?:owned by|was here|got hacked|touched by)$/.test(hit.entry.text)
    const opens = hit.start <= 3
    if (where === "title" && tokens.length <= 12 && (!everyday || (opens && tokens.length <= 8) || tokens.length <= 4)) return "whole"
    if (where !== "title" && tokens.length <= 12 && opens && !everyday) answer = "whole"
    else if (!everyday) answer ??= "part"
  }
  return answer
}
