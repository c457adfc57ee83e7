/** Rules that hold between entries of the registry files; zod has already looked at each entry by itself. */
import type { Mistake } from "../base/errors.ts"
import { fromIsoDate } from "../base/time.ts"
import type { Unit } from "../model/unit.ts"
import { fieldName } from "./explain.ts"
import type { Route } from "./routes.ts"
import { isPublishing, livesOn } from "./view.ts"

/** Where an entry stands, so that a rule can name file and line. */
export type Report = (index: number, path: PropertyKey[], found: string, expected: string) => void

/** Remembers who used a value first; the second one is the mistake. */
class Once {
  private readonly first = new Map<string, string>()
  claim(key: string, owner: string): string | null {
    const other = this.first.get(key)
    if (other === undefined) this.first.set(key, owner)
    return other ?? null
  }
}

/** Judges all units together; `index` in reports is the position in `units`. */
export function judgeTogether(units: (Unit | null)[], report: Report, warn: Report): void {
  const unitIds = new Once()
  const accountIds = new Once()
  const remoteIds = new Once()
  const handles = new Once()
  const feedUrls = new Once()
  const known = new Set(units.flatMap((unit) => (unit ? [unit.id, ...unit.aliases] : [])))
  const whose = (id: string) => `giá trị chưa dùng (đã có ở "${id}")`
  units.forEach((unit, index) => {
    if (!unit) return
    for (const [path, id] of [[["id"], unit.id], ...unit.aliases.map((alias, i) => [["aliases", i], alias] as const)] as const) {
      const other = unitIds.claim(id, unit.id)
      if (other !== null) report(index, [...path], `"${id}"`, whose(other))
    }
    for (const [path, value] of datesOf(unit)) if (Number.isNaN(fromIsoDate(value))) report(index, path, `"${value}"`, "ngày có trong lịch")
    if (unit.begins && unit.ends && unit.begins > unit.ends) report(index, ["ends"], unit.ends, `không trước begins (${unit.begins})`)
    unit.successors.forEach((id, i) => {
      if (!known.has(id)) report(index, ["successors", i], `"${id}"`, "mã của một đơn vị có trong sổ")
      else if (id === unit.id) report(index, ["successors", i], `"${id}"`, "đơn vị khác với chính nó")
    })
    if (unit.successors.length && !unit.ends) warn(index, ["successors"], `${unit.successors.length} đơn vị`, "có ngày kết thúc (ends)")
    unit.portal?.feeds.forEach((feed, i) => {
      const other = feedUrls.claim(feed.url, unit.id)
      if (other !== null) report(index, ["portal", "feeds", i, "url"], feed.url, whose(other))
    })
    unit.accounts.forEach((account, i) => {
      const path = (field: string) => ["accounts", i, field]
      const sameId = accountIds.claim(account.id, unit.id)
      if (sameId !== null) report(index, path("id"), `"${account.id}"`, whose(sameId))
      if (account.remoteId) {
        const sameRemote = remoteIds.claim(`${account.network}:${account.remoteId}`, account.id)
        if (sameRemote !== null) report(index, path("remoteId"), `"${account.remoteId}"`, whose(sameRemote))
      } else if (isPublishing(account.network) && account.publish !== "off") {
        warn(index, path("remoteId"), "(thiếu)", "mã cố định của nền tảng; chưa có thì không đăng được")
      }
      if (account.handle) {
        const sameHandle = handles.claim(`${account.network}:${account.handle.toLowerCase()}`, account.id)
        if (sameHandle !== null) warn(index, path("handle"), `"${account.handle}"`, whose(sameHandle))
      }
      if (account.identity.date && account.identity.until && account.identity.date > account.identity.until) {
        report(index, [...path("identity"), "until"], account.identity.until, `không trước date (${account.identity.date})`)
      }
      if (account.identity.status === "verified" && !account.identity.basis) {
        warn(index, [...path("identity"), "basis"], "(thiếu)", "văn bản xác nhận chính danh")
      }
    })
  })
}

function* datesOf(unit: Unit): Generator<[PropertyKey[], string]> {
  if (unit.begins) yield [["begins"], unit.begins]
  if (unit.ends) yield [["ends"], unit.ends]
  for (const [i, former] of unit.formerNames.entries())
    if (typeof former === "object" && former.until) yield [["formerNames", i, "until"], former.until]
  for (const [i, account] of unit.accounts.entries()) {
    if (account.identity.date) yield [["accounts", i, "identity", "date"], account.identity.date]
    if (account.identity.until) yield [["accounts", i, "identity", "until"], account.identity.until]
    if (account.waiver) yield [["accounts", i, "waiver", "until"], account.waiver.until]
  }
}

export function judgeRoutes(routes: (Route | null)[], units: (Unit | null)[], report: Report): void {
  const unitIds = new Set(units.flatMap((unit) => (unit ? [unit.id, ...unit.aliases] : [])))
  const accountIds = new Set(units.flatMap((unit) => unit?.accounts.map((account) => account.id) ?? []))
  const ids = new Once()
  const missing = (index: number, path: PropertyKey[], list: string[], known: Set<string>, what: string) =>
    list.forEach((id, i) => void (known.has(id) || report(index, [...path, i], `"${id}"`, `mã của một ${what} có trong sổ`)))
  routes.forEach((route, index) => {
    if (!route) return
    if (ids.claim(route.id, route.id) !== null) report(index, ["id"], `"${route.id}"`, "mã chưa dùng")
    if (!route.enabled) return
    missing(index, ["when", "units"], route.when.units ?? [], unitIds, "đơn vị")
    missing(index, ["to", "units"], route.to.units, unitIds, "đơn vị")
    missing(index, ["to", "accounts"], route.to.accounts, accountIds, "tài khoản")
  })
}

export interface Counts {
  units: number
  living: number
  provincePortal: number
  departments: number
  communes: number
  wards: number
  accounts: number
  feeds: number
}

export function countUnits(units: Unit[], day: string): Counts {
  const living = units.filter((unit) => livesOn(unit, day))
  const of = (...kinds: string[]) => living.filter((unit) => kinds.includes(unit.kind)).length
  return {
    units: units.length,
    living: living.length,
    provincePortal: of("province_portal"),
    departments: of("department"),
    communes: of("commune"),
    wards: of("ward"),
    accounts: units.reduce((sum, unit) => sum + unit.accounts.length, 0),
    feeds: living.reduce((sum, unit) => sum + (unit.portal?.feeds.length ?? 0), 0),
  }
}

/** S11: 1 + 19 + 99 = 119. A folder with half the province or more claims to be the whole of it; a small one does not. */
export function provinceGap(counts: Counts, dir: string): Mistake | null {
  const { provincePortal, departments, communes, wards, living } = counts
  const whole = provincePortal === 1 && departments === 19 && communes + wards === 99
  if (whole || living < 60 || living > 400) return null
  return {
    file: dir,
    field: fieldName(["units"]),
    found: `${provincePortal} + ${departments} + ${communes + wards} = ${living}`,
    expected: "1 + 19 + 99 = 119 cổng (Kế hoạch 65/KH-UBND, mục II.8)",
  }
}
