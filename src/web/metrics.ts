/** `/metrics`: Prometheus text. Only for this machine and for keys with `metrics:read`: what it shows is nobody else's business. */
import { readdirSync } from "node:fs"
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { keyFor } from "./api/index.ts"
import { SECOND } from "../base/clock.ts"
import { alertSeverities, deliveryStates } from "../model/index.ts"
import { careOf } from "../jobs/care.ts"
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
const gauge = (name: string, help: string, samples: Sample[]) =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map(([labels, value]) => `${name}${labels ? `{${labels}}` : ""} ${value}`)].join("\n")

async function readMetrics(rooms: Rooms): Promise<string> {
  const now = rooms.clock.now()
  const [deliveries, feeds, open, nextDueAt] = await Promise.all([
    rooms.outbox.counts(),
    rooms.feeds.health(rooms.db, now),
    rooms.alerts.list({ state: "open" }),
    rooms.outbox.nextDueAt(),
  ])
  const states = feeds.map(feedState)
  const paused = (await rooms.outbox.lanes()).filter((lane) => lane.paused_reason !== null).length
  return [
    gauge(
      "loa_deliveries",
      "Deliveries by state.",
      deliveryStates.map((state) => [`state="${state}"`, deliveries[state]]),
    ),
    gauge("loa_queue_lag_seconds", "How long the most urgent work has been due.", [
      ["", nextDueAt === null ? 0 : Math.max(0, (now - nextDueAt) / SECOND)],
    ]),
    gauge(
      "loa_feeds",
      "Feeds by health.",
      feedStates.map((state) => [`health="${state}"`, states.filter((one) => one === state).length]),
    ),
    gauge(
      "loa_alerts_open",
      "Open alerts by severity.",
      alertSeverities.map((severity) => [`severity="${severity}"`, open.filter((alert) => alert.severity === severity).length]),
    ),
    gauge("loa_accounts_paused", "Accounts on which nothing is published.", [["", paused]]),
    ...(await own(rooms, now)),
    gauge("loa_units", "Units that exist today.", [["", rooms.view().livingUnits.length]]),
    gauge("loa_registry_version", "Version of the registry in force.", [["", rooms.view().version]]),
    "",
  ].join("\n")
}

/** The process and what it stands on. */
async function own(rooms: Rooms, now: number): Promise<string[]> {
  const care = careOf(rooms)
  const jobs = await rooms.db.selectFrom("schedules").select(["name", "next_run_at", "lease_until", "last_error"]).orderBy("name").execute()
  const label = (name: string) => `job_name="${name.replace(/[^a-z0-9_.-]/gi, "_")}"`
  return [
    gauge("loa_storage_ok", "1 while the database can be written.", [["", care.storage === null ? 1 : 0]]),
    ...(care.freeBytes === null ? [] : [gauge("loa_disk_free_bytes", "Room left on the disk of LOA_DATA.", [["", care.freeBytes]])]),
    gauge("loa_clock_jump_seconds", "By how much the machine's clock jumped and is not taken over yet.", [
      ["", (rooms.clock.jump?.() ?? 0) / SECOND],
    ]),
    gauge(
      "loa_job_late_seconds",
      "How long a job of the timetable is overdue; one that runs is not late.",
      jobs.map((job) => [label(job.name), Number(job.lease_until) > now ? 0 : Math.max(0, (now - Number(job.next_run_at)) / SECOND)]),
    ),
    gauge(
      "loa_job_failed",
      "1 when the last run of a job failed.",
      jobs.map((job) => [label(job.name), job.last_error === null ? 0 : 1]),
    ),
    gauge("loa_process_resident_bytes", "Memory of this process.", [["", process.memoryUsage.rss()]]),
    gauge("loa_process_open_files", "File handles of this process.", [["", openFiles()]]),
    gauge("loa_process_uptime_seconds", "Since this process started.", [["", Math.round(process.uptime())]]),
  ]
}

function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length
  } catch {
    return 0
  }
}
