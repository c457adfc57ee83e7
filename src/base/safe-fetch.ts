/**
 * Fetching what strangers name: feeds, pages, pictures. The host is resolved once, every address is judged, and the
 * connection goes to the judged address, so a second answer of the name server changes nothing (stack.md, SSRF in Bun).
 * Each redirect is judged in the same way. Size is counted on inflated bytes while they arrive.
 */
import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import { addressAllowed } from "./address.ts"
import { AppError } from "./errors.ts"
import { nodeFetch } from "./node-fetch.ts"
import { inBun } from "./runtime.ts"

export const fetchFailureCodes = [
  "bad_url",
  "private_address",
  "dns",
  "refused",
  "reset",
  "tls",
  "timeout",
  "too_large",
  "too_many_redirects",
  "bad_redirect",
  "bad_encoding",
  "protocol",
  "aborted",
] as const
export type FetchFailureCode = (typeof fetchFailureCodes)[number]

export class FetchFailure extends AppError {
  override name = "FetchFailure"
  constructor(
    override readonly code: FetchFailureCode,
    message: string,
    facts: Record<string, unknown> = {},
  ) {
    super(code, message, facts)
  }
}

export interface SafeFetchOptions {
  method?: "GET" | "HEAD" | "POST"
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Limit on inflated bytes of the body. */
  maxBytes: number
  /** Limit on the whole exchange, redirects included. */
  timeoutMs: number
  /** Limit until the headers of one answer are there. */
  connectTimeoutMs?: number
  redirectsMax: number
  signal?: AbortSignal
  accept?: string
  /** PEM of a certificate the server forgets to send; verification stays on. */
  extraCa?: string
}
export interface SafeResponse {
  status: number
  headers: Headers
  /** Where the answer came from in the end. */
  url: string
  body: Uint8Array
  redirects: { from: string; to: string; status: number }[]
  /** The address that was connected to. */
  address: string
}
export type SafeFetch = (url: string, options: SafeFetchOptions) => Promise<SafeResponse>

/** Ports of other protocols, which an http request could be made to talk to (the list browsers use). */
const otherProtocols = new Set([1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080])
const portRefused = (port: number) => (port < 1024 && port !== 80 && port !== 443 && !(port >= 81 && port <= 90)) || otherProtocols.has(port)

/** What may follow a redirect to another host; everything else (credentials above all) stays behind. */
const harmlessHeaders = new Set(["accept", "accept-language", "user-agent", "if-none-match", "if-modified-since", "cache-control"])

export interface SafeFetchConfig {
  /** Hosts, addresses and CIDR ranges that may be reached although they are private. */
  allowPrivate: readonly string[]
  userAgent: string
  /** For tests: the name server, and the fetch below. */
  resolve?: (host: string) => Promise<string[]>
  fetch?: (url: string, init: RequestInit) => Promise<Response>
}

const resolveAll = async (host: string) => (await lookup(host, { all: true })).map((entry) => entry.address)

export function createSafeFetch(config: SafeFetchConfig): SafeFetch {
  const resolve = config.resolve ?? resolveAll
  const rawFetch = config.fetch ?? (inBun ? (url, init) => fetch(url, init) : nodeFetch)

  async function judge(url: URL): Promise<string[]> {
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new FetchFailure("bad_url", `only http(s) is fetched, not ${url.protocol}`)
    if (url.username || url.password) throw new FetchFailure("bad_url", "an address with user name or password is not fetched")
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80))
    if (portRefused(port)) throw new FetchFailure("bad_url", `port ${port} is not fetched`, { port })
    const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
    const addresses = isIP(host)
      ? [host]
      : await resolve(host).catch((error) => {
          throw new FetchFailure("dns", `${host} does not resolve`, { host, cause: (error as { code?: string }).code })
        })
    if (addresses.length === 0) throw new FetchFailure("dns", `${host} has no address`, { host })
    // One private address among public ones is an attack or a mistake: either way nothing is fetched.
    const bad = addresses.find((ip) => !addressAllowed(ip, host, config.allowPrivate))
    if (bad) throw new FetchFailure("private_address", `${host} leads to ${bad}, which is not public`, { host, address: bad })
    return addresses.sort((a, b) => isIP(a) - isIP(b)).slice(0, 2)
  }

  async function ask(url: URL, addresses: string[], options: SafeFetchOptions, headers: Record<string, string>, signal: AbortSignal) {
    let last: unknown
    for (const address of addresses) {
      const target = new URL(url)
      target.hostname = isIP(address) === 6 ? `[${address}]` : address
      const host = url.hostname.replace(/^\[|\]$/g, "")
      const init: RequestInit & { tls?: object } = {
        method: options.method ?? "GET",
        headers: { ...headers, host: url.host },
        redirect: "manual",
        signal,
        ...(options.body === undefined ? {} : { body: options.body as BodyInit }),
      }
      if (url.protocol === "https:") {
        init.tls = {
          ...(isIP(host) ? {} : { serverName: host }),
          ...(options.extraCa ? { ca: [...(await rootCertificates()), options.extraCa] } : {}),
        }
      }
      try {
        return { response: await rawFetch(target.href, init), address }
      } catch (error) {
        last = error
        if (options.method === "POST" || failureOf(error, signal).code !== "refused") break
      }
    }
    throw last
  }

  return async (start, options) => {
    if (!URL.canParse(start)) throw new FetchFailure("bad_url", "not an address")
    const timer = new AbortController()
    const timeout = setTimeout(() => timer.abort(new FetchFailure("timeout", `no complete answer within ${options.timeoutMs} ms`)), options.timeoutMs)
    const signal = options.signal ? AbortSignal.any([options.signal, timer.signal]) : timer.signal
    const redirects: SafeResponse["redirects"] = []
    let url = new URL(start)
    url.hash = ""
    let headers: Record<string, string> = {
      "user-agent": config.userAgent,
      accept: options.accept ?? "*/*",
      ...Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    }
    try {
      for (;;) {
        const addresses = await untilAborted(judge(url), signal)
        const slow = options.connectTimeoutMs
          ? setTimeout(() => timer.abort(new FetchFailure("timeout", `no answer within ${options.connectTimeoutMs} ms`)), options.connectTimeoutMs)
          : undefined
        const { response, address } = await ask(url, addresses, options, headers, signal).finally(() => clearTimeout(slow))
        const location = response.headers.get("location")
        if (![301, 302, 303, 307, 308].includes(response.status) || location === null || options.method === "POST") {
          const body = options.method === "HEAD" || response.status === 304 ? new Uint8Array() : await readLimited(response, options.maxBytes, signal)
          return { status: response.status, headers: response.headers, url: url.href, body, redirects, address }
        }
        void response.body?.cancel().catch(() => undefined)
        if (redirects.length >= options.redirectsMax) throw new FetchFailure("too_many_redirects", `more than ${options.redirectsMax} redirects`)
        if (!URL.canParse(location, url.href)) throw new FetchFailure("bad_redirect", "the redirect names no address")
        const next = new URL(location, url)
        next.hash = ""
        if (next.origin !== url.origin) headers = harmless(headers)
        redirects.push({ from: url.href, to: next.href, status: response.status })
        url = next
      }
    } catch (error) {
      throw failureOf(error, signal)
    } finally {
      clearTimeout(timeout)
    }
  }
}

const harmless = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).filter(([name]) => harmlessHeaders.has(name)))

async function rootCertificates(): Promise<readonly string[]> {
  return (await import("node:tls")).rootCertificates
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener("abort", stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop))
  })
}

/** Reads at most `maxBytes` inflated bytes; what is announced larger is not read at all. */
async function readLimited(response: Response, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const tooLarge = () => new FetchFailure("too_large", `more than ${maxBytes} bytes`, { maxBytes })
  const announced = Number(response.headers.get("content-length"))
  if (announced > maxBytes) {
    void response.body?.cancel().catch(() => undefined)
    throw tooLarge()
  }
  // A small plain body that announced its length is taken in one step: a third of the time of a stream.
  if (announced > 0 && !response.headers.get("content-encoding") && announced <= 262_144) {
    const whole = await untilAborted(response.bytes(), signal)
    if (whole.length > maxBytes) throw tooLarge()
    return whole
  }
  const reader = response.body?.getReader()
  if (!reader) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await untilAborted(reader.read(), signal).catch((error) => {
      void reader.cancel().catch(() => undefined)
      throw error
    })
    if (done) break
    size += value.length
    if (size > maxBytes) {
      void reader.cancel().catch(() => undefined)
      throw tooLarge()
    }
    chunks.push(value)
  }
  if (chunks.length === 1) return chunks[0]!
  return new Uint8Array(Buffer.concat(chunks, size))
}

/** Bun's own error codes in our words. */
function failureOf(error: unknown, signal: AbortSignal): FetchFailure {
  if (error instanceof FetchFailure) return error
  if (signal.aborted) return signal.reason instanceof FetchFailure ? signal.reason : new FetchFailure("aborted", "the request was called off")
  const code = String((error as { code?: unknown }).code ?? (error as Error).name ?? "")
  const message = error instanceof Error ? error.message : String(error)
  const is = (pattern: RegExp) => pattern.test(code) || pattern.test(message)
  if (is(/CERT|TLS|SSL|VERIFY|ISSUER|SELF_SIGNED|ALTNAME/i)) return new FetchFailure("tls", `TLS: ${code || message}`)
  if (is(/Timeout|ETIMEDOUT/i)) return new FetchFailure("timeout", "the server did not answer in time")
  if (is(/ConnectionRefused|ECONNREFUSED|FailedToOpenSocket|UNREACH|Unable to connect/i))
    return new FetchFailure("refused", "the connection was refused")
  if (is(/Zlib|Brotli|Zstd|Decompress|inflat/i)) return new FetchFailure("bad_encoding", `the body cannot be inflated: ${code}`)
  if (is(/ConnectionClosed|ECONNRESET|EPIPE|socket.*closed/i)) return new FetchFailure("reset", "the connection broke")
  return new FetchFailure("protocol", `${code}: ${message}`.slice(0, 200))
}
