import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { vnDateTime } from "../../base/time.ts"
import { alertStates, type Alert, type AlertState } from "../../model/index.ts"
import { page } from "../layout.tsx"
import { can } from "../people/index.ts"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { alertStateWord, severityWord } from "../words.ts"

const ALERTS_SHOWN = 200
const state = z.enum(alertStates).catch("open")
const order = z.object({ do: z.enum(["ack", "close"]), why: z.string().trim().max(500).default(""), state })

export function alerts({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/alerts", signedIn, async (c) => {
      const t = say(c)
      const user = userOf(c)
      const chosen = state.parse(c.req.query("state"))
      const list = await rooms.alerts.list({ state: chosen, unit: user.unitId ?? undefined, limit: ALERTS_SHOWN })
      return page(c, rooms, t("Cảnh báo", "Alerts"), <AlertsPage chosen={chosen} alerts={list} nameOf={namesOf(rooms)} mayHandle={can(user, "handle_alerts")} t={t} />)
    })
    .post("/alerts/:id", signedIn, async (c) => {
      need(c, "handle_alerts")
      const id = c.req.param("id")
      const alert = await rooms.alerts.find(id)
      needSight(c, alert.unit)
      const read = order.safeParse(await c.req.parseBody())
      if (!read.success) return c.redirect("/alerts", 303)
      if (read.data.do === "ack") await rooms.alerts.acknowledge(id, actorOf(c))
      else await rooms.alerts.close(id, actorOf(c), read.data.why)
      return c.redirect(`/alerts?state=${read.data.state}`, 303)
    })
}

const namesOf = (rooms: Rooms) => (unit: string) => rooms.view().unitById(unit)?.name ?? unit

const AlertsPage = ({ chosen, alerts: list, nameOf, mayHandle, t }: { chosen: AlertState; alerts: Alert[]; nameOf: (unit: string) => string; mayHandle: boolean; t: Say }) => (
  <>
    <h1>{t("Cảnh báo", "Alerts")}</h1>
    <nav class="tabs" aria-label={t("Trạng thái", "State")}>
      {alertStates.map((one) => (
        <a href={`/alerts?state=${one}`} aria-current={one === chosen ? "page" : undefined}>
          {alertStateWord(one, t)}
        </a>
      ))}
    </nav>
    <div class="card">
      {list.length ? (
        <ul class="rows">
          {list.map((alert) => (
            <li>
              <span class={`tag ${alert.severity === "critical" || alert.severity === "high" ? "violation" : alert.severity === "medium" ? "advice" : "none"}`}>{severityWord(alert.severity, t)}</span> <b>{alert.summary}</b>
              <div class="meta">
                {alert.unit ? (
                  <span>
                    <a href={`/units/${alert.unit}`}>{nameOf(alert.unit)}</a>
                  </span>
                ) : null}
                <span>{t(`từ ${vnDateTime(alert.raisedAt)}`, `since ${vnDateTime(alert.raisedAt)}`)}</span>
                <span>{t(`gần nhất ${vnDateTime(alert.lastSeenAt)}`, `last seen ${vnDateTime(alert.lastSeenAt)}`)}</span>
                <span>{t(`${alert.count} lần`, `${alert.count} times`)}</span>
                <span>{alert.kind}</span>
              </div>
              {mayHandle && alert.state !== "closed" ? <Handle alert={alert} chosen={chosen} t={t} /> : null}
            </li>
          ))}
        </ul>
      ) : (
        <p class="empty">{t("Không có cảnh báo.", "No alerts.")}</p>
      )}
    </div>
  </>
)

const Handle = ({ alert, chosen, t }: { alert: Alert; chosen: AlertState; t: Say }) => (
  <form class="inline" method="post" action={`/alerts/${alert.id}`}>
    <input type="hidden" name="state" value={chosen} />
    {alert.state === "open" ? (
      <button class="small" name="do" value="ack">
        {t("Tiếp nhận", "Acknowledge")}
      </button>
    ) : null}
    <input type="text" name="why" maxlength={500} aria-label={t("Kết quả xử lý", "Outcome")} placeholder={t("Kết quả xử lý", "Outcome")} />
    <button class="small plain" name="do" value="close">
      {t("Đóng", "Close")}
    </button>
  </form>
)
