/** The door: password, code, single sign-on, forgotten passwords, and the very first administrator. */
import { Hono } from "hono"
import type { Child } from "hono/jsx"
import { z } from "zod"
import { createMailer } from "../../alerts/index.ts"
import { MINUTE } from "../../base/clock.ts"
import { InvalidInputError, messageOf, NotFoundError, type Mistake } from "../../base/errors.ts"
import { newId } from "../../base/hash.ts"
import { page } from "../layout.tsx"
import type { Login } from "../people/index.ts"
import {
  addressOf,
  dropSession,
  fromOf,
  giveSession,
  ownPath,
  readDevice,
  readSession,
  say,
  type Desk,
  type Say,
  type Visit,
  type WebEnv,
} from "../visit.ts"

const form = z.object({ id: z.string().max(100), password: z.string().max(2_000), to: z.string().max(500).optional() })
const codeForm = z.object({ code: z.string().max(60), to: z.string().max(500).optional() })
const fresh = z.object({ k: z.string().max(100), password: z.string().max(2_000) })
const setup = z.object({ code: z.string().max(100), id: z.string().max(60), name: z.string().max(200), password: z.string().max(2_000) })
const loopback = new Set(["127.0.0.1", "localhost", "::1"])

export function login(desk: Desk): Hono<WebEnv> {
  const { rooms, people, https } = desk
  /** Only where everything is simulated and nobody outside this machine can knock. */
  const demo = rooms.config.mode === "rehearsal" && loopback.has(rooms.config.host)
  const title = (c: Visit) => say(c)("Đăng nhập", "Sign in")
  const show = (c: Visit, to: string, problem?: string, status: 200 | 403 | 429 = 200) =>
    page(c, rooms, title(c), <Door t={say(c)} to={to} demo={demo} sso={rooms.config.oidc !== null} problem={problem} />, status)
  const showCode = (c: Visit, to: string, problem?: string, status: 200 | 403 | 429 = 200) =>
    page(c, rooms, title(c), <CodeDoor t={say(c)} to={to} problem={problem} />, status)
  const showLink = (c: Visit, k: string, problem?: string) =>
    page(c, rooms, say(c)("Đặt mật khẩu", "Set a password"), <FreshPassword t={say(c)} k={k} problem={problem} />, problem ? 400 : 200)
  const showSetup = (c: Visit, problem?: string) =>
    page(c, rooms, say(c)("Cài đặt lần đầu", "Set-up"), <SetUp t={say(c)} problem={problem} />, problem ? 400 : 200)

  return new Hono<WebEnv>()
    .get("/login", async (c) => (c.get("user") ? c.redirect("/", 302) : show(c, ownPath(c.req.query("to")))))
    .post("/login", async (c) => {
      const t = say(c)
      const read = form.safeParse(await c.req.parseBody())
      if (!read.success) return show(c, "/", t("Hãy điền tên đăng nhập và mật khẩu.", "Fill in name and password."), 403)
      const { id, password, to } = read.data
      const answer = await people.login({ id, password, device: readDevice(c, https), oldSession: readSession(c, https), ...fromOf(c, https) })
      return entered(
        c,
        https,
        answer,
        ownPath(to),
        (problem, status) => show(c, ownPath(to), problem, status),
        t("Tên đăng nhập hoặc mật khẩu không đúng.", "Wrong name or password."),
      )
    })
    .get("/login/code", async (c) => {
      const session = readSession(c, https)
      return session && (await people.awaitsCode(session)) ? showCode(c, ownPath(c.req.query("to"))) : c.redirect("/login", 302)
    })
    .post("/login/code", async (c) => {
      const t = say(c)
      const read = codeForm.safeParse(await c.req.parseBody())
      const session = readSession(c, https)
      if (!read.success || !session) return c.redirect("/login", 303)
      const to = ownPath(read.data.to)
      const answer = await people.loginCode({ code: read.data.code, session, device: readDevice(c, https), ...fromOf(c, https) })
      if (answer.kind === "refused" && !(await people.awaitsCode(session))) return c.redirect("/login", 303)
      return entered(
        c,
        https,
        answer,
        to,
        (problem, status) => showCode(c, to, problem, status),
        t("Mã không đúng hoặc đã dùng rồi.", "The code is wrong or was used already."),
      )
    })
    .post("/login/rehearsal", async (c) => {
      if (!demo) return c.notFound()
      giveSession(c, https, await people.enterRehearsal(fromOf(c, https), readSession(c, https)), null)
      return c.redirect("/", 303)
    })
    .get("/login/forgot", (c) => page(c, rooms, say(c)("Quên mật khẩu", "Forgotten password"), <Forgot t={say(c)} asked={false} />))
    .post("/login/forgot", async (c) => {
      const id = String((await c.req.parseBody()).id ?? "").trim().toLowerCase().slice(0, 60)
      if ((await people.tooManyLinks(addressOf(c, https))) > 0) return c.text("429", 429, { "retry-after": "900" })
      // Answered at once and always alike; whether somebody has that name shows in nobody's browser.
      void mailLink(desk, id)
      return page(c, rooms, say(c)("Quên mật khẩu", "Forgotten password"), <Forgot t={say(c)} asked={true} />)
    })
    .get("/set-password", async (c) => {
      const k = (c.req.query("k") ?? "").slice(0, 100)
      if (!(await people.userOfLink(k))) throw new NotFoundError("link", "reset")
      return showLink(c, k)
    })
    .post("/set-password", async (c) => {
      const read = fresh.safeParse(await c.req.parseBody())
      if (!read.success) throw new NotFoundError("link", "reset")
      try {
        await people.useResetLink(read.data.k, read.data.password)
      } catch (error) {
        if (error instanceof InvalidInputError) return showLink(c, read.data.k, mistakeWords(error.mistakes))
        throw error
      }
      dropSession(c, https)
      return c.redirect("/login", 303)
    })
    .get("/setup", async (c) => ((await people.nobodyYet()) ? showSetup(c) : c.redirect("/login", 302)))
    .post("/setup", async (c) => {
      const t = say(c)
      if ((await people.tooManyLinks(addressOf(c, https))) > 0) return c.text("429", 429, { "retry-after": "900" })
      const read = setup.safeParse(await c.req.parseBody())
      if (!read.success) return showSetup(c, t("Hãy điền đủ các ô.", "Fill in every field."))
      try {
        await people.setUp(read.data)
      } catch (error) {
        if (error instanceof InvalidInputError) return showSetup(c, mistakeWords(error.mistakes))
        if (error instanceof NotFoundError)
          return showSetup(c, t("Mã cài đặt không đúng, đã dùng hoặc hết hạn.", "The set-up code is wrong, used or too old."))
        throw error
      }
      return c.redirect("/login", 303)
    })
    .post("/logout", async (c) => {
      const session = readSession(c, https)
      if (session) await people.logout(session)
      dropSession(c, https)
      c.header("clear-site-data", '"cache", "storage"')
      return c.redirect("/login", 303)
    })
}

/** What every way in ends with. */
export function entered(
  c: Visit,
  https: boolean,
  answer: Login,
  to: string,
  again: (problem: string, status: 403 | 429) => Response | Promise<Response>,
  refused: string,
): Response | Promise<Response> {
  const t = say(c)
  if (answer.kind === "refused") return again(refused, 403)
  if (answer.kind === "wait") {
    const minutes = Math.ceil(answer.ms / MINUTE)
    c.header("retry-after", String(Math.ceil(answer.ms / 1_000)))
    return again(t(`Có quá nhiều lần thử. Hãy đợi ${minutes} phút.`, `Too many tries. Wait ${minutes} minutes.`), 429)
  }
  if (answer.kind === "half") {
    giveSession(c, https, answer.session, null)
    return c.redirect(`/login/code?to=${encodeURIComponent(to)}`, 303)
  }
  giveSession(c, https, answer.session, answer.device)
  return c.redirect(answer.user.unitId && to === "/" ? `/units/${answer.user.unitId}` : to, 303)
}

const fieldNames: Record<string, string> = {
  id: "Tên đăng nhập",
  name: "Họ và tên",
  email: "Thư điện tử",
  role: "Vai trò",
  unit: "Đơn vị",
  password: "Mật khẩu",
}
/** Each mistake with the name of its field as the form has it. */
export const mistakeWords = (mistakes: Mistake[]) =>
  mistakes.map(({ field, found, expected }) => `${fieldNames[field] ?? field}: ${found || "trống"}; cần ${expected}`).join(". ")

/** Mails a link to whoever has that name and an address; a failure is logged and looks like nothing. */
async function mailLink({ rooms, people }: Desk, id: string): Promise<void> {
  const send = createMailer(rooms.config)
  const user = (await people.list()).find((one) => one.id === id && !one.disabled && one.email !== null)
  if (!send || !user) return
  try {
    const token = await people.makeResetLink(id, `user:${id}`)
    const text = `Kính gửi ${user.name},\n\nĐể đặt mật khẩu mới cho tài khoản Loa, hãy mở liên kết sau trong 15 phút:\n\n${rooms.config.publicUrl}/set-password?k=${token}\n\nNếu không yêu cầu việc này, hãy bỏ qua thư; mật khẩu hiện tại vẫn dùng được.`
    await send({ to: [user.email!], subject: "Loa: đặt lại mật khẩu", text, messageId: newId(rooms.clock.now()) })
  } catch (error) {
    rooms.log.warn("a reset link could not be mailed", { user: id, error: messageOf(error) })
  }
}

const Problem = ({ text }: { text?: string | undefined }) =>
  text ? (
    <p class="notice bad" role="alert">
      {text}
    </p>
  ) : null
const Field = ({ id, label, children }: { id: string; label: string; children: Child }) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
  </div>
)

const Door = ({ t, to, demo, sso, problem }: { t: Say; to: string; demo: boolean; sso: boolean; problem?: string | undefined }) => (
  <div class="narrow">
    {demo ? (
      <form class="card" method="post" action="/login/rehearsal">
        <h2>{t("Xem thử ngay", "Have a look")}</h2>
        <p class="lead">
          {t(
            "Diễn tập với 119 đơn vị, cổng và mạng xã hội giả lập trên máy này. Không cần mật khẩu.",
            "A rehearsal with 119 units, simulated portals and networks on this machine. No password needed.",
          )}
        </p>
        <button>{t("Vào xem diễn tập", "Enter the rehearsal")}</button>
      </form>
    ) : null}
    <form class="card" method="post" action="/login">
      <h1>{t("Đăng nhập", "Sign in")}</h1>
      <Problem text={problem} />
      <input type="hidden" name="to" value={to} />
      <Field id="id" label={t("Tên đăng nhập", "Name")}>
        <input type="text" id="id" name="id" autocomplete="username" autocapitalize="none" required maxlength={100} />
      </Field>
      <Field id="password" label={t("Mật khẩu", "Password")}>
        <input type="password" id="password" name="password" autocomplete="current-password" required maxlength={1000} />
      </Field>
      <button>{t("Đăng nhập", "Sign in")}</button>
      <p class="meta">
        <a href="/login/forgot">{t("Quên mật khẩu?", "Forgotten the password?")}</a>
      </p>
    </form>
    {sso ? (
      <p class="card">
        <a class="button" href={`/login/oidc?to=${encodeURIComponent(to)}`}>
          {t("Đăng nhập bằng tài khoản cơ quan", "Sign in with the office account")}
        </a>
      </p>
    ) : null}
  </div>
)

const CodeDoor = ({ t, to, problem }: { t: Say; to: string; problem?: string | undefined }) => (
  <form class="card narrow" method="post" action="/login/code">
    <h1>{t("Mã xác thực", "Code")}</h1>
    <Problem text={problem} />
    <input type="hidden" name="to" value={to} />
    <Field id="code" label={t("6 chữ số trên ứng dụng xác thực, hoặc một mã dự phòng", "6 digits of the authenticator, or a recovery code")}>
      <input type="text" id="code" name="code" autocomplete="one-time-code" autocapitalize="none" required maxlength={40} autofocus />
    </Field>
    <button>{t("Tiếp tục", "Go on")}</button>
  </form>
)

const Forgot = ({ t, asked }: { t: Say; asked: boolean }) => (
  <form class="card narrow" method="post" action="/login/forgot">
    <h1>{t("Quên mật khẩu", "Forgotten password")}</h1>
    {asked ? (
      <p class="notice" role="status">
        {t(
          "Nếu tên đăng nhập này có địa chỉ thư, một liên kết dùng trong 15 phút đã được gửi đi. Không nhận được thư: hãy nhờ quản trị tỉnh tạo liên kết.",
          "If that name has a mail address, a link for 15 minutes is on its way. Otherwise ask the province administrator for one.",
        )}
      </p>
    ) : null}
    <Field id="id" label={t("Tên đăng nhập", "Name")}>
      <input type="text" id="id" name="id" autocomplete="username" autocapitalize="none" required maxlength={100} />
    </Field>
    <button>{t("Gửi liên kết", "Send a link")}</button>
  </form>
)

const FreshPassword = ({ t, k, problem }: { t: Say; k: string; problem?: string | undefined }) => (
  <form class="card narrow" method="post" action="/set-password">
    <h1>{t("Đặt mật khẩu", "Set a password")}</h1>
    <p class="lead">{t("Ít nhất 12 ký tự, nên là một câu dễ nhớ.", "At least 12 characters; a sentence is best.")}</p>
    <Problem text={problem} />
    <input type="hidden" name="k" value={k} />
    <Field id="password" label={t("Mật khẩu mới", "New password")}>
      <input type="password" id="password" name="password" autocomplete="new-password" required maxlength={1000} />
    </Field>
    <button>{t("Đặt mật khẩu", "Set")}</button>
  </form>
)

const SetUp = ({ t, problem }: { t: Say; problem?: string | undefined }) => (
  <form class="card narrow" method="post" action="/setup">
    <h1>{t("Cài đặt lần đầu", "Set-up")}</h1>
    <p class="lead">
      {t(
        "Tạo quản trị tỉnh đầu tiên. Mã cài đặt đã in trên màn hình máy chủ khi Loa khởi động, dùng được một lần trong 60 phút.",
        "Make the first administrator. The set-up code was printed on the console when Loa started; it works once, for 60 minutes.",
      )}
    </p>
    <Problem text={problem} />
    <Field id="code" label={t("Mã cài đặt", "Set-up code")}>
      <input type="text" id="code" name="code" autocomplete="off" autocapitalize="none" required maxlength={60} />
    </Field>
    <Field id="id" label={t("Tên đăng nhập", "Name")}>
      <input type="text" id="id" name="id" autocomplete="username" autocapitalize="none" required maxlength={40} />
    </Field>
    <Field id="name" label={t("Họ và tên", "Full name")}>
      <input type="text" id="name" name="name" autocomplete="name" required maxlength={100} />
    </Field>
    <Field id="password" label={t("Mật khẩu (ít nhất 12 ký tự)", "Password (at least 12 characters)")}>
      <input type="password" id="password" name="password" autocomplete="new-password" required maxlength={1000} />
    </Field>
    <button>{t("Tạo quản trị", "Make the administrator")}</button>
  </form>
)
