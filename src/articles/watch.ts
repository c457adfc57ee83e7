/** Feed-level signs that only the kept articles can show (safety.md 3.5). Each looks at a bounded number of rows. */
import { getDomain } from "tldts"
import { DAY, HOUR } from "../base/clock.ts"
import { isoDate, minuteOfDay } from "../base/time.ts"
import { asNumber, type Tx } from "../db/index.ts"
import type { Article, FeedFact, PollOutcome } from "../model/index.ts"

/** What the room remembers of a feed between polls, as JSON beside the window. */
export interface WindowMemory {
  /** When the first window was kept: its items are no burst. */
  began?: number
  /** Registrable domains of article links seen so far. */
  hosts?: string[]
  /** Polls in which guids proved right; three make a pattern. */
  guidsRight?: number
  /** Share of titles with Vietnamese letters, 0..1, and how many titles it rests on. */
  vietnamese?: number
  titles?: number
}

const ownerOf = (url: string) => {
  const { hostname, port } = new URL(url)
  return getDomain(hostname, { allowPrivateDomains: true }) ?? (port ? `${hostname}:${port}` : hostname)
}
const vietnameseLetter = /[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]/i

/** More new items than the guard within an hour, or far more than on any day of the last 60. */
export async function burst(tx: Tx, outcome: PollOutcome, fresh: number, memory: WindowMemory, now: number): Promise<FeedFact | null> {
  const guard = outcome.feed.portal.burstGuard
  if (guard === 0 || fresh === 0 || outcome.firstPoll) return null
  // The first items are kept a moment after their poll, so the poll's own time would count them in.
  const began = memory.began ?? outcome.firstPolledAt
  const seen = await tx
    .selectFrom("articles")
    .select((eb) => eb.fn.countAll().as("count"))
    .where("feed_id", "=", outcome.feed.id)
    .where("first_seen_at", ">", Math.max(now - HOUR, began))
    .where("state", "!=", "baseline")
    .executeTakeFirst()
  const hour = asNumber(seen?.count) + fresh
  if (hour > guard)
    return { kind: "burst", action: "hold", detail: `${hour} new items within an hour, the guard is ${guard}`, facts: { count: hour, guard } }
  if (fresh <= 10 || now - outcome.firstPolledAt < 14 * DAY) return null
  const times = await tx
    .selectFrom("articles")
    .select("first_seen_at")
    .where("feed_id", "=", outcome.feed.id)
    .where("first_seen_at", ">", Math.max(now - 60 * DAY, began))
    .limit(5_000)
    .execute()
  const days = new Map<string, number>()
  for (const { first_seen_at } of times) days.set(isoDate(first_seen_at), (days.get(isoDate(first_seen_at)) ?? 0) + 1)
  const today = (days.get(isoDate(now)) ?? 0) + fresh
  days.delete(isoDate(now))
  const usual = Math.max(0, ...days.values())
  return usual > 0 && today > 3 * usual
    ? { kind: "burst", action: "hold", detail: `${today} new items today, the most in 60 days was ${usual}`, facts: { count: today, usual } }
    : null
}

/** Several items between 00:00 and 05:00 where the unit never published at night. */
export async function night(tx: Tx, outcome: PollOutcome, fresh: readonly Article[]): Promise<FeedFact | null> {
  const atNight = (at: number | null) => at !== null && minuteOfDay(at) > 0 && minuteOfDay(at) < 300
  const count = fresh.filter((article) => atNight(article.publishedAt)).length
  if (count < 3 || outcome.firstPoll) return null
  const before = await tx
    .selectFrom("articles")
    .select("published_at")
    .where("feed_id", "=", outcome.feed.id)
    .where("published_at", "is not", null)
    .orderBy("first_seen_at", "desc")
    .limit(200)
    .execute()
  if (before.length < 20 || before.some((row) => atNight(row.published_at))) return null
  return { kind: "night", action: "hold", detail: `${count} items published between midnight and five, never before`, facts: { count } }
}

/** Links to hosts of owners this feed never named; the first poll only learns. */
export function newHosts(outcome: PollOutcome, fresh: readonly Article[], memory: WindowMemory): FeedFact | null {
  const own = new Set([ownerOf(outcome.feed.url), ownerOf(outcome.feed.portal.url), ...(memory.hosts ?? [])])
  const found = [...new Set(fresh.map((article) => ownerOf(article.url)).filter((host) => !own.has(host)))]
  const learnt = memory.hosts !== undefined
  if (!outcome.quarantined) memory.hosts = [...(memory.hosts ?? []), ...found].slice(-50)
  else memory.hosts ??= []
  return learnt && found.length > 0
    ? {
        kind: "new_host",
        action: "quarantine",
        detail: `items lead to ${found.slice(0, 3).join(", ")}, which this feed never named`,
        facts: { hosts: found.slice(0, 10) },
      }
    : null
}

/** A sudden share of another language. */
export function languageShift(outcome: PollOutcome, fresh: readonly Article[], memory: WindowMemory): FeedFact | null {
  if (fresh.length === 0) return null
  const share = fresh.filter((article) => vietnameseLetter.test(article.title)).length / fresh.length
  const titles = memory.titles ?? 0
  const before = memory.vietnamese ?? share
  const shifted = titles >= 10 && fresh.length >= 3 && before >= 0.8 && share <= 0.34
  if (!shifted) {
    memory.vietnamese = (before * titles + share * fresh.length) / (titles + fresh.length)
    memory.titles = Math.min(200, titles + fresh.length)
  }
  return shifted && outcome.feed.language === "vi"
    ? { kind: "language_shift", action: "hold", detail: `only ${Math.round(share * 100)} % of the new titles are Vietnamese`, facts: { share } }
    : null
}
