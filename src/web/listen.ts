/** Opening the port. It is taken before anything else begins, so that a busy one is said at once; requests wait until the rooms are open. */
import type { Config } from "../base/config.ts"
import { UsageError } from "../base/errors.ts"

/** `address`: the peer's, as the socket knows it. */
type Handler = (request: Request, peer: { address?: string }) => Response | Promise<Response>

export interface Listening {
  url: string
  answer(handler: Handler): void
  stop(): Promise<void>
}

const BODY_BYTES_MAX = 20_000_000

export function listen(config: Config): Listening {
  let handler: Handler = () => new Response("Loa is starting", { status: 503, headers: { "retry-after": "1" } })
  try {
    const server = Bun.serve({ hostname: config.host, port: config.port, maxRequestBodySize: BODY_BYTES_MAX, idleTimeout: 30, fetch: (request, own) => handler(request, { address: own.requestIP(request)?.address }) })
    // PORT=0 takes any free port: links then name the one that was taken.
    if (config.port === 0 && new URL(config.publicUrl).port === "0") config.publicUrl = `http://${config.host}:${server.port}`
    return {
      url: `http://${server.hostname}:${server.port}`,
      answer: (next) => void (handler = next),
      stop: () => server.stop(true),
    }
  } catch (error) {
    throw new UsageError("port_in_use", `PORT=${config.port}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Null when the port is taken, by a running `serve` as a rule. */
export function listenIfFree(config: Config): Listening | null {
  try {
    return listen(config)
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}
