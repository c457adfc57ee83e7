/** Taking posts down: what will happen on each network is said before it happens. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { vnDateTime } from "../../base/time.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { viewOf } from "../../outbox/index.ts"
import { Outward, page, Problem } from "../layout.tsx"
import { actorOf, need, needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { networkName } from "../words.ts"

const POSTS_MAX = 1_000
const many = z.array(z.string().max(64)).max(POSTS_MAX)
const asked = z.object({ id: many.catch([]), article: z.string().max(64).optional() })
const order = z.object({
  id: z
    .union([z.string(), z.array(z.string())])
    .transform((ids) => [ids].flat())
    .pipe(many.min(1)),
  why: z.string().trim().min(1).max(500),
  sure: z.literal("yes"),
})

export function takeDown({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get("/take-down", signedIn, async (c) => {
      need(c, "take_down")
      return show(c, rooms, await postsOf(c, rooms, asked.parse({ id: c.req.queries("id"), article: c.req.query("article") })))
    })
    .post("/take-down", signedIn, async (c) => {
      need(c, "take_down")
      const t = say(c)
      const body = await c.req.parseBody({ all: true })
      const read = order.safeParse(body)
      const ids = [body.id ?? []].flat().filter((id): id is string => typeof id === "string").slice(0, POSTS_MAX)
      const rows = await Promise.all((read.success ? read.data.id : ids).map((id) => rooms.outbox.find(id)))
      for (const row of rows) needSight(c, row.unit_id)
      if (!read.success)
        return show(c, rooms, rows.map(viewOf), t("Hãy chọn bài, ghi lý do và đánh dấu xác nhận.", "Choose posts, give a reason and confirm."))
      let done = 0
      for (const row of rows) if (await rooms.outbox.takeDown(row.id, actorOf(c), read.data.why)) done += 1
      return c.redirect(`/queue?state=published&done=take-down&n=${done}`, 303)
    })
}

async function postsOf(c: Visit, rooms: Rooms, { id, article }: z.infer<typeof asked>): Promise<DeliveryView[]> {
  const user = userOf(c)
  if (id.length) {
    const rows = await Promise.all([...new Set(id)].map((one) => rooms.outbox.find(one)))
    for (const row of rows) needSight(c, row.unit_id)
    return rows.filter((row) => row.state === "published").map(viewOf)
  }
  const all = article ? await rooms.outbox.list({ articleId: article, state: "published", limit: POSTS_MAX }) : []
  return user.unitId ? all.filter((view) => view.unit === user.unitId) : all
}

function show(c: Visit, rooms: Rooms, views: DeliveryView[], bad: string | null = null) {
  const t = say(c)
  const nameOf = (account: string) => rooms.view().accountById(account)?.name ?? account
  return page(c, rooms, t("Gỡ bài", "Take down"), <TakeDownPage views={views} nameOf={nameOf} bad={bad} t={t} />, bad ? 400 : 200)
}

const TakeDownPage = ({ views, nameOf, bad, t }: { views: DeliveryView[]; nameOf: (account: string) => string; bad: string | null; t: Say }) => (
  <div class="middle">
    <h1>{t("Gỡ bài khỏi mạng xã hội", "Take posts down")}</h1>
    <p class="lead">
      {t(
        "Trên Facebook bài bị xóa hẳn, không khôi phục được. Trên Zalo bài được ẩn. Tin trên cổng không thay đổi; Loa không tự đăng lại bài đã gỡ.",
        "Facebook deletes the post for good, Zalo hides it. The portal is not changed; Loa does not post it again by itself.",
      )}
    </p>
    <Problem text={bad} />
    {views.length ? (
      <form class="card" method="post" action="/take-down">
        <fieldset>
          <legend>{t(`${views.length} bài sẽ gỡ`, `${views.length} posts`)}</legend>
          {views.map((view) => (
            <label class="tick">
              <input type="checkbox" name="id" value={view.id} checked />{" "}
              <span>
                {networkName(view.network)}: {nameOf(view.account)}
                {view.publishedAt ? <span class="meta"> {vnDateTime(Date.parse(view.publishedAt))}</span> : null}{" "}
                {view.remoteUrl ? <Outward href={view.remoteUrl}>{t("xem", "open")}</Outward> : null}
              </span>
            </label>
          ))}
        </fieldset>
        <div class="field">
          <label for="why">{t("Lý do gỡ (ghi vào nhật ký)", "Reason (kept in the audit log)")}</label>
          <input type="text" id="why" name="why" maxlength={500} required />
        </div>
        <label class="tick">
          <input type="checkbox" name="sure" value="yes" required />{" "}
          {t("Tôi hiểu bài sẽ biến mất khỏi trang công khai.", "I understand that the posts vanish from the public pages.")}
        </label>
        <button class="grave">{t("Gỡ bài", "Take down")}</button>
      </form>
    ) : (
      <p class="card empty">{t("Không có bài đã đăng nào để gỡ.", "There is no published post to take down.")}</p>
    )}
  </div>
)
