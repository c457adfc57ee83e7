/** The reports desk: what was made, with preview, files and mail; make one now. */
import { Hono } from "hono"
import { z } from "zod"
import { createMailer } from "../../alerts/index.ts"
import type { Rooms } from "../../app.ts"
import { NotFoundError, UsageError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import { contentTypes, reportFormats, reportKinds, writeFiles, type Mailing, type ReportKind, type ReportRun } from "../../reports/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"

const RUNS_SHOWN = 60
const order = z.object({ kind: z.enum(reportKinds), period: z.string().trim().max(20).optional() })

export function reports({ rooms }: Desk): Hono<WebEnv> {
  /** Reports are of the whole province. */
  const province = (c: Visit) => {
    if (userOf(c).unitId) throw new NotFoundError("page", c.req.path)
  }
  return new Hono<WebEnv>()
    .get("/reports", signedIn, (c) => {
      province(c)
      return showList(c, rooms)
    })
    .post("/reports", signedIn, async (c) => {
      province(c)
      need(c, "report")
      const t = say(c)
      const body = await c.req.parseBody()
      const typed = { kind: String(body.kind ?? ""), period: String(body.period ?? "") }
      const read = order.safeParse(body)
      if (!read.success) return showList(c, rooms, t("Hãy chọn loại báo cáo.", "Choose a kind of report."), typed)
      try {
        const made = await rooms.reports.make(read.data.kind, { period: read.data.period || undefined })
        if (rooms.config.dataDir !== ":memory:") await writeFiles(made.files, rooms.reports.options.filesDir)
        await rooms.db
          .transaction()
          .execute((tx) =>
            rooms.audit.write(tx, [
              { actor: actorOf(c), action: "report.made", subject: `report:${made.runId}`, detail: { kind: made.kind, period: made.period.id } },
            ]),
          )
        return c.redirect(`/reports/${made.runId}?done=made`, 303)
      } catch (error) {
        if (error instanceof UsageError) {
          const example = periodForm[read.data.kind]
          const vi = error.code === "period_not_begun" ? "Kỳ báo cáo này chưa bắt đầu." : `Kỳ báo cáo không đúng; ghi theo mẫu ${example}.`
          return showList(c, rooms, t(vi, error.message), typed)
        }
        throw error
      }
    })
    .get("/reports/:id", signedIn, (c) => {
      province(c)
      return showOne(c, rooms, c.req.param("id"))
    })
    .get("/reports/:id/preview", signedIn, async (c) => {
      province(c)
      const html = await rooms.reports.preview(c.req.param("id"))
      // The document brings its own style and no script; nothing of it reaches the desk.
      return c.html(html, 200, {
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'",
      })
    })
    .get("/reports/:id/:format", signedIn, async (c) => {
      province(c)
      const format = z.enum(reportFormats).safeParse(c.req.param("format"))
      if (!format.success) return c.notFound()
      const file = await rooms.reports.file(c.req.param("id"), format.data)
      return c.body(new Uint8Array(file.content), 200, {
        "content-type": contentTypes[format.data],
        "content-disposition": `attachment; filename="${file.name}"`,
      })
    })
    .post("/reports/:id/send", signedIn, async (c) => {
      province(c)
      need(c, "report")
      const id = c.req.param("id")
      const t = say(c)
      const sendMail = createMailer(rooms.config)
      if (!sendMail)
        return showOne(
          c,
          rooms,
          id,
          t(
            "Chưa cấu hình thư điện tử (SMTP_URL, LOA_MAIL_FROM) nên chưa gửi được. Có thể tải tệp và gửi tay.",
            "Mail is not configured (SMTP_URL, LOA_MAIL_FROM). Download the files instead.",
          ),
        )
      const again = (await c.req.parseBody()).again === "yes"
      const summary = await rooms.reports.sendNow(id, sendMail, { actor: actorOf(c), again })
      if (summary.failed.length)
        return showOne(
          c,
          rooms,
          id,
          t(
            `Gửi được ${summary.sent}, chưa gửi được: ${summary.failed.map(({ recipient }) => recipient).join(", ")}. Hệ thống sẽ gửi lại.`,
            `${summary.sent} sent; failed: ${summary.failed.map(({ recipient }) => recipient).join(", ")}. They are tried again.`,
          ),
        )
      return c.redirect(`/reports/${id}?done=sent&n=${summary.sent}`, 303)
    })
}

export const kindWord = (kind: ReportKind, t: Say) =>
  ({
    weekly: t("Báo cáo tuần", "Weekly report"),
    monthly: t("Báo cáo tháng", "Monthly report"),
    quarterly: t("Báo cáo quý", "Quarterly report"),
    scoring: t("Chấm điểm tháng", "Monthly scoring"),
  })[kind]
const periodForm: Record<ReportKind, string> = { weekly: "2026-W47", monthly: "2026-11", quarterly: "2026-Q4", scoring: "2026-11" }
const stateWord = (state: ReportRun["state"], t: Say) =>
  ({ made: t("đã lập", "made"), sent: t("đã gửi", "sent"), failed: t("gửi chưa hết", "not all sent") })[state]

interface Typed {
  kind: string
  period: string
}
async function showList(c: Visit, rooms: Rooms, bad: string | null = null, typed: Typed = { kind: "", period: "" }): Promise<Response> {
  const t = say(c)
  return page(
    c,
    rooms,
    t("Báo cáo", "Reports"),
    <ListPage runs={(await rooms.reports.list()).slice(0, RUNS_SHOWN)} user={userOf(c)} bad={bad} typed={typed} t={t} />,
    bad ? 400 : 200,
  )
}

const ListPage = ({ runs, user, bad, typed, t }: { runs: ReportRun[]; user: User; bad: string | null; typed: Typed; t: Say }) => (
  <>
    <h1>{t("Báo cáo", "Reports")}</h1>
    <p class="lead">
      {t(
        "Hệ thống tự lập báo cáo khi hết kỳ. Mọi báo cáo là dự thảo cho người ký xem lại.",
        "Reports are made by themselves when a period is over; every one is a draft for the signer.",
      )}
    </p>
    <Problem text={bad} />
    {can(user, "report") ? (
      <form class="card" method="post" action="/reports">
        <h2>{t("Lập báo cáo ngay", "Make one now")}</h2>
        <div class="filters">
          <div>
            <label for="kind">{t("Loại", "Kind")}</label>
            <select id="kind" name="kind">
              {reportKinds.map((kind) => (
                <option value={kind} selected={kind === typed.kind}>
                  {kindWord(kind, t)}
                </option>
              ))}
            </select>
          </div>
          <div>
            <label for="period">{t("Kỳ (bỏ trống: kỳ gần nhất)", "Period (empty: the latest)")}</label>
            <input
              type="text"
              id="period"
              name="period"
              value={typed.period}
              maxlength={20}
              placeholder={`${periodForm.weekly}, ${periodForm.monthly}, ${periodForm.quarterly}`}
            />
          </div>
          <button>{t("Lập báo cáo", "Make")}</button>
        </div>
      </form>
    ) : null}
    <section class="card">
      <h2>{t("Đã lập", "Made")}</h2>
      {runs.length ? (
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">{t("Báo cáo", "Report")}</th>
              <th scope="col">{t("Lập lúc", "Made")}</th>
              <th scope="col">{t("Tình trạng", "State")}</th>
              <th scope="col">{t("Tệp", "Files")}</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr>
                <td>
                  <a href={`/reports/${run.id}`}>
                    {kindWord(run.kind, t)} {run.period}
                    {run.unitId ? ` (${run.unitId})` : ""}
                  </a>
                </td>
                <td data-label={t("Lập lúc", "Made")}>{vnDateTime(run.madeAt)}</td>
                <td data-label={t("Tình trạng", "State")}>
                  <span class={`tag ${run.state === "sent" ? "pass" : run.state === "failed" ? "violation" : "none"}`}>
                    {stateWord(run.state, t)}
                  </span>
                </td>
                <td class="meta">
                  {run.files.map((file) => (
                    <span>
                      <a
                        href={file.format === "html" ? `/reports/${run.id}/preview` : `/reports/${run.id}/${file.format}`}
                        aria-label={`${kindWord(run.kind, t)} ${run.period}, ${file.format.toUpperCase()}`}
                      >
                        {file.format.toUpperCase()}
                      </a>
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t("Chưa có báo cáo nào.", "None yet.")}</p>
      )}
    </section>
  </>
)

async function showOne(c: Visit, rooms: Rooms, id: string, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const run = await rooms.reports.store.find(id)
  const mails = await rooms.reports.mails(id)
  const done =
    { made: t("Đã lập báo cáo.", "Made."), sent: t(`Đã gửi ${Number(c.req.query("n")) || 0} thư.`, `${Number(c.req.query("n")) || 0} mails sent.`) }[
      c.req.query("done") ?? ""
    ] ?? null
  return page(
    c,
    rooms,
    `${kindWord(run.kind, t)} ${run.period}`,
    <OnePage run={run} mails={mails} user={userOf(c)} bad={bad} done={bad ? null : done} t={t} />,
    bad ? 400 : 200,
  )
}

const OnePage = ({
  run,
  mails,
  user,
  bad,
  done,
  t,
}: {
  run: ReportRun
  mails: Mailing[]
  user: User
  bad: string | null
  done: string | null
  t: Say
}) => (
  <div class="middle">
    <p class="crumbs">
      <a href="/reports">{t("Báo cáo", "Reports")}</a> /
    </p>
    <h1>
      {kindWord(run.kind, t)} {run.period}
    </h1>
    <p class="lead meta">
      <span>{t(`lập lúc ${vnDateTime(run.madeAt)}`, `made ${vnDateTime(run.madeAt)}`)}</span>
      <span>{t(`số liệu đến ${vnDateTime(run.cutoffAt)}`, `figures until ${vnDateTime(run.cutoffAt)}`)}</span>
      <span>{stateWord(run.state, t)}</span>
    </p>
    <Problem text={bad} />
    <Done text={done} />
    <section class="card">
      <h2>{t("Tệp", "Files")}</h2>
      <p class="inline">
        <a class="button" href={`/reports/${run.id}/preview`}>
          {t("Xem trước", "Preview")}
        </a>
        {(["docx", "pdf", "xlsx"] as const).map((format) => (
          <a class="button plain" href={`/reports/${run.id}/${format}`}>
            {t("Tải", "Download")} {format.toUpperCase()}
          </a>
        ))}
      </p>
      <p class="hint-text">{t("Mã kiểm tra số liệu", "Checksum of the figures")}: {run.figuresSha256.slice(0, 16)}…</p>
    </section>
    <section class="card">
      <h2>{t("Gửi thư", "Mail")}</h2>
      {mails.length ? (
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">{t("Người nhận", "To")}</th>
              <th scope="col">{t("Tình trạng", "State")}</th>
            </tr>
          </thead>
          <tbody>
            {mails.slice(0, 300).map((mail) => (
              <tr>
                <td>{mail.recipient}</td>
                <td>
                  {mail.sentAt
                    ? t(`đã gửi ${vnDateTime(mail.sentAt)}`, `sent ${vnDateTime(mail.sentAt)}`)
                    : mail.error
                      ? t(`chưa gửi được: ${mail.error}`, `failed: ${mail.error}`)
                      : t("chờ gửi", "waiting")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">
          {t(
            "Chưa gửi cho ai. Người nhận ghi trong templates/reports/office.yaml.",
            "Nobody was sent it. Recipients are in templates/reports/office.yaml.",
          )}
        </p>
      )}
      {can(user, "report") ? (
        <form class="inline" method="post" action={`/reports/${run.id}/send`}>
          <button>{t("Gửi ngay", "Send now")}</button>
          {mails.some((mail) => mail.sentAt) ? (
            <label class="tick">
              <input type="checkbox" name="again" value="yes" /> {t("Gửi lại cho tất cả (bản đính chính)", "Again to everybody (corrected edition)")}
            </label>
          ) : null}
        </form>
      ) : null}
    </section>
  </div>
)
