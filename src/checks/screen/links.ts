/**
 * Classes of links (safety.md 3.3). Hosts are compared by their registrable domain of the Public Suffix List, where `gov.vn` is a suffix.
 * Nothing is ever opened or resolved.
 */
import { domainToUnicode } from "node:url"
import { parse } from "tldts"
import { latinOf, shapeOf } from "../names/confusables.ts"
import type { Lexicon, Lookalike } from "./lexicon.ts"
import { bareOf, withoutInvisible } from "./words.ts"

export const linkClasses = ["OWN", "GOV", "PRESS", "KNOWN", "SOCIAL", "STORE", "FORM", "SHORT", "CHAT", "IP", "EXT", "NONE"] as const
export type LinkClass = (typeof linkClasses)[number]

export interface Link {
  /** As given, for people; shown defanged. */
  raw: string
  host: string
  kind: LinkClass
  /** Further signals: LINK-LOOKALIKE, LINK-SCHEME … */
  signals: Set<string>
  /** LINK-LOOKALIKE only by the name of the province, which honest companies bear too. */
  placeOnly: boolean
  /** An outside host of the usual Vietnamese kind (.vn, .com.vn …) without any odd sign. */
  plainVn: boolean
  /** Decoded path and query of own and government links, for DOC-SPAM. */
  path: string
  /** Language section of an own link, e.g. "ja". */
  section: string | null
}

/** Classes that never count against an item (S-9). */
export const trusted = new Set<LinkClass>(["OWN", "GOV", "PRESS", "KNOWN", "SOCIAL", "STORE", "NONE"])

const harmlessScheme = /^(?:javascript:\s*(?:void\s*\(?\s*0?\s*\)?|return false|;|\/\/)?\s*;?\s*$|about:blank$|#)/i
const mailLike = /^(?:mailto|tel|sms|callto|fax|geo|maps):/i
const chatScheme = /^(?:tg|zalo|viber|whatsapp|skype|weixin|fb-messenger|line):/i
const badFile = /\.(?:apk|xapk|apks|apkm|aab|exe|scr|msi|bat|cmd|com\.exe|vbs|js\.zip|jar|ipa|mobileconfig|dmg|pif|hta|lnk|ps1)$/i
const privateScheme = /^[a-z][a-z0-9+.-]*:/i
const odd =
  /[?&](?:p|goods|product_id|item|cat|add-to-cart)=|\/(?:product|products|shop|store|goods|item|wp-content|wp-includes|cgi-bin)\/|\/[a-z0-9]{1,3}\.php$/i

/** Splits into domain parts at suffix borders; `gov.vn` counts as a suffix. */
export function registrable(host: string): { domain: string; known: boolean; ip: boolean } {
  const { domain, isIp, isIcann, publicSuffix } = parse(host, { allowPrivateDomains: false })
  if (isIp) return { domain: host, known: true, ip: true }
  if (host === "gov.vn" || host.endsWith(".gov.vn")) return { domain: host.split(".").slice(-3).join("."), known: true, ip: false }
  return { domain: domain ?? publicSuffix ?? host, known: isIcann === true, ip: false }
}

interface HostList {
  has(host: string, path: string): boolean
}
function hostList(entries: string[]): HostList {
  const whole = new Set(entries.filter((entry) => !entry.includes("/")))
  const paths = entries
    .filter((entry) => entry.includes("/"))
    .map((entry) => [entry.slice(0, entry.indexOf("/")), entry.slice(entry.indexOf("/"))] as const)
  return {
    has(host, path) {
      for (let part = host; part; part = part.includes(".") ? part.slice(part.indexOf(".") + 1) : "") {
        if (whole.has(part)) return true
        for (const [name, start] of paths)
          if (name === part && (path === start || path.startsWith(start.endsWith("/") ? start : `${start}/`))) return true
      }
      return false
    },
  }
}

const digitShape: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "8": "b" }
const unleet = (text: string) => text.replace(/[013458]/g, (digit) => digitShape[digit]!)

/** At most one letter added, left out, changed, or two neighbours exchanged. */
export function oneApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  const rest = (x: number, y: number) => a.slice(i + x) === b.slice(i + y)
  return rest(1, 1) || rest(1, 0) || rest(0, 1) || (a[i] === b[i + 1] && a[i + 1] === b[i] && rest(2, 2))
}

export function createLinkJudge(lists: Lexicon["hosts"], sections: Record<string, string[]>) {
  const government = hostList(lists.government)
  const oldProvince = hostList(lists.oldProvince)
  const press = hostList(lists.press)
  const partners = hostList([...lists.partners, ...lists.partnerSuffixes])
  const social = hostList(lists.social)
  const chat = hostList(lists.chat)
  const stores = hostList(lists.stores)
  const forms = hostList(lists.forms)
  const shorteners = hostList(lists.shorteners)
  const fakes = hostList(lists.reportedFakes)
  const cheap = new Set(lists.cheapEndings)
  const lures = new Set(lists.lureLabels)
  const gambleStrong = [...lists.gambleNames.strong].sort((a, b) => b.length - a.length)
  const gambleWeak = [...lists.gambleNames.weak].sort((a, b) => b.length - a.length)
  const sectionOf = new Map(Object.entries(sections).flatMap(([language, names]) => names.map((name) => [name, language] as const)))
  const realOf = (token: Lookalike) => hostList(token.real)
  const lookalikes = lists.lookalikes.map((token) => ({ ...token, reals: realOf(token), shape: shapeOf(token.token) }))
  const banks = lists.banks.map((token) => ({ ...token, reals: realOf(token), shape: shapeOf(token.token) }))
  const memory = new Map<string, Omit<Link, "raw" | "path" | "section">>()

  const contains = (parts: string[], token: (typeof lookalikes)[number]): boolean =>
    parts.some((part) => {
      const plain = unleet(part)
      if (token.whole) return part === token.token || plain === token.token
      if (token.edge) return (part.startsWith(token.token) || part.endsWith(token.token)) && !/^gover|^govi|^govt/.test(part)
      if (part.includes(token.token) || plain.includes(token.token)) return true
      if (!token.similar) return false
      if (shapeOf(plain).includes(token.shape)) return true
      const size = token.token.length
      if (size < 7) return size === part.length && part[0] === token.token[0] && oneApart(plain, token.token)
      for (const length of [size - 1, size, size + 1])
        for (let at = 0; at + length <= plain.length; at++) if (oneApart(plain.slice(at, at + length), token.token)) return true
      return false
    })

  /** Is the name made of gambling words (S-2)? */
  function gambleName(host: string, domain: string): boolean {
    const suffixAt = domain.indexOf(".")
    const name = unleetName(domain.slice(0, suffixAt))
    const ending = domain.slice(domain.lastIndexOf(".") + 1)
    const label = name.replace(/-/g, "")
    const outer = host.slice(0, -domain.length).replace(/[.-]/g, "")
    const raw = domain.slice(0, suffixAt)
    if (gambleStrong.some((word) => label.includes(word) || raw.replace(/-/g, "").includes(word) || (word.length >= 5 && outer.includes(word))))
      return true
    if (
      brandLabel.test(raw.replace(/-/g, "")) &&
      (cheap.has(ending) || /^(?:com|net|org|vn|co|cn|io|us|uk|de|eu|biz)$/.test(ending)) &&
      !/^(?:winmart|winmec)/.test(raw)
    )
      return true
    const weak = (text: string) =>
      gambleWeak.filter((word) => text.split("-").some((part) => part === word || part.startsWith(word) || part.endsWith(word)))
    const found = weak(raw)
    const betting = cheap.has(ending)
    if (!betting) return false
    if (/^(?:bet|casino|poker|win|vip|club|vin|bingo|lotto|games|game|fun)$/.test(ending) && found.length)
      return !/^(?:clb|quan-?ho)/.test(raw) || found.some((word) => /\d|bet|slot|keo/.test(word))
    return found.some(
      (word) =>
        /^(?:88|789|68|79|99|77|66|388|666|777|888|365|247|98|8x|bet|win|slot|keo|xoso|kqxs|loto|lode|banca|nhacai)$/.test(word) &&
        raw.replace(/-/g, "").length <= 24 &&
        (found.length >= 2 || /^(?:\d{2,3}|bet|slot|kqxs|xoso|lode|loto|banca)$/.test(word)) &&
        !yearLike.test(raw),
    )
  }

  function judgeHost(hostname: string, feedHost: string, isOwn: (host: string) => boolean, pathname: string): Omit<Link, "raw" | "path" | "section"> {
    const signals = new Set<string>()
    const none = { signals, placeOnly: false, plainVn: false }
    const host = hostname.replace(/\.$/, "").replace(/^www\./, "")
    const { domain, known, ip } = registrable(host.replace(/^\[|\]$/g, ""))
    if (host === feedHost || isOwn(host)) return { host, kind: "OWN", ...none }
    if (ip) {
      signals.add("LINK-IP")
      return { host, kind: "IP", ...none }
    }
    if (fakes.has(host, pathname)) {
      signals.add("LINK-LOOKALIKE")
      return { host, kind: "EXT", ...none }
    }
    if (government.has(host, pathname)) {
      if (oldProvince.has(host, pathname)) signals.add("LINK-OLDPROV")
      return { host, kind: "GOV", ...none }
    }
    if (stores.has(host, pathname)) return { host, kind: "STORE", ...none }
    if (chat.has(host, pathname)) return { host, kind: "CHAT", ...none }
    if (forms.has(host, pathname)) return { host, kind: "FORM", ...none }
    if (shorteners.has(host, pathname)) return { host, kind: "SHORT", ...none }
    if (social.has(host, pathname)) return { host, kind: "SOCIAL", ...none }
    if (press.has(host, pathname)) return { host, kind: "PRESS", ...none }
    if (partners.has(host, pathname)) return { host, kind: "KNOWN", ...none }
    const shown = domainToUnicode(host) || host
    let name = shown
    if (/[^\u0000-\u007f]/.test(shown)) {
      const { folded, foreign } = latinFace(shown)
      if (foreign) signals.add("LINK-HOMO")
      name = bareOf(folded.toLowerCase())
    }
    const parts = name.split(/[.-]/).filter(Boolean)
    const suffix = known ? domain.slice(domain.indexOf(".") + 1) : ""
    const ending = host.slice(host.lastIndexOf(".") + 1)
    // The public suffix itself ("…gov.vn.co" ends in co) is not a word of the name.
    const bodyParts = name.slice(0, suffix && name.endsWith(`.${suffix}`) ? -suffix.length - 1 : undefined).split(/[.-]/).filter(Boolean)
    // "bo-cong-an" is one word with hyphens.
    const glued =
      bodyParts.length > 1
        ? [
            ...bodyParts,
            ...name
              .split(".")
              .map((one) => one.replaceAll("-", ""))
              .filter((one) => one.length >= 6),
          ]
        : bodyParts
    let placeOnly = false
    const alike = lookalikes.filter((token) => !token.reals.has(host, pathname) && contains(token.whole || token.edge ? bodyParts : glued, token))
    if (alike.length) {
      signals.add("LINK-LOOKALIKE")
      const placed = alike.every((token) => token.placeName)
      const exact = bodyParts.some((part) => part.includes("bacninh"))
      placeOnly =
        placed && exact && !cheap.has(ending) && !bodyParts.some((part) => lures.has(part)) && name.split(".").length <= suffix.split(".").length + 2
    }
    if (banks.some((token) => !token.reals.has(host, pathname) && contains(bodyParts, token))) signals.add("LINK-BRANDFAKE")
    if (!known) signals.add("LINK-ODDHOST")
    if (gambleName(name, known ? domainName(name, suffix) : name)) signals.add("LINK-GAMBLE-NAME")
    void parts
    const plainVn = ending === "vn" && signals.size === 0
    return { host, kind: "EXT", signals, placeOnly, plainVn }
  }

  function rememberedHost(hostname: string, feedHost: string, isOwn: (host: string) => boolean, pathname: string) {
    const host = hostname.replace(/\.$/, "").replace(/^www\./, "")
    if (host === feedHost || isOwn(host)) return judgeHost(hostname, feedHost, isOwn, pathname)
    // Classes depend on the first part of the path at most ("zalo.me/g").
    const key = `${hostname} ${pathname.split("/", 3).join("/").slice(0, 60)}`
    let known = memory.get(key)
    if (!known) {
      known = judgeHost(hostname, feedHost, isOwn, pathname)
      if (memory.size > 20_000) memory.clear()
      memory.set(key, known)
    }
    return { ...known, signals: new Set(known.signals) }
  }

  /** Judges one link; `depth` bounds addresses inside addresses. */
  function judge(rawLink: string, feedHost: string, isOwn: (host: string) => boolean, depth = 0): Link {
    const raw = withoutInvisible(rawLink).trim().replace(/[\t\n\r]/g, "")
    const bare: Link = { raw, host: "", kind: "NONE", signals: new Set(), placeOnly: false, plainVn: false, path: "", section: null }
    if (!raw || harmlessScheme.test(raw) || mailLike.test(raw)) return bare
    if (chatScheme.test(raw)) return { ...bare, kind: "CHAT" }
    if (/^data:image\/(?:png|jpe?g|gif|webp|bmp)[;,]/i.test(raw)) return bare
    const url = parseUrl(raw, feedHost)
    if (!url) return { ...bare, kind: "EXT", signals: new Set(["LINK-ODDHOST"]) }
    if (!/^(?:https?|ftp):$/.test(url.protocol)) return { ...bare, signals: new Set(["LINK-SCHEME"]) }
    const pathname = decodeOnce(url.pathname)
    const link: Link = { ...rememberedHost(url.hostname, feedHost, isOwn, pathname.toLowerCase()), raw, path: "", section: null }
    if (url.username || url.password) link.signals.add("LINK-USERINFO")
    // A mixed-script host may reach us in its written form.
    const written = /^[a-z]+:[\\/]{2}([^\\/?#]*)/i.exec(raw)?.[1] ?? ""
    if (/[^\u0000-\u007f]/.test(written) && latinFace(written.normalize("NFKC")).foreign) link.signals.add("LINK-HOMO")
    const ownish = link.kind === "OWN" || link.kind === "GOV"
    if (badFile.test(pathname) || [...url.searchParams.values()].some((value) => /^[^?#]{1,300}$/.test(value) && badFile.test(value)))
      if (link.kind !== "STORE") link.signals.add(ownish ? "LINK-APK-OWN" : "LINK-APK")
    if (ownish) {
      link.path = `${pathname} ${decodeOnce(url.search)}`.slice(0, 1_000)
      if (odd.test(url.pathname + url.search)) link.signals.add("PATH-ODD")
      const first = [url.hostname.split(".")[0]!, ...pathname.toLowerCase().split("/").filter(Boolean).slice(0, 4)].find((part) =>
        sectionOf.has(part),
      )
      const parameter = url.searchParams.get("lang") ?? url.searchParams.get("languageId") ?? ""
      link.section = sectionOf.get(first ?? parameter.toLowerCase()) ?? null
    }
    if (trusted.has(link.kind) && depth < 3) {
      for (const inner of innerUrls(url)) {
        const target = judge(inner, feedHost, isOwn, depth + 1)
        if (target.kind === "NONE" && !target.signals.size) continue
        if (!trusted.has(target.kind) || target.signals.has("LINK-SCHEME") || target.signals.has("LINK-REDIRECT")) link.signals.add("LINK-REDIRECT")
        for (const signal of target.signals) if (signal !== "PATH-ODD" && signal !== "LINK-OLDPROV") link.signals.add(signal)
      }
    }
    return link
  }
  return { judge, judgeHost: rememberedHost, isListed: (host: string, path: string) => shorteners.has(host, path) || chat.has(host, path) }
}
export type LinkJudge = ReturnType<typeof createLinkJudge>

/** Years and dates in names ("le-hoi-2026.vn", "sea-games-33.asia") are no lucky numbers. */
const yearLike = /(?:^|\D)(?:19|20)\d\d(?:\D|$)|covid|samsung/
/** A brand joined to a lucky number or a betting word. */
const brandLabel =
  /^(?:(?:www|m|vn|link|taigame|tai|choi|dangky|vao|play|nap|app|game)?[a-z]{1,7}(?:88|789|886|188|388|888)(?:vn|vip|club|com|bet|win|pro|top|net|asia|live|app|link|game|casino|cc)?\d?|(?:\d{1,4}|[a-z]{1,6}\d{0,3})bet(?:88|vn|vip|\d{1,3})?|\d{2,4}(?:win|club|vip|king|vin|bet)(?:vn|vip|\d{1,3})?|(?:8|9)x?bet.*|(?:go|sun|hit|rik|vip|man|789|b52|zo|iwin|choang)(?:win|club|vip|88)\w{0,6})$/
const unleetName = (label: string) => label.replace(/(?<=[a-z])[01345](?=[a-z])/g, (digit) => digitShape[digit]!)
const domainName = (name: string, suffix: string) => {
  const labels = name.slice(0, -suffix.length - 1).split(".")
  return `${labels.at(-1)}.${suffix}`
}

/** The Latin face of a host; `foreign` when letters of another script, or Latin ones unknown to Vietnamese, imitate it. */
function latinFace(host: string): { folded: string; foreign: boolean } {
  let foreign = false
  let strange = 0
  let folded = ""
  for (const char of host.normalize("NFD")) {
    if (char < "\u0080" || /[đĐ]/.test(char)) folded += char
    else if (/\p{M}/u.test(char)) {
      if (/[\u0300\u0301\u0302\u0303\u0306\u0309\u031B\u0323]/.test(char)) folded += char
      else foreign = true
    } else {
      const latin = latinOf(char)
      if (latin) {
        foreign = true
        folded += latin
      } else {
        strange += 1
        folded += char
      }
    }
  }
  // Whole words of another language in one script are no imitation, mixtures with Latin letters are.
  const label = host
    .split(".")
    .some((part) => /[a-z]/i.test(part) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(part))
  return { folded, foreign: label || (foreign && strange === 0) }
}

const bareDomain = /^(?:[\p{L}\p{N}_-]{1,63}\.)+[\p{L}]{2,24}(?=[:/?#]|$)/u
function parseUrl(raw: string, feedHost: string): URL | null {
  try {
    const slashed = raw.replace(/\\/g, "/")
    if (/^hxxps?:/i.test(slashed)) return new URL(slashed.replace(/^hxxp/i, "http").replace(/\[\.\]/g, "."))
    // "evil.top/x" and "//evil.top" mean hosts; everything else without scheme is a path of the portal.
    if (slashed.startsWith("//")) return new URL(`https:${slashed}`)
    if (!privateScheme.test(slashed) || /^[\w.-]+\.[a-z]{2,24}:\d/i.test(slashed)) {
      const host = bareDomain.exec(slashed)?.[0]
      if (host && parse(host, { allowPrivateDomains: false }).isIcann && !/\.(?:html?|php|aspx?|jsp|pdf|docx?|xlsx?|jpe?g|png|zip|rar)$/i.test(host))
        return new URL(`https://${slashed}`)
      return new URL(slashed, `https://${feedHost || "localhost"}/`)
    }
    return new URL(slashed)
  } catch {
    return null
  }
}

export function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  }
}

/** Addresses carried by parameters, the fragment or the path of another address. */
function innerUrls(url: URL): string[] {
  const found: string[] = []
  const look = (value: string) => {
    let text = value.trim()
    for (let round = 0; round < 2; round++) {
      if (/^(?:https?:|ftp:|javascript:|data:)?[\\/]{2}[^\\/]|^(?:https?:|javascript:|data:)/i.test(text)) return void found.push(text)
      const next = decodeOnce(text)
      if (next === text) break
      text = next
    }
    // Base64 of "http".
    if (/^aHR0c[A-Za-z0-9+/_=-]{8,}$/.test(text)) found.push(Buffer.from(text, "base64").toString("utf8"))
    else if (
      /^(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}(?:\/|$)/i.test(text) &&
      parse(text, { allowPrivateDomains: false }).isIcann &&
      !/\.(?:html?|php|aspx?|jsp|pdf|docx?|xlsx?|jpe?g|png|zip|rar)$/i.test(text)
    )
      found.push(`https://${text}`)
  }
  let count = 0
  for (const value of url.searchParams.values()) if (count++ < 30) look(value)
  if (url.hash.length > 8) for (const part of url.hash.slice(1).split(/[&=]/).slice(0, 10)) if (/^https?:/i.test(decodeOnce(part))) look(part)
  const inPath = /\/(https?:\/{1,2}[^\s]+)$/i.exec(decodeOnce(url.pathname))
  if (inPath) found.push(inPath[1]!.replace(/^(https?:)\/(?!\/)/i, "$1//"))
  return found.slice(0, 20)
}
