/** Where in the frame is the sign? Masked correlation over sizes and positions, then a local climb. */
import { clamp, padEdge, type Plane } from "./planes.ts"
import type { Template } from "./reference.ts"

/** Centre and height as shares of the frame; angle in radians, clockwise; stretch = width against the reference's own proportion. */
export interface Pose {
  x: number
  y: number
  height: number
  angle: number
  stretch: number
}

export interface Found {
  pose: Pose
  /** Masked correlation, -1 … 1. */
  score: number
}

/** Below this spread (grey levels) a patch counts as flat: noise must not correlate. */
const flatVariance = 25

/** Sticking out of the frame is allowed by this share of it. */
const overhang = 3 / 40

/**
 * The positions whose centre lies within `reach` (share of the frame) of the middle.
 * Answers the best place of each template, best first.
 */
export function searchCoarse(channels: Plane[], templates: Template[][], reach: number): Found[] {
  const size = channels[0]!.width
  const margin = Math.round(overhang * size)
  const padded = channels.map((channel) => padEdge(channel, margin))
  const stride = size + 2 * margin
  const found: Found[] = []
  for (const perChannel of templates) {
    const { width, height } = perChannel[0]!
    let best = -2
    let [bestX, bestY] = [0, 0]
    const offsets = offsetsOf(perChannel[0]!, stride)
    const range = (extent: number) => {
      const low = Math.max(0, Math.ceil((0.5 - reach) * size - extent / 2 + margin))
      const high = Math.min(stride - extent, Math.floor((0.5 + reach) * size - extent / 2 + margin))
      return [low, high] as const
    }
    const [left, right] = range(width)
    const [top, bottom] = range(height)
    const visit = (x: number, y: number) => {
      const score = correlateAt(padded, perChannel, offsets, y * stride + x)
      if (score <= best) return
      best = score
      bestX = x
      bestY = y
    }
    // A sign this large correlates over more than one pixel: every second place, then all around the best.
    for (let y = top; y <= bottom; y += 2) for (let x = left; x <= right; x += 2) visit(x, y)
    const [aroundX, aroundY] = [bestX, bestY]
    for (let y = Math.max(top, aroundY - 1); y <= Math.min(bottom, aroundY + 1); y++) {
      for (let x = Math.max(left, aroundX - 1); x <= Math.min(right, aroundX + 1); x++) visit(x, y)
    }
    if (best > -2) {
      const pose = { x: (bestX - margin + width / 2) / size, y: (bestY - margin + height / 2) / size, height: height / size, angle: 0, stretch: 1 }
      found.push({ pose, score: best })
    }
  }
  return found.sort((a, b) => b.score - a.score)
}

function offsetsOf(template: Template, stride: number): Int32Array {
  const offsets = new Int32Array(template.count)
  for (let i = 0; i < template.count; i++) offsets[i] = template.y[i]! * stride + template.x[i]!
  return offsets
}

function correlateAt(channels: Plane[], templates: Template[], offsets: Int32Array, origin: number): number {
  let product = 0
  let variance = 0
  for (let c = 0; c < channels.length; c++) {
    const data = channels[c]!.data
    const { weight, value, weightSum } = templates[c]!
    let [sum, squares, dot] = [0, 0, 0]
    for (let i = 0; i < offsets.length; i++) {
      const level = data[origin + offsets[i]!]!
      const weighted = weight[i]! * level
      sum += weighted
      squares += weighted * level
      dot += value[i]! * level
    }
    product += dot
    variance += Math.max(squares - (sum * sum) / weightSum, flatVariance * weightSum)
  }
  return product / Math.sqrt(variance)
}

/** Masked correlation of one channel under a pose. */
export function correlate(channel: Plane, template: Template, pose: Pose, aspect: number): number {
  const { dot, variance } = correlationParts(channel, template, pose, aspect)
  return dot / Math.sqrt(variance)
}

/** Masked correlation of several channels taken together (see colourTemplatesOf). */
export function correlateAll(channels: Plane[], templates: Template[], pose: Pose, aspect: number): number {
  const all = channels.map((channel, c) => correlationParts(channel, templates[c]!, pose, aspect))
  return all.reduce((sum, part) => sum + part.dot, 0) / Math.sqrt(all.reduce((sum, part) => sum + part.variance, 0))
}

function correlationParts(channel: Plane, template: Template, pose: Pose, aspect: number): { dot: number; variance: number } {
  const size = channel.width
  const tall = pose.height * size
  const wide = tall * aspect * pose.stretch
  const cos = Math.cos(pose.angle)
  const sin = Math.sin(pose.angle)
  const [cx, cy] = [pose.x * size, pose.y * size]
  const { u, v, weight, value, count, weightSum } = template
  const data = channel.data
  const last = size - 1
  let [sum, squares, dot] = [0, 0, 0]
  // `sample` written out: this loop runs some hundred thousand times a picture.
  for (let i = 0; i < count; i++) {
    const dx = u[i]! * wide
    const dy = v[i]! * tall
    const x = cx + dx * cos - dy * sin - 0.5
    const y = cy + dx * sin + dy * cos - 0.5
    const px = x < 0 ? 0 : x > last ? last : x
    const py = y < 0 ? 0 : y > last ? last : y
    const x0 = px | 0
    const y0 = py | 0
    const at = y0 * size + x0
    const right = x0 < last ? 1 : 0
    const below = y0 < last ? at + size : at
    const upper = data[at]! + (px - x0) * (data[at + right]! - data[at]!)
    const lower = data[below]! + (px - x0) * (data[below + right]! - data[below]!)
    const level = upper + (py - y0) * (lower - upper)
    const weighted = weight[i]! * level
    sum += weighted
    squares += weighted * level
    dot += value[i]! * level
  }
  return { dot, variance: Math.max(squares - (sum * sum) / weightSum, flatVariance * weightSum) }
}

export interface Climb {
  rounds: number
  /** First steps: share of the frame, of the height, radians, share of the width. */
  step: { move: number; height: number; angle: number; stretch: number }
  shrink: number
}

const angleMax = 0.16
const stretchMax = 0.08

/** Coordinate ascent from a first pose: each round tries a step up and down in every coordinate and keeps what is better. */
export function climb(channel: Plane, template: Template, start: Found, aspect: number, how: Climb): Found {
  let best: Found = { pose: start.pose, score: correlate(channel, template, start.pose, aspect) }
  let factor = 1
  for (let round = 0; round < how.rounds; round++, factor *= how.shrink) {
    const { move, height, angle, stretch } = how.step
    const tries: ((pose: Pose, sign: number) => Pose)[] = [
      (pose, sign) => ({ ...pose, x: pose.x + sign * factor * move }),
      (pose, sign) => ({ ...pose, y: pose.y + sign * factor * move }),
      (pose, sign) => ({ ...pose, height: pose.height * (1 + sign * factor * height) }),
      (pose, sign) => ({ ...pose, angle: clamp(pose.angle + sign * factor * angle, -angleMax, angleMax) }),
      (pose, sign) => ({ ...pose, stretch: clamp(pose.stretch + sign * factor * stretch, 1 - stretchMax, 1 + stretchMax) }),
    ]
    for (const change of stretch ? tries : tries.slice(0, 4)) {
      for (const sign of [1, -1]) {
        const pose = change(best.pose, sign)
        const score = correlate(channel, template, pose, aspect)
        if (score <= best.score) continue
        best = { pose, score }
        break
      }
    }
  }
  return best
}
