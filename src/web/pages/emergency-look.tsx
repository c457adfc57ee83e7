/** A post by hand as each network will show it, and its second confirmation. */
import type { Rooms } from "../../app.ts"
import { vnDateTime } from "../../base/time.ts"
import { emergencyPosts, emergencyStamp, findEmergency, needsSecond, perNetwork, type Emergency } from "../../jobs/emergency.ts"
import { publishingNetworks, type PostContent } from "../../model/index.ts"
import { Done, page, Problem } from "../layout.tsx"
import { Preview } from "../parts/preview.tsx"
import { can, type User } from "../people/index.ts"
import { actorOf, say, userOf, type Say, type Visit } from "../visit.ts"
import { actorWord } from "../words.ts"
import { stateTag, stateWord } from "./emergency.tsx"

export async function showOne(c: Visit, rooms: Rooms, id: string, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  const post = await findEmergency(rooms, id)
  const samples = publishingNetworks.flatMap(
    (network) => rooms.view().accounts.find((account) => account.network === network && post.accounts.includes(account.id)) ?? [],
  )
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
  const done =
    {
      send: t("Đã gửi. Bài đang được đăng ngay.", "Sent. The posts are going out now."),
      ask: t("Đã chuyển cho người thứ hai xác nhận.", "Waits for the second person."),
      drop: t("Đã bỏ tin này.", "Dropped."),
    }[c.req.query("done") ?? ""] ?? null
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
        <span>
          {t(`soạn: ${actorWord(post.author)}, ${vnDateTime(post.createdAt)}`, `by ${actorWord(post.author)}, ${vnDateTime(post.createdAt)}`)}
        </span>
        {post.confirmedBy && post.confirmedAt ? (
          <span>
            {t(
              `xác nhận: ${actorWord(post.confirmedBy)}, ${vnDateTime(post.confirmedAt)}`,
              `confirmed: ${actorWord(post.confirmedBy)}, ${vnDateTime(post.confirmedAt)}`,
            )}
          </span>
        ) : null}
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
            {post.state !== "sent" && state.closed ? (
              <p class="why">
                {t(
                  `${state.closed} tài khoản đang không được phép đăng; bài của chúng sẽ bị giữ kèm lý do.`,
                  `${state.closed} accounts may not publish; their posts will be held with the reason.`,
                )}
              </p>
            ) : null}
            {post.articleId ? <Outcome states={state.states} article={post.articleId} t={t} /> : null}
          </section>
          <Confirm state={state} user={user} t={t} />
        </div>
      </div>
    </>
  )
}

const Outcome = ({ states, article, t }: { states: Record<string, number>; article: string; t: Say }) => {
  const words: Record<string, string> = {
    published: t("đã đăng", "published"),
    waiting: t("đang chờ", "waiting"),
    sending: t("đang gửi", "sending"),
    held: t("bị giữ", "held"),
    refused: t("không đăng được", "refused"),
    unknown: t("chưa rõ kết quả", "unknown"),
    cancelled: t("đã hủy", "cancelled"),
    review: t("chờ duyệt", "in review"),
  }
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
            <p>
              {blocked
                ? t("Theo nguyên tắc bốn mắt, một người duyệt khác phải đọc và gửi tin này.", "Four eyes: another approver reads and sends it.")
                : t("Người có quyền duyệt sẽ đọc và gửi tin này.", "An approver reads and sends it.")}
            </p>
            {post.state === "draft" && can(user, "compose") ? (
              <button name="do" value="ask">
                {t("Chuyển cho người thứ hai", "Ask the second person")}
              </button>
            ) : null}
          </>
        ) : (
          <>
            <label class="tick">
              <input type="checkbox" name="sure" value="yes" required />{" "}
              {t(
                `Tôi đã đọc bài trên từng mạng và muốn đăng ngay tới ${units} đơn vị (${post.accounts.length} tài khoản).`,
                `I have read the post on each network and want it out to ${units} units (${post.accounts.length} accounts).`,
              )}
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
