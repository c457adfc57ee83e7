/** The one frame around every page. */
import { gzipSync } from "node:zlib"
import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { Rooms } from "../app.ts"
import { vnDateTime } from "../base/time.ts"
import { stopState, type StopState } from "../outbox/index.ts"
import { can, roleWords, type User } from "./people/index.ts"
import { deskScript, style } from "./style.ts"
import { sayIn, type Lang, type Say, type Visit } from "./visit.ts"
import { actorWord } from "./words.ts"

export interface Frame {
  title: string
  user: User | null
  lang: Lang
  rehearsal: boolean
  path: string
  /** What the address asks for; another language keeps it. */
  question?: [string, string][]
  /** "tỉnh Bắc Ninh", as the registry names it. */
  province?: string
  /** Set while somebody has stopped all publishing. */
  stopped?: StopState | null
}

/** One entry a line: address, words, and for whom. `also` = further addresses that belong to the entry. */
const entries = (user: User, say: Say): { href: string; label: string; also?: string[]; open?: boolean }[] => [
  user.unitId
    ? { href: `/units/${user.unitId}`, label: say("Đơn vị của tôi", "My unit") }
    : { href: "/", label: say("Trang chủ", "Home"), also: ["/units", "/articles"] },
  { href: "/queue", label: say("Hàng chờ", "Queue") },
  { href: "/emergency", label: say("Tin khẩn", "Emergency"), open: !user.unitId },
  { href: "/alerts", label: say("Cảnh báo", "Alerts") },
  { href: "/reports", label: say("Báo cáo", "Reports"), open: !user.unitId },
  { href: "/rules", label: say("Quy tắc", "Rules") },
  { href: "/cases", label: say("Hồ sơ", "Cases") },
  { href: "/registry", label: say("Sổ đăng ký", "Registry"), open: !user.unitId },
  { href: "/verify", label: say("Tra cứu", "Verify") },
]

const Nav = ({ user, path, say }: { user: User; path: string; say: Say }) => {
  const shown = entries(user, say).filter((entry) => entry.open !== false)
  const here = shown.find(({ href, also = [] }) => [href, ...also].some((one) => path === one || (one !== "/" && path.startsWith(`${one}/`))))
  return (
    <nav class="main" aria-label={say("Chính", "Main")}>
      <ul>
        {shown.map((entry) => (
          <li>
            <a href={entry.href} aria-current={entry !== here ? undefined : path === entry.href ? "page" : "true"}>
              {entry.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const Who = ({ user, say }: { user: User; say: Say }) => (
  <div class="who">
    <a href="/me">
      {user.name} <small>{say(roleWords[user.role].vi, roleWords[user.role].en)}</small>
    </a>
    <form method="post" action="/logout">
      <button class="small plain">{say("Đăng xuất", "Sign out")}</button>
    </form>
  </div>
)

const Stopped = ({ stopped, user, say }: { stopped: StopState; user: User; say: Say }) => (
  <div class="strip stop" role="status">
    <b>{say("Đang dừng toàn bộ việc đăng", "All publishing is stopped")}</b> {say("từ", "since")} {vnDateTime(stopped.at)}, {actorWord(stopped.by)}:{" "}
    {stopped.why} {can(user, "stop_all") ? <a href="/stop">{say("Xem và cho đăng trở lại", "Look and publish again")}</a> : null}
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
              <img src="/static/icon.svg" alt="" width="40" height="40" />
              <span>
                <b>Loa</b>
                <small>
                  {say("Tin chính thức", "Official news")} {frame.province ?? ""}
                </small>
              </span>
            </a>
            {frame.user ? <Who user={frame.user} say={say} /> : null}
          </div>
          {frame.user ? <Nav user={frame.user} path={frame.path} say={say} /> : <nav class="main" aria-label={say("Chính", "Main")}></nav>}
        </header>
        {frame.stopped && frame.user ? <Stopped stopped={frame.stopped} user={frame.user} say={say} /> : null}
        {frame.rehearsal ? (
          <aside class="strip" aria-label={say("Chế độ chạy", "Mode")}>
            {say(
              "Chế độ diễn tập: cổng và mạng xã hội đều là giả lập, không có gì đăng ra ngoài.",
              "Rehearsal: portals and networks are simulated, nothing is published outside.",
            )}
          </aside>
        ) : null}
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer>
          <a href={`?${new URLSearchParams([...(frame.question ?? []), ["lang", other]])}`} lang={other}>
            {other === "en" ? "English" : "Tiếng Việt"}
          </a>
          <a href="/verify">{say("Tra cứu kênh chính thức", "Verify an official channel")}</a>
        </footer>
      </body>
    </html>
  )
}

/** The province as the portal's name ends, or nothing. */
const provinceOf = (rooms: Rooms) =>
  /(?:tỉnh|thành phố)\s.+$/u.exec(rooms.view().livingUnits.find((unit) => unit.kind === "province_portal")?.name ?? "")?.[0] ?? ""

/** A whole page as the answer. */
export async function page(
  c: Visit,
  rooms: Rooms,
  title: string,
  body: Child,
  status: 200 | 400 | 403 | 404 | 409 | 413 | 429 = 200,
): Promise<Response> {
  const user = c.get("user") ?? null
  const stopped = user ? await stopState(rooms.db) : null
  const frame: Frame = {
    title,
    user,
    lang: c.get("lang") ?? "vi",
    rehearsal: rooms.config.mode === "rehearsal",
    path: c.req.path,
    question: [...new URL(c.req.url).searchParams].filter(([name]) => name !== "lang" && name !== "done"),
    province: provinceOf(rooms),
    stopped,
  }
  return sendHtml(c, await render(<Layout frame={frame}>{body}</Layout>), status)
}

/** Long pages travel packed: the home page of 3,321 units is a tenth of its size. */
const PACK_FROM = 4_000
function sendHtml(c: Context, html: string, status: 200 | 400 | 403 | 404 | 409 | 413 | 429): Response {
  const packs = /\bgzip\b/.test(c.req.header("accept-encoding") ?? "")
  if (!packs || html.length < PACK_FROM) return c.html(html, status)
  return c.body(pack(html), status, {
    "content-type": "text/html; charset=UTF-8",
    "content-encoding": "gzip",
    vary: "accept-encoding",
  })
}

const PACKED_MAX = 8
/** Shorter pages are packed in no time, and what is shown once (keys, codes) stays in no memory. */
const KEEP_FROM = 50_000
const packed = new Map<string, Uint8Array<ArrayBuffer>>()
/** Packing is dearer than making a page: what many look at, unchanged since, is packed once. */
function pack(html: string): Uint8Array<ArrayBuffer> {
  const bytes = packed.get(html) ?? gzipSync(html, { level: 4 })
  if (html.length < KEEP_FROM) return bytes
  packed.delete(html)
  packed.set(html, bytes)
  if (packed.size > PACKED_MAX) packed.delete(packed.keys().next().value!)
  return bytes
}

/** What every failure looks like: no stack, no path, only an id that the log knows. */
export async function failure(c: Context, status: 400 | 403 | 404 | 413 | 500, id?: string): Promise<Response> {
  const lang: Lang = c.get("lang") ?? (c.req.query("lang") === "en" ? "en" : "vi")
  return c.html(await render(<FailurePage status={status} id={id} user={status === 500 ? null : (c.get("user") ?? null)} lang={lang} />), status)
}

const render = async (element: { toString(): string | Promise<string> }) => `<!DOCTYPE html>${await element.toString()}`

/** Bare page for failures: it must work when nothing else does. Who lost the way keeps the menu. */
const FailurePage = ({ status, id, user, lang }: { status: number; id: string | undefined; user: User | null; lang: Lang }) => {
  const say = sayIn(lang)
  const title =
    status === 404
      ? say("Không có trang này", "There is no such page")
      : status === 403
        ? say("Không được phép", "Not allowed")
        : status === 413
          ? say("Nội dung quá lớn", "Too large")
          : status < 500
            ? say("Yêu cầu không đúng", "Bad request")
            : say("Có lỗi xảy ra", "Something broke")
  return (
    <Layout frame={{ title, user, lang, rehearsal: false, path: "" }}>
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

export const Done = ({ text }: { text: string | null }) =>
  text ? (
    <p class="notice" role="status">
      {text}
    </p>
  ) : null
export const Problem = ({ text }: { text: string | null }) =>
  text ? (
    <p class="notice bad" role="alert">
      {text}
    </p>
  ) : null
export const VerdictTag = ({ verdict, label, big }: { verdict: string; label: string; big?: boolean }) => (
  <span class={`tag ${verdict}${big ? " big" : ""}`}>{label}</span>
)
/** Only http(s) addresses become links, whatever a feed or a network said. */
export const Outward = ({ href, children }: { href: string | null; children?: Child }) =>
  href && /^https?:\/\//i.test(href) ? (
    <a href={href} rel="noopener noreferrer nofollow">
      {children}
    </a>
  ) : (
    <>{children}</>
  )
