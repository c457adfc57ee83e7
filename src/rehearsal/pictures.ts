/** Pictures of the rehearsal: press photographs drawn from the seed, and profile pictures right and wrong. sharp is loaded on first use. */
import { readFile } from "node:fs/promises"
import { hashOf, randomOf } from "./random.ts"
import type { AvatarKind } from "./types.ts"

const basePictures = 24
const pressWidth = 960
const pressHeight = 600

const colour = (random: () => number, lightness: number) => `hsl(${Math.floor(random() * 360)},${30 + Math.floor(random() * 40)}%,${lightness}%)`

/** Sky, hills, rice fields, a row of houses and trees: enough detail that a JPEG of it behaves like a photograph. */
function pressDrawing(random: () => number): string {
  const whole = (from: number, to: number) => Math.floor(from + random() * (to - from))
  const hill = (y: number, fill: string) =>
    `<path d="M0 ${y} C ${whole(120, 300)} ${y - whole(40, 130)}, ${whole(320, 560)} ${y + whole(0, 60)}, ${whole(600, 700)} ${y - whole(10, 90)} S 900 ${y - whole(0, 60)}, ${pressWidth} ${y} V ${pressHeight} H 0 Z" fill="${fill}"/>`
  const fields = Array.from(
    { length: 9 },
    (_, i) => `<path d="M0 ${400 + i * 24} H ${pressWidth}" stroke="hsl(${whole(78, 105)},45%,${whole(34, 52)}%)" stroke-width="${whole(12, 24)}"/>`,
  )
  const tree = (x: number, y: number) =>
    `<rect x="${x - 4}" y="${y - 30}" width="8" height="34" fill="#6b4a2b"/><circle cx="${x}" cy="${y - 46}" r="${whole(18, 34)}" fill="hsl(${whole(95, 140)},40%,${whole(26, 42)}%)"/>`
  const house = (x: number, y: number) => {
    const width = whole(60, 130)
    const height = whole(50, 110)
    const windows = [0.18, 0.58]
      .map((at) => `<rect x="${x + width * at}" y="${y - height * 0.7}" width="${width * 0.22}" height="${height * 0.3}" fill="#5c7f99"/>`)
      .join("")
    return `<rect x="${x}" y="${y - height}" width="${width}" height="${height}" fill="hsl(${whole(30, 55)},${whole(30, 60)}%,${whole(72, 88)}%)"/><path d="M${x - 10} ${y - height} L${x + width / 2} ${y - height - whole(24, 50)} L${x + width + 10} ${y - height} Z" fill="hsl(${whole(2, 18)},55%,${whole(34, 48)}%)"/>${windows}`
  }
  const village = Array.from({ length: 7 }, (_, i) => (random() < 0.65 ? house(30 + i * 130 + whole(0, 40), 400) : tree(80 + i * 130, 402)))
  const trees = Array.from({ length: 8 }, () => tree(whole(20, pressWidth - 20), whole(440, 590)))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${pressWidth}" height="${pressHeight}">
<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl(${whole(195, 215)},60%,62%)"/><stop offset="1" stop-color="hsl(${whole(20, 50)},70%,90%)"/></linearGradient></defs>
<rect width="100%" height="100%" fill="url(#s)"/><circle cx="${whole(100, 860)}" cy="${whole(60, 160)}" r="34" fill="#fff3c4"/>
${hill(300, `hsl(${whole(120, 190)},25%,55%)`)}${hill(350, `hsl(${whole(95, 130)},32%,45%)`)}${fields.join("")}${village.join("")}${trees.join("")}</svg>`
}

/** A five-pointed star around (x, y). */
function star(x: number, y: number, radius: number): string {
  const points: string[] = []
  for (let i = 0; i < 10; i++) {
    const angle = (Math.PI / 5) * i - Math.PI / 2
    const r = i % 2 ? radius * 0.382 : radius
    points.push(`${(x + r * Math.cos(angle)).toFixed(1)},${(y + r * Math.sin(angle)).toFixed(1)}`)
  }
  return `<polygon points="${points.join(" ")}" fill="#f6c915"/>`
}
const svg = (inside: string, size = 720) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 720 720">${inside}</svg>`
/** Stands in for the emblem when the reference file is absent: red disc, star, ring of gold. */
const emblemDrawing = svg(
  `<circle cx="360" cy="360" r="340" fill="#f6c915"/><circle cx="360" cy="340" r="290" fill="#c8102e"/>${star(360, 260, 120)}<rect x="150" y="520" width="420" height="90" fill="#c8102e"/>`,
)

const drawings: Partial<Record<AvatarKind, (random: () => number) => string>> = {
  logo: (random) =>
    svg(
      `<rect width="720" height="720" fill="#fff"/><circle cx="360" cy="360" r="300" fill="${colour(random, 35)}"/><path d="M180 420 L360 180 L540 420 L540 540 L180 540 Z" fill="#fff"/><circle cx="360" cy="420" r="70" fill="${colour(random, 55)}"/>`,
    ),
  province_logo: () =>
    svg(
      `<rect width="720" height="720" fill="#fff"/><circle cx="360" cy="360" r="310" fill="#0b6b3a"/><path d="M120 440 Q360 300 600 440 L600 560 L120 560 Z" fill="#f2b705"/>${star(360, 230, 90)}`,
    ),
  police: () =>
    svg(
      `<rect width="720" height="720" fill="#fff"/><path d="M360 60 L620 180 L560 560 L360 670 L160 560 L100 180 Z" fill="#0a6b2d"/>${star(360, 320, 170)}`,
    ),
  portrait: () =>
    svg(
      `<rect width="720" height="720" fill="#8fb3d9"/><circle cx="360" cy="270" r="130" fill="#e8b995"/><path d="M120 720 Q360 360 600 720 Z" fill="#2f3e55"/>`,
    ),
  building: () =>
    svg(
      `<rect width="720" height="720" fill="#bfe0f7"/><rect x="110" y="260" width="500" height="380" fill="#f0e1b0"/><path d="M80 260 L360 120 L640 260 Z" fill="#a93226"/>${[170, 290, 410, 520].map((x) => `<rect x="${x}" y="340" width="60" height="90" fill="#5d7f96"/>`).join("")}`,
    ),
  text: () =>
    svg(
      `<rect width="720" height="720" fill="#123c7a"/><rect x="90" y="240" width="540" height="80" fill="#fff"/><rect x="150" y="380" width="420" height="60" fill="#ffd54a"/>`,
    ),
  silhouette: () =>
    svg(
      `<rect width="720" height="720" fill="#dfe3e8"/><circle cx="360" cy="270" r="120" fill="#b0b8c1"/><path d="M130 720 Q360 380 590 720 Z" fill="#b0b8c1"/>`,
    ),
}

export interface Pictures {
  /** The press photograph of one article as JPEG; bytes differ between articles, the scene repeats after a while. */
  press(articleId: string): Promise<Uint8Array>
  /** The profile picture, freshly encoded for each `generation` like a CDN does: same picture, other bytes. */
  avatar(accountId: string, kind: AvatarKind, generation: number, size?: number): Promise<Uint8Array>
}

export function createPictures(seed: number, emblemFile: string): Pictures {
  const bases = new Map<number, Promise<Uint8Array>>()
  const avatars = new Map<string, Promise<Uint8Array>>()
  const sharpOf = async () => (await import("sharp")).default

  /** A comment segment right after SOI makes the bytes unlike any other without encoding again. */
  const withComment = (jpeg: Uint8Array, comment: string) => {
    const text = new TextEncoder().encode(comment)
    const segment = Uint8Array.from([0xff, 0xfe, (text.length + 2) >> 8, (text.length + 2) & 255, ...text])
    const out = new Uint8Array(jpeg.length + segment.length)
    out.set(jpeg.subarray(0, 2))
    out.set(segment, 2)
    out.set(jpeg.subarray(2), 2 + segment.length)
    return out
  }
  const base = (index: number) => {
    const known = bases.get(index)
    if (known) return known
    const made = sharpOf().then(
      async (sharp) =>
        new Uint8Array(
          await sharp(Buffer.from(pressDrawing(randomOf(hashOf(seed, `press ${index}`)))))
            .jpeg({ quality: 82 })
            .toBuffer(),
        ),
    )
    bases.set(index, made)
    return made
  }
  const emblem = () => readFile(emblemFile).catch(() => Buffer.from(emblemDrawing))

  async function drawAvatar(accountId: string, kind: AvatarKind, generation: number, size: number): Promise<Uint8Array> {
    const sharp = await sharpOf()
    const chance = hashOf(seed, `avatar ${accountId}`)
    const drawing = drawings[kind]
    let picture
    if (drawing) picture = sharp(Buffer.from(drawing(randomOf(chance)))).resize(size, size)
    else {
      const share = kind === "emblem_tiny" ? 0.2 : 0.7 + (chance % 16) / 100
      const inner = Math.round(size * share)
      const mark = sharp(await emblem()).resize(inner, inner, { fit: "contain", background: { r: 0, g: 0, b: 0, alpha: 0 } })
      const background = chance % 2 ? "#ffffff" : "#c8102e"
      const ring = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><circle cx="${size / 2}" cy="${size / 2}" r="${size * 0.47}" fill="none" stroke="#0a66c2" stroke-width="${size * 0.04}"/></svg>`
      const layers = [{ input: await (kind === "emblem_mirrored" ? mark.flop() : mark).png().toBuffer() }]
      if (kind === "emblem_ring") layers.push({ input: Buffer.from(ring) })
      picture = sharp({ create: { width: size, height: size, channels: 3, background } }).composite(layers)
    }
    return new Uint8Array(await picture.jpeg({ quality: 78 + (generation % 12) }).toBuffer())
  }

  return {
    async press(articleId) {
      return withComment(await base(hashOf(seed, articleId) % basePictures), `loa rehearsal ${articleId}`)
    },
    avatar(accountId, kind, generation, size = 720) {
      const pixels = kind === "emblem_small" ? Math.min(size, 120) : Math.max(32, Math.min(size, 1_024))
      const key = `${kind} ${drawings[kind] ? hashOf(seed, `avatar ${accountId}`) : hashOf(seed, `avatar ${accountId}`) % 32} ${generation % 12} ${pixels}`
      const known = avatars.get(key)
      if (known) return known
      const made = drawAvatar(accountId, kind, generation, pixels)
      if (avatars.size > 300) avatars.delete(avatars.keys().next().value!)
      avatars.set(key, made)
      return made
    },
  }
}
