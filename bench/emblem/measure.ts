/** Draws the samples of one half and measures them; results are kept in a cache file because drawing is slow. */
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"
import { decode } from "../../src/checks/images/decode.ts"
import { emblemReference, measure, type Measured } from "../../src/checks/images/emblem.ts"
import { drawingOf } from "../../src/checks/images/reference.ts"
import { type ClassName, classNames, drawSample } from "./classes.ts"
import { seeded } from "./random.ts"
import type { Half, Sources } from "./sources.ts"

export type Counts = Partial<Record<ClassName, number>>

export interface Row extends Measured {
  class: ClassName
  source: string
  size: number
  file: string
}

/** Draws the pictures of a half into a folder; already drawn ones stay. */
export async function drawAll(folder: string, half: Half, seed: number, counts: Counts, sources: Sources): Promise<{ class: ClassName; source: string; size: number; file: string }[]> {
  const into = join(folder, `${half}-${seed}`)
  mkdirSync(into, { recursive: true })
  const list: { class: ClassName; source: string; size: number; file: string }[] = []
  for (const name of classNames) {
    const count = counts[name] ?? 0
    for (let i = 0; i < count; i++) {
      const note = join(into, `${name}-${i}.json`)
      if (!existsSync(note)) {
        const sample = await drawSample(name, i, seeded(seed * 1_000_003 + nameNumber(name) * 10_007 + i), sources)
        await Bun.write(join(into, `${name}-${i}.img`), sample.bytes)
        await Bun.write(note, JSON.stringify({ class: name, source: sample.source, size: sample.size, file: join(into, `${name}-${i}.img`) }))
      }
      list.push(await Bun.file(note).json())
      if (list.length % 500 === 0) console.error(`${half}: ${list.length} pictures drawn`)
    }
  }
  return list
}

/** A class keeps its pictures when another is added before it. */
const nameNumber = (name: string) => [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_973, 7)

export async function loadReference(file: string) {
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return emblemReference(drawingOf(data, info.width, info.height))
}

export async function measureAll(list: Awaited<ReturnType<typeof drawAll>>, referenceFile: string): Promise<Row[]> {
  const reference = await loadReference(referenceFile)
  const rows: Row[] = []
  for (const entry of list) {
    const decoded = await decode(await Bun.file(entry.file).bytes())
    if ("problem" in decoded) throw new Error(`${entry.file}: ${decoded.problem}`)
    rows.push({ ...entry, ...measure(decoded.raster, reference) })
  }
  return rows
}
