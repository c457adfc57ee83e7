/**
 * Who plays in the rehearsal: every unit gets a portal, a Facebook Page and a Zalo OA with made-up permanent ids; some
 * are wrong on purpose, so that `loa check` has something of every kind to say (rules.md sections 3 to 7).
 */
import { isoDate } from "../base/time.ts"
import { DAY } from "../base/clock.ts"
import { accountFile, portalFile, type AccountFile, type NetworkName, type UnitFile } from "../model/index.ts"
import { digitsOf, hashOf } from "./random.ts"
import type { AccountTuning, AvatarKind } from "./types.ts"

export interface Member {
  file: AccountFile
  unitId: string
  /** How the network shows it at the start. */
  shown: Required<
    Pick<
      AccountTuning,
      "name" | "handle" | "about" | "description" | "category" | "website" | "published" | "followers" | "avatar" | "exists" | "verified"
    >
  > &
    AccountTuning
  /** Does the network hand out a token for it (a Page or an OA that exists)? */
  connectable: boolean
}
export interface Cast {
  units: UnitFile[]
  members: Member[]
  /** Units whose portal does not link to their accounts: half of the two-way proof is missing. */
  silentPortals: Set<string>
}
export interface Addresses {
  portal(unitId: string): string
  feed(unitId: string): string
  /** The page where a person sees the account. */
  person(network: NetworkName, remoteId: string): string
}

/** One deliberate mistake. `to` says what is wrong on which account; null = the unit simply lacks that account. */
interface Mistake {
  network?: NetworkName
  file?: Partial<AccountFile>
  shown?: AccountTuning
  /** Remove the accounts of this network ("all" = of both). */
  without?: NetworkName | "all"
  /** One more account beside the right ones. */
  extra?: Partial<AccountFile> & { network: AccountFile["network"] }
  silentPortal?: boolean
}
type Spoil = (unit: UnitFile, others: UnitFile[], today: number) => Mistake

const kindWord = (unit: UnitFile) => (unit.kind === "ward" ? "phường" : "xã")
const placeOf = (unit: UnitFile) => unit.name.replace(/^(UBND|Ủy ban nhân dân)\s+/i, "").replace(/^(xã|phường)\s+/i, "")
const kindAndPlace = (unit: UnitFile) => `${kindWord(unit)} ${placeOf(unit)}`
const named = (name: string, network: NetworkName = "facebook"): Mistake => ({ network, file: { name }, shown: { name } })

const departmentMistakes: Spoil[] = [
  () => ({ network: "facebook", shown: { avatar: "emblem" } }),
  () => named("Sở Thông tin và Truyền thông tỉnh Bắc Ninh", "zalo"),
  (unit) => named(unit.name.replace(/^Sở /, "Sở ").replace(" tỉnh Bắc Ninh", " BN"), "facebook"),
  (unit) => named(unit.name.replace("tỉnh Bắc Ninh", "tỉnh Bắc Giang"), "zalo"),
  () => ({ network: "facebook", shown: { avatar: "police" } }),
  (unit) => named(unit.name.toUpperCase(), "zalo"),
]
const communeMistakes: Spoil[] = [
  (_, others) => named(`UBND ${kindAndPlace(others[0]!)}`),
  () => named("UBND huyện Yên Phong"),
  // A Cyrillic letter that no eye tells from the Latin B.
  (unit) => named(`U\u0412ND ${kindAndPlace(unit)}`),
  (unit) => named(`UBND ${kindAndPlace(unit)} - Hỗ trợ thu hồi tiền`),
  () => ({ network: "facebook", shown: { avatar: "building" } }),
  () => ({ network: "facebook", shown: { avatar: "silhouette" } }),
  () => ({ without: "all" }),
  (unit) => ({ network: "facebook", file: { kind: "group", name: `Nhóm ${kindAndPlace(unit)}` }, shown: { exists: false } }),
  () => ({ network: "zalo", file: { identity: { status: "none" } }, shown: { verified: false } }),
  (unit) => ({ extra: { network: "facebook", name: `Truyền thông ${kindAndPlace(unit)}` } }),
  () => ({ silentPortal: true }),
  () => ({ network: "facebook", shown: { website: "https://trang-rieng.example/" } }),
  (unit) => named(`UBND ${unit.kind === "ward" ? "xã" : "phường"} ${placeOf(unit)}`),
  (unit) => named(`Công an ${kindAndPlace(unit)}`),
  (unit) => named(`UBND ${kindAndPlace(unit)}, tỉnh Lạng Sơn`, "zalo"),
  (unit) => named(`Truyền thông ${placeOf(unit)}`),
  () => named("Tiếng nói cơ sở", "zalo"),
  (unit) => named(`UBND ${kindAndPlace(unit)}`.toUpperCase()),
  (unit) => named(`UBND ${kindAndPlace(unit)} ✅`),
  (unit) => named(`𝐔𝐁𝐍𝐃 ${kindAndPlace(unit)}`),
  (unit) => named(`UBND ${kindWord(unit)} \u200b${placeOf(unit)}`, "zalo"),
  (unit) => named(`UBND ${kindWord(unit)}-${placeOf(unit).replaceAll(" ", "-")}`),
  (unit) => named(`UBND ${kindAndPlace(unit)}, tỉnh Bắc Giang`),
  (unit) => named(`UBND ${unit.kind === "ward" ? "P." : "X."} ${placeOf(unit)}`, "zalo"),
  (unit) => named(`Đảng ủy - HĐND - UBND ${kindAndPlace(unit)}`),
  () => ({ network: "facebook", shown: { avatar: "emblem_ring" } }),
  () => ({ network: "facebook", shown: { avatar: "emblem_small" } }),
  () => ({ network: "facebook", shown: { avatar: "emblem_mirrored" } }),
  () => ({ network: "zalo", shown: { avatar: "emblem_tiny" } }),
  () => ({ network: "facebook", file: { identity: { status: "pending" } }, shown: { badge: "not_verified" } }),
  (unit) => ({ network: "facebook", file: { kind: "profile", name: `${kindAndPlace(unit)}` }, shown: { exists: false } }),
  (unit) => ({ without: "all", extra: { network: "youtube", name: `UBND ${kindAndPlace(unit)}` } }),
  () => ({ network: "zalo", file: { paused: "Đơn vị đề nghị tạm dừng để bàn giao người phụ trách" } }),
  (unit, _, today) => ({
    ...named(`Bản tin ${placeOf(unit)} hôm nay`),
    file: { name: `Bản tin ${placeOf(unit)} hôm nay`, waiver: { reason: "Chờ nền tảng duyệt đổi tên", until: isoDate(today + 30 * DAY), rules: [] } },
  }),
  (_, __, today) => ({
    network: "facebook",
    file: {
      identity: { status: "expired", basis: "Công văn xác nhận đã hết hạn", date: isoDate(today - 400 * DAY), until: isoDate(today - 30 * DAY) },
    },
  }),
  () => ({ network: "facebook", shown: { published: false } }),
  // Eth instead of Đ: the typing error of old fonts.
  (unit) => named(`Trang thông tin \u00d0iện tử ${kindAndPlace(unit)}`, "zalo"),
  () => ({ network: "facebook", file: { legalBasis: undefined, admins: [{ name: "Người quản trị duy nhất (diễn tập)" }] } }),
]
/** An old commune that was merged away and whose name lives on nowhere in the unit's own. */
const mergedAway = (unit: UnitFile) =>
  unit.formedFrom.map((old) => old.split(",")[0]!.trim()).find((old) => /^(xã|phường|thị trấn) /.test(old) && !unit.name.endsWith(old))

export function castOf(given: UnitFile[], options: { seed: number; now: number; addresses: Addresses; wrongAccounts: boolean }): Cast {
  const { seed, now, addresses } = options
  const isAlive = (unit: UnitFile) => !unit.ends || unit.ends > isoDate(now)
  const alive = given.filter(isAlive)
  const spoils = options.wrongAccounts ? spoilsOf(alive) : new Map<string, Spoil>()
  const members: Member[] = []
  const silentPortals = new Set<string>()
  const communes = alive.filter((unit) => unit.kind === "commune" || unit.kind === "ward")

  const units = given.map((unit) => {
    if (!isAlive(unit)) return unit
    const mistake = spoils.get(unit.id)?.(unit, communes.filter((other) => other.id !== unit.id), now)
    if (mistake?.silentPortal) silentPortals.add(unit.id)
    const accounts: AccountFile[] = []
    const add = (file: AccountFile, shown: AccountTuning = {}) => {
      accounts.push(file)
      if (file.network === "facebook" || file.network === "zalo") members.push(memberOf(unit, file, shown, options))
    }
    const own = unit.accounts.filter((account) => account.network === "facebook" || account.network === "zalo")
    for (const network of ["facebook", "zalo"] as const) {
      const known = own.filter((account) => account.network === network)
      if (known.length) {
        for (const account of known)
          add(
            accountFile.parse({
              ...account,
              remoteId: account.remoteId ?? remoteIdOf(seed, account.id, network),
              url: addresses.person(network, account.remoteId ?? remoteIdOf(seed, account.id, network)),
            }),
          )
        continue
      }
      if (mistake?.without === "all" || mistake?.without === network) continue
      const spoiled = mistake?.network === network ? mistake : undefined
      add(freshAccount(unit, network, `${unit.id}-${network}`, options, spoiled?.file), spoiled?.shown)
    }
    if (mistake?.extra && !own.length) {
      const { network } = mistake.extra
      if (network === "facebook" || network === "zalo") add(freshAccount(unit, network, `${unit.id}-${network}-2`, options, mistake.extra))
      else add(accountFile.parse({ name: unit.name, ...mistake.extra, id: `${unit.id}-${network}`, publish: "off" }))
    }
    const portal = portalFile.parse({
      ...unit.portal,
      url: addresses.portal(unit.id),
      feeds: [{ url: addresses.feed(unit.id), language: "vi", section: "Tin tức - Sự kiện" }],
    })
    return { ...unit, portal, accounts, ...peopleOf(unit) }
  })
  return { units, members, silentPortals }
}

/** Which unit plays which mistake: fixed places, so that the same registry always tells the same story. */
function spoilsOf(units: UnitFile[]): Map<string, Spoil> {
  const spoils = new Map<string, Spoil>()
  const portal = units.find((unit) => unit.kind === "province_portal")
  if (portal) spoils.set(portal.id, () => named("Cổng TTĐT tỉnh Bắc Ninh", "zalo"))
  // The first departments and communes stay right: what a newcomer looks at first should work.
  units
    .filter((unit) => unit.kind === "department")
    .slice(4)
    .forEach((unit, i) => departmentMistakes[i] && spoils.set(unit.id, departmentMistakes[i]))
  const communes = units.filter((unit) => unit.kind === "commune" || unit.kind === "ward")
  const step = communes.length >= communeMistakes.length * 2 ? 2 : 1
  communes.slice(8).forEach((unit, i) => {
    const spoil = i % step ? undefined : communeMistakes[i / step]
    if (spoil) spoils.set(unit.id, spoil)
  })
  const merged = communes.findLast((unit) => !spoils.has(unit.id) && mergedAway(unit))
  if (merged) spoils.set(merged.id, (unit) => named(`UBND ${mergedAway(unit)}`))
  return spoils
}

/** Page ids of 15 digits that start like new Pages do, OA ids of 19 digits. */
const remoteIdOf = (seed: number, accountId: string, network: NetworkName) =>
  network === "facebook" ? `1009${digitsOf(seed, accountId, 11)}` : `387${digitsOf(seed, accountId, 16)}`

function freshAccount(
  unit: UnitFile,
  network: NetworkName,
  id: string,
  options: { seed: number; addresses: Addresses },
  spoiled: Partial<AccountFile> = {},
): AccountFile {
  const remoteId = remoteIdOf(options.seed, id, network)
  return accountFile.parse({
    id,
    network,
    remoteId,
    name: unit.name,
    handle: handleOf(unit, network),
    url: options.addresses.person(network, remoteId),
    kind: network === "facebook" ? "page" : "oa",
    pace: { everyMinutes: 0, perDay: 10_000 },
    identity: {
      status: "verified",
      basis: "Công văn diễn tập số 01/DT-TTTT",
      date: "2025-10-01",
      confirmedBy: ["Người nhập diễn tập", "Người kiểm tra diễn tập"],
    },
    legalBasis: "Kế hoạch số 65/KH-UBND ngày 15/9/2025 (diễn tập)",
    ...spoiled,
  })
}

/** Made-up people in charge; one unit in twelve has nobody yet, so that the finding is seen. */
function peopleOf(unit: UnitFile): Pick<UnitFile, "owner" | "deputy"> {
  if (unit.owner || hashOf(7, unit.id) % 12 === 0) return {}
  const person = (name: string, title: string) => ({ name: `${name} (diễn tập)`, title, phone: "0204 000 000", email: `dientap@${unit.id}.example` })
  return { owner: person("Nguyễn Văn Mẫu", "Người phụ trách"), deputy: person("Trần Thị Mẫu", "Người thay thế") }
}

const handleOf = (unit: UnitFile, network: NetworkName) => `dientap.${unit.id.replace(/^bn-/, "")}${network === "zalo" ? ".oa" : ""}`

function memberOf(unit: UnitFile, file: AccountFile, shown: AccountTuning, options: { seed: number; addresses: Addresses }): Member {
  const rightAvatar: AvatarKind = unit.kind === "department" ? (unit.avatar?.length === 1 ? "province_logo" : "logo") : "emblem"
  const website = options.addresses.portal(unit.id)
  return {
    file,
    unitId: unit.id,
    connectable: shown.exists !== false && file.kind !== "profile" && file.kind !== "group",
    shown: {
      name: file.name,
      handle: file.handle ?? handleOf(unit, file.network as NetworkName),
      about: `Trang thông tin chính thức của ${unit.name}`.slice(0, 100),
      description: `Trang thông tin chính thức của ${unit.name}. Cổng thông tin điện tử: ${website}`,
      category: file.network === "facebook" ? "Government organization" : "Cơ quan nhà nước",
      website,
      published: true,
      followers: 150 + (hashOf(options.seed, `followers ${file.id}`) % 20_000),
      avatar: rightAvatar,
      exists: true,
      verified: true,
      badge: "blue_verified",
      oaType: 4,
      packageName: "Tăng trưởng",
      packageUntil: "31/05/2027",
      ...shown,
    },
  }
}
