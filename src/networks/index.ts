/** The door of the networks: Facebook, Zalo, and the log for accounts that are not to be published to. */
import type { Clock } from "../base/clock.ts"
import type { Config } from "../base/config.ts"
import type { Log } from "../base/log.ts"
import type { Db } from "../db/index.ts"
import type { Network, NetworkAccount, NetworkName } from "../model/index.ts"
import { FacebookNetwork } from "./facebook/index.ts"
import type { Fetch } from "./http.ts"
import { LogNetwork } from "./log/index.ts"
import { Throttles } from "./throttles.ts"
import { Tokens } from "./tokens.ts"
import { ZaloNetwork } from "./zalo/index.ts"
import type { OwnPosts } from "./zalo/twin.ts"

export type { FacebookNetwork } from "./facebook/index.ts"
export type { Metric, MetricPoint, MetricValue, MetricVerdict, PostCounters } from "./facebook/insights.ts"
export { pageMetrics, postMetrics, type MetricName } from "./facebook/metric-names.ts"
export { avatarHostAllowed, type PageStatus, type PublicPage } from "./facebook/profile.ts"
export type { PageAdmin, PagePost } from "./facebook/watch.ts"
export type { Fetch } from "./http.ts"
export { LogNetwork } from "./log/index.ts"
export type { Tokens } from "./tokens.ts"
export type { ZaloNetwork } from "./zalo/index.ts"
export * from "./webhooks.ts"
export type { ListedArticle } from "./zalo/look.ts"
export type { Capabilities } from "./zalo/profile.ts"
export type { ArticleStats } from "./zalo/stats.ts"

export interface NetworksDeps {
  db: Db
  clock: Clock
  log: Log
  config: Pick<Config, "facebook" | "zalo" | "secretKey" | "publicUrl" | "publishTo">
  /** Where `secret.key` lives. */
  dataDir: string
  /** This process, as other processes know it. */
  owner?: string
  /** Which articles of an account are posts of ours; without it nobody looks for those of other tools. */
  ownPosts?: OwnPosts
  fetch?: Fetch
  random?: () => number
}

export interface Networks {
  facebook: FacebookNetwork
  zalo: ZaloNetwork
  tokens: Tokens
  of(network: NetworkName): Network
  /** The network of one account: the log when PUBLISH_TO does not name it. */
  forAccount(account: NetworkAccount): Network
  /** Once at start-up: recovers token pairs after a crash, seals anew after a rotation of the key. */
  start(): Promise<{ recovered: number; resealed: number }>
}

export function createNetworks(deps: NetworksDeps): Networks {
  const { clock, config } = deps
  const log = deps.log.with({ room: "networks" })
  const fetcher: Fetch = deps.fetch ?? ((url, init) => fetch(url, init))
  const tokens = new Tokens({
    db: deps.db,
    clock,
    log,
    dataDir: deps.dataDir,
    secretKey: config.secretKey,
    ...(deps.owner ? { owner: deps.owner } : {}),
  })
  const throttles = (network: NetworkName) => new Throttles({ db: deps.db, clock, log }, network)
  const facebook = new FacebookNetwork({ throttles: throttles("facebook"), config: config.facebook, fetch: fetcher, clock, log, tokens })
  const zalo = new ZaloNetwork({
    throttles: throttles("zalo"),
    config: config.zalo,
    publicUrl: config.publicUrl,
    fetch: fetcher,
    clock,
    log,
    tokens,
    random: deps.random ?? Math.random,
    ...(deps.ownPosts ? { ownPosts: deps.ownPosts } : {}),
  })
  const real = { facebook, zalo }
  const silent = { facebook: new LogNetwork("facebook", log), zalo: new LogNetwork("zalo", log) }
  return {
    facebook,
    zalo,
    tokens,
    of: (network) => real[network],
    forAccount: (account) => (config.publishTo === "*" || config.publishTo.has(account.id) ? real : silent)[account.network],
    start: async () => ({ recovered: (await zalo.recover()).length, resealed: await tokens.reseal() }),
  }
}
