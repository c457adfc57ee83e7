import type { Clock } from "../../base/clock.ts"
import type { Config } from "../../base/config.ts"
import type { Log } from "../../base/log.ts"
import type { LookProbe, Network, NetworkAccount, PostContent, ZaloContent } from "../../model/index.ts"
import type { Fetch } from "../http.ts"
import type { Throttles } from "../throttles.ts"
import type { Tokens } from "../tokens.ts"
import { publish, resume, update } from "./article.ts"
import { ZaloClient } from "./client.ts"
import { careForTokens, connect, consentUrl, exchangeCode } from "./connect.ts"
import { sendToGroup } from "./group.ts"
import { look } from "./look.ts"
import { replayAnswers, type ZaloContext } from "./oa.ts"
import { probe, profile } from "./profile.ts"
import { articleStats } from "./stats.ts"
import { Twins, type OwnPosts } from "./twin.ts"

export class ZaloNetwork implements Network {
  readonly name = "zalo"
  private readonly context: ZaloContext
  private readonly redirectUri: string
  private readonly twins: Twins | null

  constructor(deps: {
    config: Config["zalo"]
    publicUrl: string
    fetch: Fetch
    clock: Clock
    log: Log
    tokens: Tokens
    throttles: Throttles
    random: () => number
    ownPosts?: OwnPosts
  }) {
    const client = new ZaloClient(deps.config, deps.fetch, deps.clock, deps.throttles)
    this.redirectUri = `${deps.publicUrl}/zalo/callback`
    this.context = {
      client,
      tokens: deps.tokens,
      fetcher: deps.fetch,
      clock: deps.clock,
      log: deps.log,
      random: deps.random,
      config: deps.config,
      refreshing: new Map(),
      refreshLine: Promise.resolve(),
    }
    this.twins = deps.ownPosts ? new Twins(this.context, deps.ownPosts) : null
  }

  async publish(account: NetworkAccount, content: PostContent, signal?: AbortSignal) {
    return (await this.twins?.settle(account, zalo(content), signal)) ?? publish(this.context, account, zalo(content), signal)
  }
  resume(account: NetworkAccount, handle: string, content: PostContent, signal?: AbortSignal) {
    return resume(this.context, account, handle, zalo(content), signal)
  }
  look(account: NetworkAccount, probes: LookProbe[], signal?: AbortSignal) {
    return look(this.context, account, probes, signal)
  }
  update(account: NetworkAccount, remoteId: string, content: PostContent, signal?: AbortSignal) {
    return update(this.context, account, remoteId, zalo(content), "show", signal)
  }
  /** Hides the article: `remove` of the API cannot be undone (contract 4.4). */
  remove(account: NetworkAccount, remoteId: string, content: PostContent, signal?: AbortSignal) {
    return update(this.context, account, remoteId, zalo(content), "hide", signal)
  }
  profile(account: NetworkAccount, signal?: AbortSignal) {
    return profile(this.context, account, signal)
  }
  /** What the OA may do, by three reads (contract 3.3). */
  probe(account: NetworkAccount, signal?: AbortSignal) {
    return probe(this.context, account, signal)
  }
  /** Cumulative views and shares of the newest articles (contract 7). Followers are in the profile. */
  articleStats(account: NetworkAccount, slices?: number, signal?: AbortSignal) {
    return articleStats(this.context, account, slices, signal)
  }
  /** One text into a staff group that this OA owns (contract 5.3). */
  sendToGroup(account: NetworkAccount, groupId: string, text: string, signal?: AbortSignal) {
    return sendToGroup(this.context, account, groupId, text, signal)
  }
  connect(account: NetworkAccount, credential: unknown) {
    return connect(this.context, account, credential)
  }
  /** A consent link for the OA's administrator; the callback is `LOA_PUBLIC_URL/zalo/callback`. */
  consentUrl(account: NetworkAccount) {
    return consentUrl(this.context, account, this.redirectUri)
  }
  exchangeCode(callback: { state: string; code: string; oaId: string }, accountOf: (accountId: string) => NetworkAccount | null) {
    return exchangeCode(this.context, callback, accountOf)
  }
  tokenState(accountId: string) {
    return this.context.tokens.state(accountId, "zalo")
  }
  careForTokens(accounts: NetworkAccount[]) {
    return careForTokens(this.context, accounts)
  }
  /** Token pairs that arrived before a crash, or while the database was away, are put to use. Answers whose. */
  recover() {
    return replayAnswers(this.context)
  }
}

function zalo(content: PostContent): ZaloContent {
  if (content.network !== "zalo") throw new TypeError(`a ${content.network} post cannot go to Zalo`)
  return content
}
