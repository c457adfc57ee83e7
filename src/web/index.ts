/** The web side of Loa as one Hono app: pictures for the networks, health for operators, and the desk. */
import { Hono } from "hono"
import type { Rooms } from "../app.ts"
import { media } from "./media.ts"
import { health } from "./health.ts"

export function createWeb(rooms: Rooms): Hono {
  const web = new Hono()
  web.route("/", health(rooms))
  web.route("/m", media(rooms))
  return web
}

/** Pictures alone, for passes without a server. */
export function mediaOnly(rooms: Rooms): Hono {
  return new Hono().route("/m", media(rooms))
}
