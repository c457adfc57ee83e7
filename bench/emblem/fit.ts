/** Logistic regression whose weights keep a given sign: more similarity never hurts, more oddity never helps. */

export interface Fitted {
  weights: number[]
  intercept: number
}

/**
 * Minimises class-balanced log loss + |w|²/2C on standardised columns by accelerated projected gradient.
 * `signs[i]` is +1 (weight ≥ 0) or -1 (weight ≤ 0). Answers weights for the raw columns.
 */
export function fitLogistic(rows: Float64Array[], labels: boolean[], importance: number[], signs: number[], penalty: number, rounds = 4_000): Fitted {
  const width = signs.length
  const mean = new Float64Array(width)
  const scale = new Float64Array(width)
  for (const row of rows) for (let j = 0; j < width; j++) mean[j]! += row[j]! / rows.length
  for (const row of rows) for (let j = 0; j < width; j++) scale[j]! += (row[j]! - mean[j]!) ** 2 / rows.length
  for (let j = 0; j < width; j++) scale[j] = Math.sqrt(scale[j]!) || 1
  const data = new Float64Array(rows.length * width)
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j++) data[i * width + j] = (row[j]! - mean[j]!) / scale[j]!
  })
  const total = { true: 0, false: 0 }
  labels.forEach((label, i) => (total[`${label}`] += importance[i]!))
  const share = labels.map((label, i) => importance[i]! / (2 * total[`${label}`]))

  let weights = new Float64Array(width + 1)
  let ahead = new Float64Array(width + 1)
  const gradient = new Float64Array(width + 1)
  const step = 4 / (width + 1)
  let momentum = 1
  for (let round = 0; round < rounds; round++) {
    gradient.fill(0)
    for (let i = 0; i < rows.length; i++) {
      let logit = ahead[width]!
      for (let j = 0; j < width; j++) logit += ahead[j]! * data[i * width + j]!
      const error = share[i]! * (1 / (1 + Math.exp(-logit)) - (labels[i] ? 1 : 0))
      for (let j = 0; j < width; j++) gradient[j]! += error * data[i * width + j]!
      gradient[width]! += error
    }
    const next = new Float64Array(width + 1)
    for (let j = 0; j <= width; j++) {
      const moved = ahead[j]! - step * (gradient[j]! + (j < width ? penalty * ahead[j]! : 0))
      next[j] = j < width && moved * signs[j]! < 0 ? 0 : moved
    }
    const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
    ahead = next.map((value, j) => value + ((momentum - 1) / nextMomentum) * (value - weights[j]!))
    weights = next
    momentum = nextMomentum
  }
  const raw = Array.from({ length: width }, (_, j) => weights[j]! / scale[j]!)
  return { weights: raw, intercept: weights[width]! - raw.reduce((sum, weight, j) => sum + weight * mean[j]!, 0) }
}
