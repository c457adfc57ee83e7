/** The tables of the room, and their only writer: findings as episodes, what was seen of accounts, waivers people gave. */
import { idOf, newId } from "../../base/hash.ts"
import { inLine, type Db, type Tx } from "../../db/index.ts"
import type { FindingTable } from "../../db/tables/checks.ts"
import type { Finding } from "../../model/finding.ts"
import type { Profile } from "../../model/network.ts"
import type { ImageVerdict } from "../images/index.ts"
import type { LinkProof, Observation, Waiver } from "./facts.ts"

const CHUNK = 100

/** What makes two findings the same episode. */
const episodeKey = (finding: Pick<Finding, "unit" | "account" | "ruleset" | "rule" | "severity" | "seen" | "expected">) =>
  [finding.unit, finding.account ?? "", finding.ruleset, finding.rule, finding.severity, finding.seen, finding.expected].join("\u0000")

const toFinding = (row: FindingTable): Finding => ({
  ruleset: row.ruleset,
  rule: row.rule,
  severity: row.severity,
  unit: row.unit_id,
  account: row.account_id,
  asOf: row.as_of,
  seen: row.seen,
  expected: row.expected,
  basis: row.basis,
  message: row.message,
})

/** Findings open at the moment; `since` tells the age (S16). */
export async function readFindings(db: Db, at: number, unit?: string): Promise<(Finding & { id: string; since: number })[]> {
  let query = db.selectFrom("findings").selectAll().where("since", "<=", at).where((or) => or.or([or("until", "is", null), or("until", ">", at)]))
  if (unit) query = query.where("unit_id", "=", unit)
  const rows = await query.orderBy("unit_id").orderBy("rule").execute()
  return rows.map((row) => ({ ...toFinding(row), id: row.id, since: Number(row.since) }))
}

/** Closes episodes that are over and opens new ones; unchanged findings keep their row and their age. */
export async function writeFindings(tx: Tx, findings: readonly Finding[], now: number): Promise<{ opened: number; closed: number }> {
  await inLine(tx, "findings")
  const open = await tx.selectFrom("findings").selectAll().where("until", "is", null).execute()
  const wanted = new Map(findings.map((finding) => [episodeKey(finding), finding]))
  const standing = new Set<string>()
  const over: string[] = []
  for (const row of open) {
    const key = episodeKey(toFinding(row))
    if (wanted.has(key) && !standing.has(key)) standing.add(key)
    else over.push(row.id)
  }
  for (let i = 0; i < over.length; i += CHUNK)
    await tx
      .updateTable("findings")
      .set({ until: now })
      .where("id", "in", over.slice(i, i + CHUNK))
      .execute()
  const rows = [...wanted]
    .filter(([key]) => !standing.has(key))
    .map(([key, finding]): FindingTable => ({
      id: idOf(key, String(now)),
      unit_id: finding.unit,
      account_id: finding.account,
      ruleset: finding.ruleset,
      rule: finding.rule,
      severity: finding.severity,
      as_of: finding.asOf,
      seen: finding.seen,
      expected: finding.expected,
      basis: finding.basis,
      message: finding.message,
      since: now,
      until: null,
    }))
  for (let i = 0; i < rows.length; i += CHUNK)
    await tx
      .insertInto("findings")
      .values(rows.slice(i, i + CHUNK))
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute()
  return { opened: rows.length, closed: over.length }
}

export interface SeenAccount {
  accountId: string
  reachable: boolean
  profile: Profile | null
  avatarSha256: string | null
  image: ImageVerdict | null
  links: LinkProof | null
}

const stored = ({ raw: _raw, followers: _followers, ...profile }: Profile) => profile
const parse = <T>(text: string | null): T | null => (text ? (JSON.parse(text) as T) : null)

/** Keeps what was seen: a new row when something changed, else only the time of the last look. */
export async function writeObservations(tx: Tx, seen: readonly SeenAccount[], now: number): Promise<void> {
  if (seen.length) await stampChange(tx, now)
  for (const entry of seen) {
    const last = await tx
      .selectFrom("account_profiles")
      .selectAll()
      .where("account_id", "=", entry.accountId)
      .orderBy("seen_at", "desc")
      .limit(1)
      .executeTakeFirst()
    // A look that failed in part keeps what was known before.
    const row = {
      reachable: entry.reachable ? 1 : 0,
      profile: entry.profile ? JSON.stringify(stored(entry.profile)) : (last?.profile ?? "{}"),
      avatar_sha256: entry.avatarSha256 ?? (entry.profile?.avatar ? (last?.avatar_sha256 ?? null) : null),
      image_verdict: entry.image
        ? JSON.stringify(entry.image)
        : entry.avatarSha256 === null || entry.avatarSha256 === last?.avatar_sha256
          ? (last?.image_verdict ?? null)
          : null,
      links: entry.links ? JSON.stringify(entry.links) : (last?.links ?? null),
    }
    const same =
      last &&
      last.reachable === row.reachable &&
      last.profile === row.profile &&
      last.avatar_sha256 === row.avatar_sha256 &&
      last.image_verdict === row.image_verdict &&
      last.links === row.links
    if (same)
      await tx
        .updateTable("account_profiles")
        .set({ last_seen_at: now })
        .where("account_id", "=", entry.accountId)
        .where("seen_at", "=", last.seen_at)
        .execute()
    else {
      const values = { account_id: entry.accountId, seen_at: now, last_seen_at: now, ...row }
      await tx
        .insertInto("account_profiles")
        .values(values)
        .onConflict((conflict) => conflict.columns(["account_id", "seen_at"]).doUpdateSet(row))
        .execute()
    }
  }
}

const STAMP = "checks.stamp"
/** Says that observations or waivers changed: every process reads them again. */
export async function stampChange(tx: Tx, now: number): Promise<void> {
  const value = newId(now)
  await tx
    .insertInto("settings")
    .values({ name: STAMP, value, updated_at: now })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value, updated_at: now }))
    .execute()
}
export async function readStamp(db: Db): Promise<string> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", STAMP).executeTakeFirst()
  return row?.value ?? ""
}

/** What was known of every account at the moment. */
export async function readObservations(db: Db, at: number): Promise<Map<string, Observation>> {
  const rows = await db.selectFrom("account_profiles").selectAll().where("seen_at", "<=", at).orderBy("account_id").orderBy("seen_at").execute()
  const map = new Map<string, Observation>()
  for (const row of rows) {
    const earlier = map.get(row.account_id)
    const profile = row.profile === "{}" ? null : parse<Profile>(row.profile)
    map.set(row.account_id, {
      seenAt: Number(row.last_seen_at),
      reachable: row.reachable === 1,
      profile,
      avatarSha256: row.avatar_sha256,
      image: parse<ImageVerdict>(row.image_verdict),
      links: parse<LinkProof>(row.links),
      before: earlier
        ? { name: earlier.profile?.name ?? null, avatarSha256: earlier.avatarSha256, category: earlier.profile?.category ?? null }
        : null,
    })
  }
  return map
}

/** Every change that was seen of an account, oldest first: the snapshots of an incident file. */
export async function readProfileHistory(db: Db, accountId: string) {
  const rows = await db.selectFrom("account_profiles").selectAll().where("account_id", "=", accountId).orderBy("seen_at").execute()
  return rows.map((row) => ({
    seenAt: Number(row.seen_at),
    lastSeenAt: Number(row.last_seen_at),
    reachable: row.reachable === 1,
    profile: row.profile === "{}" ? null : parse<Omit<Profile, "raw" | "followers">>(row.profile),
    avatarSha256: row.avatar_sha256,
    image: parse<ImageVerdict>(row.image_verdict),
  }))
}

export interface StoredWaiver extends Waiver {
  id: string
  basis: string | null
  grantedBy: string
  grantedAt: number
}
export async function readWaivers(db: Db): Promise<StoredWaiver[]> {
  const rows = await db.selectFrom("waivers").selectAll().where("revoked_at", "is", null).orderBy("granted_at").execute()
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    rules: JSON.parse(row.rules) as string[],
    reason: row.reason,
    basis: row.basis,
    until: row.ends_on,
    grantedBy: row.granted_by,
    grantedAt: Number(row.granted_at),
  }))
}
