/** Alerts: what asks a person to act. One alert per thing: raised, merged, acknowledged, closed. */
import type { Audit } from "../audit/index.ts"
import type { Clock } from "../base/clock.ts"
import { NotFoundError, messageOf } from "../base/errors.ts"
import type { Log } from "../base/log.ts"
import { inTransaction, type Db } from "../db/index.ts"
import { alertSeverities, type Alert, type AlertFact, type AlertSeverity, type AlertState } from "../model/index.ts"
import { severityOrder } from "./desk.ts"
import { raise } from "./raise.ts"

export { endSilence, escalate, merge, openCounts, silence, silences, SILENCE_DAYS_MAX } from "./desk.ts"
export { driftSignals, type DriftCase, type SeenPicture } from "./drift.ts"
export { readFacts, writeFact } from "./facts.ts"
export { incidentFile, type IncidentParts, type TimelineEntry } from "./incident.ts"
export { dueAt, escalateDue, kindFits, levelsOf, nextLevel, type ReachedLevel } from "./levels.ts"
export { createMailer, type Mail, type SendMail } from "./mail.ts"
export { parseObserved, readAddress, readObserved, type ObservedInput } from "./observed-input.ts"
export {
  changeObserved,
  decideObserved,
  findObserved,
  keepObserved,
  listObserved,
  observedId,
  removeObserved,
  type ObservedChange,
  type ObservedPage,
  type ObservedVerdict,
} from "./observed.ts"
export { messageNames, tellPeople, type Channel, type ChannelMessage, type TellDeps } from "./tell.ts"
export { sendByPersonalZalo } from "./zalo-personal.ts"
export { finishEvents, keepEvents, takeEvents, type InboxEvent } from "./webhook-inbox.ts"
export { loadChannelSettings, loadWatchSettings, type ChannelSettings, type EscalationLevel, type WatchSettings } from "./settings.ts"
export { webhookSecret, webhookSignature } from "./sign.ts"
export { freezes, signalFact, signalKey, signalKinds, signOf, TAKEOVER_WINDOW_MS, takeoverParts, type Signal, type SignalKind } from "./signals.ts"

export interface AlertFilter {
  state?: AlertState
  severity?: AlertSeverity
  unit?: string
  account?: string
  kind?: string
  key?: string
  limit?: number
}

export class Alerts {
  private queue: AlertFact[] = []

  constructor(private readonly deps: { db: Db; clock: Clock; log: Log; audit: Audit }) {}

  /** Remembers the fact; `flush` writes it. May be called inside other rooms' transactions: nothing is written there. */
  note(fact: AlertFact): void {
    this.queue.push(fact)
  }

  /** Writes what was noted; answers the alerts that are new or have grown more severe, for the channels. */
  async flush(): Promise<Alert[]> {
    if (!this.queue.length) return []
    const facts = this.queue
    this.queue = []
    try {
      const ids = await inTransaction(this.deps.db, (tx) => raise(tx, facts, this.deps.clock.now()))
      const alerts = await Promise.all(ids.map((id) => this.find(id)))
      for (const alert of alerts)
        this.deps.log.warn("alert", { kind: alert.kind, severity: alert.severity, unit: alert.unit, account: alert.account, summary: alert.summary })
      return alerts
    } catch (error) {
      this.queue.unshift(...facts)
      this.deps.log.error("alerts could not be written, they stay noted", { error: messageOf(error) })
      return []
    }
  }

  async list(filter: AlertFilter = {}): Promise<Alert[]> {
    const rows = await this.deps.db
      .selectFrom("alerts")
      .selectAll()
      .$if(filter.state !== undefined, (q) => q.where("state", "=", filter.state!))
      .$if(filter.severity !== undefined, (q) => q.where("severity", "=", filter.severity!))
      .$if(filter.unit !== undefined, (q) => q.where("unit_id", "=", filter.unit!))
      .$if(filter.key !== undefined, (q) => q.where("key", "=", filter.key!))
      .$if(filter.kind !== undefined, (q) => q.where("kind", "=", filter.kind!))
      .$if(filter.account !== undefined, (q) => q.where("account_id", "=", filter.account!))
      .orderBy(severityOrder)
      .orderBy("raised_at", "desc")
      .orderBy("id")
      .$if(filter.limit !== undefined, (q) => q.limit(filter.limit!))
      .execute()
    return rows.map(alertOf).sort((a, b) => alertSeverities.indexOf(a.severity) - alertSeverities.indexOf(b.severity))
  }

  /** Raised in [from, to), or raised before and still open when the range began; with the times people reacted. */
  async between(from: number, to: number): Promise<(Alert & { acknowledgedAt: number | null; closedAt: number | null })[]> {
    const rows = await this.deps.db
      .selectFrom("alerts")
      .selectAll()
      .where("raised_at", "<", to)
      .where((or) => or.or([or("raised_at", ">=", from), or("closed_at", "is", null), or("closed_at", ">=", from)]))
      .orderBy("raised_at")
      .orderBy("id")
      .execute()
    const timeOf = (at: number | null) => (at === null ? null : Number(at))
    return rows.map((row) => ({ ...alertOf(row), acknowledgedAt: timeOf(row.acknowledged_at), closedAt: timeOf(row.closed_at) }))
  }

  async find(id: string): Promise<Alert> {
    const row = await this.deps.db.selectFrom("alerts").selectAll().where("id", "=", id).executeTakeFirst()
    if (!row) throw new NotFoundError("alert", id)
    return alertOf(row)
  }

  async acknowledge(id: string, actor: string): Promise<Alert> {
    await this.change(id, actor, "alert.acknowledged", { state: "acknowledged", acknowledged_by: actor, acknowledged_at: this.deps.clock.now() })
    return this.find(id)
  }

  async close(id: string, actor: string, why: string): Promise<Alert> {
    await this.change(id, actor, "alert.closed", { state: "closed", closed_by: actor, closed_at: this.deps.clock.now() }, { why })
    return this.find(id)
  }

  private async change(id: string, actor: string, action: string, set: Record<string, unknown>, detail?: Record<string, unknown>) {
    const before = await this.find(id)
    await inTransaction(this.deps.db, async (tx) => {
      await tx.updateTable("alerts").set(set).where("id", "=", id).execute()
      await this.deps.audit.write(tx, [{ actor, action, subject: `alert:${id}`, detail: { kind: before.kind, from: before.state, ...detail } }])
    })
  }
}

function alertOf(row: {
  id: string
  key: string
  kind: string
  severity: AlertSeverity
  unit_id: string | null
  account_id: string | null
  state: AlertState
  raised_at: number
  last_seen_at: number
  count: number
  summary: string
  evidence: string
}): Alert {
  return {
    id: row.id,
    key: row.key,
    kind: row.kind,
    severity: row.severity,
    unit: row.unit_id,
    account: row.account_id,
    state: row.state,
    raisedAt: Number(row.raised_at),
    lastSeenAt: Number(row.last_seen_at),
    count: Number(row.count),
    summary: row.summary,
    evidence: { sightings: JSON.parse(row.evidence) },
  }
}
