/** One's own account: where one is signed in, and a new password. */
import { Hono } from "hono"
import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import { page } from "../layout.tsx"
import type { OpenSession } from "../people/index.ts"
import { actorOf, addressOf, dropSession, readDevice, readSession, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"

const form = z.object({ old: z.string().max(2_000), fresh: z.string().max(2_000) })

export function me({ rooms, people, https }: Desk): Hono<WebEnv> {
  const show = async (c: Visit, problem: string | null = null) => {
    const sessions = await people.sessionsOf(userOf(c).id, readSession(c, https))
    return page(c, rooms, say(c)("Tài khoản của tôi", "My account"), <MePage sessions={sessions} problem={problem} t={say(c)} />, problem ? 400 : 200)
  }
  return new Hono<WebEnv>()
    .get("/me", signedIn, (c) => show(c))
    .post("/me/sessions/end", signedIn, async (c) => {
      await people.endOtherSessions(userOf(c).id, readSession(c, https)!)
      return c.redirect("/me", 303)
    })
    .post("/me/password", signedIn, async (c) => {
      const t = say(c)
      const read = form.safeParse(await c.req.parseBody())
      if (!read.success) return show(c, t("Hãy điền cả hai mật khẩu.", "Fill in both passwords."))
      const { id } = userOf(c)
      const known = await people.confirms({ id, password: read.data.old, device: readDevice(c, https), address: addressOf(c, https) })
      if (!known) return show(c, t("Mật khẩu hiện tại không đúng.", "The present password is wrong."))
      try {
        await people.setPassword(id, read.data.fresh, actorOf(c))
      } catch (error) {
        if (error instanceof InvalidInputError) return show(c, error.mistakes.map((mistake) => `${mistake.found}: cần ${mistake.expected}`).join("; "))
        throw error
      }
      dropSession(c, https)
      return c.redirect("/login", 303)
    })
}

const MePage = ({ sessions, problem, t }: { sessions: OpenSession[]; problem: string | null; t: Say }) => (
  <div class="middle">
    <h1>{t("Tài khoản của tôi", "My account")}</h1>
    {problem ? (
      <p class="notice bad" role="alert">
        {problem}
      </p>
    ) : null}
    <section class="card">
      <h2>{t("Đang đăng nhập", "Signed in")}</h2>
      <ul class="rows">
        {sessions.map((session) => (
          <li>
            {session.here ? <b>{t("Máy này", "This browser")}</b> : t("Máy khác", "Another browser")}
            <div class="meta">
              <span>{session.address}</span>
              <span>{t(`vào lúc ${vnDateTime(session.createdAt)}`, `since ${vnDateTime(session.createdAt)}`)}</span>
            </div>
          </li>
        ))}
      </ul>
      {sessions.length > 1 ? (
        <form method="post" action="/me/sessions/end">
          <button class="plain">{t("Đăng xuất khỏi các máy khác", "Sign out elsewhere")}</button>
        </form>
      ) : null}
    </section>
    <form class="card" method="post" action="/me/password">
      <h2>{t("Đổi mật khẩu", "New password")}</h2>
      <p class="lead">{t("Ít nhất 12 ký tự, nên là một câu dễ nhớ. Sau khi đổi, hãy đăng nhập lại trên mọi máy.", "At least 12 characters. You sign in again everywhere afterwards.")}</p>
      <div class="field">
        <label for="old">{t("Mật khẩu hiện tại", "Present password")}</label>
        <input type="password" id="old" name="old" autocomplete="current-password" required />
      </div>
      <div class="field">
        <label for="fresh">{t("Mật khẩu mới", "New password")}</label>
        <input type="password" id="fresh" name="fresh" autocomplete="new-password" required />
      </div>
      <button>{t("Đổi mật khẩu", "Change")}</button>
    </form>
  </div>
)
