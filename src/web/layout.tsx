/** The one frame around every page. */
import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { Rooms } from "../app.ts"
import { roleWords, type User } from "./people/index.ts"
import { deskScript, style } from "./style.ts"
import { sayIn, type Lang, type Say, type Visit } from "./visit.ts"

export interface Frame {
  title: string
  user: User | null
  lang: Lang
  rehearsal: boolean
  path: string
}

const Nav = ({ user, path, say }: { user: User; path: string; say: Say }) => {
  const entries: [string, string][] = [
    user.unitId ? [`/units/${user.unitId}`, say("Đơn vị của tôi", "My unit")] : ["/", say("Trang chủ", "Home")],
    ["/queue", say("Hàng chờ", "Queue")],
    ["/alerts", say("Cảnh báo", "Alerts")],
    ["/verify", say("Tra cứu", "Verify")],
  ]
  return (
    <nav class="main" aria-label={say("Chính", "Main")}>
      {entries.map(([href, label]) => (
        <a href={href} aria-current={path === href ? "page" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}

const Who = ({ user, say }: { user: User; say: Say }) => (
  <div class="who">
    <a href="/me">
      {user.name} – {say(roleWords[user.role].vi, roleWords[user.role].en)}
    </a>
    <form method="post" action="/logout">
      <button class="small">{say("Đăng xuất", "Sign out")}</button>
    </form>
  </div>
)

export const Layout = ({ frame, children }: { frame: Frame; children?: Child }) => {
  const say = sayIn(frame.lang)
  const other = frame.lang === "vi" ? "en" : "vi"
  return (
    <html lang={frame.lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${frame.title} – Loa`}</title>
        <link rel="stylesheet" href={style.path} />
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
        <script src={deskScript.path} defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          {say("Đến nội dung", "Skip to content")}
        </a>
        <header class="top">
          <div class="bar">
            <a class="brand" href="/">
              Loa<small>{say("Tin chính thức tỉnh Bắc Ninh", "Official news of Bắc Ninh province")}</small>
            </a>
            {frame.user ? <Nav user={frame.user} path={frame.path} say={say} /> : <nav class="main" aria-label={say("Chính", "Main")}></nav>}
            {frame.user ? <Who user={frame.user} say={say} /> : null}
          </div>
        </header>
        {frame.rehearsal ? <div class="rehearsal">{say("Chế độ diễn tập: cổng và mạng xã hội đều là giả lập, không có gì đăng ra ngoài.", "Rehearsal: portals and networks are simulated, nothing is published outside.")}</div> : null}
        <main id="main">{children}</main>
        <footer>
          <a href={`?lang=${other}`} lang={other}>
            {other === "en" ? "English" : "Tiếng Việt"}
          </a>
          <a href="/verify">{say("Tra cứu kênh chính thức", "Verify an official channel")}</a>
        </footer>
      </body>
    </html>
  )
}

/** A whole page as the answer. */
export async function page(c: Visit, rooms: Rooms, title: string, body: Child, status: 200 | 400 | 403 | 404 | 409 | 429 = 200): Promise<Response> {
  const frame: Frame = { title, user: c.get("user") ?? null, lang: c.get("lang") ?? "vi", rehearsal: rooms.config.mode === "rehearsal", path: c.req.path }
  return c.html(await render(<Layout frame={frame}>{body}</Layout>), status)
}

/** What every failure looks like: no stack, no path, only an id that the log knows. */
export async function failure(c: Context, status: 400 | 403 | 404 | 413 | 500, id?: string): Promise<Response> {
  const lang: Lang = c.get("lang") ?? (c.req.query("lang") === "en" ? "en" : "vi")
  return c.html(await render(<FailurePage status={status} id={id} lang={lang} />), status)
}

const render = async (element: { toString(): string | Promise<string> }) => `<!DOCTYPE html>${await element.toString()}`

/** Bare page for failures: it must work when nothing else does. */
const FailurePage = ({ status, id, lang }: { status: number; id: string | undefined; lang: Lang }) => {
  const say = sayIn(lang)
  const title =
    status === 404 ? say("Không có trang này", "There is no such page") : status === 403 ? say("Không được phép", "Not allowed") : status === 413 ? say("Nội dung quá lớn", "Too large") : status < 500 ? say("Yêu cầu không đúng", "Bad request") : say("Có lỗi xảy ra", "Something broke")
  return (
    <Layout frame={{ title, user: null, lang, rehearsal: false, path: "" }}>
      <div class="card narrow">
        <h1>{title}</h1>
        {id ? <p>{say("Khi báo cho người quản trị, hãy kèm mã", "When you tell the administrator, name the code")} <b>{id}</b></p> : null}
        <p>
          <a href="/">{say("Về trang chủ", "Home")}</a>
        </p>
      </div>
    </Layout>
  )
}

export const VerdictTag = ({ verdict, label, big }: { verdict: string; label: string; big?: boolean }) => <span class={`tag ${verdict}${big ? " big" : ""}`}>{label}</span>
/** Only http(s) addresses become links, whatever a feed or a network said. */
export const Outward = ({ href, children }: { href: string | null; children?: Child }) =>
  href && /^https?:\/\//i.test(href) ? (
    <a href={href} rel="noopener noreferrer nofollow">
      {children}
    </a>
  ) : (
    <>{children}</>
  )
