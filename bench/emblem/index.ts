/**
 * Fitting and benchmark of the emblem judge. Folders hold pictures that are not ours to ship, see README.md.
 *
 *   bun bench/emblem/index.ts fit|report --examples DIR [--coats DIR] [--flags DIR] [--logos DIR] [--photos DIR]
 *                                        [--work DIR] [--seed N] [--count N] [--measured] [--half tune|report]
 *
 * `fit` draws the tuning half, fits the weights and writes src/checks/images/weights.json; with --measured it takes the
 * scores of the last run.
 * `report` draws the other half with another seed and runs the whole judge on it.
 */
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { oddityNames, scoreNames, similarityNames } from "../../src/checks/images/compare.ts"
import { checkout } from "../../src/base/config.ts"
import type { Model } from "../../src/checks/images/model.ts"
import { type ClassName, classNames, derived, genuine } from "./classes.ts"
import { fitLogistic } from "./fit.ts"
import { type Counts, drawAll, measureAll, type Row } from "./measure.ts"
import { report } from "./report.ts"
import { type Half, loadSources } from "./sources.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    examples: { type: "string" }, coats: { type: "string" }, flags: { type: "string" }, logos: { type: "string" }, photos: { type: "string" },
    work: { type: "string", default: join(tmpdir(), "loa-emblem") }, seed: { type: "string" }, count: { type: "string" }, half: { type: "string" },
    measured: { type: "boolean" },
  },
})
const task = positionals[0]
if ((task !== "fit" && task !== "report") || !values.examples) throw new Error("usage: bench/emblem/index.ts fit|report --examples DIR …")
const half = (values.half ?? (task === "fit" ? "tune" : "report")) as Half
const seed = Number(values.seed ?? (task === "fit" ? 1 : 2))
const count = Number(values.count ?? 900)

/** Share of each class against the number of true emblems; derived classes are drawn richly, they are the hard ones. */
const shares: Record<ClassName, number> = {
  emblem: 1, emblem48: 0.1, relief: 0.1, mirrored: 0.125, defaced: 0.25, half: 0.2, recoloured: 0.125, rotated: 0.0625, small: 0.125,
  lookalike: 0.25, coat: 0.2, flag: 0.083, logo: 0.083, armylike: 0.167, photo: 0.1, text: 0.0625, shapes: 0.0625,
}
const counts = Object.fromEntries(classNames.map((name) => [name, Math.round(count * shares[name])])) as Counts

const sources = await loadSources({ examples: values.examples, coats: values.coats, flags: values.flags, logos: values.logos, photos: values.photos }, half)
console.error(Object.entries(sources).map(([kind, list]) => `${kind} ${list.length}`).join(", "))
const list = await drawAll(values.work, half, seed, counts, sources)
const referenceFile = join(checkout, "accounts", "images", "emblem-192.png")

if (task === "report") {
  console.log(await report(list))
} else {
  const cache = Bun.file(join(values.work, `rows-${half}-${seed}.json`))
  const rows: Row[] = values.measured && (await cache.exists()) ? await cache.json() : await measureAll(list, referenceFile)
  await Bun.write(cache, JSON.stringify(rows))
  const fitted = fit(rows)
  await Bun.write(join(checkout, "src", "checks", "images", "weights.json"), `${JSON.stringify(fitted, null, 2)}\n`)
  console.log(JSON.stringify(fitted, null, 1))
}

/** Mirrored pictures are left out: but for the lettering they are the emblem, and another test looks for them. */
function fit(all: Row[]): Model {
  const rows = all.filter((row) => row.class !== "mirrored" && (row.class !== "small" || row.pose.height < 0.5))
  const positive = (row: Row) => genuine.includes(row.class)
  const vectors = rows.map((row) => Float64Array.from(scoreNames, (name) => row.scores[name]))
  const signs = scoreNames.map((name) => ((oddityNames as readonly string[]).includes(name) ? -1 : 1))
  const importance = rows.map((row) => (derived.includes(row.class) ? 2 : 1))
  const { weights, intercept } = fitLogistic(vectors, rows.map(positive), importance, signs, 1 / rows.length)
  const emblems = rows.filter(positive)
  const round = (value: number, digits = 4) => Number(value.toFixed(digits))
  const limit = (name: (typeof scoreNames)[number]) => {
    const sorted = emblems.map((row) => row.scores[name]).sort((a, b) => a - b)
    const similar = (similarityNames as readonly string[]).includes(name)
    return round(sorted[Math.floor((similar ? 0.003 : 0.997) * (sorted.length - 1))]!, 3)
  }
  const raw = scoreNames.map((name, i) => [name, round(weights[i]!)] as const).filter(([, weight]) => weight !== 0)
  const model: Model = { version: "1", intercept: round(intercept), weights: Object.fromEntries(raw), limits: Object.fromEntries(scoreNames.map((name) => [name, limit(name)])) as Model["limits"] }
  return model
}
