/** A registered sign (the emblem, a logo), resampled once into the sizes the matching needs. */
import { clamp, type Plane, plane } from "./planes.ts"

/** Channels of the reference drawing, each 0..255, and its silhouette 0..1. */
export interface Drawing {
  width: number
  height: number
  red: Float32Array
  green: Float32Array
  blue: Float32Array
  alpha: Float32Array
}

/** The pixels of a drawing inside its silhouette, ready for masked correlation. */
export interface Template {
  width: number
  height: number
  count: number
  /** Column and row of each pixel. */
  x: Int16Array
  y: Int16Array
  /** Position in the sign's own box, -0.5 … 0.5. */
  u: Float32Array
  v: Float32Array
  weight: Float32Array
  weightSum: number
  /** Zero weighted mean, unit norm, already multiplied by the weight. */
  value: Float32Array
  /** Norm before it was made one: how much this channel has to say. */
  norm: number
}

/** RGBA bytes → drawing, trimmed to what is visible. */
export function drawingOf(rgba: Uint8Array, width: number, height: number): Drawing {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rgba[(y * width + x) * 4 + 3]! < 16) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  }
  if (right < 0) throw new Error("the reference picture is fully transparent")
  const w = right - left + 1
  const h = bottom - top + 1
  const channel = () => new Float32Array(w * h)
  const drawing: Drawing = { width: w, height: h, red: channel(), green: channel(), blue: channel(), alpha: channel() }
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = ((y + top) * width + x + left) * 4
      const at = y * w + x
      drawing.red[at] = rgba[from]!
      drawing.green[at] = rgba[from + 1]!
      drawing.blue[at] = rgba[from + 2]!
      drawing.alpha[at] = rgba[from + 3]! / 255
    }
  }
  return drawing
}

/** Area average with premultiplied alpha: what the sign looks like at another size, its edge colour unspoilt. */
export function resize(drawing: Drawing, width: number, height: number): Drawing {
  const channel = () => new Float32Array(width * height)
  const result: Drawing = { width, height, red: channel(), green: channel(), blue: channel(), alpha: channel() }
  const stepX = drawing.width / width
  const stepY = drawing.height / height
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [area, alpha, red, green, blue] = [0, 0, 0, 0, 0]
      const top = y * stepY
      const bottom = Math.min(top + stepY, drawing.height)
      const left = x * stepX
      const right = Math.min(left + stepX, drawing.width)
      for (let sy = Math.floor(top); sy < bottom; sy++) {
        const partY = Math.min(sy + 1, bottom) - Math.max(sy, top)
        for (let sx = Math.floor(left); sx < right; sx++) {
          const part = partY * (Math.min(sx + 1, right) - Math.max(sx, left))
          const from = sy * drawing.width + sx
          const seen = part * drawing.alpha[from]!
          area += part
          alpha += seen
          red += seen * drawing.red[from]!
          green += seen * drawing.green[from]!
          blue += seen * drawing.blue[from]!
        }
      }
      const at = y * width + x
      result.alpha[at] = area ? alpha / area : 0
      if (!alpha) continue
      result.red[at] = red / alpha
      result.green[at] = green / alpha
      result.blue[at] = blue / alpha
    }
  }
  return result
}

export type Channel = "red" | "green" | "blue" | "alpha"

/**
 * Template of one channel at a given height. The channel "alpha" describes the bare shape (line logos of one colour):
 * there the whole box counts, not only the inside of the silhouette.
 */
export function templateOf(drawing: Drawing, height: number, channel: Channel): Template {
  const width = Math.max(1, Math.round((height * drawing.width) / drawing.height))
  const small = resize(drawing, width, height)
  const shape = channel === "alpha"
  const inside: number[] = []
  for (let at = 0; at < width * height; at++) if (shape || small.alpha[at]! > 0.5) inside.push(at)
  const count = inside.length
  const floats = () => new Float32Array(count)
  const template: Template = {
    width,
    height,
    count,
    x: new Int16Array(count),
    y: new Int16Array(count),
    u: floats(),
    v: floats(),
    weight: floats(),
    weightSum: 0,
    value: floats(),
    norm: 1,
  }
  let sum = 0
  inside.forEach((at, i) => {
    const x = at % width
    const y = (at - x) / width
    const weight = shape ? 1 : small.alpha[at]!
    template.x[i] = x
    template.y[i] = y
    template.u[i] = (x + 0.5) / width - 0.5
    template.v[i] = (y + 0.5) / height - 0.5
    template.weight[i] = weight
    template.weightSum += weight
    sum += weight * small[channel][at]!
  })
  const mean = sum / template.weightSum
  let squares = 0
  inside.forEach((at, i) => (squares += template.weight[i]! * (small[channel][at]! - mean) ** 2))
  template.norm = Math.sqrt(squares) || 1
  inside.forEach((at, i) => (template.value[i] = (template.weight[i]! * (small[channel][at]! - mean)) / template.norm))
  return template
}

/** Templates of red, green and blue together, of unit norm as a whole: a channel without contrast hardly counts. */
export function colourTemplatesOf(drawing: Drawing, height: number): Template[] {
  const templates = (["red", "green", "blue"] as const).map((channel) => templateOf(drawing, height, channel))
  const whole = Math.hypot(...templates.map((template) => template.norm))
  for (const template of templates) {
    for (let i = 0; i < template.count; i++) template.value[i]! *= template.norm / whole
  }
  return templates
}

/** Weighted variance of a channel inside the silhouette, grey levels squared. */
export function contrastOf(drawing: Drawing, channel: Exclude<Channel, "alpha">): number {
  let [weight, sum, squares] = [0, 0, 0]
  for (let at = 0; at < drawing.alpha.length; at++) {
    const w = drawing.alpha[at]!
    weight += w
    sum += w * drawing[channel][at]!
    squares += w * drawing[channel][at]! ** 2
  }
  return squares / weight - (sum / weight) ** 2
}

/** Part of a drawing's green channel as a plane, e.g. its banner; fractions of the box. */
export function greenPatch(drawing: Drawing, box: readonly [number, number, number, number]): Plane {
  const left = Math.round(box[0] * drawing.width)
  const top = Math.round(box[1] * drawing.height)
  const patch = plane(Math.round(box[2] * drawing.width) - left, Math.round(box[3] * drawing.height) - top)
  for (let y = 0; y < patch.height; y++) {
    for (let x = 0; x < patch.width; x++) {
      patch.data[y * patch.width + x] = drawing.green[clamp(y + top, 0, drawing.height - 1) * drawing.width + clamp(x + left, 0, drawing.width - 1)]!
    }
  }
  return patch
}
