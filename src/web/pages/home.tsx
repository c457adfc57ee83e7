/** The province at a glance: what is published today, how the units stand, what waits for whom. */
import { Hono } from "hono"
import { raw } from "hono/html"
import { openCounts } from "../../alerts/index.ts"
import type { Rooms } from "../../app.ts"
import { startOfDay, vnDate, vnDateTime } from "../../base/time.ts"
import { listCases } from "../../jobs/cases.ts"
import { waitingEmergencies } from "../../jobs/emergency.ts"
import { verdicts, type Alert, type Unit, type Verdict } from "../../model/index.ts"
import type { Flow, StateCounts } from "../../outbox/index.ts"
import { page } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { say, signedIn, userOf, type Desk, type Lang, type Say, type WebEnv } from "../visit.ts"
import { alertStateWord, feedState, severityClass, severityWord, verdictSign, verdictWord } from "../words.ts"
import { partyOf } from "./cases.tsx"

const ALERTS_SHOWN = 6
/** A larger registry gets smaller tiles. */
const DENSE_FROM = 400

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

type Standing = Verdict | "none"
const groups = (t: Say): [string, string[]][] => [
  [t("Cổng tỉnh và các sở, ban, ngành", "Province portal and departments"), ["province_portal", "department"]],
  [t("Phường", "Wards"), ["ward"]],
  [t("Xã", "Communes"), ["commune"]],
  [t("Khác", "Other"), ["district", "town", "city", "township"]],
]
const standingWord = (standing: Standing, t: Say) => (standing === "none" ? t("chưa có tài khoản", "no account") : verdictWord(standing, t))
const signOf = (standing: Standing) => (standing === "none" ? "–" : verdictSign[standing])
const shortName = (unit: Unit) =>
  unit.kind === "ward" || unit.kind === "commune"
    ? unit.name.replace(/^(?:UBND|Ủy ban nhân dân)\s+(?:phường|xã)\s+/iu, "")
    : unit.name.replace(/\s+tỉnh Bắc Ninh$/u, "").replace(/Ủy ban nhân dân/gu, "UBND")

/**
 * The grid of units as finished markup, kept per language while registry and verdicts stay the same: with 3,321 units it is most of the
 * page, and every visitor sees the same one.
 */
function mapCache(rooms: Rooms): (lang: Lang, t: Say) => Promise<string> {
  const kept = new Map<Lang, { units: unknown; verdicts: unknown; html: Promise<string> }>()
  return (lang, t) => {
    const units = rooms.view().livingUnits
    const standing = rooms.checks.standing()
    const known = kept.get(lang)
    if (known?.units === units && known.verdicts === standing) return known.html
    const html = draw(units, (unit) => standing.get(unit.id)?.verdict ?? (unit.accounts.length ? "pass" : "none"), t)
    kept.set(lang, { units, verdicts: standing, html })
    return html
  }
}

async function draw(units: readonly Unit[], standingOf: (unit: Unit) => Standing, t: Say): Promise<string> {
  const entries = units.map((unit) => ({
    unit,
    standing: unit.accounts.length === 0 && standingOf(unit) === "pass" ? ("none" as const) : standingOf(unit),
  }))
  const element = (
    <>
      <h2 id="units">{t(`${entries.length} đơn vị theo mức tuân thủ`, `${entries.length} units by compliance`)}</h2>
      <ul class="legend">
        {([...verdicts, "none"] as const).map((standing) => {
          const count = entries.filter((entry) => entry.standing === standing).length
          return count ? (
            <li>
              <span class={`tag ${standing}`}>
                {signOf(standing)} {standingWord(standing, t)}: {count}
              </span>
            </li>
          ) : null
        })}
      </ul>
      {groups(t).map(([label, kinds]) => {
        const own = entries.filter(({ unit }) => kinds.includes(unit.kind))
        const form = kinds.includes("department") ? "tiles wide" : entries.length >= DENSE_FROM ? "tiles dense" : "tiles"
        return own.length ? (
          <>
            <h3>{label}</h3>
            <ul class={form}>{own.map((entry) => raw(tile(entry.unit, entry.standing, t)))}</ul>
          </>
        ) : null
      })}
    </>
  )
  return (await element.toString()) as string
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!)
/** As little markup as a tile can be: name, sign, and the word for those who do not see the colour. */
const tile = (unit: Unit, standing: Standing, t: Say) =>
  `<li><a class=${standing} href="/units/${escaped(unit.id)}">${escaped(shortName(unit))} <i aria-hidden=true>${signOf(standing)}</i><span class=unseen>${standingWord(standing, t)}</span></a></li>`
