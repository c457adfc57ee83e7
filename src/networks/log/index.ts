/** The network of accounts that PUBLISH_TO does not list: posts are written to the log, nothing is published, nothing counts as sent. */
import { HOUR } from "../../base/clock.ts"
import type { Log } from "../../base/log.ts"
import type {
  ConnectOutcome,
  LookOutcome,
  Network,
  NetworkAccount,
  NetworkName,
  PostContent,
  ProfileOutcome,
  PublishOutcome,
  TokenState,
} from "../../model/index.ts"

const REASON = "PUBLISH_TO không có tài khoản này: bài chỉ được ghi vào nhật ký, chưa đăng."
const notSent: PublishOutcome = { kind: "later", code: "publish_to", reason: REASON, afterMs: HOUR, scope: "account" }

export class LogNetwork implements Network {
  constructor(
    readonly name: NetworkName,
    private readonly log: Log,
  ) {}

  async publish(account: NetworkAccount, content: PostContent): Promise<PublishOutcome> {
    return this.write("post goes to the log only", account, content)
  }
  async resume(): Promise<PublishOutcome> {
    return notSent
  }
  async look(): Promise<LookOutcome> {
    return { kind: "unreadable", code: "publish_to", reason: REASON, afterMs: HOUR }
  }
  async update(account: NetworkAccount, _remoteId: string, content: PostContent): Promise<PublishOutcome> {
    return this.write("edit goes to the log only", account, content)
  }
  async remove(account: NetworkAccount, _remoteId: string, content: PostContent): Promise<PublishOutcome> {
    return this.write("withdrawal goes to the log only", account, content)
  }
  async profile(): Promise<ProfileOutcome> {
    return { kind: "later", code: "publish_to", reason: REASON }
  }
  async connect(): Promise<ConnectOutcome> {
    return { kind: "refused", code: "publish_to", reason: REASON }
  }
  async tokenState(accountId: string): Promise<TokenState> {
    return { accountId, network: this.name, state: "none", accessExpiresAt: null, refreshExpiresAt: null, refreshedAt: null, reason: null }
  }
  async careForTokens() {
    return []
  }

  private write(what: string, account: NetworkAccount, content: PostContent): PublishOutcome {
    const text =
      content.network === "facebook"
        ? content.message
        : content.body.map((block) => (block.type === "text" ? block.content : `[${block.picture.url}]`)).join("\n")
    this.log.info(what, { account: account.id, network: this.name, url: content.articleUrl, title: content.title, text })
    return notSent
  }
}
