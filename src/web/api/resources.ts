/** What can be read and done at /api/v1. Every operation calls the same functions as the desk and the CLI. */
import { z } from "@hono/zod-openapi"
import { DAY } from "../../base/clock.ts"
import { NotFoundError, UsageError } from "../../base/errors.ts"
import { fromIsoDate, startOfDay } from "../../base/time.ts"
import { summariseReach } from "../../jobs/reach-summary.ts"
import {
  alertSeverities,
  alertStates,
  articleStates,
  deliveryStates,
  recordedNetworks,
  worstVerdict,
  type Account,
  type Alert,
  type Unit,
  type Verdict,
} from "../../model/index.ts"
import { viewOf } from "../../outbox/index.ts"
import { contentTypes, reportFormats } from "../../reports/index.ts"
import { verify } from "../verify/look-up.ts"
import type { Desk } from "../visit.ts"
import { alertIdsPage, articlesPage, deliveriesPage, memoryPage } from "./lists.ts"
import { add, keySees, unitFor, type Api } from "./operation.ts"
import {
  accountSchema,
  alertSchema,
  articleSchema,
  checkSchema,
  deliverySchema,
  id,
  pageOf,
  pageQuery,
  reachSchema,
  registrySchema,
  reportSchema,
  unitSchema,
  verifySchema,
} from "./schemas.ts"

const unit = id.optional()
const why = z.string().trim().min(1).max(500)
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "YYYY-MM-DD").optional()
const iso = (at: number) => new Date(at).toISOString()

export function addRegistry(app: Api, desk: Desk): void {
  const { rooms } = desk
  const unitView = (one: Unit, findings: { unit: string; severity: Verdict }[]) => ({
    id: one.id,
    kind: one.kind,
    name: one.name,
    code: one.code ?? null,
    portal: one.portal?.url ?? null,
    verdict: worstVerdict(findings.filter((finding) => finding.unit === one.id).map((finding) => finding.severity)),
    accounts: one.accounts.map((account) => account.id),
  })
  const pausedOf = async () => new Map((await rooms.outbox.lanes()).map((lane) => [lane.account_id, lane.paused_reason]))
  const accountView = (one: Account, paused: Map<string, string | null>) => ({
    id: one.id,
    unit: one.unitId,
    network: one.network,
    remoteId: one.remoteId ?? null,
    name: one.name,
    url: one.url ?? null,
    publish: one.publish,
    identity: { status: one.identity.status, basis: one.identity.basis ?? null, date: one.identity.date ?? null },
    paused: paused.get(one.id) ?? one.paused ?? null,
  })
  const findUnit = (unitId: string) => {
    const one = rooms.view().unitById(unitId)
    if (!one) throw new NotFoundError("unit", unitId)
    return one
  }

  add(app, desk, {
    tag: "Units",
    method: "get",
    path: "/v1/units",
    summary: "Units that exist today",
    scope: "units:read",
    query: pageQuery,
    answer: pageOf("Units", unitSchema),
    run: async ({ key, query }) => {
      const seen = rooms.view().livingUnits.filter((one) => !key?.unitId || one.id === key.unitId)
      const page = memoryPage(seen, query)
      const findings = await rooms.checks.findingsAt(rooms.clock.now())
      return { ...page, items: page.items.map((one) => unitView(one, findings)) }
    },
  })
  add(app, desk, {
    tag: "Units", method: "get", path: "/v1/units/{id}", summary: "One unit", scope: "units:read", params: { id }, answer: unitSchema,
    run: async ({ key, params }) => {
      keySees(key, params.id, "unit", params.id)
      const one = findUnit(params.id)
      return unitView(one, await rooms.checks.findingsAt(rooms.clock.now(), one.id))
    },
  })
  add(app, desk, {
    tag: "Accounts",
    method: "get",
    path: "/v1/accounts",
    summary: "Accounts of the registry",
    scope: "units:read",
    query: { ...pageQuery, unit, network: z.enum(recordedNetworks).optional() },
    answer: pageOf("Accounts", accountSchema),
    run: async ({ key, query }) => {
      const only = unitFor(key, query.unit)
      const page = memoryPage(
        rooms.view().accounts.filter((one) => (!only || one.unitId === only) && (!query.network || one.network === query.network)),
        query,
      )
      const paused = await pausedOf()
      return { ...page, items: page.items.map((one) => accountView(one, paused)) }
    },
  })
  add(app, desk, {
    tag: "Accounts", method: "get", path: "/v1/accounts/{id}", summary: "One account", scope: "units:read", params: { id }, answer: accountSchema,
    run: async ({ key, params }) => {
      const one = rooms.view().accountById(params.id)
      if (!one) throw new NotFoundError("account", params.id)
      keySees(key, one.unitId, "account", params.id)
      return accountView(one, await pausedOf())
    },
  })
  add(app, desk, {
    tag: "Registry",
    method: "get",
    path: "/v1/registry",
    summary: "The registry in force, in the form of accounts/units",
    scope: "registry:read",
    answer: registrySchema,
    run: async ({ key }) => {
      const view = rooms.view()
      const units = view.units.filter((one) => !key?.unitId || one.id === key.unitId)
      return {
        version: view.version,
        day: view.day,
        units: units.map((one) => ({ ...one, accounts: one.accounts.map(({ unitId: _, ...account }) => account) })),
      }
    },
  })
  add(app, desk, {
    tag: "Verify",
    method: "get",
    path: "/v1/verify",
    summary: "Is this account official? Needs no key.",
    scope: null,
    query: { q: z.string().min(1).max(500) },
    answer: verifySchema,
    run: async ({ query }) => verify(rooms, query.q),
  })
}

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

export function addFigures(app: Api, desk: Desk): void {
  const { rooms } = desk
  add(app, desk, {
    tag: "Findings",
    method: "get",
    path: "/v1/findings",
    summary: "Compliance by unit, for today or a past day",
    scope: "findings:read",
    query: { unit, ruleset: z.string().max(40).optional(), asOf: day },
    answer: checkSchema,
    run: async ({ key, query }) => {
      const { ruleset, asOf, units } = await rooms.checks.check({ unit: unitFor(key, query.unit), ruleset: query.ruleset, asOf: query.asOf })
      return {
        ruleset,
        asOf,
        units: units.map((one) => ({ ...one, findings: one.findings.map(({ unit: _unit, ruleset: _ruleset, asOf: _asOf, ...finding }) => finding) })),
      }
    },
  })
  add(app, desk, {
    tag: "Reach",
    method: "get",
    path: "/v1/reach",
    summary: "Reach by day; days are those of Vietnam, `to` included; at most 366 days",
    scope: "reach:read",
    query: { from: day, to: day, account: id.optional() },
    answer: reachSchema,
    run: async ({ key, query }) => {
      const today = startOfDay(rooms.clock.now())
      const from = query.from ? fromIsoDate(query.from) : today - 27 * DAY
      const to = (query.to ? fromIsoDate(query.to) : today) + DAY
      if (!(to > from) || to - from > 366 * DAY) throw new UsageError("date_wrong", "from and to are days, from before to, at most 366 days apart")
      const account = query.account === undefined ? undefined : rooms.view().accountById(query.account)
      if (query.account !== undefined && !account) throw new NotFoundError("account", query.account)
      if (account) keySees(key, account.unitId, "account", account.id)
      const summary = await summariseReach(rooms, { from, to, account: account?.id })
      const own = <T extends { unit: string }>(rows: T[]) => (key?.unitId ? rows.filter((row) => row.unit === key.unitId) : rows)
      // Named one by one: what the summary may gain later is not shown to every key by itself.
      return { from: summary.from, to: summary.to, rows: own(summary.rows), accounts: own(summary.accounts) }
    },
  })
  add(app, desk, {
    tag: "Reports",
    method: "get",
    path: "/v1/reports",
    summary: "Reports that were made, newest first",
    scope: "reports:read",
    query: { limit: pageQuery.limit },
    answer: z.object({ items: z.array(reportSchema) }).openapi("Reports"),
    run: async ({ query }) => ({
      items: (await rooms.reports.list({ limit: query.limit })).map((run) => ({
        id: run.id,
        kind: run.kind,
        period: run.period,
        unit: run.unitId,
        madeAt: iso(run.madeAt),
        state: run.state,
        files: run.files,
      })),
    }),
  })
  add(app, desk, {
    tag: "Reports",
    method: "get",
    path: "/v1/reports/{id}/files/{format}",
    summary: "A report as a file",
    scope: "reports:read",
    params: { id, format: z.enum(reportFormats) },
    answer: z.unknown(),
    file: true,
    run: async ({ params }) => {
      const file = await rooms.reports.file(params.id, params.format)
      return new Response(new Uint8Array(file.content), {
        headers: {
          "content-type": contentTypes[file.format],
          "content-disposition": `attachment; filename="${file.name.replace(/[^A-Za-z0-9._-]/g, "_")}"`,
          "content-security-policy": "default-src 'none'; sandbox",
        },
      })
    },
  })
}
