/**
 * Wrong passwords, counted in buckets of fifteen minutes. A browser that signed in before has a bucket of its own, so that
 * strangers who guess at an account fill the account's bucket without shutting out its owner ("device cookies", OWASP).
 */
import { newId } from "../../base/hash.ts"
import { MINUTE } from "../../base/clock.ts"
import { asNumber, type Db, type Tx } from "../../db/index.ts"

const WINDOW_MS = 15 * MINUTE
const limits = { device: 10, account: 10, address: 60 }

export interface Attempt {
  userId: string
  /** Hash of the browser's mark, when it belongs to this account. */
  device: string | null
  address: string
}

const bucketsOf = ({ userId, device, address }: Attempt) =>
  device ? [{ bucket: `device:${device}`, limit: limits.device }] : [{ bucket: `account:${userId}`, limit: limits.account }, { bucket: `address:${address}`, limit: limits.address }]

/** Milliseconds to wait before the next try counts, or 0. */
export async function waitFor(db: Db, attempt: Attempt, now: number): Promise<number> {
  let wait = 0
  for (const { bucket, limit } of bucketsOf(attempt)) {
    const row = await db
      .selectFrom("login_failures")
      .select((e) => [e.fn.countAll().as("n"), e.fn.min("at").as("oldest")])
      .where("bucket", "=", bucket)
      .where("at", ">", now - WINDOW_MS)
      .executeTakeFirst()
    if (asNumber(row?.n ?? 0) >= limit) wait = Math.max(wait, Number(row!.oldest) + WINDOW_MS - now)
  }
  return wait
}

export async function noteFailure(tx: Tx, attempt: Attempt, now: number): Promise<void> {
  await tx.deleteFrom("login_failures").where("at", "<=", now - WINDOW_MS).execute()
  await tx.insertInto("login_failures").values(bucketsOf(attempt).map(({ bucket }) => ({ id: newId(now), bucket, at: now }))).execute()
}

export async function forgetFailures(tx: Tx, attempt: Attempt): Promise<void> {
  // The address keeps its count: one right password does not excuse guesses at other accounts.
  const own = bucketsOf(attempt).map(({ bucket }) => bucket).filter((bucket) => !bucket.startsWith("address:"))
  await tx.deleteFrom("login_failures").where("bucket", "in", own).execute()
}
