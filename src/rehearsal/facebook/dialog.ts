/** The fake login dialog (contract 1.2): a person chooses Pages, the browser goes back with a code that is good once. */
import { MINUTE } from "../../base/clock.ts"
import { escapeXml } from "../portals/render.ts"
import { tokenOf } from "../random.ts"
import { rehearsalApp } from "../types.ts"
import type { World } from "../world.ts"
import { GraphError } from "./errors.ts"

const codeMs = 10 * MINUTE
const longSeconds = 5_183_944

interface Login {
  pages: Set<string>
  redirectUri: string
  expires: number
}
export interface Dialog {
  /** Answers `GET /vNN.N/dialog/oauth`. */
  page(url: URL): Response
  /** The token endpoint; undefined = not a grant of the dialog. */
  exchange(parameters: Map<string, unknown>): Record<string, unknown> | undefined
  /** The Pages a user token was given; undefined = no user token of ours. */
  pagesOf(token: string): Set<string> | undefined
}

export function createDialog(world: World): Dialog {
  const codes = new Map<string, Login>()
  const short = new Map<string, Set<string>>()
  const long = new Map<string, Set<string>>()
  let serial = 0
  const mint = (what: string) => tokenOf(world.seed, `${what} ${++serial} ${world.clock.now()}`, 56)
  const html = (body: string, status = 200) =>
    new Response(
      `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Đăng nhập Facebook (diễn tập)</title></head><body style="font:17px/1.6 system-ui;max-width:700px;margin:0 auto;padding:16px"><p style="background:#fff3cd;padding:8px">Mạng diễn tập – không phải Facebook thật</p>${body}</body></html>`,
      { status, headers: { "content-type": "text/html; charset=utf-8" } },
    )

  return {
    page(url) {
      const { searchParams: query } = url
      const redirect = query.get("redirect_uri") ?? ""
      const known = URL.canParse(redirect) && ["127.0.0.1", "localhost", "[::1]"].includes(new URL(redirect).hostname)
      if (!known || query.get("client_id") !== rehearsalApp.facebookAppId || query.get("response_type") !== "code")
        return html("<h1>URL Blocked</h1><p>This redirect failed because the redirect URI is not allow-listed.</p>", 400)
      const back = new URL(redirect)
      back.searchParams.set("state", query.get("state") ?? "")
      if (query.get("answer") === "continue") {
        const code = mint("login code")
        codes.set(code, { pages: new Set(query.getAll("page")), redirectUri: redirect, expires: world.clock.now() + codeMs })
        back.searchParams.set("code", code)
        return new Response(null, { status: 302, headers: { location: back.href } })
      }
      if (query.get("answer") === "cancel") {
        back.searchParams.set("error", "access_denied")
        back.searchParams.set("error_reason", "user_denied")
        return new Response(null, { status: 302, headers: { location: back.href } })
      }
      const hidden = [...query].map(([name, value]) => `<input type="hidden" name="${escapeXml(name)}" value="${escapeXml(value)}">`)
      const rows = [...world.accounts.values()]
        .filter((account) => account.network === "facebook" && account.connectable)
        .sort((a, b) => Number(b.id.startsWith("own-")) - Number(a.id.startsWith("own-")))
        .map(
          (account) =>
            `<li><label><input type="checkbox" name="page" value="${account.remoteId}"> ${escapeXml(account.tuning.name)} (${account.remoteId})</label></li>`,
        )
      return html(
        `<h1>Chọn Trang để Loa quản lý</h1><form method="get" action="${escapeXml(url.pathname)}">${hidden.join("")}<ul style="list-style:none;padding:0">${rows.join("")}</ul><button name="answer" value="continue" style="font:inherit">Tiếp tục</button> <button name="answer" value="cancel" style="font:inherit">Hủy</button></form>`,
      )
    },
    exchange(parameters) {
      const text = (name: string) => String(parameters.get(name) ?? "")
      const code = text("code")
      const exchanged = short.get(text("fb_exchange_token"))
      if (!code && !exchanged) return undefined
      if (text("client_id") !== rehearsalApp.facebookAppId || text("client_secret") !== rehearsalApp.facebookAppSecret)
        throw new GraphError(101, "Error validating client secret.")
      if (exchanged) {
        const token = `EAAGuserlong${mint("long user token")}`
        long.set(token, exchanged)
        return { access_token: token, token_type: "bearer", expires_in: longSeconds }
      }
      const login = codes.get(code)
      codes.delete(code)
      if (!login || login.expires <= world.clock.now()) throw new GraphError(100, "This authorization code has been used or has expired.", 36_009)
      if (login.redirectUri !== text("redirect_uri"))
        throw new GraphError(
          100,
          "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
          36_008,
        )
      const token = `EAAGusershort${mint("short user token")}`
      short.set(token, login.pages)
      return { access_token: token, token_type: "bearer", expires_in: 5_400 }
    },
    pagesOf: (token) => long.get(token) ?? short.get(token),
  }
}
