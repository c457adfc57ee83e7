/** One unit: portal, accounts with the verdict on each name, posts as the networks show them, reach, findings, history. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { NotFoundError } from "../../base/errors.ts"
import { DAY } from "../../base/clock.ts"
import { isoDate, startOfDay } from "../../base/time.ts"
import { judgeName, rulesetOn, subjectOfUnit, type Observation } from "../../checks/index.ts"
import { inTransaction } from "../../db/index.ts"
import type { FeedHealth } from "../../feeds/index.ts"
import { avatarFile } from "../../jobs/eyes.ts"
import { readFollowerDays, readReach } from "../../metrics/index.ts"
import {
  worstVerdict,
  type Account,
  type Alert,
  type Finding,
  type PostContent,
  type TokenState,
  type Unit,
  type Verdict,
} from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { isPublishing, type HistoryRow } from "../../registry/index.ts"
import { page } from "../layout.tsx"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { type Point } from "../parts/chart.tsx"
import { eventWord, fieldWord, identityWord } from "../words.ts"
import { dayOf, UnitPage } from "./unit-page.tsx"

const POSTS_SHOWN = 15
const PREVIEWS_SHOWN = 8
export const PREVIEWS_DRAWN = 4
const HISTORY_SHOWN = 25
const REACH_DAYS = 28

export function units({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/units/:id", signedIn, async (c) => {
      const unit = rooms.view().unitById(c.req.param("id"))
      if (!unit) throw new NotFoundError("unit", c.req.param("id"))
      needSight(c, unit.id)
      return page(
        c,
        rooms,
        unit.name,
        <UnitPage state={await unitState(rooms, unit, say(c))} user={userOf(c)} nameOf={(id) => rooms.view().unitById(id)?.name ?? id} t={say(c)} />,
      )
    })
    .get("/avatars/:sha", signedIn, async (c) => {
      if (!/^[0-9a-f]{64}$/.test(c.req.param("sha"))) return c.notFound()
      const picture = await readFile(avatarFile(rooms.config.dataDir, c.req.param("sha"))).catch(() => null)
      if (!picture) return c.notFound()
      return c.body(picture, 200, { "content-type": "image/jpeg", "cache-control": "private, max-age=86400" })
    })
    .post("/accounts/:id/:do{pause|resume}", signedIn, async (c) => {
      const account = rooms.view().accountById(c.req.param("id"))
      if (!account || !isPublishing(account.network)) throw new NotFoundError("account", c.req.param("id"))
      needSight(c, account.unitId)
      const what = c.req.param("do") === "pause" ? "pause" : "resume"
      need(c, what)
      const why = reason.parse((await c.req.parseBody()).why)
      if (what === "pause") await rooms.outbox.pause(account.id, actorOf(c), why || "Người phụ trách tạm dừng.")
      else await rooms.outbox.resume(account.id, actorOf(c))
      return c.redirect(`/units/${account.unitId}`, 303)
    })
    .post("/feeds/:id/release", signedIn, async (c) => {
      const feed = rooms.view().feedById(c.req.param("id"))
      if (!feed) throw new NotFoundError("feed", c.req.param("id"))
      needSight(c, feed.unitId)
      need(c, "release_feed")
      await releaseFeed(rooms, feed.id, actorOf(c))
      return c.redirect(`/units/${feed.unitId}`, 303)
    })
}

const reason = z.string().trim().max(300).catch("")

/** A person looked: the feed is trusted again, and what was held of it goes on to the checks. */
async function releaseFeed(rooms: Rooms, feedId: string, actor: string): Promise<void> {
  const now = rooms.clock.now()
  await inTransaction(rooms.db, async (tx) => {
    await rooms.feeds.release(tx, feedId, actor, now)
    const articles = await rooms.articles.releaseHeld(tx, feedId, now)
    await rooms.audit.write(tx, [{ actor, action: "feed.released", subject: `feed:${feedId}`, detail: { articles } }])
  })
}

export type AgedFinding = Finding & { since: number }
export interface AccountState {
  account: Account
  findings: AgedFinding[]
  token: TokenState | null
  /** Why nothing is published here, or null. */
  stopped: string | null
  paused: boolean
  seen: Observation | null
  avatar: string | null
  name: NameSeen | null
  views: Point[]
  followers: Point[]
}
/** The verdict on the name as the network shows it, and the clause it rests on. */
export interface NameSeen {
  name: string
  verdict: Verdict
  reasons: string[]
  expected: string
  rule: string
  clause: { where: string; quote: string; cite: string }
}
export interface UnitState {
  unit: Unit
  verdict: Verdict | "none"
  feeds: FeedHealth[]
  findings: AgedFinding[]
  accounts: AccountState[]
  deliveries: DeliveryView[]
  posts: Map<string, PostContent>
  titles: Map<string, string>
  alerts: Alert[]
  history: Happened[]
}
interface Happened {
  at: number
  text: string
  who: string
}

async function unitState(rooms: Rooms, unit: Unit, t: Say): Promise<UnitState> {
  const { db, clock } = rooms
  const now = clock.now()
  const [feeds, findings, deliveries, lanes, alerts, events] = await Promise.all([
    rooms.feeds.health(db, now, unit.id),
    rooms.checks.findingsAt(now, unit.id),
    rooms.outbox.list({ unit: unit.id, limit: POSTS_SHOWN }),
    rooms.outbox.lanes(),
    rooms.alerts.list({ unit: unit.id, limit: 50 }),
    rooms.registry.unitEvents(unit.id),
  ])
  const [articles, posts, histories] = await Promise.all([
    rooms.articles.getMany(db, [...new Set(deliveries.map((delivery) => delivery.articleId))]),
    rooms.outbox.posts(deliveries.slice(0, PREVIEWS_SHOWN).map((delivery) => delivery.id)),
    Promise.all(unit.accounts.map((account) => rooms.registry.accountHistory(account.id))),
  ])
  const paused = new Map(lanes.map((lane) => [lane.account_id, lane.paused_reason]))
  const history = [
    ...events.map((event) => ({ at: event.at, text: `${eventWord(event.kind, t)} (${dayOf(event.day)})`, who: event.actor })),
    ...histories.flatMap((rows) => accountSteps(rows, t)),
  ].sort((a, b) => b.at - a.at)
  return {
    unit,
    verdict: findings.length || unit.accounts.length ? worstVerdict(findings.map((finding) => finding.severity)) : "none",
    feeds: feeds.filter((feed) => feed.active),
    findings,
    accounts: await Promise.all(unit.accounts.map((account) => accountState(rooms, unit, account, findings, paused.get(account.id) ?? null))),
    deliveries,
    posts,
    titles: new Map(articles.map((article) => [article.id, article.title])),
    alerts: alerts.filter((alert) => alert.state !== "closed").slice(0, 10),
    history: history.slice(0, HISTORY_SHOWN),
  }
}

/** What was written down when an account was listed is one step; later changes are one each. */
function accountSteps(rows: HistoryRow[], t: Say): Happened[] {
  const begin = Math.min(...rows.map((row) => row.since))
  const first = rows.find((row) => row.since === begin)
  // The first look at the network is no change.
  const looked = new Set<string>()
  const later = rows.filter(
    (row) => row.since !== begin && row.field !== "unitId" && (!row.field.startsWith("seen.") || looked.has(row.field) || !looked.add(row.field)),
  )
  const valueOf = ({ field, value }: HistoryRow) => {
    if (field.endsWith("picture")) return t("đã đổi", "changed")
    if (field !== "identity") return `“${value}”`
    const { status, basis } = JSON.parse(value) as Account["identity"]
    return [identityWord(status, t), basis].filter(Boolean).join(", ")
  }
  return [
    ...(first
      ? [{ at: first.since, text: t(`Đưa tài khoản ${first.accountId} vào sổ đăng ký`, `Account ${first.accountId} listed`), who: first.actor }]
      : []),
    ...later.map((row) => ({ at: row.since, text: `${row.accountId}: ${fieldWord(row.field, t)} ${valueOf(row)}`, who: row.actor })),
  ]
}

async function accountState(rooms: Rooms, unit: Unit, account: Account, findings: AgedFinding[], paused: string | null): Promise<AccountState> {
  const { db, clock, config } = rooms
  const network = isPublishing(account.network) ? account.network : null
  const gate = rooms.outbox.deps.gate(account.id)
  const seen = rooms.checks.seenOf(account.id)
  const to = startOfDay(clock.now())
  const [from, until] = [isoDate(to - (REACH_DAYS - 1) * DAY), isoDate(to)]
  const days = Array.from({ length: REACH_DAYS }, (_, i) => isoDate(to - (REACH_DAYS - 1 - i) * DAY))
  const [token, reach, followers] = await Promise.all([
    network ? rooms.networks.of(network).tokenState(account.id) : null,
    network ? readReach(db, from, until, account.id) : [],
    network ? readFollowerDays(db, account.id, from, until) : [],
  ])
  const wanted = network === "zalo" ? "total_view" : "page_media_view"
  const byDay = new Map(reach.filter((point) => point.metric === wanted).map((point) => [point.day, point.value]))
  const followersOn = new Map(followers.map((row) => [row.day, row.value]))
  return {
    account,
    findings: findings.filter((finding) => finding.account === account.id),
    token,
    stopped: network ? (paused ?? (gate.open ? null : gate.reason)) : null,
    paused: paused !== null,
    seen,
    avatar: seen?.avatarSha256 && existsSync(avatarFile(config.dataDir, seen.avatarSha256)) ? seen.avatarSha256 : null,
    name: network ? nameSeen(rooms, unit, account, seen) : null,
    views: days.map((day) => ({ day, value: byDay.get(day) ?? null })),
    followers: days.map((day) => ({ day, value: followersOn.get(day) ?? null })),
  }
}

function nameSeen(rooms: Rooms, unit: Unit, account: Account, seen: Observation | null): NameSeen {
  const { rules } = rooms.checks
  const asOf = rooms.checks.today()
  const ruleset = rulesetOn(rules.rulesets, asOf)
  const subject = subjectOfUnit(unit)
  const name = seen?.profile?.name ?? account.name
  const judged = judgeName({ unit: subject, network: account.network, name, registered: true, ruleset, asOf, gazetteer: rules.gazetteer })
  const rule = ruleset.names[subject.level]
  return {
    name,
    verdict: judged.verdict,
    reasons: judged.reasons,
    expected: judged.expected,
    rule: judged.ruleIds[0] ?? rule.rule,
    clause: { ...ruleset.clauses[rule.clause]!, cite: ruleset.cite },
  }
}
