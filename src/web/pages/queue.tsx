/** The queue: what waits for whom, and the decisions on many posts at once. One post has its own page (post.tsx). */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { InvalidInputError, UsageError } from "../../base/errors.ts"
import { fromVnInput, vnDateTime, vnInput } from "../../base/time.ts"
import { publishingNetworks, type DeliveryState, type PostContent } from "../../model/index.ts"
import type { DeliveryView, StateCounts } from "../../outbox/index.ts"
import { Done, Outward, page, Problem } from "../layout.tsx"
import { Preview } from "../parts/preview.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { deliveryWord, networkName } from "../words.ts"

export const shown = ["review", "held", "unknown", "waiting", "refused", "published", "cancelled"] as const satisfies DeliveryState[]
export type Shown = (typeof shown)[number]
const PAGE_ROWS = 50
const SELECTED_MAX = 200

const place = {
  state: z.enum(shown).catch("review"),
  unit: z.string().max(100).optional().catch(undefined),
  network: z.enum(publishingNetworks).optional().catch(undefined),
}
const question = z.object({ ...place, page: z.coerce.number().int().min(1).max(1_000).catch(1) })
type Question = z.infer<typeof question>
const list = z.union([z.string(), z.array(z.string())]).optional().transform((ids) => (ids === undefined ? [] : [ids].flat()))
export const verbs = ["approve", "schedule", "reject", "retry", "cancel"] as const
export type Verb = (typeof verbs)[number]
export const order = z.object({
  ...place,
  id: list.pipe(z.array(z.string().regex(/^[0-9a-zA-Z-]{1,64}$/)).min(1).max(SELECTED_MAX)),
  do: z.enum(verbs),
  why: z.string().trim().max(500).optional(),
  looked: z.string().optional(),
  /** datetime-local, Vietnam's time. */
  at: z.string().max(30).optional(),
})

export function queue({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/queue", signedIn, (c) => showQueue(c, rooms, question.parse(c.req.query())))
    .post("/queue", signedIn, async (c) => {
      const t = say(c)
      const body = await c.req.parseBody({ all: true })
      const read = order.safeParse(body)
      if (!read.success)
        return showQueue(
          c,
          rooms,
          question.parse(body),
          t("Hãy chọn ít nhất một bài và một việc cần làm.", "Choose at least one post and what to do."),
        )
      const { state, unit, network } = read.data
      const problem = await decide(c, rooms, read.data)
      if (problem) return showQueue(c, rooms, { state, unit, network, page: 1 }, problem)
      return c.redirect(`/queue?${addressOf({ state, unit, network })}&done=${read.data.do}&n=${new Set(read.data.id).size}`, 303)
    })
}

/** Does what was asked to all posts or to none; answers what a person reads when it cannot be. */
export async function decide(c: Visit, rooms: Rooms, asked: z.infer<typeof order>): Promise<string | null> {
  const t = say(c)
  const { do: what, why, looked } = asked
  const ids = [...new Set(asked.id)]
  need(c, what)
  const rows = await Promise.all(ids.map((id) => rooms.outbox.find(id)))
  for (const row of rows) needSight(c, row.unit_id)
  const actor = actorOf(c)
  if (what === "reject" && !why) return t("Từ chối cần ghi lý do.", "A rejection needs a reason.")
  if (what === "retry" && rows.some((row) => row.state === "unknown") && !looked) {
    return t(
      "Bài chưa rõ kết quả chỉ được gửi lại khi đã xem trang và chắc chắn chưa có bài.",
      "A post of unknown outcome is sent again only after somebody looked at the page.",
    )
  }
  try {
    if (what === "schedule") {
      const at = fromVnInput(asked.at ?? "")
      // A moment for a post that waits for approval is an approval for that moment.
      const open = rows.filter((row) => row.state === "review" || row.state === "held").map((row) => row.id)
      if (open.length) need(c, "approve")
      if (open.length && open.length < ids.length)
        return t("Hãy hẹn giờ riêng bài chờ duyệt và bài đang chờ.", "Schedule posts in review and waiting posts apart.")
      if (open.length) await rooms.outbox.approve(ids, actor, at)
      else await rooms.outbox.reschedule(ids, at, actor)
    } else if (what === "approve" || what === "retry") await rooms.outbox[what](ids, actor)
    else await rooms.outbox[what](ids, actor, why || undefined)
    return null
  } catch (error) {
    if (error instanceof InvalidInputError)
      return error.mistakes
        .map((mistake) => t(`Hẹn giờ: ${mistake.found}; cần ${mistake.expected}.`, `Schedule: ${mistake.found}; expected ${mistake.expected}.`))
        .join(" ")
    if (error instanceof UsageError && error.code === "own_words")
      return t(
        "Chưa thay đổi gì. Lời bài do chính anh/chị sửa phải được người khác duyệt (nguyên tắc bốn mắt).",
        "Nothing was changed. Words of your own are approved by somebody else (four eyes).",
      )
    // Somebody else was quicker: say so instead of failing.
    if (error instanceof UsageError) return t(`Chưa thay đổi gì. ${error.message}`, `Nothing was changed. ${error.message}`)
    throw error
  }
}

interface Post {
  view: DeliveryView
  content: PostContent | null
  unitName: string
  accountName: string
}

const addressOf = ({ state, unit, network }: Pick<Question, "state" | "unit" | "network">) =>
  new URLSearchParams({ state, ...(unit ? { unit } : {}), ...(network ? { network } : {}) }).toString()

async function showQueue(c: Visit, rooms: Rooms, asked: Question, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  // Another unit's queue does not exist for a unit official.
  const unit = user.unitId ?? asked.unit
  const from = (asked.page - 1) * PAGE_ROWS
  const [views, counts] = await Promise.all([
    rooms.outbox.list({ state: asked.state, unit, network: asked.network, limit: PAGE_ROWS + 1, from }),
    rooms.outbox.live(unit),
  ])
  const contents = await rooms.outbox.posts(views.map((view) => view.id))
  const posts = views.slice(0, PAGE_ROWS).map((view) => ({
    view,
    content: contents.get(view.id) ?? null,
    unitName: rooms.view().unitById(view.unit)?.name ?? view.unit,
    accountName: rooms.view().accountById(view.account)?.name ?? view.account,
  }))
  const done = bad ? null : doneWord(c.req.query("done") ?? "", Number(c.req.query("n")) || 0, t)
  const unitName = unit ? (rooms.view().unitById(unit)?.name ?? unit) : null
  const props = { user, asked, posts, more: views.length > PAGE_ROWS, counts, unitName, bad, done, now: rooms.clock.now(), t }
  return page(c, rooms, t("Hàng chờ", "Queue"), <QueuePage {...props} />, bad ? 400 : 200)
}

export function doneWord(what: string, n: number, t: Say): string | null {
  const words: Record<string, [string, string]> = {
    approve: [`Đã duyệt ${n} bài, sẽ đăng ngay khi đến lượt.`, `${n} approved; they are published as soon as it is their turn.`],
    schedule: [`Đã hẹn giờ ${n} bài.`, `${n} scheduled.`],
    reject: [`Đã từ chối ${n} bài.`, `${n} rejected.`],
    retry: [`Sẽ gửi lại ${n} bài.`, `${n} will be sent again.`],
    cancel: [`Đã hủy ${n} bài.`, `${n} cancelled.`],
    "take-down": [`Đang gỡ ${n} bài khỏi mạng xã hội.`, `${n} are being taken down.`],
  }
  return words[what] ? t(...words[what]) : null
}

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
const QueuePage = ({ user, asked, posts, more, counts, unitName, bad, done, now, t }: QueueProps) => (
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
