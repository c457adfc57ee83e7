/**
 * Pages that imitate a unit: taken from people and from `accounts/observed/`, judged, one alert each with what to do and until when, looked
 * at again by the timetable. Only Facebook lets strangers' pages be read, and only with Page Public Content Access; what cannot be read
 * stays a task for a person with a date.
 */
import { readFile, stat } from "node:fs/promises"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Rooms } from "../app.ts"
import {
  changeObserved, keepObserved, listObserved, loadWatchSettings, parseObserved,
  type ObservedChange, type ObservedInput, type ObservedPage, type ObservedVerdict, type WatchSettings,
} from "../alerts/index.ts"
import { DAY, SECOND } from "../base/clock.ts"
import { defangDomains } from "../base/defang.ts"
import { InvalidInputError, messageOf, UsageError } from "../base/errors.ts"
import { idOf } from "../base/hash.ts"
import { vnDate } from "../base/time.ts"
import type { Expectation, ImageVerdict } from "../checks/index.ts"
import { inTransaction } from "../db/index.ts"
import type { AlertSeverity, NetworkAccount, Profile } from "../model/index.ts"
import { avatarHostAllowed } from "../networks/index.ts"
import { evidenceFile, keepEvidence } from "./evidence.ts"
import { judgeObserved } from "./observed-judge.ts"

export interface ObservedTally {
  pages: number
  judged: number
  suspects: string[]
  gone: string[]
  /** Could not be read by Loa: a person looks. */
  forPeople: number
}
const PICTURE_BYTES_MAX = 5_000_000
const FILE_BYTES_MAX = 4_000_000

/** Takes pages over, all or none; pictures named beside them are kept as evidence. Answers the ids, in order. */
export async function addObserved(
  rooms: Rooms,
  pages: readonly ObservedInput[],
  from: { source: string; folder: string },
  actor: string,
): Promise<{ id: string; isNew: boolean }[]> {
  const pictures = await readPictures(rooms, pages, from)
  return inTransaction(rooms.db, async (tx) => {
    const kept = []
    for (const [i, page] of pages.entries())
      kept.push(await keepObserved(tx, rooms.audit, { ...page, picture: pictures[i] ?? null, source: from.source }, actor, rooms.clock.now()))
    return kept
  })
}

async function readPictures(
  rooms: Rooms,
  pages: readonly ObservedInput[],
  { source, folder }: { source: string; folder: string },
): Promise<(string | null)[]> {
  const mistakes: { file: string; entry: string; field: string; found: string; expected: string }[] = []
  const files = await Promise.all(
    pages.map(async (page, i) => {
      if (!page.picture) return null
      const wrong = (expected: string) =>
        void mistakes.push({ file: source, entry: `mục ${i + 1}`, field: "picture", found: page.picture!, expected })
      try {
        const path = resolve(folder, page.picture)
        if ((await stat(path)).size > PICTURE_BYTES_MAX) return wrong(`tệp nhiều nhất ${PICTURE_BYTES_MAX} byte`)
        return await readFile(path)
      } catch (error) {
        return wrong(`tệp ảnh đọc được (${messageOf(error)})`)
      }
    }),
  )
  if (mistakes.length) throw new InvalidInputError(source, mistakes)
  return Promise.all(files.map((bytes) => (bytes ? keepEvidence(rooms.config.dataDir, bytes) : null)))
}

/** A YAML or JSON file of pages. */
export async function importObserved(rooms: Rooms, file: string, source: string, actor: string) {
  const text = await readText(file)
  return addObserved(rooms, parseObserved(text, source, (id) => rooms.view().unitById(id) !== undefined), { source, folder: dirname(file) }, actor)
}

async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > FILE_BYTES_MAX) throw new Error(`larger than ${FILE_BYTES_MAX} bytes`)
    return await readFile(file, "utf8")
  } catch (error) {
    throw new UsageError("file_not_found", `${file}: ${messageOf(error)}`)
  }
}

/** Everything of `accounts/observed/`; a file with mistakes is told in the log and spoils no other. */
export async function syncObservedFolder(rooms: Rooms): Promise<number> {
  const dir = join(rooms.config.registryDir, "observed")
  if (!existsSync(dir)) return 0
  let added = 0
  for (const name of readdirSync(dir).filter((entry) => /\.(ya?ml|json)$/i.test(entry)).sort()) {
    try {
      added += (await importObserved(rooms, join(dir, name), `observed/${name}`, "job:observed")).filter((page) => page.isNew).length
    } catch (error) {
      rooms.log.error("a file of observed pages has mistakes, nothing of it was taken", { file: `observed/${name}`, error: messageOf(error) })
    }
  }
  return added
}

/** The timetable's round: the folder, then every page whose time has come. */
export async function watchObserved(rooms: Rooms, signal: AbortSignal): Promise<ObservedTally> {
  await syncObservedFolder(rooms)
  return checkObserved(rooms, await listObserved(rooms.db, { dueBefore: rooms.clock.now() }), signal)
}

export async function checkObserved(rooms: Rooms, pages: readonly ObservedPage[], signal: AbortSignal): Promise<ObservedTally> {
  const tally: ObservedTally = { pages: pages.length, judged: 0, suspects: [], gone: [], forPeople: 0 }
  const settings = loadWatchSettings(rooms.config.templatesDir)
  const via = await reader(rooms)
  for (const page of pages) {
    if (signal.aborted) break
    await checkOne(rooms, settings, via, page, tally, signal)
  }
  await rooms.alerts.flush()
  return tally
}

/** Any connected Page lends its token: what strangers show needs the app's right, not the Page's. */
async function reader(rooms: Rooms): Promise<NetworkAccount | null> {
  for (const account of rooms.view().accounts) {
    const own = account.network === "facebook" ? rooms.networkAccount(account.id) : null
    if (own && (await rooms.networks.facebook.tokenState(own.id)).state === "ok") return own
  }
  return null
}

async function checkOne(
  rooms: Rooms,
  settings: WatchSettings,
  via: NetworkAccount | null,
  page: ObservedPage,
  tally: ObservedTally,
  signal: AbortSignal,
): Promise<void> {
  const now = rooms.clock.now()
  const key = page.remoteId ?? page.handle
  const read = page.network === "facebook" && via && key ? await rooms.networks.facebook.publicPage(via, key, signal) : null
  const set: ObservedChange = { checked_at: now, check_at: now + settings.impersonation.recheckDays * DAY }
  // Facebook says the same of pages that are gone and of pages closed to us: only who could read it before may conclude anything.
  if (read?.kind === "gone" && page.readBy === "network") return closeGone(rooms, page, set, read.reason, tally)
  const profile = read?.kind === "read" ? read.profile : null
  if (profile)
    Object.assign(set, {
      read_by: "network",
      name: profile.name,
      remote_id: profile.remoteId,
      handle: profile.handle ?? page.handle,
      picture: (await fetchPicture(rooms, profile)) ?? page.picture,
    })
  else tally.forPeople += 1
  // Taken down as far as anybody knows: what was once written of it is no news.
  if (!profile && page.state === "gone") return settle(rooms, page, set)
  const { name = page.name, remote_id: remoteId = page.remoteId, handle = page.handle, picture = page.picture } = set
  const seen: ObservedPage = { ...page, name, remoteId, handle, picture, readBy: profile ? "network" : page.readBy }
  const verdict = await judge(rooms, seen)
  const wasOpen = page.state === "suspect" || page.state === "reported"
  tally.judged += 1
  if (!verdict.severity) {
    await settle(rooms, page, {
      ...set,
      state: verdict.account ? "official" : "watching",
      verdict: JSON.stringify(verdict),
      due_at: null,
      told: null,
    })
    if (wasOpen) await closeAlert(rooms, page.id, "job:observed", verdict.account ? verdict.reasons[0]! : "Trang không còn dấu hiệu mạo danh.")
    return
  }

  tally.suspects.push(page.id)
  const told = idOf(seen.name, seen.handle ?? "", ...verdict.rules)
  const due = page.dueAt ?? now + settings.impersonation.dueDays[verdict.severity === "low" ? "medium" : verdict.severity] * DAY
  const overdue = page.dueAt !== null && page.dueAt < now && page.state === "suspect"
  const severity = overdue ? graver(verdict.severity) : verdict.severity
  // A person closed the alert and nothing has changed since: it stays closed, unless its date has passed.
  const standing = (await rooms.alerts.list({ key: alertKey(page.id) })).some((alert) => alert.state !== "closed")
  if (!wasOpen || standing || told !== page.told || overdue) rooms.alerts.note(alertFact(rooms, settings, seen, verdict, severity, due, overdue))
  // The next look is at the date at the latest, so that a missed one is noticed on its day.
  const next = page.state === "reported" ? set.check_at! : Math.min(set.check_at!, due > now ? due : set.check_at!)
  return settle(rooms, page, {
    ...set,
    state: page.state === "reported" ? "reported" : "suspect",
    verdict: JSON.stringify(verdict),
    told,
    due_at: page.state === "reported" ? null : due,
    check_at: next,
  })
}

const alertKey = (id: string) => `impersonation:${id}`
const graver = (severity: AlertSeverity): AlertSeverity => (severity === "low" ? "medium" : severity === "medium" ? "high" : "critical")
const settle = async (rooms: Rooms, page: ObservedPage, set: ObservedChange) =>
  void (await inTransaction(rooms.db, (tx) => changeObserved(tx, page.id, set)))

function alertFact(
  rooms: Rooms,
  settings: WatchSettings,
  page: ObservedPage,
  verdict: ObservedVerdict,
  severity: AlertSeverity,
  due: number,
  overdue: boolean,
) {
  const safe = (text: string) => defangDomains(text, rooms.view().isOwnHost)
  const unit = verdict.unit ? rooms.view().unitById(verdict.unit) : undefined
  const todo = [
    ...settings.impersonation.todo,
    ...(page.readBy === "person" ? ["Loa không tự đọc được trang này: người phụ trách xem lại trang trước hạn."] : []),
  ]
  return {
    key: alertKey(page.id),
    kind: "impersonation.suspected",
    severity,
    unit: unit?.id ?? null,
    account: null,
    summary: `${overdue ? "QUÁ HẠN XỬ LÝ. " : ""}Trang “${safe(page.name.slice(0, 120))}” (${page.network}) nghi mạo danh${unit ? ` ${unit.name}` : ""}: ${safe(verdict.reasons[0] ?? "")} Xử lý trước ngày ${vnDate(due)}.`,
    evidence: {
      sign: "IMPERSONATION",
      observed: page.id,
      page: { network: page.network, url: safe(page.url), name: page.name, handle: page.handle, remoteId: page.remoteId, note: safe(page.note) },
      picture: page.picture,
      rules: verdict.rules,
      reasons: verdict.reasons.map(safe),
      readBy: page.readBy,
      seenBy: page.addedBy,
      due,
      todo,
    },
  }
}

/** What the network no longer shows needs no more work: the page is gone, its alert is closed with the reason. */
async function closeGone(rooms: Rooms, page: ObservedPage, set: ObservedChange, reason: string, tally: ObservedTally): Promise<void> {
  tally.gone.push(page.id)
  await settle(rooms, page, { ...set, state: "gone", due_at: null, told: null })
  await closeAlert(rooms, page.id, "job:observed", `Nền tảng không còn hiển thị trang (${reason}).`)
}

export async function closeAlert(rooms: Rooms, observedId: string, actor: string, why: string): Promise<void> {
  await rooms.alerts.flush()
  for (const alert of await rooms.alerts.list({ key: alertKey(observedId) })) {
    if (alert.state !== "closed") await rooms.alerts.close(alert.id, actor, why)
  }
}

async function judge(rooms: Rooms, page: ObservedPage): Promise<ObservedVerdict> {
  return judgeObserved({
    page,
    picture: await judgePicture(rooms, page),
    units: rooms.view().livingUnits,
    rules: rooms.checks.rules,
    asOf: rooms.checks.today(),
  })
}

async function judgePicture(rooms: Rooms, page: ObservedPage): Promise<ImageVerdict | null> {
  if (!page.picture) return null
  const bytes = await readFile(evidenceFile(rooms.config.dataDir, page.picture)).catch(() => null)
  if (!bytes) return null
  const expect: Expectation[] = ["emblem", "logo:province", ...(page.unitHint ? [`logo:${page.unitHint}` as const] : [])]
  return rooms.images.judge(bytes, { expect })
}

async function fetchPicture(rooms: Rooms, profile: Profile): Promise<string | null> {
  if (!profile.avatar || profile.avatar.silhouette || !avatarHostAllowed(profile.avatar.url, rooms.config.facebook.graphUrl)) return null
  try {
    const answer = await rooms.safeFetch(profile.avatar.url, {
      maxBytes: PICTURE_BYTES_MAX,
      timeoutMs: 15 * SECOND,
      redirectsMax: 0,
      accept: "image/*",
    })
    return answer.status === 200 ? await keepEvidence(rooms.config.dataDir, answer.body) : null
  } catch (error) {
    rooms.log.info("the picture of an observed page could not be fetched", { page: profile.remoteId, error: messageOf(error) })
    return null
  }
}
