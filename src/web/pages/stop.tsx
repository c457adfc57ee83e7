/** The one button that stops all publishing, its undo, and the rule of four eyes: settings of the whole province. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { UsageError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import type { StopState } from "../../outbox/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { actorOf, need, say, signedIn, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { actorWord } from "../words.ts"

const why = z.string().trim().min(1).max(300)
const eyes = z.object({ unit: z.string().max(100).default(""), value: z.enum(["on", "off", "default"]) })

export function stopPages({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/stop", signedIn, (c) => showStop(c, rooms))
    .post("/stop", signedIn, async (c) => {
      need(c, "stop_all")
      const t = say(c)
      const body = await c.req.parseBody()
      if (body.do === "end") {
        try {
          await rooms.outbox.endStop(actorOf(c))
        } catch (error) {
          // Two people ended it at the same time.
          if (!(error instanceof UsageError)) throw error
        }
        return c.redirect("/stop?done=end", 303)
      }
      const read = why.safeParse(body.why)
      if (!read.success) return showStop(c, rooms, t("Dừng toàn bộ cần ghi lý do.", "A stop needs a reason."))
      await rooms.outbox.stopAll(actorOf(c), read.data)
      return c.redirect("/stop?done=stop", 303)
    })
    .get("/settings", signedIn, async (c) => {
      need(c, "settings")
      return showSettings(c, rooms)
    })
    .post("/settings", signedIn, async (c) => {
      need(c, "settings")
      const t = say(c)
      const body = await c.req.parseBody()
      const read = eyes.safeParse(body)
      const unit = read.success && read.data.unit ? rooms.view().unitById(read.data.unit)?.id : null
      if (!read.success || unit === undefined)
        return showSettings(c, rooms, t("Không có đơn vị này trong sổ đăng ký.", "There is no such unit."), String(body.unit ?? ""))
      await rooms.outbox.setFourEyes(unit, read.data.value === "default" ? null : read.data.value === "on", actorOf(c))
      return c.redirect("/settings?done=1", 303)
    })
}

async function showStop(c: Visit, rooms: Rooms, bad: string | null = null): Promise<Response> {
  need(c, "stop_all")
  const t = say(c)
  const [stopped, live, lanes] = await Promise.all([rooms.outbox.stopped(), rooms.outbox.live(), rooms.outbox.lanes()])
  const done =
    { stop: t("Đã dừng toàn bộ việc đăng.", "All publishing is stopped."), end: t("Việc đăng đã trở lại bình thường.", "Publishing goes on.") }[
      c.req.query("done") ?? ""
    ] ?? null
  const going = lanes.filter((lane) => lane.paused_reason === null).length
  return page(
    c,
    rooms,
    t("Dừng toàn bộ việc đăng", "Stop all publishing"),
    <StopPage stopped={stopped} waiting={live.waiting} going={going} bad={bad} done={done} t={t} />,
    bad ? 400 : 200,
  )
}

const StopPage = ({
  stopped,
  waiting,
  going,
  bad,
  done,
  t,
}: {
  stopped: StopState | null
  waiting: number
  going: number
  bad: string | null
  done: string | null
  t: Say
}) => (
  <div class="middle">
    <h1>{t("Dừng toàn bộ việc đăng", "Stop all publishing")}</h1>
    <Problem text={bad} />
    <Done text={done} />
    {stopped ? (
      <form class="card" method="post" action="/stop">
        <p>
          {t("Dừng từ", "Stopped since")} <b>{vnDateTime(stopped.at)}</b>, {actorWord(stopped.by)}: {stopped.why}
        </p>
        <p>
          {t(
            `${waiting} bài đang chờ sẽ được đăng tiếp theo nhịp của từng tài khoản. Tài khoản bị tạm dừng vì lý do khác vẫn dừng.`,
            `${waiting} waiting posts go out at the pace of their accounts. Accounts paused for other reasons stay paused.`,
          )}
        </p>
        <button name="do" value="end">
          {t("Cho đăng trở lại", "Publish again")}
        </button>
      </form>
    ) : (
      <form class="card" method="post" action="/stop">
        <p>
          {t(
            `Mọi tài khoản (${going} tài khoản đang đăng) dừng trong vòng 2 giây, trên mọi máy chủ đang chạy. Hàng chờ được giữ nguyên, cổng vẫn được đọc, bài đã đăng không bị gỡ.`,
            `Every account (${going} are publishing) stops within 2 seconds, on every running server. The queue is kept, portals are still read, published posts stay.`,
          )}
        </p>
        <div class="field">
          <label for="why">{t("Lý do", "Reason")}</label>
          <input type="text" id="why" name="why" maxlength={300} required />
        </div>
        <button class="grave" name="do" value="stop">
          {t("Dừng toàn bộ việc đăng", "Stop all publishing")}
        </button>
      </form>
    )}
  </div>
)

async function showSettings(c: Visit, rooms: Rooms, bad: string | null = null, typed = ""): Promise<Response> {
  const t = say(c)
  const [province, units] = await Promise.all([rooms.outbox.fourEyes(null), rooms.outbox.fourEyesOfUnits()])
  const rows = [...units].map(([id, value]) => ({ id, name: rooms.view().unitById(id)?.name ?? id, value }))
  const done = c.req.query("done") ? t("Đã lưu.", "Saved.") : null
  return page(
    c,
    rooms,
    t("Nguyên tắc bốn mắt", "Four eyes"),
    <SettingsPage province={province} rows={rows} typed={typed} bad={bad} done={done} t={t} />,
    bad ? 400 : 200,
  )
}

const Choice = ({ id, value, t }: { id: string; value: "on" | "off"; t: Say }) => (
  <select name="value" aria-label={t("Chọn", "Choose")} id={id}>
    <option value="on" selected={value === "on"}>
      {t("Bật: cần người thứ hai", "On: a second person")}
    </option>
    <option value="off" selected={value === "off"}>
      {t("Tắt: một người là đủ", "Off: one person is enough")}
    </option>
  </select>
)

const SettingsPage = ({
  province,
  rows,
  typed,
  bad,
  done,
  t,
}: {
  province: boolean
  rows: { id: string; name: string; value: boolean }[]
  typed: string
  bad: string | null
  done: string | null
  t: Say
}) => (
  <div class="middle">
    <h1>{t("Nguyên tắc bốn mắt", "Four eyes")}</h1>
    <p class="lead">
      {t(
        "Khi bật, người đã sửa lời bài hoặc soạn tin khẩn không được tự duyệt bài đó. Mỗi đơn vị có thể đặt khác với toàn tỉnh.",
        "When on, who changed the words of a post or wrote an emergency post does not approve it. A unit may differ from the province.",
      )}
    </p>
    <Problem text={bad} />
    <Done text={done} />
    <form class="card inline" method="post" action="/settings">
      <label for="all">{t("Toàn tỉnh", "Province")}</label>
      <Choice id="all" value={province ? "on" : "off"} t={t} />
      <button>{t("Lưu", "Save")}</button>
    </form>
    <section class="card">
      <h2>{t("Đơn vị đặt riêng", "Units of their own")}</h2>
      {rows.length ? (
        <ul class="rows">
          {rows.map((row) => (
            <li>
              <form class="inline" method="post" action="/settings">
                <input type="hidden" name="unit" value={row.id} />
                <span>
                  <a href={`/units/${row.id}`}>{row.name}</a>: {row.value ? t("bật", "on") : t("tắt", "off")}
                </span>
                <button class="small plain" name="value" value="default">
                  {t("Theo toàn tỉnh", "As the province")}
                </button>
              </form>
            </li>
          ))}
        </ul>
      ) : (
        <p class="empty">{t("Chưa có đơn vị nào đặt riêng.", "None.")}</p>
      )}
      <form class="inline" method="post" action="/settings">
        <input
          type="text"
          name="unit"
          value={typed}
          required
          maxlength={100}
          aria-label={t("Mã đơn vị", "Unit id")}
          placeholder={t("Mã đơn vị, ví dụ phuong-kinh-bac", "Unit id")}
        />
        <Choice id="one" value="off" t={t} />
        <button class="plain">{t("Đặt riêng", "Set")}</button>
      </form>
    </section>
  </div>
)
