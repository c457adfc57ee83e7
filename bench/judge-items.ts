/** `bun bench/judge-items.ts [--json]`: items per second on one core and the confusion table of the source firewall on the labelled sets. */
import { readFileSync } from "node:fs"
import { createScreen, loadLexicon, type LabelledItem, type ScreenOutcome } from "../src/checks/screen/index.ts"

const at = (path: string) => new URL(`../${path}`, import.meta.url).pathname
const MEASURE_MS = 2_000

export interface ItemsResult {
  set: string
  items: number
  /** By processor time, so that a busy machine does not blur it. */
  perSecond: number
  /** label → verdict → count */
  confusion: Record<LabelledItem["label"], Record<ScreenOutcome, number>>
}

export function judgeItems(): ItemsResult[] {
  const { screen } = createScreen(loadLexicon(at("accounts/lexicon")))
  return ["plans.json", "own.json"].map((set) => {
    const items = JSON.parse(readFileSync(at(`accounts/lexicon/examples/${set}`), "utf8")) as LabelledItem[]
    const confusion = { spam: { allow: 0, hold: 0, block: 0 }, legit: { allow: 0, hold: 0, block: 0 } }
    for (const item of items) confusion[item.label][screen(item).verdict] += 1
    // Every round has other texts, so that nothing but syllables and hosts is remembered.
    for (let round = 0; round < 20; round++) for (const item of items) screen(item)
    let judged = 0
    const start = process.cpuUsage()
    const end = performance.now() + MEASURE_MS
    while (performance.now() < end) {
      for (const item of items) screen({ ...item, summary: `${item.summary} Kỳ ${judged}.`, links: item.links.map((link) => (link.includes("gov.vn/") ? `${link}?x=${judged}` : link)) })
      judged += items.length
    }
    const used = process.cpuUsage(start)
    return { set, items: items.length, perSecond: Math.round(judged / ((used.user + used.system) / 1e6)), confusion }
  })
}

if (import.meta.main) {
  const results = judgeItems()
  if (process.argv.includes("--json")) console.log(JSON.stringify(results, null, 2))
  else
    for (const { set, items, perSecond, confusion } of results) {
      console.log(`${set}: ${items} items, ${perSecond} items/s`)
      for (const label of ["spam", "legit"] as const) console.log(`  ${label.padEnd(6)} allow ${confusion[label].allow}  hold ${confusion[label].hold}  block ${confusion[label].block}`)
    }
}
