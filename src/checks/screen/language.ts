/** Which language an item is written in: by script, and for Latin letters by diacritics and function words. */
import type { Lexicon } from "./lexicon.ts"
import type { Token } from "./words.ts"

export interface Language {
  /** ISO 639-1; "vi" when nothing speaks against it; "xx" for an unknown one. */
  main: string
  /** A few words of another script beside Vietnamese ones (LANG-MIX). */
  mixed: boolean
}

const scripts: [string, RegExp][] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["zh", /\p{Script=Han}/gu],
  ["th", /\p{Script=Thai}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
  ["ar", /\p{Script=Arabic}/gu],
  ["hi", /\p{Script=Devanagari}/gu],
  ["km", /\p{Script=Khmer}/gu],
  ["el", /\p{Script=Greek}/gu],
]
const foreignScript = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u
const sample = 5_000

export function languageReader(words: Lexicon["languages"]["stopWords"]) {
  const stops = Object.entries(words).map(([language, list]) => [language, new Set(list)] as const)
  return (text: string, tokens: Token[]): Language => {
    const start = text.length > sample ? text.slice(0, sample) : text
    if (foreignScript.test(start)) {
      const letters = (start.match(/\p{L}/gu) ?? []).length || 1
      const counts = scripts.map(([language, pattern]) => [language, (start.match(pattern) ?? []).length] as const)
      const foreign = counts.reduce((sum, [, count]) => sum + count, 0)
      if (foreign / letters >= 0.3) {
        const count = new Map(counts)
        // Japanese mixes kana with Han; Chinese has no kana.
        const kana = count.get("ja")!
        const main = kana && kana * 8 >= count.get("zh")! ? "ja" : counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
        return { main, mixed: false }
      }
      return { main: byWords(tokens, stops), mixed: foreign > 0 }
    }
    return { main: byWords(tokens, stops), mixed: false }
  }
}

function byWords(tokens: Token[], stops: (readonly [string, Set<string>])[]): string {
  const start = tokens.length > 400 ? tokens.slice(0, 400) : tokens
  let marked = 0
  let total = 0
  for (const { word } of start) {
    if (word.number || word.bare === "%") continue
    total += 1
    if (word.marked) marked += vietnameseOnly.test(word.exact) ? 1 : 0.5
  }
  if (total < 4 || marked / total >= 0.12) return "vi"
  const scores = stops.map(
    ([language, set]) => [language, start.filter(({ word }) => set.has(language === "vi" ? word.bare : word.exact)).length] as const,
  )
  const vietnamese = scores.find(([language]) => language === "vi")?.[1] ?? 0
  const [best, score] = scores
    .filter(([language]) => language !== "vi")
    .reduce((a, b) => (b[1] > a[1] ? b : a), ["xx", 0] as readonly [string, number])
  if (score > vietnamese && score >= 2) return best
  if (vietnamese * 5 >= total || total < 8) return "vi"
  return score > vietnamese ? best : "xx"
}
/** Letters no other language has; é, à or ô alone prove nothing. */
const vietnameseOnly = /[đăơưĩũẠ-ỹ]/
