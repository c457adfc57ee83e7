/** The alerts desk: what asks for action, with its evidence; take it, pass it up, silence it, put several together, close it. */
import { Hono } from "hono"
import { z } from "zod"
import { endSilence, escalate, merge, silence, silences } from "../../alerts/index.ts"
import type { Rooms } from "../../app.ts"
import { UsageError } from "../../base/errors.ts"
import { vnDate, vnDateTime } from "../../base/time.ts"
import { makeIncident } from "../../jobs/incident.ts"
import { alertKindWord, alertSeverities, alertStates, type Alert } from "../../model/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { actorWord, alertStateWord, severityClass, severityWord } from "../words.ts"
import { capital } from "./queue-page.tsx"
import { showOne } from "./alert-page.tsx"

const ALERTS_SHOWN = 200
const place = {
  state: z.enum(alertStates).catch("open"),
  severity: z.enum(alertSeverities).optional().catch(undefined),
  unit: z.string().max(100).optional().catch(undefined),
}
const question = z.object(place)
type Question = z.infer<typeof question>
const many = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((ids) => (ids === undefined ? [] : [ids].flat()))
  .pipe(z.array(z.string().max(64)).max(ALERTS_SHOWN))
const bulk = z.object({ ...place, id: many, do: z.enum(["ack", "close", "merge"]), why: z.string().trim().max(500).default("") })
const single = z.object({
  do: z.enum(["ack", "close", "escalate", "silence"]),
  why: z.string().trim().max(500).default(""),
  days: z.coerce.number().catch(7),
  state: place.state,
})

export function alerts({ rooms }: Desk): Hono<WebEnv> {
  const { db, clock, audit } = rooms
  const parts = { db, clock, audit }
  return new Hono<WebEnv>()
    .get("/alerts", signedIn, (c) => showList(c, rooms, question.parse(c.req.query())))
    .post("/alerts", signedIn, async (c) => {
      need(c, "handle_alerts")
      const t = say(c)
      const body = await c.req.parseBody({ all: true })
      const read = bulk.safeParse(body)
      if (!read.success || !read.data.id.length)
        return showList(
          c,
          rooms,
          question.parse(body),
          t("Hãy chọn ít nhất một cảnh báo và một việc cần làm.", "Choose at least one alert and what to do."),
        )
      const { id: ids, do: what, why, state } = read.data
      for (const id of ids) needSight(c, (await rooms.alerts.find(id)).unit)
      try {
        if (what === "merge") return c.redirect(`/alerts/${await merge(parts, ids, actorOf(c))}?done=merge`, 303)
        for (const id of ids) await (what === "ack" ? rooms.alerts.acknowledge(id, actorOf(c)) : rooms.alerts.close(id, actorOf(c), why))
      } catch (error) {
        if (error instanceof UsageError) return showList(c, rooms, question.parse(body), error.message)
        throw error
      }
      return c.redirect(`/alerts?state=${state}&done=${what}&n=${ids.length}`, 303)
    })
    .post("/alerts/silences/end", signedIn, async (c) => {
      need(c, "handle_alerts")
      await endSilence(parts, String((await c.req.parseBody()).key ?? ""), actorOf(c))
      return c.redirect("/alerts", 303)
    })
    .get("/alerts/:id", signedIn, (c) => showOne(c, rooms, c.req.param("id")))
    .get("/alerts/:id/incident.zip", signedIn, async (c) => {
      need(c, "handle_alerts")
      const id = c.req.param("id")
      needSight(c, (await rooms.alerts.find(id)).unit)
      const { name, file } = await makeIncident(rooms, id, userOf(c).name)
      return c.body(new Uint8Array(file), 200, { "content-type": "application/zip", "content-disposition": `attachment; filename="${name}"` })
    })
    .post("/alerts/:id", signedIn, async (c) => {
      need(c, "handle_alerts")
      const id = c.req.param("id")
      needSight(c, (await rooms.alerts.find(id)).unit)
      const read = single.safeParse(await c.req.parseBody())
      if (!read.success) return c.redirect(`/alerts/${id}`, 303)
      const { do: what, why, days } = read.data
      try {
        if (what === "ack") await rooms.alerts.acknowledge(id, actorOf(c))
        else if (what === "close") await rooms.alerts.close(id, actorOf(c), why)
        else if (what === "escalate") await escalate(parts, id, actorOf(c), why)
        else await silence(parts, id, days, actorOf(c), why)
      } catch (error) {
        if (error instanceof UsageError) return showOne(c, rooms, id, error.message)
        throw error
      }
      return c.redirect(`/alerts/${id}?done=${what}`, 303)
    })
}

export const doneWord = (what: string, t: Say) =>
  ({
    ack: t("Đã tiếp nhận.", "Acknowledged."),
    close: t("Đã đóng.", "Closed."),
    escalate: t("Đã nâng mức; các kênh báo tin sẽ báo lại.", "Escalated; the channels tell it again."),
    silence: t("Đã đóng và tắt nhắc lại trong thời gian đã chọn.", "Closed, and silent for the chosen days."),
    merge: t("Đã gộp các cảnh báo vào cảnh báo này.", "The alerts are one now."),
  })[what] ?? null

const addressOf = ({ state, severity, unit }: Question) =>
  new URLSearchParams({ state, ...(severity ? { severity } : {}), ...(unit ? { unit } : {}) }).toString()

async function showList(c: Visit, rooms: Rooms, asked: Question, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  const unit = user.unitId ?? asked.unit
  const [list, silent] = await Promise.all([
    rooms.alerts.list({ state: asked.state, severity: asked.severity, unit, limit: ALERTS_SHOWN }),
    user.unitId ? [] : silences(rooms.db, rooms.clock.now()),
  ])
  const nameOf = (id: string) => rooms.view().unitById(id)?.name ?? id
  return page(
    c,
    rooms,
    t("Cảnh báo", "Alerts"),
    <ListPage
      asked={asked}
      alerts={list}
      silent={silent}
      nameOf={nameOf}
      user={user}
      bad={bad}
      done={bad ? null : doneWord(c.req.query("done") ?? "", t)}
      t={t}
    />,
    bad ? 400 : 200,
  )
}

interface ListProps {
  asked: Question
  alerts: Alert[]
  silent: Awaited<ReturnType<typeof silences>>
  nameOf: (unit: string) => string
  user: User
  bad: string | null
  done: string | null
  t: Say
}
const ListPage = ({ asked, alerts: list, silent, nameOf, user, bad, done, t }: ListProps) => {
  const mayHandle = can(user, "handle_alerts") && asked.state !== "closed"
  return (
    <>
      <h1>{t("Cảnh báo", "Alerts")}</h1>
      <nav class="tabs" aria-label={t("Trạng thái", "State")}>
        {alertStates.map((state) => (
          <a href={`/alerts?${addressOf({ ...asked, state })}`} aria-current={state === asked.state ? "page" : undefined}>
            {capital(alertStateWord(state, t))}
          </a>
        ))}
      </nav>
      <nav class="narrowing" aria-label={t("Lọc theo mức", "Filter")}>
        {([undefined, ...alertSeverities] as const).map((severity) => (
          <a href={`/alerts?${addressOf({ ...asked, severity })}`} aria-current={severity === asked.severity ? "true" : undefined}>
            {severity ? severityWord(severity, t) : t("mọi mức", "every severity")}
          </a>
        ))}
        {asked.unit && !user.unitId ? (
          <span>
            {nameOf(asked.unit)} (<a href={`/alerts?${addressOf({ ...asked, unit: undefined })}`}>{t("bỏ lọc", "all units")}</a>)
          </span>
        ) : null}
      </nav>
      <Problem text={bad} />
      <Done text={done} />
      <form class="card" method="post" action="/alerts">
        <input type="hidden" name="state" value={asked.state} />
        {list.length ? (
          <>
            {mayHandle ? (
              <label class="tick" hidden>
                <input type="checkbox" data-ticks="id" /> {t("Chọn tất cả", "Tick all")}
              </label>
            ) : null}
            <ul class="rows">
              {list.map((alert) => (
                <Row alert={alert} nameOf={nameOf} tick={mayHandle} t={t} />
              ))}
            </ul>
            {mayHandle ? (
              <div class="actions">
                <input
                  type="text"
                  name="why"
                  maxlength={500}
                  aria-label={t("Kết quả xử lý", "Outcome")}
                  placeholder={t("Kết quả xử lý (khi đóng)", "Outcome (to close)")}
                />
                {asked.state === "open" ? (
                  <button name="do" value="ack">
                    {t("Tiếp nhận", "Acknowledge")}
                  </button>
                ) : null}
                <button name="do" value="close" class="plain">
                  {t("Đóng", "Close")}
                </button>
                <button name="do" value="merge" class="plain">
                  {t("Gộp làm một", "Merge")}
                </button>
              </div>
            ) : null}
          </>
        ) : (
          <p class="empty">{t("Không có cảnh báo.", "No alerts.")}</p>
        )}
      </form>
      {silent.length ? (
        <section class="card">
          <h2>{t("Đang tắt nhắc lại", "Silenced")}</h2>
          <ul class="rows">
            {silent.map((row) => (
              <li>
                <form class="inline" method="post" action="/alerts/silences/end">
                  <input type="hidden" name="key" value={row.key} />
                  <span>
                    {row.why} <span class="meta">{`${row.key}, ${t("đến", "until")} ${vnDate(Number(row.until))}, ${actorWord(row.actor)}`}</span>
                  </span>
                  {can(user, "handle_alerts") ? <button class="small plain">{t("Nhắc lại", "Tell again")}</button> : null}
                </form>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  )
}

const Row = ({ alert, nameOf, tick, t }: { alert: Alert; nameOf: (unit: string) => string; tick: boolean; t: Say }) => (
  <li class={tick ? "post" : ""}>
    {tick ? <input type="checkbox" name="id" value={alert.id} aria-label={alert.summary} /> : null}
    <div>
      <span class={`tag ${severityClass(alert.severity)}`}>{severityWord(alert.severity, t)}</span>{" "}
      <a href={`/alerts/${alert.id}`}>{alert.summary}</a>
      <Facts alert={alert} nameOf={nameOf} t={t} />
    </div>
  </li>
)

export const Facts = ({ alert, nameOf, t }: { alert: Alert; nameOf: (unit: string) => string; t: Say }) => (
  <div class="meta">
    {alert.unit ? (
      <span>
        <a href={`/units/${alert.unit}`}>{nameOf(alert.unit)}</a>
      </span>
    ) : (
      <span>{t("toàn tỉnh", "province")}</span>
    )}
    <span>{alertKindWord(alert.kind)}</span>
    <span>{t(`từ ${vnDateTime(alert.raisedAt)}`, `since ${vnDateTime(alert.raisedAt)}`)}</span>
    {alert.count > 1 ? (
      <span>{t(`${alert.count} lần, gần nhất ${vnDateTime(alert.lastSeenAt)}`, `${alert.count} times, last ${vnDateTime(alert.lastSeenAt)}`)}</span>
    ) : null}
  </div>
)
