import { lookup } from "node:dns/promises"
import type { Rooms } from "../app.ts"
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import { asNumber, inTransaction, sql } from "../db/index.ts"
import { alertHealth } from "../jobs/alert-messages.ts"
import { isPublishing } from "../registry/index.ts"
import type { Command } from "./command.ts"
import { checkClock, checkKey, checkMachine, checkTimetable, type Say, type State } from "./doctor-checks.ts"

interface Check {
  name: string
  state: State
  detail: string
}
const CLOCK_SKEW_MAX_MS = 60_000
/** What a person reads; the JSON keeps the names. */
const names: Record<string, string> = {
  configuration: "cấu hình",
  rules: "quy tắc",
  machine: "máy chủ",
  disk: "ổ đĩa",
  pictures: "xử lý ảnh",
  fonts: "phông chữ",
  database: "cơ sở dữ liệu",
  "secret key": "khóa bí mật",
  clock: "đồng hồ",
  timetable: "lịch việc",
  "audit log": "nhật ký",
  audit: "nhật ký",
  registry: "sổ đăng ký",
  token: "mã truy cập",
  tokens: "mã truy cập",
  work: "hàng chờ",
  paused: "tạm dừng",
  feeds: "nguồn tin",
  alerts: "cảnh báo",
  facebook: "Facebook",
  zalo: "Zalo",
}

export const doctorCommand: Command = {
  name: "doctor",
  summary: {
    vi: "Khám: cấu hình, cơ sở dữ liệu, đồng hồ, mã truy cập, việc bị kẹt, kết nối",
    en: "Configuration, schema, clock, tokens, stuck work, reachability",
  },
  async run({ app, lang }) {
    const checks: Check[] = []
    const say = (name: string, state: State, detail: string) => void checks.push({ name, state, detail })
    const attempt = async (name: string, work: () => Promise<void>) => {
      try {
        await work()
      } catch (error) {
        say(name, "fail", messageOf(error))
      }
    }
    say("configuration", "ok", `${app.config.mode}, PUBLISH_TO ${app.config.publishTo === "*" ? "*" : `${app.config.publishTo.size} tài khoản`}`)
    await attempt("rules", async () => say("rules", "ok", `${app.checks.rules.rulesets.map((ruleset) => ruleset.id).join(", ")}`))
    await attempt("machine", () => checkMachine(app.config, say))
    let rooms: Rooms | null = null
    await attempt("database", async () => {
      rooms = await app.open({ apply: "lenient" })
      await examine(rooms, say, attempt)
    })
    const words: Record<State, string> = lang === "en" ? { ok: "ok  ", warn: "warn", fail: "FAIL" } : { ok: "tốt", warn: "chú ý", fail: "HỎNG" }
    const worst = checks.some((check) => check.state === "fail") ? 1 : 0
    return {
      exit: worst,
      json: { ok: worst === 0, checks },
      text: checks
        .map(
          (check) => `${words[check.state].padEnd(6)} ${(lang === "en" ? check.name : (names[check.name] ?? check.name)).padEnd(14)} ${check.detail}`,
        )
        .join("\n"),
    }
  },
}

async function examine(rooms: Rooms, say: Say, attempt: (name: string, work: () => Promise<void>) => Promise<void>) {
  const { db, config, clock } = rooms
  const now = clock.now()
  await attempt("database", async () => {
    const applied = await db.selectFrom("schema_version" as never).select(sql<number>`count(*)`.as("n")).executeTakeFirst()
    if (rooms.engine === "sqlite") {
      const [row] = (await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(db)).rows
      if (row?.quick_check !== "ok") return say("database", "fail", `SQLite: ${row?.quick_check}`)
    }
    say("database", "ok", `${rooms.engine}, ${asNumber((applied as { n: unknown } | undefined)?.n)} bước lược đồ`)
  })
  await attempt("secret key", () => checkKey(rooms, say))
  await attempt("clock", () => checkClock(rooms, say))
  await attempt("timetable", () => checkTimetable(rooms, say))
  await attempt("audit", async () => {
    const broken = await rooms.audit.verify(db)
    say("audit log", broken === null ? "ok" : "fail", broken === null ? "chuỗi nhật ký nguyên vẹn" : `chuỗi nhật ký đứt ở dòng ${broken}`)
  })
  await attempt("registry", async () => {
    const view = rooms.view()
    const check = rooms.registry.check(config.registryDir)
    const counts = `${view.livingUnits.length} đơn vị, ${view.accounts.length} tài khoản, ${view.feeds.length} nguồn tin`
    const warnings = check.warnings.length ? `; ${check.warnings.length} điều cần xem (loa registry check)` : ""
    say(
      "registry",
      check.mistakes.length ? "fail" : check.warnings.length ? "warn" : "ok",
      check.mistakes.length
        ? `${check.mistakes.length} lỗi trong thư mục (loa registry check)`
        : `${counts}${warnings}`,
    )
  })
  await attempt("tokens", async () => {
    for (const account of rooms.view().accounts) {
      if (!isPublishing(account.network) || !account.remoteId || account.publish === "off") continue
      const token = await rooms.networks.of(account.network).tokenState(account.id)
      if (token.state === "none") say("token", "warn", `${account.id}: chưa kết nối (loa account connect ${account.id})`)
      else if (token.state === "needs_reauth") say("token", "fail", `${account.id}: ${token.reason ?? "cần cấp quyền lại"}`)
      else if (token.refreshExpiresAt !== null && token.refreshExpiresAt < now + 14 * DAY)
        say("token", "warn", `${account.id}: hết hạn ngày ${vnDate(token.refreshExpiresAt)}`)
    }
  })
  await attempt("work", async () => {
    const stuck = await db
      .selectFrom("deliveries")
      .select((e) => e.fn.countAll().as("n"))
      .where("state", "=", sql.lit("sending"))
      .where("due_at", "<", now - HOUR)
      .executeTakeFirstOrThrow()
    const counts = await rooms.outbox.counts()
    say(
      "work",
      asNumber(stuck.n) ? "fail" : "ok",
      `chờ ${counts.waiting}, duyệt ${counts.review}, giữ ${counts.held}, chưa rõ ${counts.unknown}${asNumber(stuck.n) ? `, kẹt ${asNumber(stuck.n)}` : ""}`,
    )
    const paused = (await rooms.outbox.lanes()).filter((lane) => lane.paused_reason !== null)
    for (const lane of paused) say("paused", "warn", `${lane.account_id}: ${lane.paused_reason}`)
  })
  await attempt("feeds", async () => {
    const health = await inTransaction(db, (tx) => rooms.feeds.health(tx, now))
    const ill = health.filter((feed) => feed.active && (feed.failures > 2 || feed.quarantined || feed.stopped))
    say(
      "feeds",
      ill.length ? "warn" : "ok",
      ill.length
        ? ill
            .slice(0, 5)
            .map((feed) => `${feed.unitId}: ${feed.quarantined ? "bị cách ly" : (feed.stopped ?? feed.lastReason ?? "lỗi")}`)
            .join("; ")
        : `${health.length} nguồn tin`,
    )
  })
  await attempt("alerts", async () => {
    for (const { state, detail } of await alertHealth(rooms)) say("alerts", state, detail)
  })
  // Without a token both answer an error of their own: enough to see that they are there and what time it is with them.
  const { facebook, zalo } = config
  for (const [name, url] of [
    ["facebook", `${facebook.graphUrl}/${facebook.version}/me/accounts`],
    ["zalo", `${zalo.apiUrl}/v2.0/oa/getoa`],
  ] as const) {
    await attempt(name, async () => {
      const { hostname } = new URL(url)
      if (!/^[\d.:[\]]+$/.test(hostname)) await lookup(hostname)
      const began = clock.now()
      const answer = await fetch(url, { method: "GET", redirect: "manual", signal: AbortSignal.timeout(5_000) })
      const said = Date.parse(answer.headers.get("date") ?? "")
      const skew = Number.isNaN(said) ? 0 : Math.abs(said - (began + clock.now()) / 2)
      say(
        name,
        skew > CLOCK_SKEW_MAX_MS ? "fail" : "ok",
        skew > CLOCK_SKEW_MAX_MS
          ? `đồng hồ lệch ${Math.round(skew / MINUTE)} phút: appsecret_proof sẽ bị từ chối`
          : `trả lời được (HTTP ${answer.status})`,
      )
    })
  }
}
