import { Hono } from "hono"
import { NotFoundError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import type { ArticleVersion } from "../../articles/index.ts"
import type { Article } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { Outward, page } from "../layout.tsx"
import { needSight, say, signedIn, type Desk, type Say, type WebEnv } from "../visit.ts"
import { actorWord, articleWord, stepWord } from "../words.ts"
import { Posts } from "./unit.tsx"

const PARAGRAPHS_SHOWN = 60
/** Leadership news goes to every account; the steps of the first ones tell the story. */
const HISTORIES_SHOWN = 20

export function articles({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/articles/:id", signedIn, async (c) => {
    const id = c.req.param("id")
    const article = await rooms.articles.get(rooms.db, id)
    if (!article) throw new NotFoundError("article", id)
    needSight(c, article.unitId)
    const [versions, deliveries] = await Promise.all([rooms.articles.versions(rooms.db, id), rooms.outbox.list({ articleId: id })])
    // Another unit may carry this article too; its accounts are not this person's business.
    const own = c.get("user")!.unitId ? deliveries.filter((delivery) => delivery.unit === article.unitId) : deliveries
    const history = await Promise.all(own.slice(0, HISTORIES_SHOWN).map(async ({ id, account }) => ({ account, steps: (await rooms.audit.of(rooms.db, `delivery:${id}`)).map(stepOf) })))
    return page(c, rooms, article.title, <ArticlePage history={history} article={article} unitName={rooms.view().unitById(article.unitId)?.name ?? article.unitId} versions={versions} deliveries={own} t={say(c)} />)
  })
}

interface Step {
  at: number
  action: string
  actor: string
  reason: string | null
}
interface History {
  account: string
  steps: Step[]
}
function stepOf(row: { at: number; action: string; actor: string; detail: string }): Step {
  const detail = JSON.parse(row.detail) as Record<string, unknown>
  const reason = [detail.why, detail.reason].find((text) => typeof text === "string")
  return { at: Number(row.at), action: row.action, actor: row.actor, reason: (reason as string | undefined) ?? null }
}

interface ArticleProps {
  article: Article
  unitName: string
  versions: ArticleVersion[]
  deliveries: DeliveryView[]
  history: History[]
  t: Say
}
const ArticlePage = ({ article, unitName, versions, deliveries, history, t }: ArticleProps) => (
  <>
    <h1>{article.title}</h1>
    <p class="lead meta">
      <span>
        <a href={`/units/${article.unitId}`}>{unitName}</a>
      </span>
      <span>{article.publishedAt === null ? t("không rõ giờ đăng", "time unknown") : vnDateTime(article.publishedAt)}</span>
      <span>{articleWord(article.state, t)}</span>
      <span>
        <Outward href={article.url}>{t("xem trên cổng", "open on the portal")}</Outward>
      </span>
    </p>
    {article.reason && article.state !== "routed" ? <p class="notice bad">{t(`Lý do: ${article.reason}`, `Reason: ${article.reason}`)}</p> : null}
    <div class="columns">
      <section class="card">
        <h2>{t(`Nội dung (${versions.length} phiên bản)`, `Text (${versions.length} versions)`)}</h2>
        {versions.toReversed().map((version, i) => (
          <details open={i === 0}>
            <summary>{t(`Phiên bản ${version.version}, ${vnDateTime(version.at)}`, `Version ${version.version}, ${vnDateTime(version.at)}`)}</summary>
            <h3>{version.title}</h3>
            {version.summary ? <p>{version.summary}</p> : null}
            {version.paragraphs.slice(0, PARAGRAPHS_SHOWN).map((paragraph) => (
              <p>{paragraph}</p>
            ))}
          </details>
        ))}
      </section>
      <section class="card">
        <h2>{t("Các lượt gửi", "Deliveries")}</h2>
        <Posts deliveries={deliveries} t={t} />
        {history.some(({ steps }) => steps.length) ? <Histories history={history} t={t} /> : null}
      </section>
    </div>
  </>
)

const Histories = ({ history, t }: { history: History[]; t: Say }) => (
  <details>
    <summary>{t("Nhật ký xử lý", "What happened")}</summary>
    {history
      .filter(({ steps }) => steps.length)
      .map(({ account, steps }) => (
        <>
          <h3>{account}</h3>
          <ul class="rows">
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
          </ul>
        </>
      ))}
  </details>
)
