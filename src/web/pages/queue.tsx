import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { UsageError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import type { DeliveryState, PostContent } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { Outward, page } from "../layout.tsx"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { deliveryWord, networkName } from "../words.ts"
import { can, type User } from "../people/index.ts"

const shown = ["review", "held", "unknown", "waiting", "refused"] as const satisfies DeliveryState[]
type Shown = (typeof shown)[number]
const PAGE_ROWS = 50
const SELECTED_MAX = 200

const question = z.object({ state: z.enum(shown).catch("review"), page: z.coerce.number().int().min(1).max(1_000).catch(1) })
const list = z.union([z.string(), z.array(z.string())]).optional().transform((ids) => (ids === undefined ? [] : [ids].flat()))
const order = z.object({
  id: list.pipe(z.array(z.string().regex(/^[0-9a-zA-Z-]{1,64}$/)).min(1).max(SELECTED_MAX)),
  do: z.enum(["approve", "reject", "retry", "cancel"]),
  why: z.string().trim().max(500).optional(),
  looked: z.string().optional(),
  state: z.enum(shown).catch("review"),
})

export function queue(desk: Desk): Hono<WebEnv> {
  const { rooms } = desk
  return new Hono<WebEnv>()
    .get("/queue", signedIn, async (c) => {
      const asked = question.parse(c.req.query())
      return showQueue(c, rooms, asked)
    })
    .post("/queue", signedIn, async (c) => {
      const t = say(c)
      const read = order.safeParse(await c.req.parseBody({ all: true }))
      if (!read.success) return showQueue(c, rooms, { state: "review", page: 1 }, { bad: t("Hãy chọn ít nhất một bài và một việc cần làm.", "Choose at least one post and what to do.") })
      const { do: what, why, looked, state } = read.data
      const ids = [...new Set(read.data.id)]
      need(c, what)
      const rows = await Promise.all(ids.map((id) => rooms.outbox.find(id)))
      for (const row of rows) needSight(c, row.unit_id)
      const problem =
        what === "reject" && !why
          ? t("Từ chối cần ghi lý do.", "A rejection needs a reason.")
          : what === "retry" && rows.some((row) => row.state === "unknown") && !looked
            ? t("Bài chưa rõ kết quả chỉ được gửi lại khi đã xem trang và chắc chắn chưa có bài.", "A post of unknown outcome is sent again only after somebody looked at the page.")
            : null
      if (problem) return showQueue(c, rooms, { state, page: 1 }, { bad: problem })
      try {
        if (what === "approve" || what === "retry") await rooms.outbox[what](ids, actorOf(c))
        else await rooms.outbox[what](ids, actorOf(c), why || undefined)
      } catch (error) {
        // Somebody else was quicker: say so instead of failing.
        if (error instanceof UsageError) return showQueue(c, rooms, { state, page: 1 }, { bad: t(`Chưa thay đổi gì. ${error.message}`, `Nothing was changed. ${error.message}`) })
        throw error
      }
      return c.redirect(`/queue?state=${state}&done=${what}&n=${ids.length}`, 303)
    })
}

interface Post {
  view: DeliveryView
  content: PostContent | null
  unitName: string
  accountName: string
}

async function showQueue(c: Visit, rooms: Rooms, asked: { state: Shown; page: number }, note?: { bad: string }): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  const unit = user.unitId ?? undefined
  const from = (asked.page - 1) * PAGE_ROWS
  const views = (await rooms.outbox.list({ state: asked.state, unit, limit: from + PAGE_ROWS + 1 })).slice(from)
  const shown = views.slice(0, PAGE_ROWS)
  const contents = await rooms.outbox.posts(shown.map(({ id }) => id))
  const posts = shown.map((view) => postOf(rooms, view, contents.get(view.id) ?? null))
  const done = c.req.query("done")
  return page(
    c,
    rooms,
    t("Hàng chờ", "Queue"),
    <QueuePage user={user} asked={asked} posts={posts} more={views.length > PAGE_ROWS} counts={unit ? null : await rooms.outbox.counts()} bad={note?.bad ?? null} done={!note && done ? doneWord(done, Number(c.req.query("n")) || 0, t) : null} t={t} />,
    note ? 400 : 200,
  )
}

const postOf = (rooms: Rooms, view: DeliveryView, content: PostContent | null): Post => ({
  view,
  content,
  unitName: rooms.view().unitById(view.unit)?.name ?? view.unit,
  accountName: rooms.view().accountById(view.account)?.name ?? view.account,
})

function doneWord(what: string, n: number, t: Say): string | null {
  const words: Record<string, [string, string]> = {
    approve: [`Đã duyệt ${n} bài, sẽ đăng ngay khi đến lượt.`, `${n} approved; they are published as soon as it is their turn.`],
    reject: [`Đã từ chối ${n} bài.`, `${n} rejected.`],
    retry: [`Sẽ gửi lại ${n} bài.`, `${n} will be sent again.`],
    cancel: [`Đã hủy ${n} bài.`, `${n} cancelled.`],
  }
  return words[what] ? t(...words[what]) : null
}

const hint: Record<Shown, [string, string]> = {
  review: ["Các bài chờ người duyệt. Duyệt muộn vẫn được đăng.", "Posts that wait for approval. A late approval is still published."],
  held: ["Các bài bị một phép kiểm tra giữ lại. Duyệt nghĩa là đăng dù có cảnh báo; việc này được ghi nhật ký.", "Posts stopped by a check. Approving publishes them all the same and is kept in the audit log."],
  unknown: ["Đã gửi nhưng không nhận được trả lời. Loa tự đọc lại trang; chỉ gửi lại khi chắc chắn bài chưa có.", "Sent, but the answer got lost. Loa reads the page back by itself; send again only when the post is surely not there."],
  waiting: ["Các bài đang chờ đến lượt theo nhịp đăng của tài khoản.", "Posts waiting for their turn."],
  refused: ["Mạng xã hội không nhận các bài này.", "The networks refused these posts."],
}

interface QueueProps {
  user: User
  asked: { state: Shown; page: number }
  posts: Post[]
  more: boolean
  counts: Record<DeliveryState, number> | null
  bad: string | null
  done: string | null
  t: Say
}
const QueuePage = ({ user, asked, posts, more, counts, bad, done, t }: QueueProps) => (
  <>
    <h1>{t("Hàng chờ", "Queue")}</h1>
    <nav class="tabs" aria-label={t("Trạng thái", "State")}>
      {shown.map((state) => (
        <a href={`/queue?state=${state}`} aria-current={state === asked.state ? "page" : undefined}>
          {capital(deliveryWord(state, t))}
          {counts ? ` (${counts[state]})` : ""}
        </a>
      ))}
    </nav>
    {bad ? (
      <p class="notice bad" role="alert">
        {bad}
      </p>
    ) : null}
    {done ? (
      <p class="notice" role="status">
        {done}
      </p>
    ) : null}
    <p class="lead">{t(...hint[asked.state])}</p>
    {posts.length ? (
      <form class="card" method="post" action="/queue">
        <input type="hidden" name="state" value={asked.state} />
        <label class="meta" hidden>
          <input type="checkbox" data-ticks="id" /> {t("Chọn tất cả", "Tick all")}
        </label>
        <ul class="rows">
          {posts.map((post) => (
            <PostRow post={post} t={t} />
          ))}
        </ul>
        <Actions user={user} state={asked.state} t={t} />
      </form>
    ) : (
      <div class="card">
        <p class="empty">{t("Không có bài nào ở mục này.", "Nothing here.")}</p>
      </div>
    )}
    <nav class="inline" aria-label={t("Trang", "Pages")}>
      {asked.page > 1 ? <a href={`/queue?state=${asked.state}&page=${asked.page - 1}`}>{t("← Trang trước", "← Previous")}</a> : null}
      {more ? <a href={`/queue?state=${asked.state}&page=${asked.page + 1}`}>{t("Trang sau →", "Next →")}</a> : null}
    </nav>
  </>
)

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const PostRow = ({ post: { view, content, unitName, accountName }, t }: { post: Post; t: Say }) => (
  <li class="post">
    <input type="checkbox" name="id" value={view.id} id={`d-${view.id}`} />
    <div>
      <label class="title" for={`d-${view.id}`}>
        {content?.title ?? view.articleUrl}
      </label>
      <div class="meta">
        <span>{networkName(view.network)}: {accountName}</span>
        <span>
          <a href={`/units/${view.unit}`}>{unitName}</a>
        </span>
        <span>{vnDateTime(Date.parse(view.createdAt))}</span>
        <span>
          <a href={`/articles/${view.articleId}`}>{t("tin gốc", "article")}</a>
        </span>
        <span>
          <Outward href={view.articleUrl}>{t("trên cổng", "on the portal")}</Outward>
        </span>
      </div>
      {view.reason ? <p class="why">{view.reason}</p> : null}
      {content ? (
        <details>
          <summary>{t("Xem nội dung sẽ đăng", "Show the post")}</summary>
          <pre>{textOf(content)}</pre>
          <p class="meta">{t(`${[...textOf(content)].length} ký tự`, `${[...textOf(content)].length} characters`)}</p>
        </details>
      ) : null}
    </div>
  </li>
)

const textOf = (content: PostContent) =>
  content.network === "facebook" ? content.message : [content.title, content.description, ...content.body.flatMap((block) => (block.type === "text" ? [block.content] : []))].join("\n\n")

const actionsOf: Record<Shown, readonly ("approve" | "reject" | "retry" | "cancel")[]> = {
  review: ["approve", "reject"],
  held: ["approve", "reject"],
  unknown: ["retry", "cancel"],
  waiting: ["reject"],
  refused: ["retry"],
}

const Actions = ({ user, state, t }: { user: User; state: Shown; t: Say }) => {
  const labels = { approve: t("Duyệt đăng", "Approve"), reject: t("Từ chối", "Reject"), retry: t("Gửi lại", "Send again"), cancel: t("Hủy", "Cancel") }
  const open = actionsOf[state].filter((what) => can(user, what))
  if (!open.length) return null
  const wantsReason = open.includes("reject") || open.includes("cancel")
  return (
    <div class="actions">
      {wantsReason ? <input type="text" name="why" maxlength={500} aria-label={t("Lý do từ chối hoặc hủy", "Reason")} placeholder={t("Lý do (bắt buộc khi từ chối)", "Reason (needed to reject)")} /> : null}
      {state === "unknown" && open.includes("retry") ? (
        <label>
          <input type="checkbox" name="looked" value="yes" /> {t("Tôi đã xem trang: chưa có bài này", "I looked: the post is not there")}
        </label>
      ) : null}
      {open.map((what) => (
        <button name="do" value={what} class={what === "reject" || what === "cancel" ? "danger" : ""}>
          {labels[what]}
        </button>
      ))}
    </div>
  )
}
