/** Collects reach: joins networks (what they tell), outbox (which posts are ours) and metrics (what is kept). Network first, then one short transaction. */
import type { Rooms } from "../app.ts"
import { DAY } from "../base/clock.ts"
import { inTransaction } from "../db/index.ts"
import type { NetworkAccount, NetworkName } from "../model/index.ts"
import {
  dueAge,
  keepArticleTotals,
  keepFollowers,
  keepPageMetrics,
  keepPostSnapshot,
  keepVerdicts,
  measuredDays,
  readSnapshotAges,
  restingMetrics,
  SNAPSHOTS_UNTIL_MS,
  type MeasuredMetric,
} from "../metrics/index.ts"
import { pageMetrics, postMetrics } from "../networks/index.ts"
import { publishedBetween, type PublishedPost } from "../outbox/index.ts"

export interface ReachTally {
  accounts: number
  /** Metrics by verdict, over all accounts; `failed` = ask again. */
  metrics: Record<MeasuredMetric["verdict"], number>
  snapshots: number
  articles: number
  followers: number
}

const DAYS = 7
const ZALO_SLICES = 6
const YOUNG_MS = 2 * DAY
const AT_ONCE = 4

/** Everything, once a day: Page days, followers, Zalo counters, and the snapshots that are due. One account or metric that fails spoils no other. */
export async function collectReach(rooms: Rooms, signal: AbortSignal): Promise<ReachTally> {
  const tally: ReachTally = {
    accounts: 0,
    metrics: { ok: 0, dead: 0, forbidden: 0, too_small: 0, failed: 0 },
    snapshots: 0,
    articles: 0,
    followers: 0,
  }
  const pages = await connected(rooms, "facebook")
  const oas = await connected(rooms, "zalo")
  tally.accounts = pages.length + oas.length
  await sideBySide(pages, signal, (page) => collectPage(rooms, page, tally, signal))
  tally.followers = await collectFollowers(rooms, [...pages, ...oas], signal)
  await sideBySide(oas, signal, (oa) => collectArticles(rooms, oa, tally, signal))
  await collectSnapshots(rooms, signal, tally)
  return tally
}

/** Hourly: snapshots of posts whose moment has come, and the counters of OAs with an article of the last 48 hours. */
export async function collectYoung(rooms: Rooms, signal: AbortSignal): Promise<void> {
  await collectSnapshots(rooms, signal)
  const now = rooms.clock.now()
  const young = new Set((await publishedBetween(rooms.db, now - YOUNG_MS, now + 1)).map((post) => post.accountId))
  const oas = (await connected(rooms, "zalo")).filter((oa) => young.has(oa.id))
  await sideBySide(oas, signal, (oa) => collectArticles(rooms, oa, null, signal))
}

async function connected(rooms: Rooms, network: NetworkName): Promise<NetworkAccount[]> {
  const accounts = rooms.view().accounts.flatMap((account) => rooms.networkAccount(account.id) ?? []).filter((account) => account.network === network)
  const states = await Promise.all(accounts.map((account) => rooms.networks.of(network).tokenState(account.id)))
  return accounts.filter((_, i) => states[i]!.state !== "none")
}

async function collectPage(rooms: Rooms, page: NetworkAccount, tally: ReachTally, signal: AbortSignal) {
  const { db, clock, networks, config } = rooms
  const resting = await restingMetrics(db, page.id, clock.now())
  const names = pageMetrics.map((metric) => metric.name).filter((name) => !resting.has(name))
  const until = clock.now()
  const asked: MeasuredMetric[] = names.length
    ? await networks.facebook.pageInsights(page, { since: until - (DAYS + 1) * DAY, until }, names, "day", signal)
    : []
  const known = [...asked, ...restingOf(resting, pageMetrics)]
  for (const metric of known) tally.metrics[metric.verdict] += 1
  const now = clock.now()
  await inTransaction(db, async (tx) => {
    await keepPageMetrics(tx, page.id, known, measuredDays(now, DAYS), config.facebook.version, now)
    await keepVerdicts(tx, page.id, asked, now)
  })
}

/** Followers as the profiles say; a profile that could not be read leaves no row, one without the number leaves null. */
export async function collectFollowers(rooms: Rooms, accounts: NetworkAccount[], signal?: AbortSignal): Promise<number> {
  const { networks, clock, db } = rooms
  const pages = accounts.filter((account) => account.network === "facebook")
  const read = new Map<string, number | null>()
  for (const [id, outcome] of await networks.facebook.profiles(pages, signal))
    if (outcome.kind === "read") read.set(id, outcome.profile.followers ?? null)
  await sideBySide(
    accounts.filter((account) => account.network === "zalo"),
    signal,
    async (oa) => {
      const outcome = await networks.zalo.profile(oa, signal)
      if (outcome.kind === "read") read.set(oa.id, outcome.profile.followers ?? null)
    },
  )
  await inTransaction(db, async (tx) => {
    for (const [id, value] of read) await keepFollowers(tx, id, value, clock.now())
  })
  return [...read.values()].filter((value) => value !== null).length
}

async function collectArticles(rooms: Rooms, oa: NetworkAccount, tally: ReachTally | null, signal: AbortSignal) {
  const stats = await rooms.networks.zalo.articleStats(oa, ZALO_SLICES, signal)
  if (stats.kind !== "read") {
    rooms.log.info("article counters could not be read", { account: oa.id, code: stats.code })
    return
  }
  if (tally) tally.articles += stats.articles.length
  await inTransaction(rooms.db, (tx) => keepArticleTotals(tx, oa.id, stats.articles, rooms.clock.now()))
}

async function collectSnapshots(rooms: Rooms, signal: AbortSignal, tally?: ReachTally) {
  const { db, clock } = rooms
  const now = clock.now()
  const posts = (await publishedBetween(db, now - SNAPSHOTS_UNTIL_MS, now)).filter((post) => post.network === "facebook" && post.remoteId)
  const kept = await readSnapshotAges(db, posts.map((post) => post.deliveryId))
  const due = posts.flatMap((post) => {
    const age = dueAge(post.publishedAt, kept.get(post.deliveryId) ?? new Set(), now)
    const account = rooms.networkAccount(post.accountId)
    return age !== null && account ? [{ post, account, age }] : []
  })
  await sideBySide(due, signal, async ({ post, account, age }) => {
    const metrics = await readPost(rooms, account, post, age, signal)
    const at = clock.now()
    await inTransaction(db, (tx) =>
      keepPostSnapshot(
        tx,
        { deliveryId: post.deliveryId, accountId: post.accountId, remoteId: post.remoteId! },
        age,
        metrics,
        rooms.config.facebook.version,
        at,
      ),
    )
    if (tally && metrics.some((metric) => metric.verdict !== "failed")) tally.snapshots += 1
  })
}

async function readPost(rooms: Rooms, account: NetworkAccount, post: PublishedPost, age: number, signal: AbortSignal): Promise<MeasuredMetric[]> {
  const { networks, db, clock } = rooms
  const counters = await networks.facebook.postCounters(account, post.remoteId!, signal)
  const counted = counters
    ? (["shares", "reactions", "comments"] as const).map((name): MeasuredMetric => {
        const value = counters[name]
        return value === null
          ? { name, verdict: "forbidden", code: null, points: [] }
          : { name, verdict: "ok", code: null, points: [{ day: null, value }] }
      })
    : []
  // One hour after publication insights are not ready yet (contract 4.6).
  if (age < 24) return counted
  const resting = await restingMetrics(db, account.id, clock.now())
  const names = postMetrics.map((metric) => metric.name).filter((name) => !resting.has(name))
  const asked: MeasuredMetric[] = names.length ? await networks.facebook.postInsights(account, post.remoteId!, names, signal) : []
  // "Forbidden" is said of one post (profile pictures, shared posts), so it does not put the metric to rest for the others.
  await inTransaction(db, (tx) => keepVerdicts(tx, account.id, asked.filter((metric) => metric.verdict !== "forbidden"), clock.now()))
  return [...counted, ...asked, ...restingOf(resting, postMetrics)]
}

const restingOf = (resting: Awaited<ReturnType<typeof restingMetrics>>, of: readonly { name: string }[]) =>
  of.flatMap(({ name }): MeasuredMetric[] => {
    const rests = resting.get(name)
    return rests ? [{ name, verdict: rests.verdict, code: rests.code, points: [] }] : []
  })

/** A few at the same time; ends early when the signal comes. */
async function sideBySide<Item>(items: readonly Item[], signal: AbortSignal | undefined, work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = queue.shift(); item !== undefined && !signal?.aborted; item = queue.shift()) await work(item)
    }),
  )
}
