/** The fitted judgement: a weighted sum of the scores, and the limits that explain a failure in words. */
import { type Part, partNames, type ScoreName, scoreNames, type Scores } from "./compare.ts"
import fitted from "./weights.json" with { type: "json" }

export interface Model {
  version: string
  intercept: number
  weights: Partial<Record<ScoreName, number>>
  /** The 0.3 % quantile of true emblems (99.7 % for oddities): beyond it a score is out of the ordinary. */
  limits: Record<ScoreName, number>
}

export const model = fitted as Model

/** Above 0: more likely the emblem than not; below -3: surely not. */
export function logit(scores: Scores, by: Model = model): number {
  let sum = by.intercept
  for (const name of scoreNames) sum += (by.weights[name] ?? 0) * scores[name]
  return sum
}

export const probability = (logitValue: number) => 1 / (1 + Math.exp(-logitValue))

/** The part that falls furthest below what true emblems show, or null when all parts are ordinary. */
export function weakestPart(scores: Scores, by: Model = model): Part | null {
  let [weakest, deficit]: [Part | null, number] = [null, 0]
  for (const part of partNames) {
    const short = Math.max(by.limits[`form.${part}`] - scores[`form.${part}`], by.limits[`colour.${part}`] - scores[`colour.${part}`])
    if (short > deficit) [weakest, deficit] = [part, short]
  }
  return weakest
}
