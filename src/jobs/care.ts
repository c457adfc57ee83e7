/**
 * The process looks after what it stands on: can the database be written, does the disk have room, did the clock jump. What is wrong is said
 * once, clearly; what was repaired by itself is said, too.
 */
import { existsSync, statfsSync } from "node:fs"
import { dirname } from "node:path"
import type { Rooms } from "../app.ts"
import { DAY, HOUR, MINUTE, SECOND, SteadyClock, type Clock } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { inTransaction, sql } from "../db/index.ts"

export interface CareState {
  /** Why nothing can be written, in words for the operator; null = all is well. */
  storage: string | null
  freeBytes: number | null
  jumpMs: number
}

const states = new WeakMap<object, CareState & { low: boolean; jumpSaid: boolean; taken: number; sinceMs: number | null }>()
const stateOf = (rooms: Rooms) => {
  // The container of rooms is made anew by tests and proxies; the clock and database are not.
  let state = states.get(rooms.db)
  if (!state) states.set(rooms.db, (state = { storage: null, freeBytes: null, jumpMs: 0, low: false, jumpSaid: false, taken: 0, sinceMs: null }))
  return state
}
export const careOf = (rooms: Rooms): CareState => stateOf(rooms)

/** What SQLite, PostgreSQL and the file system say when there is no room or no right to write; null for every other error. */
export function storageTrouble(error: unknown): string | null {
  const { code = "", errno = "" } = (error ?? {}) as { code?: unknown; errno?: unknown }
  const said = `${String(code)} ${String(errno)} ${messageOf(error)}`
  if (/SQLITE_FULL|\bENOSPC\b|\b53100\b|database or disk is full/.test(said))
    return "Đĩa đầy: không ghi được cơ sở dữ liệu. Không bài nào được đăng cho đến khi có chỗ trống; dọn đĩa, Loa tự chạy tiếp."
  if (/\b25006\b/.test(said))
    return "Cơ sở dữ liệu PostgreSQL chỉ đọc được (máy chủ dự phòng, hoặc đang bị đặt chỉ đọc). Không bài nào được đăng cho đến khi ghi được; Loa tự chạy tiếp."
  if (/SQLITE_READONLY|\bEROFS\b|attempt to write a readonly database/.test(said))
    return "Cơ sở dữ liệu chỉ đọc được: kiểm tra quyền của LOA_DATA và đĩa. Không bài nào được đăng cho đến khi ghi được; Loa tự chạy tiếp."
  if (/SQLITE_IOERR|SQLITE_CANTOPEN|\bEIO\b|disk I\/O error/.test(said))
    return "Đĩa lỗi: không ghi được cơ sở dữ liệu. Không bài nào được đăng; kiểm tra đĩa của LOA_DATA."
  return null
}

/** Every ten seconds beside the loops of `serve`. */
export async function care(rooms: Rooms): Promise<void> {
  await careForStorage(rooms)
  await careForClock(rooms)
  await rooms.alerts.flush()
}

async function careForStorage(rooms: Rooms) {
  const state = stateOf(rooms)
  const now = rooms.clock.now()
  const trouble = await canWrite(rooms)
  if (trouble !== null && state.storage === null) {
    state.sinceMs = now
    rooms.log.error("the database cannot be written: nothing is published until it can", { problem: trouble })
  }
  if (trouble === null && state.storage !== null) {
    rooms.log.warn("the database can be written again", { afterSeconds: Math.round((now - (state.sinceMs ?? now)) / SECOND) })
    // Now that it can be written: people learn that it happened.
    rooms.alerts.note({
      key: "storage.broken",
      kind: "storage.broken",
      severity: "high",
      unit: null,
      account: null,
      summary: `${state.storage} Đã ghi lại được sau ${Math.max(1, Math.round((now - (state.sinceMs ?? now)) / MINUTE))} phút.`,
      evidence: { from: state.sinceMs, to: now },
    })
  }
  state.storage = trouble
  if (rooms.config.dataDir === ":memory:") return
  const { bavail, bsize } = statfsSync(diskOf(rooms.config.dataDir))
  state.freeBytes = Number(bavail) * Number(bsize)
  const low = state.freeBytes < rooms.config.diskFreeMbMin * 1e6
  if (low && !state.low) {
    const megabytes = Math.round(state.freeBytes / 1e6)
    rooms.log.warn("little room is left on the disk", { megabytes })
    rooms.alerts.note({
      key: "storage.low",
      kind: "storage.low",
      severity: "high",
      unit: null,
      account: null,
      summary: `Đĩa của LOA_DATA chỉ còn ${megabytes} MB. Khi đầy, Loa không ghi được và sẽ dừng đăng.`,
      evidence: { megabytes, at: now },
    })
  }
  state.low = low
}

/** On PostgreSQL the folder is made with the first picture; until then its disk is that of the folder it will stand in. */
const diskOf = (folder: string): string => (existsSync(folder) ? folder : diskOf(dirname(folder)))

/** Room for a few posts: a write that fits into what is there already would not tell. */
const PROBE = "x".repeat(12_000)

async function canWrite(rooms: Rooms): Promise<string | null> {
  const row = { name: `care.${rooms.worker}`, value: PROBE, updated_at: rooms.clock.now() }
  try {
    await inTransaction(rooms.db, async (tx) => {
      await tx.insertInto("settings").values(row).execute()
      await tx.deleteFrom("settings").where("name", "=", row.name).execute()
    })
    return null
  } catch (error) {
    const trouble = storageTrouble(error)
    if (trouble === null) throw error
    return trouble
  }
}

const isSteady = (clock: Clock): clock is SteadyClock => clock instanceof SteadyClock

async function careForClock(rooms: Rooms) {
  const { clock, log } = rooms
  const state = stateOf(rooms)
  if (!isSteady(clock)) return
  state.jumpMs = clock.jump()
  if (state.jumpMs && !state.jumpSaid)
    log.error("the machine's clock jumped: publishing rests until the new time is taken over", { jumpMs: state.jumpMs })
  state.jumpSaid = state.jumpMs !== 0
  for (const jump of clock.taken.filter(({ at }) => at > state.taken)) {
    state.taken = jump.at
    const repaired = await repairTimes(rooms)
    log.warn("the machine's new time is taken over", { jumpMs: jump.ms, repaired })
    rooms.alerts.note({
      key: "clock.jumped", kind: "clock.jumped", severity: "medium", unit: null, account: null,
      summary: `Đồng hồ máy chủ nhảy ${jump.ms > 0 ? "tới" : "lùi"} ${lengthOf(Math.abs(jump.ms))}. Loa đã nghỉ đăng trong lúc đó, không bài nào bị đăng hai lần; kiểm tra dịch vụ giờ (chrony, systemd-timesyncd).`,
      evidence: { jumpMs: jump.ms, repaired, at: jump.at },
    })
  }
}

const lengthOf = (ms: number) =>
  ms < 2 * MINUTE
    ? `${Math.round(ms / SECOND)} giây`
    : ms < 2 * HOUR
      ? `${Math.round(ms / MINUTE)} phút`
      : ms < 2 * DAY
        ? `${Math.round(ms / HOUR)} giờ`
        : `${Math.round(ms / DAY)} ngày`

/** A pause longer than this was never meant by an honest clock (the longest one is a day); a post is planned for 60 days at most. */
const PAUSE_MAX = DAY + HOUR
const LEASE_MAX = 20 * MINUTE

/** Moments that a clock far in the future left behind would stop work for as long as it was wrong. Answers how many were brought near. */
export async function repairTimes(rooms: Rooms): Promise<number> {
  const now = rooms.clock.now()
  return inTransaction(rooms.db, async (tx) => {
    const counts = [
      await tx.updateTable("lanes").set({ lease_until: 0, owner: null }).where("lease_until", ">", now + LEASE_MAX).executeTakeFirst(),
      await tx.updateTable("lanes").set({ next_free_at: now }).where("next_free_at", ">", now + PAUSE_MAX).executeTakeFirst(),
      await tx.updateTable("lanes").set({ blocked_until: now }).where("blocked_until", ">", now + PAUSE_MAX).executeTakeFirst(),
      await tx.updateTable("feed_state").set({ lease_until: 0, owner: null }).where("lease_until", ">", now + LEASE_MAX).executeTakeFirst(),
      await tx.updateTable("feed_state").set({ due_at: now }).where("due_at", ">", now + PAUSE_MAX).executeTakeFirst(),
      // "Asked a moment ago" would hold for as long as the clock was wrong.
      await tx.updateTable("feed_state").set({ last_polled_at: now - DAY }).where("last_polled_at", ">", now).executeTakeFirst(),
      await tx.updateTable("feed_hosts").set({ blocked_until: now }).where("blocked_until", ">", now + PAUSE_MAX).executeTakeFirst(),
      await tx.updateTable("schedules").set({ lease_until: 0, owner: null }).where("lease_until", ">", now + LEASE_MAX).executeTakeFirst(),
      await tx.updateTable("account_tokens").set({ lease_until: 0, lease_owner: null }).where("lease_until", ">", now + LEASE_MAX).executeTakeFirst(),
      await tx.updateTable("throttles").set({ stopped_until: now }).where("stopped_until", ">", now + PAUSE_MAX).executeTakeFirst(),
      // A job that ran by the wrong time runs again when its pause is over by the right one.
      await tx.updateTable("schedules").set({ next_run_at: now }).where("last_run_at", ">", now).executeTakeFirst(),
      await tx
        .updateTable("deliveries")
        .set({ due_at: now })
        .where("state", "in", ["unknown", "sending"])
        .where("due_at", ">", now + PAUSE_MAX)
        .where("due_at", "<", sql.lit(9e15))
        .executeTakeFirst(),
    ]
    await tx.deleteFrom("leases").where("lease_until", ">", now + LEASE_MAX).execute()
    return counts.reduce((sum, { numUpdatedRows }) => sum + Number(numUpdatedRows), 0)
  })
}
