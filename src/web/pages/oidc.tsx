/** Single sign-on: off to the office's identity provider and back. Exists only when one is configured. */
import { Hono } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import { messageOf } from "../../base/errors.ts"
import { page } from "../layout.tsx"
import { Oidc } from "../people/oidc.ts"
import { fromOf, ownPath, readDevice, readSession, say, type Desk, type Visit, type WebEnv } from "../visit.ts"
import { entered } from "./login.tsx"

export function oidc({ rooms, people, https }: Desk): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { config, log } = rooms
  if (!config.oidc) return app
  const room = new Oidc(people.parts, config.oidc, `${config.publicUrl}/login/oidc/back`)
  const cookie = https ? "__Host-loa_oidc" : "loa_oidc"
  const options = { path: "/", httpOnly: true, secure: https, sameSite: "Lax" as const }
  const failed = (c: Visit, text: string, status: 403 | 429 = 403) =>
    page(
      c,
      rooms,
      say(c)("Đăng nhập", "Sign in"),
      <div class="card narrow">
        <h1>{say(c)("Chưa đăng nhập được", "Not signed in")}</h1>
        <p class="notice bad" role="alert">
          {text}
        </p>
        <a class="button" href="/login">
          {say(c)("Về trang đăng nhập", "Back to the door")}
        </a>
      </div>,
      status,
    )

  return app
    .get("/login/oidc", async (c) => {
      try {
        const { url, mark } = await room.leave(ownPath(c.req.query("to")))
        setCookie(c, cookie, mark, { ...options, maxAge: 600 })
        return c.redirect(url, 302)
      } catch (error) {
        log.warn("the identity provider cannot be reached", { error: messageOf(error) })
        return failed(
          c,
          say(c)(
            "Không liên lạc được hệ thống đăng nhập của cơ quan. Hãy dùng mật khẩu.",
            "The identity provider does not answer. Use the password.",
          ),
        )
      }
    })
    .get("/login/oidc/back", async (c) => {
      const mark = getCookie(c, cookie) ?? null
      deleteCookie(c, cookie, options)
      const refused = say(c)(
        "Tài khoản cơ quan này chưa được cấp quyền vào Loa, hoặc lượt đăng nhập đã hết hạn.",
        "This account may not enter Loa, or the sign-in took too long.",
      )
      const answer = await room.comeBack(mark, new URL(c.req.url).search)
      if (answer.kind === "refused") {
        log.warn("single sign-on was refused", { reason: answer.reason })
        return failed(c, refused)
      }
      const login = await people.enterVouched(answer.userId, { device: readDevice(c, https), oldSession: readSession(c, https), ...fromOf(c, https) })
      return entered(c, https, login, answer.to, (problem, status) => failed(c, problem, status), refused)
    })
}
