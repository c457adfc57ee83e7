/** What lapses in the next days and shuts an account out: tokens, data access, packages, recorded identities. Reads what is stored; asks no network. */
import type { Rooms } from "../app.ts"
import { DAY } from "../base/clock.ts"
import { fromIsoDate } from "../base/time.ts"

export interface Lapse {
  account: string
  unit: string
  network: string
  what: "token" | "data_access" | "package" | "identity" | "reconnect"
  at: number
  /** Whole days left; negative = it is over. */
  days: number
}

export async function forecastLapses(rooms: Rooms, days: number): Promise<Lapse[]> {
  const now = rooms.clock.now()
  const seen = await rooms.checks.observationsAt(now)
  const lapses: Lapse[] = []
  for (const account of rooms.view().accounts) {
    const own = rooms.networkAccount(account.id)
    if (!own) continue
    const add = (what: Lapse["what"], at: number | null | undefined) => {
      if (at != null && Number.isFinite(at) && at < now + days * DAY)
        lapses.push({ account: account.id, unit: account.unitId, network: account.network, what, at, days: Math.floor((at - now) / DAY) })
    }
    const token = await rooms.networks.of(own.network).tokenState(own.id)
    if (token.state === "needs_reauth") add("reconnect", now)
    if (token.state === "ok") {
      // An OA's access token is renewed by itself as long as its refresh token lives.
      if (own.network === "facebook") add("token", token.accessExpiresAt)
      add(own.network === "facebook" ? "data_access" : "token", token.refreshExpiresAt)
    }
    const until = seen.get(account.id)?.profile?.packageUntil
    add("package", until ? fromIsoDate(until) + DAY : null)
    add("identity", account.identity.until ? fromIsoDate(account.identity.until) + DAY : null)
  }
  return lapses.sort((a, b) => a.at - b.at || (a.account < b.account ? -1 : 1))
}
