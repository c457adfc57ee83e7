/** The rules S-1 … S-10 of safety.md 2: all that blocks first, then what a person decides, then what may be published. */
import { spamGroups } from "./lexicon.ts"
import type { Link } from "./links.ts"
import type { Observed, Word } from "./observe.ts"
import type { ScreenOutcome, ScreenRule } from "./types.ts"
import { obfSignals } from "./words.ts"

export interface Decision {
  verdict: ScreenOutcome
  rule: ScreenRule
  signals: Set<string>
  /** What made the rule fire, most telling first: ids of sentences. */
  because: string[]
}

const spam = new Set<string>([...spamGroups, "LEX-GAMBLE-FOREIGN", "COMMERCE"])
const isGamble = (word: Word) => word.group === "LEX-GAMBLE" || word.group === "LEX-GAMBLE-FOREIGN" || word.group === "LEX-BRAND"
const has = (links: Link[], signal: string) => links.some((link) => link.signals.has(signal))
const isKind = (...kinds: Link["kind"][]) => (link: Link) => kinds.includes(link.kind)

export function decide(seen: Observed): Decision {
  const signals = signalsOf(seen)
  const answer = (verdict: ScreenOutcome, rule: ScreenRule, ...because: string[]): Decision => ({
    verdict,
    rule,
    signals,
    because: because.filter(Boolean),
  })
  const { context, words, links, html, hidden, language } = seen
  const foreign = language.main !== "vi"
  // COMMERCE is the talk of foreign shops: in Vietnamese text it is a borrowed word.
  const lexicon = words.filter((word) => spam.has(word.group) && (foreign || word.group !== "COMMERCE" || word.strength === "strong"))
  const excused = lexicon.filter((word) => context.excuses(word.group, word.strength))
  const bad = lexicon.filter((word) => !excused.includes(word))
  const anyContext = context.excuses("", "weak")
  // A quotation in a warning is no link; without context social networks make it one.
  const warning = anyContext && !context.anti
  const quoted = warning ? [] : seen.textDomains
  const reachable = [...links, ...quoted]
  const promo = words.filter((word) => word.group === "LEX-PROMO")
  // A gift in the same breath as gambling is an offer.
  const promoStrong = [
    ...promo.filter((word) => word.strength === "strong"),
    ...(lexicon.some(isGamble) ? words.filter((word) => word.group === "LEX-GIFT") : []),
  ]
  const group = (name: string) => words.filter((word) => word.group === name)
  const outside = reachable.filter(isKind("EXT", "IP"))
  const chat = reachable.filter(isKind("CHAT"))
  const shortened = reachable.filter(isKind("SHORT", "FORM"))

  // S-1: tricks that no honest article needs.
  for (const signal of ["LINK-SCHEME", "LINK-USERINFO", "LINK-HOMO", "LINK-REDIRECT", "LINK-APK"])
    if (has(reachable, signal)) return answer("block", "S-1", signal)
  if (reachable.some((link) => link.signals.has("LINK-LOOKALIKE") && !link.placeOnly)) return answer("block", "S-1", "LINK-LOOKALIKE")
  if (html.script === "hard") return answer("block", "S-1", "HTML-SCRIPT")
  if (html.frame === "hard") return answer("block", "S-1", "HTML-IFRAME")
  if (html.refresh) return answer("block", "S-1", "HTML-REDIRECT")
  if (hidden.links.length || hidden.domains.length || (hidden.words.length && !hidden.excused)) return answer("block", "S-1", "HTML-HIDDEN")
  if (seen.deface === "whole" && !(context.weight >= 2 && context.inTitle)) return answer("block", "S-1", "LEX-DEFACE")

  // S-2
  if (reachable.some((link) => link.signals.has("LINK-GAMBLE-NAME") && link.kind === "EXT")) return answer("block", "S-2", "LINK-GAMBLE-NAME")

  // S-3: an offer, or a way to it.
  const strongBad = bad.filter((word) => word.strength === "strong")
  const oddOutside = outside.filter((link) => !link.plainVn)
  if (bad.length) {
    const way = chat.length
      ? "LINK-CHAT"
      : oddOutside.length || (outside.length && strongBad.length)
        ? "LINK-EXT"
        : seen.phone && (strongBad.length || promoStrong.length)
          ? "PHONE"
          : shortened.length && strongBad.length
            ? "LINK-SHORT"
            : ""
    const offer = promoStrong.length || (promo.length && (strongBad.length || (bad.some(isGamble) && bad.length > 1))) ? "LEX-PROMO" : ""
    if (way || offer) return answer("block", "S-3", bad[0]!.group, way || offer)
  }
  if (excused.length) {
    // Context never outweighs a link (CTX-FAKE); an ordinary outside page under a clear warning is for a person.
    const clear = (context.weight >= 4 || context.inTitle) && promoStrong.length === 0
    if (chat.length || (outside.length && !(clear && outside.every((link) => link.signals.size === 0 && !cheapLooking(link))))) {
      signals.add("CTX-FAKE")
      return answer("block", "S-3", "CTX-FAKE", excused[0]!.group)
    }
  }

  // S-4: a language that has no section here, selling something; gambling words even inside a section.
  const foreignGamble = lexicon.filter((word) => word.group === "LEX-GAMBLE-FOREIGN" || (foreign && isGamble(word)))
  const shop = words.filter((word) => word.group === "JP-SHOP")
  const shopping = shop.some((word) => word.strength === "strong") || shop.length >= 2
  const commerce = words.filter((word) => word.group === "COMMERCE")
  const odd = signals.has("LANG-ODD")
  if (foreign) {
    if (foreignGamble.some((word) => bad.includes(word))) return answer("block", "S-4", "LEX-GAMBLE-FOREIGN")
    if (
      odd &&
      (shopping ||
        commerce.some((word) => word.strength === "strong") ||
        lexicon.some((word) => bad.includes(word)) ||
        (commerce.length > 0 && outside.length > 0) ||
        signals.has("PATH-ODD"))
    )
      return answer("block", "S-4", "LANG-ODD")
    if (shop.filter((word) => word.strength === "strong").length >= 2) return answer("block", "S-4", "JP-SHOP")
  } else if (shop.some((word) => word.strength === "strong")) return answer("block", "S-4", "JP-SHOP")

  // S-5: gambling without any reason to speak of it.
  const gambleBad = strongBad.filter(isGamble)
  if (gambleBad.length) return answer("block", "S-5", gambleBad[0]!.group)
  const pathBad = anyContext ? [] : seen.pathWords
  if (pathBad.length) return answer("block", "S-5", "DOC-SPAM")

  // S-5a
  const warned = context.names.has("CTX-WARN") && anyContext
  const authority = group("AUTHORITY").length > 0
  const solicits = group("SOLICIT").map((word) => word.entry)
  const recover = group("LEX-RECOVER").filter((word) => word.strength === "strong" && bad.includes(word))
  const otp = group("LEX-OTP")
  const fee = group("LEX-FEE").filter((word) => word.strength === "strong")
  const privately = solicits.some((entry) => /nhắn tin|inbox|^ib$|kết bạn|telegram|zalo|chuyển khoản|gửi hồ sơ/.test(entry))
  if (
    authority &&
    solicits.length &&
    !warned &&
    (recover.length || ((otp.length || fee.length) && privately && (seen.phone || chat.length || outside.length || shortened.length || fee.length)))
  ) {
    signals.add("IMPERSONATE-AUTH")
    return answer("block", "S-5a", "IMPERSONATE-AUTH")
  }

  // S-6: whoever disguises a word knows why.
  const disguised = words.filter((word) => word.obf && (spam.has(word.group) || word.group === "LEX-PROMO" || word.group === "LEX-DEFACE"))
  if (disguised.length) {
    const quoting = disguised.every((word) => excused.includes(word)) && context.inTitle && context.weight >= 4
    return answer(quoting ? "hold" : "block", "S-6", "OBF")
  }

  // S-7: pressure or a gift, and a link elsewhere.
  const pressing = group("LEX-URGENT").length > 0 || otp.length > 0
  const gift = group("LEX-GIFT").length > 0 || group("LEX-DONATE-PERSONAL").length > 0
  const why = otp.length ? "LEX-OTP" : pressing ? "LEX-URGENT" : group("LEX-GIFT").length ? "LEX-GIFT" : "LEX-DONATE-PERSONAL"
  if ((pressing || gift) && (outside.length || chat.length)) {
    const bank = has(outside, "LINK-BRANDFAKE")
    const lured = pressing || group("LURE").length > 0
    if (bank || (lured && !anyContext))
      return answer("block", "S-7", why, bank ? "LINK-BRANDFAKE" : chat.length && !outside.length ? "LINK-CHAT" : "LINK-EXT")
    return answer("hold", "S-7", why, "LINK-EXT")
  }
  if ((pressing || gift) && shortened.length) return answer("hold", "S-7", why, shortened.some(isKind("SHORT")) ? "LINK-SHORT" : "LINK-FORM")
  if (
    !anyContext &&
    ((pressing && otp.length && group("LEX-URGENT").length) || (pressing && seen.phone && authority) || group("LEX-DONATE-PERSONAL").length)
  )
    return answer("hold", "S-7", why)

  // S-5b
  if (bad.length) return answer("hold", "S-5b", bad[0]!.group)
  if (excused.length && promoStrong.length && !(context.narrative && context.weight >= 4 && !context.anti))
    return answer("hold", "S-5b", excused[0]!.group, "LEX-PROMO")
  if (hidden.words.length) return answer("hold", "S-5b", "HTML-HIDDEN")
  if (foreign && shopping) return answer("hold", "S-4", "JP-SHOP")

  // S-8: not bad, but unknown.
  const doubts = [
    has(reachable, "LINK-LOOKALIKE") && "LINK-LOOKALIKE",
    has(reachable, "LINK-BRANDFAKE") && "LINK-BRANDFAKE",
    has(links, "LINK-APK-OWN") && "LINK-APK",
    reachable.some(isKind("IP")) && "LINK-IP",
    reachable.some(isKind("SHORT")) && "LINK-SHORT",
    reachable.some(isKind("FORM")) && "LINK-FORM",
    chat.length > 0 && "LINK-CHAT",
    reachable.some(isKind("EXT")) && "LINK-EXT",
    html.script && "HTML-SCRIPT",
    html.frame && "HTML-IFRAME",
    html.form === "outside" && "HTML-FORM",
    html.handlers && "HTML-HANDLER",
    odd && "LANG-ODD",
    signals.has("SEO-STUFF") && "SEO-STUFF",
    seen.deface && !anyContext && "LEX-DEFACE",
    // A gambling page named in an appeal that neither warns nor reports is no quotation.
    warning && !context.names.has("CTX-POLICE") && !context.names.has("CTX-WARN") && seen.textDomains.length > 0 && "TEXT-DOMAIN",
  ].filter((doubt): doubt is string => typeof doubt === "string")
  if (doubts.length) return answer("hold", "S-8", ...doubts)
  if (seen.limit) return answer("hold", "LIMIT", "LIMIT")
  return lexicon.length || otp.length ? answer("allow", "S-9") : answer("allow", "S-10")
}

const cheapLooking = (link: Link) => !/\.(?:vn|com|org|net|edu|int)$/.test(link.host)

function signalsOf(seen: Observed): Set<string> {
  const { words, context, links, textDomains, html, hidden, language } = seen
  const signals = new Set<string>()
  const silent = new Set(["LURE", "AUTHORITY", "SOLICIT", "COMMERCE"])
  for (const word of [...words, ...seen.pathWords]) {
    if (!silent.has(word.group)) signals.add(word.group)
    if (word.obf) for (const [bit, name] of obfSignals) if (word.obf & bit) signals.add(name)
  }
  for (const name of context.names) signals.add(name)
  for (const link of links) {
    if (link.kind !== "NONE") signals.add(`LINK-${link.kind}`)
    for (const signal of link.signals) signals.add(signal === "LINK-APK-OWN" ? "LINK-APK" : signal === "LINK-ODDHOST" ? "LINK-EXT" : signal)
  }
  if (textDomains.length) signals.add("TEXT-DOMAIN")
  if (!context.excuses("", "weak"))
    for (const link of textDomains) for (const signal of link.signals) signals.add(signal === "LINK-ODDHOST" ? "LINK-EXT" : signal)
  if (seen.defanged) signals.add("DEFANGED")
  if (hidden.links.length || hidden.domains.length || hidden.words.length) signals.add("HTML-HIDDEN")
  else if (hidden.any) signals.add("HTML-HIDDEN-EMPTY")
  for (const word of hidden.words) signals.add(word.group)
  if (html.script) signals.add("HTML-SCRIPT")
  if (html.frame) signals.add("HTML-IFRAME")
  if (html.refresh) signals.add("HTML-REDIRECT")
  if (html.form) signals.add("HTML-FORM")
  if (html.handlers) signals.add("HTML-HANDLER")
  if (language.main !== "vi") {
    const section = seen.section === language.main
    if (["en", "ja", "zh", "ko"].includes(language.main)) signals.add(`LANG-${language.main.toUpperCase()}`)
    if (section) signals.add(`SECTION-${language.main.toUpperCase()}`)
    else signals.add("LANG-ODD")
  }
  if (language.mixed) signals.add("LANG-MIX")
  if (seen.topics >= 3) signals.add("SEO-STUFF")
  if (seen.pathWords.length) signals.add("DOC-SPAM").add("PATH-ODD")
  if (seen.deface) signals.add("LEX-DEFACE")
  if (seen.limit) signals.add("LIMIT")
  return signals
}
