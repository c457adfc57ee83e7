/** The sealed credentials of the accounts: the only code that reads or writes `account_tokens` and `token_wal`. */
import type { Clock } from "../base/clock.ts"
import { MINUTE, SECOND } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { newId } from "../base/hash.ts"
import type { Log } from "../base/log.ts"
import { createSeal, loadOrCreateKey, type Seal } from "../base/seal.ts"
import { inTransaction, type Db } from "../db/index.ts"
import type { NetworkName, TokenState } from "../model/index.ts"
import { AnswerFiles, type SealedAnswer } from "./answer-files.ts"

/** What a credential holds: Facebook a Page token (and the system user token it came from), Zalo the pair. */
export interface FacebookSecret {
  page: string
  system?: string
}
export interface ZaloSecret {
  access: string
  refresh: string
}

export interface StoredToken<S> {
  accountId: string
  secret: S
  version: number
  state: "ok" | "needs_reauth"
  reason: string | null
  accessExpiresAt: number | null
  refreshExpiresAt: number | null
  refreshedAt: number
  checkedAt: number | null
  retryAt: number | null
}
export interface NewToken<S> {
  secret: S
  accessExpiresAt: number | null
  refreshExpiresAt: number | null
}
export interface WalEntry {
  id: string
  accountId: string
  version: number
  at: number
  body: string
}

/** Another process may connect an account anew; what it stored is seen after this long, or at once when the old token fails. */
const CACHE_MS = 30 * SECOND
const aadOf = (accountId: string) => `account:${accountId}:v1`

export class Tokens {
  private readonly cache = new Map<string, { token: StoredToken<unknown>; until: number }>()
  private opened: Seal | null = null
  private readonly owner: string
  private readonly files: AnswerFiles
  /** After `reseal`: there are credentials and none of them opens. */
  foreignKey = false

  constructor(
    private readonly deps: { db: Db; clock: Clock; log: Log; dataDir: string; secretKey: Uint8Array | null; owner?: string },
  ) {
    this.owner = deps.owner ?? newId(deps.clock.now())
    this.files = new AnswerFiles(deps.dataDir)
  }

  /** The key file is read at the first use, not at construction: a command that needs no token creates no key. */
  private get seal(): Seal {
    return (this.opened ??= createSeal(loadOrCreateKey(this.deps.dataDir, this.deps.secretKey)))
  }

  async get<S>(accountId: string): Promise<StoredToken<S> | null> {
    const known = this.cache.get(accountId)
    if (known && known.until > this.deps.clock.now()) return known.token as StoredToken<S>
    return this.reread<S>(accountId)
  }

  /** The row as it is now, past the cache. A secret that does not open counts as none: the account must be connected anew. */
  async reread<S>(accountId: string): Promise<StoredToken<S> | null> {
    this.cache.delete(accountId)
    const row = await this.deps.db.selectFrom("account_tokens").selectAll().where("account_id", "=", accountId).executeTakeFirst()
    if (!row) return null
    let secret: S
    try {
      secret = JSON.parse(this.seal.open(row.secret, aadOf(accountId))) as S
    } catch (error) {
      this.deps.log.error("a stored credential does not open", { account: accountId, error: messageOf(error) })
      return null
    }
    const token: StoredToken<S> = {
      accountId,
      secret,
      version: row.version,
      state: row.state,
      reason: row.reason,
      accessExpiresAt: row.access_expires_at,
      refreshExpiresAt: row.refresh_expires_at,
      refreshedAt: row.refreshed_at,
      checkedAt: row.checked_at,
      retryAt: row.retry_at,
    }
    if (token.state === "ok") this.cache.set(accountId, { token, until: this.deps.clock.now() + CACHE_MS })
    return token
  }

  /** Stores the credential of a connected account, whatever was there before. */
  async connect<S>(account: { id: string; network: NetworkName; remoteId: string }, token: NewToken<S>): Promise<void> {
    const now = this.deps.clock.now()
    const values = {
      network: account.network,
      remote_id: account.remoteId,
      secret: this.seal.seal(JSON.stringify(token.secret), aadOf(account.id)),
      state: "ok" as const,
      reason: null,
      access_expires_at: token.accessExpiresAt,
      refresh_expires_at: token.refreshExpiresAt,
      refreshed_at: now,
      checked_at: now,
      retry_at: null,
    }
    await inTransaction(this.deps.db, async (tx) => {
      await tx
        .insertInto("account_tokens")
        .values({ account_id: account.id, version: 1, lease_owner: null, lease_until: 0, ...values })
        .onConflict((conflict) => conflict.column("account_id").doUpdateSet((e) => ({ ...values, version: e("account_tokens.version", "+", 1) })))
        .execute()
      await tx.deleteFrom("token_wal").where("account_id", "=", account.id).execute()
    })
    this.cache.delete(account.id)
  }

  /** Replaces the secret that `version` still is, and consumes the write-ahead entry with it. False = somebody was faster. */
  async replace<S>(accountId: string, version: number, token: NewToken<S>, at: number, walId?: string): Promise<boolean> {
    const secret = this.seal.seal(JSON.stringify(token.secret), aadOf(accountId))
    const done = await inTransaction(this.deps.db, async (tx) => {
      const result = await tx
        .updateTable("account_tokens")
        .set({
          secret,
          version: version + 1,
          state: "ok",
          reason: null,
          access_expires_at: token.accessExpiresAt,
          refresh_expires_at: token.refreshExpiresAt,
          refreshed_at: at,
          checked_at: at,
          retry_at: null,
        })
        .where("account_id", "=", accountId)
        .where("version", "=", version)
        .executeTakeFirst()
      if (walId) await tx.deleteFrom("token_wal").where("id", "=", walId).execute()
      return Number(result.numUpdatedRows) > 0
    })
    if (walId) this.files.remove(walId)
    this.cache.delete(accountId)
    return done
  }

  /** The credential is dead; `version` keeps a late verdict about an old secret from striking the new one. */
  async needsReauth(accountId: string, version: number, reason: string): Promise<void> {
    await this.deps.db
      .updateTable("account_tokens")
      .set({ state: "needs_reauth", reason, retry_at: null })
      .where("account_id", "=", accountId)
      .where("version", "=", version)
      .execute()
    this.cache.delete(accountId)
  }

  /** The network confirmed the credential. */
  async confirmed(
    accountId: string,
    version: number,
    facts: { accessExpiresAt?: number | null; refreshExpiresAt?: number | null } = {},
  ): Promise<void> {
    await this.deps.db
      .updateTable("account_tokens")
      .set({
        state: "ok",
        reason: null,
        checked_at: this.deps.clock.now(),
        ...(facts.accessExpiresAt !== undefined ? { access_expires_at: facts.accessExpiresAt } : {}),
        ...(facts.refreshExpiresAt !== undefined ? { refresh_expires_at: facts.refreshExpiresAt } : {}),
      })
      .where("account_id", "=", accountId)
      .where("version", "=", version)
      .execute()
    this.cache.delete(accountId)
  }

  async retryAt(accountId: string, version: number, at: number): Promise<void> {
    await this.deps.db
      .updateTable("account_tokens")
      .set({ retry_at: at })
      .where("account_id", "=", accountId)
      .where("version", "=", version)
      .execute()
    this.cache.delete(accountId)
  }

  /** One process works on this credential until `ms` have passed; false = another one does. */
  async lease(accountId: string, ms: number): Promise<boolean> {
    const now = this.deps.clock.now()
    const result = await this.deps.db
      .updateTable("account_tokens")
      .set({ lease_owner: this.owner, lease_until: now + ms })
      .where("account_id", "=", accountId)
      .where("lease_until", "<=", now)
      .executeTakeFirst()
    return Number(result.numUpdatedRows) > 0
  }
  async release(accountId: string): Promise<void> {
    await this.deps.db
      .updateTable("account_tokens")
      .set({ lease_owner: null, lease_until: 0 })
      .where("account_id", "=", accountId)
      .where("lease_owner", "=", this.owner)
      .execute()
  }

  /** Ends the refresh leases of processes that are known to be dead. */
  async freeOwners(owners: string[]): Promise<void> {
    if (owners.length)
      await this.deps.db.updateTable("account_tokens").set({ lease_owner: null, lease_until: 0 }).where("lease_owner", "in", owners).execute()
  }

  /**
   * Commits a raw answer of the token endpoint before anybody reads it: to a file of ours at once, then to the database, where other
   * machines find it. One of the two is enough.
   */
  async writeAhead(accountId: string, version: number, body: string): Promise<WalEntry> {
    const at = this.deps.clock.now()
    const entry = { id: newId(at), accountId, version, at, body }
    const sealed = this.seal.seal(body, aadOf(accountId))
    let kept = true
    try {
      this.files.write({ ...entry, body: sealed })
    } catch (error) {
      kept = false
      this.deps.log.error("a token answer was not written to its file", { account: accountId, error: messageOf(error) })
    }
    try {
      await this.deps.db.insertInto("token_wal").values({ id: entry.id, account_id: accountId, at, version, body: sealed }).execute()
    } catch (error) {
      if (!kept) throw error
      this.deps.log.error("a token answer was not written to the database", { account: accountId, error: messageOf(error) })
    }
    return entry
  }
  /** Answers that were written down and not yet used: a process died in between. Oldest first. */
  async pendingAnswers(accountId?: string): Promise<WalEntry[]> {
    const rows = await this.deps.db
      .selectFrom("token_wal")
      .selectAll()
      .$if(accountId !== undefined, (query) => query.where("account_id", "=", accountId!))
      .orderBy("at")
      .orderBy("id")
      .execute()
    const answers = new Map<string, SealedAnswer>(
      rows.map((row) => [row.id, { id: row.id, accountId: row.account_id, version: row.version, at: row.at, body: row.body }]),
    )
    for (const answer of this.files.read(accountId)) answers.set(answer.id, answer)
    const entries: WalEntry[] = []
    for (const answer of answers.values()) {
      try {
        entries.push({ ...answer, body: this.seal.open(answer.body, aadOf(answer.accountId)) })
      } catch (error) {
        this.deps.log.error("a write-ahead answer does not open", { account: answer.accountId, error: messageOf(error) })
      }
    }
    return entries
  }
  async consume(walId: string): Promise<void> {
    await this.deps.db.deleteFrom("token_wal").where("id", "=", walId).execute()
    this.files.remove(walId)
  }

  async state(accountId: string, network: NetworkName): Promise<TokenState> {
    const row = await this.deps.db.selectFrom("account_tokens").selectAll().where("account_id", "=", accountId).executeTakeFirst()
    return {
      accountId,
      network,
      state: row?.state ?? "none",
      accessExpiresAt: row?.access_expires_at ?? null,
      refreshExpiresAt: row?.refresh_expires_at ?? null,
      refreshedAt: row?.refreshed_at ?? null,
      reason: row?.reason ?? null,
    }
  }

  /** After a rotation: seals again what an older key of the ring sealed. Answers how many rows changed. */
  async reseal(): Promise<number> {
    const rows = await this.deps.db.selectFrom("account_tokens").select(["account_id", "secret", "version"]).execute()
    let changed = 0
    let unopened = 0
    for (const row of rows.filter((row) => this.seal.outdated(row.secret))) {
      try {
        const secret = this.seal.seal(this.seal.open(row.secret, aadOf(row.account_id)), aadOf(row.account_id))
        const result = await this.deps.db
          .updateTable("account_tokens")
          .set({ secret })
          .where("account_id", "=", row.account_id)
          .where("secret", "=", row.secret)
          .executeTakeFirst()
        changed += Number(result.numUpdatedRows)
      } catch (error) {
        unopened += 1
        this.deps.log.error("a stored credential does not open", { account: row.account_id, error: messageOf(error) })
      }
    }
    this.foreignKey = unopened > 0 && unopened === rows.length
    return changed
  }

  /** A one-time consent attempt: who asked, and the secret half of its PKCE challenge. */
  async beginConsent(state: string, accountId: string, verifier: string): Promise<void> {
    const now = this.deps.clock.now()
    await this.deps.db.deleteFrom("oauth_states").where("created_at", "<", now - CONSENT_MS).execute()
    await this.deps.db
      .insertInto("oauth_states")
      .values({ state, account_id: accountId, verifier: this.seal.seal(verifier, `consent:${state}:v1`), created_at: now })
      .execute()
  }
  /** Takes the attempt away: a second use of the same state finds nothing. */
  async takeConsent(state: string): Promise<{ accountId: string; verifier: string } | null> {
    const row = await this.deps.db.deleteFrom("oauth_states").where("state", "=", state).returningAll().executeTakeFirst()
    if (!row || row.created_at < this.deps.clock.now() - CONSENT_MS) return null
    return { accountId: row.account_id, verifier: this.seal.open(row.verifier, `consent:${state}:v1`) }
  }

  /** Notes a "violates the standards" verdict; answers how many there were within a day, this one included. */
  async strike(accountId: string, code: string): Promise<number> {
    const now = this.deps.clock.now()
    await this.deps.db
      .insertInto("content_strikes")
      .values({ account_id: accountId, at: now, code })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const rows = await this.deps.db
      .selectFrom("content_strikes")
      .select("at")
      .where("account_id", "=", accountId)
      .where("at", ">", now - 24 * 60 * MINUTE)
      .execute()
    return rows.length
  }
}

/** An authorization code lives ten minutes, and so does its state. */
export const CONSENT_MS = 10 * MINUTE
