/** Proves that a token pair belongs to the listed OA before it is stored; keeps the pairs young (contract 2). */
import { randomBytes } from "node:crypto"
import { z } from "zod"
import { DAY } from "../../base/clock.ts"
import { UsageError } from "../../base/errors.ts"
import { vnDate } from "../../base/time.ts"
import type { ConnectOutcome, LockoutNeed, NetworkAccount } from "../../model/index.ts"
import type { NewToken, ZaloSecret } from "../tokens.ts"
import { codeOf, reasonOf } from "./errors.ts"
import { dueForRefresh, refresh, replayAnswers, type ZaloContext } from "./oa.ts"
import { askForTokens, consentAddress, lifeMs, newVerifier, readTokens, REFRESH_LIFE_MS } from "./oauth.ts"
import { oaIdOf } from "./profile.ts"

const tokenText = z.string().trim().min(8).max(8_192)
const credentialShape = z.object({ access_token: tokenText, refresh_token: tokenText, expires_in: z.union([z.string(), z.number()]).optional() })
const WARN_MS = 14 * DAY

export async function connect(context: ZaloContext, account: NetworkAccount, credential: unknown): Promise<ConnectOutcome> {
  const parsed = credentialShape.safeParse(credential)
  if (!parsed.success) return refuse("credential_shape", 'Cần JSON dạng {"access_token": "…", "refresh_token": "…", "expires_in": "90000"}.')
  const now = context.clock.now()
  const { access_token: access, refresh_token: refreshToken, expires_in: expiresIn } = parsed.data
  return store(context, account, {
    secret: { access, refresh: refreshToken },
    accessExpiresAt: now + lifeMs(expiresIn),
    refreshExpiresAt: now + REFRESH_LIFE_MS,
  })
}

async function store(context: ZaloContext, account: NetworkAccount, token: NewToken<ZaloSecret>): Promise<ConnectOutcome> {
  const answer = await context.client.call(account.remoteId, token.secret.access, { path: "/v2.0/oa/getoa" })
  if (!answer.ok) return refuse(codeOf(answer.failure), `Zalo không nhận mã truy cập: ${reasonOf(answer.failure)}`)
  const id = oaIdOf(answer.data)
  if (id !== account.remoteId) return refuse("other_account", `Mã truy cập thuộc OA ${id ?? "không rõ"}, không phải OA ${account.remoteId}.`)
  await context.tokens.connect({ id: account.id, network: "zalo", remoteId: account.remoteId }, token)
  const warnings =
    context.config.appId && context.config.appSecret ? [] : ["Chưa cấu hình ứng dụng Zalo nên không gia hạn được mã truy cập (hết hạn sau 25 giờ)."]
  return {
    kind: "connected",
    name: typeof answer.data.name === "string" ? answer.data.name : "",
    remoteId: account.remoteId,
    accessExpiresAt: token.accessExpiresAt,
    refreshExpiresAt: token.refreshExpiresAt,
    warnings,
  }
}

/** A one-time link for the OA's administrator; good for ten minutes. */
export async function consentUrl(context: ZaloContext, account: NetworkAccount, redirectUri: string): Promise<string> {
  if (!context.config.appId || !context.config.appSecret)
    throw new UsageError("zalo_app_missing", "ZALO_APP_ID and ZALO_APP_SECRET are needed for a consent link")
  const state = randomBytes(24).toString("base64url")
  const verifier = newVerifier()
  await context.tokens.beginConsent(state, account.id, verifier)
  return consentAddress(context.config, redirectUri, verifier, state)
}

/** The callback of the consent page: one use of the state, the right OA, then the code becomes a stored pair. */
export async function exchangeCode(
  context: ZaloContext,
  callback: { state: string; code: string; oaId: string },
  accountOf: (accountId: string) => NetworkAccount | null,
): Promise<ConnectOutcome & { accountId?: string }> {
  const attempt = await context.tokens.takeConsent(callback.state)
  const account = attempt ? accountOf(attempt.accountId) : null
  if (!attempt || !account) return refuse("state", "Liên kết cấp quyền không hợp lệ, đã dùng hoặc đã quá 10 phút; hãy tạo liên kết mới.")
  if (callback.oaId !== account.remoteId)
    return {
      ...refuse("other_account", `Quản trị viên đã cấp quyền cho OA ${callback.oaId}, không phải OA ${account.remoteId}.`),
      accountId: account.id,
    }
  const body = await askForTokens(context.config, context.fetcher, {
    grant_type: "authorization_code",
    code: callback.code,
    code_verifier: attempt.verifier,
  })
  if ("lost" in body) return { ...refuse("network", "Zalo không trả lời; hãy tạo liên kết cấp quyền mới."), accountId: account.id }
  const verdict = readTokens(body, context.clock.now())
  if (verdict.kind !== "tokens") return { ...refuse("exchange", `Zalo không cấp mã truy cập (${verdict.reason}).`), accountId: account.id }
  return { ...(await store(context, account, verdict.token)), accountId: account.id }
}

/** Saves what a crash left behind, refreshes every pair of twelve hours and more, and says what a person must do. */
export async function careForTokens(context: ZaloContext, accounts: NetworkAccount[]) {
  const needs: { accountId: string; code: string; reason: string; needs: LockoutNeed }[] = []
  await replayAnswers(context)
  for (const account of accounts) {
    let token = await context.tokens.get<ZaloSecret>(account.id)
    if (!token) continue
    const now = context.clock.now()
    if (
      token.state === "ok" &&
      context.config.appId &&
      context.config.appSecret &&
      (dueForRefresh(token, now) || (token.retryAt !== null && token.retryAt <= now))
    ) {
      const renewed = await refresh(context, account, token)
      if (!("kind" in renewed)) token = renewed
      else if (renewed.kind === "no_token") {
        needs.push({ accountId: account.id, code: "needs_reauth", reason: renewed.reason, needs: "reconnect" })
        continue
      }
    }
    if (token.state === "needs_reauth")
      needs.push({ accountId: account.id, code: "needs_reauth", reason: token.reason ?? "Cần cấp quyền lại cho OA.", needs: "reconnect" })
    else if (token.refreshExpiresAt !== null && token.refreshExpiresAt - now < WARN_MS) {
      needs.push({
        accountId: account.id,
        code: "refresh_expiring",
        reason: `Mã gia hạn của OA hết hạn ngày ${vnDate(token.refreshExpiresAt)}.`,
        needs: "reconnect",
      })
    }
  }
  return needs
}

const refuse = (code: string, reason: string) => ({ kind: "refused" as const, code, reason })
