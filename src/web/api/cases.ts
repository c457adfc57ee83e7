/** Account cases at /api/v1: who has to do what by when. What people wrote into a step (names, telephones, proofs) stays at the desk. */
import { z } from "@hono/zod-openapi"
import { caseKinds, caseStatuses, stepStates, type Case } from "../../cases/index.ts"
import { listCases, seeCase } from "../../jobs/cases.ts"
import type { Desk } from "../visit.ts"
import { memoryPage } from "./lists.ts"
import { add, unitFor, type Api } from "./operation.ts"
import { caseSchema, id, iso, pageOf, pageQuery, unit } from "./schemas.ts"

/** More than a province opens in years; pages are cut from these. */
const CASES_MAX = 10_000

export function addCases(app: Api, desk: Desk): void {
  const { rooms } = desk
  const view = (found: Case) => ({
    id: found.id,
    kind: found.kind,
    unit: found.unitId,
    network: found.network,
    account: found.accountId,
    status: found.status,
    step: found.step,
    steps: stepStates(found).map(({ id, party, status }) => ({ id, party, status })),
    dueAt: iso(found.dueAt),
    overdue: found.status === "open" && found.dueAt < rooms.clock.now(),
    returned: found.returned,
    openedAt: iso(found.openedAt),
    closedAt: found.closedAt === null ? null : iso(found.closedAt),
    reminders: found.reminders,
  })
  add(app, desk, {
    tag: "Cases",
    method: "get",
    path: "/v1/cases",
    summary: "Account cases: registering, renaming, handing over, merging, closing",
    scope: "cases:read",
    query: { ...pageQuery, unit, status: z.enum(caseStatuses).optional(), kind: z.enum(caseKinds).optional() },
    answer: pageOf("Cases", caseSchema),
    run: async ({ key, query }) => {
      const asked = unitFor(key, query.unit)
      const filter = { ...(asked === undefined ? {} : { unit: asked }), ...(query.status ? { status: query.status } : {}), limit: CASES_MAX }
      const found = await listCases(rooms, filter, { unitId: null })
      const page = memoryPage(found.filter(({ kind }) => !query.kind || kind === query.kind), query)
      return { ...page, items: page.items.map(view) }
    },
  })
  add(app, desk, {
    tag: "Cases",
    method: "get",
    path: "/v1/cases/{id}",
    summary: "One case",
    scope: "cases:read",
    params: { id },
    answer: caseSchema,
    run: async ({ key, params }) => view(await seeCase(rooms, params.id, { unitId: key?.unitId ?? null })),
  })
}
