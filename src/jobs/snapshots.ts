/** The daily signed snapshot of the public registry. */
import type { Rooms } from "../app.ts"
import { loadOrCreateKey } from "../base/seal.ts"
import { Snapshots, type SnapshotRow } from "../registry/index.ts"
import { loadOffice } from "../reports/index.ts"
import { statuses } from "../web/verify/look-up.ts"

const known = new WeakMap<Rooms, Snapshots>()
export function snapshotsOf(rooms: Rooms): Snapshots {
  const made =
    known.get(rooms) ??
    new Snapshots({ db: rooms.db, clock: rooms.clock, audit: rooms.audit, keys: () => loadOrCreateKey(rooms.config.dataDir, rooms.config.secretKey) })
  known.set(rooms, made)
  return made
}

/** Today's, if there is none yet; running it twice changes nothing. */
export async function makeSnapshot(rooms: Rooms, actor = "job:snapshot"): Promise<SnapshotRow | null> {
  const view = await rooms.refresh()
  const status = await statuses(rooms)
  const made = await snapshotsOf(rooms).make(
    {
      view,
      ended: await rooms.registry.endedAccounts(),
      issuer: loadOffice(rooms.config.templatesDir).contact,
      publicUrl: rooms.config.publicUrl,
      statusOf: (id) => status.get(id) ?? "suspended",
    },
    actor,
  )
  if (made) rooms.log.info("registry snapshot made", { day: made.day, sequence: made.sequence, sha256: made.sha256 })
  return made
}
