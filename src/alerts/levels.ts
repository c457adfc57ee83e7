/**
 * Who is called next when nobody acknowledges: the unit's owner, the information centre, the police. The level an alert has reached is a
 * row of its own, written with its audit entry whether or not a channel can carry the message.
 */
import type { Audit } from "../audit/index.ts"
import { HOUR, type Clock } from "../base/clock.ts"
import { inTransaction, type Db } from "../db/index.ts"
import type { Alert } from "../model/index.ts"
import type { EscalationLevel } from "./settings.ts"

export interface ReachedLevel {
  level: string
  /** 1 = the first above those told at once. */
  step: number
  at: number
}

/** "page.*" fits every kind of that family. */
export const kindFits = (kind: string, patterns: readonly string[]) =>
  patterns.some((pattern) => (pattern.endsWith(".*") ? kind.startsWith(pattern.slice(0, -1)) : kind === pattern))

/** When the alert goes up to this level if nobody acknowledges it; null = never. */
export function dueAt(alert: Pick<Alert, "kind" | "severity" | "raisedAt">, level: EscalationLevel): number | null {
  const hours = level.hours[alert.severity]
  return hours === null || (level.kinds && !kindFits(alert.kind, level.kinds)) ? null : alert.raisedAt + hours * HOUR
}

/** Passes every open alert up to the levels whose time has come; safe to run twice. Answers what moved. */
export async function escalateDue(
  deps: { db: Db; clock: Clock; audit: Audit },
  alerts: readonly Alert[],
  levels: readonly EscalationLevel[],
): Promise<{ alert: Alert; level: string }[]> {
  const { db, clock, audit } = deps
  const now = clock.now()
  const reached = await levelsOf(db, alerts.map((alert) => alert.id))
  const moved: { alert: Alert; level: string }[] = []
  for (const alert of alerts.filter((entry) => entry.state === "open")) {
    const has = new Set(reached.get(alert.id)?.map((entry) => entry.level))
    const due = levels.flatMap((level, i) => {
      const at = dueAt(alert, level)
      return at !== null && at <= now && !has.has(level.level) ? [{ level, step: i + 1 }] : []
    })
    if (!due.length) continue
    await inTransaction(db, async (tx) => {
      const row = await tx.selectFrom("alerts").select("state").where("id", "=", alert.id).executeTakeFirst()
      // Somebody took it meanwhile.
      if (row?.state !== "open") return
      for (const { level, step } of due) {
        const row = { alert_id: alert.id, level: level.level, step, at: now }
        const added = await tx
          .insertInto("alert_levels")
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .returning("level")
          .executeTakeFirst()
        if (!added) continue
        moved.push({ alert, level: level.level })
        const detail = {
          level: level.level,
          name: level.name,
          kind: alert.kind,
          severity: alert.severity,
          raisedAt: new Date(alert.raisedAt).toISOString(),
        }
        await audit.write(tx, [{ actor: "job:escalate", action: "alert.passed_up", subject: `alert:${alert.id}`, detail }])
      }
    })
  }
  return moved
}

/** Levels reached, by alert, lowest first. */
export async function levelsOf(db: Db, alertIds: readonly string[]): Promise<Map<string, ReachedLevel[]>> {
  const found = new Map<string, ReachedLevel[]>()
  for (let i = 0; i < alertIds.length; i += 200) {
    const rows = await db.selectFrom("alert_levels").selectAll().where("alert_id", "in", alertIds.slice(i, i + 200)).orderBy("step").execute()
    for (const row of rows) found.set(row.alert_id, [...(found.get(row.alert_id) ?? []), { level: row.level, step: row.step, at: Number(row.at) }])
  }
  return found
}

/** The next level above and when it is called; null when nobody is above or the alert is taken. */
export function nextLevel(
  alert: Alert,
  reached: readonly ReachedLevel[],
  levels: readonly EscalationLevel[],
): { level: string; name: string; at: number } | null {
  if (alert.state !== "open") return null
  for (const level of levels) {
    const at = reached.some((entry) => entry.level === level.level) ? null : dueAt(alert, level)
    if (at !== null) return { level: level.level, name: level.name, at }
  }
  return null
}
