/** Coming in: password, then code; or the identity provider, then code. What is wrong is counted and looks the same from outside. */
import { NotFoundError } from "../../base/errors.ts"
import { sha256 } from "../../base/hash.ts"
import { inTransaction, type Tx } from "../../db/index.ts"
import { insertUser, rowOf } from "./accounts.ts"
import { userOf, type PeopleParts } from "./parts.ts"
import { passwordFits } from "./passwords.ts"
import type { User } from "./roles.ts"
import { begin, halfSession, newToken, REHEARSAL_USER, type From } from "./sessions.ts"
import { codeBuckets, forgetFailures, noteFailure, passwordBuckets, waitFor } from "./throttle.ts"
import { takeCode } from "./two-steps.ts"

export type Entered = { kind: "in"; user: User; session: string; device: string }
/** `half`: the password was right; the session in hand only serves to type the code. */
export type Login = Entered | { kind: "half"; session: string } | { kind: "refused" } | { kind: "wait"; ms: number }

const CODE_TRIES = 5

/** `device` and `oldSession` are what the browser brought along. */
export async function login(
  parts: PeopleParts,
  given: { id: string; password: string; device: string | null; oldSession: string | null } & From,
): Promise<Login> {
  const { db, clock, audit } = parts
  const id = given.id.trim().toLowerCase().slice(0, 60)
  const device = await knownDevice(parts, given.device, id)
  const buckets = passwordBuckets({ userId: id, device, address: given.address })
  const ms = await waitFor(db, buckets, clock.now())
  if (ms > 0) return { kind: "wait", ms }

  const row = await rowOf(parts, id)
  const fits = await passwordFits(given.password, row && row.disabled_at === null ? row.password_hash : null)
  if (!row || !fits) {
    await inTransaction(db, async (tx) => {
      await noteFailure(tx, buckets, clock.now())
      // Also for a name nobody has: what is written must not tell, nor must the time it takes.
      await audit.write(tx, [{ actor: `address:${given.address}`, action: "user.login_refused", subject: row ? `user:${id}` : "user:?" }])
    })
    return { kind: "refused" }
  }
  return inTransaction(db, async (tx) => {
    await forgetFailures(tx, buckets)
    if (row.totp_secret) return { kind: "half" as const, session: await begin(parts, tx, id, given, given.oldSession, "half") }
    return enter(parts, tx, userOf(row), given)
  })
}

/** The second step. The half session ends with the fifth wrong code, and everything waits when too many were wrong lately. */
export async function loginCode(parts: PeopleParts, given: { code: string; session: string; device: string | null } & From): Promise<Login> {
  const { db, clock, audit } = parts
  const half = await halfSession(parts, given.session)
  if (!half) return { kind: "refused" }
  const buckets = codeBuckets(half.user_id)
  const ms = await waitFor(db, buckets, clock.now())
  if (ms > 0) return { kind: "wait", ms }
  return inTransaction(db, async (tx) => {
    const row = await tx.selectFrom("users").selectAll().where("id", "=", half.user_id).executeTakeFirst()
    if (row && row.disabled_at === null && (await takeCode(parts, tx, row.id, given.code))) {
      await forgetFailures(tx, buckets)
      return enter(parts, tx, userOf(row), { ...given, oldSession: given.session })
    }
    await noteFailure(tx, buckets, clock.now())
    await audit.write(tx, [{ actor: `address:${given.address}`, action: "user.code_refused", subject: `user:${half.user_id}` }])
    if (half.tries + 1 >= CODE_TRIES) await tx.deleteFrom("sessions").where("token_hash", "=", half.token_hash).execute()
    else await tx.updateTable("sessions").set({ tries: half.tries + 1 }).where("token_hash", "=", half.token_hash).execute()
    return { kind: "refused" }
  })
}

/** Somebody whom the identity provider vouches for; the code is asked for all the same. */
export async function enterVouched(
  parts: PeopleParts,
  userId: string,
  given: { device: string | null; oldSession: string | null } & From,
): Promise<Login> {
  return inTransaction(parts.db, async (tx) => {
    const row = await tx.selectFrom("users").selectAll().where("id", "=", userId).executeTakeFirst()
    if (!row || row.disabled_at !== null) return { kind: "refused" as const }
    if (row.totp_secret) return { kind: "half" as const, session: await begin(parts, tx, userId, given, given.oldSession, "half") }
    return enter(parts, tx, userOf(row), given)
  })
}

async function enter(parts: PeopleParts, tx: Tx, user: User, given: { device: string | null; oldSession: string | null } & From): Promise<Entered> {
  const known =
    given.device !== null &&
    (await tx
      .selectFrom("known_devices")
      .select("user_id")
      .where("token_hash", "=", sha256(given.device))
      .where("user_id", "=", user.id)
      .executeTakeFirst()) !== undefined
  const device = known ? given.device! : newToken()
  await tx
    .insertInto("known_devices")
    .values({ token_hash: sha256(device), user_id: user.id, at: parts.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return { kind: "in", user, session: await begin(parts, tx, user.id, given, given.oldSession), device }
}

/** One click, no password; only where everything is rehearsed. */
export async function enterRehearsal(parts: PeopleParts, from: From, oldSession: string | null): Promise<string> {
  if (parts.mode !== "rehearsal") throw new NotFoundError("page", "rehearsal")
  return inTransaction(parts.db, async (tx) => {
    const user: User = { id: REHEARSAL_USER, name: "Người xem diễn tập", role: "province_admin", unitId: null }
    if (!(await tx.selectFrom("users").select("id").where("id", "=", user.id).executeTakeFirst()))
      await insertUser(tx, user, "", null, "job:rehearsal", parts.clock.now())
    return begin(parts, tx, user.id, from, oldSession)
  })
}

/** Asks again for password and, where enrolled, code; wrong ones count as at the door. With a session, grave changes are open for a while. */
export async function confirm(
  parts: PeopleParts,
  given: { id: string; password: string; code: string; device: string | null; session: string | null } & From,
): Promise<boolean> {
  const { db, clock, audit } = parts
  const device = await knownDevice(parts, given.device, given.id)
  const row = await rowOf(parts, given.id)
  const buckets = [...passwordBuckets({ userId: given.id, device, address: given.address }), ...(row?.totp_secret ? codeBuckets(given.id) : [])]
  if ((await waitFor(db, buckets, clock.now())) > 0) return false
  // Who comes by single sign-on may have no password: then the code alone is the proof.
  const codeAlone = row?.password_hash === "" && row.totp_secret !== null
  const fits = codeAlone || (await passwordFits(given.password, row?.password_hash ?? null))
  return inTransaction(db, async (tx) => {
    const sure = fits && (!row?.totp_secret || (await takeCode(parts, tx, given.id, given.code)))
    if (!sure) {
      await noteFailure(tx, buckets, clock.now())
      await audit.write(tx, [
        { actor: `user:${given.id}`, action: "user.confirm_refused", subject: `user:${given.id}`, detail: { address: given.address } },
      ])
    } else {
      await forgetFailures(tx, buckets)
      if (given.session) await tx.updateTable("sessions").set({ confirmed_at: clock.now() }).where("token_hash", "=", sha256(given.session)).execute()
    }
    return sure
  })
}

/** Hash of the browser's mark when this person signed in with it before. */
async function knownDevice({ db }: PeopleParts, mark: string | null, userId: string): Promise<string | null> {
  if (!mark) return null
  const hash = sha256(mark)
  const row = await db
    .selectFrom("known_devices")
    .select("token_hash")
    .where("token_hash", "=", hash)
    .where("user_id", "=", userId)
    .executeTakeFirst()
  return row ? hash : null
}
