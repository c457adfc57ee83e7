/**
 * Wrong passwords and codes, counted in buckets of fifteen minutes. A browser that signed in before has a bucket of its own, so that
 * strangers who guess at an account fill the account's bucket without shutting out its owner ("device cookies", OWASP).
 */
import { newId } from "../../base/hash.ts"
import { MINUTE } from "../../base/clock.ts"
import { asNumber, type Db, type Tx } from "../../db/index.ts"

const WINDOW_MS = 15 * MINUTE

export interface Bucket {
  bucket: string
  limit: number
}
export interface Attempt {
  userId: string
  /** Hash of the browser's mark, when it belongs to this account. */
  device: string | null
  address: string
}

export const passwordBuckets = ({ userId, device, address }: Attempt): Bucket[] =>
  device ? [{ bucket: `device:${device}`, limit: 10 }] : [{ bucket: `account:${userId}`, limit: 10 }, { bucket: `address:${address}`, limit: 60 }]
/** Only who knows the password gets as far as the code, so strangers cannot fill this one. */
export const codeBuckets = (userId: string): Bucket[] => [{ bucket: `code:${userId}`, limit: 10 }]
/** Forgotten passwords, set-up codes, links: guessing them is hopeless, asking without end is a nuisance. */
export const linkBuckets = (address: string): Bucket[] => [{ bucket: `link:${address}`, limit: 20 }]

/** Milliseconds to wait before the next try counts, or 0. */
export async function waitFor(db: Db, buckets: Bucket[], now: number): Promise<number> {
  let wait = 0
  for (const { bucket, limit } of buckets) {
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

export async function noteFailure(tx: Tx, buckets: Bucket[], now: number): Promise<void> {
  await tx.deleteFrom("login_failures").where("at", "<=", now - WINDOW_MS).execute()
  await tx.insertInto("login_failures").values(buckets.map(({ bucket }) => ({ id: newId(now), bucket, at: now }))).execute()
}

export async function forgetFailures(tx: Tx, buckets: Bucket[]): Promise<void> {
  // The address keeps its count: one right password does not excuse guesses at other accounts.
  const own = buckets.map(({ bucket }) => bucket).filter((bucket) => !bucket.startsWith("address:"))
  if (own.length) await tx.deleteFrom("login_failures").where("bucket", "in", own).execute()
}
