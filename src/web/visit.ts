/** Who is visiting, in which language, and what they may do. */
import type { Context, MiddlewareHandler } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import type { Rooms } from "../app.ts"
import { NotFoundError } from "../base/errors.ts"
import { can, sees, type From, type People, type Permission, type SessionFacts, type User } from "./people/index.ts"

export type Lang = "vi" | "en"
export interface WebEnv {
  Bindings: { address?: string }
  Variables: { lang: Lang; user: User | null; session: SessionFacts | null }
}
export type Visit = Context<WebEnv>
/** What every page is given. */
export interface Desk {
  rooms: Rooms
  people: People
  https: boolean
}

/** The Vietnamese or the English of a pair; both stand where they are shown. */
export type Say = (vi: string, en: string) => string
export const sayIn = (lang: Lang): Say => (vi, en) => (lang === "en" ? en : vi)
export const say = (c: Visit): Say => sayIn(c.get("lang"))

// `__Host-` is refused by browsers without https, which a desk on 127.0.0.1 has not.
const cookieName = (name: string, https: boolean) => (https ? `__Host-${name}` : name)
const cookieOptions = (https: boolean) => ({ path: "/", httpOnly: true, secure: https, sameSite: "Lax" as const })

export const readSession = (c: Context, https: boolean) => getCookie(c, cookieName("loa_session", https)) ?? null
export const readDevice = (c: Context, https: boolean) => getCookie(c, cookieName("loa_device", https)) ?? null
export function giveSession(c: Context, https: boolean, session: string, device: string | null): void {
  setCookie(c, cookieName("loa_session", https), session, cookieOptions(https))
  if (device) setCookie(c, cookieName("loa_device", https), device, { ...cookieOptions(https), maxAge: 180 * 86_400 })
}
export const dropSession = (c: Context, https: boolean) => void deleteCookie(c, cookieName("loa_session", https), cookieOptions(https))

/** Finds language and visitor once a request. `?lang=` is remembered by the browser. */
export const greet = ({ people, https }: Desk): MiddlewareHandler<WebEnv> => async (c, next) => {
  const wanted = c.req.query("lang")
  const name = cookieName("loa_lang", https)
  if (wanted === "vi" || wanted === "en") setCookie(c, name, wanted, { ...cookieOptions(https), maxAge: 365 * 86_400 })
  c.set("lang", (wanted ?? getCookie(c, name)) === "en" ? "en" : "vi")
  const session = readSession(c, https)
  const visitor = session ? await people.visit(session) : null
  c.set("user", visitor?.user ?? null)
  c.set("session", visitor?.session ?? null)
  await next()
}

/** Sends strangers to the door; writes of strangers are refused. */
export const signedIn: MiddlewareHandler<WebEnv> = async (c, next) => {
  const reading = c.req.method === "GET"
  if (c.get("user")) {
    // A role that publishes or administers does nothing before its second factor is enrolled.
    if (!c.get("session")?.mustEnrol || c.req.path.startsWith("/me/two-steps")) return next()
    return reading ? c.redirect("/me/two-steps", 302) : c.text("403: cần bật xác thực hai lớp trước", 403)
  }
  if (!reading) return c.text("401", 401)
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(`/login?to=${encodeURIComponent(pathname + search)}`, 302)
}

/** Grave changes (people, keys, tokens of networks) want a proof of password and code of the last ten minutes. Stands behind `signedIn`. */
export const proved: MiddlewareHandler<WebEnv> = async (c, next) => {
  if (c.get("session")?.fresh) return next()
  const { pathname, search } = new URL(c.req.url)
  // A form that came too late is typed again: forms are sent to the address of their own page.
  return c.redirect(`/me/confirm?to=${encodeURIComponent(c.req.method === "GET" ? pathname + search : pathname)}`, 303)
}

/** Address and browser of who asks, for the list of sessions. */
export const fromOf = (c: Context, https: boolean): From => ({ address: addressOf(c, https), agent: c.req.header("user-agent") ?? "" })

export const userOf = (c: Visit): User => c.get("user")!
export const actorOf = (c: Visit) => `user:${userOf(c).id}`

export class ForbiddenError extends Error {
  override name = "ForbiddenError"
}
export function need(c: Visit, permission: Permission): void {
  if (!can(userOf(c), permission)) throw new ForbiddenError(permission)
}
/** The same for a whole route. Stands behind `signedIn`. */
export const allowed = (permission: Permission): MiddlewareHandler<WebEnv> => async (c, next) => {
  need(c, permission)
  return next()
}
/** What a person may not see is answered as if it did not exist. */
export function needSight(c: Visit, unitId: string | null): void {
  if (!sees(userOf(c), unitId)) throw new NotFoundError("page", c.req.path)
}

/**
 * The peer's address. Loa ends no TLS itself: an https address means that a proxy stands before it, and only then is the last entry
 * of X-Forwarded-For (the one the proxy wrote) believed.
 */
export function addressOf(c: Context, https: boolean): string {
  const peer = (c.env as { address?: string } | undefined)?.address ?? "unknown"
  const told = https ? c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined
  return (told || peer).slice(0, 60)
}

/** Only addresses of our own pages: `//evil.example` and `/\evil` are none. */
export const ownPath = (to: string | undefined) => (to && /^\/(?![/\\])[\x21-\x7e]*$/.test(to) && !to.startsWith("/login") ? to : "/")
