import { expect, test } from "bun:test"
import fc from "fast-check"
import { readFileSync } from "node:fs"
import type { LabelledItem } from "../../../src/checks/screen/index.ts"
import { item, own, rank, screen } from "./support.ts"

const items = ["plans.json", "own.json"].flatMap((name) => JSON.parse(readFileSync(new URL(`../../../accounts/lexicon/examples/${name}`, import.meta.url), "utf8")) as LabelledItem[])
const anyItem = fc.constantFrom(...items)
const runs = { numRuns: 250 }

test("an outside gambling link never makes an item safer", () => {
  fc.assert(fc.property(anyItem, fc.constantFrom("https://nohu99.club/", "https://kubet88.vip/a", "https://keonhacai.bet"), fc.boolean(), (one, link, first) => {
    const links = first ? [link, ...one.links] : [...one.links, link]
    expect(screen({ ...one, links }).verdict).toBe("block")
  }), runs)
})

test("composition, capitals and invisible characters never make an item safer", () => {
  const changes: ((text: string) => string)[] = [
    (text) => text.normalize("NFD"),
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => text.replace(/ /g, "\u00a0"),
    (text) => text.replace(/ /g, "  "),
    (text) => text.replace(/(\p{L})(\p{L})/u, "$1\u200b$2"),
    (text) => text.replace(/ /g, " \ufeff"),
    (text) => text.replace(/oà/g, "òa").replace(/uỷ/g, "ủy"),
  ]
  // Markup and addresses keep their letters: only words are changed.
  const plain = items.filter((one) => !/[<&]/.test(one.title + one.summary))
  for (const one of plain) {
    const before = rank[screen(one).verdict]
    for (const [index, change] of changes.entries()) {
      const after = screen({ ...one, title: change(one.title), summary: change(one.summary) })
      if (rank[after.verdict] < before) expect({ id: one.id, change: index, verdict: after.verdict }).toEqual({ id: one.id, change: index, verdict: screen(one).verdict })
    }
  }
})

test("the order of links does not matter, and the same item gets the same answer", () => {
  fc.assert(fc.property(anyItem, fc.shuffledSubarray(["https://bit.ly/a", "https://forms.gle/b", "https://t.me/c", "https://nhandan.vn/d", "https://la.example-xyz.net/e"]), (one, extra) => {
    const answer = screen({ ...one, links: [...one.links, ...extra] })
    const turned = screen({ ...one, links: [...extra].reverse().concat([...one.links].reverse()) })
    expect([turned.verdict, turned.rule, turned.signals]).toEqual([answer.verdict, answer.rule, answer.signals])
    expect(screen(one)).toEqual(screen(structuredClone(one)))
  }), runs)
})

test("strange text never throws", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.array(fc.oneof(fc.webUrl(), fc.string({ maxLength: 60 })), { maxLength: 5 }), (text, links) => {
    expect(["allow", "hold", "block"]).toContain(screen(item({ title: text, summary: text, html: `<p>${text}</p>`, links })).verdict)
  }), { numRuns: 150 })
}, 30_000)

test.each<[string, Parameters<typeof item>[0]]>([
  ["1 MB of text", { text: "cá độ bóng đá tuần này ".repeat(45_000) }],
  ["100 000 nested tags", { html: `${"<div>".repeat(100_000)}x` }],
  ["100 000 closing tags", { html: `${"<b><i>".repeat(200)}${"</p>".repeat(100_000)}` }],
  ["10 000 links", { links: Array.from({ length: 10_000 }, (_, i) => `https://${i}.example-${i}.net/`) }],
  ["single letters", { text: "a ".repeat(200_000) }],
  ["dots", { text: "a.".repeat(200_000) }],
  ["one word", { text: "a".repeat(400_000) }],
  ["digits", { text: "0912 ".repeat(100_000) }],
  ["brackets", { text: "[.](chấm)".repeat(50_000) }],
  ["combining marks", { title: `a${"\u0301".repeat(200_000)}` }],
  ["look-alikes", { text: "а".repeat(300_000) }],
  ["styles", { html: `<style>${".a{color:#fff}".repeat(20_000)}</style><p style="${"a:b;".repeat(50_000)}">x</p>` }],
  ["attributes", { html: `<p ${"onx=1 ".repeat(50_000)}>` }],
  ["an unclosed tag", { html: `<a href="${"x".repeat(500_000)}` }],
  ["gap phrases", { text: "trước trong nếu tài khoản ủng hộ ".repeat(20_000) }],
  ["addresses in addresses", { links: [`${own}?u=${"https%3A%2F%2Fa.vn%3Fu%3D".repeat(2_000)}`] }],
])("%s: bounded in time, held at least when cut", (_, fields) => {
  const start = process.cpuUsage()
  const answer = screen(item(fields))
  expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2_500)
  if (fields!.text && fields!.text.length > 100_000) expect([answer.verdict === "allow", answer.signals.includes("LIMIT")]).toEqual([false, true])
}, 30_000)
