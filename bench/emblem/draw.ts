/** Composes one avatar as people make them: a sign on a background, framed, lettered, cropped, recompressed. */
import sharp, { type OverlayOptions } from "sharp"
import type { Random } from "./random.ts"
import type { Source } from "./sources.ts"

/** Everything is drawn on a canvas of this side and then scaled to the size the network serves. */
export const canvas = 480

export interface Look {
  /** Height (of the longer side for other signs) as share of the frame. */
  share: number
  /** Centre, share of the frame. */
  dx: number
  dy: number
  /** Degrees. */
  angle: number
}

export interface Finish {
  size: number
  quality: number
  blur: number
  brightness: number
  saturation: number
  hue: number
  circle: string | null
  format: "jpeg" | "png" | "webp"
}

export const properLook = (random: Random, low = 0.55, high = 0.95): Look => ({
  share: random.between(low, high),
  dx: random.between(-0.07, 0.07),
  dy: random.between(-0.07, 0.07),
  angle: random.chance(0.5) ? 0 : random.between(-5, 5),
})

const sizes = [96, 100, 120, 132, 160, 180, 200, 240, 320, 400, 480, 640, 720, 800]

export const usualFinish = (random: Random): Finish => ({
  size: random.pick(sizes),
  quality: random.whole(40, 95),
  blur: random.chance(0.25) ? random.between(0.4, 1.3) : 0,
  brightness: random.chance(0.4) ? random.between(0.8, 1.2) : 1,
  saturation: random.chance(0.4) ? random.between(0.75, 1.25) : 1,
  hue: random.chance(0.3) ? random.between(-8, 8) : 0,
  circle: random.chance(0.2) ? random.pick(["#ffffff", "#000000", "#e5e5e5"]) : null,
  format: random.chance(0.85) ? "jpeg" : random.pick(["png", "webp"]),
})

const hex = (random: Random) => `hsl(${random.whole(0, 359)},${random.whole(20, 95)}%,${random.whole(15, 90)}%)`
const rect = (fill: string) => `<rect width="${canvas}" height="${canvas}" fill="${fill}"/>`
const svg = (body: string) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${canvas}" height="${canvas}">${body}</svg>`)

export async function background(random: Random, photos: Source[]): Promise<Buffer> {
  const kind = random.pick(["white", "white", "red", "blue", "gradient", "radial", "photo", "photo", "colour", "rays"])
  if (kind === "photo" && photos.length) return photo(random, photos)
  const gradient = (tag: string, attributes: string, from: string, to: string) =>
    `<defs><${tag} id="g" ${attributes}><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></${tag}></defs>${rect("url(#g)")}`
  const reds = ["#c8102e", "#da251d", "#ed1c24", "#b5121b", "#e60012"]
  const blues = ["#0054a6", "#0b3d91", "#1e88e5", "#003f87", "#4aa3df"]
  const body =
    kind === "white" ? rect(random.pick(["#ffffff", "#fdfdfd", "#f2f2f2"]))
    : kind === "red" ? rect(random.pick(reds))
    : kind === "blue" ? rect(random.pick(blues))
    : kind === "gradient" ? gradient("linearGradient", `x1="0" y1="0" x2="${random.whole(0, 1)}" y2="1"`, random.pick([...reds, ...blues, hex(random)]), random.pick(["#ffffff", "#ffd400", hex(random)]))
    : kind === "radial" ? gradient("radialGradient", 'cx=".5" cy=".5" r=".7"', random.pick(["#ffffff", "#ffe680", hex(random)]), random.pick([...reds, ...blues, hex(random)]))
    : kind === "rays" ? rect(random.pick(reds)) + rays(random)
    : rect(hex(random))
  return sharp(svg(body)).png().toBuffer()
}

function rays(random: Random): string {
  const count = random.whole(12, 30)
  const half = canvas / 2
  return Array.from({ length: count }, (_, i) => {
    const from = (i / count) * 2 * Math.PI
    const to = from + Math.PI / count
    const point = (angle: number) => `${half + canvas * Math.cos(angle)},${half + canvas * Math.sin(angle)}`
    return `<polygon points="${half},${half} ${point(from)} ${point(to)}" fill="#ffd400" opacity=".35"/>`
  }).join("")
}

/** A crop of a photograph; without any, blurred shapes and noise. */
export async function photo(random: Random, photos: Source[]): Promise<Buffer> {
  if (!photos.length) return shapes(random)
  const source = sharp(random.pick(photos).png)
  const { width = 1, height = 1 } = await source.metadata()
  const side = Math.floor(Math.min(width, height) * random.between(0.45, 1))
  const left = random.whole(0, width - side)
  const top = random.whole(0, height - side)
  const crop = source.extract({ left, top, width: side, height: side }).resize(canvas, canvas).flatten({ background: "#888" })
  if (random.chance(0.5)) crop.flop()
  if (random.chance(0.3)) crop.modulate({ hue: random.whole(-40, 40), brightness: random.between(0.7, 1.3) })
  return crop.png().toBuffer()
}

export async function shapes(random: Random): Promise<Buffer> {
  const one = () =>
    random.chance(0.5)
      ? `<circle cx="${random.whole(0, canvas)}" cy="${random.whole(0, canvas)}" r="${random.whole(10, 160)}" fill="${hex(random)}"/>`
      : `<rect x="${random.whole(-50, canvas)}" y="${random.whole(-50, canvas)}" width="${random.whole(10, 300)}" height="${random.whole(10, 300)}" fill="${hex(random)}" transform="rotate(${random.whole(-40, 40)})"/>`
  const picture = sharp(svg(rect(hex(random)) + Array.from({ length: random.whole(4, 30) }, one).join("")))
  if (random.chance(0.5)) picture.blur(random.between(1, 12))
  return picture.png().toBuffer()
}

/** Letters along a circle, each placed by hand: the renderer knows no textPath. */
function arcText(text: string, radius: number, middle: number, size: number, fill: string): string {
  const step = (size * 0.68) / radius
  const letters = [...text]
  return letters
    .map((letter, i) => {
      const angle = middle + (i - (letters.length - 1) / 2) * step
      const [x, y] = [canvas / 2 + radius * Math.sin(angle), canvas / 2 - radius * Math.cos(angle)]
      return `<text x="${x}" y="${y}" font-size="${size}" font-family="DejaVu Sans" font-weight="bold" fill="${fill}" text-anchor="middle" transform="rotate(${(angle * 180) / Math.PI} ${x} ${y})">${letter}</text>`
    })
    .join("")
}

const words = ["PHƯỜNG KINH BẮC", "XÃ TIÊN DU", "UBND XÃ YÊN PHONG", "TRUYỀN THÔNG XÃ", "PHƯỜNG TỪ SƠN", "TRANG THÔNG TIN ĐIỆN TỬ", "ỦY BAN NHÂN DÂN"]

/** Rings, lettering on an arc, a ribbon below: decorations that leave the sign itself alone. */
export function frame(random: Random): { layer: Buffer; shareMax: number } | null {
  const kind = random.pick(["none", "none", "none", "ring", "ring", "arc", "ribbon"])
  const half = canvas / 2
  const tint = random.pick(["#c8102e", "#ffd400", "#0054a6", "#ffffff", "#1b8a3a"])
  if (kind === "ring") {
    const width = random.whole(4, 18)
    return { layer: svg(`<circle cx="${half}" cy="${half}" r="${half - width / 2 - random.whole(0, 8)}" fill="none" stroke="${tint}" stroke-width="${width}"/>`), shareMax: 0.8 }
  }
  if (kind === "arc") {
    const band = `<circle cx="${half}" cy="${half}" r="${half - 25}" fill="none" stroke="${random.pick(["#c8102e", "#0054a6", "#ffffff"])}" stroke-width="50"/>`
    return { layer: svg((random.chance(0.6) ? band : "") + arcText(random.pick(words), half - 36, 0, 28, "#ffd400") + arcText(random.pick(words), half - 36, Math.PI, 24, "#ffd400")), shareMax: 0.68 }
  }
  if (kind === "ribbon") {
    const top = canvas - random.whole(48, 70)
    return { layer: svg(`<rect y="${top}" width="${canvas}" height="${canvas - top}" fill="${tint}"/><text x="${half}" y="${top + 38}" font-size="30" font-family="DejaVu Sans" font-weight="bold" fill="${tint === "#ffd400" || tint === "#ffffff" ? "#c8102e" : "#ffffff"}" text-anchor="middle">${random.pick(words)}</text>`), shareMax: 0.7 }
  }
  return null
}

/** Gold relief as 3-D renderings have it: light from the upper left along the drawing's own edges; `strong` adds dark contours. */
export async function metallic(source: Buffer, random: Random, strong = false): Promise<Buffer> {
  const { data, info } = await sharp(source).raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const luma = (x: number, y: number) => {
    const at = (Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)) * 4
    return (data[at]! + data[at + 1]! * 2) / 3
  }
  const relief = strong ? random.between(0.4, 0.8) : random.between(0.15, 0.4)
  const contour = strong ? random.between(0.2, 0.6) : 0
  const shine = random.between(0, 45)
  const reach = Math.max(1, Math.round(width / 200))
  const result = Buffer.from(data)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const slope = (luma(x + reach, y + reach) - luma(x - reach, y - reach)) * relief
      const edge = contour ? contour * Math.min(90, Math.hypot(luma(x + reach, y) - luma(x - reach, y), luma(x, y + reach) - luma(x, y - reach))) : 0
      const gloss = shine * Math.sin((x / width + y / height) * 4)
      const at = (y * width + x) * 4
      for (let c = 0; c < 3; c++) result[at + c] = Math.min(255, Math.max(0, data[at + c]! + slope * (c === 2 ? 0.4 : 1) + gloss * (c === 0 ? 1 : c === 1 ? 0.7 : 0.2) - edge))
    }
  }
  return sharp(result, { raw: { width, height, channels: 4 } }).png().toBuffer()
}

/** Places a sign on a background. `share` is of the sign's height, or of its longer side when it is wide. */
export async function place(base: Buffer, sign: Buffer, look: Look, options: { shadow?: boolean; over?: Buffer[]; byHeight?: boolean } = {}): Promise<Buffer> {
  const { width = 1, height = 1 } = await sharp(sign).metadata()
  const scale = (look.share * canvas) / (options.byHeight ? height : Math.max(width, height))
  const sized = await sharp(sign).resize(Math.max(2, Math.round(width * scale)), Math.max(2, Math.round(height * scale)), { fit: "fill" }).png().toBuffer()
  const turned = look.angle ? await sharp(sized).rotate(look.angle, { background: "#00000000" }).png().toBuffer() : sized
  const { width: w = 1, height: h = 1 } = await sharp(turned).metadata()
  const at = { left: Math.round(canvas * (0.5 + look.dx) - w / 2), top: Math.round(canvas * (0.5 + look.dy) - h / 2) }
  const layers: OverlayOptions[] = []
  if (options.shadow) {
    const shade = await sharp(turned).ensureAlpha().linear([0, 0, 0, 0.55], [0, 0, 0, 0]).extend({ top: 14, bottom: 14, left: 14, right: 14, background: "#00000000" }).blur(5).png().toBuffer()
    const cut = await crop(shade, at.left - 14 + 6, at.top - 14 + 8)
    if (cut) layers.push(cut)
  }
  const cut = await crop(turned, at.left, at.top)
  if (cut) layers.push(cut)
  for (const input of options.over ?? []) layers.push({ input, left: 0, top: 0 })
  return sharp(base).composite(layers).removeAlpha().png({ compressionLevel: 1 }).toBuffer()
}

/** The part of a layer that lies on the canvas. */
async function crop(input: Buffer, left: number, top: number): Promise<OverlayOptions | null> {
  const { width = 1, height = 1 } = await sharp(input).metadata()
  const [x, y] = [Math.max(0, -left), Math.max(0, -top)]
  const [w, h] = [Math.min(width - x, canvas - left - x), Math.min(height - y, canvas - top - y)]
  if (w < 1 || h < 1) return null
  return { input: await sharp(input).extract({ left: x, top: y, width: w, height: h }).png().toBuffer(), left: left + x, top: top + y }
}

export async function finish(picture: Buffer, how: Finish): Promise<Buffer> {
  const half = canvas / 2
  const cropped = how.circle
    ? await sharp(picture).composite([{ input: svg(`<path d="M0 0H${canvas}V${canvas}H0Z M${half} 0A${half} ${half} 0 1 0 ${half} ${canvas}A${half} ${half} 0 1 0 ${half} 0Z" fill="${how.circle}" fill-rule="evenodd"/>`), left: 0, top: 0 }]).png().toBuffer()
    : picture
  const out = sharp(cropped).resize(how.size, how.size)
  if (how.brightness !== 1 || how.saturation !== 1 || how.hue) out.modulate({ brightness: how.brightness, saturation: how.saturation, hue: Math.round(how.hue) })
  if (how.blur) out.blur(Math.max(0.3, (how.blur * how.size) / 320))
  out.removeAlpha()
  if (how.format === "png") return out.png().toBuffer()
  if (how.format === "webp") return out.webp({ quality: how.quality }).toBuffer()
  return out.jpeg({ quality: how.quality }).toBuffer()
}

export const drawSvg = (body: string) => sharp(svg(body)).png().toBuffer()
export const colour = hex
