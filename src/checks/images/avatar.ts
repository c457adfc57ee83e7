/** Profile pictures that satisfy the rules, for the registration desk: made from a reference, never by hand. */

export interface Avatar {
  /** The emblem (`accounts/images/emblem.png`) or an approved logo; PNG with transparent background. */
  reference: string | Uint8Array
  /** Side in pixels: Zalo shows 180 and 720, Facebook 320 and 800. */
  size: 180 | 320 | 720 | 800
  /** CSS colour behind the sign. */
  background?: string
  format?: "png" | "jpeg"
}

/** Share of the frame: as large as a circular crop allows with a rim of air around the ribbon's corners. */
const share = 0.8

/** A square picture with the sign in the middle, 80 % of the frame, whole even when the network cuts a circle. */
export async function renderAvatar({ reference, size, background = "#ffffff", format = "png" }: Avatar): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp")
  const side = Math.round(size * share)
  const sign = await sharp(reference, { limitInputPixels: 40_000_000 }).resize(side, side, { fit: "inside" }).png().toBuffer()
  const frame = sharp({ create: { width: size, height: size, channels: 3, background } })
    .composite([{ input: sign, gravity: "centre" }])
    .removeAlpha()
  return format === "png" ? frame.png({ compressionLevel: 9 }).toBuffer() : frame.jpeg({ quality: 92, chromaSubsampling: "4:4:4" }).toBuffer()
}
