/** Who still has to do something, oldest duty first, and which reminder is due (S16: đôn đốc and escalation with dates). */
import { DAY } from "../base/clock.ts"
import type { Laggard, UnitRow } from "./figures.ts"
import { nearestWorkday, addWorkdays, type WorkCalendar } from "./workdays.ts"

export interface ReminderSteps {
  calendar: WorkCalendar
  /** Working days between two reminders of a unit. */
  everyWorkdays: number
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

/** Levels rise one at a time and never faster than the working days between two reminders. */
export function nextReminder(unit: Pick<UnitRow, "reminders">, at: number, steps: ReminderSteps): Pick<Laggard, "nextLevel" | "nextAt"> {
  const { lastAt, level } = unit.reminders
  if (lastAt === null) return { nextLevel: 1, nextAt: nearestWorkday(steps.calendar, at, "after") }
  const due = addWorkdays(steps.calendar, lastAt, steps.everyWorkdays)
  if (due >= at + DAY) return { nextLevel: 0, nextAt: due }
  return { nextLevel: Math.min(3, level + 1) as 1 | 2 | 3, nextAt: nearestWorkday(steps.calendar, Math.max(due, at), "after") }
}
