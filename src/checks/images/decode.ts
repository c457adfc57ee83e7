/** Bytes from outside → planes, or the reason why they cannot be checked. Nothing a stranger sends may crash or stall the judge. */
import { halve, type Plane, plane } from "./planes.ts"

export interface Raster {
  /** Size of the original, in pixels, as shown. */
  width: number
  height: number
  /** 320×320. */
  fine: Channels
  /** 160×160, 80×80 and 40×40, each half of the one before. */
  middle: Channels
  small: Channels
  tiny: Channels
}

export interface Channels {
  red: Plane
  green: Plane
  blue: Plane
}

export type Decoded = { raster: Raster } | { problem: Problem }
export type Problem = "empty" | "too_big" | "svg" | "not_image" | "animated" | "too_small" | "cmyk" | "damaged"

export const limits = {
  bytes: 20_000_000,
  /** 40 million pixels: far above what any network serves as a profile picture. */
  pixels: 40_000_000,
  /** Below this many pixels a side a person cannot tell either. */
  sideMin: 24,
  side: 320,
}

/** Pictures nearly square are taken as squares; others get white bands, as in a profile frame. */
const nearSquare = 0.04

export async function decode(bytes: Uint8Array): Promise<Decoded> {
  if (!bytes.length) return { problem: "empty" }
  if (bytes.length > limits.bytes) return { problem: "too_big" }
  const kind = kindOf(bytes)
  if (kind === "svg" || kind === null) return { problem: kind ?? "not_image" }
  if (kind === "png" && isAnimatedPng(bytes)) return { problem: "animated" }
  const { default: sharp } = await import("sharp")
  const open = () => sharp(bytes, { limitInputPixels: limits.pixels, failOn: "error", sequentialRead: true })
  try {
    const meta = await open().metadata()
    if ((meta.pages ?? 1) > 1) return { problem: "animated" }
    if (meta.space === "cmyk" || (meta.channels ?? 3) > 4) return { problem: "cmyk" }
    const { width, height } = meta.autoOrient
    if (Math.min(width, height) < limits.sideMin) return { problem: "too_small" }
    const square = Math.abs(width / height - 1) < nearSquare
    const white = { r: 255, g: 255, b: 255, alpha: 1 }
    const raw = await open()
      .autoOrient()
      .toColourspace("srgb")
      .resize(limits.side, limits.side, { fit: square ? "fill" : "contain", background: white })
      .flatten({ background: white })
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true })
    if (raw.info.channels !== 3) return { problem: "damaged" }
    return { raster: rasterOf(raw.data, width, height) }
  } catch (error) {
    return { problem: /pixel limit/i.test(String(error)) ? "too_big" : "damaged" }
  }
}

function rasterOf(rgb: Uint8Array, width: number, height: number): Raster {
  const channel = (offset: number) => {
    const result = plane(limits.side, limits.side)
    for (let at = 0; at < result.data.length; at++) result.data[at] = rgb[at * 3 + offset]!
    return result
  }
  const fine = { red: channel(0), green: channel(1), blue: channel(2) }
  const half = (of: Channels): Channels => ({ red: halve(of.red), green: halve(of.green), blue: halve(of.blue) })
  const middle = half(fine)
  const small = half(middle)
  return { width, height, fine, middle, small, tiny: half(small) }
}

/** Only the formats networks serve reach the decoder; the first bytes decide, never a name or a header. */
function kindOf(bytes: Uint8Array): "jpeg" | "png" | "gif" | "webp" | "avif" | "svg" | null {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg"
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "png"
  if (text(0, 4) === "GIF8") return "gif"
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp"
  if (text(4, 12) === "ftypavif") return "avif"
  return /<svg[\s>]/i.test(text(0, 4_096)) ? "svg" : null
}

/** An animated PNG announces itself by an acTL chunk before the first picture data. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 8 <= bytes.length; ) {
    const type = view.getUint32(at + 4)
    if (type === 0x6163544c) return true
    if (type === 0x49444154) return false
    at += 12 + view.getUint32(at)
  }
  return false
}
