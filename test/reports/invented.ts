/** An invented province of any size whose numbers follow from the day and the unit: the same range gives the same rows. */
import { DAY, HOUR, MINUTE } from "../../src/base/clock.ts"
import { fromIsoDate, isoDate, startOfDay } from "../../src/base/time.ts"
import type { DeliveryState } from "../../src/model/delivery.ts"
import type { Account, Unit, UnitKind } from "../../src/model/unit.ts"
import type { OpenFinding, ReachRow, ReportSources } from "../../src/reports/index.ts"

const words = ["An Bình", "Đông Mai", "Hòa Sơn", "Lạc Thủy", "Minh Đức", "Phú Lâm", "Tân Quý", "Vạn Xuân", "Yên Khê"]
const roll = (...parts: (string | number)[]) => {
  let hash = 2166136261
  for (const character of parts.join("|")) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619) >>> 0
  return hash / 2 ** 32
}

function account(unitId: string, network: "facebook" | "zalo", name: string, verified: boolean): Account {
  return {
    id: `${unitId}-${network}`,
    unitId,
    network,
    remoteId: String(100_000_000_000 + Math.floor(roll(unitId, network) * 1e9)),
    name,
    publish: "auto",
    languages: ["vi"],
    pace: { everyMinutes: 10, perDay: 12 },
    identity: { status: verified ? "verified" : "none" },
  }
}

function unit(kind: UnitKind, index: number): Unit {
  const place = `${words[index % words.length]} ${Math.floor(index / words.length) + 1}`
  const id = `${kind.replace("_", "-")}-${index + 1}`
  const name = kind === "province_portal" ? "Cổng Thông tin điện tử tỉnh Mẫu" : kind === "department" ? `Sở Mẫu số ${index + 1}` : `UBND ${kind === "ward" ? "phường" : "xã"} ${place}`
  const has = kind === "province_portal" || index % 17 !== 5
  const accounts = has ? [account(id, "facebook", name, index % 3 !== 0), ...(index % 4 === 0 ? [account(id, "zalo", name, true)] : [])] : []
  return {
    id,
    kind,
    name,
    nameVariants: [],
    aliases: [],
    formerNames: [],
    successors: [],
    formedFrom: [],
    homonymsIn: [],
    begins: "2025-07-01",
    ...(index % 11 === 3 ? {} : { owner: { name: `Người phụ trách ${index + 1}`, title: "Chánh Văn phòng", email: `${id}@mau.example` } }),
    accounts,
  }
}

export function inventedUnits(communes = 66, wards = 33, departments = 19): Unit[] {
  const many = (kind: UnitKind, count: number) => Array.from({ length: count }, (_, index) => unit(kind, index))
  return [...many("province_portal", 1), ...many("department", departments), ...many("commune", communes), ...many("ward", wards)]
}

const stateOf = (share: number): DeliveryState => (share < 0.9 ? "published" : share < 0.94 ? "held" : share < 0.97 ? "refused" : "waiting")

export function inventedSources(units = inventedUnits(), options: { articlesPerDay?: number } = {}): ReportSources {
  const perDay = options.articlesPerDay ?? 2
  const days = (from: number, to: number) => {
    const list: string[] = []
    for (let at = startOfDay(from); at < to; at += DAY) list.push(isoDate(at))
    return list
  }
  const cells = (from: number, to: number) => days(from, to).flatMap((day) => units.map((entry) => ({ day, entry, seen: Math.floor(roll(day, entry.id) * (perDay * 2 + 1)) })))
  const findings = (at: number): OpenFinding[] =>
    units.flatMap((entry, index): OpenFinding[] => {
      const base = { ruleset: "B2025", unit: entry.id, asOf: isoDate(at), seen: "", expected: "" }
      const since = fromIsoDate("2026-09-01") + (index % 60) * DAY
      if (!entry.accounts.length) {
        return [{ ...base, id: `f-${entry.id}-acc`, rule: "ACC-1", severity: "violation", account: null, basis: "Kế hoạch 65/KH-UBND, II.4", message: "Đơn vị chưa có tài khoản Facebook hoặc Zalo; đã quá hạn hoàn thành năm 2025.", since: fromIsoDate("2026-01-01") }]
      }
      const accountId = entry.accounts[0]!.id
      if (index % 13 === 2) return [{ ...base, id: `f-${entry.id}-img`, rule: "IMG-3", severity: "violation", account: accountId, basis: "Kế hoạch 65/KH-UBND, II.4", message: "Đề nghị thay ảnh đại diện bằng hình Quốc huy.", since }]
      if (index % 7 === 1) return [{ ...base, id: `f-${entry.id}-name`, rule: "NAME-C3", severity: "advice", account: accountId, basis: "Kế hoạch 65/KH-UBND, II.4", message: `Đề nghị đổi tên tài khoản thành “${entry.name}” (khuyến khích theo Kế hoạch số 65/KH-UBND).`, since }]
      return []
    })
  return {
    province: "Mẫu",
    units: async (at) => (at >= fromIsoDate("2025-07-01") ? units : null),
    findings: async (at) => findings(at).filter((finding) => finding.since <= at),
    checkedAccounts: async () => units.flatMap((entry, index) => (index % 19 === 7 ? [] : entry.accounts.map((own) => own.id))),
    articles: async (from, to) =>
      cells(from, to).flatMap(({ day, entry, seen }) => [
        ...(seen > 0 ? [{ day, unitId: entry.id, state: "routed" as const, count: seen }] : []),
        ...(roll(day, entry.id, "duplicate") < 0.1 ? [{ day, unitId: entry.id, state: "duplicate" as const, count: 1 }] : []),
      ]),
    deliveries: async (from, to) =>
      cells(from, to).flatMap(({ day, entry, seen }) =>
        seen === 0 ? [] : entry.accounts.map((own) => {
          const state = stateOf(roll(day, own.id, "state"))
          return { day, unitId: entry.id, accountId: own.id, network: own.network as "facebook" | "zalo", state, code: state === "published" ? null : `MA-${state}`, count: seen }
        }),
      ),
    lags: async (from, to) =>
      cells(from, to).flatMap(({ day, entry, seen }) =>
        entry.accounts.flatMap((own) =>
          stateOf(roll(day, own.id, "state")) !== "published" ? [] : Array.from({ length: seen }, (_, index) => {
            const lagMs = Math.round(roll(day, own.id, index) ** 4 * 20 * HOUR) + MINUTE
            return { deliveryId: `${day}-${own.id}-${index}`, unitId: entry.id, accountId: own.id, network: own.network as "facebook" | "zalo", publishedAt: fromIsoDate(day) + 8 * HOUR + lagMs, lagMs: roll(own.id, day, index) < 0.05 ? null : lagMs }
          }),
        ),
      ),
    followers: async (at) =>
      units.flatMap((entry, index) => entry.accounts.map((own) => ({ accountId: own.id, network: own.network as "facebook" | "zalo", value: index % 23 === 9 ? null : 1_000 + Math.floor(roll(own.id, "followers") * 9_000) + Math.floor(at / DAY) % 100, at }))),
    reach: async (from, to) =>
      cells(from, to).flatMap(({ day, entry }) =>
        entry.accounts.flatMap((own): ReachRow[] =>
          own.network === "zalo"
            ? [{ accountId: own.id, network: "zalo" as const, metric: "total_view", day, value: Math.floor(roll(day, own.id, "view") * 500), verdict: "ok" as const, unique: false }]
            : [
                { accountId: own.id, network: "facebook" as const, metric: "page_media_view", day, value: Math.floor(roll(day, own.id, "view") * 900), verdict: "ok" as const, unique: false },
                { accountId: own.id, network: "facebook" as const, metric: "page_total_media_view_unique", day, value: Math.floor(roll(day, own.id, "people") * 400), verdict: "ok" as const, unique: true },
                { accountId: own.id, network: "facebook" as const, metric: "page_views_total", day, value: null, verdict: "dead" as const, unique: false },
              ],
        ),
      ),
    alerts: async (from, to) =>
      days(from, to).flatMap((day, index) => {
        const entry = units[Math.floor(roll(day, "alert") * units.length)]!
        const raisedAt = fromIsoDate(day) + 9 * HOUR
        return raisedAt < from || raisedAt >= to ? [] : [{ id: `alert-${day}`, kind: index % 3 ? "feed.silent" : "page.name_changed", severity: index % 3 ? ("low" as const) : ("high" as const), unit: entry.id, account: null, state: index % 2 ? ("closed" as const) : ("acknowledged" as const), raisedAt, acknowledgedAt: raisedAt + 12 * MINUTE, closedAt: index % 2 ? raisedAt + 5 * HOUR : null, count: 1, summary: "Trang dẫn tới https://lua-dao.example/nhan-qua; đã tạm dừng đăng." }]
      }),
    reminders: async (at) => units.flatMap((entry, index) => (entry.accounts.length || index % 2 ? [] : [{ id: `r-${entry.id}`, unitId: entry.id, level: 1, escalated: false, sentAt: fromIsoDate("2026-10-05") + 9 * HOUR }])).filter((row) => row.sentAt <= at),
    feeds: async () => units.map((entry, index) => ({ feedId: `feed-${entry.id}`, unitId: entry.id, state: index % 29 === 4 ? ("failing" as const) : ("ok" as const), since: null })),
    registrations: async (from, to) => [{ id: "case-1", unitId: units[1]!.id, openedAt: from + DAY, closedAt: null }, { id: "case-2", unitId: units[2]!.id, openedAt: from - 3 * DAY, closedAt: from + DAY }].filter((row) => row.openedAt < to),
    evidence: async () =>
      units.flatMap((entry, index) => [
        { unitId: entry.id, signal: "news", items: index % 14, reposted: Math.floor((index % 14) / 2), proof: `${index % 14} tin, bài trong kỳ (nguồn feed-${entry.id})` },
        { unitId: entry.id, signal: "links", present: index % 5 !== 0, proof: "kiểm tra liên kết chân trang" },
        { unitId: entry.id, signal: "petitions", items: index % 3 === 0 ? 0 : 10, ...(index % 3 === 0 ? {} : { onTimePercent: 80 + (index % 3) * 10 }), proof: index % 3 === 0 ? "không phát sinh phản ánh, kiến nghị" : "10 phản ánh, kiến nghị" },
      ]),
  }
}
