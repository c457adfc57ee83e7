/** When a post is looked at again (contract facebook 4.6), in hours after it was published. At +1 h only the fields of the post itself are ready. */
import { DAY, HOUR } from "../base/clock.ts"

export const snapshotAges = [1, 24, 72, 168, 672] as const
/** Older posts are not looked at any more: the last age and the time a stopped process may have missed it by. */
export const SNAPSHOTS_UNTIL_MS = (672 + 48) * HOUR

/**
 * The snapshot that is due now, or null. When several were missed only the latest is taken: a value read on the third day is
 * not what the first day had, so the earlier ones stay unknown.
 */
export function dueAge(publishedAt: number, kept: ReadonlySet<number>, now: number): number | null {
  const reached = snapshotAges.filter((age) => now >= publishedAt + age * HOUR)
  const latest = reached.at(-1)
  return latest === undefined || kept.has(latest) || now > publishedAt + SNAPSHOTS_UNTIL_MS ? null : latest
}

/** The last `count` US Pacific days that are over at `now`, newest first, as YYYY-MM-DD: the days that Facebook measures. */
export function measuredDays(now: number, count: number): string[] {
  const form = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Los_Angeles", year: "numeric", month: "2-digit", day: "2-digit" })
  return Array.from({ length: count }, (_, i) => form.format(new Date(now - (i + 1) * DAY)))
}
