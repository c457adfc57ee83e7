import type { DeliveryState } from "../../model/delivery.ts"

export interface OutboxTables {
  deliveries: {
    id: string
    article_id: string
    article_url: string
    account_id: string
    unit_id: string
    network: string
    state: DeliveryState
    /** 0 = emergency lane, 1 = normal. */
    priority: number
    /** waiting: try then · sending: lease end, or next question about `handle` · unknown: next look · published: follow-up. */
    due_at: number
    created_at: number
    updated_at: number
    attempts: number
    /** When the network was (or may have been) asked; committed before the call. */
    intent_at: number | null
    /** The network's token of a post it accepted but has not named. */
    handle: string | null
    /** How many times the page was read back since `intent_at`. */
    looks: number
    /** How many times the answer got lost. */
    unknowns: number
    remote_id: string | null
    remote_url: string | null
    published_at: number | null
    /** Version of the article that the post was made from. */
    article_version: number
    title_key: string
    code: string | null
    reason: string | null
    /** Work still to do on a published post: `update` or `remove`. */
    followup: string | null
    approved_by: string | null
  }
  /** The post as stored, approved and sent (JSON PostContent); no row = never composed. */
  delivery_posts: { delivery_id: string; content: string }
  /** One row an account: the lease that lets one worker in, and everything that makes the account wait. */
  lanes: {
    account_id: string
    network: string
    owner: string | null
    lease_until: number
    /** Pace: the next ordinary post not before this moment. */
    next_free_at: number
    /** The network asked for silence until then; holds for every call. */
    blocked_until: number
    /** Last turn, for fair shares. */
    served_at: number
    /** Posts made on `day` (Vietnam), for the daily cap. */
    day: string
    sent_today: number
    /** Why the whole lane stands still; null = it does not. */
    paused_reason: string | null
    /** `network`, `alert` or the actor who did it. */
    paused_by: string | null
    paused_at: number | null
    /** 1 = normal; > 1 multiplies the pace after the network asked to slow down. */
    slowness: number
  }
  workers: { id: string; host: string; pid: number; pid_started: string; heartbeat_at: number }
}
