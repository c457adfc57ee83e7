/** What happens by the clock, and how often. */
import type { Rooms } from "../app.ts"
import { signalKey } from "../alerts/index.ts"
import { HOUR, MINUTE } from "../base/clock.ts"
import { inTransaction } from "../db/index.ts"
import type { NetworkAccount, NetworkName } from "../model/index.ts"
import { reportJobs } from "./report-jobs.ts"
import { caseJobs } from "./case-jobs.ts"
import { applyRetention } from "./retention.ts"
import type { Job } from "./timetable.ts"
import { watchJobs } from "./watch-jobs.ts"

export function allJobs(): Job[] {
  return [
    ...watchJobs,
    ...caseJobs,
    ...reportJobs,
    { name: "retention", when: "30 2 * * *", run: (rooms) => applyRetention(rooms).then(() => undefined) },
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
      // One thing, one alert: a dead token under the key of a lock-out seen while publishing, a dying one under that of the watch's forecast.
      const dying = trouble.code.endsWith("_expiring")
      rooms.alerts.note({
        key: dying ? signalKey(trouble.accountId, { kind: "token.expiring" }) : `lockout:${trouble.accountId}:${trouble.needs}`,
        kind: dying ? "token.expiring" : `account.${trouble.needs}`,
        severity: dying ? "medium" : "high",
        unit: own.find((account) => account.id === trouble.accountId)?.unitId ?? null,
        account: trouble.accountId,
        summary: `Mã truy cập của tài khoản ${trouble.accountId}: ${trouble.reason}`,
        evidence: { sign: "PAGE-TOKEN", code: trouble.code, needs: trouble.needs, at: rooms.clock.now() },
      })
    }
  }
  await rooms.alerts.flush()
}
