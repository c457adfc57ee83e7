/** Runs the whole judge over drawn pictures and sums up by class, as a Markdown table. */
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import { createImageJudge, type ImageVerdict } from "../../src/checks/images/index.ts"
import { type ClassName, classNames, genuine } from "./classes.ts"
import type { drawAll } from "./measure.ts"

interface Judged {
  class: ClassName
  source: string
  size: number
  file: string
  answer: ImageVerdict
  ms: number
  /** Processor time of all threads: what a busy machine cannot spoil. */
  cpuMs: number
}

export async function report(list: Awaited<ReturnType<typeof drawAll>>): Promise<string> {
  const judge = createImageJudge({ imagesDir: join(checkout, "accounts", "images") })
  for (const warm of list.slice(0, 20)) await judge.judge(await Bun.file(warm.file).bytes(), { expect: ["emblem"] })
  const judged: Judged[] = []
  for (const entry of list) {
    const bytes = await Bun.file(entry.file).bytes()
    const from = performance.now()
    const cpuFrom = process.cpuUsage()
    const answer = await judge.judge(bytes, { expect: ["emblem"] })
    const { user, system } = process.cpuUsage(cpuFrom)
    judged.push({ ...entry, answer, ms: performance.now() - from, cpuMs: (user + system) / 1_000 })
  }
  return [byClass(judged), "", figures(judged), "", surprises(judged)].join("\n")
}

const isMirrorAlarm = (entry: Judged) => entry.answer.evidence.mirrored === true && entry.answer.explanation.includes("lật ngược")

function byClass(judged: Judged[]): string {
  const lines = ["| class | pictures | match | doubtful | other |", "|---|---:|---:|---:|---:|"]
  for (const name of classNames) {
    const mine = judged.filter((entry) => entry.class === name)
    if (!mine.length) continue
    const count = (verdict: string) => mine.filter((entry) => entry.answer.verdict === verdict).length
    lines.push(`| ${name} | ${mine.length} | ${count("match")} | ${count("doubtful")} | ${count("other")} |`)
  }
  return lines.join("\n")
}

function figures(judged: Judged[]): string {
  const of = (...names: ClassName[]) => judged.filter((entry) => names.includes(entry.class))
  const matched = (list: Judged[]) => list.filter((entry) => entry.answer.verdict === "match").length
  const rate = (part: number, list: unknown[]) => `${part}/${list.length} (${((100 * part) / Math.max(1, list.length)).toFixed(2)} %)`
  const emblems = of("emblem")
  const negatives = judged.filter((entry) => !genuine.includes(entry.class) && entry.class !== "mirrored")
  const strangers = of("lookalike", "coat", "flag", "photo", "logo", "text", "shapes", "armylike")
  const legible = of("mirrored").filter((entry) => entry.size * (entry.answer.evidence.heightShare ?? 0) >= 170)
  const usual = judged.filter((entry) => entry.class !== "emblem48" && entry.class !== "mirrored")
  const time = (list: Judged[], share: number, of: "ms" | "cpuMs" = "ms") => list.map((entry) => entry[of]).sort((a, b) => a - b)[Math.floor(share * (list.length - 1))]!.toFixed(1)
  const sources = [...new Set(emblems.map((entry) => entry.source))].sort()
  return [
    `- true emblems matched: ${rate(matched(emblems), emblems)}; by drawing: ${sources.map((source) => `${source} ${rate(matched(emblems.filter((e) => e.source === source)), emblems.filter((e) => e.source === source))}`).join(", ")}`,
    `- 48-pixel avatars matched: ${rate(matched(of("emblem48")), of("emblem48"))}`,
    `- strong 3-D reliefs matched: ${rate(matched(of("relief")), of("relief"))}`,
    `- others matched, mirrored left out: ${rate(matched(negatives), negatives)}; of strangers: ${rate(matched(strangers), strangers)}`,
    `- mirror alarms on true emblems: ${rate(emblems.filter(isMirrorAlarm).length, emblems)}; mirrored caught: ${rate(of("mirrored").filter(isMirrorAlarm).length, of("mirrored"))}, of those with an emblem of 170 px or more: ${rate(legible.filter(isMirrorAlarm).length, legible)}`,
    `- doubtful, mirrored left out: ${rate(usual.filter((entry) => entry.answer.verdict === "doubtful").length, usual)}`,
    `- ms per picture with sharp: true emblems p50 ${time(emblems, 0.5)}, p95 ${time(emblems, 0.95)}; all p50 ${time(judged, 0.5)}, p95 ${time(judged, 0.95)}; processor time of true emblems p50 ${time(emblems, 0.5, "cpuMs")}, p95 ${time(emblems, 0.95, "cpuMs")}; all p50 ${time(judged, 0.5, "cpuMs")}, p95 ${time(judged, 0.95, "cpuMs")}`,
  ].join("\n")
}

/** Wrong answers by name, so that they can be looked at. */
function surprises(judged: Judged[]): string {
  const wrong = judged.filter((entry) => (genuine.includes(entry.class) ? entry.answer.verdict !== "match" : entry.class !== "mirrored" && entry.answer.verdict === "match"))
  return wrong.map((entry) => `<!-- ${entry.file} ${entry.source} ${entry.size}px: ${entry.answer.explanation} -->`).join("\n")
}
