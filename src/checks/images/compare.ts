/** The aligned comparison: how each part of the emblem agrees in form and colour once its place is known. */
import type { Channels } from "./decode.ts"
import type { Pose } from "./locate.ts"
import { sample } from "./planes.ts"
import { type Drawing, resize } from "./reference.ts"

/** Parts of the emblem as fractions of its box: left, top, right, bottom. */
export const parts = {
  star: [0.34, 0.12, 0.66, 0.42],
  field: [0.22, 0.14, 0.78, 0.56],
  arc: [0.2, 0, 0.8, 0.13],
  left: [0, 0.12, 0.22, 0.72],
  right: [0.78, 0.12, 1, 0.72],
  leftStalk: [0.14, 0.45, 0.4, 0.78],
  rightStalk: [0.6, 0.45, 0.86, 0.78],
  gear: [0.32, 0.55, 0.68, 0.78],
  banner: [0.17, 0.74, 0.83, 0.92],
  base: [0.2, 0.87, 0.8, 1],
} as const satisfies Record<string, readonly [number, number, number, number]>

export type Part = keyof typeof parts
export const partNames = Object.keys(parts) as Part[]

/** What the parts are called in a sentence. */
export const partWords: Record<Part, string> = {
  star: "ngôi sao",
  field: "nền đỏ",
  arc: "vòng bông lúa phía trên",
  left: "bông lúa bên trái",
  right: "bông lúa bên phải",
  leftStalk: "cành lúa bên trái",
  rightStalk: "cành lúa bên phải",
  gear: "bánh răng",
  banner: "dải lụa mang chữ",
  base: "chân bông lúa",
}

/** Similarity scores may only help, oddity scores may only hurt: the fit keeps these signs. */
export const similarityNames = [
  "form",
  ...partNames.map((part) => `form.${part}` as const),
  ...partNames.map((part) => `colour.${part}` as const),
  "colour.red",
  "colour.gold",
  "colour.worstCell",
  "gradient",
] as const
export const oddityNames = [
  ...(["foreign", "dim", "pale"] as const).flatMap((kind) => [kind, `${kind}.worstCell`, `${kind}.secondCell`] as const),
  "residual.worstCell",
  "residual.secondCell",
  "residual.standout",
] as const
export const scoreNames = [...similarityNames, ...oddityNames] as const
export type ScoreName = (typeof scoreNames)[number]
export type Scores = Record<ScoreName, number>

const gridHeight = 96
const cells = 6

/** The reference on the comparison grid with everything that does not depend on the picture. */
export interface Grid {
  width: number
  height: number
  aspect: number
  count: number
  u: Float32Array
  v: Float32Array
  weight: Float32Array
  /** Green of the reference and whether the pixel is one of its clear reds (1), golds (2) or neither (0). */
  green: Float32Array
  tone: Uint8Array
  /** At least 3 pixels inside the silhouette. */
  interior: Uint8Array
  interiorCount: number
  cell: Uint8Array
  /** Indices of the pixels in each part. */
  parts: Record<Part, Int32Array>
  /** Index of the pixel to the right and below, or -1 when it lies outside. */
  right: Int32Array
  below: Int32Array
}

const toneRed = 1
const toneGold = 2

export function gridOf(drawing: Drawing): Grid {
  const height = gridHeight
  const width = Math.round((height * drawing.width) / drawing.height)
  const small = resize(drawing, width, height)
  const indexOf = new Int32Array(width * height).fill(-1)
  const inside: number[] = []
  for (let at = 0; at < width * height; at++) if (small.alpha[at]! > 0.5) indexOf[at] = inside.push(at) - 1
  const count = inside.length
  const floats = () => new Float32Array(count)
  const grid: Grid = {
    width, height, count, aspect: drawing.width / drawing.height,
    u: floats(), v: floats(), weight: floats(), green: floats(),
    tone: new Uint8Array(count), interior: new Uint8Array(count), interiorCount: 0, cell: new Uint8Array(count),
    parts: {} as Grid["parts"], right: new Int32Array(count).fill(-1), below: new Int32Array(count).fill(-1),
  }
  const members = Object.fromEntries(partNames.map((part) => [part, [] as number[]])) as Record<Part, number[]>
  inside.forEach((at, i) => {
    const x = at % width
    const y = (at - x) / width
    const across = (x + 0.5) / width
    const down = (y + 0.5) / height
    grid.u[i] = across - 0.5
    grid.v[i] = down - 0.5
    grid.weight[i] = small.alpha[at]!
    grid.green[i] = small.green[at]!
    grid.tone[i] = small.green[at]! < 45 ? toneRed : small.green[at]! > 175 ? toneGold : 0
    grid.cell[i] = Math.floor(down * cells) * cells + Math.floor(across * cells)
    grid.interior[i] = isInterior(small, x, y) ? 1 : 0
    grid.interiorCount += grid.interior[i]!
    if (x + 1 < width) grid.right[i] = indexOf[at + 1]!
    if (y + 1 < height) grid.below[i] = indexOf[at + width]!
    for (const part of partNames) {
      const [left, top, right, bottom] = parts[part]
      if (across >= left && across < right && down >= top && down < bottom) members[part].push(i)
    }
  })
  for (const part of partNames) grid.parts[part] = Int32Array.from(members[part])
  return grid
}

function isInterior(drawing: Drawing, x: number, y: number): boolean {
  for (let dy = -3; dy <= 3; dy++) {
    for (let dx = -3; dx <= 3; dx++) {
      const [px, py] = [x + dx, y + dy]
      if (px < 0 || py < 0 || px >= drawing.width || py >= drawing.height || drawing.alpha[py * drawing.width + px]! <= 0.5) return false
    }
  }
  return true
}

/** Fewer pixels than this say nothing about a cell. */
const cellPixelsMin = 40

export function compare(channels: Channels, pose: Pose, grid: Grid): Scores {
  const { count } = grid
  const red = new Float32Array(count)
  const green = new Float32Array(count)
  const blue = new Float32Array(count)
  const size = channels.green.width
  const tall = pose.height * size
  const wide = tall * grid.aspect * pose.stretch
  const cos = Math.cos(pose.angle)
  const sin = Math.sin(pose.angle)
  for (let i = 0; i < count; i++) {
    const dx = grid.u[i]! * wide
    const dy = grid.v[i]! * tall
    const x = pose.x * size + dx * cos - dy * sin
    const y = pose.y * size + dx * sin + dy * cos
    red[i] = sample(channels.red, x, y)
    green[i] = sample(channels.green, x, y)
    blue[i] = sample(channels.blue, x, y)
  }
  const scores = {} as Scores
  scores.form = maskedCorrelation(green, grid, null)
  for (const part of partNames) scores[`form.${part}`] = maskedCorrelation(green, grid, grid.parts[part])
  scores.gradient = gradientAgreement(green, grid)
  colourScores(red, green, blue, grid, scores)
  residualScores(green, grid, scores)
  return scores
}

function maskedCorrelation(green: Float32Array, grid: Grid, members: Int32Array | null): number {
  const n = members ? members.length : grid.count
  let [weights, sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0, 0]
  for (let k = 0; k < n; k++) {
    const i = members ? members[k]! : k
    const w = grid.weight[i]!
    const x = grid.green[i]!
    const y = green[i]!
    weights += w
    sx += w * x
    sy += w * y
    sxx += w * x * x
    syy += w * y * y
    sxy += w * x * y
  }
  const varX = Math.max(sxx - (sx * sx) / weights, 25 * weights)
  const varY = Math.max(syy - (sy * sy) / weights, 25 * weights)
  return (sxy - (sx * sy) / weights) / Math.sqrt(varX * varY)
}

function gradientAgreement(green: Float32Array, grid: Grid): number {
  let [dot, own, other] = [0, 0, 1]
  for (let i = 0; i < grid.count; i++) {
    for (const next of [grid.right[i]!, grid.below[i]!]) {
      if (next < 0) continue
      const a = grid.green[next]! - grid.green[i]!
      const b = green[next]! - green[i]!
      dot += a * b
      own += a * a
      other += b * b
    }
  }
  return dot / Math.sqrt(own * other)
}

/** Shares of the usual red level: less red light is ink or shadow, more blue light is paint or paper. */
const dimBelow = 0.62
const paleAbove = 0.45

/** Red where the reference is red, gold where it is gold, and nothing that is neither (foreign), darker (dim) or whiter (pale). */
function colourScores(red: Float32Array, green: Float32Array, blue: Float32Array, grid: Grid, scores: Scores): void {
  const agrees = new Uint8Array(grid.count)
  const odd = { foreign: new Uint8Array(grid.count), dim: new Uint8Array(grid.count), pale: new Uint8Array(grid.count) }
  // Red and gold both are full of red light; its usual level in each is the picture's own brightness.
  const usual = [0, toneRed, toneGold].map((tone) => Math.max(median(red.filter((_, i) => grid.tone[i] === tone)), 30))
  let [reds, redsRight, golds, goldsRight] = [0, 0, 0, 0]
  for (let i = 0; i < grid.count; i++) {
    const [r, g, b] = [red[i]!, green[i]!, blue[i]!]
    const max = Math.max(r, g, b, 30)
    const a = (r - g) / max
    const q = (g - b) / max
    if (grid.tone[i] === toneRed) {
      reds++
      agrees[i] = a > 0.45 && Math.abs(q) < 0.32 && r > 60 ? 1 : 0
      redsRight += agrees[i]!
    } else if (grid.tone[i] === toneGold) {
      golds++
      agrees[i] = a > -0.06 && a < 0.48 && q > 0.18 && r > 80 ? 1 : 0
      goldsRight += agrees[i]!
    }
    if (!grid.interior[i]) continue
    const top = Math.max(r, g, b)
    const saturation = top > 0 ? (top - Math.min(r, g, b)) / top : 0
    odd.foreign[i] = !(r >= g - 12 && g >= b - 0.34 * max) || saturation < 0.3 || top < 55 ? 1 : 0
    odd.dim[i] = r < dimBelow * usual[grid.tone[i]!]! ? 1 : 0
    odd.pale[i] = b > paleAbove * usual[grid.tone[i]!]! ? 1 : 0
  }
  scores["colour.red"] = redsRight / reds
  scores["colour.gold"] = goldsRight / golds
  for (const part of partNames) scores[`colour.${part}`] = agreementIn(grid.parts[part], grid, agrees)
  const toned = shares(grid, (i) => grid.tone[i] !== 0, (i) => agrees[i]!)
  scores["colour.worstCell"] = toned.length ? Math.min(...toned) : 0
  for (const kind of ["foreign", "dim", "pale"] as const) {
    const perCell = shares(grid, (i) => grid.interior[i] === 1, (i) => odd[kind][i]!).sort((x, y) => y - x)
    scores[kind] = odd[kind].reduce((sum, value) => sum + value, 0) / grid.interiorCount
    scores[`${kind}.worstCell`] = perCell[0] ?? 1
    scores[`${kind}.secondCell`] = perCell[1] ?? 1
  }
}

const median = (values: Float32Array) => values.sort()[values.length >> 1] ?? 0

function agreementIn(members: Int32Array, grid: Grid, agrees: Uint8Array): number {
  let [all, right] = [0, 0]
  for (const i of members) {
    if (!grid.tone[i]) continue
    all++
    right += agrees[i]!
  }
  return all ? right / all : 0
}

/** Share per cell of the pixels counted by `counts` for which `value` is 1. */
function shares(grid: Grid, counts: (i: number) => boolean, value: (i: number) => number): number[] {
  const all = new Float32Array(cells * cells)
  const sum = new Float32Array(cells * cells)
  for (let i = 0; i < grid.count; i++) {
    if (!counts(i)) continue
    all[grid.cell[i]!]!++
    sum[grid.cell[i]!]! += value(i)
  }
  const result: number[] = []
  for (let c = 0; c < cells * cells; c++) if (all[c]! >= cellPixelsMin) result.push(sum[c]! / all[c]!)
  return result
}

/** What brightness and contrast cannot explain, per cell: strokes, stickers and dirt drawn over the emblem. */
function residualScores(green: Float32Array, grid: Grid, scores: Scores): void {
  let [weights, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0]
  for (let i = 0; i < grid.count; i++) {
    const w = grid.weight[i]!
    weights += w
    sx += w * grid.green[i]!
    sy += w * green[i]!
    sxx += w * grid.green[i]! ** 2
    sxy += w * grid.green[i]! * green[i]!
  }
  const slope = Math.max((sxy - (sx * sy) / weights) / Math.max(sxx - (sx * sx) / weights, 1), 0.05)
  const base = (sy - slope * sx) / weights
  const all = new Float32Array(cells * cells)
  const sum = new Float32Array(cells * cells)
  for (let i = 0; i < grid.count; i++) {
    const c = grid.cell[i]!
    all[c]!++
    sum[c]! += Math.abs((green[i]! - base) / slope - grid.green[i]!)
  }
  const worst: number[] = []
  for (let c = 0; c < cells * cells; c++) if (all[c]! >= cellPixelsMin) worst.push(Math.min(sum[c]! / all[c]! / 255, 2))
  worst.sort((x, y) => y - x)
  scores["residual.worstCell"] = worst[0] ?? 2
  scores["residual.secondCell"] = worst[1] ?? 2
  scores["residual.standout"] = (worst[0] ?? 2) - (worst[worst.length >> 1] ?? 0)
}
