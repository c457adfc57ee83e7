/** Prepares a LOA_DATA for bench/publish: applies the registry and connects every account. `bun bench/publish/setup.ts` with Loa's environment. */
import { readConfig } from "../../src/base/config.ts"
import { createApp } from "../../src/app.ts"

const app = createApp(readConfig())
const rooms = await app.open({ apply: "strict" })
for (const account of rooms.view().accounts) {
  const own = rooms.networkAccount(account.id)!
  const credential = own.network === "facebook" ? { page_access_token: `page-${own.remoteId}` } : { access_token: `oa-${own.remoteId}`, refresh_token: `r-${own.remoteId}`, expires_in: "90000" }
  const outcome = await rooms.networks.of(own.network).connect(own, credential)
  if (outcome.kind === "refused") throw new Error(`${account.id}: ${outcome.reason}`)
}
await app.close()
process.exit(0)
