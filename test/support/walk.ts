/** Walking the matrix of routes and roles: addresses filled with real ids, and what counts as being turned away. */
import type { MatrixRow } from "../../src/web/people/matrix.ts"

/** Ids of one unit's things. */
export interface Things {
  unit: string
  account: string
  delivery: string
  alert: string
  feed: string
  /** A person whose page is visited. */
  user: string
}

export const addressOf = (path: string, from: Things) =>
  path
    .replace("/units/:id", `/units/${from.unit}`)
    .replace("/accounts/:id/:do{pause|resume}", `/accounts/${from.account}/pause`)
    .replace("/alerts/:id", `/alerts/${from.alert}`)
    .replace("/queue/:id", `/queue/${from.delivery}`)
    .replace("/feeds/:id", `/feeds/${from.feed}`)
    .replace("/verify/:account", `/verify/${from.account}`)
    .replace("/posters/:account/:file{a[45]\\.pdf}", `/posters/${from.account}/a4.pdf`)
    .replace("/users/:id", `/users/${from.user}`)
    .replace("{[0-9a-f]{64}\\.jpg}", "")
    .replace(/:\w+\{letter[^/]*/, "letter.docx")
    .replace(/:\w+\{\(\?:preview[^/]*/, "preview.png")
    .replace(/:\w+\{[^/]*/g, "latest.json")
    .replace(/:\w+/g, "none")

export function requestOf(row: MatrixRow, from: Things): { method: string; path: string; form: Record<string, string> } {
  const [method, path] = row.route.split(" ") as [string, string]
  return { method, path: addressOf(path, from), form: { ...row.form, ...(row.form && path === "/queue" ? { id: from.delivery } : {}) } }
}

/** Turned away: at the door, by the role, or as if it did not exist. */
export const away = ({ status, headers }: Response) => status === 401 || status === 403 || status === 404 || (status === 302 && Boolean(headers.get("location")?.startsWith("/login")))
/** Turned away although the thing is there. */
export const refused = (answer: Response) => answer.status !== 404 && away(answer)
