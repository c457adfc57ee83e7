/** Consent dialogues under way: a state is good once, for the session that began it, for one case, for ten minutes. Only hashes are kept. */
import { MINUTE } from "../base/clock.ts"
import { sameText, sha256 } from "../base/hash.ts"
import type { Tx } from "../db/index.ts"

export const CONNECT_MS = 10 * MINUTE

export interface ConnectAttempt {
  caseId: string
  actor: string
  network: "facebook" | "zalo"
}
export type TakenConnect = { kind: "taken"; attempt: ConnectAttempt } | { kind: "refused"; why: "unknown" | "expired" | "other_session" }

export async function keepConnect(tx: Tx, state: string, session: string, attempt: ConnectAttempt, now: number): Promise<void> {
  await tx
    .deleteFrom("cases_connects")
    .where("created_at", "<", now - CONNECT_MS)
    .execute()
  const row = {
    state_hash: sha256(state),
    case_id: attempt.caseId,
    session_hash: sha256(session),
    actor: attempt.actor,
    network: attempt.network,
    created_at: now,
  }
  await tx.insertInto("cases_connects").values(row).execute()
}

/** Used up whatever the answer is: somebody else's session that comes with it has seen it. */
export async function takeConnect(tx: Tx, state: string, session: string, now: number): Promise<TakenConnect> {
  const row = await tx.deleteFrom("cases_connects").where("state_hash", "=", sha256(state)).returningAll().executeTakeFirst()
  if (!row) return { kind: "refused", why: "unknown" }
  if (Number(row.created_at) < now - CONNECT_MS) return { kind: "refused", why: "expired" }
  if (!sameText(row.session_hash, sha256(session))) return { kind: "refused", why: "other_session" }
  return { kind: "taken", attempt: { caseId: row.case_id, actor: row.actor, network: row.network as ConnectAttempt["network"] } }
}
