/** Public pages answer a person as fast as they can read, not a machine that asks without end. In memory: a restart forgives. */
import type { MiddlewareHandler } from "hono"
import { MINUTE, type Clock } from "../base/clock.ts"
import { addressOf } from "./visit.ts"

const ADDRESSES_MAX = 10_000

/** At most `perMinute` requests of one address in one minute of the clock. */
export function rateLimit(clock: Clock, https: boolean, perMinute: number): MiddlewareHandler {
  let minute = 0
  const asked = new Map<string, number>()
  return async (c, next) => {
    const now = Math.floor(clock.now() / MINUTE)
    // So many addresses at once are an attack or a holiday; either way memory stays bounded.
    if (now !== minute || asked.size >= ADDRESSES_MAX) asked.clear()
    minute = now
    const address = addressOf(c, https)
    const count = (asked.get(address) ?? 0) + 1
    asked.set(address, count)
    if (count > perMinute) return c.text("429", 429, { "retry-after": "60" })
    return next()
  }
}
