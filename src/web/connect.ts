/** Where the networks' consent dialogues send the browser back to. The answer is used up at once and leaves the address. */
import { Hono } from "hono"
import { finishConsent } from "../jobs/cases-connect.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { personOf, showCase } from "./pages/cases.tsx"
import { seeCase } from "../jobs/cases.ts"
import { page } from "./layout.tsx"
import { NoCase } from "./pages/cases-connect.tsx"
import { say, signedIn, type Desk, type Visit, type WebEnv } from "./visit.ts"

/** Codes and states are a few hundred letters; what is longer was never ours. */
const PARAMETER_MAX = 2_000

export function connectCallbacks({ rooms }: Desk): Hono<WebEnv> {
  const answer = (network: "facebook" | "zalo") => async (c: Visit) => {
    const text = (name: string) => (c.req.query(name) ?? "").slice(0, PARAMETER_MAX)
    const callback = {
      network,
      state: text("state"),
      code: text("code"),
      oaId: text("oa_id"),
      error: text("error_description") || text("error_reason") || text("error") || text("error_code"),
    }
    let outcome
    try {
      outcome = await finishConsent(rooms, callback, personOf(c), c.get("session")?.id ?? "")
    } catch (error) {
      if (!(error instanceof UsageError) && !(error instanceof NotFoundError)) throw error
      outcome = { caseId: null, ok: false, message: error.message }
    }
    if (outcome.ok) return c.redirect(`/cases/${outcome.caseId}?notice=connected`, 302)
    if (outcome.caseId)
      return showCase(c, rooms, await seeCase(rooms, outcome.caseId, personOf(c)), { notice: { text: outcome.message, bad: true }, status: 400 })
    const t = say(c)
    return page(c, rooms, t("Chưa kết nối", "Not connected"), NoCase({ message: outcome.message, t }), 400)
  }
  return new Hono<WebEnv>().get("/facebook/callback", signedIn, answer("facebook")).get("/zalo/callback", signedIn, answer("zalo"))
}
