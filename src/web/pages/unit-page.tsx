/** How one unit is shown. */
import { vnDate, vnDateTime } from "../../base/time.ts"
import type { FeedHealth } from "../../feeds/index.ts"
import { worstVerdict, type Finding, type Unit } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { DeliveryList } from "../parts/deliveries.tsx"
import { Outward, VerdictTag } from "../layout.tsx"
import { ReleaseFeed } from "../parts/release-feed.tsx"
import { can, type User } from "../people/index.ts"
import type { Say } from "../visit.ts"
import { Chart } from "../parts/chart.tsx"
import { Avatar, Preview } from "../parts/preview.tsx"
import { actorWord, badgeWord, deliveryWord, factWord, feedState, feedWord, identityWord, networkName, verdictSign, verdictWord } from "../words.ts"
import { AlertLines } from "./home.tsx"
import { type AccountState, type NameSeen, type UnitState, PREVIEWS_DRAWN } from "./unit.tsx"

export const UnitPage = ({ state, user, nameOf, t }: { state: UnitState; user: User; nameOf: (unit: string) => string; t: Say }) => {
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
        <VerdictTag
          verdict={verdict}
          label={verdict === "none" ? t("chưa có tài khoản", "no account") : `${verdictSign[verdict]} ${verdictWord(verdict, t)}`}
          big
        />
        {unit.ends ? ` ${t(`Kết thúc hoạt động ngày ${dayOf(unit.ends)}`, `Ended on ${dayOf(unit.ends)}`)}` : ""}
      </p>
      <div class="columns">
        <div>
          <section class="card">
            <h2>{t("Tài khoản", "Accounts")}</h2>
            {state.accounts.length ? (
              <ul class="rows">
                {state.accounts.map((entry) => (
                  <AccountRow entry={entry} user={user} t={t} />
                ))}
              </ul>
            ) : (
              <p class="empty">{t("Đơn vị chưa có tài khoản nào trong sổ đăng ký.", "No account is registered.")}</p>
            )}
            {user.role === "auditor" || user.role === "watcher" ? null : (
              <p>
                <a href={`/cases/new?unit=${unit.id}`}>
                  {t("Lập hồ sơ: đăng ký, đổi tên, bàn giao, gộp, đóng tài khoản", "New case: register, rename, hand over, merge or close")}
                </a>
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
                    <Preview
                      content={state.posts.get(delivery.id)!}
                      account={state.accounts.find(({ account }) => account.id === delivery.account)?.account.name ?? delivery.account}
                      when={whenOf(delivery, t)}
                      t={t}
                    />
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

const whenOf = (delivery: DeliveryView, t: Say) =>
  `${vnDateTime(Date.parse(delivery.publishedAt ?? delivery.createdAt))}, ${deliveryWord(delivery.state, t)}`

export const dayOf = (iso: string) => iso.split("-").reverse().join("/")

const AccountRow = ({
  entry: { account, findings, token, stopped, paused, seen, avatar, name, views, followers },
  user,
  t,
}: {
  entry: AccountState
  user: User
  t: Say
}) => {
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
          {token ? (
            <span>
              {token.state === "ok"
                ? t("đã kết nối", "connected")
                : token.state === "none"
                  ? t("chưa kết nối", "not connected")
                  : t("cần kết nối lại", "needs reconnecting")}
            </span>
          ) : null}
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
              <input
                type="text"
                name="why"
                maxlength={300}
                required
                aria-label={t("Lý do tạm dừng", "Reason")}
                placeholder={t("Lý do tạm dừng", "Reason")}
              />
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

export const Posts = ({ deliveries, titles, t }: { deliveries: DeliveryView[]; titles?: Map<string, string>; t: Say }) => (
  <DeliveryList
    deliveries={deliveries}
    head={(delivery) =>
      titles ? <a href={`/articles/${delivery.articleId}`}>{titles.get(delivery.articleId) ?? delivery.articleUrl}</a> : <b>{delivery.account}</b>
    }
    t={t}
  />
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
            <span class={`tag ${state === "ok" ? "pass" : state === "new" ? "none" : "violation"}`}>{feedWord(state, t)}</span>{" "}
            <span class="meta">{feed.url}</span>
            <div class="meta">
              <span>
                {feed.lastSuccessAt === null
                  ? t("chưa đọc được", "never read")
                  : t(`đọc được lúc ${vnDateTime(feed.lastSuccessAt)}`, `read at ${vnDateTime(feed.lastSuccessAt)}`)}
              </span>
              {feed.failures ? <span>{t(`${feed.failures} lần lỗi liên tiếp`, `${feed.failures} failures in a row`)}</span> : null}
            </div>
            {state === "quarantined" && can(user, "release_feed") ? (
              <ReleaseFeed feedId={feed.feedId} t={t} />
            ) : null}
            {feed.facts.length ? <p class="why">{[...new Set(feed.facts.map((fact) => factWord(fact.kind, t)))].join("; ")}</p> : null}
          </li>
        )
      })}
    </ul>
    {unit.portal && !feeds.length ? <p class="empty">{t("Chưa có nguồn tin để đọc.", "No feed to read.")}</p> : null}
  </>
)
