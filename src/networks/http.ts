/** The one place where a network is asked. An answer is read under limits; a missing answer says whether the request may have arrived. */
import { messageOf } from "../base/errors.ts"
import { redact } from "../base/log.ts"

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

export type Answer =
  | { arrived: true; status: number; headers: Headers; text: string }
  /** `asked` false: the connection was refused, so the network cannot have acted. */
  | { arrived: false; asked: boolean; reason: string }

export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  timeoutMs: number
  signal?: AbortSignal
}

/** Longest answer we read; a page of 100 posts is far below. */
const BODY_BYTES_MAX = 8 * 1024 * 1024
/** Failures before the first byte left: the name is unknown or nobody listens. */
const notAsked = new Set(["ECONNREFUSED", "ConnectionRefused", "ENOTFOUND", "EAI_AGAIN", "FailedToOpenSocket"])

export async function ask(fetcher: Fetch, url: string, request: Ask): Promise<Answer> {
  if (request.signal?.aborted) return { arrived: false, asked: false, reason: "stopped before the call" }
  const timeout = AbortSignal.timeout(request.timeoutMs)
  try {
    const response = await fetcher(url, {
      method: request.method ?? "GET",
      headers: request.headers,
      body: request.body as BodyInit | undefined,
      redirect: "error",
      signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
    })
    return { arrived: true, status: response.status, headers: response.headers, text: await readText(response) }
  } catch (error) {
    // Node.js names the reason one level below.
    const { code = (error as { cause?: { code?: unknown } }).cause?.code } = error as { code?: unknown }
    // Messages of fetch may hold the address; the address may hold a token to be inspected (debug_token).
    const reason = redact(messageOf(error)).replace(/https?:\/\/\S+/g, "…")
    return { arrived: false, asked: !(typeof code === "string" && notAsked.has(code)), reason }
  }
}

async function readText(response: Response): Promise<string> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length > BODY_BYTES_MAX) throw new Error("answer too long")
  if (Number.isFinite(length) && !response.headers.has("content-encoding")) return response.text()
  if (!response.body) return ""
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length
    if (size > BODY_BYTES_MAX) throw new Error("answer too long")
    parts.push(part)
  }
  return Buffer.concat(parts).toString("utf8")
}
