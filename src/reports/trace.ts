/** From a printed number back to what was counted: the query in words and, where they are few enough to name, the ids of the rows. */
import { NotFoundError } from "../base/errors.ts"
import type { Figure, Figures, Ledger } from "./figures.ts"

/** Every figure of the model with its place in it. */
export function tracedFigures(figures: Figures): { path: string; figure: Figure }[] {
  const found: { path: string; figure: Figure }[] = []
  const walk = (value: unknown, path: string) => {
    if (value === null || typeof value !== "object") return
    if ("query" in value && "value" in value) return void found.push({ path, figure: value as Figure })
    for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key)
  }
  const {
    units: _units,
    changes: _changes,
    alerts: { rows: _rows, incidents: _incidents, ...alerts },
    ledger: { trace: _trace, ...ledger },
    ...rest
  } = figures
  walk({ ...rest, ledger, alerts }, "")
  return found
}

export interface Trace {
  path: string
  value: number | null
  query: string
  /** null = the period is too long to name rows; trace its weeks. */
  rows: string[] | null
}

/** One figure by its path ("ledger.states.published"), or a column of a unit ("units.so-xay-dung.published"). */
export function traceFigure(figures: Figures, path: string): Trace {
  const column = /^units\.(.+)\.(seen|deliveries|published|held|refused|waiting)$/.exec(path)
  if (column) return traceColumn(figures, path, column[1]!, column[2] as keyof typeof columnStates)
  const found = tracedFigures(figures).find((entry) => entry.path === path)
  if (!found) throw new NotFoundError("figure", path)
  const { value, query, rows } = found.figure
  return { path, value, query, rows: rows ?? ledgerRows(figures.ledger, path, value) }
}

const rowsOf = (trace: Ledger["trace"]) => trace.flatMap((entry) => entry.rows).sort()
function ledgerRows(ledger: Ledger, path: string, value: number | null): string[] | null {
  const match = /^ledger\.(seen|deliveries|articles|states)(?:\.(\w+))?$/.exec(path)
  if (!match || (!ledger.trace.length && value)) return null
  const book = match[1] === "seen" || match[1] === "articles" ? "articles" : "deliveries"
  return rowsOf(ledger.trace.filter((entry) => entry.book === book && (!match[2] || entry.state === match[2])))
}

const columnStates = {
  seen: null,
  deliveries: null,
  published: ["published"],
  held: ["held", "review"],
  refused: ["refused", "cancelled"],
  waiting: ["waiting", "sending", "unknown"],
}
function traceColumn(figures: Figures, path: string, unitId: string, column: keyof typeof columnStates): Trace {
  const unit = figures.units.find((entry) => entry.id === unitId)
  if (!unit) throw new NotFoundError("unit", unitId)
  const states = columnStates[column]
  const own = figures.ledger.trace.filter(
    (entry) => entry.unitId === unitId && entry.book === (column === "seen" ? "articles" : "deliveries") && (!states || states.includes(entry.state)),
  )
  return { path, value: unit[column], query: figures.unitQueries[column]!, rows: figures.ledger.trace.length || !unit[column] ? rowsOf(own) : null }
}
