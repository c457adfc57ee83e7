/**
 * `fetch` to a judged address on Node.js, whose own one can name no other host to TLS than the address it dials. The part that safe
 * fetching uses: no redirects, headers as given, body inflated while it arrives.
 */
import { request as askHttp, type IncomingMessage } from "node:http"
import { request as askHttps } from "node:https"
import { Readable } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"

interface TlsInit {
  serverName?: string
  ca?: readonly string[]
}

export function nodeFetch(address: string, init: RequestInit & { tls?: TlsInit }): Promise<Response> {
  const url = new URL(address)
  const secure = url.protocol === "https:"
  const headers = { "accept-encoding": "gzip, deflate, br", ...(init.headers as Record<string, string>) }
  return new Promise((resolve, reject) => {
    const options = {
      method: init.method ?? "GET",
      headers,
      signal: init.signal ?? undefined,
      ...(secure && init.tls?.serverName ? { servername: init.tls.serverName } : {}),
      ...(secure && init.tls?.ca ? { ca: [...init.tls.ca] } : {}),
    }
    const asked = (secure ? askHttps : askHttp)(url, options, (incoming) => resolve(responseOf(incoming)))
    asked.once("error", reject)
    asked.end(init.body ?? undefined)
  })
}

function responseOf(incoming: IncomingMessage): Response {
  const headers = new Headers()
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!)
  const status = incoming.statusCode ?? 500
  const bodiless = status === 204 || status === 205 || status === 304
  if (bodiless) incoming.resume()
  return new Response(
    bodiless ? null : (Readable.toWeb(inflated(incoming, headers.get("content-encoding"))) as unknown as ReadableStream<Uint8Array>),
    { status, headers },
  )
}

function inflated(incoming: IncomingMessage, encoding: string | null): Readable {
  const tool =
    encoding === "gzip" || encoding === "x-gzip"
      ? createGunzip()
      : encoding === "deflate"
        ? createInflate()
        : encoding === "br"
          ? createBrotliDecompress()
          : null
  if (!tool) return incoming
  incoming.on("error", (error) => tool.destroy(error))
  tool.on("close", () => incoming.destroy())
  return incoming.pipe(tool)
}
