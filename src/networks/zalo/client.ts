/** The Zalo OA API on the wire (contract 1): one envelope, judged by `error` and never by the HTTP status. */
import { MINUTE, SECOND, type Clock } from "../../base/clock.ts"
import type { Config } from "../../base/config.ts"
import { hmacSha256 } from "../../base/hash.ts"
import { parseJsonIds } from "../../base/json-ids.ts"
import { redact } from "../../base/log.ts"
import { ask, type Fetch } from "../http.ts"
import type { Throttles } from "../throttles.ts"
import type { Failure } from "./errors.ts"

export interface ZaloRequest {
  method?: "GET" | "POST"
  /** Path with query, e.g. `/v2.0/article/create`. */
  path: string
  json?: unknown
  signal?: AbortSignal
}
export type ZaloAnswer = { ok: true; data: Record<string, unknown>; message: string } | { ok: false; failure: Failure }

export const ZALO_MS = 15 * SECOND
/** A refresh answered late still carries the only pair that works: giving up early costs a new consent. */
export const REFRESH_MS = 2 * ZALO_MS

export class ZaloClient {
  constructor(
    private readonly config: Config["zalo"],
    private readonly fetcher: Fetch,
    private readonly clock: Clock,
    private readonly throttles: Throttles,
  ) {}

  async call(oaId: string, token: string, request: ZaloRequest): Promise<ZaloAnswer> {
    await this.throttles.catchUp()
    const until = this.throttles.of(oaId)?.stoppedUntil
    const now = this.clock.now()
    if (until !== undefined && until > now) return { ok: false, failure: { kind: "held_back", afterMs: until - now } }
    const headers: Record<string, string> = { access_token: token, accept: "application/json" }
    if (this.config.appSecret) headers.appsecret_proof = hmacSha256(this.config.appSecret, token)
    if (request.json !== undefined) headers["content-type"] = "application/json"
    const answer = await ask(this.fetcher, this.config.apiUrl + request.path, {
      method: request.method ?? "GET",
      headers,
      body: request.json === undefined ? undefined : JSON.stringify(request.json),
      timeoutMs: ZALO_MS,
      signal: request.signal,
    })
    if (!answer.arrived) return { ok: false, failure: { kind: "lost", status: null, asked: answer.asked, reason: answer.reason } }
    // The remaining calls of this minute ran out.
    if (answer.headers.get("x-ratelimit-remain")?.trim() === "0") {
      this.throttles.note(oaId, { stoppedUntil: now + MINUTE - (now % MINUTE) })
      await this.throttles.share()
    }
    const envelope = readEnvelope(answer.status, answer.text)
    // Messages may echo the token they complain of; they end in logs and before people.
    if (!envelope.ok && envelope.failure.kind === "api") envelope.failure.message = redact(envelope.failure.message.replaceAll(token, "***"))
    return envelope
  }
}

/** The body first, whatever the status: unknown paths come as 404 with JSON, failures as 200. */
export function readEnvelope(status: number, text: string): ZaloAnswer {
  const body = parseJsonIds(text)
  const lost = (reason: string): ZaloAnswer => ({ ok: false, failure: { kind: "lost", status, asked: true, reason } })
  if (typeof body !== "object" || body === null || Array.isArray(body)) return lost("no JSON object")
  const { error, message, data } = body as { error?: unknown; message?: unknown; data?: unknown }
  const code = typeof error === "string" && /^-?\d{1,6}$/.test(error) ? Number(error) : error
  if (typeof code !== "number" || !Number.isInteger(code)) return lost("no error code")
  const said = typeof message === "string" ? message : ""
  if (code === 0) return { ok: true, data: typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {}, message: said }
  if (status >= 500) return lost(`HTTP ${status}`)
  return { ok: false, failure: { kind: "api", status, code, message: said } }
}
