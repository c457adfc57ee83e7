/** Loopback servers with the few habits all of them share. */
import { messageOf } from "../base/errors.ts"

export type Handler = (request: Request) => Response | Promise<Response>
export interface Listener {
  url: string
  port: number
  stop(): Promise<void>
}

/** `preferred` is a port worth trying when any port will do: the one of the last run. */
export function listen(host: string, port: number, preferred: number | undefined, handler: Handler): Listener {
  const open = (at: number) =>
    Bun.serve({
      hostname: host,
      port: at,
      // A hanging call is part of the rehearsal: Bun must not end it.
      idleTimeout: 0,
      maxRequestBodySize: 64 * 1_048_576,
      fetch: handler,
      error: (error) => Response.json({ rehearsal: "broken", message: messageOf(error) }, { status: 500 }),
    })
  let server
  if (port === 0 && preferred) {
    try {
      server = open(preferred)
    } catch {
      // Somebody else took the port meanwhile; any other will do.
    }
  }
  server ??= open(port)
  const at = server.port!
  return { url: `http://${host}:${at}`, port: at, stop: () => server.stop(true) }
}
