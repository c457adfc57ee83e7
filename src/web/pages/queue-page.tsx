/** The page of the queue: one state at a time, posts with their words and what may be done. */
import { z } from "zod"
import { vnDateTime, vnInput } from "../../base/time.ts"
import { publishingNetworks, type DeliveryState, type PostContent } from "../../model/index.ts"
import type { DeliveryView, StateCounts } from "../../outbox/index.ts"
import { Done, Outward, Problem } from "../layout.tsx"
import { Preview } from "../parts/preview.tsx"
import { can, type User } from "../people/index.ts"
import type { Say } from "../visit.ts"
import { deliveryWord, networkName } from "../words.ts"

export const shown = ["review", "held", "unknown", "waiting", "refused", "published", "cancelled"] as const satisfies DeliveryState[]
export type Shown = (typeof shown)[number]
export const place = {
  state: z.enum(shown).catch("review"),
  unit: z.string().max(100).optional().catch(undefined),
  network: z.enum(publishingNetworks).optional().catch(undefined),
}
export const question = z.object({ ...place, page: z.coerce.number().int().min(1).max(1_000).catch(1) })
export type Question = z.infer<typeof question>
export const verbs = ["approve", "schedule", "reject", "retry", "cancel"] as const
export type Verb = (typeof verbs)[number]
export interface Post {
  view: DeliveryView
  content: PostContent | null
  unitName: string
  accountName: string
}

export const addressOf = ({ state, unit, network }: Pick<Question, "state" | "unit" | "network">) =>
  new URLSearchParams({ state, ...(unit ? { unit } : {}), ...(network ? { network } : {}) }).toString()

const hint: Record<Shown, [string, string]> = {
  review: [
    "Các bài chờ người duyệt. Duyệt muộn vẫn được đăng. Ai đã sửa lời bài thì không tự duyệt bài đó.",
    "Posts that wait for approval. A late approval is still published. Nobody approves words of their own.",
  ],
  held: [
    "Các bài bị một phép kiểm tra giữ lại. Duyệt nghĩa là đăng dù có cảnh báo; việc này được ghi nhật ký.",
    "Posts stopped by a check. Approving publishes them all the same and is kept in the audit log.",
  ],
  unknown: [
    "Đã gửi nhưng không nhận được trả lời. Loa tự đọc lại trang; chỉ gửi lại khi chắc chắn bài chưa có.",
    "Sent, but the answer got lost. Loa reads the page back by itself; send again only when the post is surely not there.",
  ],
  waiting: ["Các bài đang chờ đến lượt theo nhịp đăng của tài khoản, hoặc đã hẹn giờ.", "Posts waiting for their turn or their moment."],
  refused: [
    "Mạng xã hội không nhận các bài này, hoặc bài không thuộc diện đăng.",
    "The networks refused these posts, or they are not to be published.",
  ],
  published: [
    "Các bài đã đăng. Bài sai có thể gỡ: chọn bài rồi bấm “Gỡ các bài đã chọn”.",
    "Published posts. Tick mistaken ones and take them down.",
  ],
  cancelled: ["Các bài đã hủy, từ chối hoặc gỡ. Bài chưa từng đăng có thể gửi lại.", "Cancelled, rejected or taken down."],
}

interface QueueProps {
  user: User
  asked: Question
  posts: Post[]
  more: boolean
  counts: StateCounts
  unitName: string | null
  bad: string | null
  done: string | null
  now: number
  t: Say
}
export const QueuePage = ({ user, asked, posts, more, counts, unitName, bad, done, now, t }: QueueProps) => (
  <>
    <h1>{t("Hàng chờ", "Queue")}</h1>
    <nav class="tabs" aria-label={t("Trạng thái", "State")}>
      {shown.map((state) => (
        <a href={`/queue?${addressOf({ ...asked, state })}`} aria-current={state === asked.state ? "page" : undefined}>
          {capital(deliveryWord(state, t))}
          {counts[state] ? ` (${counts[state]})` : ""}
        </a>
      ))}
    </nav>
    <Problem text={bad} />
    <Done text={done} />
    <p class="lead">{t(...hint[asked.state])}</p>
    <nav class="narrowing" aria-label={t("Lọc", "Filter")}>
      {unitName ? <b>{unitName}</b> : null}
      {unitName && !user.unitId ? <a href={`/queue?${addressOf({ ...asked, unit: undefined })}`}>{t("bỏ lọc đơn vị", "all units")}</a> : null}
      {([undefined, ...publishingNetworks] as const).map((network) => (
        <a href={`/queue?${addressOf({ ...asked, network })}`} aria-current={asked.network === network ? "true" : undefined}>
          {network ? networkName(network) : t("Mọi mạng", "All networks")}
        </a>
      ))}
      {can(user, "settings") ? <a href="/settings">{t("Quy định bốn mắt…", "Four eyes…")}</a> : null}
    </nav>
    {posts.length ? (
      <form class="card" method="post" action="/queue">
        <input type="hidden" name="state" value={asked.state} />
        {asked.unit ? <input type="hidden" name="unit" value={asked.unit} /> : null}
        {asked.network ? <input type="hidden" name="network" value={asked.network} /> : null}
        <label class="tick" hidden>
          <input type="checkbox" data-ticks="id" /> {t("Chọn tất cả trên trang này", "Tick all on this page")}
        </label>
        <ul class="rows">
          {posts.map((post) => (
            <PostRow post={post} state={asked.state} t={t} />
          ))}
        </ul>
        <Actions user={user} state={asked.state} now={now} t={t} />
      </form>
    ) : (
      <div class="card">
        <p class="empty">{t("Không có bài nào ở mục này.", "Nothing here.")}</p>
      </div>
    )}
    <nav class="pager" aria-label={t("Trang", "Pages")}>
      {asked.page > 1 ? <a href={`/queue?${addressOf(asked)}&page=${asked.page - 1}`}>{t("← Trang trước", "← Previous")}</a> : <span />}
      {more ? <a href={`/queue?${addressOf(asked)}&page=${asked.page + 1}`}>{t("Trang sau →", "Next →")}</a> : null}
    </nav>
  </>
)

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const PostRow = ({ post: { view, content, unitName, accountName }, state, t }: { post: Post; state: Shown; t: Say }) => (
  <li class="post">
    <input type="checkbox" name="id" value={view.id} id={`d-${view.id}`} />
    <div>
      <label class="title" for={`d-${view.id}`}>
        {content?.title ?? view.articleUrl}
      </label>
      <div class="meta">
        <span>
          {networkName(view.network)}: {accountName}
        </span>
        <span>
          <a href={`/units/${view.unit}`}>{unitName}</a>
        </span>
        <span>{vnDateTime(Date.parse(view.publishedAt ?? view.createdAt))}</span>
        {state === "waiting" && view.dueAt ? (
          <span>{t(`đăng từ ${vnDateTime(Date.parse(view.dueAt))}`, `from ${vnDateTime(Date.parse(view.dueAt))}`)}</span>
        ) : null}
        <span>
          <a href={`/queue/${view.id}`}>
            {state === "published" ? t("xem, gỡ bài", "open, take down") : content ? t("xem, sửa lời", "open, edit") : t("xem", "open")}
          </a>
        </span>
        <span>
          <a href={`/articles/${view.articleId}`}>{t("tin gốc", "article")}</a>
        </span>
        {view.remoteUrl ? (
          <span>
            <Outward href={view.remoteUrl}>{t("trên mạng", "on the network")}</Outward>
          </span>
        ) : null}
      </div>
      {view.reason ? <p class="why">{view.reason}</p> : null}
      {content && state !== "published" ? (
        <details>
          <summary>{t("Xem nội dung sẽ đăng", "Show the post")}</summary>
          <Preview content={content} account={accountName} t={t} />
        </details>
      ) : null}
    </div>
  </li>
)

export const actionsOf: Record<DeliveryState, readonly Verb[]> = {
  review: ["approve", "schedule", "reject"],
  held: ["approve", "reject"],
  unknown: ["retry", "cancel"],
  waiting: ["schedule", "reject"],
  refused: ["retry"],
  published: [],
  cancelled: ["retry"],
  sending: [],
}

export const Actions = ({ user, state, now, t }: { user: User; state: DeliveryState; now: number; t: Say }) => {
  const labels = {
    approve: t("Duyệt đăng", "Approve"),
    reject: t("Từ chối", "Reject"),
    retry: t("Gửi lại", "Send again"),
    cancel: t("Hủy", "Cancel"),
  }
  if (state === "published" && can(user, "take_down")) {
    return (
      <div class="actions">
        <button class="danger" formaction="/take-down" formmethod="get">
          {t("Gỡ các bài đã chọn…", "Take the ticked posts down…")}
        </button>
      </div>
    )
  }
  const open = actionsOf[state].filter((what) => can(user, what) && (what !== "schedule" || state !== "review" || can(user, "approve")))
  if (!open.length) return null
  const wantsReason = open.includes("reject") || open.includes("cancel")
  return (
    <div class="actions">
      {wantsReason ? (
        <input
          type="text"
          name="why"
          maxlength={500}
          aria-label={t("Lý do từ chối hoặc hủy", "Reason")}
          placeholder={t("Lý do (bắt buộc khi từ chối)", "Reason (needed to reject)")}
        />
      ) : null}
      {state === "unknown" && open.includes("retry") ? (
        <label class="tick">
          <input type="checkbox" name="looked" value="yes" /> {t("Tôi đã xem trang: chưa có bài này", "I looked: the post is not there")}
        </label>
      ) : null}
      {open.flatMap((what) =>
        what === "schedule"
          ? []
          : [
              <button name="do" value={what} class={what === "reject" || what === "cancel" ? "danger" : ""}>
                {labels[what]}
              </button>,
            ],
      )}
      {open.includes("schedule") ? (
        <details>
          <summary>{state === "review" ? t("Duyệt và hẹn giờ đăng", "Approve for a moment") : t("Hẹn giờ đăng", "Schedule")}</summary>
          <div class="inline">
            <input type="datetime-local" name="at" min={vnInput(now)} aria-label={t("Ngày giờ đăng (giờ Việt Nam)", "Moment (Vietnam)")} />
            <button name="do" value="schedule" class="plain">
              {state === "review" ? t("Duyệt và hẹn giờ", "Approve for then") : t("Hẹn giờ", "Schedule")}
            </button>
          </div>
        </details>
      ) : null}
    </div>
  )
}
