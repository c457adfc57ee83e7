/** A pair that Zalo gave while nobody could write it down: found again, it ends what was stopped for its sake, and nothing else. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { createApp, type App, type Rooms } from "../../src/app.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { world, type World } from "../support/world.ts"

let w: World
let app: App
let rooms: Rooms
beforeAll(async () => {
  w = await world({ units: 2, articlesPerPortal: 1 })
  app = createApp(readConfig(w.env, w.home), { log: silentLog })
  rooms = await app.open({ apply: "strict", work: true })
})
afterAll(async () => {
  await app?.close()
  await w?.close()
})

test("the token is good, the lane goes on, the alert is closed; a lane stopped for another reason stays", async () => {
  const [own, other] = w.units.map(({ accounts }) => accounts.find(({ network }) => network === "zalo")!.id) as [string, string]
  const { tokens } = rooms.networks
  const { version } = (await tokens.reread(own))!
  await tokens.writeAhead(own, version, JSON.stringify({ status: 200, text: JSON.stringify({ access_token: "access-2", refresh_token: "refresh-2", expires_in: "90000" }) }))
  // Meanwhile another process asked with the old pair.
  await tokens.needsReauth(own, version, "Zalo từ chối gia hạn mã truy cập.")
  const stop = (account: string, why: string) => rooms.db.updateTable("lanes").set({ paused_by: "network", paused_reason: why, paused_at: 1 }).where("account_id", "=", account).execute()
  await stop(own, "reconnect: Zalo từ chối gia hạn mã truy cập.")
  await stop(other, "pay: Gói dịch vụ đã hết hạn.")
  for (const account of [own, other]) rooms.alerts.note({ key: `lockout:${account}:reconnect`, kind: "account.reconnect", severity: "high", unit: null, account, summary: "x", evidence: {} })
  await rooms.alerts.flush()

  await rooms.recover()
  expect((await tokens.reread<{ refresh: string }>(own))!).toMatchObject({ state: "ok", secret: { refresh: "refresh-2" } })
  const lanes = new Map((await rooms.outbox.lanes()).map((lane) => [lane.account_id, lane.paused_by]))
  expect([lanes.get(own), lanes.get(other)]).toEqual([null, "network"])
  const states = new Map((await rooms.alerts.list({ kind: "account.reconnect" })).map((alert) => [alert.account, alert.state]))
  expect([states.get(own), states.get(other)]).toEqual(["closed", "open"])
})
