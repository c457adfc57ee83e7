/** What happens by the clock, and how often. */
import type { Rooms } from "../app.ts"
import { join } from "node:path"
import { createMailer } from "../alerts/index.ts"
import { HOUR, MINUTE, WEEK } from "../base/clock.ts"
import { isoWeek } from "../base/time.ts"
import { inTransaction } from "../db/index.ts"
import type { NetworkAccount, NetworkName } from "../model/index.ts"
import { writeFiles } from "../reports/index.ts"
import type { Job } from "./timetable.ts"
import { watchJobs } from "./watch-jobs.ts"

export function allJobs(): Job[] {
  return [
    ...watchJobs,
    { name: "weekly-report", when: "0 7 * * 1", run: weeklyReport },
    { name: "tokens", when: 30 * MINUTE, run: careForTokens },
    { name: "prune", when: 6 * HOUR, run: (rooms) => inTransaction(rooms.db, (tx) => rooms.articles.prune(tx, rooms.clock.now())) },
  ]
}

/** Keeps credentials alive and says who must act when one cannot be. */
export async function careForTokens(rooms: Rooms): Promise<void> {
  const accounts = rooms.view().accounts.flatMap((account) => rooms.networkAccount(account.id) ?? [])
  for (const name of ["facebook", "zalo"] satisfies NetworkName[]) {
    const own: NetworkAccount[] = accounts.filter((account) => account.network === name)
    for (const trouble of await rooms.networks.of(name).careForTokens(own)) {
      rooms.alerts.note({
        // The same key as a lock-out seen while publishing: one dead token is one alert.
        key: `lockout:${trouble.accountId}:${trouble.needs}`,
        kind: `account.${trouble.needs}`,
        severity: trouble.needs === "reconnect" ? "high" : "medium",
        unit: own.find((account) => account.id === trouble.accountId)?.unitId ?? null,
        account: trouble.accountId,
        summary: `Mã truy cập của tài khoản ${trouble.accountId}: ${trouble.reason}`,
        evidence: { code: trouble.code, needs: trouble.needs, at: rooms.clock.now() },
      })
    }
  }
  await rooms.alerts.flush()
}

/** The report of every week that is over and has none yet: a server that stood still on Monday catches up (at most a quarter back). */
export async function weeklyReport(rooms: Rooms): Promise<void> {
  const { reports, config, clock } = rooms
  const since = clock.now() - WEEKS_BACK * WEEK
  const first = isoWeek(Math.max(since, await firstDay(rooms)))
  for (const period of await reports.missingPeriods("weekly", first, clock.now())) {
    const made = await reports.make("weekly", { period: period.id })
    await writeFiles(made.files, join(config.dataDir, "reports"))
    const sendMail = createMailer(config)
    if (sendMail) await reports.send(made, sendMail)
    rooms.log.info("weekly report made", { period: period.id, files: made.files.length, mailed: sendMail !== null })
  }
}

const WEEKS_BACK = 13

/** Nothing is reported for weeks before Loa saw its first article. */
async function firstDay(rooms: Rooms): Promise<number> {
  const row = await rooms.db.selectFrom("articles").select((e) => e.fn.min("first_seen_at").as("at")).executeTakeFirst()
  return row?.at === null || row?.at === undefined ? rooms.clock.now() : Number(row.at)
}
