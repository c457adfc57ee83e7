/** Links and codes that work once: a new password through a link (15 minutes), and the very first administrator (one hour). */
import { randomBytes } from "node:crypto"
import { HOUR, MINUTE } from "../../base/clock.ts"
import { InvalidInputError, NotFoundError, UsageError } from "../../base/errors.ts"
import { sha256 } from "../../base/hash.ts"
import { inTransaction } from "../../db/index.ts"
import { addUser, endEverything, rowOrThrow } from "./accounts.ts"
import type { PeopleParts } from "./parts.ts"
import { hashPassword, passwordMistakes } from "./passwords.ts"
import type { User } from "./roles.ts"
import { newToken, REHEARSAL_USER } from "./sessions.ts"

export const RESET_MS = 15 * MINUTE
const SETUP_MS = HOUR

/** Answers the secret part of the link, shown or mailed once. An older link of the person stops working. */
export async function makeResetLink(parts: PeopleParts, userId: string, actor: string): Promise<string> {
  const { db, clock, audit } = parts
  const row = await rowOrThrow(parts, userId)
  if (row.disabled_at !== null) throw new UsageError("wrong_state", "Người dùng này đang bị khóa.")
  const token = newToken()
  const now = clock.now()
  await inTransaction(db, async (tx) => {
    await tx
      .deleteFrom("one_time_links")
      .where((or) => or.or([or("user_id", "=", userId), or("expires_at", "<=", now)]))
      .execute()
    await tx
      .insertInto("one_time_links")
      .values({
        token_hash: sha256(token),
        kind: "reset",
        user_id: userId,
        created_at: now,
        expires_at: now + RESET_MS,
        created_by: actor,
        used_at: null,
      })
      .execute()
    await audit.write(tx, [{ actor, action: "user.reset_link_made", subject: `user:${userId}` }])
  })
  return token
}

/** The person a link belongs to, or null when it ran out or was used. */
export async function userOfLink({ db, clock }: PeopleParts, token: string): Promise<string | null> {
  const row = await db
    .selectFrom("one_time_links")
    .select(["user_id", "expires_at", "used_at"])
    .where("token_hash", "=", sha256(token))
    .where("kind", "=", "reset")
    .executeTakeFirst()
  return row && row.used_at === null && clock.now() < Number(row.expires_at) ? row.user_id : null
}

/** Sets the password and ends every session; the second factor stays and is asked for at the door as always. */
export async function useResetLink(parts: PeopleParts, token: string, password: string): Promise<void> {
  const { db, clock, audit } = parts
  const userId = await userOfLink(parts, token)
  if (!userId) throw new NotFoundError("link", "reset")
  const row = await rowOrThrow(parts, userId)
  const mistakes = passwordMistakes(password, userId, [row.name])
  if (mistakes.length) throw new InvalidInputError("user", mistakes)
  const hash = await hashPassword(password)
  await inTransaction(db, async (tx) => {
    const taken = await tx
      .updateTable("one_time_links")
      .set({ used_at: clock.now() })
      .where("token_hash", "=", sha256(token))
      .where("used_at", "is", null)
      .executeTakeFirst()
    if (Number(taken.numUpdatedRows) !== 1) throw new NotFoundError("link", "reset")
    await tx.updateTable("users").set({ password_hash: hash, password_at: clock.now() }).where("id", "=", userId).execute()
    await endEverything(tx, userId)
    await audit.write(tx, [{ actor: `user:${userId}`, action: "user.password_reset", subject: `user:${userId}` }])
  })
}

/** A code for the very first administrator, or null when somebody exists already. A new one ends the older. */
export async function makeSetupCode(parts: PeopleParts): Promise<string | null> {
  const { db, clock } = parts
  if (!(await nobodyYet(parts))) return null
  const code = randomBytes(10).toString("hex").match(/.{4}/g)!.join("-")
  const now = clock.now()
  await inTransaction(db, async (tx) => {
    await tx.deleteFrom("one_time_links").where("kind", "=", "setup").execute()
    await tx
      .insertInto("one_time_links")
      .values({
        token_hash: sha256(code),
        kind: "setup",
        user_id: "",
        created_at: now,
        expires_at: now + SETUP_MS,
        created_by: "job:setup",
        used_at: null,
      })
      .execute()
  })
  return code
}

export const nobodyYet = async ({ db }: PeopleParts) =>
  (await db.selectFrom("users").select("id").where("id", "!=", REHEARSAL_USER).limit(1).execute()).length === 0

/** Throws NotFoundError for a wrong, used or old code, InvalidInputError for mistakes in the rest (the code is then not used up). */
export async function setUp(parts: PeopleParts, given: { code: string; id: string; name: string; password: string }): Promise<User> {
  const { db, clock } = parts
  const hash = sha256(given.code.trim().toLowerCase())
  const row = await db
    .selectFrom("one_time_links")
    .select(["expires_at"])
    .where("token_hash", "=", hash)
    .where("kind", "=", "setup")
    .where("used_at", "is", null)
    .executeTakeFirst()
  if (!row || clock.now() >= Number(row.expires_at) || !(await nobodyYet(parts))) throw new NotFoundError("link", "setup")
  const { id, name, password } = given
  const user = await addUser(parts, { id, name, password, role: "province_admin", unitId: null }, "setup")
  await db.deleteFrom("one_time_links").where("kind", "=", "setup").execute()
  return user
}
