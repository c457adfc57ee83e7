/**
 * `npm test`: types, then every test, then one plain line `N passed, N failed` (`, N skipped` where the machine lacks what a
 * test needs, for example a browser). Arguments go to `bun test`. Exit code 1 when anything failed or nothing ran.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const bun = process.execPath

function run(args: string[], onLine?: (line: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(bun, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TZ: "UTC", FORCE_COLOR: "0" } })
    let rest = ""
    const take = (chunk: Buffer) => {
      process.stdout.write(chunk)
      const lines = (rest + chunk.toString()).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) onLine?.(line)
    }
    child.stdout.on("data", take)
    child.stderr.on("data", take)
    child.on("close", (code) => resolve(code ?? 1))
  })
}

const only = process.argv.slice(2)
let failed = 0
let passed = 0
let skipped = 0

if (!only.length) {
  const types = await run(["x", "tsc", "--noEmit", "-p", root])
  if (types === 0) passed += 1
  else failed += 1
  process.stdout.write(types === 0 ? "types: ok\n" : "types: FAILED\n")
}
const code = await run(["test", "--no-orphans", ...only], (line) => {
  const match = /^\s*(\d+) (pass|fail|skip|error)s?\b/.exec(line)
  if (!match) return
  const count = Number(match[1])
  if (match[2] === "pass") passed += count
  else if (match[2] === "skip") skipped += count
  else failed += count
})
if (code !== 0 && failed === 0) failed = 1
if (passed === 0) failed = Math.max(1, failed)
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}\n`)
process.exit(failed ? 1 : 0)
