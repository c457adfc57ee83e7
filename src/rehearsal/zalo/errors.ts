/** Zalo's envelope: HTTP 200 whatever happened, the verdict in `error` (zalo-oa.md section 1). */
import type { FaultRule } from "../types.ts"

export class ZaloError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}
export const success = (data?: unknown) => ({ error: 0, message: "Success", ...(data === undefined ? {} : { data }) })

/** Texts of the codes a script names without a message. */
const texts: Record<number, string> = {
  [-32]: "API request rate limit exceeded",
  [-200]: "Upload media failed",
  [-201]: "Param is invalid",
  [-204]: "Official Account is disabled",
  [-209]: "Not supported this api",
  [-210]: "param over max limit",
  [-211]: "Out of quota",
  [-212]: "Official Account has not registered this api",
  [-214]: "Media is being processed",
  [-216]: "Access token is invalid",
  [-219]: "App was removed or disabled",
  [-220]: "Access token is expired",
  [-221]: "Official Account has not been verified",
  [-223]: "Official Account has not granted this permission",
  [-224]: "Official Account has not upgraded package",
  [-233]: "Message type is invalid or not supported",
  [-234]: "Promotion message is not allowed at this time",
  [-235]: "This API does not support this type of OA",
  [-237]: "Group is expired",
  [-240]: "This message api v2 is shut down",
  [-242]: "appsecret_proof is invalid",
  [-248]: "Violates platform standards",
  [-403]: "Official Account is not in this group",
}
export const scriptedError = (rule: FaultRule, status: number): Response =>
  Response.json({ error: rule.code ?? -1, message: rule.message ?? texts[rule.code ?? -1] ?? "Unknown error" }, { status: status || 200 })

/** The token endpoint's other shape, often with HTTP 200 and without a numeric `error` (section 2.4). */
export const oauthFailure = (name: string, code?: number) => ({
  ...(code === undefined ? {} : { error: code }),
  error_name: name,
  error_reason: name,
  error_description: `${name} (diễn tập)`,
  ref_doc: "https://developers.zalo.me/docs/official-account",
})
export const scriptedOauthError = (rule: FaultRule, status: number): Response =>
  Response.json(oauthFailure(rule.message ?? "Invalid refresh token", rule.code), { status: status || 200 })
