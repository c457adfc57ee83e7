/**
 * Settling writes what the networks answered. It runs in the same transaction as the next claim, so a turn of the publisher
 * costs one commit however many answers came in.
 */
import { backoffMs } from "../base/backoff.ts"
import { HOUR, MINUTE, SECOND } from "../base/clock.ts"
import { isoDate } from "../base/time.ts"
import type { AuditEntry } from "../audit/index.ts"
import { sql, updateMany, type Tx } from "../db/index.ts"
import type { ContentChange, LookOutcome, PostContent, PublishOutcome } from "../model/index.ts"
import { LEASE_MS, NEVER, type OutboxDeps } from "./deps.ts"
import { rewritePost } from "./posts.ts"
import type { DeliveryRow, Result, Work } from "./work.ts"

const ATTEMPTS_MAX = 12
const FOLLOWUP_TRIES_MAX = 6

type Fields = Partial<Omit<DeliveryRow, "id">>
type LaneFields = Partial<{
  lease_until: number
  next_free_at: number
  blocked_until: number
  paused_reason: string
  paused_by: string
  paused_at: number
}>

/** What the results change, gathered first and written in as few statements as possible. */
class Changes {
  readonly published: { id: string; account: string; remote_id: string; remote_url: string | null; published_at: number }[] = []
  readonly accepted: { id: string; intent_at: number | null; handle: string; due_at: number; reason: string | null }[] = []
  readonly deliveries: { id: string; intent_at: number | null; set: Fields; only?: DeliveryRow["state"][] }[] = []
  readonly lanes = new Map<string, { released: boolean; set: LaneFields }>()
  readonly slowDown: string[] = []
  readonly networks = new Map<string, LaneFields>()
  readonly posts = new Map<string, PostContent>()
  readonly audit: AuditEntry[] = []
  readonly next: Work[] = []

  /** `only`: these states, and only the attempt that `row` was; a late answer says nothing about the attempt after it. */
  delivery({ id, intent_at }: DeliveryRow, set: Fields, only?: DeliveryRow["state"][]) {
    this.deliveries.push({ id, intent_at, set, only })
  }
  lane(account: string, set: LaneFields, released = true) {
    const known = this.lanes.get(account)
    this.lanes.set(account, { released, set: { ...known?.set, ...set } })
  }
  log(action: string, delivery: string, detail: Record<string, unknown>) {
    this.audit.push({ actor: "job:publish", action: `delivery.${action}`, subject: `delivery:${delivery}`, detail })
  }
}

/**
 * Writes the results; answers the work that goes on at once in the same lane (asking for the name of an accepted post), and what the caller
 * must write to the audit log as the last thing of the transaction: its line is one for all processes. The same results may be settled twice.
 */
export async function settle(tx: Tx, deps: OutboxDeps, results: Result[]): Promise<{ next: Work[]; audit: AuditEntry[] }> {
  if (!results.length) return { next: [], audit: [] }
  const now = deps.clock.now()
  const changes = new Changes()
  for (const result of results) {
    if (result.outcome.kind === "unsent") giveBack(changes, result.work, now)
    else if (result.work.kind === "look") settleLook(deps, changes, result.work, result.outcome as LookOutcome, now)
    else if (result.work.kind === "publish" || result.work.kind === "resume")
      settlePost(deps, changes, result.work, result.outcome as PublishOutcome, now)
    else settleFollowup(deps, changes, result.work, result.outcome as PublishOutcome, now)
  }
  const stale = await write(tx, deps, changes, now)
  return { next: changes.next, audit: changes.audit.filter((entry) => !stale.has(entry.subject)) }
}

function giveBack(changes: Changes, work: Work, now: number) {
  if (work.kind === "publish")
    changes.delivery(work.delivery, { state: "waiting", due_at: now, intent_at: null, attempts: work.delivery.attempts - 1 }, ["sending"])
  changes.lane(work.account, {})
}

type Post = Extract<Work, { kind: "publish" | "resume" | "update" | "remove" }>

function settlePost(deps: OutboxDeps, changes: Changes, work: Post, outcome: PublishOutcome, now: number) {
  const row = work.delivery
  switch (outcome.kind) {
    case "sent":
      return published(changes, row, outcome.remoteId, outcome.url ?? null, outcome.at ?? now, { attempts: row.attempts })
    case "pending": {
      // The token is committed before anybody asks about it: losing it would make the post nameless.
      const due = now + outcome.afterMs
      changes.accepted.push({ id: row.id, intent_at: row.intent_at, handle: outcome.handle, due_at: due, reason: outcome.reason ?? null })
      if (outcome.afterMs > 0) return changes.lane(work.account, {})
      changes.lane(work.account, { lease_until: now + LEASE_MS }, false)
      changes.next.push({ ...work, kind: "resume", claimedAt: now, delivery: { ...row, handle: outcome.handle } })
      return
    }
    case "later":
      return later(deps, changes, work, outcome, now)
    case "refused":
      changes.delivery(row, { state: "refused", code: outcome.code, reason: outcome.reason, handle: null, due_at: NEVER }, ["sending", "unknown"])
      changes.log("refused", row.id, { code: outcome.code, reason: outcome.reason, attempts: row.attempts })
      changes.lane(work.account, {})
      deps.raise({
        key: outcome.securityAlert ? `content:${row.account_id}:${row.article_id}` : `refused:${row.id}`,
        kind: outcome.securityAlert ? "content.flagged" : "delivery.refused",
        severity: outcome.securityAlert ? "high" : "low",
        unit: row.unit_id,
        account: row.account_id,
        summary: `Mạng xã hội từ chối bài: ${outcome.reason}`,
        evidence: { delivery: row.id, article: row.article_url, code: outcome.code, at: now },
      })
      return
    case "locked_out":
      changes.delivery(row, { state: "waiting", due_at: now, handle: null, code: outcome.code, reason: outcome.reason, attempts: row.attempts - 1 }, [
        "sending",
      ])
      changes.log("locked_out", row.id, { code: outcome.code, reason: outcome.reason, needs: outcome.needs })
      changes.lane(work.account, {})
      return lockOut(deps, changes, work, outcome, now)
    case "unknown": {
      const unknowns = row.unknowns + 1
      const first = deps.lookMs(work.network)[0] ?? MINUTE
      changes.delivery(
        row,
        {
          state: "unknown",
          handle: null,
          unknowns: outcome.repost ? unknowns : Math.max(2, unknowns),
          looks: 0,
          due_at: (row.intent_at ?? now) + first,
          code: outcome.code,
          reason: outcome.reason,
        },
        ["sending"],
      )
      changes.log("unknown", row.id, { code: outcome.code, reason: outcome.reason, attempts: row.attempts })
      changes.lane(work.account, { next_free_at: now + paceMs(deps, work.account) })
    }
  }
}

function later(deps: OutboxDeps, changes: Changes, work: Post, outcome: Extract<PublishOutcome, { kind: "later" }>, now: number) {
  const row = work.delivery
  const waitMs = outcome.afterMs ?? backoffMs(row.attempts, 30 * SECOND, HOUR)
  const content = outcome.change ? withChange(work.content, outcome.change) : null
  const exhausted = row.attempts >= ATTEMPTS_MAX
  if ((outcome.change && !content) || (exhausted && outcome.scope === "delivery")) {
    // The cure was tried already, or nothing helped for long: a person looks at it.
    changes.delivery(row, { state: "held", handle: null, code: outcome.code, reason: outcome.reason, due_at: NEVER }, ["sending"])
    changes.log("held", row.id, { code: outcome.code, reason: outcome.reason, attempts: row.attempts })
    changes.lane(work.account, {})
    return
  }
  changes.delivery(row, { state: "waiting", handle: null, due_at: now + waitMs, code: outcome.code, reason: outcome.reason }, ["sending"])
  if (content) changes.posts.set(row.id, content)
  changes.log("later", row.id, { code: outcome.code, reason: outcome.reason, scope: outcome.scope, waitMs, change: outcome.change })
  if (outcome.scope === "app") changes.networks.set(work.network, { blocked_until: now + waitMs })
  if (outcome.slowDown) changes.slowDown.push(work.account)
  changes.lane(work.account, outcome.scope === "account" ? { blocked_until: now + waitMs } : {})
}

/** The content with one more cure, or null when that cure was applied before. */
function withChange(content: PostContent, change: ContentChange): PostContent | null {
  return content.changes.includes(change) ? null : { ...content, changes: [...content.changes, change] }
}

function lockOut(deps: OutboxDeps, changes: Changes, work: Post, outcome: Extract<PublishOutcome, { kind: "locked_out" }>, now: number) {
  const pause = { paused_reason: `${outcome.needs}: ${outcome.reason}`, paused_by: "network", paused_at: now }
  if (outcome.scope === "app") changes.networks.set(work.network, pause)
  else changes.lane(work.account, pause)
  changes.audit.push({
    actor: "job:publish",
    action: "account.paused",
    subject: `account:${work.account}`,
    detail: { code: outcome.code, reason: outcome.reason, needs: outcome.needs, scope: outcome.scope },
  })
  deps.raise({
    key: outcome.scope === "app" ? `lockout:${work.network}:${outcome.needs}` : `lockout:${work.account}:${outcome.needs}`,
    kind: `account.${outcome.needs}`,
    severity: outcome.scope === "app" ? "critical" : "high",
    unit: outcome.scope === "app" ? null : work.delivery.unit_id,
    account: outcome.scope === "app" ? null : work.account,
    summary:
      outcome.scope === "app" ? `Dừng toàn bộ mạng ${work.network}: ${outcome.reason}` : `Tài khoản ${work.account} phải tạm dừng: ${outcome.reason}`,
    evidence: { code: outcome.code, needs: outcome.needs, delivery: work.delivery.id, at: now },
  })
}

function published(changes: Changes, row: DeliveryRow, remoteId: string, url: string | null, at: number, detail: Record<string, unknown>) {
  changes.published.push({ id: row.id, account: row.account_id, remote_id: remoteId, remote_url: url, published_at: at })
  changes.log("published", row.id, { account: row.account_id, article: row.article_url, remoteId, url, ...detail })
  changes.lane(row.account_id, {})
}

const paceMs = (deps: OutboxDeps, account: string) => (deps.account(account)?.pace.everyMinutes ?? 10) * MINUTE

function settleLook(deps: OutboxDeps, changes: Changes, work: Extract<Work, { kind: "look" }>, outcome: LookOutcome, now: number) {
  const looks = deps.lookMs(work.network)
  changes.lane(work.account, {})
  if (outcome.kind === "unreadable") {
    const due = now + (outcome.afterMs ?? backoffMs(3, 10 * SECOND, 10 * MINUTE))
    for (const row of work.deliveries) changes.delivery(row, { due_at: due, reason: `Chưa đọc lại được trang: ${outcome.reason}` }, ["unknown"])
    if (outcome.lockedOut) {
      changes.lane(work.account, { paused_reason: `${outcome.lockedOut}: ${outcome.reason}`, paused_by: "network", paused_at: now })
      deps.raise({
        key: `lockout:${work.account}:${outcome.lockedOut}`,
        kind: `account.${outcome.lockedOut}`,
        severity: "high",
        unit: work.deliveries[0]?.unit_id ?? null,
        account: work.account,
        summary: `Tài khoản ${work.account} phải tạm dừng: ${outcome.reason}`,
        evidence: { code: outcome.code, at: now },
      })
    }
    return
  }
  for (const row of work.deliveries) {
    const found = outcome.found.get(row.id)
    if (found) {
      published(changes, row, found.remoteId, found.url ?? null, found.at ?? row.intent_at ?? now, { foundBy: "look", attempts: row.attempts })
      continue
    }
    // A look counts only when its time has come: an early one can prove that a post exists, never that it does not.
    const counted = now >= (row.intent_at ?? 0) + (looks[row.looks] ?? 0)
    const done = row.looks + (counted ? 1 : 0)
    if (done < looks.length) {
      changes.delivery(row, { looks: done, due_at: (row.intent_at ?? now) + looks[done]! }, ["unknown"])
    } else if (row.unknowns < 2) {
      changes.delivery(
        row,
        { state: "waiting", looks: done, due_at: now, code: "not_found", reason: "Đã đọc lại trang: bài chưa được đăng, sẽ đăng lại." },
        ["unknown"],
      )
      changes.log("absent", row.id, { looks: done })
    } else {
      changes.delivery(
        row,
        {
          looks: done,
          due_at: NEVER,
          code: "needs_person",
          reason: "Không xác định được bài đã đăng hay chưa; đề nghị người phụ trách kiểm tra trang rồi chọn đăng lại hoặc hủy.",
        },
        ["unknown"],
      )
      changes.log("needs_person", row.id, { looks: done })
      deps.raise({
        key: `unknown:${row.id}`,
        kind: "delivery.unknown",
        severity: "medium",
        unit: row.unit_id,
        account: row.account_id,
        summary: "Không xác định được một bài đã đăng hay chưa; cần người kiểm tra trang.",
        evidence: { delivery: row.id, article: row.article_url, at: now },
      })
    }
  }
}

function settleFollowup(deps: OutboxDeps, changes: Changes, work: Post, outcome: PublishOutcome, now: number) {
  const row = work.delivery
  const tries = row.looks + 1
  if (outcome.kind === "sent") {
    changes.delivery(row, {
      followup: null,
      looks: 0,
      due_at: NEVER,
      ...(work.kind === "remove" ? { state: "cancelled", reason: "Bài đã được gỡ theo cổng." } : {}),
    })
    changes.log(work.kind === "remove" ? "removed" : "updated", row.id, { remoteId: row.remote_id })
    changes.lane(work.account, {})
    return
  }
  const reason = "reason" in outcome && outcome.reason ? outcome.reason : outcome.kind
  if (outcome.kind === "locked_out") lockOut(deps, changes, work, outcome, now)
  if (outcome.kind === "refused" || tries >= FOLLOWUP_TRIES_MAX) {
    changes.delivery(row, {
      followup: null,
      looks: 0,
      due_at: NEVER,
      reason: `Chưa ${work.kind === "remove" ? "gỡ" : "sửa"} được bài đã đăng: ${reason}`,
    })
    changes.log(`${work.kind}_failed`, row.id, { reason })
    changes.lane(work.account, {})
    deps.raise({
      key: `followup:${row.id}:${work.kind}`,
      kind: `delivery.${work.kind}_failed`,
      severity: work.kind === "remove" ? "high" : "low",
      unit: row.unit_id,
      account: row.account_id,
      summary: `Chưa ${work.kind === "remove" ? "gỡ" : "sửa"} được bài đã đăng: ${reason}`,
      evidence: { delivery: row.id, remoteId: row.remote_id, at: now },
    })
    return
  }
  // Editing and removing are the same however often they are done: an unknown outcome is simply repeated.
  const waitMs =
    outcome.kind === "pending"
      ? Math.max(outcome.afterMs, SECOND)
      : "afterMs" in outcome && outcome.afterMs
        ? outcome.afterMs
        : backoffMs(tries, MINUTE, 6 * HOUR)
  changes.delivery(row, { looks: tries, due_at: now + waitMs })
  changes.lane(work.account, outcome.kind === "later" && outcome.scope === "account" ? { blocked_until: now + waitMs } : {})
}

/** Answers the subjects whose rows had moved on already: nothing was changed there, so nothing is reported of them. */
async function write(tx: Tx, deps: OutboxDeps, changes: Changes, now: number): Promise<Set<string>> {
  const stale = new Set<string>()
  // An answer that a post exists is true whoever holds the lane meanwhile; only a published row stays as it is.
  const settled = await updateMany(
    tx,
    "deliveries",
    { id: "text", remote_id: "text", remote_url: "text", published_at: "double precision", now: "double precision" },
    `state = 'published', remote_id = v.remote_id, remote_url = v.remote_url, published_at = v.published_at, code = null, reason = null, handle = null, due_at = ${NEVER}, updated_at = v.now`,
    changes.published.map((post) => [post.id, post.remote_id, post.remote_url, post.published_at, now]),
    "deliveries.state <> 'published'",
  )
  if (settled.length < changes.published.length) await tellTwins(tx, deps, changes, new Set(settled), stale, now)
  await updateMany(
    tx,
    "deliveries",
    { id: "text", handle: "text", due_at: "double precision", reason: "text", now: "double precision", intent_at: "double precision" },
    "handle = v.handle, due_at = v.due_at, reason = v.reason, updated_at = v.now",
    changes.accepted.map((accepted) => [accepted.id, accepted.handle, accepted.due_at, accepted.reason, now, accepted.intent_at]),
    "deliveries.state = 'sending' and deliveries.intent_at = v.intent_at",
  )
  for (const { id, intent_at, set, only } of changes.deliveries) {
    const result = await tx
      .updateTable("deliveries")
      .set({ ...set, updated_at: now })
      .where("id", "=", id)
      .$if(only !== undefined, (query) => query.where("state", "in", only!).where("intent_at", intent_at === null ? "is" : "=", intent_at))
      .executeTakeFirst()
    if (!Number(result.numUpdatedRows)) stale.add(`delivery:${id}`)
  }
  for (const [id, content] of changes.posts) await rewritePost(tx, id, content)
  await writeLanes(tx, deps, changes, now)
  for (const [network, set] of changes.networks) await tx.updateTable("lanes").set(set).where("network", "=", network).execute()
  return stale
}

/** A row that was published already under another id: the page carries the article twice, which no code of ours can undo. */
async function tellTwins(tx: Tx, deps: OutboxDeps, changes: Changes, settled: Set<string>, stale: Set<string>, now: number) {
  const late = new Map(changes.published.filter((post) => !settled.has(post.id)).map((post) => [post.id, post]))
  const rows = await tx
    .selectFrom("deliveries")
    .select(["id", "unit_id", "account_id", "remote_id", "article_url"])
    .where("id", "in", [...late.keys()])
    .execute()
  for (const row of rows) {
    stale.add(`delivery:${row.id}`)
    const twin = late.get(row.id)!
    if (row.remote_id === twin.remote_id) continue
    deps.raise({
      key: `twin:${row.id}`,
      kind: "delivery.twin",
      severity: "high",
      unit: row.unit_id,
      account: row.account_id,
      summary: "Một tin đã được đăng hai lần trên cùng tài khoản; đề nghị gỡ một bài.",
      evidence: { delivery: row.id, article: row.article_url, posts: [row.remote_id, twin.remote_id], at: now },
    })
  }
}

/** A lane that another worker took over meanwhile is none of ours. */
const ours = "lanes.owner = v.owner"

async function writeLanes(tx: Tx, deps: OutboxDeps, changes: Changes, now: number) {
  // A slowed account keeps at least three minutes between posts (contract 6.3), times its slowness; a new day forgets half of it.
  const today = isoDate(now)
  await updateMany(
    tx,
    "lanes",
    { account_id: "text", pace: "double precision", slowed: "double precision", now: "double precision", today: "text", owner: "text" },
    `next_free_at = v.now + case when slowness > 1 then v.slowed * slowness else v.pace end,
      sent_today = case when day = v.today then sent_today + 1 else 1 end,
      slowness = case when day in ('', v.today) or slowness <= 1 then slowness else slowness / 2 end,
      day = v.today`,
    [...new Set(changes.published.map((post) => post.account))].map((account) => [
      account,
      paceMs(deps, account),
      Math.max(paceMs(deps, account), 3 * MINUTE),
      now,
      today,
      deps.worker,
    ]),
    ours,
  )
  if (changes.slowDown.length) {
    await tx
      .updateTable("lanes")
      .where("account_id", "in", changes.slowDown)
      .where("owner", "=", deps.worker)
      .set({ slowness: sql`case when slowness < 8 then slowness * 2 else slowness end` })
      .execute()
  }
  // Nearly all lanes of a turn are just let go, or kept for one more call; the rest is rare enough for a statement each.
  const plain = { released: [] as unknown[][], kept: [] as unknown[][] }
  for (const [account, { released, set }] of changes.lanes) {
    const fields = Object.keys(set)
    if (released && !fields.length) plain.released.push([account, deps.worker])
    else if (!released && fields.length === 1 && set.lease_until !== undefined) plain.kept.push([account, deps.worker, set.lease_until])
    else {
      const full = released ? { ...set, owner: null, lease_until: 0 } : set
      if (Object.keys(full).length)
        await tx.updateTable("lanes").where("account_id", "=", account).where("owner", "=", deps.worker).set(full).execute()
    }
  }
  await updateMany(tx, "lanes", { account_id: "text", owner: "text" }, "owner = null, lease_until = 0", plain.released, ours)
  await updateMany(
    tx,
    "lanes",
    { account_id: "text", owner: "text", lease_until: "double precision" },
    "lease_until = v.lease_until",
    plain.kept,
    ours,
  )
}
