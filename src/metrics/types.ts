/** What the room is told; the networks' own answers fit. */
import type { StoredVerdict } from "../db/tables/metrics.ts"

export interface MeasuredMetric {
  name: string
  /** `failed` = not known today, nothing is kept. */
  verdict: StoredVerdict | "failed"
  code: string | null
  points: { day: string | null; value: number | Record<string, number> }[]
}
/** Cumulative counters of one Zalo article. */
export interface ArticleTotals {
  id: string
  title: string
  createdAt: number
  views: number | null
  shares: number | null
}
/** One metric of one account on one day. */
export interface ReachPoint {
  accountId: string
  metric: string
  /** Facebook: measured US Pacific day; Zalo: day in Vietnam. */
  day: string
  value: number | null
  verdict: StoredVerdict
}
export interface PostReach {
  deliveryId: string
  accountId: string
  remoteId: string
  metric: string
  /** Hours after publication the snapshot stands for. */
  age: number
  value: number | null
  verdict: StoredVerdict
  fetchedAt: number
}
