/** What `loa doctor` looks at on the machine itself: rights, room, key, fonts, pictures, clock, the timetable. */
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Rooms } from "../app.ts"
import { HOUR, MINUTE, SECOND, SteadyClock } from "../base/clock.ts"
import { checkout, type Config } from "../base/config.ts"
import { createSeal, loadOrCreateKey } from "../base/seal.ts"
import { messageOf } from "../base/errors.ts"
import { vnDateTime } from "../base/time.ts"

export type State = "ok" | "warn" | "fail"
export type Say = (name: string, state: State, detail: string) => void

const CLOCK_SKEW_MAX_MS = 10 * SECOND

/** Before the database is opened: a folder without rights explains everything after it. */
export async function checkMachine(config: Config, say: Say): Promise<void> {
  if (existsSync(config.dataDir)) {
    for (const path of [
      config.dataDir,
      ...["loa.sqlite", "media", "reports", "secret.key"].map((name) => join(config.dataDir, name)).filter(existsSync),
    ]) {
      const mode = statSync(path).mode
      try {
        accessSync(path, constants.R_OK | constants.W_OK)
      } catch {
        say("permission", "fail", `${path}: người chạy Loa không đọc hoặc không ghi được`)
      }
      if ((mode & 0o077) !== 0 && (path === config.dataDir || path.endsWith("loa.sqlite")))
        say(
          "permission",
          "warn",
          `${path}: người dùng khác trên máy đọc được (quyền ${(mode & 0o777).toString(8)}, nên là ${path === config.dataDir ? "700" : "600"})`,
        )
    }
    const { bavail, bsize } = statfsSync(config.dataDir)
    const free = Number(bavail) * Number(bsize)
    const least = config.diskFreeMbMin * 1e6
    say(
      "disk",
      free < least ? "fail" : free < 3 * least ? "warn" : "ok",
      `còn ${Math.round(free / 1e6)} MB${free < least ? ` (cần ít nhất ${config.diskFreeMbMin} MB)` : ""}`,
    )
  }
  try {
    const sharp = (await import("sharp")).default
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } }).jpeg().toBuffer()
    say("pictures", "ok", `sharp ${sharp.versions.sharp ?? ""}, libvips ${sharp.versions.vips}`)
  } catch (error) {
    say("pictures", "fail", `thư viện ảnh (sharp) không chạy được, bài sẽ không có ảnh: ${messageOf(error).split("\n")[0]}`)
  }
  const folder = [join(config.templatesDir, "fonts"), join(checkout, "templates", "fonts")].find(existsSync)
  const wanted = ["Regular", "Bold", "Italic", "BoldItalic"].map((style) => `LiberationSerif-${style}.ttf`)
  const present = folder ? readdirSync(folder) : []
  const missing = wanted.filter((name) => !present.includes(name))
  say(
    "fonts",
    missing.length ? "fail" : "ok",
    missing.length ? `thiếu ${missing.join(", ")} (templates/fonts): không tạo được báo cáo PDF` : "Liberation Serif",
  )
}

export async function checkKey(rooms: Rooms, say: Say): Promise<void> {
  const { config, db } = rooms
  const key = join(config.dataDir, "secret.key")
  if (existsSync(key) && (statSync(key).mode & 0o077) !== 0) return say("secret key", "fail", `${key} phải có quyền 0600`)
  const sealed = await db.selectFrom("account_tokens").select(["account_id", "secret"]).execute()
  if (!config.secretKey && !existsSync(key)) {
    return sealed.length
      ? say("secret key", "fail", `mất khóa: ${sealed.length} mã truy cập không mở được; đặt lại secret.key hoặc LOA_SECRET_KEY từ bản lưu`)
      : say("secret key", "ok", "sẽ được tạo khi kết nối tài khoản đầu tiên")
  }
  const seal = createSeal(loadOrCreateKey(config.dataDir, config.secretKey))
  const shut = sealed.filter(({ account_id, secret }) => {
    try {
      seal.open(secret, `account:${account_id}:v1`)
      return false
    } catch {
      return true
    }
  })
  say(
    "secret key",
    shut.length ? "fail" : "ok",
    shut.length
      ? `khóa không đúng: ${shut.length}/${sealed.length} mã truy cập không mở được (${shut
          .slice(0, 3)
          .map((row) => row.account_id)
          .join(", ")}); đặt lại đúng khóa hoặc kết nối lại`
      : `${config.secretKey ? "LOA_SECRET_KEY" : "secret.key"}, mở được ${sealed.length} mã truy cập`,
  )
}

export async function checkClock(rooms: Rooms, say: Say): Promise<void> {
  const { db, clock } = rooms
  const ownMs = clock instanceof SteadyClock ? clock.aheadMs() : 0
  if (Math.abs(ownMs) > CLOCK_SKEW_MAX_MS)
    return say(
      "clock",
      "warn",
      `đồng hồ máy này ${ownMs > 0 ? "nhanh" : "chậm"} ${Math.round(Math.abs(ownMs) / SECOND)} giây so với máy chủ cơ sở dữ liệu: Loa theo giờ của cơ sở dữ liệu, nhưng cần chỉnh lại dịch vụ giờ`,
    )
  // What was done "in the future" was done by a clock that has been put back since.
  const newest = await db.selectFrom("audit_log").select((e) => e.fn.max("at").as("at")).executeTakeFirst()
  const ahead = Number(newest?.at ?? 0) - clock.now()
  say(
    "clock",
    ahead > 2 * MINUTE ? "fail" : "ok",
    ahead > 2 * MINUTE
      ? `nhật ký đã có dòng lúc ${vnDateTime(Number(newest!.at))}, đồng hồ máy đang chậm ${Math.round(ahead / MINUTE)} phút hoặc đã từng nhanh`
      : vnDateTime(clock.now()),
  )
}

export async function checkTimetable(rooms: Rooms, say: Say): Promise<void> {
  const now = rooms.clock.now()
  const jobs = await rooms.db.selectFrom("schedules").selectAll().orderBy("name").execute()
  const late = jobs.filter((job) => Number(job.next_run_at) < now - HOUR && Number(job.lease_until) < now)
  for (const job of late)
    say("timetable", "fail", `${job.name}: lẽ ra chạy lúc ${vnDateTime(Number(job.next_run_at))}; loa serve có đang chạy không?`)
  for (const job of jobs.filter((job) => job.last_error !== null)) say("timetable", "warn", `${job.name}: lần chạy cuối lỗi: ${job.last_error}`)
  if (!late.length) say("timetable", "ok", `${jobs.length} việc định kỳ`)
}
