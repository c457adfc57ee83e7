/** Rows of `reminders` as the room and the reports see them. */
import type { Selectable } from "kysely"
import type { Db, Schema } from "../db/index.ts"
import type { ReminderRow } from "./sources.ts"

export interface Reminder {
  id: string
  /** Empty: the report to the superior body. */
  unitId: string
  level: number
  escalated: boolean
  madeAt: number
  answerBy: number
  tasks: string[]
  letter: string
  recipient: string
  state: "made" | "sending" | "sent" | "withdrawn"
  sentAt: number | null
  sentBy: string | null
  attempts: number
  error: string | null
}

/** Letters to units that were sent by `at`, and those made by then that still waited. */
export async function readReminders(db: Db, at: number): Promise<ReminderRow[]> {
  const rows = await db
    .selectFrom("reminders")
    .select(["id", "unit_id", "level", "escalated", "sent_at"])
    .where("unit_id", "!=", "")
    .where("state", "!=", "withdrawn")
    .where("made_at", "<=", at)
    .orderBy("made_at")
    .orderBy("id")
    .execute()
  return rows.map((row) => ({
    id: row.id,
    unitId: row.unit_id,
    level: Number(row.level),
    escalated: Number(row.escalated) === 1,
    sentAt: row.sent_at === null || Number(row.sent_at) > at ? null : Number(row.sent_at),
  }))
}

export const toReminder = (row: Selectable<Schema["reminders"]>): Reminder => ({
  id: row.id,
  unitId: row.unit_id,
  level: Number(row.level),
  escalated: Number(row.escalated) === 1,
  madeAt: Number(row.made_at),
  answerBy: Number(row.answer_by),
  tasks: JSON.parse(row.tasks) as string[],
  letter: row.letter,
  recipient: row.recipient,
  state: row.state,
  sentAt: row.sent_at === null ? null : Number(row.sent_at),
  sentBy: row.sent_by,
  attempts: Number(row.attempts),
  error: row.error,
})
