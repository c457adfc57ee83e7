import { Hono } from "hono"
import { NotFoundError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import type { ArticleVersion } from "../../articles/index.ts"
import type { Article } from "../../model/index.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { Outward, page } from "../layout.tsx"
import { needSight, say, signedIn, type Desk, type Say, type WebEnv } from "../visit.ts"
import { articleWord } from "../words.ts"
import { Posts } from "./unit.tsx"

const PARAGRAPHS_SHOWN = 60

export function articles({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/articles/:id", signedIn, async (c) => {
    const id = c.req.param("id")
    const article = await rooms.articles.get(rooms.db, id)
    if (!article) throw new NotFoundError("article", id)
    needSight(c, article.unitId)
    const [versions, deliveries] = await Promise.all([rooms.articles.versions(rooms.db, id), rooms.outbox.list({ articleId: id })])
    // Another unit may carry this article too; its accounts are not this person's business.
    const own = c.get("user")!.unitId ? deliveries.filter((delivery) => delivery.unit === article.unitId) : deliveries
    return page(c, rooms, article.title, <ArticlePage article={article} unitName={rooms.view().unitById(article.unitId)?.name ?? article.unitId} versions={versions} deliveries={own} t={say(c)} />)
  })
}

const ArticlePage = ({ article, unitName, versions, deliveries, t }: { article: Article; unitName: string; versions: ArticleVersion[]; deliveries: DeliveryView[]; t: Say }) => (
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
      </section>
    </div>
  </>
)
