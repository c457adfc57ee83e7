/** `/m/<sha256>.jpg`: the public pictures that Zalo fetches. A name is a content hash: it may be cached for ever and leads nowhere else. */
import { readFile } from "node:fs/promises"
import { Hono } from "hono"
import type { Rooms } from "../app.ts"

export function media(rooms: Rooms): Hono {
  return new Hono().get("/:name{[0-9a-f]{64}\\.jpg}", async (c) => {
    const path = await rooms.articles.pictureFile(c.req.param("name").slice(0, 64))
    if (!path) return c.notFound()
    return new Response(await readFile(path), {
      headers: {
        "content-type": "image/jpeg",
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
      },
    })
  })
}

/** Pictures alone, for passes without a server. */
export const mediaOnly = (rooms: Rooms): Hono => new Hono().route("/m", media(rooms))
