import { Hono } from "hono"
import { z } from "zod"
import { MINUTE } from "../../base/clock.ts"
import { page } from "../layout.tsx"
import { addressOf, dropSession, giveSession, ownPath, readDevice, readSession, say, type Desk, type Visit, type WebEnv } from "../visit.ts"

const form = z.object({ id: z.string().max(100), password: z.string().max(2_000), to: z.string().max(500).optional() })
const loopback = new Set(["127.0.0.1", "localhost", "::1"])

export function login(desk: Desk): Hono<WebEnv> {
  const { rooms, people, https } = desk
  /** Only where everything is simulated and nobody outside this machine can knock. */
  const demo = rooms.config.mode === "rehearsal" && loopback.has(rooms.config.host)
  const show = (c: Visit, to: string, problem?: string, status: 200 | 403 | 429 = 200) => page(c, rooms, say(c)("Đăng nhập", "Sign in"), <Door c={c} to={to} demo={demo} problem={problem} />, status)

  return new Hono<WebEnv>()
    .get("/login", async (c) => (c.get("user") ? c.redirect("/", 302) : show(c, ownPath(c.req.query("to")))))
    .post("/login", async (c) => {
      const t = say(c)
      const read = form.safeParse(await c.req.parseBody())
      if (!read.success) return show(c, "/", t("Hãy điền tên đăng nhập và mật khẩu.", "Fill in name and password."), 403)
      const { id, password, to } = read.data
      const answer = await people.login({ id, password, device: readDevice(c, https), oldSession: readSession(c, https), address: addressOf(c, https) })
      if (answer.kind === "wait") {
        c.header("retry-after", String(Math.ceil(answer.ms / 1_000)))
        return show(c, ownPath(to), t(`Có quá nhiều lần thử. Hãy đợi ${Math.ceil(answer.ms / MINUTE)} phút.`, `Too many tries. Wait ${Math.ceil(answer.ms / MINUTE)} minutes.`), 429)
      }
      if (answer.kind === "refused") return show(c, ownPath(to), t("Tên đăng nhập hoặc mật khẩu không đúng.", "Wrong name or password."), 403)
      giveSession(c, https, answer.session, answer.device)
      return c.redirect(answer.user.unitId && ownPath(to) === "/" ? `/units/${answer.user.unitId}` : ownPath(to), 303)
    })
    .post("/login/rehearsal", async (c) => {
      if (!demo) return c.notFound()
      giveSession(c, https, await people.enterRehearsal(addressOf(c, https), readSession(c, https)), null)
      return c.redirect("/", 303)
    })
    .post("/logout", async (c) => {
      const session = readSession(c, https)
      if (session) await people.logout(session)
      dropSession(c, https)
      c.header("clear-site-data", '"cache", "storage"')
      return c.redirect("/login", 303)
    })
}

const Door = ({ c, to, demo, problem }: { c: Visit; to: string; demo: boolean; problem?: string | undefined }) => {
  const t = say(c)
  return (
    <div class="narrow">
      {demo ? (
        <form class="card" method="post" action="/login/rehearsal">
          <h2>{t("Xem thử ngay", "Have a look")}</h2>
          <p class="lead">{t("Diễn tập với 119 đơn vị, cổng và mạng xã hội giả lập trên máy này. Không cần mật khẩu.", "A rehearsal with 119 units, simulated portals and networks on this machine. No password needed.")}</p>
          <button>{t("Vào xem diễn tập", "Enter the rehearsal")}</button>
        </form>
      ) : null}
      <form class="card" method="post" action="/login">
        <h1>{t("Đăng nhập", "Sign in")}</h1>
        {problem ? (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        ) : null}
        <input type="hidden" name="to" value={to} />
        <div class="field">
          <label for="id">{t("Tên đăng nhập", "Name")}</label>
          <input type="text" id="id" name="id" autocomplete="username" autocapitalize="none" required maxlength={100} />
        </div>
        <div class="field">
          <label for="password">{t("Mật khẩu", "Password")}</label>
          <input type="password" id="password" name="password" autocomplete="current-password" required maxlength={1000} />
        </div>
        <button>{t("Đăng nhập", "Sign in")}</button>
      </form>
    </div>
  )
}
