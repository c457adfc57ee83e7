/** What stands before every page: headers on every answer, no foreign writes, bounded bodies. Policy string: Mozilla Observatory A+. */
import type { Context, MiddlewareHandler } from "hono"

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ")

const headers: Record<string, string> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}

/** A part may set a stricter policy of its own (pictures do); what it left out is added. */
export function dress(response: Response, https: boolean): void {
  for (const [name, value] of Object.entries(headers)) if (!response.headers.has(name)) response.headers.set(name, value)
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store")
  if (https) response.headers.set("strict-transport-security", "max-age=63072000; includeSubDomains; preload")
}

export const securityHeaders = (https: boolean): MiddlewareHandler => async (c, next) => {
  await next()
  dress(c.res, https)
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
export const knownMethods: MiddlewareHandler = async (c, next) =>
  methods.has(c.req.method) ? next() : c.text("405", 405, { allow: [...methods].join(", ") })

const safe = new Set(["GET", "HEAD", "OPTIONS"])
/**
 * Writes must come from our own pages, whatever their content type. Browsers say so in Sec-Fetch-Site; older ones send Origin.
 * Who sends neither is no browser and has no business with forms.
 */
export const sameOrigin =
  (publicUrl: string): MiddlewareHandler =>
  async (c, next) =>
    safe.has(c.req.method) || isOwn(c, publicUrl) ? next() : c.text("403: yêu cầu đến từ trang khác", 403)

function isOwn(c: Context, publicUrl: string): boolean {
  const site = c.req.header("sec-fetch-site")
  if (site !== undefined) return site === "same-origin" || site === "none"
  const origin = c.req.header("origin")
  return origin !== undefined && (origin === new URL(publicUrl).origin || origin === new URL(c.req.url).origin)
}

/**
 * Forms of the desk are small; what announces or sends more is refused before it is kept. Vietnamese letters are nine bytes in a form, so a
 * whole article takes more, and a workbook is a file (one of every unit is far below).
 */
export const FORM_BYTES_MAX = 64_000
export const formBytesMax = (path: string) =>
  path === "/registry/import" ? 10_200_000 : /^\/(?:queue\/[^/]+\/words|emergency\/.*)$/.test(path) ? 600_000 : FORM_BYTES_MAX

/** A form that cannot be read is a bad request and not an accident. What was read is kept for the page. */
export const readableForm: MiddlewareHandler = async (c, next) => {
  const type = c.req.header("content-type") ?? ""
  if (!safe.has(c.req.method) && /^(?:multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type)) {
    try {
      await c.req.formData()
    } catch {
      return c.text("400", 400)
    }
  }
  return next()
}
