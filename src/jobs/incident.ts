/** Gathers what the rooms know around an alert into its incident file. Reads only. */
import type { Rooms } from "../app.ts"
import { readFile } from "node:fs/promises"
import { incidentFile, levelsOf, listObserved, loadChannelSettings, type TimelineEntry } from "../alerts/index.ts"
import { DAY } from "../base/clock.ts"
import { vnDateTime } from "../base/time.ts"
import { alertKindWord } from "../model/index.ts"
import { evidenceFile } from "./evidence.ts"
import { avatarFile } from "./eyes.ts"

const BEFORE_MS = 7 * DAY
const DELIVERIES_MAX = 500

export async function makeIncident(rooms: Rooms, alertId: string, madeBy: string): Promise<{ name: string; file: Buffer }> {
  const { db, clock, checks, outbox, audit, alerts } = rooms
  const alert = await alerts.find(alertId)
  const account = alert.account
  const from = alert.raisedAt - BEFORE_MS
  const profiles = account ? await checks.historyOf(account) : []
  const history = account ? await rooms.registry.accountHistory(account) : []
  const changes = [...(await audit.of(db, `alert:${alertId}`)), ...(account ? await audit.of(db, `account:${account}`) : [])].map((row) => ({
    ...row,
    at: Number(row.at),
    seq: Number(row.seq),
  }))
  const deliveries = account
    ? (await outbox.list({ account, limit: DELIVERIES_MAX })).filter((delivery) => Date.parse(delivery.publishedAt ?? delivery.createdAt) >= from)
    : []
  const events = account
    ? await db
        .selectFrom("webhook_events")
        .selectAll()
        .where("account_id", "=", account)
        .where("received_at", ">=", from)
        .orderBy("received_at")
        .limit(1_000)
        .execute()
    : []
  const levels = (await levelsOf(db, [alertId])).get(alertId) ?? []
  const observedId = alert.key.startsWith("impersonation:") ? alert.key.slice("impersonation:".length) : null
  const observed = observedId ? await listObserved(db, { ids: [observedId] }) : []
  if (observedId) changes.push(...(await audit.of(db, `observed:${observedId}`)).map((row) => ({ ...row, at: Number(row.at), seq: Number(row.seq) })))
  const around = (await alerts.between(from, alert.lastSeenAt + BEFORE_MS)).filter(
    (other) => other.id !== alertId && ((account !== null && other.account === account) || (alert.unit !== null && other.unit === alert.unit)),
  )
  const held = alert.kind.startsWith("feed.") && alert.unit ? await heldArticles(rooms, alert.unit, from) : []
  const messages = await db.selectFrom("alert_messages").selectAll().where("alert_id", "=", alertId).orderBy("due_at").execute()
  const sightings = Array.isArray(alert.evidence.sightings) ? (alert.evidence.sightings as Record<string, unknown>[]) : []

  const { escalation } = loadChannelSettings(rooms.config.templatesDir)
  const levelName = (level: string) => escalation.find((entry) => entry.level === level)?.name ?? level
  const timeline: TimelineEntry[] = [
    { at: alert.raisedAt, text: `Loa phát hiện: ${alert.summary}`, source: `alert ${alertId}` },
    ...sightings.flatMap((sighting, i) =>
      typeof sighting.at === "number" && sighting.at !== alert.raisedAt
        ? [{ at: sighting.at, text: "Tiếp tục thấy dấu hiệu này.", source: `alert ${alertId} lần ${sightings.length - i}` }]
        : [],
    ),
    ...profiles.map((seen) => ({
      at: seen.seenAt,
      text: seen.reachable
        ? `Hồ sơ trên nền tảng: tên “${seen.profile?.name ?? ""}”, địa chỉ “${seen.profile?.handle ?? ""}”, ảnh ${seen.avatarSha256?.slice(0, 12) ?? "không có"}.`
        : "Nền tảng báo tài khoản không còn.",
      source: "account_profiles",
    })),
    ...changes.map((row) => ({ at: row.at, text: `${row.actor}: ${actionWords[row.action] ?? row.action}`, source: `audit_log ${row.seq}` })),
    ...events.map((event) => ({ at: Number(event.received_at), text: `Nền tảng báo sự kiện ${event.kind}.`, source: `webhook_events ${event.id}` })),
    ...levels.map((entry) => ({ at: entry.at, text: `Chưa ai nhận xử lý: chuyển lên cấp ${levelName(entry.level)}.`, source: "alert_levels" })),
    ...around.map((other) => ({
      at: other.raisedAt,
      text: `Cảnh báo liên quan (${alertKindWord(other.kind)}): ${other.summary}`,
      source: `alert ${other.id}`,
    })),
    ...observed.map((page) => ({
      at: page.addedAt,
      text: `Ghi nhận trang “${page.name}” (${page.network}), nguồn: ${page.source === "person" ? page.addedBy : page.source}.`,
      source: `observed_pages ${page.id}`,
    })),
    ...held.map((article) => ({
      at: article.firstSeenAt,
      text: `Cổng đăng tin bị ${article.state === "blocked" ? "chặn" : "giữ"}: “${article.title.slice(0, 160)}”.`,
      source: `articles ${article.id}`,
    })),
    ...messages.flatMap((message) =>
      message.sent_at === null ? [] : [{ at: Number(message.sent_at), text: `Đã báo ${channelWord(message.channel)}.`, source: "alert_messages" }],
    ),
  ]
  const file = incidentFile({
    alert,
    unit: alert.unit ? (rooms.view().unitById(alert.unit)?.name ?? alert.unit) : "toàn tỉnh",
    madeAt: clock.now(),
    madeBy,
    timeline,
    documents: {
      "ho-so-tai-khoan": profiles,
      "lich-su-ten-anh": history,
      "nhat-ky": changes,
      "bai-dang": deliveries,
      "su-kien-webhook": events,
      "da-bao-tin": messages,
      "chuyen-cap": levels,
      "canh-bao-lien-quan": around,
      "trang-nghi-mao-danh": observed,
      "tin-bi-giu": held,
    },
    remarks: [
      ...observed.flatMap((page) => [
        `Trang bị phản ánh: ${page.url.replaceAll(".", "[.]").replace(/^http/, "hxxp")}`,
        ...(page.dueAt === null ? [] : [`Hạn xử lý: ${vnDateTime(page.dueAt)}`]),
      ]),
      ...levels.map((entry) => `Đã chuyển lên ${levelName(entry.level)} lúc ${vnDateTime(entry.at)}`),
    ],
    files: await pictures(rooms, [
      ...sightings.flatMap((sighting) => hashesIn(sighting)),
      ...profiles.flatMap((seen) => seen.avatarSha256 ?? []),
      ...observed.flatMap((page) => page.picture ?? []),
    ]),
  })
  return { name: `su-co-${alertId}.zip`, file }
}

const actionWords: Record<string, string> = {
  "alert.acknowledged": "nhận xử lý cảnh báo",
  "alert.closed": "đóng cảnh báo",
  "alert.passed_up": "chuyển cảnh báo lên cấp trên",
  "alert.escalated": "nâng mức cảnh báo",
  "alert.merged": "gộp cảnh báo",
  "account.paused": "tạm dừng đăng lên tài khoản",
  "account.resumed": "cho tài khoản đăng trở lại",
  "account.connected": "kết nối lại tài khoản",
  "observed.added": "ghi nhận trang lạ",
  "observed.changed": "cập nhật trang lạ",
  "observed.decided": "kết luận về trang lạ",
}
const channelWords: Record<string, string> = {
  email: "Trung tâm Thông tin tỉnh qua thư điện tử",
  centre: "Trung tâm Thông tin tỉnh qua thư điện tử (chưa ai nhận xử lý)",
  police: "PA05 qua thư điện tử",
  "zalo-group": "nhóm Zalo nội bộ (GMF)",
  webhook: "hệ thống khác qua webhook",
  "zalo-personal": "nhóm Zalo qua tài khoản cá nhân",
}
const channelWord = (channel: string) =>
  channelWords[channel] ?? (channel.startsWith("owner:") ? `người phụ trách đơn vị ${channel.slice(6)} qua thư điện tử` : `qua kênh ${channel}`)
const HELD_MAX = 200

async function heldArticles(rooms: Rooms, unitId: string, from: number) {
  const rows = await rooms.db
    .selectFrom("articles")
    .select(["id", "url", "title", "state", "reason", "first_seen_at", "published_at"])
    .where("unit_id", "=", unitId)
    .where("state", "in", ["held", "blocked"])
    .where("first_seen_at", ">=", from)
    .orderBy("first_seen_at")
    .limit(HELD_MAX)
    .execute()
  return rows.map(({ first_seen_at, published_at, ...row }) => ({
    ...row,
    firstSeenAt: Number(first_seen_at),
    publishedAt: published_at === null ? null : Number(published_at),
  }))
}

const hashesIn = (sighting: Record<string, unknown>) =>
  [sighting.seen, sighting.picture, sighting.before].filter((value): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value))
const PICTURES_MAX = 20
const PICTURE_BYTES_MAX = 5_000_000

/** The pictures that were kept; a hash without bytes stays a hash. */
async function pictures(rooms: Rooms, hashes: readonly string[]): Promise<{ name: string; data: Buffer }[]> {
  const found: { name: string; data: Buffer }[] = []
  for (const hash of [...new Set(hashes)].slice(0, PICTURES_MAX)) {
    const data = await readFile(evidenceFile(rooms.config.dataDir, hash)).catch(() => null)
    if (data && data.length <= PICTURE_BYTES_MAX) found.push({ name: `anh/${hash}${extensionOf(data)}`, data })
    if (data) continue
    // Of pictures that were right only the desk's small copy is kept; its name tells the hash of what was received.
    const small = await readFile(avatarFile(rooms.config.dataDir, hash)).catch(() => null)
    if (small) found.push({ name: `anh/${hash}-thu-nho.jpg`, data: small })
  }
  return found
}
function extensionOf(data: Buffer): string {
  if (data[0] === 0xff && data[1] === 0xd8) return ".jpg"
  if (data.subarray(0, 8).toString("latin1") === "\x89PNG\r\n\x1a\n") return ".png"
  return data.subarray(8, 12).toString("latin1") === "WEBP" ? ".webp" : ".bin"
}
