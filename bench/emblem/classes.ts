/** The classes of pictures: true emblems, and everything that must not pass for one. */
import sharp from "sharp"
import { background, canvas, colour, drawSvg, finish, type Finish, frame, metallic, photo, place, properLook, shapes, usualFinish } from "./draw.ts"
import type { Random } from "./random.ts"
import type { Source, Sources } from "./sources.ts"

export interface Sample {
  class: ClassName
  source: string
  size: number
  bytes: Buffer
}

export const classNames = [
  "emblem", "emblem48", "relief", "mirrored", "defaced", "half", "recoloured", "rotated", "small",
  "lookalike", "coat", "flag", "logo", "armylike", "photo", "text", "shapes",
] as const
export type ClassName = (typeof classNames)[number]

/** True emblems: as avatars, shrunk to a list's 48 pixels, and as strong 3-D gold reliefs. */
export const genuine: ClassName[] = ["emblem", "emblem48", "relief"]
/** Made from the emblem itself, so far harder than anything foreign. */
export const derived: ClassName[] = ["mirrored", "defaced", "half", "recoloured", "rotated", "small"]
export const foreign: ClassName[] = ["lookalike", "coat", "flag", "logo", "armylike", "photo", "text", "shapes"]

interface Drawn {
  picture: Buffer
  source: string
  finish?: Partial<Finish>
}

export async function drawSample(name: ClassName, index: number, random: Random, sources: Sources): Promise<Sample> {
  const drawn = await painters[name](random, sources, index)
  const how = { ...usualFinish(random), ...drawn.finish }
  return { class: name, source: drawn.source, size: how.size, bytes: await finish(drawn.picture, how) }
}

const inTurn = (list: Source[], index: number) => list[index % list.length]!

/** A proper emblem avatar; `change` spoils the drawing before it is placed, `over` covers the frame afterwards. */
async function emblem(random: Random, sources: Sources, index: number, how: { change?: (png: Buffer) => Promise<Buffer>; low?: number; high?: number; angle?: number; over?: Buffer[]; plain?: boolean } = {}): Promise<Drawn> {
  const source = inTurn(sources.emblems, index)
  let png = source.png
  if (random.chance(0.15)) png = await metallic(png, random)
  if (how.change) png = await how.change(png)
  const decoration = how.plain ? null : frame(random)
  const look = properLook(random, how.low ?? 0.55, how.high ?? 0.95)
  if (decoration) look.share = Math.min(look.share, random.between(0.55, decoration.shareMax))
  if (decoration && decoration.shareMax <= 0.7) [look.dx, look.dy] = [look.dx / 4, look.dy / 4 - (decoration.shareMax === 0.7 ? 0.06 : 0)]
  if (how.angle !== undefined) look.angle = how.angle
  const usual = usualFinish(random)
  // A circle would cut a large emblem: people who choose circles leave room.
  const circle = look.share < 0.78 && Math.hypot(look.dx, look.dy) < 0.06 ? usual.circle : null
  const base = await background(random, sources.photos)
  const over = [...(decoration ? [decoration.layer] : []), ...(how.over ?? [])]
  return { picture: await place(base, png, look, { shadow: random.chance(0.2), over, byHeight: true }), source: source.name, finish: { ...usual, circle } }
}

/** A foreign sign, placed as carefully as an emblem would be. */
async function sign(random: Random, sources: Sources, source: Source, share: [number, number] = [0.55, 1]): Promise<Drawn> {
  const base = await background(random, sources.photos)
  const decoration = random.chance(0.4) ? frame(random) : null
  return { picture: await place(base, source.png, properLook(random, ...share), { shadow: random.chance(0.2), over: decoration ? [decoration.layer] : [] }), source: source.name }
}

const painters: Record<ClassName, (random: Random, sources: Sources, index: number) => Promise<Drawn>> = {
  emblem: (random, sources, index) => emblem(random, sources, index),
  emblem48: async (random, sources, index) => {
    const drawn = await emblem(random, sources, index)
    return { ...drawn, finish: { ...drawn.finish, size: 48, blur: 0, quality: random.whole(70, 95) } }
  },
  relief: (random, sources, index) => emblem(random, sources, index, { change: (png) => metallic(png, random, true) }),
  mirrored: (random, sources, index) => emblem(random, sources, index, { change: (png) => sharp(png).flop().png().toBuffer() }),
  defaced: (random, sources, index) => emblem(random, sources, index, { change: (png) => deface(png, random) }),
  half: (random, sources, index) => half(random, sources, index),
  recoloured: (random, sources, index) => emblem(random, sources, index, { change: (png) => recolour(png, random) }),
  rotated: (random, sources, index) => emblem(random, sources, index, { angle: random.between(22, 338), high: 0.8, plain: true }),
  small: (random, sources, index) => emblem(random, sources, index, { low: 0.16, high: 0.42, plain: random.chance(0.5) }).then((drawn) => drawn),
  lookalike: (random, sources, index) => sign(random, sources, inTurn(sources.lookalikes, index)),
  coat: (random, sources, index) => sign(random, sources, inTurn(sources.coats, index)),
  flag: (random, sources, index) => sign(random, sources, random.chance(0.3) ? (sources.flags.find((flag) => flag.name === "vn.svg") ?? inTurn(sources.flags, index)) : inTurn(sources.flags, index), [0.7, 1.5]),
  logo: (random, sources, index) => sign(random, sources, inTurn(sources.logos, index)),
  armylike: async (random, sources) => {
    const png = await armySign(random)
    return sign(random, sources, { name: "drawn", png })
  },
  photo: async (random, sources) => ({ picture: await photo(random, sources.photos), source: "photo" }),
  text: async (random) => ({ picture: await textLogo(random), source: "text" }),
  shapes: async (random) => ({ picture: await shapes(random), source: "shapes" }),
}

async function over(png: Buffer, body: (width: number, height: number) => string): Promise<Buffer> {
  const { width = 1, height = 1 } = await sharp(png).metadata()
  const layer = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body(width, height)}</svg>`)
  return sharp(png).composite([{ input: layer }]).png().toBuffer()
}

/** Scribbles, crosses, stickers and words over the emblem; always big enough for a person to be offended. */
function deface(png: Buffer, random: Random): Promise<Buffer> {
  const kind = random.pick(["scribble", "scribble", "scribble", "cross", "sticker", "words", "face"])
  const ink = random.pick(["#000000", "#101010", "#1a1a60", "#ffffff", "#00a040", "#3030ff", "#7a0080"])
  return over(png, (width, height) => {
    const point = () => `${random.between(0.12, 0.88) * width} ${random.between(0.08, 0.9) * height}`
    if (kind === "scribble") {
      const stroke = random.between(0.012, 0.07) * height
      const path = `M${point()} ${Array.from({ length: random.whole(stroke < 0.025 * height ? 7 : 4, 12) }, () => `Q${point()} ${point()}`).join(" ")}`
      return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${stroke}" stroke-linecap="round"/>`
    }
    if (kind === "cross") return `<path d="M${width * 0.1} ${height * 0.1}L${width * 0.9} ${height * 0.9}M${width * 0.9} ${height * 0.1}L${width * 0.1} ${height * 0.9}" stroke="${ink}" stroke-width="${random.between(0.04, 0.1) * height}"/>`
    if (kind === "sticker") {
      const size = random.between(0.22, 0.4)
      return `<rect x="${random.between(0.15, 0.85 - size) * width}" y="${random.between(0.1, 0.85 - size) * height}" width="${size * width}" height="${size * height}" fill="${random.chance(0.5) ? ink : colour(random)}"/>`
    }
    if (kind === "words") return `<text x="${width / 2}" y="${random.between(0.35, 0.7) * height}" font-size="${random.between(0.16, 0.26) * height}" font-family="DejaVu Sans" font-weight="bold" fill="${ink}" text-anchor="middle">${random.pick(["HACKED", "FAKE", "SALE", "KM 50%"])}</text>`
    const [x, y] = [random.between(0.35, 0.65) * width, random.between(0.3, 0.6) * height]
    const r = random.between(0.12, 0.2) * height
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="#ffd93b" stroke="#000" stroke-width="4"/><circle cx="${x - r / 3}" cy="${y - r / 4}" r="${r / 7}"/><circle cx="${x + r / 3}" cy="${y - r / 4}" r="${r / 7}"/><path d="M${x - r / 2} ${y + r / 4}Q${x} ${y + r * 0.8} ${x + r / 2} ${y + r / 4}" fill="none" stroke="#000" stroke-width="5"/>`
  })
}

/** Half of the emblem lost: covered by a block or a photo, or cut off by the frame. */
async function half(random: Random, sources: Sources, index: number): Promise<Drawn> {
  if (random.chance(0.25)) {
    const source = inTurn(sources.emblems, index)
    const look = properLook(random)
    const [dx, dy] = random.pick([[1, 0], [-1, 0], [0, 1], [0, -1]] as const)
    const base = await background(random, sources.photos)
    return { picture: await place(base, source.png, { ...look, dx: dx * random.between(0.38, 0.55), dy: dy * random.between(0.38, 0.55) }, { byHeight: true }), source: source.name }
  }
  const cover = random.chance(0.3) ? await sharp(await photo(random, sources.photos)).resize(700, 700).png().toBuffer() : null
  const fill = random.pick(["#ffffff", "#000000", "#c8102e", "#da251d", "#ffd400", colour(random)])
  const side = random.pick(["left", "right", "top", "bottom", "diagonal"])
  return emblem(random, sources, index, {
    change: async (png) => {
      const { width = 1, height = 1 } = await sharp(png).metadata()
      const part = random.between(0.42, 0.58)
      const area =
        side === "left" ? `0,0 ${width * part},0 ${width * part},${height} 0,${height}`
        : side === "right" ? `${width},0 ${width * (1 - part)},0 ${width * (1 - part)},${height} ${width},${height}`
        : side === "top" ? `0,0 ${width},0 ${width},${height * part} 0,${height * part}`
        : side === "bottom" ? `0,${height} ${width},${height} ${width},${height * (1 - part)} 0,${height * (1 - part)}`
        : `0,0 ${width},0 0,${height}`
      if (!cover) return over(png, () => `<polygon points="${area}" fill="${fill}"/>`)
      const mask = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><polygon points="${area}"/></svg>`)
      const patch = await sharp(cover).resize(width, height, { fit: "fill" }).ensureAlpha().composite([{ input: mask, blend: "dest-in" }]).png().toBuffer()
      return sharp(png).composite([{ input: patch }]).png().toBuffer()
    },
  })
}

async function recolour(png: Buffer, random: Random): Promise<Buffer> {
  const kind = random.pick(["hue", "hue", "grey", "invert", "tint", "swap", "bleach"])
  const alpha = await sharp(png).extractChannel(3).png().toBuffer()
  const opaque = sharp(png).removeAlpha()
  if (kind === "hue") opaque.modulate({ hue: random.whole(40, 320) })
  else if (kind === "grey") opaque.greyscale()
  else if (kind === "invert") opaque.negate()
  else if (kind === "tint") opaque.greyscale().tint(random.pick(["#c8a020", "#d4af37", "#3060c0", "#208040", "#803080"]))
  else if (kind === "swap") opaque.recomb(random.pick([[[0, 0, 1], [0, 1, 0], [1, 0, 0]], [[0, 1, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]]]) as [[number, number, number], [number, number, number], [number, number, number]])
  else opaque.modulate({ saturation: random.between(0, 0.25) })
  const flat = await opaque.toColourspace("srgb").png().toBuffer()
  return sharp(flat).toColourspace("srgb").joinChannel(alpha).png().toBuffer()
}

const starPath = (cx: number, cy: number, r: number, turn = 0) =>
  Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 ? r * 0.382 : r
    const angle = (i * Math.PI) / 5 - Math.PI / 2 + turn
    return `${cx + radius * Math.cos(angle)},${cy + radius * Math.sin(angle)}`
  }).join(" ")

/** Signs in the manner of armed forces and unions: star, wreath, disc and gear, but not in the emblem's arrangement. */
async function armySign(random: Random): Promise<Buffer> {
  const c = canvas / 2
  const gold = random.pick(["#ffd400", "#f2b705", "#e8c33a"])
  const disc = random.pick(["#c8102e", "#da251d", "#c8102e", "#1b7a3a", "#0054a6"])
  const r = random.between(130, 200)
  const leaf = (angle: number) => {
    const [x, y] = [c + r * Math.cos(angle), c + r * Math.sin(angle)]
    return `<ellipse cx="${x}" cy="${y}" rx="${r * 0.17}" ry="${r * 0.07}" fill="${gold}" stroke="#8a5a00" stroke-width="2" transform="rotate(${(angle * 180) / Math.PI + 60} ${x} ${y})"/>`
  }
  const wreath = random.chance(0.75) ? Array.from({ length: 22 }, (_, i) => leaf(-0.25 * Math.PI + (i / 21) * 1.5 * Math.PI)).join("") : `<circle cx="${c}" cy="${c}" r="${r}" fill="none" stroke="${gold}" stroke-width="${r * 0.2}"/>`
  const star = `<polygon points="${starPath(c, c + random.between(-0.25, 0.1) * r, r * random.between(0.3, 0.62))}" fill="${gold}"/>`
  const teeth = Array.from({ length: 12 }, (_, i) => `<rect x="${c - 8}" y="${c + r * 0.2}" width="16" height="20" fill="${gold}" transform="rotate(${i * 30} ${c} ${c + r * 0.62})"/>`).join("")
  const gear = random.chance(0.5) ? `<circle cx="${c}" cy="${c + r * 0.62}" r="${r * 0.3}" fill="${gold}"/>${teeth}<circle cx="${c}" cy="${c + r * 0.62}" r="${r * 0.14}" fill="${disc}"/>` : ""
  const ribbon = random.chance(0.5) ? `<rect x="${c - r * 0.8}" y="${c + r * 0.75}" width="${r * 1.6}" height="${r * 0.3}" fill="#c8102e"/><text x="${c}" y="${c + r * 0.97}" font-size="${r * 0.2}" font-family="DejaVu Sans" font-weight="bold" fill="${gold}" text-anchor="middle">${random.pick(["QUYẾT THẮNG", "VIỆT NAM", "ĐOÀN KẾT", "VÌ DÂN"])}</text>` : ""
  const layered = await drawSvg(`<circle cx="${c}" cy="${c}" r="${r * 0.95}" fill="${disc}"/>${wreath}${star}${gear}${ribbon}`)
  return sharp(layered).trim({ background: "#00000000", threshold: 1 }).png().toBuffer()
}

function textLogo(random: Random): Promise<Buffer> {
  const line = () => random.pick(["BẮC NINH", "UBND", "KINH BẮC", "VIỆT NAM", "TIÊN DU", "TT", "News 24h", "Trang tin", "2026"])
  const ink = colour(random)
  const texts = Array.from({ length: random.whole(1, 3) }, (_, i) => `<text x="${canvas / 2}" y="${150 + i * 110}" font-size="${random.whole(50, 110)}" font-family="DejaVu Sans" font-weight="bold" fill="${ink}" text-anchor="middle">${line()}</text>`)
  const disc = random.chance(0.4) ? `<circle cx="${canvas / 2}" cy="${canvas / 2}" r="${random.whole(150, 235)}" fill="${random.pick(["#c8102e", "#ffd400", colour(random)])}"/>` : ""
  return drawSvg(`<rect width="${canvas}" height="${canvas}" fill="${colour(random)}"/>${disc}${texts.join("")}`)
}
