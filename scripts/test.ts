/**
 * `npm test`: types, every test on SQLite, then everything that opens a database on PostgreSQL, two files at a time, then one plain line
 * `N passed, N failed` (`, N skipped` where the machine lacks what a test needs, for example a browser).
 * `--engine postgres` (or `sqlite`) runs every test on that engine only. Other arguments go to `bun test`.
 * PostgreSQL is one of our own, or the server that LOA_TEST_DATABASE_URL names: its user may create databases, and none of them stays.
 * Exit code 1 when anything failed or nothing ran.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import { dropAllOf, givenServer, makeTemplate, prefixOf } from "../test/support/databases.ts"
import { PostgresServer } from "../test/support/postgres.ts"
import { aboutPostgres, onPostgres } from "../test/support/plan.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const bun = process.execPath
const { engine, only } = words(process.argv.slice(2))
const tally = { passed: 0, failed: 0, skipped: 0 }
const say = (text: string) => void process.stdout.write(text)

function words(list: string[]): { engine: "sqlite" | "postgres" | null; only: string[] } {
  const at = list.findIndex((word) => /^--engine(=|$)/.test(word))
  if (at < 0) return { engine: null, only: list }
  const [, given] = list[at]!.split("=")
  const value = given ?? list[at + 1]
  if (value !== "sqlite" && value !== "postgres") {
    console.error("--engine sqlite | postgres")
    process.exit(2)
  }
  return { engine: value, only: list.toSpliced(at, given === undefined ? 2 : 1) }
}

let child: ChildProcess | null = null
let stopped: NodeJS.Signals | null = null
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopped ??= signal
    child?.kill(signal)
  })
}

function run(args: string[], onLine?: (line: string) => void, extra: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    child = spawn(bun, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TZ: "UTC", FORCE_COLOR: "0", ...extra } })
    let rest = ""
    const take = (chunk: Buffer) => {
      process.stdout.write(chunk)
      const lines = (rest + chunk.toString()).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) onLine?.(line)
    }
    child.stdout!.on("data", take)
    child.stderr!.on("data", take)
    child.on("close", (code) => resolve(code ?? 1))
  })
}

function count(line: string) {
  const match = /^\s*(\d+) (pass|fail|skip|error)s?\b/.exec(line)
  if (!match) return
  const n = Number(match[1])
  if (match[2] === "pass") tally.passed += n
  else if (match[2] === "skip") tally.skipped += n
  else tally.failed += n
}

async function leg(name: string, args: string[], env: Record<string, string>) {
  if (stopped) return
  say(`\n${name}:\n`)
  const [before, began] = [tally.failed, performance.now()]
  const code = await run(["test", "--no-orphans", ...args], count, env)
  if (code !== 0 && tally.failed === before) tally.failed += 1
  say(`${name}: ${Math.round((performance.now() - began) / 1_000)} s\n`)
}

if (!only.length) {
  const types = await run(["x", "tsc", "--noEmit", "-p", root])
  if (types === 0) tally.passed += 1
  else tally.failed += 1
  say(types === 0 ? "types: ok\n" : "types: FAILED\n")
}

// One server for the whole run: a test that runs out of time takes the processes it knows with it.
const given = process.env.LOA_TEST_DATABASE_URL
const server = given
  ? null
  : await PostgresServer.start().catch((error: Error) => {
      say(`PostgreSQL: FAILED\n${error.message}\n`)
      tally.failed += 1
      return null
    })
const address = given ?? server?.url("postgres")
const name = randomBytes(4).toString("hex")
const database: Record<string, string> = { LOA_TEST_RUN: name, ...(address ? { LOA_TEST_DATABASE_URL: address } : {}) }
if (address && (engine === "postgres" || !only.length)) {
  const common = givenServer(address)
  const template = await makeTemplate(common, `${prefixOf(name)}template`).catch((error: Error) => {
    say(`the tables could not be made on PostgreSQL:\n${error.message}\n`)
    tally.failed += 1
  })
  if (template) database.LOA_TEST_TEMPLATE = template
  await common.close()
}
const onServer = { ...database, LOA_TEST_ENGINE: "postgres" }
// Most of these tests wait for processes and servers more than they reckon. The slowest begin first.
const abreast = ["--parallel=2", "--timings=test/support/timings.json"]

if (engine !== "postgres") await leg("SQLite", only.length ? only : [`--path-ignore-patterns=${aboutPostgres}/**`], database)
if (address && engine === "postgres") await leg("PostgreSQL", only.length ? only : abreast, onServer)
else if (address && engine === null && !only.length) await leg("PostgreSQL", [...abreast, ...onPostgres(root)], onServer)

if (given) {
  const found = await dropAllOf(name, given).catch((error: Error) => (say(`what tests left on the server could not be taken away: ${error.message}\n`), 0))
  const left = found - (database.LOA_TEST_TEMPLATE ? 1 : 0)
  if (left > 0) say(`databases of tests that were stopped, taken away: ${left}\n`)
}
await server?.dispose()
if (stopped) process.exit(130)
if (tally.passed === 0) tally.failed = Math.max(1, tally.failed)
say(`\n${tally.passed} passed, ${tally.failed} failed${tally.skipped ? `, ${tally.skipped} skipped` : ""}\n`)
process.exit(tally.failed ? 1 : 0)
