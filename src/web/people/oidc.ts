/**
 * Single sign-on with the office's identity provider (OpenID Connect, authorization code with PKCE, state and nonce). It replaces the
 * password, never the second factor, and lets nobody in who was not added before.
 */
import * as client from "openid-client"
import { MINUTE } from "../../base/clock.ts"
import { sameText, sha256 } from "../../base/hash.ts"
import { inTransaction } from "../../db/index.ts"
import type { PeopleParts } from "./parts.ts"
import { newToken } from "./sessions.ts"

export interface OidcSettings {
  issuer: string
  clientId: string
  clientSecret: string
}
export type OidcAnswer = { kind: "known"; userId: string; to: string } | { kind: "refused"; reason: string }

const TRY_MS = 10 * MINUTE
const TIMEOUT_S = 10

export class Oidc {
  private found: Promise<client.Configuration> | null = null
  constructor(
    private readonly parts: PeopleParts,
    private readonly settings: OidcSettings,
    private readonly redirectUri: string,
  ) {}

  /** Where to send the browser, and the mark (a cookie) that binds the answer to it. */
  async leave(to: string): Promise<{ url: string; mark: string }> {
    const config = await this.configuration()
    const { db, clock } = this.parts
    const [mark, state, nonce, verifier] = [newToken(), client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
    const now = clock.now()
    await inTransaction(db, async (tx) => {
      await tx.deleteFrom("oidc_tries").where("expires_at", "<=", now).execute()
      await tx
        .insertInto("oidc_tries")
        .values({ browser_hash: sha256(mark), state, nonce, verifier, back_to: to, expires_at: now + TRY_MS })
        .execute()
    })
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: this.redirectUri,
      scope: "openid email",
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    })
    return { url: url.href, mark }
  }

  /** The answer counts once, in the browser that left, within ten minutes. `search` is the query of the address that was called. */
  async comeBack(mark: string | null, search: string): Promise<OidcAnswer> {
    const { db, clock, audit } = this.parts
    const refused = (reason: string): OidcAnswer => ({ kind: "refused", reason })
    const row = mark ? await db.deleteFrom("oidc_tries").where("browser_hash", "=", sha256(mark)).returningAll().executeTakeFirst() : undefined
    if (!row || clock.now() >= Number(row.expires_at)) return refused("no sign-in was begun in this browser")
    const url = new URL(`${this.redirectUri}${search}`)
    if (!sameText(url.searchParams.get("state") ?? "", row.state)) return refused("the state does not fit")
    let claims: client.IDToken | undefined
    try {
      const tokens = await client.authorizationCodeGrant(await this.configuration(), url, {
        pkceCodeVerifier: row.verifier,
        expectedState: row.state,
        expectedNonce: row.nonce,
        idTokenExpected: true,
      })
      claims = tokens.claims()
    } catch (error) {
      return refused(error instanceof Error ? `${error.name}: ${error.message}` : "the provider refused")
    }
    if (!claims) return refused("no id token")
    const userId = await this.userOf(claims)
    if (!userId) {
      await inTransaction(db, (tx) =>
        audit.write(tx, [{ actor: "oidc", action: "user.sso_refused", subject: "user:?", detail: { subject: claims.sub } }]),
      )
      return refused("nobody here has that address")
    }
    return { kind: "known", userId, to: row.back_to }
  }

  /** By the subject bound before; at first by an address the provider has verified. */
  private async userOf(claims: client.IDToken): Promise<string | null> {
    const { db, audit } = this.parts
    const bound = await db.selectFrom("users").select(["id", "disabled_at"]).where("oidc_subject", "=", claims.sub).executeTakeFirst()
    if (bound) return bound.disabled_at === null ? bound.id : null
    const email = typeof claims.email === "string" && claims.email_verified === true ? claims.email.trim().toLowerCase() : null
    if (!email) return null
    return inTransaction(db, async (tx) => {
      const row = await tx
        .updateTable("users")
        .set({ oidc_subject: claims.sub })
        .where("email", "=", email)
        .where("oidc_subject", "is", null)
        .where("disabled_at", "is", null)
        .returning("id")
        .executeTakeFirst()
      if (row)
        await audit.write(tx, [
          { actor: `user:${row.id}`, action: "user.sso_bound", subject: `user:${row.id}`, detail: { before: null, after: claims.sub } },
        ])
      return row?.id ?? null
    })
  }

  /** Read once; a provider that could not be reached is asked again the next time. */
  private configuration(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings
    const plain = issuer.startsWith("http:")
    this.found ??= client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: TIMEOUT_S,
      ...(plain ? { execute: [client.allowInsecureRequests] } : {}),
    })
    this.found.catch(() => (this.found = null))
    return this.found
  }
}
