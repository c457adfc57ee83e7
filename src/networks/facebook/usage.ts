/** How much of Meta's call budget is used, per Page and for the app, read from the headers of every answer (contract 6.2). */
import { MINUTE, type Clock } from "../../base/clock.ts"
import { OPTIONAL_MAX, READING_MS, type Throttles } from "../throttles.ts"

/** `optional` reads stop at 75 %, `needed` ones (settling a post) and publishing only at 100 %. */
export type CallKind = "optional" | "needed" | "publish"
export interface Hold {
  scope: "account" | "app"
  afterMs: number
}

const FULL = 100
const STOP_MS_MIN = 15 * MINUTE
const APP = "app"

export class Usage {
  constructor(
    private readonly clock: Clock,
    private readonly throttles: Throttles,
  ) {}

  /** Before and after a call: what other processes heard of the same budgets, and what they should hear of us. */
  catchUp = () => this.throttles.catchUp()
  share = () => this.throttles.share()

  /** Missing or malformed headers are ignored. */
  note(headers: Headers, pageId: string | null) {
    const app = headers.get("x-app-usage")
    if (app) this.read(APP, parse(app))
    const page = headers.get("x-page-usage")
    if (page && pageId) this.read(pageId, parse(page))
    const business = headers.get("x-business-use-case-usage")
    if (!business) return
    const byObject = parse(business)
    if (!isRecord(byObject)) return
    for (const [id, entries] of Object.entries(byObject).slice(0, 64)) {
      if (Array.isArray(entries)) this.read(id, ...entries.slice(0, 32))
    }
  }

  /** The network said "too many": stop calling. `null` minutes = it did not say how long. Answers the wait in ms. */
  stop(scope: "account" | "app", pageId: string | null, msMin: number): number {
    const key = scope === "app" || !pageId ? APP : pageId
    const now = this.clock.now()
    // Headers of the same answer may already have told the time (minutes to regain access).
    const told = (this.throttles.of(key)?.stoppedUntil ?? 0) - now
    const until = now + (told > 0 ? Math.max(told, STOP_MS_MIN) : Math.max(msMin, STOP_MS_MIN))
    this.throttles.note(key, { stoppedUntil: until })
    return until - now
  }

  /** Must this call wait? */
  hold(kind: CallKind, pageId: string | null): Hold | null {
    const now = this.clock.now()
    for (const key of pageId ? [APP, pageId] : [APP]) {
      const scope = key === APP ? "app" : "account"
      const said = this.throttles.of(key)
      if (!said) continue
      if (said.stoppedUntil > now) return { scope, afterMs: said.stoppedUntil - now }
      if (kind === "optional" && said.percentAt + READING_MS > now && said.percent >= OPTIONAL_MAX) return { scope, afterMs: 30 * MINUTE }
    }
    return null
  }

  private read(key: string, ...entries: unknown[]) {
    let percent = 0
    let regainMinutes = 0
    for (const entry of entries) {
      if (!isRecord(entry)) continue
      percent = Math.max(percent, number(entry.call_count), number(entry.total_time), number(entry.total_cputime))
      regainMinutes = Math.max(regainMinutes, number(entry.estimated_time_to_regain_access))
    }
    const now = this.clock.now()
    const full = percent >= FULL || regainMinutes > 0
    this.throttles.note(key, { percent, ...(full ? { stoppedUntil: now + Math.max(regainMinutes * MINUTE, STOP_MS_MIN) } : {}) })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value)
const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? Math.min(value, 100_000) : 0)
