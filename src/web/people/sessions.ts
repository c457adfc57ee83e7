/** Who is signed in, where, since when, and how long that still holds. The database knows hashes of sessions only. */
import { randomBytes } from "node:crypto"
import { HOUR, MINUTE } from "../../base/clock.ts"
import { NotFoundError } from "../../base/errors.ts"
import { sha256 } from "../../base/hash.ts"
import { inTransaction, type Tx } from "../../db/index.ts"
import { userOf, type PeopleParts } from "./parts.ts"
import { needsTwoSteps, type Role, type User } from "./roles.ts"

export const IDLE_MS = 30 * MINUTE
export const ABSOLUTE_MS = 12 * HOUR
/** The password was right: so long the code may follow. */
const HALF_MS = 5 * MINUTE
/** So long a proof of password and code counts for grave changes. */
export const FRESH_MS = 10 * MINUTE
/** Being seen is written at most once a minute: a page costs no fsync. */
const SEEN_EVERY_MS = MINUTE
export const REHEARSAL_USER = "dien-tap"

export interface OpenSession {
  id: string
  createdAt: number
  seenAt: number
  address: string
  agent: string
  /** The session that asks. */
  here: boolean
}
export interface SessionFacts {
  id: string
  /** Password (and code) were proved so recently that grave changes need no new proof. */
  fresh: boolean
  /** False for people who only ever came by single sign-on. */
  hasPassword: boolean
  /** A second factor is enrolled. */
  twoSteps: boolean
  /** The role needs a second factor and has none: nothing but enrolling is open. */
  mustEnrol: boolean
}
export interface Visitor {
  user: User
  session: SessionFacts
}
export interface From {
  address: string
  agent: string
}

/** 256 random bits; only the hash is kept. */
export const newToken = () => randomBytes(32).toString("base64url")
const idOfHash = (hash: string) => hash.slice(0, 16)

/** Who holds this session, or null when it ran out, ended, or its person may not enter any more. */
export async function visitorOf({ db, clock, mode }: PeopleParts, session: string): Promise<Visitor | null> {
  const hash = sha256(session)
  const found = await db.selectFrom("sessions").selectAll().where("token_hash", "=", hash).where("stage", "=", "full").executeTakeFirst()
  if (!found) return null
  const now = clock.now()
  if (now - Number(found.seen_at) >= IDLE_MS || now - Number(found.created_at) >= ABSOLUTE_MS) return null
  const row = await db.selectFrom("users").selectAll().where("id", "=", found.user_id).executeTakeFirst()
  if (!row || row.disabled_at !== null || (row.id === REHEARSAL_USER && mode !== "rehearsal")) return null
  if (now - Number(found.seen_at) >= SEEN_EVERY_MS) await db.updateTable("sessions").set({ seen_at: now }).where("token_hash", "=", hash).execute()
  const twoSteps = row.totp_secret !== null
  return {
    user: userOf(row),
    session: {
      id: idOfHash(hash),
      fresh: now - Number(found.confirmed_at) < FRESH_MS || row.id === REHEARSAL_USER,
      hasPassword: row.password_hash !== "",
      twoSteps,
      mustEnrol: mode === "live" && !twoSteps && needsTwoSteps(row.role as Role),
    },
  }
}

/** A new session in place of the one the browser brought along (no fixation). */
export async function begin(
  { clock, audit }: PeopleParts,
  tx: Tx,
  userId: string,
  from: From,
  oldSession: string | null,
  stage: "full" | "half" = "full",
): Promise<string> {
  const now = clock.now()
  const session = newToken()
  if (oldSession) await tx.deleteFrom("sessions").where("token_hash", "=", sha256(oldSession)).execute()
  await tx
    .deleteFrom("sessions")
    .where((or) => or.or([or("created_at", "<=", now - ABSOLUTE_MS), or("seen_at", "<=", now - IDLE_MS)]))
    .execute()
  await tx
    .insertInto("sessions")
    .values({
      token_hash: sha256(session),
      user_id: userId,
      created_at: now,
      seen_at: now,
      confirmed_at: stage === "full" ? now : 0,
      stage,
      tries: 0,
      address: from.address,
      agent: from.agent.slice(0, 200),
    })
    .execute()
  if (stage === "full")
    await audit.write(tx, [{ actor: `user:${userId}`, action: "user.logged_in", subject: `user:${userId}`, detail: { address: from.address } }])
  return session
}

/** The person whose code is awaited. */
export async function halfSession({ db, clock }: PeopleParts, session: string) {
  const row = await db.selectFrom("sessions").selectAll().where("token_hash", "=", sha256(session)).where("stage", "=", "half").executeTakeFirst()
  return row && clock.now() - Number(row.created_at) < HALF_MS ? row : null
}

export async function sessionsOf({ db, clock }: PeopleParts, userId: string, asking: string | null): Promise<OpenSession[]> {
  const now = clock.now()
  const rows = await db
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", userId)
    .where("stage", "=", "full")
    .where("created_at", ">", now - ABSOLUTE_MS)
    .where("seen_at", ">", now - IDLE_MS)
    .orderBy("created_at", "desc")
    .execute()
  const here = asking === null ? "" : sha256(asking)
  return rows.map((row) => ({
    id: idOfHash(row.token_hash),
    createdAt: Number(row.created_at),
    seenAt: Number(row.seen_at),
    address: row.address,
    agent: row.agent,
    here: row.token_hash === here,
  }))
}

/** Ends one session, named by its id, or every session but `keep`. */
export async function endSessions(
  { db, audit }: PeopleParts,
  userId: string,
  which: { id: string } | { keep: string | null },
  actor: string,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const rows = await tx.selectFrom("sessions").select("token_hash").where("user_id", "=", userId).execute()
    const ending = rows
      .map((row) => row.token_hash)
      .filter((hash) => ("id" in which ? idOfHash(hash) === which.id : which.keep === null || hash !== sha256(which.keep)))
    if ("id" in which && !ending.length) throw new NotFoundError("session", which.id)
    if (ending.length) await tx.deleteFrom("sessions").where("token_hash", "in", ending).execute()
    await audit.write(tx, [{ actor, action: "user.sessions_ended", subject: `user:${userId}`, detail: { ended: ending.length } }])
  })
}

export async function endSession({ db, audit }: PeopleParts, session: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await tx.deleteFrom("sessions").where("token_hash", "=", sha256(session)).returning(["user_id", "stage"]).executeTakeFirst()
    if (row?.stage === "full") await audit.write(tx, [{ actor: `user:${row.user_id}`, action: "user.logged_out", subject: `user:${row.user_id}` }])
  })
}
