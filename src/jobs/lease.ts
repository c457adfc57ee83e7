/** Work that one process of the installation does at a time although it waits for the outside in between. */
import type { Clock } from "../base/clock.ts"
import type { Db } from "../db/index.ts"

/** Takes or prolongs the lease; false = another process has it. */
export async function takeLease(db: Db, clock: Clock, name: string, owner: string, ms: number): Promise<boolean> {
  const now = clock.now()
  const set = { owner, lease_until: now + ms }
  const result = await db
    .insertInto("leases")
    .values({ name, ...set })
    .onConflict((conflict) =>
      conflict
        .column("name")
        .doUpdateSet(set)
        .where((e) => e.or([e("leases.owner", "=", owner), e("leases.lease_until", "<=", now)])),
    )
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows ?? 0) > 0
}

export const releaseLease = (db: Db, name: string, owner: string) =>
  db.deleteFrom("leases").where("name", "=", name).where("owner", "=", owner).execute()

/** What dead processes held is free at once. */
export async function freeLeases(db: Db, owners: string[]): Promise<void> {
  if (!owners.length) return
  await db.deleteFrom("leases").where("owner", "in", owners).execute()
  await db.updateTable("schedules").set({ owner: null, lease_until: 0 }).where("owner", "in", owners).execute()
}
