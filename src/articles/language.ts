/** Which language an article is written in. Portals' `<language>` says "en-us" wherever nobody changed the template, so the words decide. */
import type { FeedItem } from "../model/index.ts"

const sample = 3_000
const scripts: [string, RegExp][] = [
  ["ko", /\p{Script=Hangul}/gu],
  // Before Chinese: Japanese is full of Han characters, Chinese has no kana.
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["zh", /\p{Script=Han}/gu],
]
const otherScript = /[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/
/** Letters no other language has; é, à or ô alone prove nothing. */
const vietnamese = /[ăđơưĩũạ-ỹ]/i
const everyVietnamese = /[ăđơưĩũạ-ỹ]/gi
const english = new Set(
  "the of and in to for on with by at from is are was were be been has have will this that its their an as who which".split(" "),
)

/** The language of the words, or `declared` (the registry's) where they do not tell: short titles, Vietnamese without its marks. */
export function writtenIn({ title, summary, paragraphs }: Pick<FeedItem, "title" | "summary" | "paragraphs">, declared: string): string {
  // Nearly every article ends here: no foreign text has so many Vietnamese letters in its first words, names included.
  if ((`${title} ${summary.slice(0, 300)}`.slice(0, 300).match(everyVietnamese)?.length ?? 0) >= 14) return "vi"
  const text = `${title}\n${summary}\n${summary.length < sample ? paragraphs.slice(0, 5).join("\n") : ""}`.slice(0, sample)
  if (otherScript.test(text)) {
    const letters = text.match(/\p{L}/gu)?.length ?? 1
    for (const [language, pattern] of scripts) if ((text.match(pattern)?.length ?? 0) / letters >= (language === "ja" ? 0.1 : 0.3)) return language
  }
  const words = text.toLowerCase().match(/\p{L}[\p{L}\p{M}’']*/gu) ?? []
  const marked = words.filter((word) => vietnamese.test(word)).length
  if (marked / words.length >= 0.12) return "vi"
  const spoken = words.filter((word) => english.has(word)).length
  return words.length >= 8 && spoken >= 3 && spoken / words.length >= 0.15 && marked / words.length < 0.05 ? "en" : declared
}
