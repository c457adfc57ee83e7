import { Hono } from "hono"
import { NotFoundError } from "../../base/errors.ts"
import { posterFile, type PosterSize } from "../../jobs/posters.ts"
import { needSight, signedIn, type Desk, type WebEnv } from "../visit.ts"

/** Sheets to print, from the unit's page and from a finished case. */
export function posterPages({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/posters/:account/:file{a[45]\\.pdf}", signedIn, async (c) => {
    const account = rooms.view().accountById(c.req.param("account"))
    if (!account) throw new NotFoundError("account", c.req.param("account"))
    needSight(c, account.unitId)
    const made = await posterFile(rooms, account.id, c.req.param("file").slice(0, 2) as PosterSize)
    return c.body(new Uint8Array(made.content), 200, { "content-type": "application/pdf", "content-disposition": `inline; filename="${made.name}"` })
  })
}
