/** Small grey planes as typed arrays: the only thing the matching below works on. Values 0..255, row by row. */

export interface Plane {
  width: number
  height: number
  data: Float32Array
}

export const plane = (width: number, height: number): Plane => ({ width, height, data: new Float32Array(width * height) })

/** Half the size by the mean of 2×2 pixels. */
export function halve(source: Plane): Plane {
  const half = plane(source.width >> 1, source.height >> 1)
  const { data, width } = source
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const at = 2 * y * width + 2 * x
      half.data[y * half.width + x] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4
    }
  }
  return half
}

/** The plane with its edge repeated outwards, so that a sign may stick out of the frame a little. */
export function padEdge(source: Plane, margin: number): Plane {
  const padded = plane(source.width + 2 * margin, source.height + 2 * margin)
  for (let y = 0; y < padded.height; y++) {
    const from = clamp(y - margin, 0, source.height - 1) * source.width
    for (let x = 0; x < padded.width; x++) {
      padded.data[y * padded.width + x] = source.data[from + clamp(x - margin, 0, source.width - 1)]!
    }
  }
  return padded
}

/** Value at a fractional position in pixels (pixel centres at .5), edges repeated. */
export function sample(source: Plane, x: number, y: number): number {
  const { data, width, height } = source
  const px = Math.min(Math.max(x - 0.5, 0), width - 1)
  const py = Math.min(Math.max(y - 0.5, 0), height - 1)
  const x0 = px | 0
  const y0 = py | 0
  const fx = px - x0
  const fy = py - y0
  const right = x0 < width - 1 ? 1 : 0
  const at = y0 * width + x0
  const below = y0 < height - 1 ? at + width : at
  const upper = data[at]! + fx * (data[at + right]! - data[at]!)
  const lower = data[below]! + fx * (data[below + right]! - data[below]!)
  return upper + fy * (lower - upper)
}

/** What is left after taking away the mean of the (2·radius+1)² neighbourhood: strokes without brightness. */
export function highPass(source: Plane, radius: number): Plane {
  const { width, height, data } = source
  const sums = new Float64Array((width + 1) * (height + 1))
  for (let y = 0; y < height; y++) {
    let row = 0
    for (let x = 0; x < width; x++) {
      row += data[y * width + x]!
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row
    }
  }
  const result = plane(width, height)
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - radius) * (width + 1)
    const bottom = Math.min(height, y + radius + 1) * (width + 1)
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - radius)
      const right = Math.min(width, x + radius + 1)
      const sum = sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!
      result.data[y * width + x] = data[y * width + x]! - (sum * (width + 1)) / ((bottom - top) * (right - left))
    }
  }
  return result
}

export const clamp = (value: number, low: number, high: number) => (value < low ? low : value > high ? high : value)
