/** `/healthz`: the process answers. `/readyz`: database, clock and work are in order; what is not is named. */
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { HOUR, SECOND } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { sql } from "../db/index.ts"
import { careOf } from "../jobs/care.ts"

export function health(rooms: Rooms): Hono {
  return new Hono()
    .get("/healthz", (c) => c.json({ ok: true }))
    .get("/readyz", async (c) => {
      const problems = await problemsOf(rooms)
      return c.json({ ok: problems.length === 0, problems }, problems.length ? 503 : 200)
    })
}

/** A look at the database may take this long before the process counts as not ready. */
const PATIENCE_MS = 5 * SECOND
const OVERDUE_MS = HOUR

async function problemsOf(rooms: Rooms): Promise<string[]> {
  const { storage } = careOf(rooms)
  const problems = storage === null ? [] : [storage]
  const jump = rooms.clock.jump?.() ?? 0
  if (jump) problems.push(`the machine's clock jumped by ${Math.round(jump / SECOND)} s and is not taken over yet`)
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE_MS)))
  try {
    problems.push(...(await Promise.race([stuckWork(rooms), patience])))
  } catch (error) {
    rooms.log.warn("the database does not answer", { error: messageOf(error) })
    problems.push("the database does not answer")
  } finally {
    clearTimeout(timer)
  }
  return problems
}

async function stuckWork({ db, clock }: Rooms): Promise<string[]> {
  const before = clock.now() - OVERDUE_MS
  const sending = await db
    .selectFrom("deliveries")
    .select("id")
    .where("state", "=", sql.lit("sending"))
    .where("due_at", "<", before)
    .limit(1)
    .execute()
  const jobs = await db
    .selectFrom("schedules")
    .select("name")
    .where("next_run_at", "<", before)
    .where("lease_until", "<", clock.now())
    .orderBy("name")
    .execute()
  return [
    ...(sending.length ? ["work is stuck: a post is being sent for over an hour"] : []),
    ...(jobs.length ? [`work is stuck: ${jobs.map((job) => job.name).join(", ")} did not run for over an hour`] : []),
  ]
}
