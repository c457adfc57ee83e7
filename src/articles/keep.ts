/** What one poll brought: identified, compared with the last window, kept. One transaction, a handful of statements. */
import { looksBroken } from "../base/broken-letters.ts"
import { DAY, HOUR } from "../base/clock.ts"
import { idOf } from "../base/hash.ts"
import { insertMany, type Tx } from "../db/index.ts"
import type { Article, FeedFact, PollOutcome } from "../model/index.ts"
import { findDuplicates, type NewArticle } from "./duplicates.ts"
import { isEmergency } from "./emergency.ts"
import { distinct, matchItems, shuffled, type Candidate, type Identity, type Match, type WindowEntry } from "./identify.ts"
import { writtenIn } from "./language.ts"
import { sameBody } from "./likeness.ts"
import { chunks, toArticle, toRow } from "./rows.ts"
import type { Kept } from "./types.ts"
import { burst, languageShift, newHosts, night, type WindowMemory } from "./watch.ts"

/** Polls an item must be missing from inside the window before it counts as withdrawn. */
const missesToWithdraw = 2
const versionsMax = 20
const oldAfterMs = 30 * DAY

/** The feed as it stood at its last changed poll. */
interface Window {
  identity: Identity
  memory: WindowMemory
  entries: WindowEntry[]
  /** Vanished from inside, to be confirmed. */
  missing: WindowEntry[]
  isNew: boolean
}

const nothing = (): Kept => ({ added: [], updated: [], withdrawn: [], facts: [] })

export async function keepOutcome(tx: Tx, outcome: PollOutcome, now: number): Promise<Kept> {
  if (outcome.kind === "unchanged") return confirmMissing(tx, outcome, now)
  if (outcome.kind !== "items" || !outcome.parsed) return nothing()
  const window = await readWindow(tx, outcome.feed.id)
  const facts: FeedFact[] = []
  const { candidates, sharedGuids, withoutGuid } = distinct(outcome.parsed.items)
  if (window.isNew) sayGuids(facts, candidates.length, sharedGuids, withoutGuid)

  const known = [...window.entries, ...window.missing]
  const first = matchItems(candidates, known, window.identity)
  await matchRewritten(tx, first)
  const older = first.fresh.length && !window.isNew ? await findOlder(tx, outcome.feed.id, first.fresh, known, window.identity) : []
  const second = older.length ? matchItems(first.fresh, older, window.identity) : { matches: [] as Match[], fresh: first.fresh, gone: [] }
  const matches = [...first.matches, ...second.matches]
  // The newest stand on top: of items with one date, or none, the lower one was there before the other.
  const fresh = second.fresh.map((candidate, place) => newArticle(outcome, candidate, now - place))
  if (window.isNew) window.memory.began = now

  const identity = judgeIdentity(window, matches, facts)
  const vanished = judgeWindow(window, first.matches, first.gone, candidates.length, facts)
  const updated = await keepEdits(tx, matches, now, facts)
  await judgeFresh(tx, outcome, fresh, window.memory, now, facts)
  const marks = await findDuplicates(tx, fresh, now)
  await insert(tx, fresh, marks)
  const withdrawn = await withdraw(tx, vanished.filter((entry) => (entry.m ?? 0) >= missesToWithdraw), now)

  const byCandidate = new Map<unknown, WindowEntry>()
  for (const { item, keys, entry } of matches)
    byCandidate.set(item, { id: entry.id, g: keys.guid ?? entry.g, u: keys.url ?? entry.u, t: keys.title, h: keys.content, p: keys.at })
  for (const { article, keys, item } of fresh)
    byCandidate.set(item, { id: article.id, g: keys.guid, u: keys.url, t: keys.title, h: keys.content, p: keys.at })
  const entries = candidates.flatMap(({ item }) => byCandidate.get(item) ?? [])
  await writeWindow(
    tx,
    outcome.feed.id,
    { identity, memory: window.memory, entries, missing: vanished.filter((entry) => (entry.m ?? 0) < missesToWithdraw), isNew: false },
    now,
  )
  return { added: fresh.map(({ article }) => article).reverse(), updated, withdrawn, facts }
}

async function readWindow(tx: Tx, feedId: string): Promise<Window> {
  const row = await tx.selectFrom("feed_windows").selectAll().where("feed_id", "=", feedId).executeTakeFirst()
  if (!row) return { identity: "guid", memory: {}, entries: [], missing: [], isNew: true }
  const all = JSON.parse(row.items) as WindowEntry[]
  return {
    identity: row.identity as Identity,
    memory: JSON.parse(row.memory) as WindowMemory,
    entries: all.filter((entry) => !entry.m),
    missing: all.filter((entry) => entry.m),
    isNew: false,
  }
}

async function writeWindow(tx: Tx, feedId: string, window: Window, at: number) {
  const row = {
    feed_id: feedId,
    identity: window.identity,
    pending: window.missing.length,
    at,
    memory: JSON.stringify(window.memory),
    items: JSON.stringify([...window.entries, ...window.missing]),
  }
  await tx
    .insertInto("feed_windows")
    .values(row)
    .onConflict((conflict) => conflict.column("feed_id").doUpdateSet(row))
    .execute()
}

function sayGuids(facts: FeedFact[], count: number, shared: number, without: number) {
  if (shared > 0)
    facts.push({
      kind: "guid_unusable",
      action: "tell",
      detail: `${shared} of ${count} items share their guid with another; addresses are used instead`,
      facts: { shared },
    })
  else if (count > 0 && without === count)
    facts.push({ kind: "guid_unusable", action: "tell", detail: "no item has a guid; addresses are used instead", facts: { without } })
}

/** Known articles that slid out of the window and came back. Three look-ups by index, for the unmatched items only. */
async function findOlder(tx: Tx, feedId: string, fresh: Candidate[], known: WindowEntry[], identity: Identity): Promise<WindowEntry[]> {
  const inWindow = new Set(known.map((entry) => entry.id))
  const found = new Map<string, WindowEntry>()
  const keys = {
    guid_key: fresh.map(({ keys }) => (identity === "guid" ? keys.guid : null)),
    url_key: fresh.map(({ keys }) => keys.url),
    title_key: fresh.map(({ keys }) => keys.title),
  }
  for (const column of ["guid_key", "url_key", "title_key"] as const) {
    for (const part of chunks([...new Set(keys[column].filter((key): key is string => key !== null))], 500)) {
      let query = tx
        .selectFrom("articles")
        .select(["id", "feed_id", "guid_key", "url_key", "title_key", "content_hash", "published_at", "first_seen_at"])
        .where(column, "in", part)
      // An address is looked up in all feeds: asked for one feed, SQLite would walk through that feed's whole history.
      if (column !== "url_key") query = query.where("feed_id", "=", feedId)
      for (const row of await query.limit(1_000).execute()) {
        if (row.feed_id === feedId && !inWindow.has(row.id))
          found.set(row.id, {
            id: row.id,
            g: row.guid_key,
            u: row.url_key,
            t: row.title_key,
            h: row.content_hash,
            p: row.published_at ?? (column === "title_key" ? row.first_seen_at : null),
          })
      }
    }
  }
  return [...found.values()]
}

/** A new headline often brings a new address and guid: the same minute of publishing and a like text tell (miniflux #2358). */
async function matchRewritten(tx: Tx, state: { matches: Match[]; fresh: Candidate[]; gone: WindowEntry[] }) {
  const pairs = state.fresh.flatMap((candidate) => {
    const same = state.gone.filter((entry) => entry.p !== null && entry.p === candidate.keys.at && (entry.p + 7 * HOUR) % DAY !== 0)
    return same.length === 1 && state.fresh.filter((other) => other.keys.at === candidate.keys.at).length === 1
      ? [{ candidate, entry: same[0]! }]
      : []
  })
  if (pairs.length === 0) return
  const rows = await tx
    .selectFrom("articles")
    .select(["id", "title", "summary", "paragraphs"])
    .where(
      "id",
      "in",
      pairs.map(({ entry }) => entry.id),
    )
    .execute()
  for (const { candidate, entry } of pairs) {
    const row = rows.find((one) => one.id === entry.id)
    if (!row || !sameBody({ ...row, paragraphs: JSON.parse(row.paragraphs) as string[] }, candidate.item)) continue
    state.matches.push({ ...candidate, entry, by: "edit" })
    state.fresh.splice(state.fresh.indexOf(candidate), 1)
    state.gone.splice(state.gone.indexOf(entry), 1)
  }
}

/** Steps down when guids change under known articles: restamped feeds would post everything again and again. */
function judgeIdentity(window: Window, matches: Match[], facts: FeedFact[]): Identity {
  if (window.identity !== "guid" || window.isNew) return window.identity
  const right = matches.filter((match) => match.by === "guid").length
  const changed = matches.filter((match) => match.by !== "guid" && match.keys.guid !== null && match.entry.g !== null)
  if (changed.length >= 2 && changed.length > right) {
    const to: Identity = changed.filter((match) => match.by === "link").length * 2 >= changed.length ? "link" : "title"
    const proven = (window.memory.guidsRight ?? 0) >= 3
    facts.push({
      kind: proven ? "guid_pattern_changed" : "guid_unusable",
      action: "tell",
      detail: `${changed.length} known articles came with other guids; ${to === "link" ? "addresses" : "title and day"} identify this feed from now on`,
      facts: { changed: changed.length, right, identity: to },
    })
    return to
  }
  if (right > 0) window.memory.guidsRight = Math.min(100, (window.memory.guidsRight ?? 0) + 1)
  return "guid"
}

/**
 * Vanished items. A window that slides loses its last places, so an item counts as missing only when one that stood
 * behind it (and is not newer) is still there, in a feed that keeps its order and has not shrunk.
 */
function judgeWindow(window: Window, matches: Match[], gone: WindowEntry[], count: number, facts: FeedFact[]): WindowEntry[] {
  const before = window.entries
  if (before.length === 0) return []
  const places = new Map(before.map((entry, place) => [entry, place]))
  const kept = matches.filter((match) => places.has(match.entry))
  const tell = (kind: FeedFact["kind"], detail: string, more: Record<string, unknown>) =>
    void facts.push({ kind, action: "tell", detail, facts: more })
  if (kept.length === 0) {
    if (count > 0)
      tell("window_overflow", `none of the ${before.length} known items is left: some may have come and gone unseen`, {
        before: before.length,
        now: count,
      })
    return []
  }
  const outOfOrder = shuffled(kept.map((match) => places.get(match.entry)!))
  if (outOfOrder) tell("reordered", `the ${kept.length} known items stand in another order`, { known: kept.length })
  const lost = gone.filter((entry) => places.has(entry))
  const shrunk = before.length >= 6 && count * 2 < before.length
  if (shrunk) tell("window_shrunk", `${count} items instead of ${before.length}`, { before: before.length, now: count })
  if (outOfOrder || shrunk || lost.length > Math.max(3, before.length * 0.3)) return []
  const inside = lost.filter((entry) =>
    kept.some((match) => places.get(match.entry)! > places.get(entry)! && (entry.p === null || match.entry.p === null || match.entry.p <= entry.p)),
  )
  const again = gone.filter((entry) => window.missing.includes(entry))
  return [...inside, ...again].map((entry) => ({ ...entry, m: (entry.m ?? 0) + 1 }))
}

async function confirmMissing(tx: Tx, outcome: PollOutcome, now: number): Promise<Kept> {
  const row = await tx.selectFrom("feed_windows").select("pending").where("feed_id", "=", outcome.feed.id).executeTakeFirst()
  if (!row || row.pending === 0) return nothing()
  const window = await readWindow(tx, outcome.feed.id)
  const missing = window.missing.map((entry) => ({ ...entry, m: (entry.m ?? 0) + 1 }))
  const withdrawn = await withdraw(tx, missing.filter((entry) => entry.m >= missesToWithdraw), now)
  await writeWindow(tx, outcome.feed.id, { ...window, missing: missing.filter((entry) => entry.m < missesToWithdraw) }, now)
  return { ...nothing(), withdrawn }
}

async function withdraw(tx: Tx, entries: WindowEntry[], now: number): Promise<Article[]> {
  if (entries.length === 0) return []
  const rows = await tx
    .updateTable("articles")
    .set({ state: "withdrawn", reason: "Bài đã bị gỡ khỏi cổng thông tin", state_at: now })
    .where("id", "in", entries.map((entry) => entry.id))
    .where("state", "in", ["new", "held", "routed"])
    .returningAll()
    .execute()
  return rows.map(toArticle)
}

/** Other words, not other markup: a version. The former wording is kept. */
async function keepEdits(tx: Tx, matches: Match[], now: number, facts: FeedFact[]): Promise<Article[]> {
  const edited = matches.filter((match) => match.keys.content !== match.entry.h)
  const back = matches.filter((match) => match.entry.m)
  const wanted = [...new Set([...edited, ...back])]
  const updated: Article[] = []
  for (const part of chunks(wanted, 200)) {
    const rows = new Map(
      (
        await tx
          .selectFrom("articles")
          .selectAll()
          .where(
            "id",
            "in",
            part.map((match) => match.entry.id),
          )
          .execute()
      ).map((row) => [row.id, row]),
    )
    for (const match of part) {
      const row = rows.get(match.entry.id)
      if (!row || row.content_hash === match.keys.content) continue
      if (row.version >= versionsMax) {
        if (row.version === versionsMax)
          facts.push({
            kind: "restless_text",
            action: "tell",
            detail: `"${row.title.slice(0, 80)}" changed ${versionsMax} times; further changes are not followed`,
            facts: { articleId: row.id },
          })
        await tx
          .updateTable("articles")
          .set({ version: versionsMax + 1 })
          .where("id", "=", row.id)
          .where("version", "=", versionsMax)
          .execute()
        continue
      }
      const { item, keys } = match
      await tx
        .insertInto("article_versions")
        .values({ article_id: row.id, version: row.version, at: row.updated_at, title: row.title, summary: row.summary, paragraphs: row.paragraphs })
        .onConflict((conflict) => conflict.columns(["article_id", "version"]).doNothing())
        .execute()
      const withdrawnBefore = row.state === "withdrawn"
      const change = {
        title: item.title,
        summary: item.summary,
        paragraphs: JSON.stringify(item.paragraphs),
        html: item.html,
        links: JSON.stringify(item.links),
        pictures: JSON.stringify(item.pictures),
        title_key: keys.title,
        content_hash: keys.content,
        version: row.version + 1,
        updated_at: now,
        ...(keys.guid ? { guid_key: keys.guid } : {}),
        ...(keys.url ? { url_key: keys.url } : {}),
        ...(withdrawnBefore ? { state: "held" as const, state_at: now, reason: reappeared } : {}),
      }
      await tx.updateTable("articles").set(change).where("id", "=", row.id).execute()
      if (withdrawnBefore)
        facts.push({
          kind: "reappeared",
          action: "tell",
          detail: `"${item.title.slice(0, 80)}" came back after it was withdrawn`,
          facts: { articleId: row.id },
        })
      if (row.state !== "baseline" && row.state !== "duplicate") updated.push(toArticle({ ...row, ...change }))
    }
  }
  return updated
}
const reappeared = "Bài xuất hiện lại sau khi đã bị gỡ"

function newArticle(outcome: PollOutcome, { item, keys }: Candidate, firstSeenAt: number): NewArticle & Candidate {
  const { feed } = outcome
  const section = feed.section ?? item.categories[0] ?? null
  const id = idOf("article", feed.id, keys.guid ?? "", keys.url ?? "", keys.title, String(item.publishedAt ?? ""))
  const article: Article = {
    id,
    feedId: feed.id,
    unitId: feed.unitId,
    // Without a link of its own the article is still one place: the portal, with a mark that nothing else carries.
    url: item.link ?? `${feed.portal.url}#${id.slice(0, 12)}`,
    title: item.title,
    summary: item.summary,
    paragraphs: item.paragraphs,
    html: item.html,
    links: item.links,
    pictures: item.pictures,
    author: item.author,
    categories: item.categories,
    section,
    language: writtenIn(item, feed.language),
    publishedAt: item.publishedAt,
    firstSeenAt,
    version: 1,
    state: "new",
    reason: null,
    duplicateOf: null,
    emergency: isEmergency(item.title, section),
  }
  return { article, keys, item }
}

/** Baseline, quarantine, burst and the other signs decide the state of new articles. */
async function judgeFresh(tx: Tx, outcome: PollOutcome, fresh: (NewArticle & Candidate)[], memory: WindowMemory, now: number, facts: FeedFact[]) {
  const baselineMs = outcome.feed.portal.baselineHours * HOUR
  // Later polls may uncover older items (the window slides back when one is removed); dates of a day only need a day's grace.
  const cutoff = outcome.firstPolledAt - baselineMs - (outcome.firstPoll ? 0 : DAY)
  let old = 0
  for (const { article, item } of fresh) {
    if (item.title === item.link || item.title === item.guid) setState(article, "held", "Bài không có tiêu đề và nội dung")
    else if (looksBroken(`${item.title}\n${item.summary}`))
      setState(article, "held", "Chữ trong tin bị vỡ (bảng mã hoặc phông chữ cũ), cần người xem")
    else if (article.publishedAt === null) {
      if (outcome.firstPoll) setState(article, "baseline", "Bài có sẵn khi bắt đầu theo dõi, không rõ ngày đăng")
    } else if (article.publishedAt < cutoff) setState(article, "baseline", "Bài có trước khi bắt đầu theo dõi")
    else if (!outcome.firstPoll && article.publishedAt < now - Math.max(oldAfterMs, baselineMs)) {
      setState(article, "held", "Ngày đăng đã quá 30 ngày, cần người xem")
      old++
    }
  }
  if (!outcome.firstPoll)
    old += await ancient(
      tx,
      outcome.feed.id,
      fresh.filter(({ article }) => article.state === "baseline"),
    )
  if (old > 0)
    facts.push({ kind: "old_dates", action: old >= 3 ? "hold" : "tell", detail: `${old} new items are dated far in the past`, facts: { count: old } })
  const live = fresh.filter(({ article }) => article.state === "new").map(({ article }) => article)
  const signs = [
    await burst(tx, outcome, live.length, memory, now),
    await night(tx, outcome, live),
    newHosts(
      outcome,
      fresh.map(({ article }) => article),
      memory,
    ),
    languageShift(outcome, live, memory),
  ]
  for (const sign of signs) {
    if (!sign) continue
    facts.push(sign)
    if (sign.action !== "tell")
      for (const article of live) if (article.state === "new") setState(article, "held", heldBecause[sign.kind] ?? "Nguồn tin có dấu hiệu bất thường")
  }
  // What the document itself gave away stops its own items too, not only those of the next poll.
  if (outcome.facts.some((fact) => fact.action !== "tell"))
    for (const article of live) if (article.state === "new") setState(article, "held", "Nguồn tin có dấu hiệu bất thường, chờ người xem")
  if (outcome.quarantined)
    for (const article of live) if (article.state === "new") setState(article, "held", `Nguồn tin đang bị cách ly: ${outcome.quarantined}`)
}
/**
 * Items from before the first poll that lie far below everything the feed ever showed: a window that slides back uncovers the next older
 * items, an intruder dates his far into the past (FEED-OLD). One or two may be an archive put in order.
 */
async function ancient(tx: Tx, feedId: string, fresh: readonly NewArticle[]): Promise<number> {
  const dates = fresh.flatMap(({ article }) => article.publishedAt ?? [])
  if (dates.length < 3) return 0
  const row = await tx
    .selectFrom("articles")
    .select((eb) => eb.fn.min("published_at").as("oldest"))
    .where("feed_id", "=", feedId)
    .where("published_at", "is not", null)
    .executeTakeFirst()
  const oldest = row?.oldest == null ? null : Number(row.oldest)
  const far = oldest === null ? 0 : dates.filter((at) => at < oldest - oldAfterMs).length
  return far >= 3 ? far : 0
}
const heldBecause: Partial<Record<FeedFact["kind"], string>> = {
  burst: "Số bài mới tăng đột biến, chờ người xem",
  night: "Nhiều bài đăng lúc nửa đêm, chờ người xem",
  new_host: "Bài dẫn tới tên miền lạ của nguồn tin, chờ người xem",
  language_shift: "Ngôn ngữ của nguồn tin thay đổi đột ngột, chờ người xem",
}
const setState = (article: Article, state: Article["state"], reason: string) => void ((article.state = state), (article.reason = reason))

async function insert(tx: Tx, fresh: NewArticle[], marks: { article_id: string; mark: number; at: number }[]) {
  await insertMany(tx, "articles", fresh.map(({ article, keys }) => toRow(article, keys)), { onConflict: "nothing" })
  await insertMany(tx, "article_marks", marks, { onConflict: "nothing" })
}
