/**
 * Pictures the benchmark composes from. All stay outside the repository; folders are given on the command line, and
 * every kind is split in two halves so that what tunes never reports.
 */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import sharp from "sharp"

export type Half = "tune" | "report"

export interface Source {
  name: string
  /** RGBA PNG, trimmed, at most 700 px. */
  png: Buffer
}

export interface Sources {
  emblems: Source[]
  lookalikes: Source[]
  coats: Source[]
  flags: Source[]
  logos: Source[]
  photos: Source[]
}

export interface Folders {
  /** Holds emblem/ and lookalike/. */
  examples: string
  coats?: string
  flags?: string
  logos?: string
  photos?: string
}

/** Drawings of the emblem alternate between the halves by family, so each half knows each style by another file. */
const tuneEmblems = ["W1", "W3", "C1", "L1", "L6"]

export async function loadSources(folders: Folders, half: Half): Promise<Sources> {
  const mine = (files: string[]) => files.filter((_, i) => (i % 2 === 0) === (half === "tune"))
  const list = (folder: string | undefined, pattern: RegExp) =>
    folder && existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).filter((file) => pattern.test(file)).sort().map((file) => join(folder, file)) : []
  const pictures = /\.(svg|png|webp|jpe?g)$/i
  const emblems = list(join(folders.examples, "emblem"), pictures).filter((file) => tuneEmblems.some((name) => file.includes(`/${name}`)) === (half === "tune"))
  return {
    emblems: await loadAll(emblems, true),
    lookalikes: await loadAll(mine(list(join(folders.examples, "lookalike"), pictures)), true),
    coats: await loadAll(mine(list(folders.coats, /\.svg$/).filter((file) => !file.endsWith("VN.svg"))), true, 103),
    flags: await loadAll(mine(list(folders.flags, /\.svg$/)), false, 60),
    logos: await loadAll(mine(list(folders.logos, /\.svg$/)), true, 60),
    photos: await loadAll(mine(list(folders.photos, /\.(png|jpe?g)$/)), false),
  }
}

async function loadAll(files: string[], trim: boolean, max = Infinity): Promise<Source[]> {
  const sources: Source[] = []
  const step = Math.max(1, files.length / max)
  for (let i = 0; i < files.length; i += step) {
    const file = files[Math.floor(i)]!
    try {
      const large = sharp(file, { density: file.endsWith(".svg") ? 96 : undefined, limitInputPixels: 60_000_000 }).resize(700, 700, { fit: "inside", withoutEnlargement: !file.endsWith(".svg") }).ensureAlpha()
      const png = await large.png().toBuffer()
      sources.push({ name: file.split("/").at(-1)!, png: trim ? await sharp(png).trim({ background: "#00000000", threshold: 1 }).png().toBuffer().catch(() => png) : png })
    } catch {
      // A drawing the renderer cannot read is no loss to a benchmark.
    }
  }
  return sources
}
