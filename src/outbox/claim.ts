/**
 * Claiming gives one worker one lane (account) and says what to do there. It runs inside the transaction of a turn, so the
 * intent of every post is committed before its call begins.
 */
import { isoDate, afterQuietHours, startOfDay } from "../base/time.ts"
import { DAY } from "../base/clock.ts"
import { ask, sql, updateMany, type Tx } from "../db/index.ts"
import type { NetworkName, PostContent } from "../model/index.ts"
import { LEASE_MS, type OutboxDeps } from "./deps.ts"
import { probeOf, type DeliveryRow, type Work } from "./work.ts"

/** Up to `want` pieces of work. `more` = rows were put aside, so asking again at once may give more. */
export async function claim(tx: Tx, deps: OutboxDeps, want: number): Promise<{ works: Work[]; more: boolean }> {
  if (want <= 0) return { works: [], more: false }
  const now = deps.clock.now()
  // What may already be out comes first: settling it frees accounts and tells people the truth.
  const works = await claimStarted(tx, deps, now, want)
  const fresh = await claimWaiting(tx, deps, now, want - works.length, new Set(works.map((work) => work.account)))
  works.push(...fresh.works)
  await updateMany(
    tx,
    "lanes",
    { account_id: "text", owner: "text", lease_until: "double precision", served_at: "double precision" },
    "owner = v.owner, lease_until = v.lease_until, served_at = v.served_at",
    works.map((work) => [work.account, deps.worker, now + LEASE_MS, now]),
  )
  return { works, more: fresh.putAside }
}

type Stored = DeliveryRow & { content: string }
const split = <R extends Stored>({ content, ...row }: R) => ({ row, content: JSON.parse(content) as PostContent })

/** Three questions instead of one with "or": each is answered by its own small index of live rows. */
const started = ["d.state = 'sending' and d.handle is not null", "d.state = 'unknown'", "d.followup is not null"].map(
  (which) => `select d.*, p.content from deliveries d
    join lanes l on l.account_id = d.account_id
    join delivery_posts p on p.delivery_id = d.id
    where ${which} and d.due_at <= $1 and l.lease_until <= $1 and l.blocked_until <= $1 and l.paused_reason is null
    order by d.due_at limit 500`,
)

/** Posts accepted but unnamed (resume), answers lost (look), and changes to published posts (update, remove). */
async function claimStarted(tx: Tx, deps: OutboxDeps, now: number, want: number): Promise<Work[]> {
  const due: Stored[] = []
  for (const text of started) due.push(...(await ask<Stored>(tx, deps.engine === "postgres" ? `${text} for update of l skip locked` : text, [now])))

  const works = new Map<string, Work>()
  for (const stored of due) {
    const known = works.get(stored.account_id)
    if (known && (known.kind !== "look" || stored.state !== "unknown")) continue
    if (!known && works.size >= want) continue
    const { row, content } = split(stored)
    if (known?.kind === "look") {
      // One read of a page settles every unknown delivery of that page.
      known.deliveries.push(row)
      known.probes.push(probeOf(row, content))
      continue
    }
    const base = { account: row.account_id, network: row.network as NetworkName, claimedAt: now }
    if (row.state === "unknown") works.set(row.account_id, { ...base, kind: "look", deliveries: [row], probes: [probeOf(row, content)] })
    else if (row.state === "sending") works.set(row.account_id, { ...base, kind: "resume", delivery: row, content })
    else works.set(row.account_id, { ...base, kind: row.followup as "update" | "remove", delivery: row, content })
  }
  return [...works.values()]
}

const waitingHead = `
  select d.*, p.content, l.sent_today, l.day from lanes l
  join deliveries d on d.id = (
    select w.id from deliveries w
    where w.account_id = l.account_id and w.state = 'waiting' and w.due_at <= $1 and (l.next_free_at <= $1 or w.priority = 0)
    order by w.priority, w.due_at, w.id limit 1)
  join delivery_posts p on p.delivery_id = d.id
  where l.lease_until <= $1 and l.blocked_until <= $1 and l.paused_reason is null
  order by d.priority, l.served_at, d.due_at, d.id limit $2`
type Post = Exclude<Work, { kind: "look" }>
type Head = Stored & { sent_today: number; day: string }

async function claimWaiting(tx: Tx, deps: OutboxDeps, now: number, want: number, taken: Set<string>) {
  if (want <= 0) return { works: [] as Work[], putAside: false }
  const heads = await ask<Head>(tx, deps.engine === "postgres" ? `${waitingHead} for update of l skip locked` : waitingHead, [now, want])

  const works: Post[] = []
  let putAside = false
  for (const head of heads) {
    if (taken.has(head.account_id)) continue
    const later = await putAsideIfNotAllowed(tx, deps, head, now)
    if (later) {
      putAside = true
      continue
    }
    const { sent_today, day, ...stored } = head
    const { row, content } = split(stored)
    const delivery: DeliveryRow = { ...row, attempts: row.attempts + 1, intent_at: now }
    works.push({ kind: "publish", account: row.account_id, network: row.network as NetworkName, claimedAt: now, delivery, content })
  }
  // Asked again by the row itself: on PostgreSQL somebody may have published, cancelled or edited it since our look at the table began.
  const begun = await updateMany(
    tx,
    "deliveries",
    { id: "text", now: "double precision", due_at: "double precision", seen: "double precision" },
    "state = 'sending', intent_at = v.now, attempts = attempts + 1, due_at = v.due_at, looks = 0, handle = null, updated_at = v.now, code = null, reason = null",
    works.map((work) => [work.delivery.id, now, now + LEASE_MS, work.delivery.updated_at]),
    "deliveries.state = 'waiting' and deliveries.updated_at = v.seen",
  )
  if (begun.length === works.length) return { works, putAside }
  const ours = new Set(begun)
  return { works: works.filter((work) => ours.has(work.delivery.id)), putAside: true }
}

/** The last check before the intent: rules, PUBLISH_TO, quiet hours and the daily cap may have changed since the post was queued. */
async function putAsideIfNotAllowed(tx: Tx, deps: OutboxDeps, head: Head, now: number): Promise<boolean> {
  const account = deps.account(head.account_id)
  const gate = account ? deps.gate(head.account_id) : { open: false as const, rule: "listed", reason: "Tài khoản không có trong sổ đăng ký." }
  const named = deps.publishTo === "*" || deps.publishTo.has(head.account_id)
  if (!account || !gate.open || !named) {
    if (!gate.open && gate.rule === "paused") {
      await tx
        .updateTable("lanes")
        .set({ paused_reason: gate.reason, paused_by: "registry", paused_at: now })
        .where("account_id", "=", head.account_id)
        .execute()
      return true
    }
    const [code, reason] = !gate.open ? [`gate:${gate.rule}`, gate.reason] : ["publish_to", "PUBLISH_TO không có tài khoản này: tin chưa được đăng."]
    await tx
      .updateTable("deliveries")
      .set({ state: "held", code, reason, updated_at: now })
      .where("account_id", "=", head.account_id)
      .where("state", "=", sql.lit("waiting"))
      .execute()
    return true
  }
  if (head.priority === 0) return false
  const sentToday = head.day === isoDate(now) ? head.sent_today : 0
  const full = account.pace.perDay > 0 && sentToday >= account.pace.perDay
  const free = full ? startOfDay(now) + DAY : account.quietHours ? afterQuietHours(now, account.quietHours) : now
  if (free <= now) return false
  await tx.updateTable("lanes").set({ next_free_at: free }).where("account_id", "=", head.account_id).execute()
  return true
}
