/** The registered pictures of `accounts/images/`: the emblem, approved logos, and signs worth naming. Read when first needed. */
import { statSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { checkout } from "../../base/config.ts"
import { sha256 } from "../../base/hash.ts"
import { parseYaml } from "../../base/yaml.ts"
import { emblemReference, type EmblemReference } from "./emblem.ts"
import { drawingOf, type Drawing } from "./reference.ts"
import { signReference, type SignReference } from "./sign.ts"

export interface NamedSign {
  id: string
  /** Vietnamese, as it reads in "giống …". */
  label: string
  /** Resemblance from which it is named, when the usual limit does not suit its drawing. */
  from?: number
  references: SignReference[]
}

export interface Library {
  emblem(): Promise<{ reference: EmblemReference; sha256: string }>
  /** Approved drawings of a logo; empty when none is registered. */
  logo(id: string): Promise<SignReference[]>
  signs(): Promise<NamedSign[]>
}

const signsFile = z.array(
  z.object({
    id: z.string().regex(/^[a-z0-9-]+$/),
    label: z.string().min(1),
    from: z.number().min(0).max(1).optional(),
    files: z.array(z.string().regex(/^[a-z0-9.-]+\.png$/)).min(1),
  }),
)

/** A logo may be registered in this many drawings: `<id>.png`, `<id>.2.png`, … */
const drawingsMax = 4

/** Files of `imagesDir` win; what it lacks comes from the checkout. A changed file is read again. */
export function openLibrary(imagesDir: string): Library {
  const folders = [imagesDir, join(checkout, "accounts", "images")]
  const kept = new Map<string, { stamp: string; value: Promise<unknown> }>()

  function find(name: string): { path: string; stamp: string } | null {
    for (const folder of folders) {
      const path = join(folder, name)
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat?.isFile()) return { path, stamp: `${path} ${stat.mtimeMs} ${stat.size}` }
    }
    return null
  }
  function keep<T>(key: string, stamp: string, build: () => Promise<T>): Promise<T> {
    const known = kept.get(key)
    if (known?.stamp === stamp) return known.value as Promise<T>
    const value = build()
    kept.set(key, { stamp, value })
    value.catch(() => kept.delete(key))
    return value
  }
  const reference = (name: string): Promise<SignReference> | null => {
    const file = find(name)
    return file && keep(name, file.stamp, async () => signReference(await drawing(file.path)))
  }

  return {
    emblem() {
      const file = find("emblem-192.png")
      if (!file) throw new Error("accounts/images/emblem-192.png is missing")
      return keep("emblem", file.stamp, async () => ({
        reference: emblemReference(await drawing(file.path)),
        sha256: sha256(await readFile(file.path)),
      }))
    },
    async logo(id) {
      const names = Array.from({ length: drawingsMax }, (_, i) => join("logos", i ? `${id}.${i + 1}.png` : `${id}.png`))
      return Promise.all(names.map(reference).filter((found) => found !== null))
    },
    async signs() {
      const file = find("signs.yaml")
      if (!file) return []
      return keep("signs", file.stamp, async () => {
        const entries = signsFile.parse(parseYaml(await readFile(file.path, "utf8")))
        const signs = entries.map(async ({ files, ...sign }) => ({
          ...sign,
          references: await Promise.all(files.map((name) => reference(join("signs", name))).filter((found) => found !== null)),
        }))
        return Promise.all(signs)
      })
    },
  }
}

/** References are ours, but a person uploads them: the same limit on size as for strangers' pictures. */
async function drawing(path: string): Promise<Drawing> {
  const { default: sharp } = await import("sharp")
  const { data, info } = await sharp(path, { limitInputPixels: 40_000_000 })
    .resize(700, 700, { fit: "inside", withoutEnlargement: true })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  clearBackground(data, info.width, info.height)
  return drawingOf(data, info.width, info.height)
}

/** An opaque reference on white paper: the white that joins the border becomes transparent. A coloured ground belongs to the sign. */
function clearBackground(rgba: Uint8Array, width: number, height: number): void {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at]! < 255) return
  const white = (at: number) => Math.min(rgba[at * 4]!, rgba[at * 4 + 1]!, rgba[at * 4 + 2]!) > 238
  const seen = new Uint8Array(width * height)
  const open = [0, width - 1, (height - 1) * width, height * width - 1]
  while (open.length) {
    const at = open.pop()!
    if (seen[at] || !white(at)) continue
    seen[at] = 1
    const x = at % width
    if (x > 0) open.push(at - 1)
    if (x < width - 1) open.push(at + 1)
    if (at >= width) open.push(at - width)
    if (at < (height - 1) * width) open.push(at + width)
  }
  // A sheet of white paper stays as it was.
  if (seen.every((value) => value === 1)) return
  for (let at = 0; at < seen.length; at++) if (seen[at]) rgba[at * 4 + 3] = 0
}
