/** One unit: portal, accounts with the verdict on each name, posts as the networks show them, reach, findings, history. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { NotFoundError } from "../../base/errors.ts"
import { DAY } from "../../base/clock.ts"
import { isoDate, startOfDay, vnDate, vnDateTime } from "../../base/time.ts"
import { judgeName, rulesetOn, subjectOfUnit, type Observation } from "../../checks/index.ts"
import { inTransaction } from "../../db/index.ts"
import type { FeedHealth } from "../../feeds/index.ts"
import { avatarFile } from "../../jobs/eyes.ts"
import { readFollowerDays, readReach } from "../../metrics/index.ts"
import { worstVerdict, type Account, type Alert, type Finding, type PostContent, type TokenState, type Unit, type Verdict } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { isPublishing, type HistoryRow } from "../../registry/index.ts"
import { Outward, page, VerdictTag } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { Chart, type Point } from "../parts/chart.tsx"
import { Avatar, Preview } from "../parts/preview.tsx"
import { actorWord, badgeWord, deliveryWord, eventWord, factWord, feedState, feedWord, fieldWord, identityWord, networkName, verdictSign, verdictWord } from "../words.ts"
import { AlertLines } from "./home.tsx"

const POSTS_SHOWN = 15
const PREVIEWS_SHOWN = 8
const PREVIEWS_DRAWN = 4
const HISTORY_SHOWN = 25
const REACH_DAYS = 28

export function units({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/units/:id", signedIn, async (c) => {
      const unit = rooms.view().unitById(c.req.param("id"))
      if (!unit) throw new NotFoundError("unit", c.req.param("id"))
      needSight(c, unit.id)
      return page(c, rooms, unit.name, <UnitPage state={await unitState(rooms, unit, say(c))} user={userOf(c)} nameOf={(id) => rooms.view().unitById(id)?.name ?? id} t={say(c)} />)
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

type AgedFinding = Finding & { since: number }
interface AccountState {
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
interface NameSeen {
  name: string
  verdict: Verdict
  reasons: string[]
  expected: string
  rule: string
  clause: { where: string; quote: string; cite: string }
}
interface UnitState {
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
  const later = rows.filter((row) => row.since !== begin && row.field !== "unitId")
  const valueOf = ({ field, value }: HistoryRow) => {
    if (field.endsWith("picture")) return t("đã đổi", "changed")
    if (field !== "identity") return `“${value}”`
    const { status, basis } = JSON.parse(value) as Account["identity"]
    return [identityWord(status, t), basis].filter(Boolean).join(", ")
  }
  return [
    ...(first ? [{ at: first.since, text: t(`Đưa tài khoản ${first.accountId} vào sổ đăng ký`, `Account ${first.accountId} listed`), who: first.actor }] : []),
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
  return { name, verdict: judged.verdict, reasons: judged.reasons, expected: judged.expected, rule: judged.ruleIds[0] ?? rule.rule, clause: { ...ruleset.clauses[rule.clause]!, cite: ruleset.cite } }
}

const UnitPage = ({ state, user, nameOf, t }: { state: UnitState; user: User; nameOf: (unit: string) => string; t: Say }) => {
  const { unit, findings, verdict } = state
  return (
    <>
      {user.unitId ? null : (
        <p class="crumbs">
          <a href="/">{t("Toàn tỉnh", "Province")}</a> /
        </p>
      )}
      <h1>{unit.name}</h1>
      <p class="lead">
        <VerdictTag verdict={verdict} label={verdict === "none" ? t("chưa có tài khoản", "no account") : `${verdictSign[verdict]} ${verdictWord(verdict, t)}`} big />
        {unit.ends ? ` ${t(`Kết thúc hoạt động ngày ${dayOf(unit.ends)}`, `Ended on ${dayOf(unit.ends)}`)}` : ""}
      </p>
      <div class="columns">
        <div>
          <section class="card">
            <h2>{t("Tài khoản", "Accounts")}</h2>
            {state.accounts.length ? <ul class="rows">{state.accounts.map((entry) => <AccountRow entry={entry} user={user} t={t} />)}</ul> : <p class="empty">{t("Đơn vị chưa có tài khoản nào trong sổ đăng ký.", "No account is registered.")}</p>}
            {user.role === "auditor" || user.role === "watcher" ? null : (
              <p>
                <a href={`/cases/new?unit=${unit.id}`}>{t("Lập hồ sơ: đăng ký, đổi tên, bàn giao, gộp, đóng tài khoản", "New case: register, rename, hand over, merge or close")}</a>
              </p>
            )}
          </section>
          <section class="card" id="findings">
            <h2>{t(`Nội dung chưa đạt (${findings.length})`, `Findings (${findings.length})`)}</h2>
            {findings.length ? findings.map((finding) => <FindingCard finding={finding} t={t} />) : <p class="empty">{t("Không có.", "None.")}</p>}
          </section>
          <section class="card">
            <header>
              <h2>{t("Bài đăng gần đây", "Latest posts")}</h2>
              <a href={`/queue?state=published&unit=${unit.id}`}>{t("Tất cả bài", "All posts")}</a>
            </header>
            {state.posts.size ? (
              <div class="previews">
                {state.deliveries
                  .filter((delivery) => state.posts.has(delivery.id))
                  .toSorted((a, b) => Number(b.state === "published") - Number(a.state === "published"))
                  .slice(0, PREVIEWS_DRAWN)
                  .map((delivery) => (
                    <Preview content={state.posts.get(delivery.id)!} account={state.accounts.find(({ account }) => account.id === delivery.account)?.account.name ?? delivery.account} when={whenOf(delivery, t)} t={t} />
                  ))}
              </div>
            ) : null}
            <Posts deliveries={state.deliveries} titles={state.titles} t={t} />
          </section>
        </div>
        <div>
          <section class="card">
            <h2>{t("Cổng thông tin điện tử", "Portal")}</h2>
            <PortalHealth unit={unit} feeds={state.feeds} user={user} t={t} />
          </section>
          <section class="card">
            <h2>{t("Phụ trách", "Responsible")}</h2>
            <People unit={unit} t={t} />
          </section>
          <section class="card">
            <h2>{t("Cảnh báo", "Alerts")}</h2>
            <AlertLines alerts={state.alerts} nameOf={nameOf} t={t} />
          </section>
          <section class="card">
            <h2>{t("Lịch sử", "History")}</h2>
            {state.history.length ? (
              <ol class="timeline">
                {state.history.map((event) => (
                  <li>
                    {event.text}
                    <div class="meta">
                      <span>{vnDateTime(event.at)}</span>
                      <span>{actorWord(event.who)}</span>
                    </div>
                  </li>
                ))}
              </ol>
            ) : (
              <p class="empty">{t("Chưa có thay đổi nào được ghi.", "Nothing was recorded yet.")}</p>
            )}
          </section>
        </div>
      </div>
    </>
  )
}

const People = ({ unit, t }: { unit: Unit; t: Say }) => {
  const lines = ([[t("Phụ trách", "Owner"), unit.owner], [t("Phụ trách thay", "Deputy"), unit.deputy]] as const).filter(([, person]) => person)
  return lines.length ? (
    <dl class="facts">
      {lines.map(([label, person]) => (
        <>
          <dt>{label}</dt>
          <dd>{[person!.name, person!.title, person!.phone, person!.email].filter(Boolean).join(", ")}</dd>
        </>
      ))}
    </dl>
  ) : (
    <p class="empty">{t("Chưa ghi người phụ trách trong sổ đăng ký.", "Nobody is named in the registry.")}</p>
  )
}

const whenOf = (delivery: DeliveryView, t: Say) => `${vnDateTime(Date.parse(delivery.publishedAt ?? delivery.createdAt))}, ${deliveryWord(delivery.state, t)}`

const dayOf = (iso: string) => iso.split("-").reverse().join("/")

const AccountRow = ({ entry: { account, findings, token, stopped, paused, seen, avatar, name, views, followers }, user, t }: { entry: AccountState; user: User; t: Say }) => {
  const verdict = worstVerdict(findings.map((finding) => finding.severity))
  const hasNumbers = [...views, ...followers].some((point) => point.value !== null)
  return (
    <li class="account">
      <Avatar name={account.name} network={account.network} sha256={avatar} />
      <div>
        <b>{name?.name ?? account.name}</b> <VerdictTag verdict={verdict} label={`${verdictSign[verdict]} ${verdictWord(verdict, t)}`} />
        <div class="meta">
          <span>
            <Outward href={account.url ?? null}>{networkName(account.network)}</Outward>
          </span>
          <span>{identityWord(account.identity.status, t)}</span>
          <span>{badgeWord(seen?.profile?.badge, t)}</span>
          <span>{account.remoteId ? `ID ${account.remoteId}` : t("chưa có mã tài khoản", "no id yet")}</span>
          {token ? <span>{token.state === "ok" ? t("đã kết nối", "connected") : token.state === "none" ? t("chưa kết nối", "not connected") : t("cần kết nối lại", "needs reconnecting")}</span> : null}
          <span>
            <a href={`/verify/${account.id}`}>{t("trang xác minh", "verify page")}</a>
          </span>
          <span>
            <a href={`/posters/${account.id}/a4.pdf`}>{t("bản in mã QR", "QR sheet")}</a>
          </span>
        </div>
        {name ? <NameLine name={name} t={t} /> : null}
        {stopped ? <p class="why">{t(`Không đăng: ${stopped}`, `Not publishing: ${stopped}`)}</p> : null}
        {token && !paused && can(user, "pause") ? (
          <details>
            <summary>{t("Tạm dừng đăng", "Pause")}</summary>
            <form class="inline" method="post" action={`/accounts/${account.id}/pause`}>
              <input type="text" name="why" maxlength={300} required aria-label={t("Lý do tạm dừng", "Reason")} placeholder={t("Lý do tạm dừng", "Reason")} />
              <button class="small danger">{t("Tạm dừng", "Pause")}</button>
            </form>
          </details>
        ) : null}
        {token && paused && can(user, "resume") ? (
          <form method="post" action={`/accounts/${account.id}/resume`}>
            <button class="small plain">{t("Cho đăng trở lại", "Publish again")}</button>
          </form>
        ) : null}
        {hasNumbers ? (
          <details>
            <summary>{t("Lượt xem và người theo dõi, 28 ngày", "Views and followers, 28 days")}</summary>
            <Chart title={t("Lượt xem mỗi ngày", "Views a day")} points={views} t={t} />
            <Chart title={t("Người theo dõi", "Followers")} points={followers} line t={t} />
          </details>
        ) : token ? (
          <p class="meta">{t("Lượt xem, người theo dõi: chưa có số liệu", "Views, followers: no data yet")}</p>
        ) : null}
      </div>
    </li>
  )
}

const NameLine = ({ name, t }: { name: NameSeen; t: Say }) => (
  <details>
    <summary>
      {t("Tên", "Name")} ({name.rule}): {verdictSign[name.verdict]} {verdictWord(name.verdict, t)}
    </summary>
    {name.reasons.map((reason) => (
      <p>{reason}</p>
    ))}
    {name.verdict === "pass" ? null : <p>{t(`Nên là: “${name.expected}”`, `Expected: “${name.expected}”`)}</p>}
    <blockquote>
      {name.clause.cite}, {name.clause.where}: “{name.clause.quote}”
    </blockquote>
  </details>
)

export const FindingCard = ({ finding, t }: { finding: Finding & { since?: number }; t: Say }) => (
  <div class={`finding f-${finding.severity}`}>
    <p>
      <VerdictTag verdict={finding.severity} label={verdictWord(finding.severity, t)} /> <b>{finding.message}</b>
    </p>
    {finding.seen ? <p>{t(`Hiện tại: “${finding.seen}”`, `Seen: “${finding.seen}”`)}</p> : null}
    {finding.expected ? <p>{t(`Cần là: “${finding.expected}”`, `Expected: “${finding.expected}”`)}</p> : null}
    <details>
      <summary>{t("Căn cứ", "Basis")}</summary>
      <blockquote>{finding.basis}</blockquote>
    </details>
    <div class="meta">
      <span>{finding.account ?? t("đơn vị", "unit")}</span>
      <span>{`${finding.rule} · ${finding.ruleset}`}</span>
      {finding.since === undefined ? null : <span>{t(`từ ${vnDate(finding.since)}`, `since ${vnDate(finding.since)}`)}</span>}
    </div>
  </div>
)

export const Posts = ({ deliveries, titles, t }: { deliveries: DeliveryView[]; titles?: Map<string, string>; t: Say }) =>
  deliveries.length ? (
    <ul class="rows">
      {deliveries.map((delivery) => (
        <li>
          {titles ? (
            <>
              <a href={`/articles/${delivery.articleId}`}>{titles.get(delivery.articleId) ?? delivery.articleUrl}</a>{" "}
            </>
          ) : (
            <b>{delivery.account} </b>
          )}
          <span class={`tag ${delivery.state === "published" ? "pass" : ["held", "refused", "unknown"].includes(delivery.state) ? "violation" : delivery.state === "review" ? "advice" : "none"}`}>{deliveryWord(delivery.state, t)}</span>
          <div class="meta">
            <span>{networkName(delivery.network)}</span>
            <span>{vnDateTime(Date.parse(delivery.publishedAt ?? delivery.createdAt))}</span>
            {delivery.remoteUrl ? (
              <span>
                <Outward href={delivery.remoteUrl}>{t("xem bài trên mạng", "open the post")}</Outward>
              </span>
            ) : null}
          </div>
          {delivery.reason ? <p class="why">{delivery.reason}</p> : null}
        </li>
      ))}
    </ul>
  ) : (
    <p class="empty">{t("Chưa có bài nào.", "No posts yet.")}</p>
  )

const PortalHealth = ({ unit, feeds, user, t }: { unit: Unit; feeds: FeedHealth[]; user: User; t: Say }) => (
  <>
    {unit.portal ? (
      <p>
        <Outward href={unit.portal.url}>{unit.portal.url}</Outward>
        {unit.portal.confirmed === false ? <span class="meta"> {t("(địa chỉ chờ đơn vị xác nhận)", "(address to be confirmed)")}</span> : null}
      </p>
    ) : (
      <p class="empty">{t("Chưa có cổng trong sổ đăng ký.", "No portal is registered.")}</p>
    )}
    <ul class="rows">
      {feeds.map((feed) => {
        const state = feedState(feed)
        return (
          <li>
            <span class={`tag ${state === "ok" ? "pass" : state === "new" ? "none" : "violation"}`}>{feedWord(state, t)}</span> <span class="meta">{feed.url}</span>
            <div class="meta">
              <span>{feed.lastSuccessAt === null ? t("chưa đọc được", "never read") : t(`đọc được lúc ${vnDateTime(feed.lastSuccessAt)}`, `read at ${vnDateTime(feed.lastSuccessAt)}`)}</span>
              {feed.failures ? <span>{t(`${feed.failures} lần lỗi liên tiếp`, `${feed.failures} failures in a row`)}</span> : null}
            </div>
            {state === "quarantined" && can(user, "release_feed") ? (
              <form method="post" action={`/feeds/${feed.feedId}/release`}>
                <p class="why">{t("Tin mới của nguồn này đang được giữ lại. Hãy xem cổng trước khi cho đăng tiếp.", "New articles of this feed are held. Look at the portal before you let them go on.")}</p>
                <button class="small plain">{t("Đã xem, cho đăng tiếp", "I looked, go on")}</button>
              </form>
            ) : null}
            {feed.facts.length ? <p class="why">{[...new Set(feed.facts.map((fact) => factWord(fact.kind, t)))].join("; ")}</p> : null}
          </li>
        )
      })}
    </ul>
    {unit.portal && !feeds.length ? <p class="empty">{t("Chưa có nguồn tin để đọc.", "No feed to read.")}</p> : null}
  </>
)
