/** `/healthz`: the process answers. `/readyz`: database and work are in order. */
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { HOUR } from "../base/clock.ts"
import { sql } from "../db/index.ts"

export function health(rooms: Rooms): Hono {
  return new Hono()
    .get("/healthz", (c) => c.json({ ok: true }))
    .get("/readyz", async (c) => {
      const problems: string[] = []
      try {
        await sql`select 1`.execute(rooms.db)
        const stuck = await rooms.db
          .selectFrom("deliveries")
          .select("id")
          .where("state", "=", sql.lit("sending"))
          .where("due_at", "<", rooms.clock.now() - HOUR)
          .limit(1)
          .execute()
        if (stuck.length) problems.push("work is stuck")
      } catch {
        problems.push("the database does not answer")
      }
      return c.json({ ok: problems.length === 0, problems }, problems.length ? 503 : 200)
    })
}
