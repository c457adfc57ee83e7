import type { Audit } from "../../audit/index.ts"
import type { Clock } from "../../base/clock.ts"
import type { Seal } from "../../base/seal.ts"
import type { Db } from "../../db/index.ts"
import type { Role, User } from "./roles.ts"

export interface PeopleParts {
  db: Db
  clock: Clock
  audit: Audit
  mode: "rehearsal" | "live"
  unitExists(id: string): boolean
  /** Seals the secrets of authenticators; opened on first use. */
  seal(): Seal
}

export const userOf = (row: { id: string; name: string; role: string; unit_id: string | null }): User => ({
  id: row.id,
  name: row.name,
  role: row.role as Role,
  unitId: row.unit_id,
})
