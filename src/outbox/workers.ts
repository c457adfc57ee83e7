/** Which processes are alive. A lane or feed owned by a dead one is free at once on the same machine, else after its lease. */
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import type { Clock } from "../base/clock.ts"
import { newId } from "../base/hash.ts"
import { inTransaction, keepSharedTime, sql, type Db } from "../db/index.ts"
import { LEASE_MS } from "./deps.ts"

/** Boot-unique start time of a process, so that a reused pid is not mistaken for the old one. "" where /proc is missing. */
function pidStarted(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  } catch {
    return ""
  }
}

function runs(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
  return started === "" || pidStarted(pid) === started
}

/**
 * Where a process id means what it means here. Containers may share a host name, and every machine calls its first namespace the same:
 * taking a living process for a dead one would let two post at once.
 */
const place = (() => {
  const read = (work: () => string) => {
    try {
      return work().trim()
    } catch {
      return ""
    }
  }
  return [hostname(), read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")), read(() => readlinkSync("/proc/self/ns/pid"))].join(" ")
})()

export async function registerWorker(db: Db, clock: Clock): Promise<string> {
  const id = newId(clock.now())
  await keepWorker(db, clock, id)
  return id
}

const keepWorker = (db: Db, clock: Clock, id: string) =>
  db
    .insertInto("workers")
    .values({ id, host: place, pid: process.pid, pid_started: pidStarted(process.pid), heartbeat_at: clock.now() })
    // Others may have taken us for dead while we could not reach the database.
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ heartbeat_at: clock.now() }))
    .execute()

/** Says that we live. */
export async function beat(db: Db, clock: Clock, worker: string): Promise<void> {
  await keepSharedTime(db, clock)
  await keepWorker(db, clock, worker)
}

/** Frees what dead processes owned and turns their half-made posts into `unknown`, to be read back. Answers their ids. */
export async function recover(db: Db, clock: Clock): Promise<string[]> {
  const now = clock.now()
  const all = await db.selectFrom("workers").selectAll().execute()
  const dead = all.filter((w) => (w.host === place ? !runs(w.pid, w.pid_started) : Number(w.heartbeat_at) + 2 * LEASE_MS < now)).map((w) => w.id)
  await inTransaction(db, async (tx) => {
    if (dead.length) {
      await tx.updateTable("lanes").set({ owner: null, lease_until: 0 }).where("owner", "in", dead).execute()
      await tx.deleteFrom("workers").where("id", "in", dead).execute()
    }
    await tx
      .updateTable("deliveries")
      .set({
        // Our own death is no sign of a network that loses answers: `unknowns` stays, and reading back may repeat.
        state: "unknown" as const,
        looks: 0,
        // Look at once: finding the post settles it; not finding it proves nothing yet (settle.ts).
        due_at: now,
        code: "interrupted",
        reason: "Tiến trình dừng giữa chừng; đang đọc lại trang để biết bài đã đăng chưa.",
        updated_at: now,
      })
      .where("state", "=", sql.lit("sending"))
      .where("handle", "is", null)
      .where((e) => e("account_id", "in", e.selectFrom("lanes").select("account_id").where("lease_until", "<=", now)))
      .execute()
  })
  return dead
}

export const unregisterWorker = async (db: Db, worker: string) => {
  await db.updateTable("lanes").set({ owner: null, lease_until: 0 }).where("owner", "=", worker).execute()
  await db.deleteFrom("workers").where("id", "=", worker).execute()
}

/** Frees the lanes of a living worker but for `busy` ones. */
export async function letGo(db: Db, clock: Clock, worker: string, busy: string[]): Promise<void> {
  const now = clock.now()
  await inTransaction(db, async (tx) => {
    const lanes = await tx.selectFrom("lanes").select("account_id").where("owner", "=", worker).execute()
    const idle = lanes.map((lane) => lane.account_id).filter((account) => !busy.includes(account))
    for (let i = 0; i < idle.length; i += 200) {
      const part = idle.slice(i, i + 200)
      await tx
        .updateTable("deliveries")
        .set((e) => ({ state: "waiting" as const, due_at: now, intent_at: null, attempts: e("attempts", "-", 1), updated_at: now }))
        .where("account_id", "in", part)
        .where("state", "=", sql.lit("sending"))
        .where("handle", "is", null)
        .execute()
      await tx.updateTable("lanes").set({ owner: null, lease_until: 0 }).where("account_id", "in", part).where("owner", "=", worker).execute()
    }
  })
}
