import type { Clock } from "../../base/clock.ts"
import type { Config } from "../../base/config.ts"
import type { Log } from "../../base/log.ts"
import type { FacebookContent, LookProbe, Network, NetworkAccount, PostContent, PublishOutcome } from "../../model/index.ts"
import type { Fetch } from "../http.ts"
import type { Throttles } from "../throttles.ts"
import type { Tokens } from "../tokens.ts"
import { GraphClient } from "./client.ts"
import { careForTokens, connect } from "./connect.ts"
import { pageInsights, paidViews, postCounters, postInsights, type PagePeriod } from "./insights.ts"
import { exchangeLogin, loginAddress } from "./login.ts"
import { look } from "./look.ts"
import type { FacebookContext } from "./page.ts"
import { pageStatus, profile, profiles, publicPage } from "./profile.ts"
import { publish, remove, update } from "./publish.ts"
import { Usage } from "./usage.ts"
import { admins, ensureSubscribed, recentPosts } from "./watch.ts"

export class FacebookNetwork implements Network {
  readonly name = "facebook"
  private readonly context: FacebookContext

  constructor(deps: { config: Config["facebook"]; fetch: Fetch; clock: Clock; log: Log; tokens: Tokens; throttles: Throttles }) {
    const client = new GraphClient(deps.config, deps.fetch, deps.clock, deps.log, new Usage(deps.clock, deps.throttles))
    this.context = { client, tokens: deps.tokens, clock: deps.clock, log: deps.log, config: deps.config }
  }

  publish(account: NetworkAccount, content: PostContent, signal?: AbortSignal) {
    return publish(this.context, account, facebook(content), signal)
  }
  /** Facebook names a post in the answer that accepts it: there is never a handle to ask about. */
  async resume(): Promise<PublishOutcome> {
    return { kind: "unknown", code: "no_handle", reason: "Facebook không dùng mã chờ.", repost: false }
  }
  look(account: NetworkAccount, probes: LookProbe[], signal?: AbortSignal) {
    return look(this.context, account, probes, signal)
  }
  update(account: NetworkAccount, remoteId: string, content: PostContent, signal?: AbortSignal) {
    return update(this.context, account, remoteId, facebook(content), signal)
  }
  remove(account: NetworkAccount, remoteId: string, content: PostContent, signal?: AbortSignal) {
    return remove(this.context, account, remoteId, facebook(content), signal)
  }
  profile(account: NetworkAccount, signal?: AbortSignal) {
    return profile(this.context, account, signal)
  }
  /** Many profiles in batches of 50; by account id. */
  profiles(accounts: NetworkAccount[], signal?: AbortSignal) {
    return profiles(this.context, accounts, signal)
  }
  /** Violations and restrictions in force (contract 7.7); null = the network does not tell. */
  pageStatus(account: NetworkAccount, signal?: AbortSignal) {
    return pageStatus(this.context, account, signal)
  }
  /** The newest posts, ours and others'; null = unreadable. */
  recentPosts(account: NetworkAccount, pages?: number, signal?: AbortSignal) {
    return recentPosts(this.context, account, pages, signal)
  }
  /** Who has a role on the Page; null = the network does not tell. */
  admins(account: NetworkAccount, signal?: AbortSignal) {
    return admins(this.context, account, signal)
  }
  /** Daily: subscribes what is missing of the Page's webhooks. Answers what was missing; null = unknown. */
  ensureSubscribed(account: NetworkAccount, signal?: AbortSignal) {
    return ensureSubscribed(this.context, account, signal)
  }
  /** Metrics of a Page per Pacific day (contract 4); `names` defaults to the living ones. */
  pageInsights(account: NetworkAccount, range: { since: number; until: number }, names?: string[], period?: PagePeriod, signal?: AbortSignal) {
    return pageInsights(this.context, account, range, names, period, signal)
  }
  postInsights(account: NetworkAccount, postId: string, names?: string[], signal?: AbortSignal) {
    return postInsights(this.context, account, postId, names, signal)
  }
  postCounters(account: NetworkAccount, postId: string, signal?: AbortSignal) {
    return postCounters(this.context, account, postId, signal)
  }
  /** Views of the last days that advertising brought; null = not told. */
  paidViews(account: NetworkAccount, range: { since: number; until: number }, signal?: AbortSignal) {
    return paidViews(this.context, account, range, signal)
  }
  /** A page that is not ours, read with the rights of one that is (Page Public Content Access). */
  publicPage(via: NetworkAccount, idOrHandle: string, signal?: AbortSignal) {
    return publicPage(this.context, via, idOrHandle, signal)
  }
  connect(account: NetworkAccount, credential: unknown) {
    return connect(this.context, account, credential)
  }
  /** The login dialog for a Page's administrator; its call-back is `LOA_PUBLIC_URL/facebook/callback`. Null when no app is configured. */
  loginAddress(redirectUri: string, state: string) {
    return loginAddress(this.context.config, redirectUri, state)
  }
  /** The code of the dialog becomes the Page's own token, if the person chose that Page. */
  exchangeLogin(account: NetworkAccount, code: string, redirectUri: string) {
    return exchangeLogin(this.context, account, code, redirectUri)
  }
  tokenState(accountId: string) {
    return this.context.tokens.state(accountId, "facebook")
  }
  careForTokens(accounts: NetworkAccount[]) {
    return careForTokens(this.context, accounts)
  }
}

function facebook(content: PostContent): FacebookContent {
  if (content.network !== "facebook") throw new TypeError(`a ${content.network} post cannot go to Facebook`)
  return content
}
