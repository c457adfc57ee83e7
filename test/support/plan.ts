/** Which tests `npm test` runs on PostgreSQL, most of them once more: all but those of which it would say nothing new. */
import { Glob } from "bun"

const notAgain: Record<string, string[]> = {
  "they open no database": [
    "rooms.test.ts", "alerts/signals.test.ts", "base/", "cases/forms.test.ts", "cases/machine.test.ts", "cases/pictures.test.ts", "checks/accounts/check-unit.test.ts", "checks/images/", "checks/names/", "checks/rulesets/",
    "checks/screen/", "feeds/dates.test.ts", "feeds/parse.test.ts", "feeds/vietnam.test.ts", "jobs/feed-alerts.test.ts", "jobs/portal-probes.test.ts", "jobs/reach-lag.test.ts", "networks/log-network.test.ts",
    "networks/lost-answers.test.ts", "rehearsal/", "render/", "reports/evidence.test.ts", "reports/format.test.ts", "reports/period.test.ts", "reports/scoring.test.ts", "reports/template.test.ts",
  ],
  "they are about SQLite": ["articles/plans.test.ts", "ops/clock.test.ts", "ops/node.test.ts"],
}
/** What no engine of the run decides: these are about several processes on one PostgreSQL, and run beside it. */
export const aboutPostgres = "test/postgres"

/** Files below `root`, the checkout. */
export function onPostgres(root: string): string[] {
  const left = Object.values(notAgain).flat()
  const files = [...new Glob("**/*.test.ts").scanSync(`${root}/test`)].map((file) => file.replaceAll("\\", "/"))
  for (const path of left) if (!files.some((file) => file.startsWith(path))) throw new Error(`test/support/plan.ts: there is no test/${path}`)
  return files.filter((file) => !left.some((path) => file.startsWith(path))).sort().map((file) => `./test/${file}`)
}
