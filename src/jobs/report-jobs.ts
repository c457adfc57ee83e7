/** Reports by the clock: what is over and has no report yet is made, what is owed is mailed, who lags behind is reminded. */
import { join } from "node:path"
import type { Rooms } from "../app.ts"
import { createMailer } from "../alerts/index.ts"
import { DAY, HOUR, MINUTE, WEEK } from "../base/clock.ts"
import { isoWeekday, startOfDay } from "../base/time.ts"
import { periodAt, reportKinds, writeFiles, type Office, type Period, type ReportKind } from "../reports/index.ts"
import { probePortals } from "./portal-probes.ts"
import type { Job } from "./timetable.ts"

/** How far back a server that stood still catches up. */
const back: Record<ReportKind, number> = { weekly: 13 * WEEK, monthly: 92 * DAY, quarterly: 183 * DAY, scoring: 92 * DAY }

export const reportJobs: Job[] = [
  // The office's own time of day is in templates/reports/office.yaml; these look whether it has come.
  { name: "reports", when: 5 * MINUTE, run: makeReports },
  { name: "reminders", when: "0 8 * * *", run: makeReminders },
  { name: "portal-probes", when: HOUR, run: (rooms, signal) => probePortals(rooms, signal).then(() => undefined) },
  { name: "report-mail", when: 5 * MINUTE, run: (rooms, signal) => mailReports(rooms, signal).then(() => undefined) },
]

/** When the timetable makes the report of a period: the office's time on the first day it is ready. */
export function makeAt(period: Period, { schedule }: Pick<Office, "schedule">): number {
  const [hours, minutes] = schedule.time.split(":").map(Number) as [number, number]
  const day = startOfDay(period.readyAt)
  const wait = period.kind === "weekly" ? (schedule.weekday - isoWeekday(day) + 7) % 7 : 0
  return day + wait * DAY + (hours * 60 + minutes) * MINUTE
}

/** Makes every report that is over and missing, oldest first; a server that stood still catches up. */
export async function makeReports(rooms: Rooms, signal?: AbortSignal): Promise<void> {
  const { reports, config, clock, log } = rooms
  const office = reports.office()
  const begun = await firstDay(rooms)
  if (begun === null) return
  for (const kind of reportKinds) {
    const first = periodAt(kind, Math.max(clock.now() - back[kind], begun), reports.cadence(office)).id
    for (const period of await reports.missingPeriods(kind, first, clock.now())) {
      if (signal?.aborted || makeAt(period, office) > clock.now()) break
      const made = await reports.make(kind, { period: period.id })
      await writeFiles(made.files, join(config.dataDir, "reports"))
      await reports.mailer.plan(made)
      log.info("report made", { kind, period: period.id, files: made.files.length, lateDays: (made.figures ?? made.scores)!.lateDays })
    }
  }
}

/** Sends what reports and reminders are owed; without SMTP it waits. Addresses that keep failing become an alert. */
export async function mailReports(rooms: Rooms, signal?: AbortSignal): Promise<{ sent: number; failed: number }> {
  const { reports, config, alerts, log } = rooms
  const sendMail = createMailer(config)
  if (!sendMail) return { sent: 0, failed: 0 }
  const rounds = [await reports.mailer.deliver(sendMail, signal ? { signal } : {}), await reports.reminders.deliver(sendMail, signal)]
  const failed = rounds.flatMap((round) => round.failed)
  const sent = rounds.reduce((all, round) => all + round.sent, 0)
  for (const { recipient, reason } of failed) {
    alerts.note({
      key: `report-mail:${recipient}`,
      kind: "report.mail_failed",
      severity: "low",
      unit: null,
      account: null,
      summary: `Thư báo cáo gửi ${recipient} chưa gửi được, hệ thống sẽ gửi lại: ${reason}`,
      evidence: { reason, at: rooms.clock.now() },
    })
  }
  if (failed.length) await alerts.flush()
  if (sent || failed.length) log.info("reports mailed", { sent, failed: failed.length })
  return { sent, failed: failed.length }
}

export async function makeReminders(rooms: Rooms): Promise<void> {
  const made = await rooms.reports.reminders.make()
  if (made.length) rooms.log.info("reminders made", { letters: made.length, escalated: made.filter((reminder) => reminder.escalated).length })
}


/** Nothing is reported for days before Loa saw its first article; null = it has seen none. */
async function firstDay(rooms: Rooms): Promise<number | null> {
  const row = await rooms.db.selectFrom("articles").select((e) => e.fn.min("first_seen_at").as("at")).executeTakeFirst()
  return row?.at == null ? null : Number(row.at)
}
