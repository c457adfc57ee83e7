/** The Graph API on the wire: addresses, bearer token, timed proof, error envelope. Tokens never enter an address of ours. */
import type { Clock } from "../../base/clock.ts"
import { SECOND } from "../../base/clock.ts"
import type { Config } from "../../base/config.ts"
import { hmacSha256 } from "../../base/hash.ts"
import { parseJsonIds } from "../../base/json-ids.ts"
import { redact, type Log } from "../../base/log.ts"
import { ask, type Fetch } from "../http.ts"
import type { Multipart } from "./multipart.ts"
import type { CallKind, Usage } from "./usage.ts"

export interface GraphError {
  kind: "graph"
  status: number
  code: number
  subcode: number | null
  message: string
  userMessage: string | null
  trace: string | null
}
export type Failure =
  | GraphError
  /** No verdict: cut connection, time-out, HTML, empty body. `asked` false = the network was surely not reached. */
  | { kind: "lost"; status: number | null; asked: boolean; reason: string }
  /** We hold ourselves back, the network was not asked. */
  | { kind: "held_back"; scope: "account" | "app"; afterMs: number }
  | { kind: "no_token" }
export type GraphBody = Record<string, unknown>
export type GraphAnswer = { ok: true; body: GraphBody } | { ok: false; failure: Failure }

export interface GraphRequest {
  method?: "GET" | "POST" | "DELETE"
  /** Path below the version, e.g. `108824017345866/feed`. */
  path: string
  query?: Record<string, string>
  json?: unknown
  form?: Multipart
  kind: CallKind
  /** Whose budget the call spends; null for app-level calls. */
  pageId: string | null
  timeoutMs?: number
  signal?: AbortSignal
}

export const READ_MS = 15 * SECOND
export const PUBLISH_MS = 60 * SECOND

export class GraphClient {
  private versionWarned = false

  constructor(
    private readonly config: Config["facebook"],
    private readonly fetcher: Fetch,
    private readonly clock: Clock,
    private readonly log: Log,
    readonly usage: Usage,
  ) {}

  /** `APP|SECRET`, the caller of debug_token; null when the app is not configured. */
  get appToken(): string | null {
    return this.config.appId && this.config.appSecret ? `${this.config.appId}|${this.config.appSecret}` : null
  }

  /** `appsecret_proof` and its time (contract 1.7): valid five minutes, made for every request. */
  proof(token: string): Record<string, string> {
    if (!this.config.appSecret) return {}
    const time = Math.floor(this.clock.now() / SECOND)
    return { appsecret_proof: appSecretProof(token, this.config.appSecret, time), appsecret_time: String(time) }
  }

  async call(token: string, request: GraphRequest): Promise<GraphAnswer> {
    await this.usage.catchUp()
    const hold = this.usage.hold(request.kind, request.pageId)
    if (hold) return { ok: false, failure: { kind: "held_back", ...hold } }
    const query = new URLSearchParams({ ...request.query, ...this.proof(token) }).toString()
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: "application/json" }
    if (request.json !== undefined) headers["content-type"] = "application/json"
    if (request.form) headers["content-type"] = request.form.contentType
    const answer = await ask(this.fetcher, `${this.config.graphUrl}/${this.config.version}/${request.path}${query && `?${query}`}`, {
      method: request.method ?? "GET",
      headers,
      body: request.form?.body ?? (request.json === undefined ? undefined : JSON.stringify(request.json)),
      timeoutMs: request.timeoutMs ?? READ_MS,
      signal: request.signal,
    })
    if (!answer.arrived) return { ok: false, failure: { kind: "lost", status: null, asked: answer.asked, reason: answer.reason } }
    this.usage.note(answer.headers, request.pageId)
    await this.usage.share()
    this.watchVersion(answer.headers)
    return withoutToken(readAnswer(answer.status, answer.text), token)
  }

  /** The token endpoint (contract 1.2), asked with the app's own id and secret; nobody's token is sent. Never repeated: a code is good once. */
  async exchange(query: Record<string, string>): Promise<GraphAnswer> {
    const own = { client_id: this.config.appId ?? "", client_secret: this.config.appSecret ?? "" }
    const answer = await ask(
      this.fetcher,
      `${this.config.graphUrl}/${this.config.version}/oauth/access_token?${new URLSearchParams({ ...own, ...query })}`,
      { headers: { accept: "application/json" }, timeoutMs: READ_MS },
    )
    if (!answer.arrived) return { ok: false, failure: { kind: "lost", status: null, asked: answer.asked, reason: answer.reason } }
    return Object.values({ ...query, secret: own.client_secret })
      .filter((value) => value.length > 8)
      .reduce(withoutToken, readAnswer(answer.status, answer.text))
  }

  /** Reads in one request; null for an operation that did not finish, or for all when the request failed. Never for writes. */
  async batch(
    token: string,
    operations: { method: string; relative_url: string }[],
    signal?: AbortSignal,
  ): Promise<({ status: number; text: string } | null)[] | null> {
    const body = new URLSearchParams({ batch: JSON.stringify(operations), include_headers: "false", ...this.proof(token) })
    const answer = await ask(this.fetcher, `${this.config.graphUrl}/${this.config.version}/`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" },
      body: body.toString(),
      timeoutMs: 2 * READ_MS,
      signal,
    })
    if (!answer.arrived) return null
    this.usage.note(answer.headers, null)
    await this.usage.share()
    const parts = parseJsonIds(answer.text)
    if (!Array.isArray(parts)) return null
    return parts.map((part) => {
      const { code, body } = (part ?? {}) as { code?: unknown; body?: unknown }
      return typeof code === "number" && typeof body === "string" ? { status: code, text: body } : null
    })
  }

  /** A pinned version that ended is served by another one without a word (contract 0.2). */
  private watchVersion(headers: Headers) {
    const served = headers.get("facebook-api-version")
    if (!served || served === this.config.version || this.versionWarned) return
    this.versionWarned = true
    this.log.warn("Graph API answers with another version than configured", { configured: this.config.version, served })
  }
}

export const appSecretProof = (token: string, secret: string, unixSeconds: number) => hmacSha256(secret, `${token}|${unixSeconds}`)

/** Judges the body, not the status (contract 5.1). */
export function readAnswer(status: number, text: string): GraphAnswer {
  const body = parseJsonIds(text)
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    const error = (body as GraphBody).error
    if (error === undefined && status >= 200 && status < 300) return { ok: true, body: body as GraphBody }
    const failure = readError(status, error)
    if (failure) return { ok: false, failure }
  }
  return { ok: false, failure: { kind: "lost", status, asked: true, reason: `HTTP ${status} without a readable answer` } }
}

/** Messages may echo the token they complain of; they end in logs and before people. */
function withoutToken(answer: GraphAnswer, token: string): GraphAnswer {
  if (answer.ok || answer.failure.kind !== "graph") return answer
  const clean = (said: string) => redact(said.replaceAll(token, "***"))
  const { message, userMessage } = answer.failure
  return { ok: false, failure: { ...answer.failure, message: clean(message), userMessage: userMessage === null ? null : clean(userMessage) } }
}

function readError(status: number, error: unknown): GraphError | null {
  if (typeof error !== "object" || error === null) return null
  const fields = error as Record<string, unknown>
  const code = integer(fields.code)
  if (code === null) return null
  return {
    kind: "graph",
    status,
    code,
    subcode: integer(fields.error_subcode),
    message: text(fields.message) ?? "",
    userMessage: text(fields.error_user_msg),
    trace: text(fields.fbtrace_id),
  }
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value.slice(0, 1_000) : null)
const integer = (value: unknown): number | null => {
  const number = typeof value === "string" && /^-?\d{1,9}$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isInteger(number) ? number : null
}

/** `success` is a boolean, or the string "true" (contract 0.3). */
export const saysSuccess = (body: GraphBody) => body.success === true || body.success === "true"
