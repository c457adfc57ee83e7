/** The rows behind a report's sums: which articles and deliveries were counted, and what the portals' own sections show. */
import { isoDate } from "../base/time.ts"
import { asNumber, type Db } from "../db/index.ts"
import type { NetworkName, Unit } from "../model/index.ts"
import type { ArticleCount, DeliveryCount, ScoreEvidence } from "../reports/index.ts"

/** Adds up rows that differ in nothing that a report shows, and keeps their ids. */
function gathered<Row extends { rows?: string[]; count: number }>(rows: Iterable<{ id: string; row: Omit<Row, "rows" | "count"> }>): Row[] {
  const found = new Map<string, Row>()
  for (const { id, row } of rows) {
    const key = JSON.stringify(row)
    const known = found.get(key)
    if (known) {
      known.count += 1
      known.rows!.push(id)
    } else found.set(key, { ...row, count: 1, rows: [id] } as unknown as Row)
  }
  return [...found.values()]
}

export async function articleRows(db: Db, from: number, to: number): Promise<ArticleCount[]> {
  const rows = await db
    .selectFrom("articles")
    .select(["id", "unit_id", "state", "first_seen_at"])
    .where("first_seen_at", ">=", from)
    .where("first_seen_at", "<", to)
    .orderBy("first_seen_at")
    .orderBy("id")
    .execute()
  return gathered<ArticleCount>(
    rows.map((row) => ({ id: row.id, row: { day: isoDate(Number(row.first_seen_at)), unitId: row.unit_id, state: row.state } })),
  )
}

/** Deliveries of articles first seen in the range, by the state they are in now. */
export async function deliveryRows(db: Db, from: number, to: number): Promise<DeliveryCount[]> {
  const rows = await db
    .selectFrom("articles as a")
    .innerJoin("deliveries as d", "d.article_id", "a.id")
    .select(["d.id", "d.unit_id", "d.account_id", "d.network", "d.state", "d.code", "a.first_seen_at"])
    .where("a.first_seen_at", ">=", from)
    .where("a.first_seen_at", "<", to)
    .orderBy("d.account_id")
    .orderBy("d.state")
    .orderBy("d.id")
    .execute()
  return gathered<DeliveryCount>(
    rows.map((row) => ({
      id: row.id,
      row: {
        day: isoDate(Number(row.first_seen_at)),
        unitId: row.unit_id,
        accountId: row.account_id,
        network: row.network as NetworkName,
        state: row.state,
        code: row.state === "published" ? null : row.code,
      },
    })),
  )
}

export interface SectionCount {
  unitId: string
  /** The feed's section, and the categories the portal gave the article. */
  names: string[]
  count: number
}
/** Articles of the period by the section and categories of the portal they stood in; what was old at the first poll is not counted. */
export async function articlesBySection(db: Db, from: number, to: number): Promise<SectionCount[]> {
  const rows = await db
    .selectFrom("articles")
    .select(["unit_id", "section", "categories", (e) => e.fn.countAll().as("count")])
    .where("first_seen_at", ">=", from)
    .where("first_seen_at", "<", to)
    .where("state", "!=", "baseline")
    .groupBy(["unit_id", "section", "categories"])
    .execute()
  return rows.map((row) => ({
    unitId: row.unit_id,
    names: [...new Set([...(row.section ? [row.section] : []), ...(JSON.parse(row.categories) as string[])])],
    count: asNumber(row.count),
  }))
}

const plain = (text: string) => text.normalize("NFC").toLowerCase()
/** A section that has items in the period is seen; one that has none proves nothing, for a feed need not carry every section. */
export function sectionsOf(unit: Unit, counts: readonly SectionCount[], sections: Record<string, string[]>): ScoreEvidence[] {
  return Object.entries(sections).flatMap(([signal, words]): ScoreEvidence[] => {
    const fits = (name: string) => words.some((word) => plain(name).includes(plain(word)))
    const own = counts.filter((row) => row.unitId === unit.id && row.names.some(fits))
    const items = own.reduce((sum, row) => sum + row.count, 0)
    if (!items) return []
    return [
      {
        unitId: unit.id,
        signal,
        items,
        present: true,
        proof: `${items} mục trong kỳ ở chuyên mục ${[...new Set(own.flatMap((row) => row.names.filter(fits)).map((name) => `“${name}”`))].sort().join(", ")} của cổng`,
      },
    ]
  })
}
