/** Units, accounts, the registry and the public question “is this official?” at /api/v1. */
import { z } from "@hono/zod-openapi"
import { NotFoundError } from "../../base/errors.ts"
import { recordedNetworks, worstVerdict, type Account, type Unit, type Verdict } from "../../model/index.ts"
import { verify } from "../verify/look-up.ts"
import type { Desk } from "../visit.ts"
import { memoryPage } from "./lists.ts"
import { add, keySees, unitFor, type Api } from "./operation.ts"
import { accountSchema, id, pageOf, pageQuery, registrySchema, unit, unitSchema, verifySchema } from "./schemas.ts"

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
