/** A small rehearsal province and Loa's rooms in this process, under a clock that the test moves: what the watch and reach stories need. */
import { createApp } from "../../src/app.ts"
import { ManualClock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { startProvince } from "../../src/rehearsal/index.ts"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { unitFile, type UnitFile } from "../../src/model/index.ts"
import { rehearsalApp } from "../../src/rehearsal/index.ts"
import { databaseEnv } from "./db.ts"

export const noSignal = new AbortController().signal
const start = Date.parse("2026-11-24T03:00:00Z")

export async function watchWorld(options: { units?: number; articlesPerPortal?: number; edit?: (units: UnitFile[]) => void; env?: Record<string, string> } = {}) {
  const home = mkdtempSync(join(tmpdir(), "loa-watch-"))
  const clock = new ManualClock(start)
  const places = ["Kinh Bắc", "Vũ Ninh", "Hạp Lĩnh", "Võ Cường"]
  const units = places.slice(0, options.units ?? 1).map((name, i) =>
    unitFile.parse({ id: `phuong-${i + 1}`, kind: "ward", name: `UBND phường ${name}`, portal: { url: `https://phuong${i + 1}.bacninh.gov.vn` } }),
  )
  const province = await startProvince({ units, clock, pictures: false, articlesPerPortal: options.articlesPerPortal ?? 2, wrongAccounts: false })
  const listed = province.units()
  for (const unit of listed) for (const account of unit.accounts) account.pace = { everyMinutes: 0, perDay: 0 }
  options.edit?.(listed)
  const registryDir = join(home, "accounts")
  mkdirSync(join(registryDir, "units"), { recursive: true })
  writeFileSync(join(registryDir, "units", "units.yaml"), JSON.stringify(listed))
  const database = await databaseEnv()
  const env = {
    LOA_MODE: "live", PUBLISH_TO: "*", LOA_DATA: join(home, "data"), LOA_REGISTRY: registryDir, LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1", LOA_POLL_SECONDS_MIN: "0",
    FACEBOOK_GRAPH_URL: province.facebookUrl, FACEBOOK_APP_ID: rehearsalApp.facebookAppId, FACEBOOK_APP_SECRET: rehearsalApp.facebookAppSecret, FACEBOOK_WEBHOOK_VERIFY_TOKEN: rehearsalApp.facebookVerifyToken,
    ZALO_API_URL: province.zaloApiUrl, ZALO_OAUTH_URL: province.zaloOauthUrl, ZALO_APP_ID: rehearsalApp.zaloAppId, ZALO_APP_SECRET: rehearsalApp.zaloAppSecret, ZALO_OA_SECRET_KEY: rehearsalApp.zaloOaSecretKey,
    ...database.env,
    ...options.env,
  }
  const app = createApp(readConfig(env, home), { clock, log: silentLog })
  const rooms = await app.open({ apply: "strict", work: true })
  for (const account of rooms.view().accounts) {
    const own = rooms.networkAccount(account.id)
    const credential = own && province.credential(account.id)
    if (own && credential) await rooms.networks.of(own.network).connect(own, credential)
  }
  const ofNetwork = (network: string) => listed.flatMap((unit) => unit.accounts).find((account) => account.network === network)!.id
  return {
    app, rooms, province, clock, home, env, units: listed,
    page: ofNetwork("facebook"),
    oa: ofNetwork("zalo"),
    /** The same data opened by another process, as after a restart. */
    async reopen() {
      const next = createApp(readConfig(env, home), { clock, log: silentLog })
      const opened = await next.open({ apply: "strict", work: true })
      opened.config.templatesDir = rooms.config.templatesDir
      return { app: next, rooms: opened }
    },
    publish: () => rooms.run({ all: true, signal: noSignal }),
    async close() {
      await app.close()
      await database.drop()
      await province.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
export type WatchWorld = Awaited<ReturnType<typeof watchWorld>>
