/** Facts become alerts: the first raises one, later ones with the same key are merged into it while it is not closed. */
import { newId } from "../base/hash.ts"
import { redact } from "../base/log.ts"
import { inLine, type Tx } from "../db/index.ts"
import { alertSeverities, type AlertFact } from "../model/index.ts"
import { isSilenced } from "./desk.ts"

const SIGHTINGS_MAX = 20
const EVIDENCE_CHARS_MAX = 8_000

/** A fact whose kind was acknowledged stays acknowledged, unless it has grown more severe. Answers the ids of new or graver alerts. */
export async function raise(tx: Tx, facts: AlertFact[], now: number): Promise<string[]> {
  const news: string[] = []
  await inLine(tx, "alerts")
  for (const fact of facts) {
    const known = await tx.selectFrom("alerts").selectAll().where("key", "=", fact.key).where("state", "<>", "closed").executeTakeFirst()
    const sighting = { at: now, ...fact.evidence }
    if (!known && (await isSilenced(tx, fact, now))) continue
    if (!known) {
      const id = newId(now)
      await tx
        .insertInto("alerts")
        .values({
          id,
          key: fact.key,
          kind: fact.kind,
          severity: fact.severity,
          unit_id: fact.unit,
          account_id: fact.account,
          state: "open",
          raised_at: now,
          last_seen_at: now,
          count: 1,
          summary: redact(fact.summary),
          evidence: evidenceText([sighting]),
          acknowledged_by: null,
          acknowledged_at: null,
          closed_by: null,
          closed_at: null,
        })
        .execute()
      news.push(id)
      continue
    }
    const graver = alertSeverities.indexOf(fact.severity) < alertSeverities.indexOf(known.severity)
    const seen = JSON.parse(known.evidence) as unknown[]
    await tx
      .updateTable("alerts")
      .set({
        last_seen_at: now,
        count: known.count + 1,
        evidence: evidenceText([sighting, ...seen].slice(0, SIGHTINGS_MAX)),
        ...(graver ? { severity: fact.severity, summary: redact(fact.summary), state: "open" as const } : {}),
      })
      .where("id", "=", known.id)
      .execute()
    if (graver) news.push(known.id)
  }
  return news
}

/** Newest sightings first, as many as fit. */
function evidenceText(sightings: unknown[]): string {
  let kept = sightings
  for (;;) {
    const text = redact(JSON.stringify(kept))
    if (text.length <= EVIDENCE_CHARS_MAX || kept.length <= 1)
      return text.length <= EVIDENCE_CHARS_MAX ? text : JSON.stringify([{ cut: text.slice(0, EVIDENCE_CHARS_MAX / 2) }])
    kept = kept.slice(0, -1)
  }
}
