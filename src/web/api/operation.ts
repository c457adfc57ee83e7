/** One operation of the API: its words for the document and its work. Query, path and body are judged by the same zod schemas that document them. */
import { OpenAPIHono, z } from "@hono/zod-openapi"
import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { NotFoundError } from "../../base/errors.ts"
import type { ApiKey, Scope } from "../people/index.ts"
import { addressOf, type Desk } from "../visit.ts"
import { once, type Answer } from "./idempotency.ts"
import { ProblemError, type Wrong } from "./problem.ts"

export interface ApiEnv {
  Bindings: { address?: string }
}
export type Api = OpenAPIHono<ApiEnv>

type Shape = Record<string, z.ZodType>
type Out<S extends Shape> = z.output<z.ZodObject<S>>

export interface Operation<P extends Shape, Q extends Shape, B extends Shape> {
  tag: string
  method: "get" | "post"
  /** With `{name}` for parts that vary. */
  path: string
  summary: string
  /** Null: anybody may ask. */
  scope: Scope | null
  params?: P
  query?: Q
  body?: B
  answer: z.ZodType
  /** Answers a file instead of JSON. */
  file?: true
  run(asked: { key: ApiKey | null; actor: string; params: Out<P>; query: Out<Q>; body: Out<B>; c: Context }): Promise<unknown>
}

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    errors: z.array(z.object({ at: z.string(), expected: z.string() })).optional(),
  })
  .openapi("Problem")

const problemAnswer = (description: string) => ({ description, content: { "application/problem+json": { schema: problemSchema } } })

export function add<P extends Shape = {}, Q extends Shape = {}, B extends Shape = {}>(app: Api, desk: Desk, op: Operation<P, Q, B>): void {
  const writes = op.method === "post"
  app.openAPIRegistry.registerPath({
    method: op.method,
    path: op.path,
    tags: [op.tag],
    summary: op.summary,
    ...(op.scope ? { description: `Scope: \`${op.scope}\``, security: [{ apiKey: [] }] } : { security: [] }),
    request: {
      ...(op.params ? { params: z.object(op.params) } : {}),
      ...(op.query ? { query: z.object(op.query) } : {}),
      ...(writes
        ? {
            headers: z.object({
              "Idempotency-Key": z
                .string()
                .max(200)
                .optional()
                .openapi({ description: "The same key and the same request are answered again and not done again (kept for a day)." }),
            }),
          }
        : {}),
      ...(op.body ? { body: { required: true, content: { "application/json": { schema: z.strictObject(op.body) } } } } : {}),
    },
    responses: {
      200: op.file
        ? { description: "The file", content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } } }
        : { description: "Done", content: { "application/json": { schema: op.answer } } },
      400: problemAnswer("Not as expected; every mistake is named"),
      ...(op.scope ? { 401: problemAnswer("No valid key"), 403: problemAnswer("The key lacks the scope") } : {}),
      404: problemAnswer("No such thing, or not this key's business"),
      ...(writes
        ? { 409: problemAnswer("The state does not allow it"), 422: problemAnswer("The Idempotency-Key was used for another request") }
        : {}),
      429: problemAnswer("Too many requests"),
    },
  })
  app.on(op.method.toUpperCase(), op.path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
    const key = op.scope ? await keyFor(c, desk, op.scope) : null
    const text = writes ? await c.req.text() : ""
    const wrongs: Wrong[] = []
    const params = judge(op.params, c.req.param(), "path", wrongs, false)
    const query = judge(op.query, queryOf(c, wrongs), "query", wrongs, true)
    const body = judge(op.body, op.body ? bodyOf(c, text) : {}, "body", wrongs, true)
    if (wrongs.length) throw new ProblemError(400, "invalid_request", `${wrongs.length} mistake(s)`, wrongs)
    const actor = key ? `key:${key.id}` : "anonymous"
    const work = async (): Promise<unknown> => op.run({ key, actor, params: params as Out<P>, query: query as Out<Q>, body: body as Out<B>, c })
    if (!writes || !key) {
      const answer = await work()
      return answer instanceof Response ? answer : c.json(answer as never)
    }
    const asAnswer = async (): Promise<Answer> => ({ status: 200, type: "application/json", body: JSON.stringify(await work()) })
    const answer = await once(
      desk.rooms.db,
      desk.rooms.clock,
      key.id,
      c.req.header("idempotency-key"),
      `${c.req.method} ${c.req.path}\n${text}`,
      asAnswer,
    )
    return c.body(answer.body, answer.status as ContentfulStatusCode, {
      "content-type": answer.type,
      ...(answer.replayed ? { "idempotency-replayed": "true" } : {}),
    })
  })
}

export async function keyFor(c: Context, { people, https }: Desk, scope: Scope): Promise<ApiKey> {
  const [, bearer] = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(c.req.header("authorization") ?? "") ?? []
  const key = bearer ? await people.keyOf(bearer, addressOf(c, https)) : null
  if (!key) throw new ProblemError(401, "key_needed", "Send a valid key as Authorization: Bearer …", [], { "www-authenticate": 'Bearer realm="loa"' })
  if (!key.scopes.includes(scope))
    throw new ProblemError(403, "scope_missing", `The key lacks the scope ${scope}`, [], {
      "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"`,
    })
  return key
}

/** What another unit has does not exist for a key of one unit. */
export function keySees(key: ApiKey | null, unitId: string | null, kind: string, id: string): void {
  if (key?.unitId && key.unitId !== unitId) throw new NotFoundError(kind, id)
}
/** The unit a list is narrowed to: the key's own, else the one that was asked for. */
export function unitFor(key: ApiKey | null, asked: string | undefined): string | undefined {
  if (key?.unitId && asked !== undefined && asked !== key.unitId) throw new NotFoundError("unit", asked)
  return key?.unitId ?? asked
}

/** A parameter given twice is a mistake: two programs on the way might each take another one. */
function queryOf(c: Context, wrongs: Wrong[]): Record<string, string> {
  const all = c.req.queries()
  for (const [name, values] of Object.entries(all)) if (values.length > 1) wrongs.push({ at: `query.${name}`, expected: "once" })
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values[0]!]))
}

function bodyOf(c: Context, text: string): unknown {
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "") && text !== "")
    throw new ProblemError(415, "content_type", "Send application/json", [{ at: "header.content-type", expected: "application/json" }])
  try {
    return JSON.parse(text || "{}")
  } catch {
    throw new ProblemError(400, "bad_json", "The body is no JSON", [{ at: "body", expected: "a JSON object" }])
  }
}

function judge(shape: Shape | undefined, value: unknown, where: string, wrongs: Wrong[], strict: boolean): unknown {
  if (!shape && (where !== "query" || !strict)) return {}
  const schema = strict ? z.strictObject(shape ?? {}) : z.object(shape ?? {})
  const read = schema.safeParse(value)
  if (read.success) return read.data
  for (const issue of read.error.issues) {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [null]
    for (const key of keys)
      wrongs.push({
        at: [where, ...issue.path.map(String), ...(key === null ? [] : [key])].join("."),
        expected: key === null ? issue.message : "nothing of this name",
      })
  }
  return {}
}
