/** Counts for the desk. They read today's rows and live rows only, so the home page costs the same after a year. */
import { asNumber, sql, type Db } from "../db/index.ts"
import { deliveryStates, type DeliveryState, type NetworkName } from "../model/index.ts"

export type StateCounts = Record<DeliveryState, number>
const none = (): StateCounts => Object.fromEntries(deliveryStates.map((state) => [state, 0])) as StateCounts

export interface Flow {
  /** Deliveries queued in the range, by the state they are in now. */
  states: StateCounts
  published: Record<NetworkName, number>
}
export async function flowBetween(db: Db, from: number, to: number): Promise<Flow> {
  const rows = await db
    .selectFrom("deliveries")
    .select((row) => ["state", "network", row.fn.countAll().as("n")])
    .where("created_at", ">=", from)
    .where("created_at", "<", to)
    .groupBy(["state", "network"])
    .execute()
  const flow: Flow = { states: none(), published: { facebook: 0, zalo: 0 } }
  for (const row of rows) {
    const n = asNumber(row.n)
    flow.states[row.state] += n
    if (row.state === "published") flow.published[row.network as NetworkName] += n
  }
  return flow
}

const live = ["waiting", "review", "held", "sending", "unknown"] as const satisfies DeliveryState[]
/** What is not finished yet. `unsure` = of `unknown`, those a person has to look up. */
export async function liveCounts(db: Db, unit?: string): Promise<StateCounts & { unsure: number }> {
  const rows = await db
    .selectFrom("deliveries")
    .select((row) => ["state", sql<number>`case when code = 'needs_person' then 1 else 0 end`.as("person"), row.fn.countAll().as("n")])
    .where("state", "in", live)
    .$if(unit !== undefined, (q) => q.where("unit_id", "=", unit!))
    .groupBy(["state", sql`case when code = 'needs_person' then 1 else 0 end`])
    .execute()
  const counts = { ...none(), unsure: 0 }
  for (const row of rows) {
    counts[row.state] += asNumber(row.n)
    if (row.state === "unknown" && Number(row.person) === 1) counts.unsure += asNumber(row.n)
  }
  return counts
}
