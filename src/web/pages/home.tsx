import { Hono } from "hono"
import type { Rooms } from "../../app.ts"
import { startOfDay, vnDate, vnDateTime } from "../../base/time.ts"
import { deliveryStates, verdicts, worstVerdict, type Alert, type DeliveryState, type Unit, type Verdict } from "../../model/index.ts"
import { tallyDeliveries } from "../../outbox/index.ts"
import { page } from "../layout.tsx"
import { say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { alertStateWord, feedState, severityWord, verdictSign, verdictWord } from "../words.ts"

export function home({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/", signedIn, async (c) => {
    const user = userOf(c)
    if (user.unitId) return c.redirect(`/units/${user.unitId}`, 302)
    const t = say(c)
    return page(c, rooms, t("Trang chủ", "Home"), <Home state={await provinceState(rooms)} t={t} />)
  })
}

interface Today {
  day: number
  feeds: { read: number; troubled: number; total: number }
  articles: { seen: number; stopped: number }
  deliveries: Record<DeliveryState, number>
  published: { facebook: number; zalo: number }
}
interface ProvinceState {
  units: { unit: Unit; verdict: Verdict | "none" }[]
  today: Today
  waiting: { review: number; held: number; unknown: number }
  alerts: Alert[]
  openAlerts: number
}

async function provinceState(rooms: Rooms): Promise<ProvinceState> {
  const { db, clock } = rooms
  const now = clock.now()
  const from = startOfDay(now)
  const [findings, feeds, articles, tally, counts, unsure, open] = await Promise.all([
    rooms.checks.findingsAt(now),
    rooms.feeds.health(db, now),
    rooms.articles.counts(db, from, now + 1),
    tallyDeliveries(db, from, now + 1),
    rooms.outbox.counts(),
    rooms.outbox.list({ state: "unknown", limit: 500 }),
    rooms.alerts.list({ state: "open" }),
  ])
  const severities = new Map<string, Verdict[]>()
  for (const finding of findings) severities.set(finding.unit, [...(severities.get(finding.unit) ?? []), finding.severity])
  const deliveries = Object.fromEntries(deliveryStates.map((state) => [state, 0])) as Record<DeliveryState, number>
  const published = { facebook: 0, zalo: 0 }
  for (const row of tally) {
    deliveries[row.state] += row.count
    if (row.state === "published") published[row.network] += row.count
  }
  const active = feeds.filter((feed) => feed.active)
  const sum = (states: string[] | null) => articles.filter((row) => !states || states.includes(row.state)).reduce((total, row) => total + row.count, 0)
  return {
    units: rooms.view().livingUnits.map((unit) => ({ unit, verdict: severities.has(unit.id) || unit.accounts.length ? worstVerdict(severities.get(unit.id) ?? []) : "none" })),
    today: {
      day: now,
      feeds: { read: active.filter((feed) => (feed.lastSuccessAt ?? 0) >= from).length, troubled: active.filter((feed) => !["ok", "new"].includes(feedState(feed))).length, total: active.length },
      articles: { seen: sum(null), stopped: sum(["held", "blocked"]) },
      deliveries,
      published,
    },
    waiting: { review: counts.review, held: counts.held, unknown: unsure.filter((delivery) => delivery.code === "needs_person").length },
    alerts: open.slice(0, 6),
    openAlerts: open.length,
  }
}

const Home = ({ state, t }: { state: ProvinceState; t: Say }) => (
  <>
    <h1>{t("Toàn tỉnh hôm nay", "The province today")}</h1>
    <p class="lead">{vnDateTime(state.today.day)}</p>
    <Flow today={state.today} t={t} />
    <div class="columns">
      <section class="card" aria-labelledby="units">
        <h2 id="units">{t(`${state.units.length} đơn vị theo mức tuân thủ`, `${state.units.length} units by compliance`)}</h2>
        <Legend units={state.units} t={t} />
        {groups(t).map(([label, kinds]) => (
          <Tiles label={label} wide={kinds.includes("department")} units={state.units.filter(({ unit }) => kinds.includes(unit.kind))} t={t} />
        ))}
      </section>
      <div class="first">
        <Waits waiting={state.waiting} openAlerts={state.openAlerts} t={t} />
        <section class="card">
          <h2>{t("Cảnh báo đang mở", "Open alerts")}</h2>
          <AlertLines alerts={state.alerts} t={t} />
        </section>
      </div>
    </div>
  </>
)

const Flow = ({ today, t }: { today: Today; t: Say }) => {
  const { feeds, articles, deliveries: d, published } = today
  const steps: [string, number, string][] = [
    [t("Cổng thông tin", "Portals"), articles.seen, t(`tin mới · đọc ${feeds.read}/${feeds.total} nguồn, ${feeds.troubled} nguồn lỗi`, `articles · ${feeds.read}/${feeds.total} feeds read, ${feeds.troubled} in trouble`)],
    [t("Kiểm tra", "Checks"), articles.stopped + d.held, t("tin, bài bị giữ lại", "stopped by a check")],
    [t("Hàng chờ gửi", "Outbox"), d.waiting + d.review + d.sending + d.unknown, t(`lượt gửi · ${d.review} chờ duyệt`, `deliveries · ${d.review} need approval`)],
    [t("Đã đăng", "Published"), d.published, `Facebook ${published.facebook} · Zalo ${published.zalo}`],
  ]
  return (
    <section class="card" aria-labelledby="flow">
      <h2 id="flow">{t(`Dòng tin ngày ${vnDate(today.day)}`, `Flow of ${vnDate(today.day)}`)}</h2>
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

const groups = (t: Say): [string, string[]][] => [
  [t("Cổng tỉnh và các sở, ban, ngành", "Province portal and departments"), ["province_portal", "department"]],
  [t("Phường", "Wards"), ["ward"]],
  [t("Xã", "Communes"), ["commune"]],
  [t("Khác", "Other"), ["district", "town", "city", "township"]],
]
const verdictLabel = (verdict: Verdict | "none", t: Say) => (verdict === "none" ? t("chưa có tài khoản", "no account") : verdictWord(verdict, t))
const signOf = (verdict: Verdict | "none") => (verdict === "none" ? "–" : verdictSign[verdict])
const shortName = (unit: Unit) => (unit.kind === "ward" || unit.kind === "commune" ? unit.name.replace(/^(?:UBND|Ủy ban nhân dân)\s+(?:phường|xã)\s+/iu, "") : unit.name.replace(/\s+tỉnh Bắc Ninh$/u, "").replace(/Ủy ban nhân dân/gu, "UBND"))

const Legend = ({ units, t }: { units: ProvinceState["units"]; t: Say }) => (
  <ul class="legend">
    {([...verdicts, "none"] as const)
      .map((verdict) => [verdict, units.filter((entry) => entry.verdict === verdict).length] as const)
      .filter(([, count]) => count > 0)
      .map(([verdict, count]) => (
        <li>
          <span class={`tag ${verdict}`}>
            {signOf(verdict)} {verdictLabel(verdict, t)}: {count}
          </span>
        </li>
      ))}
  </ul>
)

const Tiles = ({ label, wide, units, t }: { label: string; wide: boolean; units: ProvinceState["units"]; t: Say }) =>
  units.length ? (
    <>
      <h3>{label}</h3>
      <ul class={wide ? "tiles wide" : "tiles"}>
        {units.map(({ unit, verdict }) => (
          <li>
            <a class={verdict} href={`/units/${unit.id}`} aria-label={`${unit.name}: ${verdictLabel(verdict, t)}`} title={unit.name}>
              <span>{shortName(unit)}</span>
              <span aria-hidden="true">{signOf(verdict)}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  ) : null

const Waits = ({ waiting, openAlerts, t }: { waiting: ProvinceState["waiting"]; openAlerts: number; t: Say }) => {
  const lines: [string, string, number][] = [
    ["/queue?state=review", t("Bài chờ duyệt", "Posts to approve"), waiting.review],
    ["/queue?state=held", t("Bài bị giữ", "Held posts"), waiting.held],
    ["/queue?state=unknown", t("Bài chưa rõ kết quả", "Posts to look up"), waiting.unknown],
    ["/alerts", t("Cảnh báo chưa tiếp nhận", "Alerts to acknowledge"), openAlerts],
  ]
  return (
    <section class="card">
      <h2>{t("Việc cần làm", "Waiting for people")}</h2>
      <ul class="waits">
        {lines.map(([href, label, count]) => (
          <li>
            <a href={href}>{label}</a>
            <b>{count}</b>
          </li>
        ))}
      </ul>
    </section>
  )
}

export const AlertLines = ({ alerts, t }: { alerts: Alert[]; t: Say }) =>
  alerts.length ? (
    <ul class="rows">
      {alerts.map((alert) => (
        <li>
          <span class={`tag ${alert.severity === "critical" || alert.severity === "high" ? "violation" : alert.severity === "medium" ? "advice" : "none"}`}>{severityWord(alert.severity, t)}</span> {alert.summary}
          <div class="meta">
            <span>{vnDateTime(alert.lastSeenAt)}</span>
            <span>{alertStateWord(alert.state, t)}</span>
            {alert.count > 1 ? <span>{t(`${alert.count} lần`, `${alert.count} times`)}</span> : null}
            {alert.unit ? (
              <span>
                <a href={`/units/${alert.unit}`}>{alert.unit}</a>
              </span>
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  ) : (
    <p class="empty">{t("Không có cảnh báo.", "No alerts.")}</p>
  )

