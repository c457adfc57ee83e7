/** The web side of Loa as one Hono app: pictures for the networks, health for operators, the public look-up, and the desk. */
import { Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { Rooms } from "../app.ts"
import { messageOf, NotFoundError, UsageError } from "../base/errors.ts"
import { newId } from "../base/hash.ts"
import { connectCallbacks } from "./connect.ts"
import { api } from "./api/index.ts"
import { dress, formBytesMax, knownMethods, readableForm, sameOrigin, securityHeaders } from "./guard.ts"
import { health } from "./health.ts"
import { feedFiles } from "./feeds.ts"
import { failure } from "./layout.tsx"
import { media } from "./media.ts"
import { metrics } from "./metrics.ts"
import { alerts } from "./pages/alerts.tsx"
import { articles } from "./pages/article.tsx"
import { auditPages } from "./pages/audit.tsx"
import { caseConnectPages } from "./pages/cases-connect.tsx"
import { casePages } from "./pages/cases.tsx"
import { emergency } from "./pages/emergency.tsx"
import { feedPages } from "./pages/feeds.tsx"
import { home } from "./pages/home.tsx"
import { keys } from "./pages/keys.tsx"
import { login } from "./pages/login.tsx"
import { leadershipPages } from "./pages/leadership.tsx"
import { me } from "./pages/me.tsx"
import { oidc } from "./pages/oidc.tsx"
import { posts } from "./pages/post.tsx"
import { posterPages } from "./pages/posters.tsx"
import { queue } from "./pages/queue.tsx"
import { registryPages } from "./pages/registry.tsx"
import { reports } from "./pages/reports.tsx"
import { rules } from "./pages/rules.tsx"
import { stopPages } from "./pages/stop.tsx"
import { takeDown } from "./pages/take-down.tsx"
import { units } from "./pages/unit.tsx"
import { users } from "./pages/users.tsx"
import { verifyPages } from "./pages/verify.tsx"
import { peopleOf } from "./people/index.ts"
import { snapshotFiles } from "./snapshots.ts"
import { staticFiles } from "./static.ts"
import { ForbiddenError, greet, type Desk, type WebEnv } from "./visit.ts"
import { webhooks } from "./webhooks.ts"

export function createWeb(rooms: Rooms): Hono {
  const { config, clock } = rooms
  const https = config.publicUrl.startsWith("https://")
  const desk: Desk = { rooms, people: peopleOf(rooms), https }
  desk.people
    .resealSecrets()
    .catch((error: unknown) => rooms.log.error("secrets of authenticators could not be sealed anew", { error: messageOf(error) }))

  const web = new Hono()
  web.onError(async (error, c) => {
    const status = error instanceof NotFoundError ? 404 : error instanceof ForbiddenError ? 403 : error instanceof UsageError ? 400 : 500
    const id = status === 500 ? newId(clock.now()) : undefined
    if (id) rooms.log.error("a request failed", { id, method: c.req.method, path: c.req.path, error: messageOf(error) })
    const response = await failure(c, status, id)
    // An error passes by the middleware that dresses answers.
    dress(response, https)
    return response
  })
  web.notFound((c) => failure(c, 404))
  web.use(securityHeaders(https), knownMethods)
  web.route("/", health(rooms))
  web.route("/m", media(rooms))
  // Before the pages: networks send no Origin, they sign.
  web.route("/webhooks", webhooks(rooms))
  // Before the pages, too: machines show a key and no cookie.
  web.route("/api", api(desk))
  web.route("/", metrics(desk))
  web.route("/", staticFiles())
  web.route("/snapshots", snapshotFiles(rooms))
  web.route("/feeds", feedFiles(rooms))
  web.route("/", pages(desk))
  return web
}

/** Everything a person reads; writes come from these pages only. */
function pages(desk: Desk): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  app.use(
    sameOrigin(desk.rooms.config.publicUrl),
    (c, next) => bodyLimit({ maxSize: formBytesMax(c.req.path), onError: (c) => failure(c, 413) })(c, next),
    readableForm,
    greet(desk),
  )
  for (const part of [
    login,
    oidc,
    users,
    keys,
    auditPages,
    home,
    units,
    articles,
    queue,
    alerts,
    posts,
    takeDown,
    emergency,
    stopPages,
    reports,
    rules,
    registryPages,
    feedPages,
    me,
    casePages,
    caseConnectPages,
    connectCallbacks,
    posterPages,
    leadershipPages,
    verifyPages,
  ])
    app.route("/", part(desk))
  return app
}
