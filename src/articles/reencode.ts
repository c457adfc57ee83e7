/**
 * Pictures from outside are decoded and written anew: no metadata, no second format hidden inside, a size both networks
 * take. What cannot be decoded within the limits is ignored with a reason.
 */
import type { Sharp } from "sharp"

/** One file serves both networks: Zalo asks for 1600 px at most (contract 4.7), Facebook would take 2048. */
export const pictureLimits = { sourceBytesMax: 15_000_000, pixelsMax: 50_000_000, sideMax: 1_600, sideMin: 200, bytesMax: 900_000 } as const
export const coverSize = { width: 1_200, height: 768 } as const

/** Formats portals use for photographs. SVG is a program and not a picture. */
const formats = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif"])

export type Reencoded = { kind: "ready"; data: Uint8Array; width: number; height: number } | { kind: "ignored"; reason: string }

export const loadSharp = async () => {
  const { default: sharp } = await import("sharp")
  sharp.cache(false)
  return sharp
}

export async function reencode(bytes: Uint8Array): Promise<Reencoded> {
  const ignored = (reason: string): Reencoded => ({ kind: "ignored", reason })
  if (!looksLikePicture(bytes)) return ignored("not a picture by its first bytes")
  const sharp = await loadSharp()
  try {
    const source = sharp(bytes, { limitInputPixels: pictureLimits.pixelsMax, failOn: "error", pages: 1 })
    const meta = await source.metadata()
    if (!formats.has(meta.format ?? "")) return ignored(`format ${meta.format ?? "unknown"}`)
    const [width, height] = [meta.width ?? 0, meta.height ?? 0]
    if (Math.min(width, height) < pictureLimits.sideMin) return ignored(`only ${width}×${height}`)
    if (Math.max(width, height) > 8 * Math.min(width, height)) return ignored(`a strip of ${width}×${height}`)
    const upright = source
      .rotate()
      .resize({ width: pictureLimits.sideMax, height: pictureLimits.sideMax, fit: "inside", withoutEnlargement: true })
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
    return await asJpeg(upright)
  } catch (error) {
    return ignored(`cannot be decoded: ${(error as Error).message.split("\n")[0]!.slice(0, 120)}`)
  }
}

/** JPEG below the byte limit: the quality gives way first, then the size. */
export async function asJpeg(picture: Sharp): Promise<Reencoded> {
  for (const quality of [85, 72, 58]) {
    const { data, info } = await picture.clone().jpeg({ quality, mozjpeg: false, chromaSubsampling: "4:2:0" }).toBuffer({ resolveWithObject: true })
    if (data.length <= pictureLimits.bytesMax) return { kind: "ready", data, width: info.width, height: info.height }
  }
  const { data, info } = await picture
    .clone()
    .resize({ width: 1_280, height: 1_280, fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 60 })
    .toBuffer({ resolveWithObject: true })
  return data.length <= pictureLimits.bytesMax
    ? { kind: "ready", data, width: info.width, height: info.height }
    : { kind: "ignored", reason: "too large even when small" }
}

/** At least 1000×640 and landscape: cut when little is lost, else laid upon its own blurred enlargement. */
export async function asCover(file: string): Promise<Reencoded> {
  const sharp = await loadSharp()
  const { width = 1, height = 1 } = await sharp(file).metadata()
  const ratio = width / height
  const { width: w, height: h } = coverSize
  if (ratio > 1.25 && ratio < 2.1 && width >= 600) return asJpeg(sharp(file).resize({ width: w, height: h, fit: "cover", position: "attention" }))
  const back = await sharp(file).resize({ width: w, height: h, fit: "cover" }).blur(30).modulate({ brightness: 0.85 }).toBuffer()
  const front = await sharp(file).resize({ width: w, height: h, fit: "inside" }).toBuffer()
  return asJpeg(sharp(back).composite([{ input: front, gravity: "centre" }]))
}

/** A plain cover: one colour, the emblem in the middle when there is one. No text, so no font can be missing. */
export async function plainCover(colour: { r: number; g: number; b: number }, emblem: string | null): Promise<Reencoded> {
  const sharp = await loadSharp()
  const { width, height } = coverSize
  let picture = sharp({ create: { width, height, channels: 3, background: colour } })
  if (emblem) {
    const front = await sharp(emblem, { limitInputPixels: pictureLimits.pixelsMax })
      .resize({ width: 420, height: 420, fit: "inside" })
      .png()
      .toBuffer()
    picture = picture.composite([{ input: front, gravity: "centre" }])
  }
  return asJpeg(picture)
}

function looksLikePicture(b: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...b.subarray(from, to))
  return (
    (b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff) ||
    text(1, 4) === "PNG" ||
    text(0, 4) === "GIF8" ||
    (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") ||
    text(4, 8) === "ftyp" ||
    text(0, 2) === "II" ||
    text(0, 2) === "MM"
  )
}
