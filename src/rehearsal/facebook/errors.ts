/** The Graph API's error envelope (facebook-graph.md 5.1). */
import type { FaultRule } from "../types.ts"

export class GraphError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly subcode?: number,
    readonly status = 400,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

let traces = 0
export function graphError(error: GraphError): Response {
  const body = {
    message: error.message,
    type: "OAuthException",
    code: error.code,
    ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
    ...error.extra,
    fbtrace_id: `A${(++traces).toString(36).padStart(22, "rehearsal0")}`.slice(0, 23),
  }
  return Response.json({ error: body }, { status: error.status })
}

/** Texts of the codes a script names without a message. */
const texts: Record<number, string> = {
  1: "An unknown error occurred",
  2: "An unexpected error has occurred. Please retry your request later.",
  4: "(#4) Application request limit reached",
  10: "(#10) This endpoint requires the 'pages_manage_posts' permission or is not granted.",
  100: "(#100) Invalid parameter",
  190: "Error validating access token: The session has been invalidated.",
  200: "(#200) Permissions error",
  324: "(#324) Missing or invalid image file",
  368: "The action attempted has been deemed abusive or is otherwise disallowed",
  506: "(#506) Duplicate status message",
  613: "(#613) Calls to this api have exceeded the rate limit.",
  80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
  1609005: "(#1609005) Error encountered while posting link",
}

export function scriptedError(rule: FaultRule, status: number): Response {
  const code = rule.code ?? 2
  const own = status || (code === 1 || code === 2 ? 500 : 400)
  return graphError(
    new GraphError(code, rule.message ?? texts[code] ?? `(#${code}) Rehearsed error`, rule.subcode, own, code === 2 ? { is_transient: true } : {}),
  )
}

export const invalid = (message: string, subcode?: number) => new GraphError(100, `(#100) ${message}`, subcode)
export const missing = (id: string) =>
  new GraphError(
    100,
    `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
    33,
  )
