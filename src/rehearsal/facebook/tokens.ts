/** Tokens, proofs and debug_token (facebook-graph.md sections 1.5 to 1.7). */
import { hmacSha256, sameText } from "../../base/hash.ts"
import { tokenOf } from "../random.ts"
import { rehearsalApp } from "../types.ts"
import type { FakeAccount, World } from "../world.ts"
import type { Dialog } from "./dialog.ts"
import { GraphError } from "./errors.ts"

export type Caller =
  { kind: "page"; account: FakeAccount } | { kind: "user"; pages: Set<string> } | { kind: "system" } | { kind: "app" } | { kind: "none" }

export const pageTokenOf = (seed: number, account: FakeAccount) => `EAAGpage${tokenOf(seed, `page ${account.id}`, 56)}`
export const systemTokenOf = (seed: number) => `EAAGsystem${tokenOf(seed, "system user", 56)}`
const appToken = `${rehearsalApp.facebookAppId}|${rehearsalApp.facebookAppSecret}`

export const scopesDefault = [
  "pages_show_list",
  "pages_read_engagement",
  "pages_manage_posts",
  "pages_manage_metadata",
  "read_insights",
  "pages_read_user_content",
  "business_management",
]
export const systemUserId = "122100000000000001"
export const businessId = "990000000000001"
const proofSecondsMax = 300

const dead: Record<string, [message: string, subcode: number]> = {
  expired: ["Error validating access token: Session has expired.", 463],
  password_changed: ["Error validating access token: The session has been invalidated because the user changed their password.", 460],
  app_removed: ["Error validating access token: The user has not authorized application.", 458],
  role_lost: ["Error validating access token: The user must be an administrator, editor, or moderator of the page in order to impersonate it.", 492],
  checkpoint: ["Error validating access token: You cannot access the app till you log in to www.facebook.com.", 459],
}

export interface Tokens {
  /** Whose call is it? Throws what the network answers to a dead token or a wrong proof. */
  caller(request: Request, parameters: Map<string, unknown>, proofGiven?: boolean): Caller
  debug(inputToken: string): Record<string, unknown>
}

export function createTokens(world: World, dialog: Dialog): Tokens {
  const known = new Map<string, FakeAccount>()
  let counted = 0
  /** Accounts may be added while the rehearsal runs. */
  const byToken = {
    get(token: string): FakeAccount | undefined {
      if (counted !== world.accounts.size) {
        for (const account of world.accounts.values())
          if (account.network === "facebook" && account.connectable) known.set(pageTokenOf(world.seed, account), account)
        counted = world.accounts.size
      }
      return known.get(token)
    },
  }
  const systemToken = systemTokenOf(world.seed)

  function checkProof(token: string, parameters: Map<string, unknown>) {
    const proof = parameters.get("appsecret_proof")
    const time = Number(parameters.get("appsecret_time"))
    const invalidProof = new GraphError(100, "Invalid appsecret_proof provided in the API argument")
    if (typeof proof !== "string") throw new GraphError(100, "API calls from the server require an appsecret_proof argument")
    if (!Number.isInteger(time) || Math.abs(world.clock.now() / 1_000 - time) > proofSecondsMax) throw invalidProof
    if (!sameText(proof, hmacSha256(rehearsalApp.facebookAppSecret, `${token}|${time}`))) throw invalidProof
  }

  return {
    caller(request, parameters, proofGiven = false) {
      const header = request.headers.get("authorization")
      const token = header?.startsWith("Bearer ") ? header.slice(7) : (parameters.get("access_token") as string | undefined)
      if (!token) return { kind: "none" }
      if (token === appToken) return { kind: "app" }
      const account = byToken.get(token)
      const chosen = account ? undefined : dialog.pagesOf(token)
      if (!account && !chosen && token !== systemToken) throw new GraphError(190, "Invalid OAuth access token - Cannot parse access token")
      if (!proofGiven) checkProof(token, parameters)
      if (chosen) return { kind: "user", pages: chosen }
      if (!account) return { kind: "system" }
      const state = account.tuning.tokenState ?? "valid"
      if (dead[state]) throw new GraphError(190, dead[state][0], dead[state][1])
      return { kind: "page", account }
    },
    debug(inputToken) {
      if (inputToken === systemToken)
        return {
          app_id: rehearsalApp.facebookAppId,
          type: "SYSTEM_USER",
          application: rehearsalApp.name,
          data_access_expires_at: 0,
          expires_at: 0,
          is_valid: true,
          scopes: scopesDefault,
          granular_scopes: [],
          user_id: systemUserId,
        }
      if (dialog.pagesOf(inputToken))
        return {
          app_id: rehearsalApp.facebookAppId,
          type: "USER",
          application: rehearsalApp.name,
          data_access_expires_at: 0,
          expires_at: 0,
          is_valid: true,
          scopes: scopesDefault,
          granular_scopes: [],
          user_id: "122100000000000002",
        }
      const account = byToken.get(inputToken)
      if (!account)
        return { app_id: rehearsalApp.facebookAppId, is_valid: false, scopes: [], error: { code: 190, message: "Invalid OAuth access token." } }
      const { tokenState = "valid", permissions = scopesDefault, dataAccessExpiresAt = 0 } = account.tuning
      const error = dead[tokenState]
      return {
        app_id: tokenState === "other_app" ? "999888777666555" : rehearsalApp.facebookAppId,
        type: tokenState === "user_token" ? "USER" : "PAGE",
        application: tokenState === "other_app" ? "Another app" : rehearsalApp.name,
        data_access_expires_at: dataAccessExpiresAt,
        expires_at: tokenState === "expired" ? Math.floor(world.clock.now() / 1_000) - 60 : 0,
        is_valid: !error,
        issued_at: Math.floor(world.clock.now() / 1_000) - 86_400,
        ...(tokenState === "user_token" ? {} : { profile_id: tokenState === "other_page" ? "100900000000099" : account.remoteId }),
        scopes: permissions,
        granular_scopes: permissions.map((scope) => ({ scope, target_ids: [account.remoteId] })),
        user_id: systemUserId,
        ...(error ? { error: { code: 190, subcode: error[1], message: error[0] } } : {}),
      }
    },
  }
}
