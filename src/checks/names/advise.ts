/** Names a unit may take: those that satisfy the plan, the length and manners of each network, and the press words of Decree 147/2024 at once. */
import { worstVerdict, type Verdict } from "../../model/finding.ts"
import type { NetworkName } from "../../model/unit.ts"
import type { Switches } from "../rulesets/choose.ts"
import type { NameLimits, Ruleset } from "../rulesets/schema.ts"
import type { Gazetteer } from "./gazetteer.ts"
import { judgeName } from "./judge.ts"
import { compilePhrases, findPhrases } from "./phrases.ts"
import { compileSubject, expectedName, type NameSubject } from "./subject.ts"
import { readName } from "./text.ts"

export interface NameSuggestion {
  name: string
  /** Best first: 1 is the expected name. */
  rank: number
  networks: NetworkName[]
  /** Why it is not better, in Vietnamese; empty for a name without blemish. */
  notes: string[]
}
export interface NameAdvice {
  unit: string
  ruleset: string
  suggestions: NameSuggestion[]
  /** Networks without any fitting name: which rules clash, and who can settle it. */
  clashes: { network: NetworkName; rules: string[]; explanation: string; ask: string }[]
  /** Names that people think of first and that do not pass everywhere, with the reason. */
  fallen: ConsideredName[]
}

/** One name against plan, networks and press words at once. */
export interface ConsideredName {
  name: string
  verdict: Verdict
  /** What the plan's rules say, in Vietnamese. */
  reasons: string[]
  /** Networks that would take it. */
  networks: NetworkName[]
  /** Why the others, or the law, would not. */
  problems: { network: NetworkName | null; rule: string; why: string }[]
}

export interface AdviceCase {
  unit: NameSubject
  ruleset: Ruleset
  gazetteer: Gazetteer
  limits: NameLimits
  asOf: string
  networks?: readonly NetworkName[]
  switches?: Switches
}

/** Characters as the networks count them. */
const lengthOf = (name: string) => [...name.normalize("NFC")].length

const pressOf = (limits: NameLimits) => compilePhrases(limits.press.words)

export function considerName(input: AdviceCase, name: string): ConsideredName {
  const { unit, ruleset, gazetteer, limits, asOf, switches = {} } = input
  const networks = input.networks ?? (["facebook", "zalo"] as const)
  const verdict = judgeName({ unit, name, registered: true, ruleset, asOf, gazetteer, switches })
  const words = pressWordsIn(name, unit, gazetteer, pressOf(limits))
  const press = words.length ? [{ network: null, rule: limits.press.basis, why: `có từ “${words.join("”, “")}”` }] : []
  const own = networks.flatMap((network) => {
    const problem = networkProblem(name, network, limits)
    return problem ? [{ network, ...problem }] : []
  })
  return {
    name,
    verdict: verdict.verdict,
    reasons: verdict.verdict === "pass" ? [] : verdict.reasons,
    networks: press.length ? [] : networks.filter((network) => !own.some((problem) => problem.network === network)),
    problems: [...press, ...own],
  }
}

export function adviseNames(input: AdviceCase): NameAdvice {
  const { unit, ruleset, gazetteer, limits, asOf, switches = {} } = input
  const networks = input.networks ?? (["facebook", "zalo"] as const)
  const press = pressOf(limits)
  const suggestions: NameSuggestion[] = []
  const refused = new Map<NetworkName, Map<string, string>>(networks.map((network) => [network, new Map<string, string>()]))
  candidates(unit, ruleset, gazetteer).forEach((name) => {
    const verdict = judgeName({ unit, name, registered: true, ruleset, asOf, gazetteer, switches })
    if (worstVerdict(["advice", verdict.verdict]) !== "advice") return
    const pressWords = pressWordsIn(name, unit, gazetteer, press)
    const fits = networks.filter((network) => {
      const problem = pressWords.length
        ? { rule: limits.press.basis, why: `có từ “${pressWords.join("”, “")}”` }
        : networkProblem(name, network, limits)
      if (problem && verdict.verdict === "pass") refused.get(network)!.set(problem.rule, `“${name}” ${problem.why}`)
      return !problem
    })
    if (fits.length && !suggestions.some((other) => other.name === name)) {
      suggestions.push({
        name,
        rank: suggestions.length + 1,
        networks: fits,
        notes: verdict.reasons.length && verdict.verdict !== "pass" ? verdict.reasons : [],
      })
    }
  })
  // Names without blemish go first; among them the order of the candidates stays.
  suggestions.sort((a, b) => Number(a.notes.length > 0) - Number(b.notes.length > 0) || a.rank - b.rank)
  suggestions.forEach((suggestion, at) => (suggestion.rank = at + 1))
  const clashes = networks
    .filter((network) => !suggestions.some((suggestion) => suggestion.networks.includes(network) && !suggestion.notes.length))
    .map((network) => ({
      network,
      rules: [ruleset.cite, ...refused.get(network)!.keys()],
      explanation: [...refused.get(network)!.values()].join("; ") || "Không có tên nào đáp ứng đồng thời các quy định.",
      ask: `Đề nghị xin ý kiến ${ruleset.contacts.identity} về tên rút gọn được chấp nhận.`,
    }))
  const fallen = tempting(unit, ruleset)
    .map((name) => considerName(input, name))
    .filter((entry) => entry.verdict !== "pass" || entry.networks.length < networks.length)
  return { unit: unit.id, ruleset: ruleset.id, suggestions, clashes, fallen }
}

/** What people propose first: the plan's own example, shorter, louder or "official" names. */
function tempting(unit: NameSubject, ruleset: Ruleset): string[] {
  const expected = expectedName(unit)
  const names = [expected, `${expected} chính thức`, expected.toUpperCase()]
  if (unit.kind) {
    const other = unit.kind === "phường" ? "xã" : "phường"
    names.push(`UBND ${unit.name}`, `UBND ${other} ${unit.name}`, `UBND ${unit.kind[0]!.toUpperCase()}. ${unit.name}`)
    if (ruleset.names[unit.level].otherNames) names.push(`Truyền thông ${unit.kind} ${unit.name}`)
  } else names.push(expected.replace(/ tỉnh [^ ]+ [^ ]+$/, ""), expected.replace("Cổng Thông tin điện tử", "Cổng TTĐT"))
  return [...new Set(names.map((name) => name.normalize("NFC")))]
}

/** Every form worth trying, best first. */
function candidates(unit: NameSubject, ruleset: Ruleset, gazetteer: Gazetteer): string[] {
  const expected = expectedName(unit)
  if (!unit.kind) return [expected, expected.replace(/Ủy ban nhân dân/, "UBND"), ...unit.variants, ...shortened(unit, gazetteer)]
  const base = `${unit.kind} ${unit.name}`
  const capital = base[0]!.toUpperCase() + base.slice(1)
  const province = `tỉnh ${gazetteer.province}`
  const withProvince =
    unit.homonymsIn.length || gazetteer.bodies.some((body) => body.kind === unit.kind && body.name === unit.name && body.homonymsIn.length)
  const plain = [expected, `${expected}, ${province}`]
  const forms = withProvince ? plain.reverse() : plain
  forms.push(`Ủy ban nhân dân ${base}`)
  if (ruleset.names[unit.level].otherNames) {
    forms.push(capital, `${capital}, ${province}`)
    for (const descriptor of ruleset.words.descriptors)
      forms.push(`${descriptor[0]!.toUpperCase()}${descriptor.slice(1).replace(/ttđt/, "TTĐT")} ${base}`)
  }
  return forms
}

/** Shorter spellings of a long department name; judged like every other candidate. */
function shortened(unit: NameSubject, gazetteer: Gazetteer): string[] {
  const full = expectedName(unit)
  const tail = ` tỉnh ${gazetteer.province}`
  if (!full.endsWith(tail)) return []
  const base = full.slice(0, -tail.length)
  const spellings = [...gazetteer.departmentsByWord.values()].flat().filter((spelling) => spelling.short && spelling.body.name === base)
  return [`${base} ${gazetteer.province}`, ...spellings.map((spelling) => spelling.text + tail), base]
}

function pressWordsIn(name: string, unit: NameSubject, gazetteer: Gazetteer, press: ReturnType<typeof compilePhrases>): string[] {
  const words = readName(name).words
  const own = compileSubject(unit, gazetteer).nameWords
  // "Bảo Đài" is a commune, "thông tin" and "thông báo" are no press words.
  const masked = words.map((word, i) => {
    const inName = own.some((_, at) => own.every((part, k) => words[i - at + k]?.exact === part.exact))
    return inName || ((word.exact === "tin" || word.exact === "báo") && words[i - 1]?.exact === "thông")
  })
  return findPhrases(words, press, "exact", masked).map((hit) => hit.phrase.text)
}

function networkProblem(name: string, network: NetworkName, limits: NameLimits): { rule: string; why: string } | null {
  const limit = limits.networks[network]
  if (!limit) return null
  const { words, flags } = readName(name)
  if (lengthOf(name) > limit.lengthMax) return { rule: limit.basis, why: `dài ${lengthOf(name)} ký tự, vượt ${limit.lengthMax} ký tự` }
  if (!limit.allCapitals && flags.has("CHR-CASE") && name === name.toUpperCase()) return { rule: limit.basis, why: "viết hoa toàn bộ" }
  if (!limit.symbols && (flags.has("CHR-EMOJI") || flags.has("CHR-STYLED") || flags.has("CHR-PUNCT"))) return { rule: limit.basis, why: "có ký hiệu" }
  const forbidden = findPhrases(words, compilePhrases(limit.forbiddenWords), "exact")[0]
  return forbidden ? { rule: limit.basis, why: `có từ “${forbidden.phrase.text}”` } : null
}
