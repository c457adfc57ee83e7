/** Pages of the reports: the list with its form, and one report. */
import type { Rooms } from "../../app.ts"
import { vnDateTime } from "../../base/time.ts"
import { reportKinds, type Mailing, type ReportKind, type ReportRun } from "../../reports/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { say, userOf, type Say, type Visit } from "../visit.ts"

const RUNS_SHOWN = 60
export const kindWord = (kind: ReportKind, t: Say) =>
  ({
    weekly: t("Báo cáo tuần", "Weekly report"),
    monthly: t("Báo cáo tháng", "Monthly report"),
    quarterly: t("Báo cáo quý", "Quarterly report"),
    scoring: t("Chấm điểm tháng", "Monthly scoring"),
  })[kind]
export const periodForm: Record<ReportKind, string> = { weekly: "2026-W47", monthly: "2026-11", quarterly: "2026-Q4", scoring: "2026-11" }
const stateWord = (state: ReportRun["state"], t: Say) =>
  ({ made: t("đã lập", "made"), sent: t("đã gửi", "sent"), failed: t("gửi chưa hết", "not all sent") })[state]

interface Typed {
  kind: string
  period: string
}
export async function showList(c: Visit, rooms: Rooms, bad: string | null = null, typed: Typed = { kind: "", period: "" }): Promise<Response> {
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

export async function showOne(c: Visit, rooms: Rooms, id: string, bad: string | null = null): Promise<Response> {
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
