/** The ledger: what was seen, and in which one state each piece of work is. Cohorts of first-seen days, so weeks add up. */
import { vnDate } from "../base/time.ts"
import { articleStates } from "../model/article.ts"
import { deliveryStates, type DeliveryState } from "../model/delivery.ts"
import { publishingNetworks } from "../model/unit.ts"
import type { Figure, Ledger, States } from "./figures.ts"
import type { Raw } from "./gather.ts"
import { groupBy } from "./group.ts"

const sum = (rows: { count: number }[]) => rows.reduce((total, row) => total + row.count, 0)
const causeMax = 12

/** "16/11/2026–22/11/2026" as a condition of a query. */
export const daysOf = (raw: Pick<Raw, "from" | "at">) => `${vnDate(raw.from)}–${vnDate(raw.at)}`

function perState<S extends string>(states: readonly S[], rows: { state: S; count: number }[], what: string): States<S> {
  const grouped = groupBy(rows, (row) => row.state)
  const figure = (state: S): Figure => ({ value: sum(grouped.get(state) ?? []), query: `${what} and state = ${state}` })
  return Object.fromEntries(states.map((state) => [state, figure(state)])) as States<S>
}

export function countLedger(raw: Raw): Ledger {
  const articlesOf = `articles where first seen ${daysOf(raw)}`
  const deliveriesOf = `deliveries of articles first seen ${daysOf(raw)}`
  const articles = perState(articleStates, raw.articles, articlesOf)
  const states = perState(deliveryStates, raw.deliveries, deliveriesOf)
  const seen = sum(raw.articles)
  const total = sum(raw.deliveries)
  const added = (of: Record<string, Figure>) => Object.values(of).reduce((all, figure) => all + figure.value!, 0)
  return {
    seen: { value: seen, query: articlesOf },
    articles,
    deliveries: { value: total, query: deliveriesOf },
    states,
    networks: publishingNetworks.map((network) => {
      const rows = raw.deliveries.filter((row) => row.network === network)
      const counts = Object.fromEntries(deliveryStates.map((state) => [state, sum(rows.filter((row) => row.state === state))])) as Record<
        DeliveryState,
        number
      >
      return { network, total: sum(rows), states: counts }
    }),
    causes: causesOf(raw),
    trace: [...traceOf("articles", raw.articles), ...traceOf("deliveries", raw.deliveries)],
    balanced: added(articles) === seen && added(states) === total,
  }
}

/** Which rows stand behind the sums, by unit, account and state; ids in one fixed order. */
function traceOf(
  book: "articles" | "deliveries",
  counted: { unitId: string; accountId?: string; state: string; rows?: string[] }[],
): Ledger["trace"] {
  const named = counted.filter((row) => row.rows)
  return [...groupBy(named, (row) => `${row.unitId} ${row.accountId ?? ""} ${row.state}`).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rows]) => ({
      book,
      unitId: rows[0]!.unitId,
      accountId: rows[0]!.accountId ?? null,
      state: rows[0]!.state,
      rows: rows.flatMap((row) => row.rows!).sort(),
    }))
}

function causesOf(raw: Raw): Ledger["causes"] {
  const unfinished = raw.deliveries.filter((row) => row.code && row.state !== "published")
  return [...groupBy(unfinished, (row) => `${row.state} ${row.code}`).values()]
    .map((rows) => ({ code: rows[0]!.code!, state: rows[0]!.state, count: sum(rows) }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
    .slice(0, causeMax)
}
