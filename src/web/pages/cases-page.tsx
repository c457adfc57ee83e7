/** One case as both sides see it: where it stands, what to do now, what happened. */
import type { Child } from "hono/jsx"
import type { Mistake } from "../../base/errors.ts"
import { vnDate, vnDateTime } from "../../base/time.ts"
import { mayAct, ruleOf, stepStates, type Case, type CaseEvent, type Party, type StepId } from "../../cases/index.ts"
import { basisText } from "../../jobs/cases-registry.ts"
import { actionWord, kindWord, kindWordEn, partyWord, partyWordEn, platformWord, statusWord, stepWord, stepWordEn } from "../../jobs/cases-words.ts"
import type { Unit } from "../../model/index.ts"
import type { Say } from "../visit.ts"
import { actorWord, networkName } from "../words.ts"
import { Mistakes, type Values } from "./cases-form.tsx"
import { Activate, Change, Checks, Identity, Points, TestPost } from "./cases-proof.tsx"
import { Dossier, Name, NameProposals, Picture, Request, type StepFacts } from "./cases-steps.tsx"
import { Ways } from "./cases-ways.tsx"

export interface CaseView {
  found: Case
  unit: Unit
  events: CaseEvent[]
  facts: StepFacts
  values: Values
  mistakes: Mistake[]
  /** A sentence about what just happened, or why not. */
  notice: { text: string; bad: boolean } | null
  /** Null: the visitor only reads. */
  party: Party | null
}

export const isLate = (found: Case, now: number) => found.status === "open" && found.dueAt < now
export const CaseTag = ({ found, now, t }: { found: Case; now: number; t: Say }) =>
  found.status === "open" ? (
    <span class={`tag ${isLate(found, now) ? "violation" : "advice"}`}>
      {isLate(found, now) ? t("quá hạn", "overdue") : t(statusWord.open, "open")}
    </span>
  ) : (
    <span class={`tag ${found.status === "done" ? "pass" : "none"}`}>{t(statusWord[found.status], found.status)}</span>
  )

export const CasePage = ({ view, t }: { view: CaseView; t: Say }) => {
  const { found, unit, events, facts, notice, party } = view
  const rule = ruleOf(found.kind, found.step)
  return (
    <>
      <p class="crumbs">
        <a href="/cases">{t("Hồ sơ tài khoản", "Account cases")}</a> › {found.id}
      </p>
      <h1>{`${t(kindWord[found.kind], kindWordEn[found.kind])}: ${networkName(found.network)} – ${unit.name}`}</h1>
      <p class="lead">
        <CaseTag found={found} now={facts.now} t={t} />{" "}
        {found.status === "open"
          ? t(
              `Bước “${stepWord[found.step]}” do ${partyWord[rule.party]} thực hiện, hạn ${vnDate(found.dueAt)}.`,
              `Step “${stepWordEn[found.step]}”, turn of ${partyWordEn[rule.party]}, until ${vnDate(found.dueAt)}.`,
            )
          : t(`Kết thúc ngày ${vnDate(found.closedAt!)}.`, `Ended on ${vnDate(found.closedAt!)}.`)}
      </p>
      {notice ? (
        <p class={`notice${notice.bad ? " bad" : ""}`} role={notice.bad ? "alert" : "status"}>
          {notice.text}
        </p>
      ) : null}
      {found.returned ? (
        <p class="notice bad">
          <b>{t("Hồ sơ được trả lại: ", "Returned: ")}</b>
          {found.returned}
        </p>
      ) : null}
      <div class="columns">
        <div>
          {found.status === "open" ? <CurrentStep view={view} t={t} /> : null}
          <section class="card">
            <h2>{t("Các bước", "Steps")}</h2>
            <StepList view={view} t={t} />
          </section>
        </div>
        <div>
          <section class="card">
            <h2>{t("Công văn", "Letter")}</h2>
            <p>
              {t(
                "Lập từ nội dung hồ sơ theo thể thức Nghị định số 30/2020/NĐ-CP; ghi DỰ THẢO cho đến khi được ký.",
                "Made from this case in the form of Decree 30/2020; a draft until signed.",
              )}
            </p>
            <p>
              <a class="button plain small" href={`/cases/${found.id}/letter.docx`} download>
                DOCX
              </a>{" "}
              <a class="button plain small" href={`/cases/${found.id}/letter.pdf`}>
                PDF
              </a>
            </p>
          </section>
          {found.status === "done" && found.accountId && found.kind !== "merge" && found.kind !== "close" ? (
            <section class="card">
              <h2>{t("Bản in mã QR", "QR sheet")}</h2>
              <p>
                {t(
                  "Niêm yết tại trụ sở, bộ phận một cửa; mã dẫn tới trang kiểm tra, không dẫn thẳng tới mạng xã hội.",
                  "For the office and the one-stop desk; the code leads to the verify page, not to the network.",
                )}
              </p>
              <p>
                {(["a4", "a5"] as const).map((size) => (
                  <>
                    <a class="button plain small" href={`/posters/${found.accountId}/${size}.pdf`}>
                      {size.toUpperCase()}
                    </a>{" "}
                  </>
                ))}
                <a href={`/verify/${found.accountId}`}>{t("trang kiểm tra", "verify page")}</a>
              </p>
            </section>
          ) : null}
          <section class="card">
            <h2>{t("Diễn biến", "History")}</h2>
            <ul class="timeline">
              {events.toReversed().map((event) => (
                <EventLine event={event} t={t} />
              ))}
            </ul>
          </section>
          {found.status === "open" && party ? <Ways found={found} party={party} t={t} /> : null}
        </div>
      </div>
    </>
  )
}

const forms: Partial<Record<StepId, (props: { found: Case; values: Values; facts: StepFacts; t: Say }) => Child>> = {
  request: Request,
  name: Name,
  picture: Picture,
  dossier: Dossier,
  identity: Identity,
  change: Change,
  checks: Checks,
  test_post: TestPost,
  activate: Activate,
}

const CurrentStep = ({ view, t }: { view: CaseView; t: Say }) => {
  const { found, facts, values, mistakes, party } = view
  const acting = party !== null && mayAct(party, found)
  const Form = forms[found.step]
  return (
    <section class="card">
      <h2>{`${t("Việc cần làm", "To do")}: ${t(stepWord[found.step], stepWordEn[found.step])}`}</h2>
      {acting && party === "centre" && ruleOf(found.kind, found.step).party === "unit" ? (
        <p class="notice hint">
          {t(
            "Bước này của đơn vị; Trung tâm có thể làm thay khi đơn vị nhờ hỗ trợ.",
            "This is the unit's step; the centre may do it when the unit asks for help.",
          )}
        </p>
      ) : null}
      {!acting ? (
        <>
          <p>
            {t(
              `Đang chờ ${partyWord[ruleOf(found.kind, found.step).party]} thực hiện.`,
              `Waiting for ${partyWordEn[ruleOf(found.kind, found.step).party]}.`,
            )}
          </p>
          {facts.names ? <NameProposals found={found} names={facts.names} t={t} pick={false} /> : null}
        </>
      ) : found.step === "connect" ? (
        <>
          <p>
            {t(
              "Quản trị viên của tài khoản cấp quyền cho Loa trên trang của nền tảng, hoặc Trung tâm Thông tin tỉnh nhập mã người dùng hệ thống.",
              "The account's administrator grants access on the network's own page, or the centre enters a system user's token.",
            )}
          </p>
          <p>
            <a class="button" href={`/cases/${found.id}/connect`}>
              {t("Kết nối tài khoản", "Connect the account")}
            </a>
          </p>
        </>
      ) : (
        <form method="post" action={`/cases/${found.id}`}>
          <input type="hidden" name="version" value={String(found.version)} />
          <Mistakes mistakes={mistakes} t={t} />
          {Form ? <Form found={found} values={values} facts={facts} t={t} /> : null}
          <p class="inline">
            <button name="do" value="submit">
              {found.step === "activate" ? t("Ghi vào sổ đăng ký", "Write the entry") : t("Hoàn thành bước", "Finish this step")}
            </button>
            {found.step === "identity" ? (
              <button class="plain" name="do" value="save" formnovalidate>
                {t("Lưu tạm", "Save")}
              </button>
            ) : null}
          </p>
        </form>
      )}
    </section>
  )
}

const signs = { done: "✓", current: "●", todo: "○" } as const
const StepList = ({ view: { found }, t }: { view: CaseView; t: Say }) => (
  <ol class="rows">
    {stepStates(found).map((step) => (
      <li>
        <span class={`tag ${step.status === "done" ? "pass" : step.status === "current" && found.status === "open" ? "advice" : "none"}`}>
          {found.status === "cancelled" && step.status === "current" ? "✕" : signs[step.status]}
        </span>{" "}
        <b>{t(stepWord[step.id], stepWordEn[step.id])}</b> <span class="meta">{t(partyWord[step.party], partyWordEn[step.party])}</span>
        <Outcome found={found} step={step.id} t={t} />
      </li>
    ))}
  </ol>
)

/** What a step holds so far, in a line or two. */
const Outcome = ({ found, step, t }: { found: Case; step: StepId; t: Say }) => {
  const { request, name, picture, dossier, identity, change, connect, checks, test_post: post, activate } = found.data
  const line = (text: string | undefined | null) => (text ? <p class="meta">{text}</p> : null)
  switch (step) {
    case "request":
      return line(
        [request.purpose, `${request.contact.name}${request.contact.phone ? `, ${request.contact.phone}` : ""}`].filter(Boolean).join(" – "),
      )
    case "name":
      return line(name && `“${name.name}”${name.exception ? ` – ${name.exception}` : ""}`)
    case "picture":
      return line(
        picture && { emblem: t("Quốc huy", "National emblem"), own: t("đơn vị tự chuẩn bị", "the unit's own") }[picture.picture as "emblem" | "own"],
      )
    case "dossier":
      return line(
        dossier &&
          [
            basisText(dossier.basis),
            dossier.owner?.name,
            dossier.deputy?.name,
            dossier.letterNumber ? t(`công văn số ${dossier.letterNumber}`, `letter ${dossier.letterNumber}`) : "",
          ]
            .filter(Boolean)
            .join("; "),
      )
    case "identity":
      return line(
        identity?.remoteId &&
          `ID ${identity.remoteId}${identity.platform ? ` – ${t("nền tảng", "network")}: ${platformWord[identity.platform] ?? identity.platform}` : ""}`,
      )
    case "change":
      return line(change && change.on.split("-").reverse().join("/"))
    case "connect":
      return line(connect && `ID ${connect.remoteId}`)
    case "checks":
      return checks ? (
        <details>
          <summary>{t(`Do ${checks.by} kiểm tra`, `Checked by ${checks.by}`)}</summary>
          <Points points={checks.points} />
          {line(checks.exception)}
        </details>
      ) : null
    case "test_post":
      return post ? <p class="meta">{t(`Lần ${post.round}, ${post.by}`, `Round ${post.round}, ${post.by}`)}</p> : null
    case "activate":
      return line(activate && `${activate.by}`)
  }
}

const EventLine = ({ event, t }: { event: CaseEvent; t: Say }) => {
  const { reasons, why } = event.detail as { reasons?: string; why?: string }
  return (
    <li>
      <b>
        {event.action === "submitted" || event.action === "returned" || event.action === "reminded"
          ? `${actionWord[event.action]}: ${stepWord[event.step]}`
          : (actionWord[event.action] ?? event.action)}
      </b>
      <p class="meta">
        <span>{vnDateTime(event.at)}</span>
        <span>{actorWord(event.actor)}</span>
        <span>{t(partyWord[event.party], partyWordEn[event.party])}</span>
      </p>
      {reasons || why ? <p>{reasons ?? why}</p> : null}
    </li>
  )
}
