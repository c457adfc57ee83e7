/** The province at a glance: what is published today, how the units stand, what waits for whom. */
import { Hono } from "hono"
import { raw } from "hono/html"
import { openCounts } from "../../alerts/index.ts"
import type { Rooms } from "../../app.ts"
import { startOfDay, vnDate, vnDateTime } from "../../base/time.ts"
import { listCases } from "../../jobs/cases.ts"
import { waitingEmergencies } from "../../jobs/emergency.ts"
import type { Alert } from "../../model/index.ts"
import type { Flow, StateCounts } from "../../outbox/index.ts"
import { page } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { alertStateWord, feedState, severityClass, severityWord } from "../words.ts"
import { partyOf } from "./cases.tsx"
import { mapCache } from "./home-map.tsx"

const ALERTS_SHOWN = 6
export function home({ rooms }: Desk): Hono<WebEnv> {
  const map = mapCache(rooms)
  const state = sharedWhileRunning(() => provinceState(rooms))
  return new Hono<WebEnv>().get("/", signedIn, async (c) => {
    const user = userOf(c)
    if (user.unitId) return c.redirect(`/units/${user.unitId}`, 302)
    const t = say(c)
    return page(c, rooms, t("Trang chủ", "Home"), <Home state={await state()} map={map(c.get("lang"), t)} user={user} t={t} />)
  })
}

/** Visitors who come while the numbers are being counted get the same ones. */
function sharedWhileRunning<T>(count: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return () => (running ??= count().finally(() => (running = null)))
}

interface ProvinceState {
  now: number
  feeds: { read: number; troubled: number; total: number }
  articles: { seen: number; stopped: number }
  flow: Flow
  live: StateCounts & { unsure: number }
  emergencies: number
  /** Registration cases that wait for the centre. */
  cases: number
  alerts: Alert[]
  open: Awaited<ReturnType<typeof openCounts>>
  nameOf(unit: string): string
}

async function provinceState(rooms: Rooms): Promise<ProvinceState> {
  const { db, clock } = rooms
  const now = clock.now()
  const from = startOfDay(now)
  const [feeds, articles, flow, live, emergencies, alerts, open, cases] = await Promise.all([
    rooms.feeds.states(db),
    rooms.articles.counts(db, from, now + 1),
    rooms.outbox.flow(from, now + 1),
    rooms.outbox.live(),
    waitingEmergencies(db),
    rooms.alerts.list({ state: "open", limit: ALERTS_SHOWN }),
    openCounts(db),
    listCases(rooms, { waitsFor: "centre" }, { unitId: null }),
  ])
  const active = feeds.filter((feed) => feed.active)
  const states = active.map(feedState)
  const sum = (wanted: string[] | null) =>
    articles.filter((row) => !wanted || wanted.includes(row.state)).reduce((total, row) => total + row.count, 0)
  return {
    now,
    feeds: {
      read: active.filter((feed) => (feed.lastSuccessAt ?? 0) >= from).length,
      troubled: states.filter((state) => state !== "ok" && state !== "new").length,
      total: active.length,
    },
    articles: { seen: sum(null), stopped: sum(["held", "blocked"]) },
    flow,
    live,
    emergencies,
    cases: cases.length,
    alerts,
    open,
    nameOf: (unit) => rooms.view().unitById(unit)?.name ?? unit,
  }
}

const Home = ({ state, map, user, t }: { state: ProvinceState; map: Promise<string>; user: User; t: Say }) => (
  <>
    <h1>{t("Toàn tỉnh hôm nay", "The province today")}</h1>
    <p class="lead">{vnDateTime(state.now)}</p>
    <FlowOfDay state={state} t={t} />
    <div class="columns">
      <section class="card" aria-labelledby="units">
        {map.then((html) => raw(html))}
      </section>
      <div class="first">
        <Waits state={state} user={user} t={t} />
        <section class="card">
          <h2>{t("Cảnh báo đang mở", "Open alerts")}</h2>
          <AlertLines alerts={state.alerts} nameOf={state.nameOf} t={t} />
          {state.open.total > state.alerts.length ? (
            <p>
              <a href="/alerts">{t(`Xem cả ${state.open.total} cảnh báo`, `All ${state.open.total} alerts`)}</a>
            </p>
          ) : null}
        </section>
        {can(user, "stop_all") ? (
          <p>
            <a href="/stop">{t("Dừng toàn bộ việc đăng…", "Stop all publishing…")}</a>
          </p>
        ) : null}
      </div>
    </div>
  </>
)

const FlowOfDay = ({ state: { now, feeds, articles, flow, live }, t }: { state: ProvinceState; t: Say }) => {
  const { states, published } = flow
  const queue = live.waiting + live.review + live.sending + live.unknown
  const steps: [string, number, string][] = [
    [
      t("Cổng thông tin", "Portals"),
      articles.seen,
      t(
        `tin mới; đã đọc ${feeds.read}/${feeds.total} nguồn, ${feeds.troubled} nguồn có lỗi`,
        `articles; ${feeds.read}/${feeds.total} feeds read, ${feeds.troubled} in trouble`,
      ),
    ],
    [t("Kiểm tra", "Checks"), articles.stopped + states.held, t("tin và bài bị giữ lại hôm nay", "stopped by a check today")],
    [
      t("Hàng chờ gửi", "Outbox"),
      queue,
      t(`bài; ${live.review} chờ duyệt, ${live.unknown} chưa rõ kết quả`, `posts; ${live.review} need approval, ${live.unknown} of unknown outcome`),
    ],
    [t("Đã đăng hôm nay", "Published today"), states.published, `Facebook ${published.facebook}, Zalo ${published.zalo}`],
  ]
  return (
    <section class="card" aria-labelledby="flow">
      <h2 id="flow">{t(`Dòng tin ngày ${vnDate(now)}`, `Flow of ${vnDate(now)}`)}</h2>
      <ol class="flow">
        {steps.map(([label, count, note]) => (
          <li>
            <b>{count}</b>
            <strong>{label}</strong>
            <span>{note}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** What this person can do something about; who only reads sees the same numbers without the call. */
const Waits = ({ state: { live, feeds, emergencies, cases, open }, user, t }: { state: ProvinceState; user: User; t: Say }) => {
  const lines: [boolean, string, string, number][] = [
    [can(user, "approve"), "/emergency", t("Tin khẩn chờ người thứ hai", "Emergency posts to confirm"), emergencies],
    [can(user, "reject"), "/queue?state=review", t("Bài chờ duyệt", "Posts to approve"), live.review],
    [can(user, "reject"), "/queue?state=held", t("Bài bị giữ", "Held posts"), live.held],
    [can(user, "retry"), "/queue?state=unknown", t("Bài cần xem lại trang", "Posts to look up"), live.unsure],
    [can(user, "handle_alerts"), "/alerts", t("Cảnh báo chưa tiếp nhận", "Alerts to acknowledge"), open.total],
    [partyOf(user) === "centre", "/cases?view=centre", t("Hồ sơ tài khoản chờ Trung tâm", "Account cases for the centre"), cases],
    [can(user, "release_feed"), "/feeds", t("Nguồn tin cần xem", "Feeds to look at"), feeds.troubled],
  ]
  const mine = lines.filter(([may]) => may)
  const shown = mine.length ? mine : lines
  return (
    <section class="card">
      <h2>{mine.length ? t("Việc chờ tôi", "Waiting for me") : t("Việc đang chờ", "Waiting")}</h2>
      <ul class="waits">
        {shown.map(([, href, label, count]) => (
          <li class={count ? "" : "zero"}>
            <a href={href}>{label}</a>
            <b>{count}</b>
          </li>
        ))}
      </ul>
    </section>
  )
}

export const AlertLines = ({ alerts, nameOf, t }: { alerts: Alert[]; nameOf: (unit: string) => string; t: Say }) =>
  alerts.length ? (
    <ul class="rows">
      {alerts.map((alert) => (
        <li>
          <span class={`tag ${severityClass(alert.severity)}`}>{severityWord(alert.severity, t)}</span>{" "}
          <a href={`/alerts/${alert.id}`}>{alert.summary}</a>
          <div class="meta">
            <span>{vnDateTime(alert.lastSeenAt)}</span>
            <span>{alertStateWord(alert.state, t)}</span>
            {alert.count > 1 ? <span>{t(`${alert.count} lần`, `${alert.count} times`)}</span> : null}
            {alert.unit ? (
              <span>
                <a href={`/units/${alert.unit}`}>{nameOf(alert.unit)}</a>
              </span>
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  ) : (
    <p class="empty">{t("Không có cảnh báo.", "No alerts.")}</p>
  )
