/** The door of the metrics: reach and followers as the networks told them, with the reason where they told nothing. */
export { dueAge, measuredDays, SNAPSHOTS_UNTIL_MS, snapshotAges } from "./ages.ts"
export { keepArticleTotals, keepFollow, keepFollowers, keepPageMetrics, keepPostSnapshot, keepVerdicts, restingMetrics } from "./keep.ts"
export { readArticleTotals, readFollowerDays, readFollowers, readPosts, readReach, readSnapshotAges } from "./read.ts"
export type { ArticleTotals, MeasuredMetric, PostReach, ReachPoint } from "./types.ts"
