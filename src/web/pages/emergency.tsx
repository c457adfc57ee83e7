/** A post written by hand to many units: write, look, confirm. With four eyes the confirmation is another person's. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { InvalidInputError, NotFoundError, UsageError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import {
  askSecond,
  draftEmergency,
  dropEmergency,
  findEmergency,
  listEmergencies,
  sendEmergency,
  type Emergency,
  type EmergencyInput,
} from "../../jobs/emergency.ts"
import { publishingNetworks, unitKinds } from "../../model/index.ts"
import { page } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { actorWord } from "../words.ts"
import { showForm } from "./emergency-form.tsx"
import { showOne } from "./emergency-look.tsx"

const many = z.union([z.string(), z.array(z.string())]).optional().transform((values) => (values === undefined ? [] : [values].flat()))
const typed = z.object({
  unit: z.string().max(100).default(""),
  title: z.string().max(1_000).default(""),
  body: z.string().max(30_000).default(""),
  url: z.string().trim().max(1_000).default(""),
  to: z.enum(["all", "kinds", "units"]).catch("kinds"),
  kinds: many,
  units: many,
  networks: many,
})
export type Typed = z.infer<typeof typed>
const networkOf = z.enum(publishingNetworks)
const kindOf = z.enum(unitKinds)

const inputOf = ({ to, kinds, units, networks, ...words }: Typed): EmergencyInput => ({
  ...words,
  targets: {
    all: to === "all",
    kinds: to === "kinds" ? kinds.flatMap((kind) => kindOf.safeParse(kind).data ?? []) : [],
    units: to === "units" ? units.slice(0, 5_000) : [],
    networks: networks.flatMap((network) => networkOf.safeParse(network).data ?? []),
  },
})
const typedOf = ({ unit, title, body, url, targets }: EmergencyInput): Typed => ({
  unit,
  title,
  body,
  url,
  to: targets.all ? "all" : targets.units.length ? "units" : "kinds",
  kinds: targets.kinds,
  units: targets.units,
  networks: targets.networks,
})

export function emergency({ rooms }: Desk): Hono<WebEnv> {
  const center = (c: Visit) => {
    // Posts to many units are the province's own.
    if (userOf(c).unitId) throw new NotFoundError("page", c.req.path)
  }
  return new Hono<WebEnv>()
    .get("/emergency", signedIn, async (c) => {
      center(c)
      const t = say(c)
      return page(c, rooms, t("Tin khẩn", "Emergency posts"), <ListPage posts={await listEmergencies(rooms)} user={userOf(c)} t={t} />)
    })
    .get("/emergency/new", signedIn, (c) => {
      center(c)
      need(c, "compose")
      const portal = rooms.view().livingUnits.find((unit) => unit.kind === "province_portal") ?? rooms.view().livingUnits[0]
      return showForm(c, rooms, null, {
        unit: portal?.id ?? "",
        title: "",
        body: "",
        url: "",
        to: "kinds",
        kinds: [],
        units: [],
        networks: [...publishingNetworks],
      })
    })
    .post("/emergency/new", signedIn, (c) => save(c, rooms, null))
    .get("/emergency/:id/edit", signedIn, async (c) => {
      center(c)
      need(c, "compose")
      return showForm(c, rooms, c.req.param("id"), typedOf(await findEmergency(rooms, c.req.param("id"))))
    })
    .post("/emergency/:id/edit", signedIn, (c) => save(c, rooms, c.req.param("id")))
    .get("/emergency/:id", signedIn, (c) => {
      center(c)
      return showOne(c, rooms, c.req.param("id"))
    })
    .post("/emergency/:id", signedIn, async (c) => {
      center(c)
      const t = say(c)
      const id = c.req.param("id")
      const body = await c.req.parseBody()
      try {
        if (body.do === "ask") {
          need(c, "compose")
          await askSecond(rooms, id, actorOf(c))
        } else if (body.do === "drop") {
          need(c, "compose")
          await dropEmergency(rooms, id, actorOf(c), String(body.why ?? "").slice(0, 300) || "Người phụ trách bỏ bản nháp.")
        } else if (body.do === "send") {
          need(c, "approve")
          if (body.sure !== "yes") return showOne(c, rooms, id, t("Hãy đánh dấu xác nhận trước khi gửi.", "Confirm before sending."))
          await sendEmergency(rooms, id, actorOf(c), String(body.stamp ?? ""))
        }
      } catch (error) {
        if (error instanceof InvalidInputError)
          return showOne(c, rooms, id, error.mistakes.map((mistake) => `${mistake.found}; ${mistake.expected}`).join(". "))
        if (error instanceof UsageError)
          return showOne(
            c,
            rooms,
            id,
            error.code === "changed_meanwhile"
              ? t("Nội dung vừa thay đổi, hãy đọc lại rồi xác nhận.", "The words changed meanwhile: read them again.")
              : t(`Chưa gửi gì: ${error.message}.`, `Nothing was sent: ${error.message}.`),
          )
        throw error
      }
      return c.redirect(`/emergency/${id}?done=${body.do === "send" ? "send" : body.do === "ask" ? "ask" : "drop"}`, 303)
    })
}

async function save(c: Visit, rooms: Rooms, id: string | null): Promise<Response> {
  if (userOf(c).unitId) throw new NotFoundError("page", c.req.path)
  need(c, "compose")
  const read = typed.parse(await c.req.parseBody({ all: true }))
  try {
    return c.redirect(`/emergency/${await draftEmergency(rooms, inputOf(read), actorOf(c), id)}`, 303)
  } catch (error) {
    if (error instanceof InvalidInputError) return showForm(c, rooms, id, read, error.mistakes)
    if (error instanceof UsageError) return showForm(c, rooms, id, read, [{ file: "", field: "title", found: error.message, expected: "" }])
    throw error
  }
}

export const stateWord = (state: Emergency["state"], t: Say) =>
  ({
    draft: t("bản nháp", "draft"),
    waiting: t("chờ người thứ hai", "waits for the second person"),
    sent: t("đã gửi", "sent"),
    dropped: t("đã bỏ", "dropped"),
  })[state]
export const stateTag = (state: Emergency["state"]) => (state === "sent" ? "pass" : state === "waiting" ? "advice" : "none")

const ListPage = ({ posts, user, t }: { posts: Emergency[]; user: User; t: Say }) => (
  <>
    <h1>{t("Tin khẩn", "Emergency posts")}</h1>
    <p class="lead">
      {t(
        "Tin soạn tay gửi cùng lúc tới nhiều đơn vị, vượt trên hàng chờ và giờ yên lặng: thiên tai, dịch bệnh, đính chính khẩn.",
        "Written by hand, to many units at once, ahead of the queue and of quiet hours.",
      )}
    </p>
    {can(user, "compose") ? (
      <p>
        <a class="button" href="/emergency/new">
          {t("Soạn tin khẩn", "Write one")}
        </a>
      </p>
    ) : null}
    <section class="card">
      {posts.length ? (
        <ul class="rows">
          {posts.map((post) => (
            <li>
              <span class={`tag ${stateTag(post.state)}`}>{stateWord(post.state, t)}</span> <a href={`/emergency/${post.id}`}>{post.title}</a>
              <div class="meta">
                <span>{vnDateTime(post.confirmedAt ?? post.createdAt)}</span>
                <span>{t(`${post.accounts.length} tài khoản`, `${post.accounts.length} accounts`)}</span>
                <span>{t(`soạn: ${actorWord(post.author)}`, `by ${actorWord(post.author)}`)}</span>
                {post.confirmedBy ? (
                  <span>{t(`xác nhận: ${actorWord(post.confirmedBy)}`, `confirmed by ${actorWord(post.confirmedBy)}`)}</span>
                ) : null}
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <p class="empty">{t("Chưa có tin khẩn nào.", "None yet.")}</p>
      )}
    </section>
  </>
)
