/** Loopback servers with the few habits all of them share. */
import { messageOf } from "../base/errors.ts"
import { openServer } from "../base/http-server.ts"

export type Handler = (request: Request) => Response | Promise<Response>
export interface Listener {
  url: string
  port: number
  stop(): Promise<void>
}

/** `preferred` is a port worth trying when any port will do: the one of the last run. */
export async function listen(host: string, port: number, preferred: number | undefined, handler: Handler): Promise<Listener> {
  const open = (at: number) =>
    openServer({
      host,
      port: at,
      // A hanging call is part of the rehearsal: the server must not end it.
      idleSeconds: 0,
      bodyBytesMax: 64 * 1_048_576,
      handler,
      onError: (error) => Response.json({ rehearsal: "broken", message: messageOf(error) }, { status: 500 }),
    })
  // Where somebody else took the preferred port meanwhile, any other will do.
  const server = (port === 0 && preferred ? await open(preferred).catch(() => null) : null) ?? (await open(port))
  return { url: `http://${host}:${server.port}`, port: server.port, stop: server.stop }
}
