import type { NetworkName } from "./unit.ts"
import type { PostContent } from "./network.ts"

/**
 * `waiting`   queue, retry or pace          `review`   needs approval        `held`   a check stops it, with reason
 * `sending`   the network is being asked, or has accepted and not yet named the post
 * `unknown`   asked, answer lost: read back before anything else
 * `published` `refused` `cancelled`         final
 */
export const deliveryStates = ["waiting", "review", "held", "sending", "unknown", "published", "refused", "cancelled"] as const
export type DeliveryState = (typeof deliveryStates)[number]

export interface Delivery {
  id: string
  articleId: string
  articleUrl: string
  account: string
  unitId: string
  network: NetworkName
  state: DeliveryState
  content: PostContent | null
  remoteId: string | null
  remoteUrl: string | null
  attempts: number
  reason: string | null
  code: string | null
  dueAt: number
  createdAt: number
  publishedAt: number | null
}
