/**
 * The timetable. When a job runs next is remembered in a table, so a clock that stood still catches up once, and of several
 * processes exactly one runs a job: it takes the row's lease in the statement that finds it due.
 */
import { parse } from "node-cron"
import type { Rooms } from "../app.ts"
import { DAY, HOUR, MINUTE, SECOND } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { startOfDay, VIETNAM_OFFSET_MS } from "../base/time.ts"

export interface Job {
  name: string
  /** Cron words in Asia/Ho_Chi_Minh, or a pause in ms. */
  when: string | number
  /** Short and urgent: never waits behind the long jobs. */
  prompt?: boolean
  run(rooms: Rooms, signal: AbortSignal): Promise<void>
}

const LEASE_MS = 15 * MINUTE
const RETRY_MS = 10 * MINUTE
const LOOK_MS = 5 * SECOND

/**
 * The first moment after `after` at which the job is due. node-cron reads the pattern; the days are walked here because its own
 * search knows no clock but the system's, and ours remembers runs that a stopped process missed.
 */
export function nextRun(when: Job["when"], after: number): number {
  if (typeof when === "number") return after + when
  const fields = parse(when)
  const has = (list: (number | string)[], value: number) => list.includes(value)
  for (let at = Math.floor(after / MINUTE) * MINUTE + MINUTE; at < after + 370 * DAY; ) {
    const local = new Date(at + VIETNAM_OFFSET_MS)
    const day = has(fields.month, local.getUTCMonth() + 1) && has(fields.dayOfMonth, local.getUTCDate()) && has(fields.dayOfWeek, local.getUTCDay())
    if (!day) at = startOfDay(at) + DAY
    else if (!has(fields.hour, local.getUTCHours())) at += HOUR - (at % HOUR)
    else if (!has(fields.minute, local.getUTCMinutes())) at += MINUTE
    else return at
  }
  throw new RangeError(`cron pattern "${when}" matches no day of the coming year`)
}

export async function timetable(rooms: Rooms, jobs: Job[], signal: AbortSignal): Promise<void> {
  await plan(rooms, jobs)
  // Two lines: a look at every page of the province may take many minutes, and a stolen page must be told meanwhile.
  await Promise.all([jobs.filter((job) => job.prompt), jobs.filter((job) => !job.prompt)].map((line) => oneByOne(rooms, line, signal)))
}

async function oneByOne(rooms: Rooms, jobs: readonly Job[], signal: AbortSignal): Promise<void> {
  while (jobs.length && !signal.aborted) {
    for (const job of jobs) {
      if (signal.aborted) return
      if (await take(rooms, job)) await runOne(rooms, job, signal)
    }
    await rooms.clock.sleep(LOOK_MS, signal).catch(() => undefined)
  }
}

/** Runs what is due once; for `loa run` beside no server, and for tests. */
export async function runDueJobs(rooms: Rooms, jobs: Job[], signal: AbortSignal): Promise<string[]> {
  await plan(rooms, jobs)
  const ran: string[] = []
  for (const job of jobs) {
    if (await take(rooms, job)) {
      await runOne(rooms, job, signal)
      ran.push(job.name)
    }
  }
  return ran
}

/** The job need not wait for its time: whichever process keeps the timetable runs it at its next look. */
export async function runSoon(rooms: Rooms, name: string): Promise<void> {
  const now = rooms.clock.now()
  await rooms.db.updateTable("schedules").set({ next_run_at: now }).where("name", "=", name).where("next_run_at", ">", now).execute()
}

async function plan(rooms: Rooms, jobs: Job[]) {
  const now = rooms.clock.now()
  for (const job of jobs) {
    const first = typeof job.when === "number" ? now : nextRun(job.when, now)
    await rooms.db
      .insertInto("schedules")
      .values({ name: job.name, next_run_at: first, last_run_at: null, last_error: null, owner: null, lease_until: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

async function take(rooms: Rooms, job: Job): Promise<boolean> {
  const now = rooms.clock.now()
  const result = await rooms.db
    .updateTable("schedules")
    .set({ owner: rooms.worker, lease_until: now + LEASE_MS })
    .where("name", "=", job.name)
    .where("next_run_at", "<=", now)
    .where("lease_until", "<=", now)
    .executeTakeFirst()
  return Number(result.numUpdatedRows) > 0
}

const prolong = (rooms: Rooms, job: Job) =>
  rooms.db
    .updateTable("schedules")
    .set({ lease_until: rooms.clock.now() + LEASE_MS })
    .where("name", "=", job.name)
    .where("owner", "=", rooms.worker)
    .execute()

async function runOne(rooms: Rooms, job: Job, signal: AbortSignal) {
  const began = rooms.clock.now()
  let error: string | null = null
  // A job may take longer than the lease that frees it from a dead process.
  const renewal = setInterval(
    () =>
      void prolong(rooms, job).catch((failure) => rooms.log.warn("a job's lease was not prolonged", { job: job.name, error: messageOf(failure) })),
    LEASE_MS / 3,
  )
  try {
    await job.run(rooms, signal)
  } catch (failure) {
    error = messageOf(failure)
    rooms.log.error("a job failed", { job: job.name, error })
  } finally {
    clearInterval(renewal)
  }
  const next = error === null ? nextRun(job.when, rooms.clock.now()) : rooms.clock.now() + RETRY_MS
  await rooms.db
    .updateTable("schedules")
    .set({ next_run_at: next, last_run_at: began, last_error: error, owner: null, lease_until: 0 })
    .where("name", "=", job.name)
    .where("owner", "=", rooms.worker)
    .execute()
}
