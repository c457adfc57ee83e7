/** What cases, snapshots and leadership news do by the clock. */
import { HOUR } from "../base/clock.ts"
import { isoDate } from "../base/time.ts"
import { remindCases } from "./cases-reminders.ts"
import { checkLeadership } from "./leadership.ts"
import { makeSnapshot, snapshotsOf } from "./snapshots.ts"
import type { Job } from "./timetable.ts"

export const caseJobs: Job[] = [
  { name: "case-reminders", when: "0 8 * * 1-6", run: (rooms) => remindCases(rooms).then(() => undefined) },
  {
    // Once a day; asked every hour, so that a server that stood still in the night catches up.
    name: "registry-snapshot",
    when: HOUR,
    async run(rooms) {
      const [last] = await snapshotsOf(rooms).list(1)
      if (last?.day !== isoDate(rooms.clock.now())) await makeSnapshot(rooms)
    },
  },
  { name: "leadership", when: HOUR, run: checkLeadership },
]
