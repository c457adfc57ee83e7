/**
 * What a name talks about: units by kind + name (never by the name alone), departments, the portal, provinces, other organisations.
 * Built once per name; the decision order of rules.md 8 then only asks questions.
 */
import type { WordsFile } from "../rulesets/schema.ts"
import { endedBefore, livesOn, type Body, type Gazetteer, type ProvinceName } from "./gazetteer.ts"
import { compileLures, compilePhrases, findPhrases, isAscii, wordsMatch, type Hit, type LureList, type PhraseIndex } from "./phrases.ts"
import type { Subject } from "./subject.ts"
import { iyFolded, type Word } from "./text.ts"

/** exact > iy (only i/y differs) > bare (typed without diacritics) > skeleton (other diacritics). */
export type Likeness = "exact" | "iy" | "bare" | "skeleton"

export interface UnitMention {
  /** Index of the kind word; the name ends before `end`. */
  start: number
  end: number
  kind: string
  /** The kind was abbreviated ("P. Kinh Bắc"). */
  short: boolean
  likeness: Likeness
  /** The unit judged is meant. */
  own: boolean
  /** The own name under another kind (NAME-K), and no other body bears it. */
  wrongKind: boolean
  /** Bodies of this kind and name; empty for `wrongKind` and strangers. */
  bodies: readonly Body[]
  /** "UBND xã …" with a name nobody in the province bears. */
  stranger: boolean
}
export interface DepartmentMention {
  start: number
  end: number
  body: Body
  short: boolean
  likeness: Likeness
  own: boolean
  /** The province named directly behind it. */
  province: ProvinceName | null
}
export interface ProvinceMention {
  start: number
  end: number
  province: ProvinceName
  /** With "tỉnh" or "thành phố" before it. */
  marked: boolean
}
export interface NameMentions {
  units: UnitMention[]
  departments: DepartmentMention[]
  /** Portal of the province: form of words + province. */
  portal: ProvinceMention | null
  /** "UBND tỉnh …". */
  provinceAuthority: ProvinceMention | null
  provinces: ProvinceMention[]
  authority: Hit[]
  descriptors: Hit[]
  organisations: Hit[]
  /** The own name without its kind, anywhere. */
  ownNameAt: number
  saysProvince: boolean
}

export interface KindWord {
  kind: string
  exact: string[]
  bare: string[]
  short: boolean
}
export interface Lexicon {
  descriptors: PhraseIndex
  authority: PhraseIndex
  strongAuthority: PhraseIndex
  portalForms: PhraseIndex
  lures: LureList
  notLures: PhraseIndex
  organisations: PhraseIndex
  organisationsAtStart: PhraseIndex
  notOrganisations: PhraseIndex
  stateOrganisations: PhraseIndex
  coBodies: ReadonlySet<string>
  centralBodies: PhraseIndex
  notKinds: PhraseIndex
  /** By the first bare word, longest first. */
  kinds: ReadonlyMap<string, readonly KindWord[]>
  ubnd: PhraseIndex
}
const lexicons = new WeakMap<WordsFile, Lexicon>()
export function lexiconOf(words: WordsFile): Lexicon {
  const known = lexicons.get(words)
  if (known) return known
  const kinds = words.kinds.flatMap(({ kind, short }) => [
    ...[...compilePhrases([kind]).values()].flat().map(({ exact, bare }) => ({ kind, exact, bare, short: false })),
    ...[...compilePhrases(short).values()].flat().map(({ exact, bare }) => ({ kind, exact, bare, short: true })),
  ])
  const made: Lexicon = {
    descriptors: compilePhrases(words.descriptors),
    authority: compilePhrases(words.authority),
    strongAuthority: compilePhrases(words.strongAuthority),
    portalForms: compilePhrases(words.portalForms),
    lures: compileLures(words.lures, words.lureEndings),
    notLures: compilePhrases(words.notLures),
    organisations: compilePhrases(words.organisations),
    organisationsAtStart: compilePhrases(words.organisationsAtStart),
    notOrganisations: compilePhrases(words.notOrganisations),
    stateOrganisations: compilePhrases(words.stateOrganisations),
    coBodies: new Set([...compilePhrases(words.coBodies).values()].flat().map((phrase) => phrase.bare.join(" "))),
    centralBodies: compilePhrases(words.centralBodies),
    notKinds: compilePhrases(words.notKinds),
    kinds: byFirstWord(kinds.sort((a, b) => b.bare.length - a.bare.length)),
    ubnd: compilePhrases(["ủy ban nhân dân"]),
  }
  lexicons.set(words, made)
  return made
}

function byFirstWord(kinds: KindWord[]): Map<string, KindWord[]> {
  const map = new Map<string, KindWord[]>()
  for (const kind of kinds) map.set(kind.bare[0]!, [...(map.get(kind.bare[0]!) ?? []), kind])
  return map
}

const likenessAt = (words: readonly Word[], start: number, target: { exact: readonly string[]; bare: readonly string[] }): Likeness | null => {
  if (start + target.bare.length > words.length) return null
  let worst: Likeness = "exact"
  const rank = ["exact", "iy", "bare", "skeleton"]
  for (let i = 0; i < target.bare.length; i += 1) {
    const word = words[start + i]!
    if (word.exact === target.exact[i]) continue
    if (word.bare !== target.bare[i]) return null
    const here: Likeness = iyFolded(word.exact) === iyFolded(target.exact[i]!) ? "iy" : isAscii(word) ? "bare" : "skeleton"
    if (rank.indexOf(here) > rank.indexOf(worst)) worst = here
  }
  return worst
}

const form = (words: readonly Word[]) => ({ exact: words.map((word) => word.exact), bare: words.map((word) => word.bare) })

export function findMentions(words: readonly Word[], subject: Subject, gazetteer: Gazetteer, lexicon: Lexicon, asOf: string): NameMentions {
  const ubnd = findPhrases(words, lexicon.ubnd, "skeleton")
  const units = findUnits(words, subject, gazetteer, lexicon, asOf, ubnd)
  const masked = words.map(() => false)
  for (const unit of units) for (let i = unit.start; i < unit.end; i += 1) masked[i] = true
  const departments = findDepartments(words, subject, gazetteer, masked)
  const provinces = findProvinces(words, gazetteer, masked)
  const portalHit = findPhrases(words, lexicon.portalForms, "skeleton")
  const behind = (end: number) => provinces.find((province) => province.start === end) ?? null
  const portal = portalHit.map((hit) => behind(hit.end)).find(Boolean) ?? null
  const provinceAuthority =
    ubnd.map((hit) => behind(hit.end)).find((mention) => mention?.marked && words[mention.start]!.bare.startsWith("t")) ?? null
  for (const department of departments) {
    department.province = behind(department.end)?.province ?? null
    for (let i = department.start; i < department.end; i += 1) masked[i] = true
  }
  const own = form(subject.nameWords)
  const ownNameAt = own.bare.length ? words.findIndex((_, i) => wordsMatch(words, i, own, "skeleton")) : -1
  const ownMask = masked.slice()
  if (ownNameAt >= 0) for (let i = ownNameAt; i < ownNameAt + own.bare.length; i += 1) ownMask[i] = true
  for (const hit of ubnd) for (let i = hit.start; i < hit.end; i += 1) ownMask[i] = true
  for (const hit of findPhrases(words, lexicon.notOrganisations, "loose")) for (let i = hit.start; i < hit.end; i += 1) ownMask[i] = true
  const organisations = findPhrases(words, lexicon.organisations, "loose", ownMask)
  organisations.push(
    ...findPhrases(words.slice(0, 4), lexicon.organisationsAtStart, "loose", ownMask).filter(
      (hit) => hit.start === 0 && !organisations.some((other) => other.start === 0),
    ),
  )
  const base = ` ${subject.baseWords.map((word) => word.bare).join(" ")} `
  return {
    units,
    departments: departments.filter(
      (department) => !organisations.some((hit) => hit.end === department.start && !words[department.start]!.gap) || department.own,
    ),
    portal,
    provinceAuthority: provinceAuthority && !departments.some((department) => department.end === provinceAuthority.start) ? provinceAuthority : null,
    provinces,
    authority: findPhrases(words, lexicon.authority, "skeleton"),
    descriptors: findPhrases(words, lexicon.descriptors, "loose"),
    organisations: organisations.filter((hit) => !base.includes(` ${hit.phrase.bare.join(" ")} `)).sort((a, b) => a.start - b.start),
    ownNameAt,
    saysProvince: words.some((_, i) =>
      gazetteer.provincesByWord.get(words[i]!.bare)?.some((province) => province.role === "own" && wordsMatch(words, i, province, "skeleton")),
    ),
  }
}

function findUnits(
  words: readonly Word[],
  subject: Subject,
  gazetteer: Gazetteer,
  lexicon: Lexicon,
  asOf: string,
  ubnd: readonly Hit[],
): UnitMention[] {
  const own = form(subject.nameWords)
  const notKinds = findPhrases(words, lexicon.notKinds, "skeleton")
  const units: UnitMention[] = []
  for (let start = 0; start < words.length; start += 1) {
    const kinds = lexicon.kinds.get(words[start]!.bare)
    // "Sở TP" is Sở Tư pháp, whatever follows.
    if (!kinds || (words[start]!.exact === "tp" && words[start - 1]?.bare === "so") || notKinds.some((hit) => hit.start <= start && start < hit.end))
      continue
    const afterUbnd = ubnd.some((hit) => hit.end === start)
    let best: UnitMention | null = null
    for (const kind of kinds) {
      if (kind.kind === "tỉnh" || !(kind.short ? wordsMatch(words, start, kind, "exact") : wordsMatch(words, start, kind, "skeleton"))) continue
      best = unitAt(words, start, kind, own, subject, gazetteer, asOf, afterUbnd)
      if (best) break
    }
    if (!best) continue
    units.push(best)
    start = best.end - 1
  }
  return units
}

function unitAt(
  words: readonly Word[],
  start: number,
  kind: KindWord,
  own: { exact: string[]; bare: string[] },
  subject: Subject,
  gazetteer: Gazetteer,
  asOf: string,
  afterUbnd: boolean,
): UnitMention | null {
  const at = start + kind.bare.length
  const township = kind.short && kind.kind === "thị trấn"
  const ownLikeness = own.bare.length ? likenessAt(words, at, own) : null
  const ownKind = kind.kind === subject.kind
  const mention = (over: Partial<UnitMention> & { end: number; likeness: Likeness }): UnitMention => ({
    start,
    kind: kind.kind,
    short: kind.short,
    own: false,
    wrongKind: false,
    bodies: [],
    stranger: false,
    ...over,
  })
  const found: UnitMention[] = []
  for (let length = Math.min(gazetteer.nameWordsMax, words.length - at); length >= 1; length -= 1) {
    const key = length === 1 ? words[at]!.bare : words.slice(at, at + length).map((word) => word.bare).join(" ")
    for (const body of gazetteer.unitsByName.get(key) ?? []) {
      if (body.kind !== kind.kind) continue
      const likeness = likenessAt(words, at, body)!
      // The wrong diacritics of one name are no proof of another; an abbreviated kind needs the name as it is.
      if (likeness === "skeleton" && kind.short) continue
      const same = found.find((other) => other.end === at + length && other.likeness === likeness)
      if (same) same.bodies = [...same.bodies, body]
      else found.push(mention({ end: at + length, likeness, bodies: [body] }))
    }
  }
  const ownEnd = at + own.bare.length
  if (ownKind && ownLikeness) {
    const exactOther = found.find(
      (other) => other.likeness === "exact" && (other.end > ownEnd || (other.end === ownEnd && ownLikeness !== "exact" && ownLikeness !== "iy")),
    )
    if (!exactOther) {
      // The unit may be unknown to the gazetteer: then it lives as long as the record says.
      const bodies =
        found.find((other) => other.end === ownEnd && other.likeness === "exact")?.bodies ??
        gazetteer.unitsByName.get(own.bare.join(" "))?.filter((body) => body.kind === kind.kind && body.exact.join(" ") === own.exact.join(" ")) ??
        []
      return mention({ end: ownEnd, likeness: ownLikeness, own: true, bodies })
    }
  }
  if (township && !afterUbnd && ownLikeness) return null // "TT Bố Hạ" of xã Bố Hạ: thông tin, not thị trấn
  const rank: Likeness[] = ["exact", "iy", "bare", "skeleton"]
  found.sort((a, b) => rank.indexOf(a.likeness) - rank.indexOf(b.likeness) || b.end - a.end)
  const best = found[0]
  // "UBND phường Đồng Kỳ" for xã Đồng Kỳ is the wrong kind, although a phường Đồng Kỵ once existed.
  const ownExactly = !ownKind && (ownLikeness === "exact" || ownLikeness === "iy") && best?.likeness !== "exact" && best?.likeness !== "iy"
  if (ownExactly) return mention({ end: ownEnd, likeness: ownLikeness, wrongKind: true })
  if (best) {
    // Typed without diacritics two bodies may fall together: the living one is meant.
    const living = best.bodies.filter((body) => livesOn(body, asOf))
    return { ...best, bodies: living.length ? living : best.bodies }
  }
  if (ownLikeness && !ownKind) return mention({ end: ownEnd, likeness: ownLikeness, wrongKind: true })
  if (!afterUbnd || kind.short || at >= words.length || words[at]!.gap) return null
  const typo = own.bare.length > 0 && ownKind && nearlyOwn(words, at, own.bare.join(""))
  return typo ? null : mention({ end: at + 1, likeness: "exact", stranger: true })
}

/** One letter more, less or other than the own name is a slip of the pen, not another unit. */
function nearlyOwn(words: readonly Word[], at: number, own: string): boolean {
  let joined = ""
  for (let i = at; i < words.length && joined.length <= own.length + 1; i += 1) {
    joined += words[i]!.bare
    if (oneEdit(joined, own)) return true
  }
  return false
}
function oneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let i = 0
  while (i < a.length && a[i] === b[i]) i += 1
  let j = 0
  while (j < Math.min(a.length, b.length) - i && a.at(-1 - j) === b.at(-1 - j)) j += 1
  return Math.max(a.length, b.length) - i - j <= 1
}

function findDepartments(words: readonly Word[], subject: Subject, gazetteer: Gazetteer, masked: readonly boolean[]): DepartmentMention[] {
  const own = form(subject.baseWords)
  const mentions: DepartmentMention[] = []
  for (let start = 0; start < words.length; start += 1) {
    if (own.bare.length) {
      const likeness = likenessAt(words, start, own)
      if (likeness) {
        mentions.push({ start, end: start + own.bare.length, body: ownBody(gazetteer, own.exact), short: false, likeness, own: true, province: null })
        start += own.bare.length - 1
        continue
      }
    }
    for (const spelling of gazetteer.departmentsByWord.get(words[start]!.bare) ?? []) {
      const end = start + spelling.bare.length
      if (!wordsMatch(words, start, spelling, spelling.short ? "loose" : "skeleton") || masked[start]) continue
      const mine = own.exact.join(" ") === spelling.body.exact.join(" ")
      const provinceBehind = isProvince(words, end, gazetteer)
      // Names such as "Công an" or "Thanh tra" exist at every level, and "CA" is anything: only the province makes them this department.
      const particular = /^so /.test(spelling.bare.join(" ")) || spelling.bare.length >= 5 || /^so/.test(spelling.bare[0]!)
      const whole = start === 0 && end === words.length && spelling.bare.join("").length >= 3
      if (!provinceBehind && !(mine && start === 0) && !(particular && spelling.bare.length > 1) && !whole) continue
      const likeness = likenessAt(words, start, spelling)!
      mentions.push({ start, end, body: spelling.body, short: spelling.short, likeness, own: mine, province: null })
      start = end - 1
      break
    }
  }
  return mentions
}

const unknownBody: Body = {
  class: "department",
  kind: "",
  name: "",
  exact: [],
  bare: [],
  from: null,
  until: null,
  parents: [],
  province: "",
  homonymsIn: [],
  successor: null,
}
function ownBody(gazetteer: Gazetteer, exact: string[]): Body {
  return gazetteer.departmentsByName.get(exact.join(" ")) ?? unknownBody
}

function isProvince(words: readonly Word[], at: number, gazetteer: Gazetteer): boolean {
  const start = words[at] && (words[at].bare === "tinh" || words[at].exact === "t") ? at + 1 : at
  return !!words[start] && !!gazetteer.provincesByWord.get(words[start].bare)?.some((province) => wordsMatch(words, start, province, "loose"))
}

function findProvinces(words: readonly Word[], gazetteer: Gazetteer, masked: readonly boolean[]): ProvinceMention[] {
  const mentions: ProvinceMention[] = []
  for (let at = 0; at < words.length; at += 1) {
    if (masked[at]) continue
    const province = gazetteer.provincesByWord.get(words[at]!.bare)?.find((entry) => wordsMatch(words, at, entry, "loose"))
    if (!province) continue
    const before = words[at - 1]?.exact ?? ""
    const two = `${words[at - 2]?.bare ?? ""} ${words[at - 1]?.bare ?? ""}`
    const marker = masked[at - 1]
      ? 0
      : words[at - 1]?.bare === "tinh" || before === "t" || before === "tp"
        ? 1
        : two === "thanh pho" || two === "thu do"
          ? 2
          : 0
    if (!marker && !province.alone) continue
    mentions.push({ start: at - marker, end: at + province.bare.length, province, marked: marker > 0 })
    at += province.bare.length - 1
  }
  return mentions
}

/** Is every body of the mention gone on the day? */
export const isObsolete = (bodies: readonly Body[], asOf: string) => bodies.length > 0 && bodies.every((body) => endedBefore(body, asOf))
