/** One article: every wording with what changed, every post made of it, why it is held, what was done. */
import { Hono } from "hono"
import type { Rooms } from "../../app.ts"
import { DESK_FEED, type ArticleVersion } from "../../articles/index.ts"
import { NotFoundError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import type { Article, PostContent } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { DeliveryList } from "../parts/deliveries.tsx"
import { Outward, page } from "../layout.tsx"
import { diffWords } from "../parts/diff.ts"
import { Preview } from "../parts/preview.tsx"
import { can, type User } from "../people/index.ts"
import { needSight, say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { actorWord, articleWord, deliveryWord, stepWord } from "../words.ts"

const PARAGRAPHS_SHOWN = 60
/** Leadership news goes to every account; the steps of the first ones tell the story. */
const HISTORIES_SHOWN = 20
const PREVIEWS_SHOWN = 2
const DELIVERIES_SHOWN = 300

export function articles({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/articles/:id", signedIn, async (c) => {
    const id = c.req.param("id")
    const article = await rooms.articles.get(rooms.db, id)
    if (!article) throw new NotFoundError("article", id)
    const user = userOf(c)
    const t = say(c)
    const [versions, all] = await Promise.all([rooms.articles.versions(rooms.db, id), rooms.outbox.list({ articleId: id })])
    // A unit official reads news of the own unit, and news that goes to the own unit's accounts; other accounts are not this person's business.
    const own = user.unitId ? all.filter((delivery) => delivery.unit === user.unitId) : all
    if (!own.length) needSight(c, article.unitId)
    return page(c, rooms, article.title, <ArticlePage state={await articleState(rooms, article, versions, own)} user={user} t={t} />)
  })
}

interface Step {
  at: number
  action: string
  actor: string
  reason: string | null
}
interface ArticleState {
  article: Article
  unitName: string
  versions: ArticleVersion[]
  deliveries: DeliveryView[]
  nameOf(account: string): string
  previews: { delivery: DeliveryView; content: PostContent }[]
  history: { account: string; steps: Step[] }[]
}

async function articleState(rooms: Rooms, article: Article, versions: ArticleVersion[], deliveries: DeliveryView[]): Promise<ArticleState> {
  const nameOf = (account: string) => rooms.view().accountById(account)?.name ?? account
  // One post of each network is enough to judge them by.
  const samples = (["facebook", "zalo"] as const)
    .flatMap((network) => deliveries.find((delivery) => delivery.network === network) ?? [])
    .slice(0, PREVIEWS_SHOWN)
  const [posts, history] = await Promise.all([
    rooms.outbox.posts(samples.map((delivery) => delivery.id)),
    Promise.all(
      deliveries
        .slice(0, HISTORIES_SHOWN)
        .map(async ({ id, account }) => ({ account: nameOf(account), steps: (await rooms.audit.of(rooms.db, `delivery:${id}`)).map(stepOf) })),
    ),
  ])
  const previews = samples.flatMap((delivery) => (posts.has(delivery.id) ? [{ delivery, content: posts.get(delivery.id)! }] : []))
  return { article, unitName: rooms.view().unitById(article.unitId)?.name ?? article.unitId, versions, deliveries, nameOf, previews, history }
}

function stepOf(row: { at: number; action: string; actor: string; detail: string }): Step {
  const detail = JSON.parse(row.detail) as Record<string, unknown>
  const reason = [detail.why, detail.reason].find((text) => typeof text === "string")
  return { at: Number(row.at), action: row.action, actor: row.actor, reason: (reason as string | undefined) ?? null }
}

const ArticlePage = ({
  state: { article, unitName, versions, deliveries, nameOf, previews, history },
  user,
  t,
}: {
  state: ArticleState
  user: User
  t: Say
}) => (
  <>
    <p class="crumbs">
      <a href={`/units/${article.unitId}`}>{unitName}</a> /
    </p>
    <h1>{article.title}</h1>
    <p class="lead meta">
      <span>{article.publishedAt === null ? t("không rõ giờ đăng", "time unknown") : vnDateTime(article.publishedAt)}</span>
      <span>{articleWord(article.state, t)}</span>
      {article.emergency ? <span>{t("tin khẩn", "emergency")}</span> : null}
      <span>
        {article.feedId === DESK_FEED ? (
          t("soạn tại bàn làm việc", "written at the desk")
        ) : (
          <Outward href={article.url}>{t("xem trên cổng", "open on the portal")}</Outward>
        )}
      </span>
    </p>
    {article.reason && article.state !== "routed" ? <p class="notice bad">{t(`Lý do: ${article.reason}`, `Reason: ${article.reason}`)}</p> : null}
    <div class="columns">
      <div>
        <section class="card">
          <h2>{t(`Nội dung (${versions.length} phiên bản)`, `Text (${versions.length} versions)`)}</h2>
          {versions.map((version, i) => <Version version={version} before={versions[i - 1]} open={i === versions.length - 1} t={t} />).reverse()}
        </section>
        {previews.length ? (
          <section class="card">
            <h2>{t("Bài trên từng mạng", "The post on each network")}</h2>
            <div class="previews">
              {previews.map(({ delivery, content }) => (
                <Preview content={content} account={nameOf(delivery.account)} when={deliveryWord(delivery.state, t)} t={t} />
              ))}
            </div>
          </section>
        ) : null}
      </div>
      <div>
        <section class="card">
          <header>
            <h2>{t(`Các lượt gửi (${deliveries.length})`, `Deliveries (${deliveries.length})`)}</h2>
            {can(user, "take_down") && deliveries.some((delivery) => delivery.state === "published") ? (
              <a href={`/take-down?article=${article.id}`}>{t("Gỡ bài…", "Take down…")}</a>
            ) : null}
          </header>
          <Deliveries deliveries={deliveries.slice(0, DELIVERIES_SHOWN)} nameOf={nameOf} t={t} />
        </section>
        {history.some(({ steps }) => steps.length) ? <Histories history={history} t={t} /> : null}
      </div>
    </div>
  </>
)

const textOf = (version: ArticleVersion) => [version.summary, ...version.paragraphs.slice(0, PARAGRAPHS_SHOWN)].filter(Boolean).join("\n\n")

/** The wording, or what it changed of the one before. */
const Version = ({ version, before, open, t }: { version: ArticleVersion; before: ArticleVersion | undefined; open: boolean; t: Say }) => (
  <details open={open}>
    <summary>
      {t(`Phiên bản ${version.version}, ${vnDateTime(version.at)}`, `Version ${version.version}, ${vnDateTime(version.at)}`)}
      {before ? t(`: so với phiên bản ${before.version}`, `: compared with version ${before.version}`) : ""}
    </summary>
    {before ? (
      <>
        <p class="hint-text">
          {t("Chữ ", "Words ")}
          <ins>{t("thêm", "added")}</ins>
          {t(" và chữ ", " and ")}
          <del>{t("bỏ", "removed")}</del>.
        </p>
        <h3>
          <Changed before={before.title} after={version.title} />
        </h3>
        <p class="text">
          <Changed before={textOf(before)} after={textOf(version)} />
        </p>
      </>
    ) : (
      <>
        <h3>{version.title}</h3>
        {textOf(version).split("\n\n").map((paragraph) => (
          <p>{paragraph}</p>
        ))}
      </>
    )}
  </details>
)

export const Changed = ({ before, after }: { before: string; after: string }) => (
  <span class="text">
    {diffWords(before, after).map(({ kind, text }) => (kind === "added" ? <ins>{text}</ins> : kind === "removed" ? <del>{text}</del> : text))}
  </span>
)

const Deliveries = ({ deliveries, nameOf, t }: { deliveries: DeliveryView[]; nameOf: (account: string) => string; t: Say }) =>
  <DeliveryList deliveries={deliveries} head={(delivery) => <a href={`/queue/${delivery.id}`}>{nameOf(delivery.account)}</a>} accounts t={t} />

export const Steps = ({ steps, t }: { steps: Step[]; t: Say }) => (
  <ol class="timeline">
    {steps.map((step) => (
      <li>
        {stepWord(step.action, t)}
        {step.reason ? `: ${step.reason}` : ""}
        <div class="meta">
          <span>{vnDateTime(step.at)}</span>
          <span>{actorWord(step.actor)}</span>
        </div>
      </li>
    ))}
  </ol>
)
export { stepOf }

const Histories = ({ history, t }: { history: ArticleState["history"]; t: Say }) => (
  <section class="card">
    <h2>{t("Nhật ký xử lý", "What happened")}</h2>
    {history
      .filter(({ steps }) => steps.length)
      .map(({ account, steps }, i) => (
        <details open={i === 0}>
          <summary>{account}</summary>
          <Steps steps={steps} t={t} />
        </details>
      ))}
  </section>
)
