/** One HTTP server for both runtimes: Bun's own, or node:http where Loa runs on Node.js. Handlers speak `Request` and `Response`. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { inBun } from "./runtime.ts"

/** `address`: the other end of the connection, as the socket knows it. */
export interface Peer {
  address?: string
}

export interface HttpServerOptions {
  host: string
  /** 0 takes any free port. */
  port: number
  bodyBytesMax: number
  /** A connection on which nothing happens is ended after this long; 0 = never. */
  idleSeconds: number
  handler(request: Request, peer: Peer): Response | Promise<Response>
  onError(error: unknown): Response
}

export interface HttpServer {
  port: number
  /** Ends open connections, too. */
  stop(): Promise<void>
}

/** Opens the port, or rejects with what the system says (EADDRINUSE). */
export const openServer = (options: HttpServerOptions): Promise<HttpServer> => (inBun ? openInBun(options) : openInNode(options))

async function openInBun({ host, port, bodyBytesMax, idleSeconds, handler, onError }: HttpServerOptions): Promise<HttpServer> {
  const server = Bun.serve({
    hostname: host,
    port,
    maxRequestBodySize: bodyBytesMax,
    idleTimeout: idleSeconds,
    fetch: (request, own) => handler(request, { address: own.requestIP(request)?.address }),
    error: onError,
  })
  return { port: server.port!, stop: () => server.stop(true) }
}

async function openInNode({ host, port, bodyBytesMax, idleSeconds, handler, onError }: HttpServerOptions): Promise<HttpServer> {
  const { createServer } = await import("node:http")
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing, bodyBytesMax, handler, onError).catch(() => outgoing.destroy())
  })
  server.requestTimeout = idleSeconds ? 120_000 : 0
  server.timeout = idleSeconds * 1_000
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as { port: number }).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  bodyBytesMax: number,
  handler: HttpServerOptions["handler"],
  onError: HttpServerOptions["onError"],
) {
  if (Number(incoming.headers["content-length"] ?? 0) > bodyBytesMax) return void outgoing.writeHead(413).end()
  const gone = new AbortController()
  outgoing.once("close", () => !outgoing.writableFinished && gone.abort())
  let response: Response
  try {
    response = await handler(requestOf(incoming, bodyBytesMax, gone.signal), { address: incoming.socket.remoteAddress })
  } catch (error) {
    response = onError(error)
  }
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of response.headers) if (name !== "set-cookie") headers[name] = value
  const cookies = response.headers.getSetCookie()
  if (cookies.length) headers["set-cookie"] = cookies
  const reader = incoming.method === "HEAD" ? undefined : response.body?.getReader()
  // A body that breaks before its first byte breaks the connection: no half answer that looks whole.
  let part = await reader?.read()
  outgoing.writeHead(response.status, headers)
  while (reader && part && !part.done) {
    if (!outgoing.write(part.value)) await drained(outgoing)
    if (outgoing.destroyed) return void reader.cancel().catch(() => undefined)
    part = await reader.read()
  }
  outgoing.end()
}

const drained = (outgoing: ServerResponse) =>
  new Promise<void>((resolve) => {
    outgoing.once("drain", resolve)
    outgoing.once("close", resolve)
  })

function requestOf(incoming: IncomingMessage, bodyBytesMax: number, signal: AbortSignal): Request {
  const headers = new Headers()
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!)
  const method = incoming.method ?? "GET"
  const hasBody = method !== "GET" && method !== "HEAD"
  const body = hasBody ? (Readable.toWeb(bounded(incoming, bodyBytesMax)) as unknown as ReadableStream<Uint8Array>) : null
  return new Request(`http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`, {
    method,
    headers,
    body,
    signal,
    ...(hasBody ? { duplex: "half" } : {}),
  } as RequestInit)
}

function bounded(incoming: IncomingMessage, bytesMax: number): IncomingMessage {
  let size = 0
  incoming.on("data", (part: Buffer) => (size += part.length) > bytesMax && incoming.destroy(new Error("body too large")))
  incoming.pause()
  return incoming
}
