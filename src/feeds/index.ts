export type { ClaimedFeed, FeedHealth, FeedsRoom } from "./types.ts"
