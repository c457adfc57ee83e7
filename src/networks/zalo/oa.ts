/** Calls as an OA: keeps the single-use refresh token alive under a lease, and survives a crash at any point (contract 2.5). */
import { HOUR, MINUTE, SECOND, type Clock } from "../../base/clock.ts"
import type { Config } from "../../base/config.ts"
import { failpoint } from "../../base/failpoint.ts"
import type { Log } from "../../base/log.ts"
import type { NetworkAccount } from "../../model/index.ts"
import type { Fetch } from "../http.ts"
import type { StoredToken, Tokens, WalEntry, ZaloSecret } from "../tokens.ts"
import { REFRESH_MS, type ZaloAnswer, type ZaloClient, type ZaloRequest } from "./client.ts"
import { isTokenCode, reasonOf, type Failure } from "./errors.ts"
import { askForTokens, readTokens, type TokenBody } from "./oauth.ts"

export interface ZaloContext {
  client: ZaloClient
  tokens: Tokens
  fetcher: Fetch
  clock: Clock
  log: Log
  random: () => number
  config: Config["zalo"]
  /** Refreshes under way in this process; the lease in the database keeps other processes out. */
  refreshing: Map<string, Promise<StoredToken<ZaloSecret> | Failure>>
  /** The end of the line of refreshes: a process that dies takes the pair of one OA with it at most. */
  refreshLine: Promise<unknown>
}
type Token = StoredToken<ZaloSecret>

/** Longer than the longest refresh, or two processes would use one refresh token. */
const LEASE_MS = REFRESH_MS + 15 * SECOND
const RETRY_MS = MINUTE
const EARLY_MS = MINUTE
/** Longest wait in the line of refreshes. */
const LINE_MS = 10 * SECOND

export async function callAsOa(context: ZaloContext, account: NetworkAccount, request: ZaloRequest): Promise<ZaloAnswer> {
  const { tokens, clock } = context
  const fail = (failure: Failure): ZaloAnswer => ({ ok: false, failure })
  let token = await tokens.get<ZaloSecret>(account.id)
  if (!token) return fail(notConnected)
  if (token.state === "needs_reauth") return fail({ kind: "no_token", reason: token.reason ?? notConnected.reason })
  if (token.accessExpiresAt !== null && token.accessExpiresAt - EARLY_MS <= clock.now()) {
    const renewed = await refresh(context, account, token)
    if ("kind" in renewed) return fail(renewed)
    token = renewed
  }
  let answer = await context.client.call(account.remoteId, token.secret.access, request)
  if (!rejectsToken(answer)) return noted(context, account, request, answer)

  // Another worker may have refreshed meanwhile, which kills the older access token: its newer one comes first.
  const fresh = await tokens.reread<ZaloSecret>(account.id)
  if (!fresh) return fail(notConnected)
  if (fresh.version !== token.version) answer = await context.client.call(account.remoteId, fresh.secret.access, request)
  if (rejectsToken(answer)) {
    const renewed = await refresh(context, account, fresh)
    if ("kind" in renewed) return fail(renewed)
    answer = await context.client.call(account.remoteId, renewed.secret.access, request)
    if (rejectsToken(answer) && !answer.ok) await tokens.needsReauth(account.id, renewed.version, reasonOf(answer.failure))
  }
  return noted(context, account, request, answer)
}

function noted(context: ZaloContext, account: NetworkAccount, request: ZaloRequest, answer: ZaloAnswer): ZaloAnswer {
  if (!answer.ok && answer.failure.kind === "api" && answer.failure.code !== -214) {
    const { code, message } = answer.failure
    context.log.warn("Zalo API error", { account: account.id, path: request.path.split("?")[0], code, said: message })
  }
  return answer
}

const notConnected = { kind: "no_token" as const, reason: "OA chưa được kết nối với Loa." }
const rejectsToken = (answer: ZaloAnswer) => !answer.ok && answer.failure.kind === "api" && isTokenCode(answer.failure.code)

/** A pair newer than `seen`: by our own refresh, or by the one another worker is just making. One at a time per OA, here and elsewhere. */
export function refresh(context: ZaloContext, account: NetworkAccount, seen: Token): Promise<Token | Failure> {
  const running = context.refreshing.get(account.id)
  if (running) return running
  const asked = context.clock.now()
  const turn = context.refreshLine.then(() => {
    // Whoever waited this long holds a lane that must not be kept much longer.
    const waited = context.clock.now() - asked
    return waited > LINE_MS
      ? ({ kind: "token_later", afterMs: RETRY_MS / 12, reason: "Nhiều OA đang gia hạn mã truy cập cùng lúc." } as const)
      : refreshAlone(context, account, seen)
  })
  context.refreshLine = turn.catch(() => undefined)
  const started = turn.finally(() => context.refreshing.delete(account.id))
  context.refreshing.set(account.id, started)
  return started
}

async function refreshAlone(context: ZaloContext, account: NetworkAccount, seen: Token): Promise<Token | Failure> {
  const { tokens, clock } = context
  for (let waited = 0; ; waited += SECOND / 2) {
    const now = await tokens.reread<ZaloSecret>(account.id)
    if (!now) return notConnected
    if (now.version !== seen.version) return now
    if (now.state === "needs_reauth") return { kind: "no_token", reason: now.reason ?? notConnected.reason }
    if (await tokens.lease(account.id, LEASE_MS)) break
    if (waited >= REFRESH_MS) return { kind: "token_later", afterMs: LEASE_MS, reason: "Một tiến trình khác đang gia hạn mã truy cập." }
    await clock.sleep(SECOND / 2)
  }
  try {
    // Between our reading and our lease somebody may have finished, or died after writing the answer down.
    await replayAnswers(context, account.id)
    const token = await tokens.reread<ZaloSecret>(account.id)
    if (!token) return notConnected
    if (token.version !== seen.version) return token
    return await refreshOnce(context, account, token)
  } finally {
    await tokens.release(account.id)
  }
}

async function refreshOnce(context: ZaloContext, account: NetworkAccount, token: Token): Promise<Token | Failure> {
  const { tokens, clock } = context
  if (token.retryAt !== null && token.retryAt > clock.now()) {
    return { kind: "token_later", afterMs: token.retryAt - clock.now(), reason: "Chưa rõ kết quả gia hạn mã truy cập; sẽ hỏi lại." }
  }
  failpoint("zalo.before_refresh")
  const body = await askForTokens(context.config, context.fetcher, { grant_type: "refresh_token", refresh_token: token.secret.refresh })
  if ("lost" in body) return later(context, account, token, body.reason)
  const entry = await tokens.writeAhead(account.id, token.version, JSON.stringify(body))
  failpoint("zalo.after_write_ahead")
  const verdict = await useAnswer(context, entry)
  failpoint("zalo.after_refresh")
  if (verdict.kind === "transient") return later(context, account, token, verdict.reason)
  if (verdict.kind === "credential") {
    const reason = `Zalo từ chối gia hạn mã truy cập (${verdict.reason}); quản trị viên OA cần cấp quyền lại.`
    context.log.error("Zalo refused the refresh token", { account: account.id, reason: verdict.reason })
    await tokens.needsReauth(account.id, token.version, reason)
    return { kind: "no_token", reason }
  }
  return (await tokens.reread<ZaloSecret>(account.id)) ?? notConnected
}

/** Unknown whether Zalo used the refresh token up: the same one is tried again after a minute, and its refusal is final. */
async function later(context: ZaloContext, account: NetworkAccount, token: Token, reason: string): Promise<Failure> {
  context.log.warn("Zalo refresh without an answer", { account: account.id, reason })
  await context.tokens.retryAt(account.id, token.version, context.clock.now() + RETRY_MS)
  return { kind: "token_later", afterMs: RETRY_MS, reason: "Zalo không trả lời khi gia hạn mã truy cập; sẽ hỏi lại." }
}

/** Reads a written-down answer and moves the account to it, in one commit with consuming the entry. */
async function useAnswer(context: ZaloContext, entry: WalEntry) {
  const verdict = readTokens(JSON.parse(entry.body) as TokenBody, entry.at)
  const used =
    verdict.kind === "tokens" && (await context.tokens.replace(entry.accountId, entry.version, verdict.token, context.clock.now(), entry.id))
  if (verdict.kind !== "tokens") await context.tokens.consume(entry.id)
  return { ...verdict, used }
}

/** After a crash or an outage of the database: answers that arrived but were not used. Answers the accounts whose pairs were saved. */
export async function replayAnswers(context: ZaloContext, accountId?: string): Promise<string[]> {
  const saved: string[] = []
  for (const entry of await context.tokens.pendingAnswers(accountId)) {
    if (!(await useAnswer(context, entry)).used) continue
    saved.push(entry.accountId)
    context.log.warn("a refreshed token pair was recovered after a crash", { account: entry.accountId })
  }
  return saved
}

const REFRESH_AGE_MS = 12 * HOUR

/** Twice a day with up to half an hour of spread, so that one missed run lets no token expire. */
export const dueForRefresh = (token: Token, now: number) => now - token.refreshedAt >= REFRESH_AGE_MS + spreadMs(token.accountId)
function spreadMs(accountId: string): number {
  let sum = 0
  for (const char of accountId) sum = (sum * 31 + char.charCodeAt(0)) % 1_800
  return sum * SECOND
}
