/**
 * The watch over Pages and OAs: joins networks (what is there), checks (how it is judged), registry (what should be there), alerts and the
 * outbox (whose lane stops). Reads first; then alerts and pauses are written; what was seen is stored last, so that a look cut short by a
 * crash sees the same changes again.
 */
import type { Rooms } from "../app.ts"
import {
  driftSignals,
  freezes,
  loadWatchSettings,
  readFacts,
  signalFact,
  signalKey,
  signOf,
  TAKEOVER_WINDOW_MS,
  takeoverParts,
  writeFact,
  type SeenPicture,
  type Signal,
  type WatchSettings,
} from "../alerts/index.ts"
import { DAY } from "../base/clock.ts"
import { defangDomains } from "../base/defang.ts"
import { messageOf } from "../base/errors.ts"
import { vnDateTime } from "../base/time.ts"
import { judgeName, nameKey, refreshObservations, rulesetOn, subjectOfUnit, type Observation, type SeenAccount } from "../checks/index.ts"
import { inTransaction } from "../db/index.ts"
import type { Account, NetworkAccount, ProfileOutcome } from "../model/index.ts"
import { keepEvidence } from "./evidence.ts"
import { createEyes } from "./eyes.ts"
import { Firewall } from "./firewall.ts"
import { runSoon } from "./timetable.ts"
import { adminSignals, adSignals, foreignPosts, integritySignals, subscriptionSignals, tokenSignals, type Facts, type Look } from "./watch-looks.ts"

export interface WatchTally {
  accounts: number
  seen: number
  failed: { account: string; reason: string }[]
  signals: number
  paused: string[]
}

/** Looks at every connected account, or at `only`; raises what it sees and stops the accounts somebody else may hold. */
export async function watchProfiles(rooms: Rooms, signal: AbortSignal, only?: readonly string[]): Promise<WatchTally> {
  const settings = loadWatchSettings(rooms.config.templatesDir)
  const accounts = await watched(rooms, only)
  const before = await rooms.checks.observationsAt(rooms.clock.now())
  const facts = await readFacts(rooms.db, accounts.map(({ account }) => account.id))
  const failed: WatchTally["failed"] = []
  const outcomes = await readProfiles(rooms, accounts, signal)
  const pictures = new Map<string, Uint8Array>()
  const seen = await judge(rooms, accounts, outcomes, failed, pictures)

  const looks = new Map<string, Look>()
  const firewall = new Firewall(rooms.config.registryDir)
  await sideBySide(accounts, signal, async ({ account, own }) => {
    const known: Facts = facts.get(account.id) ?? new Map<string, unknown>()
    const look: Look = { signals: [], facts: new Map() }
    looks.set(account.id, look)
    const outcome = outcomes.get(account.id)
    look.signals.push(...profileSignals(rooms, settings, account, outcome, seen.get(account.id), before.get(account.id)))
    if (outcome?.kind === "locked_out") rooms.alerts.note(lockoutFact(account, outcome))
    look.signals.push(...tokenSignals(await rooms.networks.of(own.network).tokenState(account.id), rooms.clock.now(), settings))
    const blind = blindness(rooms, known, outcome)
    look.facts.set("unreadSince", blind.since)
    look.signals.push(...blind.signals)
    if (outcome?.kind !== "read") return
    const parts = await Promise.allSettled([
      foreignPosts(rooms, firewall, settings, own, known, signal),
      adminSignals(rooms, own, known, signal),
      integritySignals(rooms, own, signal),
      adSignals(rooms, own, known, settings, signal),
      subscriptionSignals(rooms, own, known, settings, signal),
    ])
    for (const part of parts) {
      if (part.status === "rejected") {
        failed.push({ account: account.id, reason: messageOf(part.reason) })
        continue
      }
      look.signals.push(...part.value.signals)
      for (const [fact, value] of part.value.facts) look.facts.set(fact, value)
    }
  })

  const raised = accounts.flatMap(({ account }) => (looks.get(account.id)?.signals ?? []).map((entry) => ({ account, signal: entry })))
  for (const { signal: entry } of raised) {
    // What the alert shows by its hash must still be there when the police ask for it.
    const bytes = typeof entry.evidence.seen === "string" ? pictures.get(entry.evidence.seen) : undefined
    if (bytes) await keepEvidence(rooms.config.dataDir, bytes)
  }
  const paused = await raiseSignals(rooms, raised)
  await inTransaction(rooms.db, async (tx) => {
    for (const [id, look] of looks) for (const [fact, value] of look.facts) await writeFact(tx, id, fact, value, rooms.clock.now())
  })
  await rooms.checks.observe([...seen.values()])
  for (const { accountId, profile, avatarSha256 } of seen.values()) {
    if (profile)
      await rooms.registry.observe(
        accountId,
        { name: profile.name, ...(profile.handle ? { handle: profile.handle } : {}), ...(avatarSha256 ? { picture: avatarSha256 } : {}) },
        "job:watch",
      )
  }
  return { accounts: accounts.length, seen: seen.size, failed, signals: raised.length, paused }
}

interface Raised {
  account: Pick<Account, "id" | "unitId" | "name" | "network">
  signal: Signal
}

/** Signs that together mean a takeover become one more alert; one that a person has closed comes back only with a new sign. */
async function takeoversAmong(rooms: Rooms, seen: readonly Raised[]): Promise<Raised[]> {
  const { alerts, clock } = rooms
  const touched = new Map(seen.filter(({ signal }) => signOf(signal.kind)).map(({ account }) => [account.id, account]))
  if (!touched.size) return []
  const recent = (await alerts.between(clock.now() - TAKEOVER_WINDOW_MS, clock.now() + 1)).filter(
    (alert) => alert.account !== null && touched.has(alert.account),
  )
  return [...touched.values()].flatMap((account): Raised[] => {
    const own = recent.filter((alert) => alert.account === account.id)
    const parts = takeoverParts(own.filter((alert) => alert.state !== "closed" && alert.lastSeenAt > clock.now() - TAKEOVER_WINDOW_MS))
    const dealtWith = Math.max(0, ...own.filter((alert) => alert.kind === "page.takeover").map((alert) => alert.closedAt ?? 0))
    if (!parts.length || parts.every((part) => part.raisedAt <= dealtWith)) return []
    const signs = [...new Set(parts.map((part) => signOf(part.kind)!))]
    return [
      {
        account,
        signal: {
          kind: "page.takeover",
          text: `nhiều dấu hiệu chiếm quyền cùng lúc (${signs.join(", ")}).`,
          evidence: { signs, alerts: parts.map(({ id, kind, summary }) => ({ id, kind, summary })) },
        },
      },
    ]
  })
}

/** Writes the alerts, then stops the lanes. Also used by webhooks. A pause waits for a person: an alert that was acknowledged does not pause again. */
export async function raiseSignals(rooms: Rooms, seen: readonly Raised[]): Promise<string[]> {
  const { alerts, outbox } = rooms
  for (const { account, signal } of seen) alerts.note(signalFact(account, signal))
  const news = await alerts.flush()
  const takeovers = await takeoversAmong(rooms, seen)
  for (const { account, signal } of takeovers) alerts.note(signalFact(account, signal))
  await alerts.flush()
  // Who must hear of a stolen page hears of it in seconds, not with the next round.
  if (news.some((alert) => alert.severity === "critical")) await runSoon(rooms, "alert-messages")
  const raised = [...seen, ...takeovers]
  const hostile = raised.filter(({ signal }) => freezes(signal.kind))
  if (!hostile.length) return []
  const open = new Map((await alerts.list({ state: "open" })).map((alert) => [alert.key, alert]))
  const standing = new Set((await outbox.lanes()).filter((lane) => lane.paused_reason !== null).map((lane) => lane.account_id))
  const paused: string[] = []
  for (const { account, signal } of hostile) {
    const alert = open.get(signalKey(account.id, signal))
    if (!alert || standing.has(account.id)) continue
    standing.add(account.id)
    paused.push(account.id)
    await outbox.pause(account.id, "alert", `Cảnh báo ${alert.id}: ${signal.text}`)
  }
  return paused
}

interface Watched {
  account: Account
  own: NetworkAccount
}
/** Connected accounts; those never connected cannot be read and are the registry's business. */
async function watched(rooms: Rooms, only?: readonly string[]): Promise<Watched[]> {
  const list = rooms.view().accounts.flatMap((account): Watched[] => {
    const own = rooms.networkAccount(account.id)
    return own && (!only || only.includes(account.id)) ? [{ account, own }] : []
  })
  const states = await Promise.all(list.map(({ own }) => rooms.networks.of(own.network).tokenState(own.id)))
  return list.filter((_, i) => states[i]!.state !== "none")
}

/** Pages in batches of 50, OAs one by one. */
async function readProfiles(rooms: Rooms, accounts: readonly Watched[], signal: AbortSignal): Promise<Map<string, ProfileOutcome>> {
  const pages = accounts.filter(({ own }) => own.network === "facebook").map(({ own }) => own)
  const outcomes = pages.length > 1 ? await rooms.networks.facebook.profiles(pages, signal) : new Map<string, ProfileOutcome>()
  await sideBySide(
    accounts.filter(({ own }) => !outcomes.has(own.id)),
    signal,
    async ({ own }) => void outcomes.set(own.id, await rooms.networks.of(own.network).profile(own, signal)),
  )
  return outcomes
}

async function judge(
  rooms: Rooms,
  accounts: readonly Watched[],
  outcomes: ReadonlyMap<string, ProfileOutcome>,
  failed: WatchTally["failed"],
  pictures: Map<string, Uint8Array>,
): Promise<Map<string, SeenAccount>> {
  const { config, checks, networks, safeFetch, networkAccount } = rooms
  const seen = await refreshObservations(
    accounts.map(({ account }) => account),
    {
      ...createEyes({
        config,
        checks,
        networks,
        images: rooms.images,
        safeFetch,
        networkAccount,
        onPicture: (_, picture) => void (picture.verdict !== "match" && pictures.set(picture.sha256, picture.bytes)),
      }),
      readProfile: async (account) => outcomes.get(account.id) ?? { kind: "later", code: "stopped", reason: "Chưa đọc được trong lượt này." },
      unitOf: (account) => rooms.view().unitById(account.unitId),
      onFailure: (account, reason) => void failed.push({ account: account.id, reason }),
    },
  )
  return new Map(seen.map((entry) => [entry.accountId, entry]))
}

function profileSignals(
  rooms: Rooms,
  settings: WatchSettings,
  account: Account,
  outcome: ProfileOutcome | undefined,
  seen: SeenAccount | undefined,
  before: Observation | undefined,
): Signal[] {
  if (outcome?.kind === "gone")
    return [
      {
        kind: "page.lost",
        text: `không còn truy cập được trên nền tảng (${outcome.reason})`,
        evidence: { code: outcome.code, reason: outcome.reason },
      },
    ]
  if (outcome?.kind !== "read") return []
  return driftSignals({
    account,
    now: rooms.clock.now(),
    profile: outcome.profile,
    picture: { sha256: seen?.avatarSha256 ?? null, verdict: seen?.image?.verdict ?? null, explanation: seen?.image?.explanation ?? "" },
    before: before ? { profile: before.profile, picture: pictureOf(before) } : null,
    sameName: (a, b) => nameKey(a) === nameKey(b),
    lureIn: (name) => lureIn(rooms, account, name),
    safeText: (text) => defangDomains(text, rooms.view().isOwnHost),
    isOwnHost: rooms.view().isOwnHost,
    expiryDays: settings.expiryDays,
    expirySoonDays: settings.expirySoonDays,
  })
}

/** IMP-3 of the name rules, judged as if a stranger bore the name: the registry must not excuse the word. */
function lureIn(rooms: Rooms, account: Account, name: string): string | null {
  const unit = rooms.view().unitById(account.unitId)
  if (!unit) return null
  const { rulesets, gazetteer } = rooms.checks.rules
  const asOf = rooms.checks.today()
  const { findings } = judgeName({ unit: subjectOfUnit(unit), name, registered: false, ruleset: rulesetOn(rulesets, asOf), asOf, gazetteer })
  return /“(.+?)”/.exec(findings.find((finding) => finding.rule === "IMP-3")?.reason ?? "")?.[1] ?? null
}

const BLIND_MS = DAY
/** A page that cannot be read for a day is not watched; an answer of any kind ends the count. */
function blindness(rooms: Rooms, known: Facts, outcome: ProfileOutcome | undefined): { since: number | null; signals: Signal[] } {
  if (outcome && outcome.kind !== "later") return { since: null, signals: [] }
  const now = rooms.clock.now()
  const before = known.get("unreadSince")
  const since = typeof before === "number" ? before : now
  const reason = outcome?.reason ?? "chưa có câu trả lời"
  return {
    since,
    signals:
      now - since < BLIND_MS
        ? []
        : [{ kind: "page.unread", text: `không đọc được từ ${vnDateTime(since)}, không giám sát được (${reason})`, evidence: { since, reason } }],
  }
}

const pictureOf = (seen: Observation): SeenPicture => ({
  sha256: seen.avatarSha256,
  verdict: seen.image?.verdict ?? null,
  explanation: seen.image?.explanation ?? "",
})

/** The same thing as a lock-out met while publishing, hence the same key: one alert. */
function lockoutFact(account: Account, outcome: Extract<ProfileOutcome, { kind: "locked_out" }>) {
  return {
    key: `lockout:${account.id}:${outcome.needs}`,
    kind: `account.${outcome.needs}`,
    severity: "high" as const,
    unit: account.unitId,
    account: account.id,
    summary: `Không đọc được tài khoản ${account.name} (${account.id}): ${outcome.reason}`,
    evidence: { sign: "PAGE-TOKEN", code: outcome.code, needs: outcome.needs },
  }
}

const AT_ONCE = 6
async function sideBySide<Item>(items: readonly Item[], signal: AbortSignal, work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = queue.shift(); item !== undefined && !signal.aborted; item = queue.shift()) await work(item)
    }),
  )
}
