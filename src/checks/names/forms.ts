/** Comparing a whole name with the expected one (N9, NAME-P/D/C/C2): exact words, where only i/y may differ and is remembered. */
import type { Gazetteer } from "./gazetteer.ts"
import type { Lexicon } from "./mentions.ts"
import type { Subject } from "./subject.ts"
import { iyFolded, readName, type Word } from "./text.ts"

export interface FormMatch {
  form: "full" | "C2"
  /** Only the spelling of i/y differs somewhere (CHR-IY). */
  iy: boolean
}

/** "same", "iy", or null when the words at `start` are not the target. */
function compare(words: readonly Word[], start: number, target: readonly { exact: string }[]): "same" | "iy" | null {
  if (start + target.length > words.length) return null
  let result: "same" | "iy" = "same"
  for (let i = 0; i < target.length; i += 1) {
    const seen = words[start + i]!.exact
    const wanted = target[i]!.exact
    if (seen === wanted) continue
    if (iyFolded(seen) !== iyFolded(wanted)) return null
    result = "iy"
  }
  return result
}

const ubnd = readName("ủy ban nhân dân").words

/** Does the whole name follow the expected form, or (communes) one of the other allowed forms? */
export function matchForm(
  words: readonly Word[],
  subject: Subject,
  gazetteer: Gazetteer,
  lexicon: Lexicon,
  asOf: string,
  allow: { suffix: boolean; otherNames: boolean },
): FormMatch | null {
  const unitLike = subject.nameWords.length > 0
  if (!unitLike) {
    for (const full of subject.fullNames) {
      const equal = full.length === words.length ? compare(words, 0, full) : null
      if (equal) return { form: "full", iy: equal === "iy" }
    }
    return null
  }
  const bodyWords = [...subject.kindWords, ...subject.nameWords]
  const after = (start: number): "same" | "iy" | null => {
    const equal = compare(words, start, bodyWords)
    if (!equal) return null
    const rest = words.slice(start + bodyWords.length)
    return !rest.length || (allow.suffix && isTrueSuffix(rest, subject, gazetteer, asOf)) ? equal : null
  }
  const starts: { at: number; form: FormMatch["form"]; iy: boolean }[] = []
  const withUbnd = compare(words, 0, ubnd)
  if (withUbnd) starts.push({ at: ubnd.length, form: "full", iy: withUbnd === "iy" })
  if (allow.otherNames) {
    starts.push({ at: 0, form: "C2", iy: false })
    for (const phrase of lexicon.descriptors.get(words[0]?.bare ?? "") ?? []) {
      const equal = compare(words, 0, phrase.exact.map((exact) => ({ exact })))
      if (!equal) continue
      const at = phrase.exact.length
      starts.push({ at, form: "C2", iy: equal === "iy" })
      if (compare(words, at, ubnd)) starts.push({ at: at + ubnd.length, form: "C2", iy: equal === "iy" })
    }
  }
  let best: FormMatch | null = null
  for (const { at, form, iy } of starts) {
    const equal = after(at)
    if (!equal) continue
    const match = { form, iy: iy || equal === "iy" }
    if (!best || (best.iy && !match.iy)) best = match
  }
  return best
}

/** N9: "tỉnh Bắc Ninh", "Bắc Ninh", and before the merger the district of that date, in full or abbreviated. */
function isTrueSuffix(rest: readonly Word[], subject: Subject, gazetteer: Gazetteer, asOf: string): boolean {
  const seen = rest.map((word) => word.exact).join(" ")
  const key = (text: string) => readName(text).words.map((word) => word.exact).join(" ")
  const merged = asOf >= gazetteer.mergedOn
  const bodies = (gazetteer.unitsByName.get(subject.nameWords.map((word) => word.bare).join(" ")) ?? []).filter((body) => body.kind === subject.kind)
  const provinces = merged ? [gazetteer.province] : [...new Set([...bodies.map((body) => body.province), gazetteer.province])]
  const provinceSuffixes = provinces.flatMap((name) => [key(`tỉnh ${name}`), key(name)])
  if (provinceSuffixes.includes(seen)) return true
  if (merged) return false
  const parents = [...(subject.parent?.split(",") ?? []), ...(subject.parent ? [] : bodies.flatMap((body) => body.parents))]
    .map((parent) => parent.trim())
    .filter((parent) => !parent.startsWith("tỉnh "))
  return parents.some((parent) =>
    parentSpellings(parent).some(
      (spelling) => seen === key(spelling) || provinceSuffixes.some((province) => seen === `${key(spelling)} ${province}`),
    ),
  )
}

const shortKinds: Record<string, string[]> = { "thành phố": ["tp"], "thị xã": ["tx"], huyện: ["h"], quận: ["q"] }
function parentSpellings(parent: string): string[] {
  const kind = Object.keys(shortKinds).find((kind) => parent.toLowerCase().startsWith(`${kind} `))
  return kind ? [parent, ...shortKinds[kind]!.map((short) => short + parent.slice(kind.length))] : [parent]
}

