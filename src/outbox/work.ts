import type { Selectable } from "kysely"
import type { Schema } from "../db/index.ts"
import type { LookOutcome, LookProbe, NetworkName, PostContent, PublishOutcome } from "../model/index.ts"

export type DeliveryRow = Selectable<Schema["deliveries"]>

interface Claimed {
  account: string
  network: NetworkName
  claimedAt: number
}
/** What a worker may do with a lane it has claimed: exactly one call. */
export type Work =
  | (Claimed & { kind: "publish" | "resume" | "update" | "remove"; delivery: DeliveryRow; content: PostContent })
  | (Claimed & { kind: "look"; deliveries: DeliveryRow[]; probes: LookProbe[] })

export type Result =
  | { work: Exclude<Work, { kind: "look" }>; outcome: PublishOutcome }
  /** The claim grew too old before the call began: nothing was asked. */
  | { work: Work; outcome: { kind: "unsent" } }
  | { work: Extract<Work, { kind: "look" }>; outcome: LookOutcome }

export function probeOf(row: DeliveryRow, content: PostContent): LookProbe {
  return {
    id: row.id,
    articleUrl: row.article_url,
    title: content.title,
    message: content.network === "facebook" ? content.message : null,
    since: row.intent_at ?? row.created_at,
  }
}
