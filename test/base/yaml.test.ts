/** The quick reader must never say anything else than the exact one: it answers the same or leaves the text to it. */
import { expect, test } from "bun:test"
import { Glob } from "bun"
import fc from "fast-check"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { parseYaml, quickYaml } from "../../src/base/yaml.ts"

const shipped = [...new Glob("{accounts,templates}/**/*.yaml").scanSync(".")].sort()

test("every file the repository ships reads the same, and nearly all of them quickly", () => {
  const slow = shipped.filter((file) => quickYaml(readFileSync(file, "utf8")) === undefined)
  for (const file of shipped) expect(parseYaml(readFileSync(file, "utf8"))).toEqual(parse(readFileSync(file, "utf8")))
  expect(slow.length).toBeLessThanOrEqual(2)
})

test.each([
  ["a: don't\nb: isn't & 'x", "letters that look like quotes and anchors inside words"],
  ["a: b|c & d\nl: [a|b, \"c: d\", <số>]", "signs inside words"],
  ["a: >-\n  x y\n  z\n\n  second\nb: 1\n", "a folded text"],
  ["a: |\n  x: 1\n  y\nb: 2\n", "a block whose lines look like keys"],
  ["a: 0123\nb: 0o17\nc: 1_000\nd: yes\ne: 12:30\nf: 2025-01-02\ng: 0x1f\nh: .5\ni: 1e3\nj: ~\nk:\nl: NULL\nm: True\nn: off", "scalars of the core schema"],
  ["", "nothing"],
])("%j reads as the exact reader reads it (%s)", (text) => {
  expect(parseYaml(text)).toEqual(parse(text))
})

test.each(["k: &x 1\nl: *x", "<<: 1", "- a\n- *b", "x: !!str 1", "? a\n: b", "a:\t1", "a: 1\na: 2", '"a": 1', "%YAML 1.2\n---\na: 1", "a: @b", "[a, |b]"])("%j is left to the exact reader", (text) => {
  expect(quickYaml(text)).toBeUndefined()
})

test("mistakes and runaway aliases are told by the exact reader", () => {
  expect(() => parseYaml("a: 1\na: 2")).toThrow(/unique.*line 2/s)
  expect(() => parseYaml("a: &x [1]\nb: [*x, *x]")).toThrow(/alias/i)
})

test("any plain document: the same value, or none", () => {
  const piece = fc.constantFrom("a", "b: ", "- ", "\n", "  ", "'", '"', "&", "*x", "|", ">-", "#", " #", ":", ", ", "[", "]", "{", "}", "1", "yes", "~", "ố", "%", "@", "?", "!", "...", "---")
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join("")), (text) => {
      const quick = quickYaml(text)
      if (quick === undefined) return
      expect(quick).toEqual(parse(text))
    }),
    { numRuns: 20_000, seed: 3 },
  )
})
