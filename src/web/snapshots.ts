/** The snapshots at their public address: index, documents, detached signatures and keys. Anybody may fetch them, also from other sites. */
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { snapshotsOf } from "../jobs/snapshots.ts"

const open = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" }
/** A dated document never changes. */
const forever = { ...open, "cache-control": "public, max-age=31536000, immutable" }
const aWhile = { ...open, "cache-control": "public, max-age=300" }

export function snapshotFiles(rooms: Rooms): Hono {
  const snapshots = () => snapshotsOf(rooms)
  return new Hono()
    .get("/index.json", async (c) => {
      const list = await snapshots().list()
      const rows = list.map(({ day, sequence, sha256, keyId }) => ({
        day,
        sequence,
        sha256,
        key: keyId,
        document: `${rooms.config.publicUrl}/snapshots/${day}.json`,
        signature: `${rooms.config.publicUrl}/snapshots/${day}.json.sig`,
      }))
      return c.json({ format: "loa-registry-snapshots/1", keys: `${rooms.config.publicUrl}/snapshots/keys.json`, snapshots: rows }, 200, aWhile)
    })
    .get("/keys.json", async (c) =>
      c.json(
        {
          keys: (await snapshots().publicKeys()).map(({ id, publicKey, createdAt }) => ({
            id,
            algorithm: "Ed25519",
            since: new Date(createdAt).toISOString(),
            publicKey,
          })),
        },
        200,
        aWhile,
      ),
    )
    .get("/key.pem", async (c) => {
      const [key] = await snapshots().publicKeys()
      return key ? c.body(key.publicKey, 200, { ...aWhile, "content-type": "application/x-pem-file" }) : c.notFound()
    })
    .get("/:file{(?:latest|\\d{4}-\\d{2}-\\d{2})\\.json(?:\\.sig)?}", async (c) => {
      const [day = ""] = c.req.param("file").split(".")
      const found = await snapshots().read(day)
      if (!found) return c.notFound()
      const cache = day === "latest" ? aWhile : forever
      const etag = `"${found.sha256.slice(0, 32)}"`
      if (c.req.header("if-none-match") === etag) return c.body(null, 304, { ...cache, etag })
      if (c.req.param("file").endsWith(".sig")) return c.body(`${found.signature}\n`, 200, { ...cache, "content-type": "text/plain; charset=utf-8" })
      return c.body(found.content, 200, { ...cache, etag, "content-type": "application/json; charset=utf-8", "x-snapshot-day": found.day })
    })
}
