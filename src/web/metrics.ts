/** `/metrics`: Prometheus text. Only for this machine and for keys with `metrics:read`: what it shows is nobody else's business. */
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { keyFor } from "./api/index.ts"
import { SECOND } from "../base/clock.ts"
import { alertSeverities, deliveryStates } from "../model/index.ts"
import type { Desk, WebEnv } from "./visit.ts"
import { feedState, type FeedState } from "./words.ts"

const loopback = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const feedStates: FeedState[] = ["ok", "failing", "quarantined", "stopped", "new", "resting"]

export function metrics(desk: Desk): Hono<WebEnv> {
  const { rooms } = desk
  return new Hono<WebEnv>().get("/metrics", async (c) => {
    // A proxy on this machine makes everybody look local, so what it forwards counts as coming from outside.
    const forwarded = c.req.header("x-forwarded-for") ?? c.req.header("forwarded")
    const local = forwarded === undefined && loopback.test(c.env?.address ?? "")
    if (!local && !(await keyFor(c, desk, "metrics:read").catch(() => null))) return c.notFound()
    return c.text(await readMetrics(rooms), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" })
  })
}

type Sample = [labels: string, value: number]
const gauge = (name: string, help: string, samples: Sample[]) => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map(([labels, value]) => `${name}${labels ? `{${labels}}` : ""} ${value}`)].join("\n")

async function readMetrics(rooms: Rooms): Promise<string> {
  const now = rooms.clock.now()
  const [deliveries, feeds, open, nextDueAt] = await Promise.all([rooms.outbox.counts(), rooms.feeds.health(rooms.db, now), rooms.alerts.list({ state: "open" }), rooms.outbox.nextDueAt()])
  const states = feeds.map(feedState)
  const paused = (await rooms.outbox.lanes()).filter((lane) => lane.paused_reason !== null).length
  return [
    gauge("loa_deliveries", "Deliveries by state.", deliveryStates.map((state) => [`state="${state}"`, deliveries[state]])),
    gauge("loa_queue_lag_seconds", "How long the most urgent work has been due.", [["", nextDueAt === null ? 0 : Math.max(0, (now - nextDueAt) / SECOND)]]),
    gauge("loa_feeds", "Feeds by health.", feedStates.map((state) => [`health="${state}"`, states.filter((one) => one === state).length])),
    gauge("loa_alerts_open", "Open alerts by severity.", alertSeverities.map((severity) => [`severity="${severity}"`, open.filter((alert) => alert.severity === severity).length])),
    gauge("loa_accounts_paused", "Accounts on which nothing is published.", [["", paused]]),
    gauge("loa_units", "Units that exist today.", [["", rooms.view().livingUnits.length]]),
    gauge("loa_registry_version", "Version of the registry in force.", [["", rooms.view().version]]),
    "",
  ].join("\n")
}
