/** One alert: evidence, what was done, what may be done. */
import { levelsOf, SILENCE_DAYS_MAX } from "../../alerts/index.ts"
import type { Rooms } from "../../app.ts"
import { vnDateTime } from "../../base/time.ts"
import { type Alert } from "../../model/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { Evidence } from "../parts/evidence.tsx"
import { can, type User } from "../people/index.ts"
import { needSight, say, userOf, type Say, type Visit } from "../visit.ts"
import { alertStateWord, escalationWord, severityClass, severityWord } from "../words.ts"
import { stepOf, Steps } from "./article.tsx"
import { doneWord, Facts } from "./alerts.tsx"

export async function showOne(c: Visit, rooms: Rooms, id: string, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const alert = await rooms.alerts.find(id)
  needSight(c, alert.unit)
  const [rows, levels] = await Promise.all([rooms.audit.of(rooms.db, `alert:${id}`), levelsOf(rooms.db, [id])])
  const props = {
    alert,
    steps: rows.map(stepOf),
    levels: levels.get(id) ?? [],
    nameOf: (unit: string) => rooms.view().unitById(unit)?.name ?? unit,
    user: userOf(c),
    bad,
    done: bad ? null : doneWord(c.req.query("done") ?? "", t),
    t,
  }
  return page(c, rooms, alert.summary, <OnePage {...props} />, bad ? 400 : 200)
}

interface OneProps {
  alert: Alert
  steps: ReturnType<typeof stepOf>[]
  levels: { level: string; at: number }[]
  nameOf: (unit: string) => string
  user: User
  bad: string | null
  done: string | null
  t: Say
}
const OnePage = ({ alert, steps, levels, nameOf, user, bad, done, t }: OneProps) => {
  const sightings = (alert.evidence.sightings ?? []) as Record<string, unknown>[]
  const mayHandle = can(user, "handle_alerts")
  return (
    <>
      <p class="crumbs">
        <a href={`/alerts?state=${alert.state}`}>{t("Cảnh báo", "Alerts")}</a> /
      </p>
      <h1>{alert.summary}</h1>
      <p class="lead">
        <span class={`tag ${severityClass(alert.severity)}`}>{severityWord(alert.severity, t)}</span>{" "}
        <span class="tag none">{alertStateWord(alert.state, t)}</span>
      </p>
      <Problem text={bad} />
      <Done text={done} />
      <div class="lead">
        <Facts alert={alert} nameOf={nameOf} t={t} />
      </div>
      {levels.length ? (
        <p class="meta">
          {t(
            `Đã báo lên: ${levels.map(({ level, at }) => `${escalationWord(level, t)} (${vnDateTime(at)})`).join(", ")}`,
            `Passed up: ${levels.map(({ level, at }) => `${escalationWord(level, t)} (${vnDateTime(at)})`).join(", ")}`,
          )}
        </p>
      ) : null}
      <div class="columns">
        <section class="card">
          <h2>{t(`Bằng chứng (${sightings.length} lần gần nhất)`, `Evidence (${sightings.length} latest)`)}</h2>
          {sightings.map((sighting, i) => (
            <details open={i === 0}>
              <summary>{typeof sighting.at === "number" ? vnDateTime(sighting.at) : t("không rõ giờ", "time unknown")}</summary>
              <Evidence facts={sighting} without={["at"]} t={t} />
            </details>
          ))}
        </section>
        <div class="first">
          {mayHandle && alert.state !== "closed" ? <Handle alert={alert} t={t} /> : null}
          {mayHandle ? (
            <p class="card">
              <a class="button plain" href={`/alerts/${alert.id}/incident.zip`}>
                {t("Tải hồ sơ sự cố (ZIP)", "Incident file (ZIP)")}
              </a>
            </p>
          ) : null}
          {steps.length ? (
            <section class="card">
              <h2>{t("Đã xử lý", "What was done")}</h2>
              <Steps steps={steps} t={t} />
            </section>
          ) : null}
        </div>
      </div>
    </>
  )
}

const Handle = ({ alert, t }: { alert: Alert; t: Say }) => (
  <form class="card" method="post" action={`/alerts/${alert.id}`}>
    <h2>{t("Xử lý", "Handle")}</h2>
    {alert.state === "open" ? (
      <p>
        <button name="do" value="ack">
          {t("Tiếp nhận", "Acknowledge")}
        </button>
      </p>
    ) : null}
    <div class="field">
      <label for="why">{t("Kết quả xử lý hoặc lý do", "Outcome or reason")}</label>
      <input type="text" id="why" name="why" maxlength={500} />
    </div>
    <div class="inline">
      <button name="do" value="close" class="plain">
        {t("Đóng", "Close")}
      </button>
      {alert.severity === "critical" ? null : (
        <button name="do" value="escalate" class="danger">
          {t("Nâng mức", "Escalate")}
        </button>
      )}
    </div>
    <details>
      <summary>{t("Đóng và tắt nhắc lại", "Close and silence")}</summary>
      <div class="inline">
        <label for="days">{t("Số ngày", "Days")}</label>
        <input type="number" id="days" name="days" min="1" max={SILENCE_DAYS_MAX} value="7" />
        <button name="do" value="silence" class="plain">
          {t("Tắt nhắc lại", "Silence")}
        </button>
      </div>
      <p class="hint-text">{t("Cần ghi lý do. Dấu hiệu nặng hơn vẫn được báo.", "A reason is needed. A graver sign is told all the same.")}</p>
    </details>
  </form>
)
