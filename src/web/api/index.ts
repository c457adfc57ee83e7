/** `/api`: REST for machines. Bearer keys only; cookies are not looked at, so that no browser can be made to use it for somebody. */
import { OpenAPIHono } from "@hono/zod-openapi"
import { bodyLimit } from "hono/body-limit"
import { FORM_BYTES_MAX } from "../guard.ts"
import { rateLimit } from "../rate-limit.ts"
import type { Desk } from "../visit.ts"
import { addAlerts } from "./alerts.ts"
import { addCases } from "./cases.ts"
import { DocsPage, type Doc } from "./docs.tsx"
import { addFigures } from "./figures.ts"
import type { Api, ApiEnv } from "./operation.ts"
import { asProblem, problem, ProblemError } from "./problem.ts"
import { addRegistry } from "./registry.ts"
import { addWork } from "./work.ts"

export { keyFor } from "./operation.ts"

const ASKS_PER_MINUTE = 600
const description = [
  "Registry, posts, alerts and reports of the province for other systems. Send a key as “Authorization: Bearer loa_…”; keys are made by the province administrator (desk: Khóa API; console: loa apikey add), carry scopes, end on a date and may be bound to one unit. For such a key nothing else exists.",
  "Mistakes are answered as application/problem+json (RFC 9457), every mistake at once. Lists are read page by page: hand nextCursor back as cursor. A write that carries an Idempotency-Key is answered again when it is sent again, and not done again. At most 600 requests a minute from one address.",
].join("\n\n")

export function api(desk: Desk): Api {
  const { rooms, https } = desk
  const { clock, log, config } = rooms
  const app: Api = new OpenAPIHono<ApiEnv>()
  app.onError((error, c) => problem(c, asProblem(error, log, clock, { method: c.req.method, path: c.req.path })))
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", { type: "http", scheme: "bearer", bearerFormat: "loa_<id>_<secret>" })
  app.use("/v1/*", rateLimit(clock, https, ASKS_PER_MINUTE))
  app.use(
    "/v1/*",
    bodyLimit({ maxSize: FORM_BYTES_MAX, onError: (c) => problem(c, new ProblemError(413, "too_large", `at most ${FORM_BYTES_MAX} bytes`)) }),
  )
  addRegistry(app, desk)
  addWork(app, desk)
  addAlerts(app, desk)
  addCases(app, desk)
  addFigures(app, desk)
  app.all("/v1/*", (c) => problem(c, new ProblemError(404, "route_not_found", "There is no such operation; see /api/docs")))

  const info = { title: "Loa API", version: "1", description }
  let made: Doc | null = null
  const document = () =>
    (made ??= app.getOpenAPI31Document({ openapi: "3.1.0", info, servers: [{ url: `${config.publicUrl}/api` }] }) as unknown as Doc)
  app.get("/openapi.json", (c) => c.json(document() as never))
  app.get("/docs", async (c) => c.html(`<!DOCTYPE html>${await DocsPage({ doc: document() }).toString()}`))
  return app
}
