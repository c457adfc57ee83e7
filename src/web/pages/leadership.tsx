import { Hono } from "hono"
import { vnDate, vnDateTime } from "../../base/time.ts"
import { COVERAGE_DAYS, leadershipCoverage, type Coverage } from "../../jobs/leadership.ts"
import { Outward, page } from "../layout.tsx"
import { say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"

/** Which portals carry the leadership news; a unit official sees the own portal. */
export function leadershipPages({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/leadership", signedIn, async (c) => {
    const t = say(c)
    const { unitId } = userOf(c)
    const coverage = await leadershipCoverage(rooms)
    const shown = unitId === null ? coverage : { ...coverage, portals: coverage.portals.filter((portal) => portal.unit === unitId) }
    const wanted = rooms.view().routes.some((route) => route.leadership && route.enabled)
    return page(
      c,
      rooms,
      t("Đồng bộ tin lãnh đạo", "Leadership news"),
      <LeadershipPage coverage={shown} wanted={wanted} whole={unitId === null} t={t} />,
    )
  })
}

const LeadershipPage = ({
  coverage: { items, portals, lateHours, since },
  wanted,
  whole,
  t,
}: {
  coverage: Coverage
  wanted: boolean
  whole: boolean
  t: Say
}) => {
  const order = portals.toSorted((a, b) => b.missing.length - a.missing.length || a.carried - b.carried)
  return (
    <>
      <h1>{t("Đồng bộ tin lãnh đạo tỉnh", "Leadership news on the portals")}</h1>
      <p class="lead">
        {t(
          `Từ ngày ${vnDate(since)} (${COVERAGE_DAYS} ngày): ${items.length} tin. Cổng thành phần lấy tin từ `,
          `Since ${vnDate(since)} (${COVERAGE_DAYS} days): ${items.length} items. Component portals pull `,
        )}
        <a href="/feeds/leadership.xml">/feeds/leadership.xml</a>
        {t(" (có chữ ký).", " (signed).")}
      </p>
      {wanted ? null : (
        <p class="notice hint">
          {t(
            "Tuyến tin lãnh đạo chưa bật trong sổ đăng ký nên chưa cảnh báo cổng chưa đồng bộ.",
            "The leadership route is not enabled in the registry: portals that lag raise no alert.",
          )}
        </p>
      )}
      <div class="columns">
        <section class="card">
          <h2>{t("Cổng thành phần", "Component portals")}</h2>
          {order.length && items.length ? (
            <table class="stack">
              <thead>
                <tr>
                  <th>{t("Đơn vị", "Unit")}</th>
                  <th class="number">{t("Đã có", "Carried")}</th>
                  <th class="number">{t(`Thiếu sau ${lateHours} giờ`, `Missing after ${lateHours} h`)}</th>
                  <th class="number">{t("Độ trễ (giờ)", "Lag (h)")}</th>
                </tr>
              </thead>
              <tbody>
                {order.map((portal) => (
                  <tr>
                    <td>
                      <a href={`/units/${portal.unit}`}>{portal.name}</a>{" "}
                      {portal.readable ? null : <span class="tag none">{t("chưa đọc được cổng", "portal not read")}</span>}
                    </td>
                    <td class="number" data-label={t("Đã có", "Carried")}>{`${portal.carried}/${items.length}`}</td>
                    <td class="number" data-label={t(`Thiếu sau ${lateHours} giờ`, `Missing after ${lateHours} h`)}>
                      {portal.readable ? portal.missing.length : "–"}
                    </td>
                    <td class="number" data-label={t("Độ trễ (giờ)", "Lag (h)")}>
                      {portal.lagHours === null ? "–" : String(portal.lagHours).replace(".", ",")}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            <p class="empty">{t("Chưa có tin lãnh đạo trong thời gian này.", "No leadership news in this time.")}</p>
          )}
        </section>
        <section class="card">
          <h2>{t("Tin", "Items")}</h2>
          <ul class="rows">
            {items.slice(0, 30).map((item) => (
              <li>
                <Outward href={item.url}>{item.title}</Outward>
                <p class="meta">
                  <span>{vnDateTime(item.seenAt)}</span>
                  {whole ? <span>{t(`${item.portals}/${portals.length} cổng`, `${item.portals}/${portals.length} portals`)}</span> : null}
                </p>
              </li>
            ))}
          </ul>
          {items.length ? null : <p class="empty">{t("Không có.", "None.")}</p>}
        </section>
      </div>
    </>
  )
}
