/** Every feed that needs a look, over all units; the healthy ones are only counted. */
import { Hono } from "hono"
import type { FeedHealth } from "../../feeds/index.ts"
import { NotFoundError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import { page } from "../layout.tsx"
import { ReleaseFeed } from "../parts/release-feed.tsx"
import { can, type User } from "../people/index.ts"
import { say, signedIn, userOf, type Desk, type Say, type WebEnv } from "../visit.ts"
import { factWord, feedState, feedWord } from "../words.ts"

const FEEDS_SHOWN = 300

export function feedPages({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/feeds", signedIn, async (c) => {
    const user = userOf(c)
    if (user.unitId) throw new NotFoundError("page", c.req.path)
    const t = say(c)
    const active = (await rooms.feeds.health(rooms.db, rooms.clock.now())).filter((feed) => feed.active)
    const troubled = active.filter((feed) => !["ok", "new"].includes(feedState(feed)))
    const nameOf = (unit: string) => rooms.view().unitById(unit)?.name ?? unit
    return page(c, rooms, t("Nguồn tin", "Feeds"), <FeedsPage total={active.length} troubled={troubled} nameOf={nameOf} user={user} t={t} />)
  })
}

const FeedsPage = ({
  total,
  troubled,
  nameOf,
  user,
  t,
}: {
  total: number
  troubled: FeedHealth[]
  nameOf: (unit: string) => string
  user: User
  t: Say
}) => (
  <>
    <h1>{t("Nguồn tin cần xem", "Feeds that need a look")}</h1>
    <p class="lead">{t(`${troubled.length} trong ${total} nguồn tin có vấn đề.`, `${troubled.length} of ${total} feeds are in trouble.`)}</p>
    <section class="card">
      {troubled.length ? (
        <ul class="rows">
          {troubled.slice(0, FEEDS_SHOWN).map((feed) => (
            <li>
              <a href={`/units/${feed.unitId}`}>{nameOf(feed.unitId)}</a> <span class="tag violation">{feedWord(feedState(feed), t)}</span>
              <div class="meta">
                <span>{feed.url}</span>
                <span>
                  {feed.lastSuccessAt === null
                    ? t("chưa đọc được lần nào", "never read")
                    : t(`đọc được lúc ${vnDateTime(feed.lastSuccessAt)}`, `read at ${vnDateTime(feed.lastSuccessAt)}`)}
                </span>
                {feed.failures ? <span>{t(`${feed.failures} lần lỗi liên tiếp`, `${feed.failures} failures in a row`)}</span> : null}
                {feed.facts.map((fact) => (
                  <span>{factWord(fact.kind, t)}</span>
                ))}
              </div>
              {feed.quarantined && can(user, "release_feed") ? (
                <ReleaseFeed feedId={feed.feedId} t={t} />
              ) : null}
            </li>
          ))}
        </ul>
      ) : (
        <p class="empty">{t("Mọi nguồn tin đều đọc tốt.", "Every feed is healthy.")}</p>
      )}
    </section>
  </>
)
