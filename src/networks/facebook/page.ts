/** Calls as a Page: finds the Page token, and when it died derives a new one from the system user token, once. */
import type { Config } from "../../base/config.ts"
import { SECOND, type Clock } from "../../base/clock.ts"
import { idText } from "../../base/json-ids.ts"
import type { Log } from "../../base/log.ts"
import type { NetworkAccount } from "../../model/index.ts"
import type { FacebookSecret, Tokens } from "../tokens.ts"
import { type GraphAnswer, type GraphClient, type GraphRequest } from "./client.ts"
import { reasonOf, verdictOf } from "./errors.ts"

export interface FacebookContext {
  client: GraphClient
  tokens: Tokens
  clock: Clock
  log: Log
  config: Config["facebook"]
}
export type PageRequest = Omit<GraphRequest, "pageId">

export async function callAsPage(context: FacebookContext, account: NetworkAccount, request: PageRequest): Promise<GraphAnswer> {
  const { tokens } = context
  let stored = await tokens.get<FacebookSecret>(account.id)
  if (!stored) return { ok: false, failure: { kind: "no_token" } }
  const call = (token: string) => context.client.call(token, { ...request, pageId: account.remoteId })

  let answer = await call(stored.secret.page)
  // Another process may have connected the account anew: the newer token gets its chance first.
  if (tokenVerdict(answer)) {
    const fresh = await tokens.reread<FacebookSecret>(account.id)
    if (!fresh) return { ok: false, failure: { kind: "no_token" } }
    if (fresh.version !== stored.version) answer = await call(fresh.secret.page)
    stored = fresh
  }
  if (tokenVerdict(answer)?.derive && stored.secret.system) {
    const page = await derivePageToken(context, account, stored.secret.system, request.signal)
    if (page && page !== stored.secret.page) {
      const token = { secret: { ...stored.secret, page }, accessExpiresAt: stored.accessExpiresAt, refreshExpiresAt: stored.refreshExpiresAt }
      await tokens.replace(account.id, stored.version, token, context.clock.now())
      stored = (await tokens.reread<FacebookSecret>(account.id)) ?? stored
      answer = await call(page)
    }
  }
  if (!answer.ok && tokenVerdict(answer)) await tokens.needsReauth(account.id, stored.version, reasonOf(answer.failure))
  else if (answer.ok && stored.state === "needs_reauth") await tokens.confirmed(account.id, stored.version)
  if (!answer.ok && answer.failure.kind === "graph") {
    const { code, subcode, message, trace } = answer.failure
    // Reading back what may be gone is an ordinary question with an ordinary "no".
    context.log[request.kind === "needed" ? "debug" : "warn"]("Graph API error", {
      account: account.id,
      path: request.path,
      code,
      subcode,
      said: message,
      trace,
    })
  }
  return answer
}

function tokenVerdict(answer: GraphAnswer): { derive: boolean } | null {
  if (answer.ok || answer.failure.kind !== "graph") return null
  const verdict = verdictOf(answer.failure)
  return verdict.class === "token" ? verdict : null
}

/** The Page token a system user may have; null when it has no usable role on the Page or the network does not answer. */
export async function derivePageToken(
  context: FacebookContext,
  account: NetworkAccount,
  systemToken: string,
  signal?: AbortSignal,
): Promise<string | null> {
  // Deriving happens in the middle of a publish: it may not outlast the lease of the account.
  const timeout = AbortSignal.timeout(DERIVE_MS)
  const read = { kind: "needed" as const, pageId: null, signal: signal ? AbortSignal.any([signal, timeout]) : timeout }
  const direct = await context.client.call(systemToken, { ...read, path: account.remoteId, query: { fields: "id,access_token" } })
  if (direct.ok && idText(direct.body.id) === account.remoteId && typeof direct.body.access_token === "string" && direct.body.access_token) {
    return direct.body.access_token
  }
  // 119 Pages exceed one answer: every cursor page is followed, rebuilt from `cursors.after` (the `next` address holds the token).
  let after: string | null = null
  for (let page = 0; page < ACCOUNT_PAGES_MAX; page += 1) {
    const query: Record<string, string> = { fields: "id,name,access_token,tasks", limit: "100", ...(after ? { after } : {}) }
    const answer = await context.client.call(systemToken, { ...read, path: "me/accounts", query })
    if (!answer.ok) return null
    for (const row of rowsOf(answer.body)) {
      if (idText(row.id) === account.remoteId) return typeof row.access_token === "string" && row.access_token ? row.access_token : null
    }
    after = nextCursor(answer.body)
    if (!after) return null
  }
  return null
}

const ACCOUNT_PAGES_MAX = 50
const DERIVE_MS = 20 * SECOND

export const rowsOf = (body: Record<string, unknown>): Record<string, unknown>[] =>
  Array.isArray(body.data) ? body.data.filter((row): row is Record<string, unknown> => typeof row === "object" && row !== null) : []

/** The cursor of the next page, or null at the end (`next` absent). An empty page may still have a next one. */
export function nextCursor(body: Record<string, unknown>): string | null {
  const paging = body.paging as { next?: unknown; cursors?: { after?: unknown } } | undefined
  const after = paging?.cursors?.after
  return typeof paging?.next === "string" && typeof after === "string" && after !== "" ? after : null
}
