/**
 * Names per second of the judge, and its confusion table on the labelled examples and on the harder ones of our own.
 * Run: `npm run bench -- judge-names` or this file alone; `--seconds N` for a shorter run, `--json` for one document.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { checkout } from "../src/base/config.ts"
import { judgeName, loadRules, rulesetById, subjectOfRecord, type NameCase } from "../src/checks/index.ts"
import { verdicts, type Verdict } from "../src/model/finding.ts"

const argument = (name: string) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined)
const seconds = Number(argument("--seconds") ?? 5)
const rules = loadRules(join(checkout, "accounts"))
const read = (file: string) => JSON.parse(readFileSync(join(checkout, "test/fixtures", file), "utf8"))

interface Labelled {
  input: NameCase
  verdict: Verdict
}
const label = (unit: Parameters<typeof subjectOfRecord>[0], name: string, registered: boolean, ruleset: string, asOf: string, verdict: Verdict): Labelled => ({
  input: { unit: subjectOfRecord(unit), name, registered, ruleset: rulesetById(rules.rulesets, ruleset), asOf, gazetteer: rules.gazetteer },
  verdict,
})
type Example = { unit: never; observed: string; registered: boolean; ruleset: string; as_of: string; verdict: Verdict }
type Group = { unit: never; names: string[]; registered: boolean; ruleset: string; asOf: string; verdict: Verdict }
const sets: Record<string, Labelled[]> = {
  "name-examples.json": (read("name-examples.json") as Example[]).map((e) => label(e.unit, e.observed, e.registered, e.ruleset, e.as_of, e.verdict)),
  "name-hard.json": (read("name-hard.json") as Group[]).flatMap((g) => g.names.map((name) => label(g.unit, name, g.registered, g.ruleset, g.asOf, g.verdict))),
}

/** Rows: label; columns: answer. */
const confusion = (set: Labelled[]) => {
  const table = Object.fromEntries(verdicts.map((row) => [row, Object.fromEntries(verdicts.map((column) => [column, 0]))])) as Record<Verdict, Record<Verdict, number>>
  for (const { input, verdict } of set) table[verdict][judgeName(input).verdict] += 1
  return table
}
const tables = Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, confusion(set)]))

/** Each name differs from the last in its letters, so that no memory of whole names could help. */
const all = Object.values(sets).flat()
function measure(): { wall: number; cpu: number } {
  let judged = 0
  const began = performance.now()
  const cpu = process.cpuUsage()
  while (performance.now() - began < seconds * 1_000) {
    for (const { input } of all) judgeName({ ...input, name: `${input.name} ${judged++ % 97 || ""}` })
  }
  const used = process.cpuUsage(cpu)
  return { wall: judged / ((performance.now() - began) / 1_000), cpu: judged / ((used.user + used.system) / 1_000_000) }
}
measure()
const speed = measure()

if (process.argv.includes("--json")) console.log(JSON.stringify({ namesPerSecond: Math.round(speed.wall), namesPerCpuSecond: Math.round(speed.cpu), tables }))
else {
  console.log(`${Math.round(speed.wall)} names/s by the clock, ${Math.round(speed.cpu)} names per CPU second (${all.length} different names, one thread)`)
  for (const [name, table] of Object.entries(tables)) {
    console.log(`\n${name}\n${"label \\ answer".padEnd(24)}${verdicts.map((verdict) => verdict.padStart(23)).join("")}`)
    for (const row of verdicts) console.log(`${row.padEnd(24)}${verdicts.map((column) => String(table[row][column]).padStart(23)).join("")}`)
  }
}
