import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { checkout } from "../../src/base/config.ts"
import { readYaml } from "../../src/registry/yaml.ts"
import { small } from "./folder.ts"

const value = (text: string) => {
  const file = readYaml(text)
  return "mistakes" in file ? file.mistakes : file.value
}

test("the quick reader and the exact one say the same", () => {
  const shipped = ["province-portal", "departments", "wards", "communes", "former"].map((name) => readFileSync(`${checkout}/accounts/units/${name}.yaml`, "utf8"))
  for (const text of [...shipped, small, "a: 'it''s: x' # b: 1\nc: \"d: \\\" e\"\n", "- {a: 1, b: [x, y]}\n- c: ~\n", "a: |\n  b: 1\n  c: 2\n", "x: 12:30\ny: 2025-07-01\n"]) {
    expect(value(text)).toEqual(parse(text))
  }
})

test.each(["a: 1\na: 2\n", "- {a: 1, b: 2, a: 3}\n", '"a": 1\n"a": 2\n', "a:\n  b: 1\n  b: 2\nc: 3\n"])("a key that stands twice is a mistake with its line: %s", (text) => {
  expect(value(text)).toMatchObject([{ line: expect.any(Number), expected: "YAML đúng cú pháp" }])
})

test("no text is read again from each of its letters", () => {
  // Quadratic reading would take minutes here, so the bound holds on the slowest machine.
  const started = performance.now()
  for (const text of [`a: ${"x".repeat(1_000_000)}`, `a: ${"x ".repeat(100_000)}`, `a: ${'"'.repeat(30_000)}`, `a: "${"\\\"".repeat(30_000)}`, "'".repeat(30_000), "a:".repeat(30_000)]) readYaml(text)
  expect(performance.now() - started).toBeLessThan(30_000)
}, 60_000)
