/** OAuth v4 of the fake: consent with PKCE, and refresh tokens that work exactly once (zalo-oa.md section 2). */
import { createHash } from "node:crypto"
import { hmacSha256, sameText } from "../../base/hash.ts"
import { DAY } from "../../base/clock.ts"
import { tokenOf } from "../random.ts"
import { rehearsalApp, type ZaloCredential } from "../types.ts"
import type { FakeAccount, World } from "../world.ts"
import { ZaloError, oauthFailure } from "./errors.ts"

const accessSeconds = 90_000
const accessMs = accessSeconds * 1_000
const refreshMs = 90 * DAY
const codeMs = 10 * 60_000

interface Pair {
  account: string
  /** 1, 2, 3 …: which pair of this OA it is. */
  generation: number
  access: string
  refresh: string
  issued: number
}
interface Code {
  account: FakeAccount
  challenge: string
  expires: number
}

export interface ZaloTokens {
  current(account: FakeAccount): ZaloCredential
  /** How many pairs this OA got so far. */
  generation(account: FakeAccount): number
  caller(request: Request): FakeAccount
  /** Answers the token endpoint; a failure has the other shape and status 200. */
  exchange(parameters: URLSearchParams, secret: string | null): Record<string, unknown>
  /** Which OA a refresh or code exchange is about, for scripts. */
  accountOfExchange(parameters: URLSearchParams): FakeAccount | undefined
  consent(account: FakeAccount, challenge: string): string
  restore(kind: string, value: unknown): void
}

export function createZaloTokens(world: World): ZaloTokens {
  const pairs = new Map<string, Pair>()
  const byAccess = new Map<string, Pair>()
  const byRefresh = new Map<string, Pair>()
  const codes = new Map<string, Code>()

  function keep(pair: Pair) {
    const old = pairs.get(pair.account)
    // The old access token dies the moment the new one is issued; the old refresh token is used up.
    if (old) {
      byAccess.delete(old.access)
      byRefresh.delete(old.refresh)
    }
    pairs.set(pair.account, pair)
    byAccess.set(pair.access, pair)
    byRefresh.set(pair.refresh, pair)
  }
  function issue(account: FakeAccount): Pair {
    const generation = (pairs.get(account.id)?.generation ?? 0) + 1
    const name = `${account.id} ${generation}`
    const pair: Pair = {
      account: account.id,
      generation,
      access: `za${tokenOf(world.seed, `access ${name}`, 180)}`,
      refresh: `zr${tokenOf(world.seed, `refresh ${name}`, 180)}`,
      issued: world.clock.now(),
    }
    keep(pair)
    world.journal.write("zalo pair", pair)
    return pair
  }
  const pairOf = (account: FakeAccount) => pairs.get(account.id) ?? issue(account)
  const answer = (pair: Pair): ZaloCredential => ({ access_token: pair.access, refresh_token: pair.refresh, expires_in: String(accessSeconds) })

  return {
    current: (account) => answer(pairOf(account)),
    generation: (account) => pairOf(account).generation,
    caller(request) {
      const token = request.headers.get("access_token")
      const pair = token ? byAccess.get(token) : undefined
      if (!pair) throw new ZaloError(-216, "Access token is invalid")
      if (pair.issued + accessMs <= world.clock.now()) throw new ZaloError(-220, "Access token is expired")
      const account = world.accounts.get(pair.account)!
      const proof = request.headers.get("appsecret_proof")
      if ((proof !== null || account.tuning.requireProof) && !sameText(proof ?? "", hmacSha256(rehearsalApp.zaloAppSecret, pair.access)))
        throw new ZaloError(-242, "appsecret_proof is invalid")
      return account
    },
    accountOfExchange(parameters) {
      const pair = byRefresh.get(parameters.get("refresh_token") ?? "")
      return pair ? world.accounts.get(pair.account) : codes.get(parameters.get("code") ?? "")?.account
    },
    exchange(parameters, secret) {
      if (parameters.get("app_id") !== rehearsalApp.zaloAppId) return oauthFailure("Invalid app id")
      if (secret !== rehearsalApp.zaloAppSecret) return oauthFailure("Invalid secret key")
      const now = world.clock.now()
      if (parameters.get("grant_type") === "refresh_token") {
        const pair = byRefresh.get(parameters.get("refresh_token") ?? "")
        if (!pair || pair.issued + refreshMs <= now) return oauthFailure("Invalid refresh token")
        return { ...answer(issue(world.accounts.get(pair.account)!)) }
      }
      if (parameters.get("grant_type") === "authorization_code") {
        const code = codes.get(parameters.get("code") ?? "")
        codes.delete(parameters.get("code") ?? "")
        if (!code || code.expires <= now) return oauthFailure("Invalid authorization code", -14_012)
        const challenge = createHash("sha256").update(parameters.get("code_verifier") ?? "", "ascii").digest("base64url")
        if (!sameText(challenge, code.challenge)) return oauthFailure("Invalid code verifier", -14_010)
        return { ...answer(issue(code.account)) }
      }
      return oauthFailure("Invalid grant type")
    },
    consent(account, challenge) {
      const code = tokenOf(world.seed, `code ${account.id} ${codes.size} ${world.clock.now()}`, 60)
      codes.set(code, { account, challenge, expires: world.clock.now() + codeMs })
      return code
    },
    restore(kind, value) {
      if (kind === "zalo pair" && world.accounts.has((value as Pair).account)) keep(value as Pair)
    },
  }
}
