/**
 * What is deleted, and when: `accounts/retention.yaml`. The audit log, posts, issued reports and versions of the registry stay for good;
 * what a legal hold covers stays as long as the hold.
 */
import { readdir, readFile, stat, unlink } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import type { Rooms } from "../app.ts"
import { DAY } from "../base/clock.ts"
import { checkout } from "../base/config.ts"
import { InvalidInputError, messageOf } from "../base/errors.ts"
import { isoDate } from "../base/time.ts"
import { parseYaml } from "../base/yaml.ts"
import { inTransaction, sql, type Tx } from "../db/index.ts"
import { heldNow, unheld, type Held } from "./holds.ts"

const days = z.number().int().min(0).max(36_500)
/** 0 = for good. */
const policyFile = z.strictObject({
  articleHtmlDays: days,
  pictureDays: days,
  avatarDays: days,
  metricDays: days,
  closedAlertDays: days,
  webhookEventDays: days,
  postEditDays: days,
  deskDays: days,
})
export type RetentionPolicy = z.infer<typeof policyFile>

/** The office's own file, else the built-in one; what a file leaves out is as built in. */
export async function loadPolicy(registryDir: string): Promise<RetentionPolicy> {
  const builtIn = parseYaml(await readFile(join(checkout, "accounts", "retention.yaml"), "utf8")) as object
  const own = await readFile(join(registryDir, "retention.yaml"), "utf8").catch(() => null)
  const read = policyFile.safeParse({ ...builtIn, ...(own ? (parseYaml(own) as object) : {}) })
  if (read.success) return read.data
  throw new InvalidInputError(
    "retention",
    read.error.issues.map((issue) => ({
      file: "retention.yaml",
      field: issue.path.join(".") || "tệp",
      found: issue.message,
      expected: "số ngày từ 0 đến 36500",
    })),
  )
}

export type Removed = Record<"articleHtml" | "pictures" | "avatars" | "metrics" | "alerts" | "webhookEvents" | "postEdits" | "desk", number>

export async function applyRetention(rooms: Rooms): Promise<Removed> {
  const { db, clock } = rooms
  const policy = await loadPolicy(rooms.config.registryDir)
  const now = clock.now()
  const before = (age: number) => (age === 0 ? null : now - age * DAY)
  const removed: Removed = { articleHtml: 0, pictures: 0, avatars: 0, metrics: 0, alerts: 0, webhookEvents: 0, postEdits: 0, desk: 0 }
  const step = async (name: keyof Removed, age: number, work: (tx: Tx, before: number, held: Held) => Promise<number>) => {
    const limit = before(age)
    if (limit !== null) removed[name] = await inTransaction(db, async (tx) => work(tx, limit, await heldNow(tx)))
  }
  await step("articleHtml", policy.articleHtmlDays, clearHtml)
  await step("metrics", policy.metricDays, (tx, limit, held) => dropMetrics(rooms, tx, limit, held))
  await step("alerts", policy.closedAlertDays, dropAlerts)
  await step("webhookEvents", policy.webhookEventDays, (tx, limit, held) => dropEvents(rooms, tx, limit, held))
  await step("postEdits", policy.postEditDays, dropEdits)
  await step("desk", policy.deskDays, dropDesk)
  const files = async (name: "pictures" | "avatars", age: number, drop: typeof dropPictures) => {
    const limit = before(age)
    if (limit !== null) removed[name] = await drop(rooms, limit)
  }
  await files("pictures", policy.pictureDays, dropPictures)
  await files("avatars", policy.avatarDays, dropAvatars)
  const sum = Object.values(removed).reduce((a, b) => a + b, 0)
  if (sum) {
    rooms.log.info("retention removed what was due", removed)
    await inTransaction(db, (tx) =>
      rooms.audit.write(tx, [{ actor: "job:retention", action: "retention.applied", subject: "database", detail: { ...removed } }]),
    )
  }
  return removed
}

const rowsOf = (result: { numDeletedRows?: bigint; numUpdatedRows?: bigint }) => Number(result.numDeletedRows ?? result.numUpdatedRows ?? 0)

async function clearHtml(tx: Tx, limit: number, held: Held): Promise<number> {
  // A stripe of four months is looked through, so that the cost does not grow with the history; what a hold kept is cleared when it ends.
  const stripe = sql<boolean>`(first_seen_at > ${limit - 120 * DAY} or exists (select 1 from holds h where h.ended_at > ${limit - 120 * DAY}))`
  return rowsOf(
    await tx
      .updateTable("articles")
      .set({ html: "" })
      .where("first_seen_at", "<", limit)
      .where(stripe)
      .where("html", "!=", "")
      .where(unheld(held, { unit: "unit_id", article: "id", at: "first_seen_at" }))
      .executeTakeFirst(),
  )
}

async function dropMetrics(rooms: Rooms, tx: Tx, limit: number, held: Held): Promise<number> {
  const units = new Set(held.units)
  const accounts = rooms.view().accounts.filter((account) => units.has(account.unitId)).map((account) => account.id)
  const ofAccounts: Held = { ...held, units: accounts }
  let count = 0
  for (const table of ["page_metrics", "post_metrics", "article_counters"] as const) {
    count += rowsOf(
      await tx
        .deleteFrom(table)
        .where("fetched_at", "<", limit)
        .where(unheld(ofAccounts, { unit: "account_id", at: "fetched_at" }))
        .executeTakeFirst(),
    )
  }
  count += rowsOf(
    await tx
      .deleteFrom("followers")
      .where("day", "<", isoDate(limit))
      .where(unheld(ofAccounts, { unit: "account_id", at: "taken_at" }))
      .executeTakeFirst(),
  )
  return count
}

async function dropAlerts(tx: Tx, limit: number, held: Held): Promise<number> {
  const due = tx
    .selectFrom("alerts")
    .select("id")
    .where("state", "=", "closed")
    .where("closed_at", "<", limit)
    .where(unheld(held, { unit: "unit_id", at: "raised_at" }))
  await tx.deleteFrom("alert_levels").where("alert_id", "in", due).execute()
  await tx.deleteFrom("alert_messages").where("alert_id", "in", due).execute()
  return rowsOf(
    await tx
      .deleteFrom("alerts")
      .where("state", "=", "closed")
      .where("closed_at", "<", limit)
      .where(unheld(held, { unit: "unit_id", at: "raised_at" }))
      .executeTakeFirst(),
  )
}

async function dropEvents(rooms: Rooms, tx: Tx, limit: number, held: Held): Promise<number> {
  const units = new Set(held.units)
  const accounts = rooms
    .view()
    .accounts.filter((account) => units.has(account.unitId))
    .map((account) => account.id)
  return rowsOf(
    await tx
      .deleteFrom("webhook_events")
      .where("received_at", "<", limit)
      .where(unheld({ ...held, units: accounts }, { unit: "account_id", at: "received_at" }))
      .executeTakeFirst(),
  )
}

/** What a post said before somebody reworded it; who and when stays in the audit log. */
async function dropEdits(tx: Tx, limit: number, held: Held): Promise<number> {
  const kept = tx.selectFrom("deliveries").select("id").where(sql<boolean>`not ${unheld(held, { unit: "unit_id", article: "article_id" })}`)
  return rowsOf(
    await tx
      .deleteFrom("post_edits")
      .where("at", "<", limit)
      .where("delivery_id", "not in", kept)
      .where(unheld({ ...held, units: [], articles: [] }, { at: "at" }))
      .executeTakeFirst(),
  )
}

async function dropDesk(tx: Tx, limit: number, held: Held): Promise<number> {
  const due = (at: string) => unheld({ ...held, units: [], articles: [] }, { at })
  let count = rowsOf(await tx.deleteFrom("login_failures").where("at", "<", limit).where(due("at")).executeTakeFirst())
  count += rowsOf(await tx.deleteFrom("idempotency").where("begun_at", "<", limit).where(due("begun_at")).executeTakeFirst())
  count += rowsOf(await tx.deleteFrom("one_time_links").where("expires_at", "<", limit).where(due("created_at")).executeTakeFirst())
  count += rowsOf(await tx.deleteFrom("import_drafts").where("at", "<", limit).where(due("at")).executeTakeFirst())
  count += rowsOf(await tx.deleteFrom("alert_silences").where("until", "<", limit).where(due("at")).executeTakeFirst())
  // What was sent stays for good, like every post.
  const dropped = tx.deleteFrom("emergency_posts").where("state", "=", "dropped").where("updated_at", "<", limit)
  count += rowsOf(await dropped.where(unheld(held, { unit: "unit_id", at: "created_at" })).executeTakeFirst())
  count += rowsOf(await tx.deleteFrom("oidc_tries").where("expires_at", "<", limit).executeTakeFirst())
  return count
}

/** Files named by a hash that nobody wrote since `limit`. */
async function oldFiles(folder: string, limit: number): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{64}\.jpg$/.test(name))
  const old: string[] = []
  for (const name of names) if ((await stat(join(folder, name))).mtimeMs < limit) old.push(name.slice(0, 64))
  return old
}

/** Networks encode one picture anew again and again: small copies that nobody shows, no alert names and no hold covers go. */
async function dropAvatars(rooms: Rooms, limit: number): Promise<number> {
  const folder = join(rooms.config.dataDir, "avatars")
  const old = await oldFiles(folder, limit)
  if (!old.length) return 0
  const wanted = await avatarsInUse(rooms)
  let count = 0
  for (const hash of old.filter((hash) => !wanted.has(hash))) {
    await unlink(join(folder, `${hash}.jpg`)).then(
      () => (count += 1),
      (error) => rooms.log.warn("a small picture could not be removed", { hash, error: messageOf(error) }),
    )
  }
  return count
}

/** The latest of every account, what alerts and observed pages name, and all of accounts and times under hold. */
async function avatarsInUse({ db, view }: Rooms): Promise<Set<string>> {
  const held = await heldNow(db)
  const units = new Set(held.units)
  const accounts = view().accounts.filter((account) => units.has(account.unitId)).map((account) => account.id)
  const underHold = sql<boolean>`not ${unheld({ ...held, units: accounts }, { unit: "account_id", at: "seen_at" })}`
  const [latest, alerts, observed] = await Promise.all([
    db
      .selectFrom("account_profiles as p")
      .select("p.avatar_sha256 as hash")
      .where((e) =>
        e.or([
          underHold,
          e("p.seen_at", "=", (q) =>
            q
              .selectFrom("account_profiles as q")
              .select((s) => s.fn.max("q.seen_at").as("at"))
              .whereRef("q.account_id", "=", "p.account_id"),
          ),
        ]),
      )
      .execute(),
    db.selectFrom("alerts").select("evidence").execute(),
    db.selectFrom("observed_pages").select("picture").execute(),
  ])
  const named = [...alerts.map(({ evidence }) => evidence), ...observed.map(({ picture }) => picture ?? ""), ...latest.map(({ hash }) => hash ?? "")]
  return new Set(named.flatMap((text) => text.match(/\b[0-9a-f]{64}\b/g) ?? []))
}

/** Files below media/ that no post of the last `limit` names, and no held one ever: a name is a hash, so one file may serve many posts. */
async function dropPictures(rooms: Rooms, limit: number): Promise<number> {
  const { db } = rooms
  const folder = join(rooms.config.dataDir, "media")
  const old = await oldFiles(folder, limit)
  if (!old.length) return 0
  const wanted = await picturesInUse(rooms, limit)
  let count = 0
  for (const hash of old.filter((hash) => !wanted.has(hash))) {
    // The row first: a picture whose file is missing is fetched again, a file without a row is found next time.
    await db.deleteFrom("pictures").where("sha256", "=", hash).execute()
    await unlink(join(folder, `${hash}.jpg`)).then(
      () => (count += 1),
      (error) => rooms.log.warn("a picture could not be removed", { hash, error: messageOf(error) }),
    )
  }
  return count
}

/** Hashes named by posts that are young, still live, or under hold. */
async function picturesInUse(rooms: Rooms, limit: number): Promise<Set<string>> {
  const { db } = rooms
  const held = await heldNow(db)
  const hashes = new Set<string>()
  for (let after = ""; ; ) {
    const rows = await db
      .selectFrom("delivery_posts")
      .innerJoin("deliveries", "deliveries.id", "delivery_posts.delivery_id")
      .select(["deliveries.id", "delivery_posts.content"])
      .where("deliveries.id", ">", after)
      .where((e) =>
        e.or([
          e("deliveries.updated_at", ">=", limit),
          e("deliveries.state", "in", ["waiting", "review", "held", "sending", "unknown"]),
          e.not(unheld(held, { unit: "deliveries.unit_id", article: "deliveries.article_id", at: "deliveries.created_at" })),
        ]),
      )
      .orderBy("deliveries.id")
      .limit(2_000)
      .execute()
    for (const { content } of rows) for (const [hash] of content.matchAll(/\b[0-9a-f]{64}\b/g)) hashes.add(hash)
    if (rows.length < 2_000) return hashes
    after = rows.at(-1)!.id
  }
}
