/**
 * `npm run security [-- --url https://… --only 1,26]`: the 63 checks of the security list against a running server. Without `--url` it
 * starts one of its own. Every line says `ok`, `FAIL` or `not checked: reason` with what was seen; exit 1 when anything failed.
 */
import { parseArgs } from "node:util"
import { fail, skip, type Check, type Outcome } from "./security/check.ts"
import { checks } from "./security/list.ts"
import { ownTarget, Visitor, type Target } from "./security/target.ts"

const { values } = parseArgs({ options: { url: { type: "string" }, only: { type: "string" }, json: { type: "boolean" } } })
const only = values.only?.split(",").map(Number)

const began = Date.now()
const base = values.url?.replace(/\/+$/, "")
const opened = base ? { target: { url: base, own: null, visitor: (address?: string) => new Visitor(base, address) } satisfies Target, close: async () => undefined } : await ownTarget()
const results: (Outcome & Pick<Check, "n" | "title" | "anchor"> & { ms: number })[] = []
for (const check of checks) {
  if (only && !only.includes(check.n)) continue
  const from = Date.now()
  const outcome = !opened.target.own && !check.remote ? skip("needs the server that this script starts itself (no --url)") : await check.run(opened.target).catch((error: unknown) => fail(`the check broke: ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 3).join(" ") : String(error)}`))
  results.push({ n: check.n, title: check.title, anchor: check.anchor, ms: Date.now() - from, ...outcome })
  if (!values.json) console.log(`${String(check.n).padStart(2)} ${outcome.state === "not checked" ? `not checked: ${check.title}` : `${outcome.state.padEnd(4)} ${check.title}`} [${check.anchor}] – ${outcome.evidence}`)
}
await opened.close()
const count = (state: string) => results.filter((result) => result.state === state).length
if (values.json) console.log(JSON.stringify({ url: opened.target.url, results }, null, 1))
else console.log(`\n${count("ok")} ok, ${count("FAIL")} failed, ${count("not checked")} not checked, ${Math.round((Date.now() - began) / 1000)} s`)
process.exit(count("FAIL") ? 1 : 0)
