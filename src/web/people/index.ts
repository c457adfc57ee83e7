/** People of the desk: accounts, passwords, sessions. The one writer of `users`, `sessions`, `known_devices`, `login_failures`. */
import { randomBytes } from "node:crypto"
import type { Audit } from "../../audit/index.ts"
import { HOUR, MINUTE, type Clock } from "../../base/clock.ts"
import { InvalidInputError, NotFoundError, type Mistake } from "../../base/errors.ts"
import { sha256 } from "../../base/hash.ts"
import { inTransaction, type Db, type Tx } from "../../db/index.ts"
import { hashPassword, passwordFits, passwordMistakes } from "./passwords.ts"
import { roles, type Role, type User } from "./roles.ts"
import { forgetFailures, noteFailure, waitFor, type Attempt } from "./throttle.ts"

export { generatePassword } from "./passwords.ts"
export { can, permissions, roles, roleWords, sees, type Permission, type Role, type User } from "./roles.ts"

export const IDLE_MS = 30 * MINUTE
export const ABSOLUTE_MS = 12 * HOUR
/** Being seen is written at most once a minute: a page costs no fsync. */
const SEEN_EVERY_MS = MINUTE
const REHEARSAL_USER = "dien-tap"

export interface NewUser {
  id: string
  name: string
  role: string
  unitId: string | null
  password: string
}
export interface ListedUser extends User {
  createdAt: number
  createdBy: string
  disabled: boolean
}
export interface OpenSession {
  createdAt: number
  address: string
  /** The session that asks. */
  here: boolean
}
export type Login = { kind: "in"; user: User; session: string; device: string } | { kind: "refused" } | { kind: "wait"; ms: number }

export class People {
  constructor(private readonly parts: { db: Db; clock: Clock; audit: Audit; mode: "rehearsal" | "live"; unitExists(id: string): boolean }) {}

  /** Throws InvalidInputError with every mistake. */
  async add(person: NewUser, actor: string): Promise<User> {
    const { db, clock, audit } = this.parts
    const mistakes: Mistake[] = []
    const wrong = (field: string, found: string, expected: string) => void mistakes.push({ file: "user", entry: person.id, field, found, expected })
    if (!/^[a-z0-9][a-z0-9._-]{1,39}$/.test(person.id)) wrong("id", person.id, "2–40 ký tự a-z, 0-9, dấu chấm, gạch nối")
    if (person.id === REHEARSAL_USER || (await this.row(person.id))) wrong("id", person.id, "tên đăng nhập chưa có người dùng")
    if (!person.name.trim() || person.name.length > 100) wrong("name", person.name, "họ và tên, nhiều nhất 100 ký tự")
    if (!roles.includes(person.role as Role)) wrong("role", person.role, roles.join(" | "))
    if (person.role === "unit_official" && !(person.unitId && this.parts.unitExists(person.unitId))) wrong("unit", person.unitId ?? "trống", "mã một đơn vị trong sổ đăng ký")
    if (person.role !== "unit_official" && person.unitId) wrong("unit", person.unitId, "để trống: chỉ cán bộ đơn vị gắn với một đơn vị")
    mistakes.push(...passwordMistakes(person.password, person.id))
    if (mistakes.length) throw new InvalidInputError("user", mistakes)

    const user: User = { id: person.id, name: person.name.normalize("NFC").trim(), role: person.role as Role, unitId: person.unitId }
    const password = await hashPassword(person.password)
    await inTransaction(db, async (tx) => {
      await insertUser(tx, user, password, actor, clock.now())
      await audit.write(tx, [{ actor, action: "user.added", subject: `user:${user.id}`, detail: { name: user.name, role: user.role, unit: user.unitId } }])
    })
    return user
  }

  async list(): Promise<ListedUser[]> {
    const rows = await this.parts.db.selectFrom("users").selectAll().orderBy("id").execute()
    return rows.map((row) => ({ ...userOf(row), createdAt: Number(row.created_at), createdBy: row.created_by, disabled: row.disabled_at !== null }))
  }

  /** Ends every session of the person. */
  async setPassword(id: string, password: string, actor: string): Promise<void> {
    await this.rowOrThrow(id)
    const mistakes = passwordMistakes(password, id)
    if (mistakes.length) throw new InvalidInputError("user", mistakes)
    const hash = await hashPassword(password)
    await this.change(id, actor, "user.password_set", { password_hash: hash, password_at: this.parts.clock.now() })
  }

  /** Ends every session of the person at once. */
  async disable(id: string, actor: string): Promise<void> {
    await this.rowOrThrow(id)
    await this.change(id, actor, "user.disabled", { disabled_at: this.parts.clock.now() })
  }

  /** `device` and `oldSession` are what the browser brought along; the old session ends with the new one (no fixation). */
  async login(given: { id: string; password: string; device: string | null; oldSession: string | null; address: string }): Promise<Login> {
    const { db, clock, audit } = this.parts
    const id = given.id.trim().toLowerCase().slice(0, 60)
    const device = await this.knownDevice(given.device, id)
    const attempt: Attempt = { userId: id, device, address: given.address }
    const ms = await waitFor(db, attempt, clock.now())
    if (ms > 0) return { kind: "wait", ms }

    const row = await this.row(id)
    const fits = await passwordFits(given.password, row && row.disabled_at === null ? row.password_hash : null)
    if (!row || !fits) {
      await inTransaction(db, async (tx) => {
        await noteFailure(tx, attempt, clock.now())
        if (row) await audit.write(tx, [{ actor: `address:${given.address}`, action: "user.login_refused", subject: `user:${id}` }])
      })
      return { kind: "refused" }
    }
    const mark = device && given.device ? given.device : newToken()
    const session = await inTransaction(db, async (tx) => {
      await forgetFailures(tx, attempt)
      await tx.insertInto("known_devices").values({ token_hash: sha256(mark), user_id: id, at: clock.now() }).onConflict((conflict) => conflict.doNothing()).execute()
      return this.begin(tx, id, given.address, given.oldSession)
    })
    return { kind: "in", user: userOf(row), session, device: mark }
  }

  /** One click, no password; only where everything is rehearsed. */
  async enterRehearsal(address: string, oldSession: string | null): Promise<string> {
    if (this.parts.mode !== "rehearsal") throw new NotFoundError("page", "rehearsal")
    const { db, clock } = this.parts
    return inTransaction(db, async (tx) => {
      const user: User = { id: REHEARSAL_USER, name: "Người xem diễn tập", role: "province_admin", unitId: null }
      if (!(await tx.selectFrom("users").select("id").where("id", "=", user.id).executeTakeFirst())) await insertUser(tx, user, "", "job:rehearsal", clock.now())
      return this.begin(tx, user.id, address, oldSession)
    })
  }

  /** Who holds this session, or null when it ran out, ended, or its person may not enter any more. */
  async visitor(session: string): Promise<User | null> {
    const { db, clock, mode } = this.parts
    const hash = sha256(session)
    const found = await db.selectFrom("sessions").selectAll().where("token_hash", "=", hash).executeTakeFirst()
    if (!found) return null
    const now = clock.now()
    if (now - Number(found.seen_at) >= IDLE_MS || now - Number(found.created_at) >= ABSOLUTE_MS) return null
    const row = await this.row(found.user_id)
    if (!row || row.disabled_at !== null || (row.id === REHEARSAL_USER && mode !== "rehearsal")) return null
    if (now - Number(found.seen_at) >= SEEN_EVERY_MS) await db.updateTable("sessions").set({ seen_at: now }).where("token_hash", "=", hash).execute()
    return userOf(row)
  }

  /** Asks again for the password before something grave; wrong ones count as at the door. */
  async confirms(given: { id: string; password: string; device: string | null; address: string }): Promise<boolean> {
    const { db, clock } = this.parts
    const attempt: Attempt = { userId: given.id, device: await this.knownDevice(given.device, given.id), address: given.address }
    if ((await waitFor(db, attempt, clock.now())) > 0) return false
    const row = await this.row(given.id)
    const fits = await passwordFits(given.password, row?.password_hash ?? null)
    if (!fits) await inTransaction(db, (tx) => noteFailure(tx, attempt, clock.now()))
    return fits
  }

  async sessionsOf(userId: string, asking: string | null): Promise<OpenSession[]> {
    const { db, clock } = this.parts
    const now = clock.now()
    const rows = await db.selectFrom("sessions").selectAll().where("user_id", "=", userId).where("created_at", ">", now - ABSOLUTE_MS).where("seen_at", ">", now - IDLE_MS).orderBy("created_at", "desc").execute()
    return rows.map((row) => ({ createdAt: Number(row.created_at), address: row.address, here: asking !== null && row.token_hash === sha256(asking) }))
  }

  async endOtherSessions(userId: string, session: string): Promise<void> {
    await inTransaction(this.parts.db, async (tx) => {
      await tx.deleteFrom("sessions").where("user_id", "=", userId).where("token_hash", "!=", sha256(session)).execute()
      await this.parts.audit.write(tx, [{ actor: `user:${userId}`, action: "user.sessions_ended", subject: `user:${userId}` }])
    })
  }

  async logout(session: string): Promise<void> {
    const { db, audit } = this.parts
    await inTransaction(db, async (tx) => {
      const row = await tx.deleteFrom("sessions").where("token_hash", "=", sha256(session)).returning("user_id").executeTakeFirst()
      if (row) await audit.write(tx, [{ actor: `user:${row.user_id}`, action: "user.logged_out", subject: `user:${row.user_id}` }])
    })
  }

  private async begin(tx: Tx, userId: string, address: string, oldSession: string | null): Promise<string> {
    const now = this.parts.clock.now()
    const session = newToken()
    if (oldSession) await tx.deleteFrom("sessions").where("token_hash", "=", sha256(oldSession)).execute()
    await tx.deleteFrom("sessions").where((or) => or.or([or("created_at", "<=", now - ABSOLUTE_MS), or("seen_at", "<=", now - IDLE_MS)])).execute()
    await tx.insertInto("sessions").values({ token_hash: sha256(session), user_id: userId, created_at: now, seen_at: now, address }).execute()
    await this.parts.audit.write(tx, [{ actor: `user:${userId}`, action: "user.logged_in", subject: `user:${userId}`, detail: { address } }])
    return session
  }

  private async change(id: string, actor: string, action: string, set: { password_hash?: string; password_at?: number; disabled_at?: number }) {
    await inTransaction(this.parts.db, async (tx) => {
      await tx.updateTable("users").set(set).where("id", "=", id).execute()
      await tx.deleteFrom("sessions").where("user_id", "=", id).execute()
      await tx.deleteFrom("known_devices").where("user_id", "=", id).execute()
      await this.parts.audit.write(tx, [{ actor, action, subject: `user:${id}` }])
    })
  }

  /** Hash of the browser's mark when this person signed in with it before. */
  private async knownDevice(mark: string | null, userId: string): Promise<string | null> {
    if (!mark) return null
    const hash = sha256(mark)
    const row = await this.parts.db.selectFrom("known_devices").select("token_hash").where("token_hash", "=", hash).where("user_id", "=", userId).executeTakeFirst()
    return row ? hash : null
  }
  private row(id: string) {
    return this.parts.db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst()
  }
  private async rowOrThrow(id: string) {
    const row = await this.row(id)
    if (!row) throw new NotFoundError("user", id)
    return row
  }
}

/** 256 random bits; only the hash is kept. */
const newToken = () => randomBytes(32).toString("base64url")

const userOf = (row: { id: string; name: string; role: string; unit_id: string | null }): User => ({ id: row.id, name: row.name, role: row.role as Role, unitId: row.unit_id })

const insertUser = (tx: Tx, user: User, hash: string, actor: string, now: number) =>
  tx.insertInto("users").values({ id: user.id, name: user.name, role: user.role, unit_id: user.unitId, password_hash: hash, password_at: now, created_at: now, created_by: actor, disabled_at: null }).execute()
