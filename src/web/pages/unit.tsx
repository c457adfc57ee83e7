import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { NotFoundError } from "../../base/errors.ts"
import { vnDate, vnDateTime } from "../../base/time.ts"
import { inTransaction } from "../../db/index.ts"
import type { FeedHealth } from "../../feeds/index.ts"
import { worstVerdict, type Account, type Alert, type Finding, type TokenState, type Unit, type Verdict } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { isPublishing } from "../../registry/index.ts"
import { Outward, page, VerdictTag } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { deliveryWord, factWord, feedState, feedWord, identityWord, networkName, verdictSign, verdictWord } from "../words.ts"
import { AlertLines } from "./home.tsx"

const POSTS_SHOWN = 15

export function units({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/units/:id", signedIn, async (c) => {
      const unit = rooms.view().unitById(c.req.param("id"))
      if (!unit) throw new NotFoundError("unit", c.req.param("id"))
      needSight(c, unit.id)
      return page(c, rooms, unit.name, <UnitPage state={await unitState(rooms, unit)} user={userOf(c)} t={say(c)} />)
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
}
interface UnitState {
  unit: Unit
  feeds: FeedHealth[]
  findings: AgedFinding[]
  accounts: AccountState[]
  deliveries: DeliveryView[]
  titles: Map<string, string>
  alerts: Alert[]
}

async function unitState(rooms: Rooms, unit: Unit): Promise<UnitState> {
  const { db, clock } = rooms
  const [feeds, findings, deliveries, lanes, alerts] = await Promise.all([
    rooms.feeds.health(db, clock.now()),
    rooms.checks.findingsAt(clock.now(), unit.id),
    rooms.outbox.list({ unit: unit.id, limit: POSTS_SHOWN }),
    rooms.outbox.lanes(),
    rooms.alerts.list({ unit: unit.id, limit: 50 }),
  ])
  const articles = await rooms.articles.getMany(db, [...new Set(deliveries.map((delivery) => delivery.articleId))])
  const paused = new Map(lanes.map((lane) => [lane.account_id, lane.paused_reason]))
  const accounts = unit.accounts.map(async (account): Promise<AccountState> => {
    const network = isPublishing(account.network) ? account.network : null
    const gate = rooms.outbox.deps.gate(account.id)
    return {
      account,
      findings: findings.filter((finding) => finding.account === account.id),
      token: network ? await rooms.networks.of(network).tokenState(account.id) : null,
      stopped: network ? (paused.get(account.id) ?? (gate.open ? null : gate.reason)) : null,
      paused: (paused.get(account.id) ?? null) !== null,
    }
  })
  return {
    unit,
    feeds: feeds.filter((feed) => feed.unitId === unit.id && feed.active),
    findings,
    accounts: await Promise.all(accounts),
    deliveries,
    titles: new Map(articles.map((article) => [article.id, article.title])),
    alerts: alerts.filter((alert) => alert.state !== "closed").slice(0, 10),
  }
}

const UnitPage = ({ state, user, t }: { state: UnitState; user: User; t: Say }) => {
  const { unit, findings } = state
  const verdict: Verdict | "none" = findings.length || unit.accounts.length ? worstVerdict(findings.map((finding) => finding.severity)) : "none"
  return (
    <>
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
          </section>
          <section class="card">
            <h2>{t(`Nội dung chưa đạt (${findings.length})`, `Findings (${findings.length})`)}</h2>
            {findings.length ? findings.map((finding) => <FindingCard finding={finding} t={t} />) : <p class="empty">{t("Không có.", "None.")}</p>}
          </section>
          <section class="card">
            <h2>{t("Bài đăng gần đây", "Latest posts")}</h2>
            <Posts deliveries={state.deliveries} titles={state.titles} t={t} />
          </section>
        </div>
        <div>
          <section class="card">
            <h2>{t("Cổng thông tin điện tử", "Portal")}</h2>
            <PortalHealth unit={unit} feeds={state.feeds} user={user} t={t} />
          </section>
          <section class="card">
            <h2>{t("Cảnh báo", "Alerts")}</h2>
            <AlertLines alerts={state.alerts} t={t} />
          </section>
        </div>
      </div>
    </>
  )
}

const dayOf = (iso: string) => iso.split("-").reverse().join("/")

const AccountRow = ({ entry: { account, findings, token, stopped, paused }, user, t }: { entry: AccountState; user: User; t: Say }) => {
  const verdict = worstVerdict(findings.map((finding) => finding.severity))
  return (
    <li>
      <b>{account.name}</b> <VerdictTag verdict={verdict} label={`${verdictSign[verdict]} ${verdictWord(verdict, t)}`} />
      <div class="meta">
        <span>
          <Outward href={account.url ?? null}>{networkName(account.network)}</Outward>
        </span>
        <span>{identityWord(account.identity.status, t)}</span>
        <span>{account.remoteId ? `ID ${account.remoteId}` : t("chưa có mã tài khoản", "no id yet")}</span>
        {token ? <span>{token.state === "ok" ? t("đã kết nối", "connected") : token.state === "none" ? t("chưa kết nối", "not connected") : t("cần kết nối lại", "needs reconnecting")}</span> : null}
        <span>
          <a href={`/verify/${account.id}`}>{t("trang xác minh", "verify page")}</a>
        </span>
      </div>
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
    </li>
  )
}

const FindingCard = ({ finding, t }: { finding: AgedFinding; t: Say }) => (
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
      <span>{t(`từ ${vnDate(finding.since)}`, `since ${vnDate(finding.since)}`)}</span>
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
