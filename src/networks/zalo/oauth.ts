/** OAuth v4 of Zalo (contract 2): consent, the token endpoint, and the two shapes of its answers. */
import { createHash, randomBytes } from "node:crypto"
import { DAY, SECOND } from "../../base/clock.ts"
import type { Config } from "../../base/config.ts"
import { parseJsonIds } from "../../base/json-ids.ts"
import { ask, type Fetch } from "../http.ts"
import type { NewToken, ZaloSecret } from "../tokens.ts"
import { REFRESH_MS } from "./client.ts"

const ACCESS_LIFE_MS = 90_000 * SECOND
/** "Three months from its own issue". */
export const REFRESH_LIFE_MS = 90 * DAY

export type Grant = { grant_type: "authorization_code"; code: string; code_verifier: string } | { grant_type: "refresh_token"; refresh_token: string }
export type TokenBody = { status: number; text: string }

/** The raw answer, unread: the caller writes it down before it looks. `asked` false = Zalo was surely not reached. */
export async function askForTokens(
  config: Config["zalo"],
  fetcher: Fetch,
  grant: Grant,
): Promise<TokenBody | { lost: true; asked: boolean; reason: string }> {
  const answer = await ask(fetcher, `${config.oauthUrl}/access_token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", secret_key: config.appSecret ?? "" },
    body: new URLSearchParams({ ...grant, app_id: config.appId ?? "" }).toString(),
    timeoutMs: REFRESH_MS,
  })
  return answer.arrived ? { status: answer.status, text: answer.text } : { lost: true, asked: answer.asked, reason: answer.reason }
}

/**
 * Success means both tokens are there, whatever status or `error` say. Everything else is `transient` (worth another try with the same
 * token) or `credential`; an empty or cut body is transient, for nobody knows what it was going to say.
 */
export function readTokens(
  body: TokenBody,
  at: number,
): { kind: "tokens"; token: NewToken<ZaloSecret> } | { kind: "transient" | "credential"; reason: string } {
  const parsed = parseJsonIds(body.text)
  if (typeof parsed !== "object" || parsed === null) return { kind: "transient", reason: `HTTP ${body.status}, không đọc được câu trả lời` }
  const fields = parsed as Record<string, unknown>
  const { access_token: access, refresh_token: refresh } = fields
  if (typeof access === "string" && access !== "" && typeof refresh === "string" && refresh !== "") {
    return {
      kind: "tokens",
      token: { secret: { access, refresh }, accessExpiresAt: at + lifeMs(fields.expires_in), refreshExpiresAt: at + REFRESH_LIFE_MS },
    }
  }
  const said = [fields.error_description, fields.error_reason, fields.error_name, fields.message].find(
    (text) => typeof text === "string" && text !== "",
  )
  const code = typeof fields.error === "number" || typeof fields.error === "string" ? String(fields.error).slice(0, 40) : null
  const reason = [code === null ? null : `mã ${code}`, said ? String(said).slice(0, 200) : null].filter(Boolean).join(": ") || "không nêu lý do"
  return { kind: body.status >= 500 || code === "-32" ? "transient" : "credential", reason }
}

/** `expires_in` is seconds, as a text or a number; nonsense counts as the documented 25 hours. */
export function lifeMs(expiresIn: unknown): number {
  const seconds = Number(expiresIn)
  return Number.isFinite(seconds) && seconds > 0 && seconds < 31_536_000 ? seconds * SECOND : ACCESS_LIFE_MS
}

/** base64url(SHA-256(verifier)) without padding: always S256. */
export const challengeOf = (verifier: string) => createHash("sha256").update(verifier, "ascii").digest("base64url")

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
/** 43 letters and digits, as Zalo wants them. */
export function newVerifier(): string {
  let verifier = ""
  while (verifier.length < 43) {
    for (const byte of randomBytes(64)) if (byte < 248 && verifier.length < 43) verifier += letters[byte % 62]
  }
  return verifier
}

export function consentAddress(config: Config["zalo"], redirectUri: string, verifier: string, state: string): string {
  const query = new URLSearchParams({ app_id: config.appId ?? "", redirect_uri: redirectUri, code_challenge: challengeOf(verifier), state })
  return `${config.oauthUrl}/permission?${query}`
}
