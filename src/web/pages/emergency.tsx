/** A post written by hand to many units: write, look, confirm. With four eyes the confirmation is another person's. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { InvalidInputError, NotFoundError, UsageError, type Mistake } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import {
  askSecond, draftEmergency, dropEmergency, emergencyLimits, emergencyPosts, emergencyStamp, findEmergency, listEmergencies, needsSecond, perNetwork, sendEmergency,
  type Emergency, type EmergencyInput,
} from "../../jobs/emergency.ts"
import { publishingNetworks, unitKinds, type PostContent, type Unit, type UnitKind } from "../../model/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { Preview } from "../parts/preview.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, need, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { actorWord, networkName } from "../words.ts"

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
type Typed = z.infer<typeof typed>
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
const typedOf = ({ unit, title, body, url, targets }: EmergencyInput): Typed => ({ unit, title, body, url, to: targets.all ? "all" : targets.units.length ? "units" : "kinds", kinds: targets.kinds, units: targets.units, networks: targets.networks })

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
      return showForm(c, rooms, null, { unit: portal?.id ?? "", title: "", body: "", url: "", to: "kinds", kinds: [], units: [], networks: [...publishingNetworks] })
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
        if (error instanceof InvalidInputError) return showOne(c, rooms, id, error.mistakes.map((mistake) => `${mistake.found}; ${mistake.expected}`).join(". "))
        if (error instanceof UsageError) return showOne(c, rooms, id, error.code === "changed_meanwhile" ? t("Nội dung vừa thay đổi, hãy đọc lại rồi xác nhận.", "The words changed meanwhile: read them again.") : t(`Chưa gửi gì: ${error.message}.`, `Nothing was sent: ${error.message}.`))
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

const stateWord = (state: Emergency["state"], t: Say) => ({ draft: t("bản nháp", "draft"), waiting: t("chờ người thứ hai", "waits for the second person"), sent: t("đã gửi", "sent"), dropped: t("đã bỏ", "dropped") })[state]
const stateTag = (state: Emergency["state"]) => (state === "sent" ? "pass" : state === "waiting" ? "advice" : "none")

const ListPage = ({ posts, user, t }: { posts: Emergency[]; user: User; t: Say }) => (
  <>
    <h1>{t("Tin khẩn", "Emergency posts")}</h1>
    <p class="lead">{t("Tin soạn tay gửi cùng lúc tới nhiều đơn vị, vượt trên hàng chờ và giờ yên lặng: thiên tai, dịch bệnh, đính chính khẩn.", "Written by hand, to many units at once, ahead of the queue and of quiet hours.")}</p>
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
                {post.confirmedBy ? <span>{t(`xác nhận: ${actorWord(post.confirmedBy)}`, `confirmed by ${actorWord(post.confirmedBy)}`)}</span> : null}
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

function showForm(c: Visit, rooms: Rooms, id: string | null, values: Typed, mistakes: Mistake[] = []) {
  const t = say(c)
  return page(c, rooms, t("Soạn tin khẩn", "Write an emergency post"), <FormPage id={id} values={values} mistakes={mistakes} units={rooms.view().livingUnits} t={t} />, mistakes.length ? 400 : 200)
}

const kinds = (t: Say): [UnitKind, string][] => [
  ["province_portal", t("Cổng tỉnh", "Province portal")],
  ["department", t("Sở, ban, ngành", "Departments")],
  ["ward", t("Phường", "Wards")],
  ["commune", t("Xã", "Communes")],
]
const fieldName = (field: string, t: Say) => ({ title: t("Tiêu đề", "Title"), body: t("Nội dung", "Text"), url: t("Địa chỉ nguồn", "Source"), unit: t("Đơn vị phát tin", "Speaking unit"), targets: t("Nơi nhận", "Targets") })[field] ?? field

const FormPage = ({ id, values, mistakes, units, t }: { id: string | null; values: Typed; mistakes: Mistake[]; units: readonly Unit[]; t: Say }) => {
  const wrong = (field: string) => mistakes.filter((mistake) => mistake.field === field)
  const Wrong = ({ field }: { field: string }) =>
    wrong(field).length ? (
      <p class="error" id={`e-${field}`}>
        {wrong(field).map((mistake) => [mistake.found, mistake.expected].filter(Boolean).join("; ")).join(". ")}
      </p>
    ) : null
  const about = (field: string, counted: boolean) => ({ "aria-describedby": [counted ? `n-${field}` : "", wrong(field).length ? `e-${field}` : ""].filter(Boolean).join(" ") || undefined, "aria-invalid": wrong(field).length ? ("true" as const) : undefined })
  const count = (field: "title" | "body") => (
    <span class={values[field].length > emergencyLimits[field] ? "count over" : "count"} id={`n-${field}`}>
      {values[field].length.toLocaleString("vi-VN")}/{emergencyLimits[field].toLocaleString("vi-VN")}
    </span>
  )
  return (
    <form class="middle" method="post" action={id ? `/emergency/${id}/edit` : "/emergency/new"}>
      <h1>{id ? t("Sửa tin khẩn", "Change the post") : t("Soạn tin khẩn", "Write an emergency post")}</h1>
      <p class="lead">{t("Chưa gửi gì ở bước này. Bước sau cho xem bài trên từng mạng rồi mới xác nhận.", "Nothing is sent here. The next step shows the post on each network before you confirm.")}</p>
      {mistakes.length ? (
        <div class="notice bad" role="alert">
          {t(`Có ${mistakes.length} điều cần sửa, chưa lưu gì:`, `${mistakes.length} mistakes, nothing was saved:`)}
          <ul>
            {mistakes.map((mistake) => (
              <li>
                <a href={`#${mistake.field}`}>
                  {fieldName(mistake.field, t)}: {mistake.found}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <section class="card">
        <div class="field">
          <label for="unit">{t("Đơn vị phát tin", "Speaking unit")}</label>
          <select id="unit" name="unit" {...about("unit", false)}>
            {units.map((unit) => (
              <option value={unit.id} selected={unit.id === values.unit}>
                {unit.name}
              </option>
            ))}
          </select>
          <Wrong field="unit" />
        </div>
        <div class="field">
          <label for="title">{t("Tiêu đề", "Title")}</label> {count("title")}
          <input type="text" id="title" name="title" value={values.title} data-count="n-title" data-unit="utf16" data-max={emergencyLimits.title} {...about("title", true)} />
          <Wrong field="title" />
        </div>
        <div class="field">
          <label for="body">{t("Nội dung (mỗi đoạn cách nhau một dòng trống)", "Text (an empty line between paragraphs)")}</label> {count("body")}
          <textarea id="body" name="body" rows={10} data-count="n-body" data-unit="utf16" data-max={emergencyLimits.body} {...about("body", true)}>
            {values.body}
          </textarea>
          <Wrong field="body" />
        </div>
        <div class="field">
          <label for="url">{t("Địa chỉ nguồn trên cổng (có thể để trống)", "Source on a portal (may be empty)")}</label>
          <input type="text" inputmode="url" id="url" name="url" value={values.url} {...about("url", false)} />
          <Wrong field="url" />
        </div>
      </section>
      <section class="card" id="targets">
        <h2>{t("Nơi nhận", "To whom")}</h2>
        <fieldset>
          <legend class="unseen">{t("Phạm vi", "Range")}</legend>
          <label class="tick">
            <input type="radio" name="to" value="all" checked={values.to === "all"} /> {t(`Mọi đơn vị (${units.length})`, `Every unit (${units.length})`)}
          </label>
          <label class="tick">
            <input type="radio" name="to" value="kinds" checked={values.to === "kinds"} /> {t("Theo loại đơn vị:", "By kind:")}
          </label>
          <div class="inline">
            {kinds(t).map(([kind, label]) => (
              <label class="tick">
                <input type="checkbox" name="kinds" value={kind} checked={values.kinds.includes(kind)} /> {label} ({units.filter((unit) => unit.kind === kind).length})
              </label>
            ))}
          </div>
          <label class="tick">
            <input type="radio" name="to" value="units" checked={values.to === "units"} /> {t("Chỉ những đơn vị này:", "Only these units:")}
          </label>
        </fieldset>
        <div class="field" hidden>
          <label for="narrow">{t("Tìm đơn vị trong danh sách", "Find a unit")}</label>
          <input type="search" id="narrow" data-narrows="units" />
        </div>
        <fieldset class="choices" id="units" tabindex={0} aria-label={t("Danh sách đơn vị", "Units")}>
          {units.map((unit) => (
            <label class="tick">
              <input type="checkbox" name="units" value={unit.id} checked={values.units.includes(unit.id)} /> {unit.name}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{t("Mạng xã hội", "Networks")}</legend>
          <div class="inline">
            {publishingNetworks.map((network) => (
              <label class="tick">
                <input type="checkbox" name="networks" value={network} checked={values.networks.includes(network)} /> {networkName(network)}
              </label>
            ))}
          </div>
        </fieldset>
        <div class="field">
          <Wrong field="targets" />
        </div>
      </section>
      <button>{t("Xem trước và xác nhận", "Look and confirm")}</button>
    </form>
  )
}

async function showOne(c: Visit, rooms: Rooms, id: string, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  const post = await findEmergency(rooms, id)
  const samples = publishingNetworks.flatMap((network) => rooms.view().accounts.find((account) => account.network === network && post.accounts.includes(account.id)) ?? [])
  const contents = await emergencyPosts(rooms, post, samples)
  const deliveries = post.articleId ? await rooms.outbox.list({ articleId: post.articleId }) : []
  const states: Record<string, number> = {}
  for (const { state } of deliveries) states[state] = (states[state] ?? 0) + 1
  const state: OneState = {
    post,
    unitName: rooms.view().unitById(post.unit)?.name ?? post.unit,
    units: new Set(post.accounts.map((account) => rooms.view().accountById(account)?.unitId)).size,
    networks: perNetwork(rooms, post.accounts),
    samples: samples.map((account) => ({ name: account.name, content: contents.get(account.id)! })),
    second: await needsSecond(rooms, post),
    mine: post.author === actorOf(c),
    states,
    closed: post.accounts.filter((account) => !rooms.outbox.deps.gate(account).open).length,
  }
  const done = { send: t("Đã gửi. Bài đang được đăng ngay.", "Sent. The posts are going out now."), ask: t("Đã chuyển cho người thứ hai xác nhận.", "Waits for the second person."), drop: t("Đã bỏ tin này.", "Dropped.") }[c.req.query("done") ?? ""] ?? null
  return page(c, rooms, post.title, <OnePage state={state} user={user} bad={bad} done={bad ? null : done} t={t} />, bad ? 400 : 200)
}

interface OneState {
  post: Emergency
  unitName: string
  units: number
  networks: Record<string, number>
  samples: { name: string; content: PostContent }[]
  second: boolean
  mine: boolean
  states: Record<string, number>
  /** Accounts that a rule keeps from publishing. */
  closed: number
}

const OnePage = ({ state, user, bad, done, t }: { state: OneState; user: User; bad: string | null; done: string | null; t: Say }) => {
  const { post, samples } = state
  return (
    <>
      <p class="crumbs">
        <a href="/emergency">{t("Tin khẩn", "Emergency posts")}</a> /
      </p>
      <h1>{post.title}</h1>
      <p class="lead meta">
        <span class={`tag ${stateTag(post.state)}`}>{stateWord(post.state, t)}</span>
        <span>{state.unitName}</span>
        <span>{t(`soạn: ${actorWord(post.author)}, ${vnDateTime(post.createdAt)}`, `by ${actorWord(post.author)}, ${vnDateTime(post.createdAt)}`)}</span>
        {post.confirmedBy && post.confirmedAt ? <span>{t(`xác nhận: ${actorWord(post.confirmedBy)}, ${vnDateTime(post.confirmedAt)}`, `confirmed: ${actorWord(post.confirmedBy)}, ${vnDateTime(post.confirmedAt)}`)}</span> : null}
      </p>
      <Problem text={bad} />
      <Done text={done} />
      <div class="columns">
        <div class="previews">
          {samples.map(({ name, content }) => (
            <Preview content={content} account={name} t={t} />
          ))}
        </div>
        <div>
          <section class="card">
            <h2>{t("Nơi nhận", "Targets")}</h2>
            <dl class="facts">
              <dt>{t("Đơn vị", "Units")}</dt>
              <dd>{state.units}</dd>
              <dt>Facebook</dt>
              <dd>{t(`${state.networks.facebook} trang`, `${state.networks.facebook} Pages`)}</dd>
              <dt>Zalo OA</dt>
              <dd>{t(`${state.networks.zalo} tài khoản`, `${state.networks.zalo} accounts`)}</dd>
            </dl>
            {post.state !== "sent" && state.closed ? <p class="why">{t(`${state.closed} tài khoản đang không được phép đăng; bài của chúng sẽ bị giữ kèm lý do.`, `${state.closed} accounts may not publish; their posts will be held with the reason.`)}</p> : null}
            {post.articleId ? <Outcome states={state.states} article={post.articleId} t={t} /> : null}
          </section>
          <Confirm state={state} user={user} t={t} />
        </div>
      </div>
    </>
  )
}

const Outcome = ({ states, article, t }: { states: Record<string, number>; article: string; t: Say }) => {
  const words: Record<string, string> = { published: t("đã đăng", "published"), waiting: t("đang chờ", "waiting"), sending: t("đang gửi", "sending"), held: t("bị giữ", "held"), refused: t("không đăng được", "refused"), unknown: t("chưa rõ kết quả", "unknown"), cancelled: t("đã hủy", "cancelled"), review: t("chờ duyệt", "in review") }
  return (
    <>
      <p>{Object.entries(states).map(([state, n]) => `${n} ${words[state] ?? state}`).join(", ")}</p>
      <p>
        <a href={`/articles/${article}`}>{t("Xem từng bài, gỡ bài", "See every post, take down")}</a>
      </p>
    </>
  )
}

const Confirm = ({ state: { post, second, mine, units }, user, t }: { state: OneState; user: User; t: Say }) => {
  if (post.state !== "draft" && post.state !== "waiting") return null
  const blocked = second && mine
  return (
    <>
      <form class="card" method="post" action={`/emergency/${post.id}`}>
        <h2>{t("Xác nhận lần hai", "Second confirmation")}</h2>
        <input type="hidden" name="stamp" value={emergencyStamp(post)} />
        {blocked || !can(user, "approve") ? (
          <>
            <p>{blocked ? t("Theo nguyên tắc bốn mắt, một người duyệt khác phải đọc và gửi tin này.", "Four eyes: another approver reads and sends it.") : t("Người có quyền duyệt sẽ đọc và gửi tin này.", "An approver reads and sends it.")}</p>
            {post.state === "draft" && can(user, "compose") ? (
              <button name="do" value="ask">
                {t("Chuyển cho người thứ hai", "Ask the second person")}
              </button>
            ) : null}
          </>
        ) : (
          <>
            <label class="tick">
              <input type="checkbox" name="sure" value="yes" required /> {t(`Tôi đã đọc bài trên từng mạng và muốn đăng ngay tới ${units} đơn vị (${post.accounts.length} tài khoản).`, `I have read the post on each network and want it out to ${units} units (${post.accounts.length} accounts).`)}
            </label>
            <button class="grave" name="do" value="send">
              {t("Gửi tin khẩn ngay", "Send now")}
            </button>
          </>
        )}
      </form>
      {can(user, "compose") ? (
        <form class="card inline" method="post" action={`/emergency/${post.id}`}>
          <a class="button plain" href={`/emergency/${post.id}/edit`}>
            {t("Sửa lại", "Change")}
          </a>
          <button class="danger" name="do" value="drop">
            {t("Bỏ tin này", "Drop it")}
          </button>
        </form>
      ) : null}
    </>
  )
}
