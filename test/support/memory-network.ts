/** A network in memory that keeps what was really posted and misbehaves by a seeded script: for the outbox's own tests. */
import type { Clock } from "../../src/base/clock.ts"
import type { LookOutcome, LookProbe, Network, NetworkAccount, PostContent, PublishOutcome } from "../../src/model/index.ts"

export type Fault = "none" | "500_before" | "500_and_created" | "created_late" | "throttle" | "refuse" | "change" | "unreadable"

export class MemoryNetwork implements Network {
  readonly name = "facebook" as const
  readonly posts: { account: string; url: string; id: string; visibleAt: number }[] = []
  calls = 0
  /** Decides the fate of each publishing call. */
  fault: (call: number) => Fault = () => "none"
  readFault: (call: number) => boolean = () => false
  lateMs = 20_000
  private reads = 0

  constructor(private readonly clock: Clock) {}

  private create(account: NetworkAccount, content: PostContent, delayMs = 0) {
    const id = `${account.remoteId}_${this.posts.length + 1}`
    this.posts.push({ account: account.id, url: content.articleUrl, id, visibleAt: this.clock.now() + delayMs })
    return id
  }

  async publish(account: NetworkAccount, content: PostContent): Promise<PublishOutcome> {
    this.calls += 1
    switch (this.fault(this.calls)) {
      case "500_before":
        return { kind: "unknown", code: "2", reason: "HTTP 500", repost: true }
      case "500_and_created":
        this.create(account, content)
        return { kind: "unknown", code: "2", reason: "HTTP 500", repost: true }
      case "created_late":
        this.create(account, content, this.lateMs)
        return { kind: "unknown", code: "timeout", reason: "time-out", repost: true }
      case "throttle":
        return { kind: "later", code: "80001", reason: "too many calls", afterMs: 900_000, scope: "account", slowDown: true }
      case "refuse":
        return { kind: "refused", code: "100", reason: "bad parameter" }
      case "change":
        return { kind: "later", code: "1609005", reason: "link could not be scraped", afterMs: 600_000, scope: "delivery", change: "photo_text" }
      default:
        return { kind: "sent", remoteId: this.create(account, content) }
    }
  }
  async resume(): Promise<PublishOutcome> {
    return { kind: "unknown", code: "none", reason: "nothing pending", repost: true }
  }
  async look(account: NetworkAccount, probes: LookProbe[]): Promise<LookOutcome> {
    this.reads += 1
    if (this.readFault(this.reads)) return { kind: "unreadable", code: "500", reason: "HTTP 500" }
    const visible = this.posts.filter((post) => post.account === account.id && post.visibleAt <= this.clock.now())
    const found = new Map<string, { remoteId: string; byUs: boolean }>()
    for (const probe of probes) {
      const post = visible.find((candidate) => candidate.url === probe.articleUrl)
      if (post) found.set(probe.id, { remoteId: post.id, byUs: true })
    }
    return { kind: "read", found }
  }
  async update(): Promise<PublishOutcome> {
    return { kind: "sent", remoteId: "" }
  }
  async remove(account: NetworkAccount, remoteId: string): Promise<PublishOutcome> {
    const at = this.posts.findIndex((post) => post.id === remoteId)
    if (at >= 0) this.posts.splice(at, 1)
    return { kind: "sent", remoteId }
  }
  async profile() {
    return { kind: "gone" as const, code: "none", reason: "no profile here" }
  }
  async connect() {
    return { kind: "refused" as const, code: "none", reason: "no tokens here" }
  }
  async tokenState(accountId: string) {
    return { accountId, network: this.name, state: "ok" as const, accessExpiresAt: null, refreshExpiresAt: null, refreshedAt: null, reason: null }
  }
  async careForTokens() {
    return []
  }
}
