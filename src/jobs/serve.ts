/** `loa serve`: the loops that run side by side until the signal. Each looks at tables for its work, so any of them may die and begin again. */
import type { Rooms } from "../app.ts"
import { MINUTE, SECOND } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { isLost } from "../db/index.ts"
import { care } from "./care.ts"
import { emptyTally } from "./intake.ts"
import { timetable, type Job } from "./timetable.ts"

export type Part = "poll" | "publish" | "timetable"

const IDLE_MS = SECOND
const BEAT_MS = 10 * SECOND
const RECOVER_MS = 15 * SECOND
const REFRESH_MS = 5 * SECOND
/** While the database is away it is asked this often: it is usually back within seconds. */
const OUTAGE_MS = 2 * SECOND
/** A loop that has not ended so long after the signal is left behind, as if the process had been killed. */
const LEAVE_MS = 8.5 * SECOND

export async function serveLoops(rooms: Rooms, parts: ReadonlySet<Part>, signal: AbortSignal, jobs: Job[]): Promise<void> {
  const publisher = rooms.publisher()
  const loops: Promise<void>[] = [every(rooms, "heartbeat", BEAT_MS, signal, () => rooms.outbox.beat())]
  loops.push(every(rooms, "care", BEAT_MS, signal, () => care(rooms)))
  if (parts.size) loops.push(every(rooms, "recover", RECOVER_MS, signal, () => rooms.recover()))
  if (parts.has("publish")) {
    loops.push(steady(rooms, "publish", signal, () => publisher.serve(signal, IDLE_MS)))
  }
  if (parts.has("poll")) {
    loops.push(steady(rooms, "poll", signal, () => rooms.intake.poll(emptyTally(), { signal, idleMs: IDLE_MS })))
    loops.push(
      every(rooms, "route", IDLE_MS, signal, async () => {
        if (await rooms.routing.route(emptyTally(), signal, { leaveSlow: true })) publisher.nudge()
        await rooms.alerts.flush()
      }),
    )
  }
  loops.push(
    every(rooms, "refresh", REFRESH_MS, signal, async () => {
      await rooms.refresh()
      await rooms.alerts.flush()
    }),
  )
  if (parts.has("timetable")) loops.push(steady(rooms, "timetable", signal, () => timetable(rooms, jobs, signal)))
  await Promise.race([Promise.all(loops), leave(signal)])
}

/** Answers `LEAVE_MS` after the signal. */
function leave(signal: AbortSignal): Promise<void> {
  return new Promise((done) => signal.addEventListener("abort", () => void setTimeout(done, LEAVE_MS), { once: true }))
}

/** Runs `work` now and then, `pauseMs` after it ended; a failure is logged and does not end the loop. */
async function every(rooms: Rooms, name: string, pauseMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    let most = MINUTE
    try {
      await work()
      failures = 0
    } catch (error) {
      failures += 1
      if (isLost(error)) most = OUTAGE_MS
      rooms.log.error("a loop failed and goes on", { loop: name, failures, error: messageOf(error) })
    }
    await pause(rooms, Math.min(pauseMs * 2 ** Math.min(failures, 5), Math.max(most, failures ? 0 : pauseMs)), signal)
  }
}

/** Keeps a long-running loop alive until the signal. */
async function steady(rooms: Rooms, name: string, signal: AbortSignal, loop: () => Promise<void>): Promise<void> {
  for (let failures = 0; ; failures++) {
    const began = rooms.clock.now()
    try {
      return await loop()
    } catch (error) {
      // What went well for a while and fails now is not the trouble of last week.
      if (rooms.clock.now() - began > MINUTE) failures = 0
      rooms.log.error("a loop failed and begins again", { loop: name, failures, error: messageOf(error) })
      if (signal.aborted) return
      await pause(rooms, Math.min(SECOND * 2 ** Math.min(failures, 5), isLost(error) ? OUTAGE_MS : MINUTE), signal)
    }
  }
}

const pause = (rooms: Rooms, ms: number, signal: AbortSignal) => rooms.clock.sleep(ms, signal).catch(() => undefined)
