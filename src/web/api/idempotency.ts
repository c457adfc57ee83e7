/** `Idempotency-Key`: a write that is sent again is answered again, not done again. Kept for a day per key. */
import { DAY, MINUTE, type Clock } from "../../base/clock.ts"
import { sha256 } from "../../base/hash.ts"
import { inTransaction, type Db } from "../../db/index.ts"
import { ProblemError } from "./problem.ts"

export interface Answer {
  status: number
  body: string
  type: string
}
const shape = /^[\x21-\x7e]{1,200}$/
/** A write that began this long ago and left no answer died with its process. */
const DEAD_MS = MINUTE

export async function once(
  db: Db,
  clock: Clock,
  keyId: string,
  idemKey: string | undefined,
  request: string,
  work: () => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> {
  if (idemKey === undefined) return { ...(await work()), replayed: false }
  if (!shape.test(idemKey))
    throw new ProblemError(400, "idempotency_key_invalid", "Idempotency-Key has 1 to 200 visible ASCII characters", [
      { at: "header.idempotency-key", expected: "1 to 200 visible ASCII characters" },
    ])
  const known = await claim(db, clock, keyId, idemKey, sha256(request))
  if (known) return { ...known, replayed: true }
  const place = () => db.updateTable("idempotency").where("key_id", "=", keyId).where("idem_key", "=", idemKey)
  try {
    const answer = await work()
    await place().set({ status: answer.status, type: answer.type, body: answer.body }).execute()
    return { ...answer, replayed: false }
  } catch (error) {
    // A refusal changed nothing: the corrected request may use the same key.
    await db.deleteFrom("idempotency").where("key_id", "=", keyId).where("idem_key", "=", idemKey).execute()
    throw error
  }
}

/** The answer given before, or null when this request is the first and now owns the key. */
function claim(db: Db, clock: Clock, keyId: string, idemKey: string, hash: string): Promise<Answer | null> {
  const now = clock.now()
  return inTransaction(db, async (tx) => {
    await tx
      .deleteFrom("idempotency")
      .where("begun_at", "<", now - DAY)
      .execute()
    const fresh = await tx
      .insertInto("idempotency")
      .values({ key_id: keyId, idem_key: idemKey, request_hash: hash, begun_at: now, status: null, type: null, body: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (Number(fresh.numInsertedOrUpdatedRows ?? 0) === 1) return null
    const row = await tx.selectFrom("idempotency").selectAll().where("key_id", "=", keyId).where("idem_key", "=", idemKey).executeTakeFirstOrThrow()
    if (row.request_hash !== hash) throw new ProblemError(422, "idempotency_key_reused", "This Idempotency-Key was used for another request")
    if (row.status !== null) return { status: row.status, type: row.type ?? "application/json", body: row.body ?? "" }
    if (now - Number(row.begun_at) < DEAD_MS)
      throw new ProblemError(409, "in_progress", "The first request with this Idempotency-Key has not ended yet", [], { "retry-after": "5" })
    await tx.updateTable("idempotency").set({ begun_at: now }).where("key_id", "=", keyId).where("idem_key", "=", idemKey).execute()
    return null
  })
}
