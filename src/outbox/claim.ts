/**
 * Claiming gives one worker one lane (account) and says what to do there. It runs inside the transaction of a turn, so the
 * intent of every post is committed before its call begins.
 */
import { isoDate, afterQuietHours, startOfDay } from "../base/time.ts"
import { DAY } from "../base/clock.ts"
import { sql, type Tx } from "../db/index.ts"
import type { NetworkName } from "../model/index.ts"
import { LEASE_MS, type OutboxDeps } from "./deps.ts"
import { contentOf, probeOf, type DeliveryRow, type Work } from "./work.ts"

/** Up to `want` pieces of work. `more` = rows were put aside, so asking again at once may give more. */
export async function claim(tx: Tx, deps: OutboxDeps, want: number): Promise<{ works: Work[]; more: boolean }> {
  if (want <= 0) return { works: [], more: false }
  const now = deps.clock.now()
  // What may already be out comes first: settling it frees accounts and tells people the truth.
  const works = await claimStarted(tx, deps, now, want)
  const fresh = await claimWaiting(tx, deps, now, want - works.length, new Set(works.map((work) => work.account)))
  works.push(...fresh.works)
  if (works.length) {
    await tx
      .updateTable("lanes")
      .set({ owner: deps.worker, lease_until: now + LEASE_MS, served_at: now })
      .where("account_id", "in", works.map((work) => work.account))
      .execute()
  }
  return { works, more: fresh.putAside }
}

/** Posts accepted but unnamed (resume), answers lost (look), and changes to published posts (update, remove). */
async function claimStarted(tx: Tx, deps: OutboxDeps, now: number, want: number): Promise<Work[]> {
  const due: DeliveryRow[] = []
  // Three questions instead of one with "or": each is answered by its own small index of live rows.
  for (const started of [sql<boolean>`d.state = 'sending' and d.handle is not null`, sql<boolean>`d.state = 'unknown'`, sql<boolean>`d.followup is not null`]) {
    const rows = await tx
      .selectFrom("deliveries as d")
      .innerJoin("lanes as l", "l.account_id", "d.account_id")
      .selectAll("d")
      .where(started)
      .where("d.due_at", "<=", now)
      .where("l.lease_until", "<=", now)
      .where("l.blocked_until", "<=", now)
      .where("l.paused_reason", "is", null)
      .orderBy("d.due_at")
      .limit(500)
      .$if(deps.engine === "postgres", (query) => query.forUpdate("l").skipLocked())
      .execute()
    due.push(...rows)
  }

  const works = new Map<string, Work>()
  for (const row of due) {
    const known = works.get(row.account_id)
    if (known) {
      // One read of a page settles every unknown delivery of that page.
      if (known.kind === "look" && row.state === "unknown") {
        known.deliveries.push(row)
        known.probes.push(probeOf(row))
      }
      continue
    }
    if (works.size >= want) continue
    const base = { account: row.account_id, network: row.network as NetworkName, claimedAt: now }
    if (row.state === "unknown") works.set(row.account_id, { ...base, kind: "look", deliveries: [row], probes: [probeOf(row)] })
    else if (row.state === "sending") works.set(row.account_id, { ...base, kind: "resume", delivery: row, content: contentOf(row) })
    else works.set(row.account_id, { ...base, kind: row.followup as "update" | "remove", delivery: row, content: contentOf(row) })
  }
  return [...works.values()]
}

const waitingHead = (now: number) => sql<DeliveryRow & { sent_today: number; day: string }>`
  select d.*, l.sent_today, l.day from lanes l
  join deliveries d on d.id = (
    select w.id from deliveries w
    where w.account_id = l.account_id and w.state = 'waiting' and w.due_at <= ${now} and (l.next_free_at <= ${now} or w.priority = 0)
    order by w.priority, w.due_at, w.id limit 1)
  where l.lease_until <= ${now} and l.blocked_until <= ${now} and l.paused_reason is null
  order by d.priority, l.served_at, d.due_at, d.id`

async function claimWaiting(tx: Tx, deps: OutboxDeps, now: number, want: number, taken: Set<string>) {
  if (want <= 0) return { works: [] as Work[], putAside: false }
  const heads = (
    deps.engine === "postgres"
      ? await sql<DeliveryRow & { sent_today: number; day: string }>`${waitingHead(now)} limit ${want} for update of l skip locked`.execute(tx)
      : await sql<DeliveryRow & { sent_today: number; day: string }>`${waitingHead(now)} limit ${want}`.execute(tx)
  ).rows

  const works: Work[] = []
  let putAside = false
  for (const head of heads) {
    if (taken.has(head.account_id)) continue
    const later = await putAsideIfNotAllowed(tx, deps, head, now)
    if (later) {
      putAside = true
      continue
    }
    const { sent_today, day, ...row } = head
    const delivery: DeliveryRow = { ...row, attempts: row.attempts + 1, intent_at: now }
    works.push({ kind: "publish", account: row.account_id, network: row.network as NetworkName, claimedAt: now, delivery, content: contentOf(row) })
  }
  if (works.length) {
    await tx
      .updateTable("deliveries")
      .set((e) => ({
        state: "sending" as const,
        intent_at: now,
        attempts: e("attempts", "+", 1),
        due_at: now + LEASE_MS,
        looks: 0,
        handle: null,
        updated_at: now,
        code: null,
        reason: null,
      }))
      .where("id", "in", works.map((work) => (work.kind === "look" ? "" : work.delivery.id)))
      .execute()
  }
  return { works, putAside }
}

/** The last check before the intent: rules, PUBLISH_TO, quiet hours and the daily cap may have changed since the post was queued. */
async function putAsideIfNotAllowed(tx: Tx, deps: OutboxDeps, head: DeliveryRow & { sent_today: number; day: string }, now: number): Promise<boolean> {
  const account = deps.account(head.account_id)
  const gate = account ? deps.gate(head.account_id) : { open: false as const, rule: "listed", reason: "Tài khoản không có trong sổ đăng ký." }
  const named = deps.publishTo === "*" || deps.publishTo.has(head.account_id)
  if (!account || !gate.open || !named) {
    if (!gate.open && gate.rule === "paused") {
      await tx.updateTable("lanes").set({ paused_reason: gate.reason, paused_by: "registry", paused_at: now }).where("account_id", "=", head.account_id).execute()
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
