/** What the watch remembers of an account between two looks, beside the profiles kept by the checks. */
import type { Db, Tx } from "../db/index.ts"

/** Every remembered fact of the accounts, by account and name. */
export async function readFacts(db: Db, accountIds: readonly string[]): Promise<Map<string, Map<string, unknown>>> {
  const facts = new Map<string, Map<string, unknown>>()
  for (let i = 0; i < accountIds.length; i += 100) {
    const rows = await db.selectFrom("account_facts").selectAll().where("account_id", "in", accountIds.slice(i, i + 100)).execute()
    for (const row of rows) facts.set(row.account_id, (facts.get(row.account_id) ?? new Map()).set(row.fact, JSON.parse(row.value)))
  }
  return facts
}

/** `since` moves only when the value changed. */
export async function writeFact(tx: Tx, accountId: string, fact: string, value: unknown, now: number): Promise<void> {
  const text = JSON.stringify(value)
  const known = await tx.selectFrom("account_facts").select("value").where("account_id", "=", accountId).where("fact", "=", fact).executeTakeFirst()
  if (!known) await tx.insertInto("account_facts").values({ account_id: accountId, fact, value: text, since: now, seen_at: now }).execute()
  else
    await tx
      .updateTable("account_facts")
      .set(known.value === text ? { seen_at: now } : { value: text, since: now, seen_at: now })
      .where("account_id", "=", accountId)
      .where("fact", "=", fact)
      .execute()
}
