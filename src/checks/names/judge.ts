/**
 * The verdict on one name (rules.md 5, 6 and 8). Pure: no clock, no database, no network; everything comes in as an argument. The order of
 * decisions is that of rules.md 8.
 */
import { worstVerdict, type Severity, type Verdict } from "../../model/finding.ts"
import type { NetworkName } from "../../model/unit.ts"
import { answerTo, type Switches } from "../rulesets/choose.ts"
import type { NameClass, Ruleset } from "../rulesets/schema.ts"
import { shapeOf } from "./confusables.ts"
import { matchForm, type FormMatch } from "./forms.ts"
import type { Gazetteer } from "./gazetteer.ts"
import { findMentions, isObsolete, lexiconOf, type Lexicon, type NameMentions, type UnitMention } from "./mentions.ts"
import { findLure, findPhrases } from "./phrases.ts"
import { findObsolete, speaksOfOthersOnly } from "./questions.ts"
import { compileSubject, expectedName, type NameSubject, type Subject } from "./subject.ts"
import { readName, repair, type NameFlag, type Word } from "./text.ts"

export interface NameCase {
  unit: NameSubject
  /** Both networks are judged alike; kept for the reader. */
  network?: NetworkName | string
  name: string
  /** Is the account id listed in the registry? */
  registered: boolean
  ruleset: Ruleset
  /** The day judged, YYYY-MM-DD (EFF-4). */
  asOf: string
  gazetteer: Gazetteer
  switches?: Switches
}
export interface NameFinding {
  rule: string
  class: NameClass
  severity: Severity
  /** One Vietnamese sentence: what was noticed. */
  reason: string
  /** OBS: the first day without the body. */
  ended?: string
}
export interface NameVerdict {
  verdict: Verdict
  ruleIds: string[]
  class: NameClass
  reasons: string[]
  expected: string
  findings: NameFinding[]
}

/** Everything the decisions ask about, gathered once. */
export interface Reading {
  subject: Subject
  words: Word[]
  flags: Set<NameFlag>
  tick: boolean
  /** A look-alike character was folded somewhere. */
  imitates: boolean
  lure: string | null
  mentions: NameMentions
  lexicon: Lexicon
  gazetteer: Gazetteer
  ruleset: Ruleset
  asOf: string
  switches: Switches
  /** Listed accounts only: the whole name is an allowed form. */
  match: FormMatch | null
}

const nameLengthMax = 500

export function judgeName(input: NameCase): NameVerdict {
  const reading = read(input)
  const findings = input.registered ? judgeRegistered(reading) : judgeUnregistered(reading)
  const expected = expectedName(input.unit)
  if (!findings.list) return { verdict: "pass", ruleIds: [findings.passed], class: "E0", reasons: [findings.why], expected, findings: [] }
  const list = findings.list
  const worst = worstVerdict(list.map((finding) => finding.severity))
  return {
    verdict: worst,
    ruleIds: [...new Set(list.map((finding) => finding.rule))],
    class: list.map((finding) => finding.class).sort().at(-1)!,
    reasons: list.map((finding) => finding.reason),
    expected,
    findings: list,
  }
}

type Decision = { passed: string; why: string; list?: undefined } | { list: NameFinding[] }
const pass = (rule: string, why: string): Decision => ({ passed: rule, why })
const found = (...list: NameFinding[]): Decision => ({ list })

function read(input: NameCase): Reading {
  const subject = compileSubject(input.unit, input.gazetteer)
  const lexicon = lexiconOf(input.ruleset.words)
  // An endless name is cut: no network allows one, and what follows could not be shown anyway.
  const seen = readName(input.name.length > nameLengthMax ? input.name.slice(0, nameLengthMax) : input.name)
  const own = ownShapes(subject)
  const { words, changed } = repair(
    seen.words,
    (bare) => input.gazetteer.knownBare.has(bare) || own.known.has(bare),
    (shape) => own.byShape.get(shape) ?? input.gazetteer.byShape.get(shape) ?? null,
    shapeOf,
  )
  const mentions = findMentions(words, subject, input.gazetteer, lexicon, input.asOf)
  const rule = input.ruleset.names[subject.level]
  return {
    subject, words, mentions, lexicon,
    flags: seen.flags,
    tick: seen.tick,
    imitates: changed.some(Boolean),
    lure: findLure(words, seen.words, lexicon.lures, () => findPhrases(words, lexicon.notLures, "loose")),
    gazetteer: input.gazetteer,
    ruleset: input.ruleset,
    asOf: input.asOf,
    switches: input.switches ?? {},
    match: input.registered ? matchForm(words, subject, input.gazetteer, lexicon, input.asOf, rule) : null,
  }
}

const shapes = new WeakMap<Subject, { known: Set<string>; byShape: Map<string, string> }>()
/** The unit's own words, for units the gazetteer does not know. */
function ownShapes(subject: Subject) {
  const known = shapes.get(subject)
  if (known) return known
  const bare = subject.fullNames.flat().map((word) => word.bare).filter((word) => !/\d/.test(word))
  const made = { known: new Set(bare), byShape: new Map(bare.filter((word) => word.length >= 3).map((word) => [shapeOf(word), word])) }
  shapes.set(subject, made)
  return made
}

/** Does the name, look-alikes folded, mean a unit at all? */
const meansAUnit = ({ mentions, match, subject }: Reading) =>
  match !== null ||
  mentions.units.some((unit) => !unit.stranger) ||
  mentions.departments.length > 0 ||
  mentions.portal !== null ||
  mentions.provinceAuthority !== null ||
  (mentions.ownNameAt >= 0 && subject.nameWords.length > 1) ||
  mentions.ownNameAt >= 0 && mentions.authority.length > 0

function judgeRegistered(reading: Reading): Decision {
  const { subject, mentions, ruleset, match } = reading
  const rule = ruleset.names[subject.level]
  const finding = (id: string, kind: NameClass, reason: string, severity?: Severity): NameFinding => ({
    rule: id,
    class: kind,
    severity: severity ?? (kind === "E0" ? "advice" : rule.severity[kind]),
    reason,
  })

  const suspect: NameFinding[] = []
  if (reading.imitates && (meansAUnit(reading) || mentions.authority.length > 0))
    suspect.push(finding("IMP-2", "E5", "Tên có ký tự giả dạng (chữ của bảng chữ cái khác hoặc chữ số thay chữ cái)."))
  if (reading.lure) suspect.push(finding("IMP-3", "E5", `Tên gắn với từ mồi nhử “${reading.lure}”.`))
  if (suspect.length) return found(...suspect)

  const obsolete = findObsolete(reading)
  if (obsolete) return found({ ...finding(obsolete.rule, "E4", obsolete.reason), ended: obsolete.ended })
  const elsewhere = otherProvince(reading)
  if (elsewhere) return found(finding("NAME-R", "E4", `Tên ghi tỉnh, thành phố khác: ${elsewhere}.`))

  const cosmetic = match ? cosmetics(reading, match) : []
  if (match?.form === "full") {
    if (!cosmetic.length) return pass(rule.rule, "Đúng tên theo quy định.")
    return found(...cosmetic.map(({ rule: id, reason }) => finding(id, "E1", reason)))
  }
  const other = namesAnotherBody(reading)
  if (other) return found(finding(other.rule, "E4", other.reason))

  if (match) {
    if (!cosmetic.length) return pass("NAME-C2", "Tên khác được phép: có loại và tên đơn vị.")
    return found(...cosmetic.map(({ rule: id, reason }) => finding(id, "E1", reason)))
  }
  if (rule.otherNames) {
    if (!containsOwnName(reading)) {
      const answer = answerTo(ruleset, reading.switches, "Q5")
      const why = "Tên không cho biết đơn vị nào."
      return answer === "pass" ? pass("NAME-C4", why) : found(finding("NAME-C4", "E3", why, answer === "violation" ? "violation" : rule.severity.E3))
    }
    const several = mentions.organisations.length > 0
    if (several) {
      const answer = answerTo(ruleset, reading.switches, "Q7")
      if (answer === "pass") return pass("NAME-C3", "Một tài khoản chung của nhiều cơ quan.")
      return found(
        finding("NAME-C3", "E2", "Tên ghép nhiều cơ quan; nên ghi riêng tên đơn vị.", answer === "violation" ? "violation" : rule.severity.E2),
      )
    }
    return found(finding("NAME-C3", "E2", deviation(reading)))
  }
  const recognisable = containsOwnName(reading)
  return found(finding(rule.rule, recognisable ? "E2" : "E3", recognisable ? deviation(reading) : "Tên không cho biết đơn vị nào."))
}

function judgeUnregistered(reading: Reading): Decision {
  const { mentions, ruleset, subject, lexicon, words, imitates } = reading
  const severity = ruleset.names[subject.level].severity
  const imitation = imitates && meansAUnit(reading)
  const authority = mentions.authority.length > 0 || mentions.departments.length > 0 || mentions.portal !== null
  const othersOnly = speaksOfOthersOnly(reading)

  if (!reading.lure && !imitation && authority && !othersOnly) {
    const obsolete = otherProvince(reading) ? null : findObsolete(reading)
    if (obsolete)
      return found({
        rule: obsolete.rule,
        class: "E4",
        severity: severity.E4,
        ended: obsolete.ended,
        reason: `${obsolete.reason} Tài khoản không còn đơn vị quản lý.`,
      })
  }
  if (reading.lure) {
    const strong =
      mentions.departments.length > 0 || mentions.portal !== null || findPhrases(words, lexicon.strongAuthority, "skeleton").length > 0 ||
      findPhrases(words, lexicon.stateOrganisations, "loose").length > 0 || findPhrases(words, lexicon.centralBodies, "loose").length > 0
    // Receiving dossiers and reports is itself an act of the authority: the unit's name is enough.
    const official = ruleset.words.officialLures.includes(reading.lure)
    if (strong || ((official || mentions.authority.length > 0) && mentions.units.length > 0)) {
      return found({ rule: "IMP-3", class: "E5", severity: severity.E5, reason: `Tên cơ quan công quyền gắn với từ mồi nhử “${reading.lure}”.` })
    }
  }
  const elsewhere = otherProvince(reading)
  if (elsewhere) return pass("IMP-0", `Thuộc tỉnh, thành phố khác: ${elsewhere}.`)
  if (othersOnly) return pass("IMP-0", `Tên của tổ chức khác (${mentions.organisations[0]!.phrase.text}), không phải đơn vị.`)
  if (imitation)
    return found({ rule: "IMP-2", class: "E5", severity: severity.E5, reason: "Tên có ký tự giả dạng chữ cái, còn lại trùng với tên đơn vị." })

  const unit = mentions.units.find((mention) => mention.own || mention.bodies.some((body) => !isObsolete([body], reading.asOf)))
  if (unit && mentions.authority.length > 0) {
    const homonyms = unit.own
      ? [...new Set([...subject.homonymsIn, ...unit.bodies.flatMap((body) => body.homonymsIn)])]
      : unit.bodies.flatMap((body) => body.homonymsIn)
    if (homonyms.length && !mentions.saysProvince) {
      return found({
        rule: "IMP-4",
        class: "E5",
        severity: "advice",
        reason: `Chưa có trong danh sách; ${homonyms.join(", ")} cũng có đơn vị cùng loại, cùng tên.`,
      })
    }
    return found({
      rule: "IMP-1",
      class: "E5",
      severity: severity.E5,
      reason: "Tài khoản chưa có trong danh sách nhưng mang tên cơ quan và tên đơn vị.",
    })
  }
  const department = mentions.departments.find(
    (mention) => !isObsolete([mention.body], reading.asOf) && (mention.province ? mention.province.role === "own" : mentions.saysProvince),
  )
  if (department)
    return found({
      rule: "IMP-1",
      class: "E5",
      severity: severity.E5,
      reason: "Tài khoản chưa có trong danh sách nhưng mang tên sở, ngành của tỉnh.",
    })
  if (mentions.portal?.province.role === "own" || mentions.provinceAuthority?.province.role === "own") {
    return found({
      rule: "IMP-1",
      class: "E5",
      severity: severity.E5,
      reason: "Tài khoản chưa có trong danh sách nhưng mang tên Cổng hoặc cơ quan của tỉnh.",
    })
  }
  if (joinedUnit(reading))
    return found({
      rule: "IMP-1",
      class: "E5",
      severity: severity.E5,
      reason: "Tài khoản chưa có trong danh sách nhưng mang tên cơ quan và tên đơn vị viết liền.",
    })
  return pass("IMP-0", "Không mang tên cơ quan của tỉnh.")
}

/** NAME-R: another province named as such, or directly behind a body or at the end of the name. */
function otherProvince({ mentions, words, asOf }: Reading): string | null {
  const ends = new Set([...mentions.units.map((unit) => unit.end), ...mentions.departments.map((department) => department.end)])
  for (const { province, marked, start, end } of mentions.provinces) {
    const foreign = province.role === "other" || (province.role === "merged" && asOf <= province.until!)
    if (!foreign) continue
    const attached = ends.has(start) || mentions.portal?.start === start || (end === words.length && ends.size > 0)
    if (marked || attached) return province.name
  }
  return null
}

/** NAME-K, NAME-X, NAME-O. */
function namesAnotherBody(reading: Reading): { rule: string; reason: string } | null {
  const { mentions, subject, asOf } = reading
  const own = mentions.units.some((unit) => unit.own) || mentions.departments.some((department) => department.own)
  const wrong = mentions.units.find((unit) => unit.wrongKind && unit.likeness !== "skeleton")
  if (wrong) return { rule: "NAME-K", reason: `Sai loại đơn vị: ghi “${wrong.kind}”, đúng là “${subject.kind} ${subject.name}”.` }
  if (speaksOfOthersOnly(reading))
    return { rule: "NAME-O", reason: `Tên của tổ chức khác (${mentions.organisations[0]!.phrase.text}), không phải của đơn vị.` }
  if (own) return null
  const near = (unit: UnitMention) => unit.likeness !== "skeleton" && (unit.stranger || unit.bodies.some((body) => !isObsolete([body], asOf)))
  const other = mentions.units.find(near)
  if (other) {
    const sameName = subject.name !== "" && other.bodies.some((body) => body.name === subject.name)
    return sameName
      ? { rule: "NAME-K", reason: `Sai loại đơn vị: đúng là “${subject.kind} ${subject.name}”.` }
      : {
          rule: "NAME-X",
          reason: other.stranger ? "Tên của đơn vị khác, không thuộc danh sách." : `Tên của đơn vị khác: ${other.kind} ${other.bodies[0]!.name}.`,
        }
  }
  const department = mentions.departments.find((mention) => !mention.own && mention.likeness !== "skeleton")
  if (department) return { rule: "NAME-X", reason: `Tên của đơn vị khác: ${department.body.name}.` }
  if (subject.level !== "province_portal" && mentions.portal?.province.role === "own")
    return { rule: "NAME-X", reason: "Tên của Cổng Thông tin điện tử tỉnh." }
  const officeOfCommittee = subject.baseWords.some((word, i) => word.bare === "uy" && subject.baseWords[i + 1]?.bare === "ban")
  if (mentions.provinceAuthority?.province.role === "own" && !officeOfCommittee)
    return { rule: "NAME-X", reason: "Tên của UBND tỉnh, không phải của đơn vị." }
  const bareOther = unitAfterUbnd(reading)
  return bareOther ? { rule: "NAME-X", reason: `Tên của đơn vị khác: ${bareOther}.` } : null
}

/** "UBND Võ Cường": without a kind, but no other reading is left. */
function unitAfterUbnd({ words, lexicon, gazetteer, mentions, asOf }: Reading): string | null {
  if (mentions.ownNameAt >= 0) return null
  for (const hit of findPhrases(words, lexicon.ubnd, "loose")) {
    for (let length = Math.min(gazetteer.nameWordsMax, words.length - hit.end); length >= 2; length -= 1) {
      const slice = words.slice(hit.end, hit.end + length)
      const body = gazetteer.unitsByName
        .get(slice.map((word) => word.bare).join(" "))
        ?.find((entry) => !isObsolete([entry], asOf) && entry.exact.every((word, i) => word === slice[i]!.exact))
      if (body) return `${body.kind} ${body.name}`
    }
  }
  return null
}

function containsOwnName({ mentions, subject, words }: Reading): boolean {
  if (subject.nameWords.length) return mentions.ownNameAt >= 0 || mentions.units.some((unit) => unit.own) || joinedName(words, subject)
  if (mentions.departments.some((department) => department.own)) return true
  return subject.level === "province_portal" && (mentions.portal?.province.role === "own" || mentions.saysProvince)
}

/** "KinhBắc", "kinhbacward": the name written as one word or inside one. */
const joinedName = (words: readonly Word[], subject: Subject) => {
  const joined = subject.nameWords.map((word) => word.bare).join("")
  return joined.length >= 5 && words.some((word) => word.bare.includes(joined))
}

/** "ubndphuongkinhbac": the committee and the unit in one run of letters. */
function joinedUnit({ words, subject }: Reading): boolean {
  const unit = [...subject.kindWords, ...subject.nameWords].map((word) => word.bare).join("")
  if (unit.length < 6 || !words.some((word) => word.bare.includes(unit))) return false
  const all = words.map((word) => word.bare).join("")
  return all.includes("ubnd") || all.includes("uybannhandan")
}

/** CHR findings (E1), once the words themselves are right. */
function cosmetics({ flags, tick }: Reading, match: FormMatch): { rule: NameFlag; reason: string }[] {
  const list: { rule: NameFlag; reason: string }[] = []
  const add = (rule: NameFlag, reason: string) => void list.push({ rule, reason })
  if (flags.has("CHR-CASE")) add("CHR-CASE", "Tên viết toàn chữ hoa hoặc toàn chữ thường.")
  if (flags.has("CHR-EMOJI")) add("CHR-EMOJI", tick ? "Tên có dấu tích giống dấu xác minh của nền tảng; đề nghị bỏ." : "Tên có biểu tượng trang trí.")
  if (flags.has("CHR-STYLED")) add("CHR-STYLED", "Tên dùng chữ trang trí thay cho chữ thường.")
  if (flags.has("CHR-INVIS")) add("CHR-INVIS", "Tên có ký tự ẩn.")
  if (flags.has("CHR-ETH")) add("CHR-ETH", "Tên dùng chữ Eth (Ð) thay cho chữ Đ.")
  if (flags.has("CHR-PUNCT")) add("CHR-PUNCT", "Tên có dấu nối liền chữ hoặc ký hiệu thừa.")
  if (match.iy) add("CHR-IY", "Cách viết i/y khác tên chính thức.")
  return list
}

/** What differs from the expected name, for E2. */
function deviation({ mentions, words, subject }: Reading): string {
  const own = mentions.units.find((unit) => unit.own)
  if (own?.short) return "Viết tắt loại đơn vị."
  if (own && (own.likeness === "bare" || own.likeness === "skeleton")) return "Tên thiếu dấu hoặc sai dấu."
  if (subject.nameWords.length && !own) return "Tên thiếu loại đơn vị (xã, phường)."
  if (own || words.length > Math.max(...subject.fullNames.map((full) => full.length))) return "Tên có thêm từ ngoài tên đơn vị."
  return "Tên khác tên đầy đủ của đơn vị."
}
