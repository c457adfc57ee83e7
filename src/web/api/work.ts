/** Articles and deliveries at /api/v1: what was seen, what becomes of it, and the four deeds of an editor. */
import { z } from "@hono/zod-openapi"
import { NotFoundError, UsageError } from "../../base/errors.ts"
import { articleStates, deliveryStates } from "../../model/index.ts"
import { viewOf } from "../../outbox/index.ts"
import type { Desk } from "../visit.ts"
import { articlesPage, deliveriesPage } from "./lists.ts"
import { add, keySees, unitFor, type Api } from "./operation.ts"
import { articleSchema, deliverySchema, id, iso, pageOf, pageQuery, unit, why } from "./schemas.ts"

export function addWork(app: Api, desk: Desk): void {
  const { rooms } = desk
  const { db } = rooms
  add(app, desk, {
    tag: "Articles",
    method: "get",
    path: "/v1/articles",
    summary: "Articles, newest first",
    scope: "articles:read",
    query: { ...pageQuery, unit, state: z.enum(articleStates).optional() },
    answer: pageOf("Articles", articleSchema),
    run: async ({ key, query }) => articlesPage(db, { ...query, unit: unitFor(key, query.unit) }),
  })
  add(app, desk, {
    tag: "Articles", method: "get", path: "/v1/articles/{id}", summary: "One article", scope: "articles:read", params: { id }, answer: articleSchema,
    run: async ({ key, params }) => {
      const one = await rooms.articles.get(db, params.id)
      if (!one) throw new NotFoundError("article", params.id)
      keySees(key, one.unitId, "article", params.id)
      return {
        id: one.id,
        unit: one.unitId,
        url: one.url,
        title: one.title,
        summary: one.summary,
        language: one.language,
        publishedAt: one.publishedAt === null ? null : iso(one.publishedAt),
        firstSeenAt: iso(one.firstSeenAt),
        version: one.version,
        state: one.state,
        reason: one.reason,
      }
    },
  })
  add(app, desk, {
    tag: "Deliveries",
    method: "get",
    path: "/v1/deliveries",
    summary: "Deliveries, newest first",
    scope: "deliveries:read",
    query: { ...pageQuery, unit, account: id.optional(), state: z.enum(deliveryStates).optional() },
    answer: pageOf("Deliveries", deliverySchema),
    run: async ({ key, query }) => {
      const page = await deliveriesPage(db, { ...query, unit: unitFor(key, query.unit) })
      return { ...page, items: await rooms.outbox.explain(page.items) }
    },
  })
  const find = async (deliveryId: string, key: Parameters<typeof keySees>[0]) => {
    const row = await rooms.outbox.find(deliveryId)
    keySees(key, row.unit_id, "delivery", deliveryId)
    return row
  }
  add(app, desk, {
    tag: "Deliveries",
    method: "get",
    path: "/v1/deliveries/{id}",
    summary: "One delivery",
    scope: "deliveries:read",
    params: { id },
    answer: deliverySchema,
    run: async ({ key, params }) => (await rooms.outbox.explain([viewOf(await find(params.id, key))]))[0]!,
  })
  const deed = <B extends Record<string, z.ZodType>>(
    what: "approve" | "reject" | "retry" | "cancel",
    summary: string,
    body: B,
    work: (deliveryId: string, actor: string, body: z.output<z.ZodObject<B>>) => Promise<unknown>,
  ) =>
    add(app, desk, {
      tag: "Deliveries",
      method: "post",
      path: `/v1/deliveries/{id}/${what}`,
      summary,
      scope: "deliveries:write",
      params: { id },
      body,
      answer: deliverySchema,
      run: async ({ key, actor, params, body: given }) => {
        await find(params.id, key)
        await work(params.id, actor, given)
        return viewOf(await rooms.outbox.find(params.id))
      },
    })
  deed("approve", "Let it be published", {}, (deliveryId, actor) => rooms.outbox.approve([deliveryId], actor))
  deed("reject", "Do not publish, with the reason", { why }, (deliveryId, actor, given) => rooms.outbox.reject([deliveryId], actor, given.why))
  deed("cancel", "Take it out of the queue", { why: why.optional() }, (deliveryId, actor, given) =>
    rooms.outbox.cancel([deliveryId], actor, given.why),
  )
  deed(
    "retry",
    "Send it again; one of unknown outcome only when somebody looked at the page",
    { looked: z.boolean().optional() },
    async (deliveryId, actor, given) => {
      if ((await rooms.outbox.find(deliveryId)).state === "unknown" && !given.looked)
        throw new UsageError("wrong_state", 'a post of unknown outcome is sent again only with "looked": true')
      return rooms.outbox.retry([deliveryId], actor)
    },
  )
}
