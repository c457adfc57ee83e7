/** How one post is shown: words, preview, decision, history. */
import { type Mistake } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import type { PostContent } from "../../model/index.ts"
import { stampOf, type DeliveryView, type PostEdit } from "../../outbox/index.ts"
import { codePoints, editable, editFields, editLimits, utf16Units, withText, type EditField, type PostText } from "../../render/index.ts"
import { Done, Outward, Problem } from "../layout.tsx"
import { Preview } from "../parts/preview.tsx"
import { can, type User } from "../people/index.ts"
import type { Say } from "../visit.ts"
import { actorWord, deliveryWord, networkName, stateClass } from "../words.ts"
import { Changed, stepOf, Steps } from "./article.tsx"
import { Actions, actionsOf } from "./queue-page.tsx"

export interface PostState {
  view: DeliveryView
  content: PostContent | null
  typed: PostText | null
  mistakes: Mistake[]
  edits: PostEdit[]
  siblings: DeliveryView[]
  twins: number
  own: boolean
  steps: ReturnType<typeof stepOf>[]
  accountName(account: string): string
  unitName: string
  now: number
}

export const PostPage = ({ state, user, bad, done, t }: { state: PostState; user: User; bad: string | null; done: string | null; t: Say }) => {
  const { view, content, typed, siblings, accountName } = state
  const mayEdit = content !== null && can(user, "edit") && ["review", "held", "waiting"].includes(view.state)
  const shownContent = content && typed ? withText(content, typed) : content
  return (
    <>
      <p class="crumbs">
        <a href={`/queue?state=${view.state === "sending" ? "waiting" : view.state}`}>{t("Hàng chờ", "Queue")}</a> /{" "}
        <a href={`/units/${view.unit}`}>{state.unitName}</a> /
      </p>
      <h1>{content?.title ?? view.articleUrl}</h1>
      <p class="lead meta">
        <span class={`tag ${stateClass(view.state)}`}>{deliveryWord(view.state, t)}</span>
        <span>
          {networkName(view.network)}: {accountName(view.account)}
        </span>
        {view.publishedAt ? (
          <span>{vnDateTime(Date.parse(view.publishedAt))}</span>
        ) : view.dueAt && view.state === "waiting" ? (
          <span>{t(`đăng từ ${vnDateTime(Date.parse(view.dueAt))}`, `from ${vnDateTime(Date.parse(view.dueAt))}`)}</span>
        ) : null}
        <span>
          <a href={`/articles/${view.articleId}`}>{t("tin gốc", "article")}</a>
        </span>
        {view.remoteUrl ? (
          <span>
            <Outward href={view.remoteUrl}>{t("xem trên mạng", "open on the network")}</Outward>
          </span>
        ) : null}
      </p>
      {siblings.length ? (
        <nav class="tabs" aria-label={t("Bài của tin này trên các mạng", "Posts of this article")}>
          {[view, ...siblings]
            .toSorted((a, b) => (a.account < b.account ? -1 : 1))
            .map((one) => (
              <a href={`/queue/${one.id}`} aria-current={one.id === view.id ? "page" : undefined}>
                {networkName(one.network)} ({deliveryWord(one.state, t)})
              </a>
            ))}
        </nav>
      ) : null}
      <Problem text={bad} />
      <Done text={done} />
      {view.reason ? <p class="notice bad">{view.reason}</p> : null}
      <div class="halves">
        {mayEdit ? <WordsForm state={state} content={content} t={t} /> : null}
        <div>
          {shownContent ? (
            <section class="card" aria-label={t("Bản xem trước", "Preview")}>
              <Preview content={shownContent} account={accountName(view.account)} live={mayEdit} t={t} />
            </section>
          ) : (
            <p class="card empty">{t("Tin này chưa từng được soạn để đăng.", "No post was made of this article.")}</p>
          )}
          <Decision state={state} user={user} t={t} />
        </div>
      </div>
      <div class="halves">
        {state.edits.length ? <Edits edits={state.edits} t={t} /> : null}
        {state.steps.length ? (
          <section class="card">
            <h2>{t("Nhật ký xử lý", "What happened")}</h2>
            <Steps steps={state.steps} t={t} />
          </section>
        ) : null}
      </div>
    </>
  )
}

const fieldWord = (field: EditField, t: Say) =>
  ({
    message: t("Lời bài", "Text"),
    title: t("Tiêu đề", "Title"),
    description: t("Mô tả ngắn", "Description"),
    body: t("Thân bài (mỗi đoạn cách nhau một dòng trống)", "Body (an empty line between paragraphs)"),
    author: t("Tác giả", "Author"),
  })[field]
const rowsOf: Record<EditField, number> = { message: 12, title: 2, description: 4, body: 12, author: 1 }

const WordsForm = ({ state: { view, typed, mistakes, twins }, content, t }: { state: PostState; content: PostContent; t: Say }) => {
  const { text, source } = editable(content)
  const limits = editLimits(content)
  return (
    <form class="card" method="post" action={`/queue/${view.id}/words`}>
      <h2>{t(`Sửa lời trên ${networkName(content.network)}`, `Words on ${networkName(content.network)}`)}</h2>
      {mistakes.length ? (
        <div class="notice bad" role="alert">
          {t(`Có ${mistakes.length} lỗi, chưa lưu gì:`, `${mistakes.length} mistakes, nothing was saved:`)}
          <ul>
            {mistakes.map((mistake) => (
              <li>
                <a href={`#f-${mistake.field}`}>
                  {fieldWord(mistake.field as EditField, t)}: {mistake.found}; {mistake.expected}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <input type="hidden" name="stamp" value={stampOf(content)} />
      {editFields[content.network].map((field) => {
        const value = typed?.[field] ?? text[field] ?? ""
        const limit = limits[field]!
        const length = (limit.unit === "utf16" ? utf16Units(value.trim()) : codePoints(value.trim())) + limit.extra
        const own = mistakes.filter((mistake) => mistake.field === field)
        return (
          <div class="field">
            <label for={`f-${field}`}>{fieldWord(field, t)}</label>{" "}
            <span class={length > limit.max ? "count over" : "count"} id={`n-${field}`}>
              {length.toLocaleString("vi-VN")}/{limit.max.toLocaleString("vi-VN")}
            </span>
            <textarea
              id={`f-${field}`}
              name={field}
              rows={rowsOf[field]}
              aria-describedby={[`n-${field}`, ...(own.length ? [`e-${field}`] : [])].join(" ")}
              aria-invalid={own.length ? "true" : undefined}
              data-count={`n-${field}`}
              data-unit={limit.unit}
              data-max={limit.max}
              data-extra={limit.extra}
              data-shows={`live-${field}`}
            >
              {value}
            </textarea>
            {own.length ? (
              <p class="error" id={`e-${field}`}>
                {own.map((mistake) => `${mistake.found}; ${mistake.expected}`).join(". ")}
              </p>
            ) : null}
          </div>
        )
      })}
      {source ? <p class="hint-text">{t(`Dòng nguồn luôn ở cuối bài: ${source}`, `The source line stays: ${source}`)}</p> : null}
      {twins ? (
        <label class="tick">
          <input type="checkbox" name="all" value="yes" />{" "}
          {t(`Sửa cả ${twins} bài khác của tin này có cùng lời`, `Also the ${twins} other posts with the same words`)}
        </label>
      ) : null}
      <div class="inline">
        <button name="do" value="save">
          {t("Lưu lời bài", "Save")}
        </button>
        <button name="do" value="look" class="plain">
          {t("Xem thử", "Preview")}
        </button>
      </div>
    </form>
  )
}

const Decision = ({ state: { view, own, now }, user, t }: { state: PostState; user: User; t: Say }) => (
  <>
    {own && (view.state === "review" || view.state === "held") ? (
      <p class="notice hint">
        {t(
          "Anh/chị đã sửa lời bài này, nên cần một người khác duyệt (nguyên tắc bốn mắt).",
          "You changed these words: somebody else approves them (four eyes).",
        )}
      </p>
    ) : null}
    {view.state === "published" && can(user, "take_down") ? (
      <p class="card">
        <a class="button danger" href={`/take-down?id=${view.id}`}>
          {t("Gỡ bài khỏi mạng xã hội…", "Take down…")}
        </a>
      </p>
    ) : actionsOf[view.state].some((what) => can(user, what)) ? (
      <form class="card" method="post" action={`/queue/${view.id}`}>
        <h2>{t("Quyết định", "Decision")}</h2>
        <Actions user={user} state={view.state} now={now} t={t} />
      </form>
    ) : null}
  </>
)

const wordsOf = (content: PostContent) => Object.values(editable(content).text).join("\n\n")
const Edits = ({ edits, t }: { edits: PostEdit[]; t: Say }) => (
  <section class="card">
    <h2>{t("Lời bài đã sửa", "Changed words")}</h2>
    {edits.toReversed().map((edit) => (
      <details>
        <summary>
          {vnDateTime(edit.at)}, {actorWord(edit.actor)}
        </summary>
        <blockquote>
          <Changed before={wordsOf(edit.before)} after={wordsOf(edit.after)} />
        </blockquote>
      </details>
    ))}
  </section>
)
