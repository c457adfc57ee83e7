/** Style sheet and script of the pages, read once and served from memory under the hash of their content. */
import { readFileSync } from "node:fs"
import { sha256 } from "../base/hash.ts"

function asset(name: string, type: string) {
  const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8")
  return { path: `/static/${sha256(text).slice(0, 16)}-${name}`, text, type }
}
export const style = asset("desk.css", "text/css; charset=utf-8")
/** An enhancement only: everything works without it. */
export const deskScript = asset("desk.js", "text/javascript; charset=utf-8")
