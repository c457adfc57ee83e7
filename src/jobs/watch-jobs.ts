/** What the watch does by the clock. */
import { HOUR, MINUTE } from "../base/clock.ts"
import { sendAlertMessages } from "./alert-messages.ts"
import { healAlerts } from "./heal-alerts.ts"
import { watchObserved } from "./observed-pages.ts"
import { collectReach, collectYoung } from "./reach.ts"
import type { NetworkName } from "../model/index.ts"
import type { Job } from "./timetable.ts"
import { watchPortals } from "./watch-portals.ts"
import { watchLogins, watchStarvation } from "./watch-service.ts"
import { watchProfiles } from "./watch.ts"
import { workOffEvents } from "./webhook-events.ts"

export const watchJobs: Job[] = [
  // Facebook has the whole Pacific day by then (contract 4.6).
  { name: "reach", when: "0 16 * * *", run: (rooms, signal) => collectReach(rooms, signal).then(() => undefined) },
  { name: "reach-young", when: HOUR, run: collectYoung },
  // For what no webhook tells: roles, badge, handle, un-publishing (contract 7.4); and for webhooks that got lost.
  { name: "watch", when: 6 * HOUR, run: watchNetwork("facebook") },
  // Zalo tells nothing of itself: its profiles are asked for every hour (contract zalo 3.1).
  { name: "watch-oa", when: HOUR, run: watchNetwork("zalo") },
  { name: "observed", when: HOUR, run: (rooms, signal) => watchObserved(rooms, signal).then(() => undefined) },
  { name: "portals", when: 24 * HOUR, run: (rooms, signal) => watchPortals(rooms, signal) },
  { name: "starvation", when: HOUR, run: watchStarvation },
  { name: "heal-alerts", when: 10 * MINUTE, run: (rooms) => healAlerts(rooms).then(() => undefined) },
  { name: "logins", when: MINUTE, prompt: true, run: watchLogins },
  { name: "webhook-events", when: MINUTE, prompt: true, run: (rooms, signal) => workOffEvents(rooms, signal).then(() => undefined) },
  { name: "alert-messages", when: MINUTE, prompt: true, run: (rooms, signal) => sendAlertMessages(rooms, signal).then(() => undefined) },
]

function watchNetwork(network: NetworkName): Job["run"] {
  return async (rooms, signal) => {
    const ids = rooms.view().accounts.filter((account) => account.network === network).map((account) => account.id)
    await watchProfiles(rooms, signal, ids)
  }
}
