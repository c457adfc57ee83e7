/** One post: the words with their lengths, the preview beside them, what people changed, what may be done. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { InvalidInputError, NotFoundError, UsageError, type Mistake } from "../../base/errors.ts"
import type { PostContent } from "../../model/index.ts"
import { stampOf, viewOf, type DeliveryView } from "../../outbox/index.ts"
import { editFields, editMistakes, type PostText } from "../../render/index.ts"
import { page } from "../layout.tsx"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { stepOf } from "./article.tsx"
import { decide, doneWord, order } from "./queue.tsx"
import { PostPage, type PostState } from "./post-page.tsx"

const words = z.object({
  message: z.string().max(60_000).optional(),
  title: z.string().max(2_000).optional(),
  description: z.string().max(4_000).optional(),
  author: z.string().max(500).optional(),
  body: z.string().max(60_000).optional(),
  stamp: z.string().max(64).optional(),
  all: z.string().optional(),
  do: z.enum(["look", "save"]).catch("look"),
})

export function posts({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/queue/:id", signedIn, async (c) => showPost(c, rooms, c.req.param("id")))
    .post("/queue/:id", signedIn, async (c) => {
      const id = c.req.param("id")
      const row = await rooms.outbox.find(id)
      needSight(c, row.unit_id)
      const body = await c.req.parseBody()
      const asked = order.safeParse({ ...body, id })
      if (!asked.success) return showPost(c, rooms, id, { bad: say(c)("Hãy chọn một việc cần làm.", "Choose what to do.") })
      const bad = await decide(c, rooms, asked.data)
      return bad ? showPost(c, rooms, id, { bad }) : c.redirect(`/queue/${id}?done=${asked.data.do}&n=1`, 303)
    })
    .post("/queue/:id/words", signedIn, async (c) => {
      need(c, "edit")
      const id = c.req.param("id")
      const row = await rooms.outbox.find(id)
      needSight(c, row.unit_id)
      const typed = words.parse(await c.req.parseBody())
      const content = (await rooms.outbox.posts([id])).get(id)
      if (!content) throw new NotFoundError("post", id)
      const text = Object.fromEntries(
        editFields[content.network].flatMap((field) => (typed[field] === undefined ? [] : [[field, typed[field]]])),
      ) as PostText
      const { isOwnHost } = rooms.view()
      if (typed.do === "look") return showPost(c, rooms, id, { typed: text, mistakes: editMistakes(content, text, isOwnHost) })
      const ids = typed.all ? [id, ...(await twins(c, rooms, id, content)).map((twin) => twin.id)] : [id]
      try {
        const { changed, toReview } = await rooms.outbox.edit({ ids, text, stamp: typed.stamp, isOwnHost }, actorOf(c))
        return c.redirect(`/queue/${id}?done=words&n=${changed}&review=${toReview}`, 303)
      } catch (error) {
        if (error instanceof InvalidInputError)
          return showPost(c, rooms, id, { typed: text, mistakes: error.mistakes.filter((mistake) => mistake.entry === id) })
        if (error instanceof UsageError) return showPost(c, rooms, id, { typed: text, bad: badWord(error, say(c)) })
        throw error
      }
    })
}

const badWord = (error: UsageError, t: Say) =>
  error.code === "changed_meanwhile"
    ? t(
        "Bài vừa được cổng hoặc người khác sửa. Lời anh/chị gõ vẫn còn trong ô bên dưới; hãy xem lại rồi lưu lần nữa.",
        "The post was changed meanwhile. What you typed is still below; look at it and save again.",
      )
    : t(`Chưa thay đổi gì. ${error.message}`, `Nothing was changed. ${error.message}`)

/** Other posts of the same article on the same network with the very same words, still to be decided. */
async function twins(c: Visit, rooms: Rooms, id: string, content: PostContent): Promise<DeliveryView[]> {
  const user = userOf(c)
  const own = await rooms.outbox.find(id)
  const others = (await rooms.outbox.list({ articleId: own.article_id, network: own.network })).filter(
    (view) => view.id !== id && view.state === own.state && (!user.unitId || view.unit === user.unitId),
  )
  const contents = await rooms.outbox.posts(others.map((view) => view.id))
  return others.filter((view) => contents.has(view.id) && stampOf(contents.get(view.id)!) === stampOf(content))
}

interface Typed {
  typed?: PostText
  mistakes?: Mistake[]
  bad?: string
}

async function showPost(c: Visit, rooms: Rooms, id: string, { typed, mistakes = [], bad }: Typed = {}): Promise<Response> {
  const t = say(c)
  const row = await rooms.outbox.find(id)
  needSight(c, row.unit_id)
  const content = (await rooms.outbox.posts([id])).get(id) ?? null
  const edits = await rooms.outbox.edits(id)
  const siblings = (await rooms.outbox.list({ articleId: row.article_id, unit: row.unit_id })).filter((view) => view.id !== id)
  const own = (await rooms.outbox.ownWords([id], actorOf(c))).has(id)
  const n = Number(c.req.query("n")) || 0
  const done =
    bad || typed
      ? null
      : c.req.query("done") === "words"
        ? savedWord(n, Number(c.req.query("review")) || 0, t)
        : doneWord(c.req.query("done") ?? "", n, t)
  const state: PostState = {
    view: viewOf(row),
    content,
    typed: typed ?? null,
    mistakes,
    edits,
    siblings,
    twins: content && ["review", "held", "waiting"].includes(row.state) ? (await twins(c, rooms, id, content)).length : 0,
    own,
    steps: (await rooms.audit.of(rooms.db, `delivery:${id}`)).map(stepOf),
    accountName: (account) => rooms.view().accountById(account)?.name ?? account,
    unitName: rooms.view().unitById(row.unit_id)?.name ?? row.unit_id,
    now: rooms.clock.now(),
  }
  return page(
    c,
    rooms,
    content?.title ?? t("Bài đăng", "Post"),
    <PostPage state={state} user={userOf(c)} bad={bad ?? null} done={done} t={t} />,
    bad || mistakes.length ? 400 : 200,
  )
}

function savedWord(changed: number, toReview: number, t: Say): string {
  if (!changed) return t("Lời bài không thay đổi.", "The words are the same.")
  const saved = t(`Đã lưu lời mới của ${changed} bài.`, `New words saved for ${changed}.`)
  return toReview ? `${saved} ${t("Bài trở về mục chờ duyệt để người khác duyệt.", "Back in review for somebody else.")}` : saved
}
