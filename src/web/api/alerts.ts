/** Alerts at /api/v1: read, taken on, closed. */
import { z } from "@hono/zod-openapi"
import { UsageError } from "../../base/errors.ts"
import { alertSeverities, alertStates, type Alert } from "../../model/index.ts"
import type { Desk } from "../visit.ts"
import { alertIdsPage } from "./lists.ts"
import { add, keySees, unitFor, type Api } from "./operation.ts"
import { alertSchema, id, iso, pageOf, pageQuery, unit, why } from "./schemas.ts"

export function addAlerts(app: Api, desk: Desk): void {
  const { rooms } = desk
  const { db } = rooms
  const alertView = ({ key: _, ...alert }: Alert) => ({ ...alert, raisedAt: iso(alert.raisedAt), lastSeenAt: iso(alert.lastSeenAt) })
  add(app, desk, {
    tag: "Alerts",
    method: "get",
    path: "/v1/alerts",
    summary: "Alerts, newest first",
    scope: "alerts:read",
    query: { ...pageQuery, unit, state: z.enum(alertStates).optional(), severity: z.enum(alertSeverities).optional() },
    answer: pageOf("Alerts", alertSchema),
    run: async ({ key, query }) => {
      const page = await alertIdsPage(db, { ...query, unit: unitFor(key, query.unit) })
      return { ...page, items: (await Promise.all(page.items.map((one) => rooms.alerts.find(one)))).map(alertView) }
    },
  })
  const findAlert = async (alertId: string, key: Parameters<typeof keySees>[0]) => {
    const alert = await rooms.alerts.find(alertId)
    keySees(key, alert.unit, "alert", alertId)
    return alert
  }
  add(app, desk, {
    tag: "Alerts",
    method: "get",
    path: "/v1/alerts/{id}",
    summary: "One alert",
    scope: "alerts:read",
    params: { id },
    answer: alertSchema,
    run: async ({ key, params }) => alertView(await findAlert(params.id, key)),
  })
  add(app, desk, {
    tag: "Alerts",
    method: "post",
    path: "/v1/alerts/{id}/ack",
    summary: "Somebody has taken it on",
    scope: "alerts:write",
    params: { id },
    body: {},
    answer: alertSchema,
    run: async ({ key, actor, params }) => {
      const { state } = await findAlert(params.id, key)
      if (state !== "open") throw new UsageError("wrong_state", `the alert is ${state}`)
      return alertView(await rooms.alerts.acknowledge(params.id, actor))
    },
  })
  add(app, desk, {
    tag: "Alerts",
    method: "post",
    path: "/v1/alerts/{id}/close",
    summary: "It is dealt with",
    scope: "alerts:write",
    params: { id },
    body: { why },
    answer: alertSchema,
    run: async ({ key, actor, params, body }) => {
      const { state } = await findAlert(params.id, key)
      if (state === "closed") throw new UsageError("wrong_state", "the alert is closed")
      return alertView(await rooms.alerts.close(params.id, actor, body.why))
    },
  })
}
