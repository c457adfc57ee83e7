import { Hono } from "hono"
import { deskScript, style } from "./style.ts"

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b3a75"/><path d="M7 13v6h4l8 5V8l-8 5z" fill="#f2c94c"/><path d="M22 11q4 5 0 10" fill="none" stroke="#fff" stroke-width="2"/></svg>'

/** Files of the pages, from memory. Names carry the hash of the content, so they may be cached for ever. */
export function staticFiles(): Hono {
  const app = new Hono()
  for (const file of [style, deskScript])
    app.get(file.path, (c) => c.body(file.text, 200, { "content-type": file.type, "cache-control": "public, max-age=31536000, immutable" }))
  return app
    .get("/static/style.css", (c) => c.redirect(style.path, 302))
    .get("/static/icon.svg", (c) => c.body(icon, 200, { "content-type": "image/svg+xml", "cache-control": "public, max-age=86400" }))
}
