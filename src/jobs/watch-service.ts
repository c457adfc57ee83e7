/** The watch over Loa itself: posts that networks keep waiting, and people who guess passwords. */
import type { Rooms } from "../app.ts"
import { loadWatchSettings } from "../alerts/index.ts"
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { vnDateTime } from "../base/time.ts"
import { asNumber } from "../db/index.ts"
import type { AlertSeverity } from "../model/index.ts"
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
      const summary = `Cả ứng dụng ${network}: ${posts} bài của ${lanes.length} tài khoản ${wait}.`
      alerts.note({ key: `starved:${network}`, kind: "publish.starved", severity: "high", unit: null, account: null, summary, evidence })
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
  const rows = await db
    .selectFrom("login_failures")
    .select(["bucket", (row) => row.fn.countAll().as("count"), (row) => row.fn.max("at").as("last")])
    .where("at", ">", since)
    .groupBy("bucket")
    .execute()
  const noisy = rows.map(({ bucket, count, last }) => {
    const colon = bucket.indexOf(":")
    return { kind: bucket.slice(0, colon), who: bucket.slice(colon + 1), count: asNumber(count), last: Number(last) }
  })
  const tell = (key: string, severity: AlertSeverity, summary: string, evidence: Record<string, unknown>, kind = "login.guessing") =>
    alerts.note({ key: `login:${key}`, kind, severity, unit: null, account: null, summary, evidence: { sign: "LOGIN", ...evidence } })
  for (const { who, count, last } of noisy.filter((row) => row.kind === "account" && row.count >= loginFailures.account)) {
    const user = who.slice(0, 60)
    tell(`account:${who}`, "medium", `Có người thử mật khẩu của người dùng “${user}”: sai ${count} lần trong 15 phút.`, {
      user,
      failures: count,
      last,
    })
  }
  for (const { who, count, last } of noisy.filter((row) => row.kind === "code" && row.count >= loginFailures.account)) {
    const user = who.slice(0, 60)
    const summary = `Có người biết mật khẩu của người dùng “${user}” và đang dò mã xác thực: sai ${count} lần trong 15 phút.`
    tell(`code:${who}`, "high", summary, { user, failures: count, last })
  }
  for (const { who: address, count, last } of noisy.filter((row) => row.kind === "address" && row.count >= loginFailures.address)) {
    tell(`address:${address}`, "high", `Địa chỉ mạng ${address} dò mật khẩu: sai ${count} lần trong 15 phút.`, { address, failures: count, last })
    const entered = await db
      .selectFrom("sessions")
      .select(["user_id", "created_at"])
      .where("address", "=", address)
      .where("created_at", ">", since)
      .execute()
    for (const { user_id: user, created_at } of entered) {
      const summary =
        `Người dùng “${user}” đăng nhập được từ địa chỉ ${address} ngay khi địa chỉ này đang dò mật khẩu. ` +
        "Đề nghị đổi mật khẩu và kết thúc các phiên."
      tell(
        `entered:${address}:${user}`,
        "critical",
        summary,
        { user, address, failures: count, enteredAt: Number(created_at) },
        "login.after_guessing",
      )
    }
  }
  await alerts.flush()
}
