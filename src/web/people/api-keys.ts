/** Keys of machines: scopes, a unit or the whole province, an end date. Only the hash is kept; the key itself is shown once. */
import { randomBytes } from "node:crypto"
import { DAY, MINUTE } from "../../base/clock.ts"
import { InvalidInputError, NotFoundError, type Mistake } from "../../base/errors.ts"
import { sameText, sha256 } from "../../base/hash.ts"
import { inTransaction } from "../../db/index.ts"
import type { PeopleParts } from "./parts.ts"

export const scopes = [
  "units:read",
  "articles:read",
  "deliveries:read",
  "deliveries:write",
  "alerts:read",
  "alerts:write",
  "cases:read",
  "findings:read",
  "reach:read",
  "reports:read",
  "registry:read",
  "metrics:read",
] as const
export type Scope = (typeof scopes)[number]
/** What such a key sees of other units would leak: these need the whole province. */
const provinceOnly: readonly Scope[] = ["reports:read", "metrics:read"]

export interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  unitId: string | null
  createdAt: number
  createdBy: string
  expiresAt: number
  lastUsedAt: number | null
  lastUsedFrom: string | null
  revokedAt: number | null
}
export interface NewKey {
  name: string
  scopes: string[]
  unitId: string | null
  /** Days until it ends, 1 to 366. */
  days: number
}

const DAYS_MAX = 366
const USED_EVERY_MS = MINUTE
const shape = /^loa_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/

export async function makeKey({ db, clock, audit, unitExists }: PeopleParts, given: NewKey, actor: string): Promise<{ key: ApiKey; secret: string }> {
  const mistakes: Mistake[] = []
  const wrong = (field: string, found: string, expected: string) => void mistakes.push({ file: "api_key", field, found, expected })
  const name = given.name.normalize("NFC").trim()
  if (!name || name.length > 100) wrong("name", name, "tên dễ nhận ra, nhiều nhất 100 ký tự")
  const wanted = [...new Set(given.scopes)]
  const unknown = wanted.filter((scope) => !scopes.includes(scope as Scope))
  if (!wanted.length || unknown.length) wrong("scopes", unknown.join(", ") || "trống", scopes.join(", "))
  if (given.unitId !== null && !unitExists(given.unitId)) wrong("unit", given.unitId, "mã một đơn vị trong sổ đăng ký")
  const wide = wanted.filter((scope) => provinceOnly.includes(scope as Scope))
  if (given.unitId !== null && wide.length) wrong("scopes", wide.join(", "), "các quyền này chỉ dành cho khóa toàn tỉnh")
  if (!Number.isInteger(given.days) || given.days < 1 || given.days > DAYS_MAX) wrong("days", String(given.days), `từ 1 đến ${DAYS_MAX} ngày`)
  if (mistakes.length) throw new InvalidInputError("api key", mistakes)

  const now = clock.now()
  const id = randomBytes(6).toString("hex")
  const secret = `loa_${id}_${randomBytes(32).toString("base64url")}`
  const row = {
    id,
    name,
    key_hash: sha256(secret),
    scopes: JSON.stringify(wanted),
    unit_id: given.unitId,
    created_at: now,
    created_by: actor,
    expires_at: now + given.days * DAY,
    last_used_at: null,
    last_used_from: null,
    revoked_at: null,
    revoked_by: null,
  }
  await inTransaction(db, async (tx) => {
    await tx.insertInto("api_keys").values(row).execute()
    await audit.write(tx, [
      { actor, action: "api_key.made", subject: `key:${id}`, detail: { after: { name, scopes: wanted, unit: given.unitId, days: given.days } } },
    ])
  })
  return { key: keyOf(row), secret }
}

/** The key behind a bearer value, or null. Its use is noted at most once a minute. */
export async function keyOfBearer({ db, clock, unitExists }: PeopleParts, bearer: string, address: string): Promise<ApiKey | null> {
  const id = shape.exec(bearer)?.[1]
  if (!id) return null
  const row = await db.selectFrom("api_keys").selectAll().where("id", "=", id).executeTakeFirst()
  if (!row || !sameText(row.key_hash, sha256(bearer))) return null
  const now = clock.now()
  if (row.revoked_at !== null || now >= Number(row.expires_at)) return null
  if (row.unit_id !== null && !unitExists(row.unit_id)) return null
  if (row.last_used_at === null || now - Number(row.last_used_at) >= USED_EVERY_MS)
    await db.updateTable("api_keys").set({ last_used_at: now, last_used_from: address }).where("id", "=", id).execute()
  return keyOf(row)
}

export async function listKeys({ db }: PeopleParts): Promise<ApiKey[]> {
  const rows = await db.selectFrom("api_keys").selectAll().orderBy("created_at", "desc").orderBy("id").limit(500).execute()
  return rows.map(keyOf)
}

export async function revokeKey({ db, clock, audit }: PeopleParts, id: string, actor: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await tx
      .updateTable("api_keys")
      .set({ revoked_at: clock.now(), revoked_by: actor })
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .returning("name")
      .executeTakeFirst()
    if (!row) throw new NotFoundError("api_key", id)
    await audit.write(tx, [
      { actor, action: "api_key.revoked", subject: `key:${id}`, detail: { name: row.name, before: "in force", after: "revoked" } },
    ])
  })
}

function keyOf(row: {
  id: string
  name: string
  scopes: string
  unit_id: string | null
  created_at: number
  created_by: string
  expires_at: number
  last_used_at: number | null
  last_used_from: string | null
  revoked_at: number | null
}): ApiKey {
  const time = (at: number | null) => (at === null ? null : Number(at))
  return {
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as Scope[],
    unitId: row.unit_id,
    createdAt: Number(row.created_at),
    createdBy: row.created_by,
    expiresAt: Number(row.expires_at),
    lastUsedAt: time(row.last_used_at),
    lastUsedFrom: row.last_used_from,
    revokedAt: time(row.revoked_at),
  }
}
