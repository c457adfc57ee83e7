/** What goes wrong, as `application/problem+json` (RFC 9457): a code for programs, a sentence for people, never a stack. */
import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { AppError, InvalidInputError, messageOf, NotFoundError, UsageError } from "../../base/errors.ts"
import { newId } from "../../base/hash.ts"
import type { Clock } from "../../base/clock.ts"
import type { Log } from "../../base/log.ts"

export interface Wrong {
  /** Where: "query.limit", "body.why", "header.authorization". */
  at: string
  expected: string
}
export class ProblemError extends Error {
  override name = "ProblemError"
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: string,
    readonly detail: string,
    readonly errors: Wrong[] = [],
    readonly headers: Record<string, string> = {},
  ) {
    super(`${code}: ${detail}`)
  }
}

const titles: Record<number, string> = {
  400: "The request is not as expected",
  401: "A valid API key is needed",
  403: "The key may not do this",
  404: "There is no such thing",
  409: "The state does not allow this",
  413: "Too large",
  415: "The content type is not supported",
  422: "The request cannot be processed",
  429: "Too many requests",
  500: "Something broke",
}

export function problem(c: Context, p: ProblemError): Response {
  const body = {
    type: "about:blank",
    title: titles[p.status] ?? p.code,
    status: p.status,
    detail: p.detail,
    instance: c.req.path,
    code: p.code,
    ...(p.errors.length ? { errors: p.errors } : {}),
  }
  return c.body(JSON.stringify(body), p.status, { "content-type": "application/problem+json", ...p.headers })
}

export function asProblem(error: unknown, log: Log, clock: Clock, where: { method: string; path: string }): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof NotFoundError) return new ProblemError(404, error.code, error.message)
  if (error instanceof InvalidInputError) {
    return new ProblemError(
      400,
      error.code,
      `${error.mistakes.length} mistake(s)`,
      error.mistakes.map((mistake) => ({ at: [mistake.entry, mistake.field].filter(Boolean).join("."), expected: mistake.expected })),
    )
  }
  if (error instanceof UsageError) return new ProblemError(error.code === "wrong_state" ? 409 : 400, error.code, error.message)
  const id = newId(clock.now())
  log.error("an API request failed", { id, ...where, code: error instanceof AppError ? error.code : undefined, error: messageOf(error) })
  return new ProblemError(500, "internal", `Tell the administrator the code ${id}.`)
}
