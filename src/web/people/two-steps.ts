/** The second factor: six digits of an authenticator (RFC 6238), each used once, and recovery codes for a lost telephone. */
import { randomBytes } from "node:crypto"
import { generateSecret, generateURI, verifySync } from "otplib"
import QRCode from "qrcode"
import { InvalidInputError, NotFoundError, UsageError } from "../../base/errors.ts"
import { sha256 } from "../../base/hash.ts"
import { inTransaction, type Tx } from "../../db/index.ts"
import type { PeopleParts } from "./parts.ts"
import { needsTwoSteps, type Role } from "./roles.ts"

const RECOVERY_CODES = 10
/** One step of 30 s to either side: telephones keep time, but not to the second. */
const TOLERANCE_S = 30
const placeOf = (userId: string) => `user:${userId}:totp:v1`

const digits = (code: string) => code.replace(/[\s-]/g, "")
/** The time step of the code, or null when it is wrong, too old, or was used before. */
export function stepOf(secret: string, code: string, now: number, usedStep: number): number | null {
  const token = digits(code)
  if (!/^\d{6}$/.test(token)) return null
  const answer = verifySync({ secret, token, epoch: Math.floor(now / 1_000), epochTolerance: TOLERANCE_S, afterTimeStep: usedStep })
  return answer.valid && "timeStep" in answer ? answer.timeStep : null
}

export interface Enrolment {
  /** For people who type it. */
  secret: string
  /** `data:` address of a QR picture for people who scan. */
  picture: string
}

/** A secret to be scanned; in force only after a code of it was typed. Asked again before that, it is the same secret. */
export async function beginEnrolment({ db, seal }: PeopleParts, userId: string): Promise<Enrolment> {
  const row = await db.selectFrom("users").select(["totp_pending"]).where("id", "=", userId).executeTakeFirst()
  if (!row) throw new NotFoundError("user", userId)
  let secret = row.totp_pending ? seal().open(row.totp_pending, placeOf(userId)) : null
  if (!secret) {
    secret = generateSecret()
    await db.updateTable("users").set({ totp_pending: seal().seal(secret, placeOf(userId)) }).where("id", "=", userId).execute()
  }
  const svg = await QRCode.toString(generateURI({ issuer: "Loa", label: userId, secret }), { type: "svg", margin: 2, errorCorrectionLevel: "M" })
  return { secret, picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}` }
}

/** Puts the pending secret in force; answers the recovery codes, which are shown this once. */
export async function confirmEnrolment({ db, clock, audit, seal }: PeopleParts, userId: string, code: string, actor: string): Promise<string[]> {
  return inTransaction(db, async (tx) => {
    const row = await tx.selectFrom("users").select(["totp_pending", "totp_secret"]).where("id", "=", userId).executeTakeFirst()
    const step = row?.totp_pending ? stepOf(seal().open(row.totp_pending, placeOf(userId)), code, clock.now(), 0) : null
    if (!row || step === null)
      throw new InvalidInputError("code", [
        { file: "two_steps", field: "code", found: "mã không đúng", expected: "6 chữ số đang hiện trên ứng dụng" },
      ])
    await tx.updateTable("users").set({ totp_secret: row.totp_pending, totp_pending: null, totp_step: step }).where("id", "=", userId).execute()
    await audit.write(tx, [
      { actor, action: "user.two_steps_on", subject: `user:${userId}`, detail: { before: row.totp_secret !== null, after: true } },
    ])
    return newRecoveryCodes(tx, userId)
  })
}

export async function renewRecoveryCodes({ db, audit }: PeopleParts, userId: string, actor: string): Promise<string[]> {
  return inTransaction(db, async (tx) => {
    await audit.write(tx, [{ actor, action: "user.recovery_codes_renewed", subject: `user:${userId}` }])
    return newRecoveryCodes(tx, userId)
  })
}

/** `force`: an administrator helps somebody who lost the telephone; that person enrols anew at the next sign-in. */
export async function dropTwoSteps({ db, audit, mode }: PeopleParts, userId: string, actor: string, force = false): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await tx.selectFrom("users").select(["role", "totp_secret"]).where("id", "=", userId).executeTakeFirst()
    if (!row) throw new NotFoundError("user", userId)
    if (!force && mode === "live" && needsTwoSteps(row.role as Role)) throw new UsageError("wrong_state", "Vai trò này bắt buộc xác thực hai lớp.")
    await tx.updateTable("users").set({ totp_secret: null, totp_pending: null, totp_step: 0 }).where("id", "=", userId).execute()
    await tx.deleteFrom("recovery_codes").where("user_id", "=", userId).execute()
    if (force) await tx.deleteFrom("sessions").where("user_id", "=", userId).execute()
    await audit.write(tx, [
      { actor, action: "user.two_steps_off", subject: `user:${userId}`, detail: { before: row.totp_secret !== null, after: false } },
    ])
  })
}

/** Takes a code of the authenticator or a recovery code; each works once, whoever is quicker. */
export async function takeCode({ clock, seal, audit }: PeopleParts, tx: Tx, userId: string, code: string): Promise<boolean> {
  const row = await tx.selectFrom("users").select(["totp_secret", "totp_step"]).where("id", "=", userId).executeTakeFirst()
  if (!row?.totp_secret) return false
  const step = stepOf(seal().open(row.totp_secret, placeOf(userId)), code, clock.now(), Number(row.totp_step))
  if (step !== null) {
    const taken = await tx.updateTable("users").set({ totp_step: step }).where("id", "=", userId).where("totp_step", "<", step).executeTakeFirst()
    return Number(taken.numUpdatedRows) === 1
  }
  const spare = digits(code).toLowerCase()
  if (!/^[0-9a-f]{20}$/.test(spare)) return false
  const used = await tx
    .updateTable("recovery_codes")
    .set({ used_at: clock.now() })
    .where("code_hash", "=", sha256(spare))
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .executeTakeFirst()
  if (Number(used.numUpdatedRows) !== 1) return false
  await audit.write(tx, [{ actor: `user:${userId}`, action: "user.recovery_code_used", subject: `user:${userId}` }])
  return true
}

export async function recoveryCodesLeft({ db }: PeopleParts, userId: string): Promise<number> {
  const rows = await db.selectFrom("recovery_codes").select("code_hash").where("user_id", "=", userId).where("used_at", "is", null).execute()
  return rows.length
}

/** 80 random bits each, in groups that can be copied by hand. */
async function newRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomBytes(10).toString("hex"))
  await tx.deleteFrom("recovery_codes").where("user_id", "=", userId).execute()
  await tx.insertInto("recovery_codes").values(codes.map((code) => ({ code_hash: sha256(code), user_id: userId, used_at: null }))).execute()
  return codes.map((code) => code.match(/.{5}/g)!.join("-"))
}

/** After the key was changed: secrets of the older key are sealed with the new one, so that the old line of the key file can go. */
export async function resealSecrets({ db, seal }: PeopleParts): Promise<number> {
  const rows = await db
    .selectFrom("users")
    .select(["id", "totp_secret", "totp_pending"])
    .where((or) => or.or([or("totp_secret", "is not", null), or("totp_pending", "is not", null)]))
    .execute()
  const again = (envelope: string | null, id: string) =>
    envelope && seal().outdated(envelope) ? seal().seal(seal().open(envelope, placeOf(id)), placeOf(id)) : envelope
  let changed = 0
  for (const { id, totp_secret, totp_pending } of rows) {
    const next = { totp_secret: again(totp_secret, id), totp_pending: again(totp_pending, id) }
    if (next.totp_secret === totp_secret && next.totp_pending === totp_pending) continue
    // Only where nobody enrolled anew meanwhile.
    let change = db.updateTable("users").set(next).where("id", "=", id)
    change = totp_secret === null ? change.where("totp_secret", "is", null) : change.where("totp_secret", "=", totp_secret)
    await change.execute()
    changed += 1
  }
  return changed
}
