/** Findings, reach and reports at /api/v1. */
import { z } from "@hono/zod-openapi"
import { DAY } from "../../base/clock.ts"
import { NotFoundError, UsageError } from "../../base/errors.ts"
import { fromIsoDate, startOfDay } from "../../base/time.ts"
import { summariseReach } from "../../jobs/reach-summary.ts"
import { contentTypes, reportFormats } from "../../reports/index.ts"
import type { Desk } from "../visit.ts"
import { add, keySees, unitFor, type Api } from "./operation.ts"
import { checkSchema, day, id, iso, pageQuery, reachSchema, reportSchema, unit } from "./schemas.ts"

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
