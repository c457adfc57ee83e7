/** `/feeds/leadership.xml`: what the component portals pull. Conditional, signed, the same bytes for the same news. */
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { MINUTE } from "../base/clock.ts"
import { sha256 } from "../base/hash.ts"
import { leadershipFeed } from "../jobs/leadership.ts"
import { snapshotsOf } from "../jobs/snapshots.ts"

const KEPT_MS = MINUTE / 2
interface Signed {
  at: number
  xml: string
  etag: string
  changedAt: number
  keyId: string
  signature: string
}

export function feedFiles(rooms: Rooms): Hono {
  let kept: Promise<Signed> | null = null
  let keptAt = 0
  const signed = () => {
    const now = rooms.clock.now()
    if (kept && now - keptAt < KEPT_MS) return kept
    keptAt = now
    kept = (async () => {
      const { xml, changedAt } = await leadershipFeed(rooms)
      return { at: now, xml, changedAt, etag: `"${sha256(xml).slice(0, 32)}"`, ...(await snapshotsOf(rooms).signWithKey(xml)) }
    })()
    kept.catch(() => (kept = null))
    return kept
  }
  return new Hono()
    .get("/leadership.xml", async (c) => {
      const feed = await signed()
      const headers: Record<string, string> = {
        etag: feed.etag,
        "cache-control": "public, max-age=60",
        "loa-signature": `keyid="${feed.keyId}", alg="ed25519", sig="${feed.signature}"`,
        "cross-origin-resource-policy": "cross-origin",
        ...(feed.changedAt ? { "last-modified": new Date(feed.changedAt).toUTCString() } : {}),
      }
      const match = c.req.header("if-none-match")
      const since = Date.parse(c.req.header("if-modified-since") ?? "")
      const same =
        match !== undefined
          ? match.split(",").some((one) => one.trim().replace(/^W\//, "") === feed.etag || one.trim() === "*")
          : feed.changedAt > 0 && Number.isFinite(since) && Math.floor(feed.changedAt / 1_000) * 1_000 <= since
      return same ? c.body(null, 304, headers) : c.body(feed.xml, 200, { ...headers, "content-type": "application/rss+xml; charset=utf-8" })
    })
    .get("/leadership.xml.sig", async (c) => {
      const feed = await signed()
      // The ETag names the document that this signature belongs to.
      return c.body(`${feed.signature}\n`, 200, {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "public, max-age=60",
        etag: feed.etag,
        "cross-origin-resource-policy": "cross-origin",
      })
    })
}
