/** The watch over Loa itself: posts that networks keep waiting, and people who guess passwords. */
import type { Rooms } from "../app.ts"
import { loadWatchSettings } from "../alerts/index.ts"
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { vnDateTime } from "../base/time.ts"
import { asNumber } from "../db/index.ts"
import { starvedLanes, type StarvedLane } from "../outbox/index.ts"

/** An app-wide silence blocks every lane of the network until the same moment. */
const APP_LANES_MIN = 3

/** Rate-limit starvation: one alert an account, or one for the whole app when its lanes were silenced together. */
export async function watchStarvation(rooms: Rooms): Promise<void> {
  const { alerts, clock, config, db } = rooms
  const { starvedHours } = loadWatchSettings(config.templatesDir)
  const now = clock.now()
  const starved = await starvedLanes(db, now, now - starvedHours * HOUR)
  const together = new Map<string, StarvedLane[]>()
  for (const lane of starved) {
    const key = `${lane.network} ${lane.blockedUntil}`
    together.set(key, [...(together.get(key) ?? []), lane])
  }
  for (const lanes of together.values()) {
    const [{ network, blockedUntil }] = lanes as [StarvedLane]
    const since = Math.min(...lanes.map((lane) => lane.since))
    const posts = lanes.reduce((sum, lane) => sum + lane.waiting, 0)
    const wait = `chờ từ ${vnDateTime(since)} vì nền tảng giới hạn số lần gọi${blockedUntil > now ? `, mở lại lúc ${vnDateTime(blockedUntil)}` : ""}`
    const evidence = { posts, since, blockedUntil, accounts: lanes.map((lane) => lane.accountId).slice(0, 200) }
    if (lanes.length >= APP_LANES_MIN && blockedUntil > now) {
      alerts.note({ key: `starved:${network}`, kind: "publish.starved", severity: "high", unit: null, account: null, summary: `Cả ứng dụng ${network}: ${posts} bài của ${lanes.length} tài khoản ${wait}.`, evidence })
      continue
    }
    for (const lane of lanes) {
      const account = rooms.view().accountById(lane.accountId)
      alerts.note({
        key: `starved:${lane.accountId}`,
        kind: "publish.starved",
        severity: now - lane.since > DAY ? "high" : "medium",
        unit: account?.unitId ?? null,
        account: lane.accountId,
        summary: `Tài khoản ${account?.name ?? lane.accountId}: ${lane.waiting} bài ${wait}.`,
        evidence: { posts: lane.waiting, since: lane.since, blockedUntil: lane.blockedUntil },
      })
    }
  }
  await alerts.flush()
}

const LOGIN_WINDOW_MS = 15 * MINUTE

/** Log-in abuse: guessed passwords per account and per address, and a log-in that follows a series of guesses from the same address. */
export async function watchLogins(rooms: Rooms): Promise<void> {
  const { alerts, clock, config, db } = rooms
  const { loginFailures } = loadWatchSettings(config.templatesDir)
  const since = clock.now() - LOGIN_WINDOW_MS
  const rows = await db.selectFrom("login_failures").select(["bucket", (row) => row.fn.countAll().as("count"), (row) => row.fn.max("at").as("last")]).where("at", ">", since).groupBy("bucket").execute()
  const noisy = rows.map((row) => ({ kind: row.bucket.split(":")[0]!, who: row.bucket.slice(row.bucket.indexOf(":") + 1), count: asNumber(row.count), last: Number(row.last) }))
  const fact = { unit: null, account: null, kind: "login.guessing" }
  for (const { who, count, last } of noisy.filter((row) => row.kind === "account" && row.count >= loginFailures.account)) {
    alerts.note({ ...fact, key: `login:account:${who}`, severity: "medium", summary: `Có người thử mật khẩu của người dùng “${who.slice(0, 60)}”: sai ${count} lần trong 15 phút.`, evidence: { sign: "LOGIN", user: who.slice(0, 60), failures: count, last } })
  }
  for (const { who, count, last } of noisy.filter((row) => row.kind === "code" && row.count >= loginFailures.account)) {
    alerts.note({ ...fact, key: `login:code:${who}`, severity: "high", summary: `Có người biết mật khẩu của người dùng “${who.slice(0, 60)}” và đang dò mã xác thực: sai ${count} lần trong 15 phút.`, evidence: { sign: "LOGIN", user: who.slice(0, 60), failures: count, last } })
  }
  const addresses = noisy.filter((row) => row.kind === "address" && row.count >= loginFailures.address)
  for (const { who, count, last } of addresses) {
    alerts.note({ ...fact, key: `login:address:${who}`, severity: "high", summary: `Địa chỉ mạng ${who} dò mật khẩu: sai ${count} lần trong 15 phút.`, evidence: { sign: "LOGIN", address: who, failures: count, last } })
    const entered = await db.selectFrom("sessions").select(["user_id", "created_at"]).where("address", "=", who).where("created_at", ">", since).execute()
    for (const session of entered) {
      alerts.note({ ...fact, key: `login:entered:${who}:${session.user_id}`, kind: "login.after_guessing", severity: "critical", summary: `Người dùng “${session.user_id}” đăng nhập được từ địa chỉ ${who} ngay khi địa chỉ này đang dò mật khẩu. Đề nghị đổi mật khẩu và kết thúc các phiên.`, evidence: { sign: "LOGIN", user: session.user_id, address: who, failures: count, enteredAt: Number(session.created_at) } })
    }
  }
  await alerts.flush()
}
