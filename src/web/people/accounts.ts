/** People as the administrator sees them: added, moved to another role, shut out. Whatever changes what somebody may do ends that person's sessions. */
import { InvalidInputError, NotFoundError, UsageError, type Mistake } from "../../base/errors.ts"
import { inTransaction, type Tx } from "../../db/index.ts"
import { userOf, type PeopleParts } from "./parts.ts"
import { hashPassword, passwordMistakes } from "./passwords.ts"
import { roles, type Role, type User } from "./roles.ts"
import { REHEARSAL_USER } from "./sessions.ts"

export interface NewUser {
  id: string
  name: string
  role: string
  unitId: string | null
  /** Null: the person sets it through a link. */
  password: string | null
  email?: string | null
}
export interface ListedUser extends User {
  createdAt: number
  createdBy: string
  disabled: boolean
  email: string | null
  twoSteps: boolean
  singleSignOn: boolean
}

const wrongIn = (mistakes: Mistake[], entry: string) => (field: string, found: string, expected: string) =>
  void mistakes.push({ file: "user", entry, field, found, expected })
const emailOf = (text: string | null | undefined) => text?.trim().toLowerCase() || null
const emailFits = (email: string) => email.length <= 200 && /^[^\s@<>"(),;:\\]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(email)

function roleMistakes(parts: PeopleParts, wrong: ReturnType<typeof wrongIn>, role: string, unitId: string | null) {
  if (!roles.includes(role as Role)) wrong("role", role, roles.join(" | "))
  if (role === "unit_official" && !(unitId && parts.unitExists(unitId))) wrong("unit", unitId ?? "trống", "mã một đơn vị trong sổ đăng ký")
  if (role !== "unit_official" && unitId) wrong("unit", unitId, "để trống: chỉ cán bộ đơn vị gắn với một đơn vị")
}
async function emailMistakes(parts: PeopleParts, wrong: ReturnType<typeof wrongIn>, email: string | null, own: string) {
  if (!email) return
  if (!emailFits(email)) return wrong("email", email, "một địa chỉ thư điện tử")
  const other = await parts.db.selectFrom("users").select("id").where("email", "=", email).where("id", "!=", own).executeTakeFirst()
  if (other) wrong("email", email, "địa chỉ chưa dùng cho người khác")
}

/** Throws InvalidInputError with every mistake. */
export async function addUser(parts: PeopleParts, person: NewUser, actor: string): Promise<User> {
  const { db, clock, audit } = parts
  const mistakes: Mistake[] = []
  const wrong = wrongIn(mistakes, person.id)
  const email = emailOf(person.email)
  if (!/^[a-z0-9][a-z0-9._-]{1,39}$/.test(person.id)) wrong("id", person.id, "2–40 ký tự a-z, 0-9, dấu chấm, gạch nối")
  if (person.id === REHEARSAL_USER || (await rowOf(parts, person.id))) wrong("id", person.id, "tên đăng nhập chưa có người dùng")
  if (!person.name.trim() || person.name.length > 100) wrong("name", person.name, "họ và tên, nhiều nhất 100 ký tự")
  roleMistakes(parts, wrong, person.role, person.unitId)
  await emailMistakes(parts, wrong, email, person.id)
  if (person.password !== null) mistakes.push(...passwordMistakes(person.password, person.id, [person.name]))
  if (mistakes.length) throw new InvalidInputError("user", mistakes)

  const user: User = { id: person.id, name: person.name.normalize("NFC").trim(), role: person.role as Role, unitId: person.unitId }
  const password = person.password === null ? "" : await hashPassword(person.password)
  await inTransaction(db, async (tx) => {
    await insertUser(tx, user, password, email, actor, clock.now())
    await audit.write(tx, [
      { actor, action: "user.added", subject: `user:${user.id}`, detail: { after: { name: user.name, role: user.role, unit: user.unitId, email } } },
    ])
  })
  return user
}

export async function listUsers({ db }: PeopleParts): Promise<ListedUser[]> {
  const rows = await db.selectFrom("users").selectAll().orderBy("id").execute()
  return rows.map((row) => ({
    ...userOf(row),
    createdAt: Number(row.created_at),
    createdBy: row.created_by,
    disabled: row.disabled_at !== null,
    email: row.email,
    twoSteps: row.totp_secret !== null,
    singleSignOn: row.oidc_subject !== null,
  }))
}

export async function setPassword(parts: PeopleParts, id: string, password: string, actor: string): Promise<void> {
  const row = await rowOrThrow(parts, id)
  const mistakes = passwordMistakes(password, id, [row.name])
  if (mistakes.length) throw new InvalidInputError("user", mistakes)
  const hash = await hashPassword(password)
  await change(parts, id, actor, "user.password_set", { password_hash: hash, password_at: parts.clock.now() }, undefined)
}

export async function setRole(parts: PeopleParts, id: string, role: string, unitId: string | null, actor: string): Promise<void> {
  const row = await rowOrThrow(parts, id)
  const mistakes: Mistake[] = []
  roleMistakes(parts, wrongIn(mistakes, id), role, unitId)
  if (mistakes.length) throw new InvalidInputError("user", mistakes)
  await keepOneAdministrator(parts, id, role, actor)
  await change(
    parts,
    id,
    actor,
    "user.role_set",
    { role, unit_id: unitId },
    { before: { role: row.role, unit: row.unit_id }, after: { role, unit: unitId } },
  )
}

/** A changed address ends the binding to single sign-on: it is another mailbox, perhaps another person. */
export async function setEmail(parts: PeopleParts, id: string, text: string | null, actor: string): Promise<void> {
  const row = await rowOrThrow(parts, id)
  const email = emailOf(text)
  const mistakes: Mistake[] = []
  await emailMistakes(parts, wrongIn(mistakes, id), email, id)
  if (mistakes.length) throw new InvalidInputError("user", mistakes)
  await inTransaction(parts.db, async (tx) => {
    await tx.updateTable("users").set({ email, oidc_subject: null }).where("id", "=", id).execute()
    await parts.audit.write(tx, [{ actor, action: "user.email_set", subject: `user:${id}`, detail: { before: row.email, after: email } }])
  })
}

export async function setDisabled(parts: PeopleParts, id: string, disabled: boolean, actor: string): Promise<void> {
  const row = await rowOrThrow(parts, id)
  if (disabled) await keepOneAdministrator(parts, id, null, actor)
  const before = row.disabled_at !== null
  await change(
    parts,
    id,
    actor,
    disabled ? "user.disabled" : "user.enabled",
    { disabled_at: disabled ? parts.clock.now() : null },
    { before: { disabled: before }, after: { disabled } },
  )
}

/** The desk must not lose its last administrator; the console can always add one. */
async function keepOneAdministrator({ db }: PeopleParts, id: string, role: string | null, actor: string) {
  if (role === "province_admin" || !actor.startsWith("user:")) return
  const others = await db
    .selectFrom("users")
    .select("id")
    .where("role", "=", "province_admin")
    .where("disabled_at", "is", null)
    .where("id", "not in", [id, REHEARSAL_USER])
    .limit(1)
    .execute()
  const own = await db.selectFrom("users").select("role").where("id", "=", id).executeTakeFirst()
  if (own?.role === "province_admin" && !others.length)
    throw new UsageError("wrong_state", "Đây là quản trị tỉnh cuối cùng đang hoạt động; hãy thêm người khác trước.")
}

async function change(
  { db, audit }: PeopleParts,
  id: string,
  actor: string,
  action: string,
  set: { password_hash?: string; password_at?: number; disabled_at?: number | null; role?: string; unit_id?: string | null },
  detail: Record<string, unknown> | undefined,
) {
  await inTransaction(db, async (tx) => {
    await tx.updateTable("users").set(set).where("id", "=", id).execute()
    await endEverything(tx, id)
    await audit.write(tx, [{ actor, action, subject: `user:${id}`, ...(detail ? { detail } : {}) }])
  })
}

export async function endEverything(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom("sessions").where("user_id", "=", userId).execute()
  await tx.deleteFrom("known_devices").where("user_id", "=", userId).execute()
  await tx.deleteFrom("one_time_links").where("user_id", "=", userId).where("kind", "=", "reset").execute()
}

export const rowOf = ({ db }: PeopleParts, id: string) => db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst()
export async function rowOrThrow(parts: PeopleParts, id: string) {
  const row = await rowOf(parts, id)
  if (!row) throw new NotFoundError("user", id)
  return row
}

export const insertUser = (tx: Tx, user: User, hash: string, email: string | null, actor: string, now: number) =>
  tx
    .insertInto("users")
    .values({
      id: user.id,
      name: user.name,
      role: user.role,
      unit_id: user.unitId,
      password_hash: hash,
      password_at: now,
      created_at: now,
      created_by: actor,
      disabled_at: null,
      email,
      totp_secret: null,
      totp_pending: null,
      totp_step: 0,
      oidc_subject: null,
    })
    .execute()
