/** When a feed is asked again: its own rhythm, what the server asks for, and back-off (feeds.md section 4). Pure. */
import { backoffMs } from "../base/backoff.ts"
import { DAY, HOUR, MINUTE, SECOND, WEEK } from "../base/clock.ts"
import { minuteOfDay } from "../base/time.ts"

export interface ScheduleFacts {
  now: number
  /** `LOA_POLL_SECONDS_MIN`; 0 = always due, whatever servers wish (except a Retry-After). */
  minSeconds: number
  /** 0..1, fixed per feed: spreads feeds over time. */
  share: number
  failures: number
  /** New items per week, lately; null = not known yet. */
  perWeek: number | null
  /** ms asked for by ttl, Cache-Control or Expires. */
  hintMs: number
  retryAfterMs: number | null
}

export const retryMaxMs = 6 * HOUR
const quietestMs = HOUR

/** ±20 %, never below the smallest pause, at most a day. */
export function nextDue(facts: ScheduleFacts): number {
  const min = facts.minSeconds * SECOND
  const wait = facts.retryAfterMs === null ? 0 : Math.min(facts.retryAfterMs, DAY)
  if (facts.failures > 0) {
    const backoff = backoffMs(facts.failures, Math.max(min, facts.minSeconds === 0 ? 0 : MINUTE), retryMaxMs, facts.share)
    return facts.now + Math.max(min, backoff, wait)
  }
  if (facts.minSeconds === 0) return facts.now + wait
  const rhythm = facts.perWeek === null ? 5 * MINUTE : WEEK / Math.max(1, facts.perWeek) / 20
  const minute = minuteOfDay(facts.now)
  const office = minute >= 7 * 60 && minute < 18 * 60
  const base = Math.max(min * 1.25, Math.min(quietestMs, office ? rhythm : rhythm * 2))
  return facts.now + Math.max(min, Math.round(base * (0.8 + 0.4 * facts.share)), Math.min(facts.hintMs, DAY), wait)
}

/** How long the answer may be kept, in ms, by Cache-Control or Expires; 0 when nothing useful is said. */
export function cacheHintMs(headers: Headers, now: number): number {
  const control = headers.get("cache-control")
  const age = /(?:^|[\s,])(?:s-maxage|max-age)\s*=\s*"?(\d{1,9})/i.exec(control ?? "")
  if (/no-store|no-cache/i.test(control ?? "")) return 0
  if (age) return Math.min(Number(age[1]) * SECOND, DAY)
  const expires = httpDate(headers.get("expires"))
  return expires === null ? 0 : Math.min(Math.max(0, expires - (httpDate(headers.get("date")) ?? now)), DAY)
}

/** Seconds or an HTTP date; null when absent or not readable. */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const value = headers.get("retry-after")?.trim()
  if (!value) return null
  if (/^\d{1,9}$/.test(value)) return Number(value) * SECOND
  const at = httpDate(value)
  return at === null ? null : Math.max(0, at - now)
}

/** HTTP dates are always GMT and in one of three fixed forms, so the engine's parser is right for them. */
function httpDate(text: string | null): number | null {
  if (!text || !/^[A-Z][a-z]+,? /.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}
