/** The shapes of the API, like those of the CLI's `--json`. Times are ISO 8601 in UTC. */
import { z } from "@hono/zod-openapi"
import { caseKinds } from "../../cases/index.ts"
import { alertSeverities, alertStates, articleStates, deliveryStates, recordedNetworks, unitKinds, verdicts } from "../../model/index.ts"

const time = z.string().openapi({ format: "date-time", example: "2026-11-24T02:00:00.000Z" })
const maybeTime = time.nullable()

export const limit = z.coerce.number().int().min(1).max(200).default(50)
export const cursor = z.string().max(600).optional()
export const id = z.string().min(1).max(200)
export const unit = id.optional()
export const why = z.string().trim().min(1).max(500)
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "YYYY-MM-DD")
  .optional()
export const iso = (at: number) => new Date(at).toISOString()
export const pageQuery = { limit, cursor }
export const pageOf = (name: string, item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() }).openapi(name)

export const accountSchema = z
  .object({
    id: z.string(),
    unit: z.string(),
    network: z.enum(recordedNetworks),
    remoteId: z.string().nullable(),
    name: z.string(),
    url: z.string().nullable(),
    publish: z.string(),
    identity: z.object({ status: z.string(), basis: z.string().nullable(), date: z.string().nullable() }),
    paused: z.string().nullable(),
  })
  .openapi("Account")
export const unitSchema = z
  .object({
    id: z.string(),
    kind: z.enum(unitKinds),
    name: z.string(),
    code: z.string().nullable(),
    portal: z.string().nullable(),
    verdict: z.enum(verdicts),
    accounts: z.array(z.string()),
  })
  .openapi("Unit")
export const articleSchema = z
  .object({
    id: z.string(),
    unit: z.string(),
    url: z.string(),
    title: z.string(),
    summary: z.string(),
    language: z.string(),
    publishedAt: maybeTime,
    firstSeenAt: time,
    version: z.int(),
    state: z.enum(articleStates),
    reason: z.string().nullable(),
  })
  .openapi("Article")
export const deliverySchema = z
  .object({
    id: z.string(),
    articleUrl: z.string(),
    articleId: z.string(),
    account: z.string(),
    unit: z.string(),
    network: z.string(),
    state: z.enum(deliveryStates),
    remoteId: z.string().nullable(),
    remoteUrl: z.string().nullable(),
    attempts: z.int(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    dueAt: maybeTime,
    createdAt: time,
    publishedAt: maybeTime,
  })
  .openapi("Delivery")
export const alertSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    severity: z.enum(alertSeverities),
    unit: z.string().nullable(),
    account: z.string().nullable(),
    state: z.enum(alertStates),
    raisedAt: time,
    lastSeenAt: time,
    count: z.int(),
    summary: z.string(),
    evidence: z.record(z.string(), z.unknown()),
  })
  .openapi("Alert")
export const findingSchema = z
  .object({
    rule: z.string(),
    severity: z.enum(verdicts),
    account: z.string().nullable(),
    seen: z.string(),
    expected: z.string(),
    basis: z.string(),
    message: z.string(),
  })
  .openapi("Finding")
export const checkSchema = z
  .object({
    ruleset: z.string(),
    asOf: z.string(),
    units: z.array(z.object({ id: z.string(), name: z.string(), verdict: z.enum(verdicts), findings: z.array(findingSchema) })),
  })
  .openapi("Check")
export const reportSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    period: z.string(),
    unit: z.string().nullable(),
    madeAt: time,
    state: z.string(),
    files: z.array(z.object({ format: z.string(), name: z.string(), sha256: z.string(), bytes: z.int() })),
  })
  .openapi("Report")
export const reachSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    rows: z.array(
      z.object({
        account: z.string(),
        unit: z.string(),
        network: z.string(),
        metric: z.string(),
        total: z.number().nullable(),
        kind: z.string(),
        verdict: z.string(),
        days: z.array(z.object({ day: z.string(), value: z.number().nullable() })),
      }),
    ),
    accounts: z.array(
      z.object({
        account: z.string(),
        unit: z.string(),
        network: z.string(),
        followers: z.number().nullable(),
        posts: z.number(),
        postsPerWeek: z.number(),
        medianLagMs: z.number().nullable(),
        silent: z.boolean(),
      }),
    ),
  })
  .openapi("Reach")
const verified = z.object({ id: z.string(), network: z.string(), name: z.string(), remoteId: z.string().nullable(), url: z.string().nullable() })
export const verifySchema = z
  .object({
    status: z.enum(["official", "not_listed", "suspended"]),
    matchedBy: z.string().nullable(),
    account: verified.nullable(),
    unit: z.object({ id: z.string(), name: z.string(), portal: z.string().nullable() }).nullable(),
    reason: z.string().nullable(),
    warnings: z.array(z.string()),
    similar: z.array(verified),
  })
  .openapi("Verified")
export const registrySchema = z
  .object({ version: z.int(), day: z.string(), units: z.array(z.record(z.string(), z.unknown())) })
  .openapi("RegistryExport")
const caseStepSchema = z.object({ id: z.string(), party: z.enum(["unit", "centre"]), status: z.string() })
export const caseSchema = z
  .object({
    id: z.string(),
    kind: z.enum(caseKinds),
    unit: z.string(),
    network: z.string(),
    account: z.string().nullable(),
    status: z.string(),
    step: z.string(),
    steps: z.array(caseStepSchema),
    dueAt: time,
    overdue: z.boolean(),
    returned: z.string().nullable(),
    openedAt: time,
    closedAt: maybeTime,
    reminders: z.int(),
  })
  .openapi("Case")
