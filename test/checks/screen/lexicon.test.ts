import { expect, test } from "bun:test"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkLexicon, createScreen, defang, loadLexicon, readItems, readLexicon, type LabelledItem } from "../../../src/checks/screen/index.ts"
import { item, lexicon, lexiconDir } from "./support.ts"

function withFolder(run: (dir: string) => void) {
  const dir = mkdtempSync(join(tmpdir(), "loa-lexicon-"))
  try {
    run(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
const labelled: LabelledItem[] = [
  { ...item({ title: "Nổ hũ mỗi ngày", summary: "" }), id: "a", label: "spam", expected: "block", acceptable: ["block", "hold"] },
  { ...item({ title: "Hội nghị tổng kết", summary: "" }), id: "b", label: "legit", expected: "allow", acceptable: ["allow", "hold"] },
]

test("every mistake of every file is named with file, entry, field and expectation", () => {
  withFolder((dir) => {
    cpSync(lexiconDir, dir, { recursive: true })
    writeFileSync(join(dir, "words.yaml"), "- group: LEX-UNKNOWN\n  strength: strong\n  words: [a, 789, 'nổ (hũ']\n- group: LEX-LOAN\n  strength: medium\n  wrods: []\n")
    writeFileSync(join(dir, "contexts.yaml"), "- context: [")
    writeFileSync(join(dir, "topics.yaml"), "- topic: x\n  words: []\n")
    const { lexicon: none, mistakes } = readLexicon(dir)
    expect(none).toBeNull()
    expect(new Set(mistakes.map(({ file, entry, field }) => `${file} ${entry ?? ""} ${field}`))).toEqual(
      new Set(["words.yaml mục 1 group", "words.yaml mục 1 words.1", "words.yaml mục 1 words.2", "words.yaml mục 1 words.3", "words.yaml mục 2 strength", "words.yaml mục 2 words", "words.yaml mục 2 wrods", "contexts.yaml  YAML", "topics.yaml mục 1 words"]),
    )
    for (const mistake of mistakes) expect(mistake.expected).not.toBe("")
    expect(() => loadLexicon(dir)).toThrow(/mistake/)
  })
})

test("a missing file comes from the built-in lists; a word the office adds takes effect", () => {
  withFolder((dir) => {
    writeFileSync(join(dir, "words.yaml"), "- { group: LEX-BRAND, strength: strong, words: [thuyền rồng vàng] }\n")
    const changed = createScreen(loadLexicon(dir, lexiconDir))
    expect(changed.screen(item({ title: "Thuyền rồng vàng khai trương", summary: "" })).verdict).toBe("block")
  })
})

test("a changed list is judged first: what it breaks is named, and it is refused", () => {
  const harmless = { ...lexicon, words: [...lexicon.words, { group: "LEX-BRAND" as const, strength: "strong" as const, words: ["thuyền rồng vàng"] }] }
  expect(checkLexicon(harmless, labelled, lexicon)).toEqual({ accepted: true, examples: 2, changes: [], heldShare: 0 })
  const hungry = { ...lexicon, words: [...lexicon.words, { group: "LEX-GAMBLE" as const, strength: "strong" as const, words: ["hội nghị"] }] }
  const refused = checkLexicon(hungry, labelled, lexicon)
  expect([refused.accepted, refused.changes.map(({ id, before, after, broken }) => ({ id, before, after, broken }))]).toEqual([false, [{ id: "b", before: "allow", after: "block", broken: true }]])
  const blind = checkLexicon({ ...lexicon, words: [] }, labelled, lexicon)
  expect(blind.changes.map(({ id, broken }) => ({ id, broken }))).toEqual([{ id: "a", broken: true }])
})

test("items from outside: every mistake with its index", () => {
  expect(readItems({ source: { unit: "x", feed_host: "a.gov.vn" }, title: "A", summary: null }, "t")).toEqual([{ source: { unit: "x", feed_host: "a.gov.vn" }, title: "A", summary: "", html: undefined, text: undefined, links: [] }])
  try {
    readItems([{ title: 1, source: { unit: "x" } }, null], "items.json")
    expect.unreachable()
  } catch (error) {
    expect((error as { mistakes: { entry: string; field: string }[] }).mistakes.map(({ entry, field }) => `${entry} ${field}`)).toEqual(["tin 0 source.feed_host", "tin 0 title", "tin 1 tin"])
  }
})

test("defang leaves nothing to click, twice changes nothing", () => {
  const text = "Xem https://evil.top/a?b=1 và kubet88.vip, thư a@b.vn"
  expect(defang(text)).toBe("Xem hxxps://evil[.]top/a?b=1 và kubet88[.]vip, thư a@b.vn")
  expect(defang(defang(text))).toBe(defang(text))
})
