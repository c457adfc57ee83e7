/**
 * `npm test`: types, then every test, then the tests of the rooms that keep something once more on PostgreSQL, then one plain line `N passed, N failed` (`, N skipped` where the machine lacks what a
 * test needs, for example a browser). Arguments go to `bun test`. Exit code 1 when anything failed or nothing ran.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { PostgresServer } from "../test/support/postgres.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const bun = process.execPath

function run(args: string[], onLine?: (line: string) => void, extra: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(bun, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TZ: "UTC", FORCE_COLOR: "0", ...extra } })
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
const count = (line: string) => {
  const match = /^\s*(\d+) (pass|fail|skip|error)s?\b/.exec(line)
  if (!match) return
  const n = Number(match[1])
  if (match[2] === "pass") passed += n
  else if (match[2] === "skip") skipped += n
  else failed += n
}
async function leg(args: string[], env: Record<string, string>) {
  const before = failed
  const code = await run(["test", "--no-orphans", ...args], count, env)
  if (code !== 0 && failed === before) failed += 1
}

/** What keeps something in the database, through its rooms and through the front door; the suite on SQLite has everything. */
const onPostgres = [
  "outbox", "articles", "feeds", "registry", "checks/accounts", "alerts", "metrics", "networks", "web/people.test.ts", "web/desk.test.ts", "reports/documents.test.ts",
  "flows/publish.test.ts", "flows/restore.test.ts", "flows/watch.test.ts", "flows/reach.test.ts", "flows/webhooks.test.ts",
].map((path) => `test/${path}`)

// One server for the whole run: a test that runs out of time takes the processes it knows with it.
const server = process.env.LOA_TEST_DATABASE_URL ? null : await PostgresServer.start()
const database = { LOA_TEST_DATABASE_URL: process.env.LOA_TEST_DATABASE_URL ?? server!.url("postgres") }
await leg(only, database)
if (!only.length) {
  process.stdout.write("\nPostgreSQL:\n")
  await leg(["--timeout", "30000", ...onPostgres], { ...database, LOA_TEST_ENGINE: "postgres" })
}
await server?.dispose()
if (passed === 0) failed = Math.max(1, failed)
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}\n`)
process.exit(failed ? 1 : 0)
