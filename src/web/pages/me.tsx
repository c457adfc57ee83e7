/** One's own account: where one is signed in, password, second factor, and the proof that grave changes ask for. */
import { Hono } from "hono"
import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { page } from "../layout.tsx"
import {
  actorOf,
  dropSession,
  fromOf,
  ownPath,
  proved,
  readDevice,
  readSession,
  say,
  signedIn,
  userOf,
  type Desk,
  type Visit,
  type WebEnv,
} from "../visit.ts"
import { mistakeWords } from "./login.tsx"
import { MePage, TwoSteps, Codes, Proof } from "./me-page.tsx"

const passwords = z.object({ old: z.string().max(2_000), fresh: z.string().max(2_000), code: z.string().max(60).catch("") })
const proof = z.object({ password: z.string().max(2_000).catch(""), code: z.string().max(60).catch(""), to: z.string().max(500).catch("/me") })
const sessionId = z.string().regex(/^[0-9a-f]{16}$/)

export function me({ rooms, people, https }: Desk): Hono<WebEnv> {
  const given = (c: Visit) => ({ id: userOf(c).id, device: readDevice(c, https), ...fromOf(c, https) })
  const show = async (c: Visit, problem: string | null = null) => {
    const user = userOf(c)
    const [sessions, codesLeft] = await Promise.all([people.sessionsOf(user.id, readSession(c, https)), people.recoveryCodesLeft(user.id)])
    const twoSteps = c.get("session")!.twoSteps
    return page(
      c,
      rooms,
      say(c)("Tài khoản của tôi", "My account"),
      <MePage user={user} sessions={sessions} twoSteps={twoSteps} codesLeft={codesLeft} problem={problem} t={say(c)} />,
      problem ? 400 : 200,
    )
  }
  const showSteps = async (c: Visit, problem: string | null = null) => {
    const enrolment = await people.beginTwoSteps(userOf(c).id)
    return page(
      c,
      rooms,
      say(c)("Xác thực hai lớp", "Two steps"),
      <TwoSteps enrolment={enrolment} forced={c.get("session")!.mustEnrol} problem={problem} t={say(c)} />,
      problem ? 400 : 200,
    )
  }
  const showCodes = (c: Visit, codes: string[]) => page(c, rooms, say(c)("Mã dự phòng", "Recovery codes"), <Codes codes={codes} t={say(c)} />)
  const showProof = (c: Visit, to: string, problem: string | null = null) =>
    page(c, rooms, say(c)("Xác nhận lại", "Confirm"), <Proof to={to} ask={c.get("session")!} problem={problem} t={say(c)} />, problem ? 403 : 200)

  return (
    new Hono<WebEnv>()
      .get("/me", signedIn, (c) => show(c))
      .post("/me/sessions/end", signedIn, async (c) => {
        const one = sessionId.safeParse((await c.req.parseBody()).session)
        await people.endSessions(userOf(c).id, one.success ? { id: one.data } : { keep: readSession(c, https) }, actorOf(c))
        return c.redirect("/me", 303)
      })
      .post("/me/password", signedIn, async (c) => {
        const t = say(c)
        const read = passwords.safeParse(await c.req.parseBody())
        if (!read.success) return show(c, t("Hãy điền cả hai mật khẩu.", "Fill in both passwords."))
        const sure = await people.confirm({ ...given(c), password: read.data.old, code: read.data.code, session: null })
        if (!sure) return show(c, t("Mật khẩu hiện tại hoặc mã không đúng.", "The present password or the code is wrong."))
        try {
          await people.setPassword(userOf(c).id, read.data.fresh, actorOf(c))
        } catch (error) {
          if (error instanceof InvalidInputError) return show(c, mistakeWords(error.mistakes))
          throw error
        }
        dropSession(c, https)
        return c.redirect("/login", 303)
      })
      // Who has no second factor yet just came through the door; who has one proves it before it is replaced.
      .get(
        "/me/two-steps",
        signedIn,
        (c, next) => (c.get("session")!.twoSteps ? proved(c, next) : next()),
        (c) => showSteps(c),
      )
      .post(
        "/me/two-steps",
        signedIn,
        (c, next) => (c.get("session")!.twoSteps ? proved(c, next) : next()),
        async (c) => {
          try {
            return showCodes(c, await people.confirmTwoSteps(userOf(c).id, String((await c.req.parseBody()).code ?? "").slice(0, 60), actorOf(c)))
          } catch (error) {
            if (error instanceof InvalidInputError) return showSteps(c, mistakeWords(error.mistakes))
            throw error
          }
        },
      )
      .post("/me/two-steps/off", signedIn, proved, async (c) => {
        await people.dropTwoSteps(userOf(c).id, actorOf(c))
        return c.redirect("/me", 303)
      })
      .post("/me/recovery", signedIn, proved, async (c) => showCodes(c, await people.renewRecoveryCodes(userOf(c).id, actorOf(c))))
      .get("/me/confirm", signedIn, (c) => showProof(c, ownPath(c.req.query("to"))))
      .post("/me/confirm", signedIn, async (c) => {
        const read = proof.safeParse(await c.req.parseBody())
        const to = ownPath(read.success ? read.data.to : "/me")
        const sure =
          read.success && (await people.confirm({ ...given(c), password: read.data.password, code: read.data.code, session: readSession(c, https) }))
        return sure ? c.redirect(to, 303) : showProof(c, to, say(c)("Mật khẩu hoặc mã không đúng.", "Wrong password or code."))
      })
  )
}
