import { expect, test } from "bun:test"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { CommandContext } from "../../../src/cli/command.ts"
import { screenCommand } from "../../../src/cli/screen.ts"
import { item } from "./support.ts"

const run = (stdin: unknown, more: Partial<CommandContext> = {}) =>
  screenCommand.run({
    values: {}, positionals: [], lang: "vi", json: true, cwd: tmpdir(), progress: () => undefined, signal: new AbortController().signal,
    app: { config: { registryDir: join(tmpdir(), "no-such-registry") } } as CommandContext["app"],
    stdin: async () => JSON.stringify(stdin),
    ...more,
  })

test("one object or an array; exit 0 when all may be published, 1 when a person is needed", async () => {
  const clean = await run({ ...item(), id: "t1" })
  expect([clean.exit, clean.json]).toEqual([0, { results: [expect.objectContaining({ id: "t1", verdict: "allow", signals: expect.any(Array), reasons: expect.any(Array) })] }])
  const mixed = await run([item(), item({ title: "Nổ hũ 88 uy tín" })])
  expect([mixed.exit, (mixed.json as { results: { id: string; verdict: string }[] }).results.map(({ id, verdict }) => `${id} ${verdict}`)]).toEqual([1, ["0 allow", "1 block"]])
  expect(mixed.text).toContain("CHẶN")
})

test("bad input names every mistake", async () => {
  expect(run([{ title: "x" }, 5])).rejects.toThrow(/tin 0 · source.*\n.*tin 1/s)
})

test("a list is tried on the labelled examples", async () => {
  const dir = mkdtempSync(join(tmpdir(), "loa-lexicon-"))
  try {
    const good = await run(null, { values: { "check-lexicon": true } })
    expect([good.exit, good.text.startsWith("Dùng được")]).toEqual([0, true])
    writeFileSync(join(dir, "words.yaml"), "- { group: LEX-GAMBLE, strength: strong, words: [hội nghị] }\n")
    const bad = await run(null, { values: { "check-lexicon": true }, positionals: [dir] })
    expect([bad.exit, (bad.json as { accepted: boolean }).accepted, bad.text.startsWith("Không dùng được")]).toEqual([1, false, true])
  } finally {
    rmSync(dir, { recursive: true })
  }
})
