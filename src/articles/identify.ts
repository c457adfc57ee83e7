/**
 * Which items of a feed are which articles (feeds.md 2.5). Pure. The publisher's id is believed as long as it behaves;
 * then the canonical address, then title and day. Items already matched are out of the running for the weaker keys, so
 * three items with one address stay three articles and a repeated title is no old article.
 */
import { createHash } from "node:crypto"
import { canonicalUrl, urlKey } from "../base/address.ts"
import { isoDate } from "../base/time.ts"
import type { FeedItem } from "../model/index.ts"

export type Identity = "guid" | "link" | "title"

export interface ItemKeys {
  guid: string | null
  url: string | null
  title: string
  content: string
  at: number | null
}
/** An article as the window remembers it: short names, because twenty of them are kept per feed as JSON. */
export interface WindowEntry {
  id: string
  g: string | null
  u: string | null
  t: string
  /** Hash of the wording. */
  h: string
  /** Published. */
  p: number | null
  /** Polls since it vanished from inside the window. */
  m?: number
}
export interface Match {
  item: FeedItem
  keys: ItemKeys
  entry: WindowEntry
  by: "guid" | "link" | "title" | "edit"
}

const short = (text: string) => createHash("sha256").update(text).digest("base64url").slice(0, 16)

export const titleWords = (title: string) => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()

/** A guid without what changes between two readings (Liferay puts session ids into it). */
const stableGuid = (guid: string) =>
  /^https?:\/\//i.test(guid) && URL.canParse(guid) ? canonicalUrl(new URL(guid)) : guid.replace(/\s+/g, " ").trim()

/** Addresses that name no article: the front page of a site. */
const namesNothing = (link: string) => {
  const { pathname, search, hash } = new URL(link)
  return /^\/(?:index\.\w+|default\.aspx|home|trang-chu|web\/guest)?\/?$/i.test(pathname) && !search && !hash
}

export function keysOf(item: FeedItem): ItemKeys {
  return {
    guid: item.guid ? short(`g ${stableGuid(item.guid)}`) : null,
    url: item.link && !namesNothing(item.link) ? short(`u ${urlKey(item.link)}`) : null,
    title: short(`t ${titleWords(item.title)}`),
    content: short(JSON.stringify([item.title, item.summary, item.paragraphs])),
    at: item.publishedAt,
  }
}

export interface Candidate {
  item: FeedItem
  keys: ItemKeys
}

/** Drops exact repetitions inside one document, and guids that several of its items share. */
export function distinct(items: readonly FeedItem[]): { candidates: Candidate[]; sharedGuids: number; withoutGuid: number } {
  const seen = new Set<string>()
  const candidates: Candidate[] = []
  const perGuid = new Map<string, number>()
  for (const item of items) {
    const keys = keysOf(item)
    const whole = `${keys.guid} ${keys.url} ${keys.title}`
    if (seen.has(whole)) continue
    seen.add(whole)
    candidates.push({ item, keys })
    if (keys.guid) perGuid.set(keys.guid, (perGuid.get(keys.guid) ?? 0) + 1)
  }
  let sharedGuids = 0
  for (const { keys } of candidates) {
    if (keys.guid && perGuid.get(keys.guid)! > 1) {
      keys.guid = null
      sharedGuids++
    }
  }
  return { candidates, sharedGuids, withoutGuid: candidates.filter(({ item }) => !item.guid).length }
}

const dayOf = (at: number | null) => (at === null ? null : isoDate(at))
/** Undated items have no day that could differ. */
const sameDay = (a: number | null, b: number | null) => a === null || b === null || dayOf(a) === dayOf(b)

/** Matches items with known articles; what is left over on either side comes back. */
export function matchItems(
  candidates: readonly Candidate[],
  known: readonly WindowEntry[],
  identity: Identity,
): { matches: Match[]; fresh: Candidate[]; gone: WindowEntry[] } {
  const matches = new Map<Candidate, Match>()
  const free = new Set(known)
  const by = (key: (entry: WindowEntry) => string | null) => {
    const groups = new Map<string, WindowEntry[]>()
    for (const entry of known) {
      const value = key(entry)
      if (value !== null) groups.set(value, [...(groups.get(value) ?? []), entry])
    }
    return groups
  }
  const take = (candidate: Candidate, entry: WindowEntry, how: Match["by"]) => {
    matches.set(candidate, { ...candidate, entry, by: how })
    free.delete(entry)
  }
  const open = () => candidates.filter((candidate) => !matches.has(candidate))

  if (identity === "guid") {
    const groups = by((entry) => entry.g)
    for (const candidate of candidates) {
      const entry = candidate.keys.guid && groups.get(candidate.keys.guid)?.find((one) => free.has(one))
      if (entry) take(candidate, entry, "guid")
    }
  }
  if (matches.size < candidates.length && free.size > 0) {
    const groups = by((entry) => entry.u)
    const perLink = new Map<string, number>()
    for (const { keys } of candidates) if (keys.url) perLink.set(keys.url, (perLink.get(keys.url) ?? 0) + 1)
    for (const candidate of open()) {
      const { url, title } = candidate.keys
      const group = url ? (groups.get(url) ?? []) : []
      const entry =
        group.find((one) => free.has(one) && one.t === title) ??
        (group.length === 1 && perLink.get(url!) === 1 && free.has(group[0]!) ? group[0] : undefined)
      if (entry) take(candidate, entry, "link")
    }
  }
  if (matches.size < candidates.length && free.size > 0) {
    const groups = by((entry) => entry.t)
    for (const candidate of open()) {
      const entry = groups
        .get(candidate.keys.title)
        ?.find((one) => free.has(one) && (sameDay(one.p, candidate.keys.at) || one.h === candidate.keys.content))
      if (entry) take(candidate, entry, "title")
    }
  }
  return { matches: [...matches.values()], fresh: open(), gone: [...free] }
}

/** Are the places, in their old order, shuffled? Newcomers on top and a pinned item or two are no shuffle. */
export function shuffled(placesBefore: readonly number[]): boolean {
  if (placesBefore.length < 4) return false
  let breaks = 0
  for (let at = 1; at < placesBefore.length; at++) if (placesBefore[at]! < placesBefore[at - 1]!) breaks++
  return breaks > placesBefore.length / 4
}
