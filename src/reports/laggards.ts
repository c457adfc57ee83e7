/** Who still has to do something, oldest duty first, and which reminder is due (S16: đôn đốc and escalation with dates). */
import { DAY } from "../base/clock.ts"
import type { Laggard, UnitRow } from "./figures.ts"
import { nearestWorkday, addWorkdays, type WorkCalendar } from "./workdays.ts"

export interface ReminderSteps {
  calendar: WorkCalendar
  /** Working days between two reminders of a unit. */
  everyWorkdays: number
  /** Reminders in vain before the superior body is told. */
  escalateAfter: number
  /** Working days between two reports of the same unit to the superior body. */
  repeatWorkdays: number
}

export function laggardsOf(units: UnitRow[], at: number, steps: ReminderSteps): Laggard[] {
  const order = new Map(units.map((unit, index) => [unit.id, index]))
  return units
    .flatMap((unit): Laggard[] => {
      const violations = unit.findings.filter((finding) => finding.severity === "violation")
      const overdue = unit.overdueDays !== null
      if (!overdue && !violations.length) return []
      const oldest = violations.reduce((most, finding) => Math.max(most, finding.ageDays), 0)
      return [
        {
          unitId: unit.id,
          unit: unit.name,
          reason: overdue ? "no_account" : "violation",
          rules: [...new Set(violations.map((finding) => finding.rule))].sort(),
          ageDays: Math.max(oldest, unit.overdueDays ?? 0),
          overdueDays: unit.overdueDays,
          reminders: unit.reminders.count,
          lastReminderAt: unit.reminders.lastAt,
          ...nextReminder(unit, at, steps),
        },
      ]
    })
    .sort((a, b) => b.ageDays - a.ageDays || b.rules.length - a.rules.length || order.get(a.unitId)! - order.get(b.unitId)!)
}

/** Reminders follow one another at the pace of working days; after `escalateAfter` of them the superior body is told, and then more seldom. */
export function nextReminder(
  unit: Pick<UnitRow, "reminders">,
  at: number,
  steps: ReminderSteps,
): Pick<Laggard, "nextLevel" | "nextAt" | "escalate" | "waiting"> {
  const { count, lastAt, escalated, waiting } = unit.reminders
  const escalate = count >= steps.escalateAfter
  const due = lastAt === null ? at : addWorkdays(steps.calendar, lastAt, escalated ? steps.repeatWorkdays : steps.everyWorkdays)
  const nextAt = due >= at + DAY ? due : nearestWorkday(steps.calendar, Math.max(due, at), "after")
  return { nextLevel: waiting || due >= at + DAY ? 0 : count + 1, nextAt, escalate, waiting }
}
