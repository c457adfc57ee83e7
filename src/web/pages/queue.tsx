/** The queue: what waits for whom, and the decisions on many posts at once. One post has its own page (post.tsx). */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { InvalidInputError, UsageError } from "../../base/errors.ts"
import { fromVnInput } from "../../base/time.ts"
import { page } from "../layout.tsx"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { QueuePage, addressOf, question, type Question, place, verbs } from "./queue-page.tsx"

const PAGE_ROWS = 50
const SELECTED_MAX = 200

const list = z.union([z.string(), z.array(z.string())]).optional().transform((ids) => (ids === undefined ? [] : [ids].flat()))
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
