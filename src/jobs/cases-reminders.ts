/** Who lets a case lie is reminded: one alert per late step, told again every working day or so, closed when the step has ended. */
import type { Rooms } from "../app.ts"
import { DAY } from "../base/clock.ts"
import { vnDate } from "../base/time.ts"
import { ruleOf, type Case } from "../cases/index.ts"
import { casesOf } from "./cases.ts"
import { kindWord, partyWord, stepWord } from "./cases-words.ts"

const actor = "job:case-reminders"
const EVERY_MS = DAY
/** From the third reminder on it is no longer a small thing. */
const GRAVE_FROM = 3
const keyOf = (found: Case) => `case:${found.id}:${found.step}:${found.stepSince}`

export async function remindCases(rooms: Rooms): Promise<{ overdue: number; reminded: number }> {
  const cases = casesOf(rooms)
  const now = rooms.clock.now()
  const late = await cases.list({ overdue: true })
  let reminded = 0
  for (const found of late) {
    if (found.remindedAt !== null && found.remindedAt + EVERY_MS > now) continue
    await cases.remind(found, { actor, party: "centre" })
    reminded += 1
    const { party } = ruleOf(found.kind, found.step)
    rooms.alerts.note({
      key: keyOf(found),
      kind: "case.overdue",
      severity: found.reminders + 1 >= GRAVE_FROM ? "medium" : "low",
      unit: found.unitId,
      account: found.accountId,
      summary: `Hồ sơ ${found.id} (${kindWord[found.kind].toLowerCase()}) quá hạn bước “${stepWord[found.step]}” từ ngày ${vnDate(found.dueAt)}; đề nghị ${partyWord[party]} thực hiện.`,
      evidence: { case: found.id, step: found.step, party, dueAt: found.dueAt, reminders: found.reminders + 1, at: now },
    })
  }
  await rooms.alerts.flush()
  await closeEnded(rooms, new Set(late.map(keyOf)))
  return { overdue: late.length, reminded }
}

async function closeEnded(rooms: Rooms, live: Set<string>): Promise<void> {
  for (const state of ["open", "acknowledged"] as const) {
    for (const alert of await rooms.alerts.list({ state })) {
      if (alert.kind === "case.overdue" && !live.has(alert.key)) await rooms.alerts.close(alert.id, actor, "Bước của hồ sơ đã được thực hiện.")
    }
  }
}
