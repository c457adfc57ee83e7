/** Opening the port. It is taken before anything else begins, so that a busy one is said at once; requests wait until the rooms are open. */
import type { Config } from "../base/config.ts"
import { messageOf, UsageError } from "../base/errors.ts"
import { openServer } from "../base/http-server.ts"

/** `address`: the peer's, as the socket knows it. */
type Handler = (request: Request, peer: { address?: string }) => Response | Promise<Response>

export interface Listening {
  url: string
  answer(handler: Handler): void
  stop(): Promise<void>
}

const BODY_BYTES_MAX = 20_000_000

export async function listen(config: Config): Promise<Listening> {
  let handler: Handler = () => new Response("Loa is starting", { status: 503, headers: { "retry-after": "1" } })
  try {
    const server = await openServer({
      host: config.host,
      port: config.port,
      bodyBytesMax: BODY_BYTES_MAX,
      idleSeconds: 30,
      handler: (request, peer) => handler(request, peer),
      onError: () => new Response("500", { status: 500 }),
    })
    // PORT=0 takes any free port: links then name the one that was taken.
    if (config.port === 0 && new URL(config.publicUrl).port === "0") config.publicUrl = `http://${config.host}:${server.port}`
    return {
      url: `http://${config.host}:${server.port}`,
      answer: (next) => void (handler = next),
      stop: server.stop,
    }
  } catch (error) {
    throw new UsageError("port_in_use", `PORT=${config.port}: ${messageOf(error)}`)
  }
}

/** Null when the port is taken, by a running `serve` as a rule. */
export async function listenIfFree(config: Config): Promise<Listening | null> {
  try {
    return await listen(config)
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}
