/** "Is this account official?": one answer for the public page, the QR page and `loa verify`. */
import type { Rooms } from "../../app.ts"
import { bareName, eyeKey, handleKey } from "../../base/name-keys.ts"
import { judgeName, nameKey, rulesetOn, subjectOfUnit } from "../../checks/index.ts"
import type { Account, RecordedNetwork, Unit } from "../../model/index.ts"
import { hostOf, livesOn } from "../../registry/index.ts"
import { addressKey, readQuery } from "./read-query.ts"

export type VerifyStatus = "official" | "not_listed" | "suspended"

export interface VerifiedAccount {
  /** Id in the registry. */
  id: string
  network: RecordedNetwork
  name: string
  remoteId: string | null
  url: string | null
}
export interface Verified {
  status: VerifyStatus
  matchedBy: "link" | "id" | "name" | "portal" | null
  account: VerifiedAccount | null
  unit: { id: string; name: string; portal: string | null } | null
  /** Why it is suspended. Vietnamese, for citizens. */
  reason: string | null
  /** What to be careful about. Vietnamese, for citizens. */
  warnings: string[]
  /** Other official accounts that the question may have meant. */
  similar: VerifiedAccount[]
}

const CANDIDATES_MAX = 4

export async function verify(rooms: Rooms, question: string): Promise<Verified> {
  const query = readQuery(question, rooms.config.publicUrl)
  const view = rooms.view()
  switch (query.kind) {
    case "empty":
      return notListed([])
    case "account":
      return verifyAccount(rooms, query.id)
    case "site": {
      // Networks that are only recorded, and networks on addresses of their own (rehearsal).
      const listed = view.accounts.find((account) => account.url && addressKey(new URL(account.url)) === query.address)
      if (listed) return answer(rooms, listed, "link")
      const unit = view.livingUnits.find((one) => one.portal && hostOf(one.portal.url) === query.host)
      if (unit)
        return {
          ...notListed([]),
          status: "official",
          matchedBy: "portal",
          unit: unitFacts(unit),
          similar: unit.accounts.filter(isOfficial).map(facts),
        }
      const imitation = query.imitates
        ? [
            `Địa chỉ “${query.host}” không phải của ${query.imitates === "zalo" ? "Zalo" : "Facebook"}: có dấu hiệu giả mạo, không nhập mật khẩu hay thông tin cá nhân.`,
          ]
        : []
      return notListed(imitation)
    }
    case "keys": {
      const found = findByKeys(view.accounts, query.network, query.keys)
      if (found) return answer(rooms, found, query.network ? "link" : "id")
      const ended = (await rooms.registry.endedAccounts()).find(
        (account) =>
          (!query.network || account.network === query.network) &&
          query.keys.some(
            (key) => key === account.remoteId || key === account.id || (account.handle && handleKey(key) === handleKey(account.handle)),
          ),
      )
      if (ended) return endedAnswer(rooms, ended)
      return lookAlikes(rooms, query.keys, query.words)
    }
    case "name": {
      const same = view.accounts.filter((account) => nameKey(account.name) === nameKey(query.text))
      const best = same.find(isOfficial) ?? same[0]
      if (!best) return lookAlikes(rooms, [], query.text)
      const found = await answer(rooms, best, "name")
      return {
        ...found,
        similar: same.filter((account) => account !== best).map(facts),
        warnings: ["Tên có thể bị sao chép. Hãy so đúng đường dẫn và mã tài khoản bên dưới.", ...found.warnings],
      }
    }
  }
}

/** By id of the registry: what QR codes point at. */
export async function verifyAccount(rooms: Rooms, id: string): Promise<Verified> {
  const account = rooms.view().accountById(id)
  if (account) return answer(rooms, account, "id")
  const ended = (await rooms.registry.endedAccounts()).find((one) => one.id === id)
  return ended ? endedAnswer(rooms, ended) : notListed([])
}

function findByKeys(accounts: readonly Account[], network: RecordedNetwork | null, keys: string[]): Account | undefined {
  const among = accounts.filter((account) => !network || account.network === network)
  for (const key of keys) {
    // A permanent id goes before a handle: handles can be taken over by others.
    const found =
      among.find((account) => account.remoteId === key) ??
      among.find((account) => account.id === key) ??
      among.find((account) => handlesOf(account).some((handle) => handleKey(handle) === handleKey(key)))
    if (found) return found
  }
  return undefined
}

function handlesOf(account: Account): string[] {
  const tail = account.url ? new URL(account.url).pathname.split("/").filter(Boolean).at(-1) : undefined
  return [account.handle, tail === "profile.php" ? undefined : tail].filter((handle) => handle !== undefined)
}

const isOfficial = (account: Account) => account.identity.status === "verified" && !account.paused

async function answer(rooms: Rooms, account: Account, matchedBy: Verified["matchedBy"]): Promise<Verified> {
  const unit = rooms.view().unitById(account.unitId)!
  const reason = await suspension(rooms, account, unit)
  return { status: reason ? "suspended" : "official", matchedBy, account: facts(account), unit: unitFacts(unit), reason, warnings: [], similar: [] }
}

/** Why a listed account is not to be trusted now, or null. A pace or a queue that stands still is no reason: the account is still theirs. */
async function suspension(rooms: Rooms, account: Account, unit: Unit, lanes?: Lanes): Promise<string | null> {
  if (!livesOn(unit, rooms.view().day)) return "Đơn vị đã kết thúc hoạt động."
  if (account.paused) return "Tài khoản đang tạm dừng theo thông báo của đơn vị."
  if (account.identity.status === "refused") return "Tài khoản bị từ chối xác nhận chính danh."
  const until = account.identity.until
  if (account.identity.status === "expired" || (until && until < rooms.view().day)) return "Xác nhận chính danh đã hết hạn."
  if (account.identity.status !== "verified") return "Tài khoản đã đăng ký nhưng chưa được xác nhận chính danh."
  const lane = (lanes ?? (await lanesOf(rooms))).get(account.id)
  // The watch and people pause an account when it may have been taken over; the network's own pauses concern tokens.
  return lane?.paused_reason && lane.paused_by !== "network" && lane.paused_by !== "registry" ? "Tài khoản đang tạm dừng để kiểm tra." : null
}

type Lanes = Map<string, Awaited<ReturnType<Rooms["outbox"]["lanes"]>>[number]>
const lanesOf = async (rooms: Rooms): Promise<Lanes> => new Map((await rooms.outbox.lanes()).map((lane) => [lane.account_id, lane]))

/** The status of every listed account at once, for snapshots. */
export async function statuses(rooms: Rooms): Promise<Map<string, "official" | "suspended">> {
  const view = rooms.view()
  const lanes = await lanesOf(rooms)
  const found = new Map<string, "official" | "suspended">()
  for (const account of view.accounts)
    found.set(account.id, (await suspension(rooms, account, view.unitById(account.unitId)!, lanes)) === null ? "official" : "suspended")
  return found
}

type Ended = Awaited<ReturnType<Rooms["registry"]["endedAccounts"]>>[number]
function endedAnswer(rooms: Rooms, ended: Ended): Verified {
  const unit = rooms.view().unitById(ended.unitId)
  const account: VerifiedAccount = { id: ended.id, network: ended.network as RecordedNetwork, name: ended.name, remoteId: ended.remoteId, url: null }
  return {
    status: "suspended",
    matchedBy: "id",
    account,
    unit: unit ? unitFacts(unit) : null,
    reason: "Tài khoản đã được rút khỏi danh sách chính thức.",
    warnings: [],
    similar: unit ? unit.accounts.filter(isOfficial).map(facts) : [],
  }
}

/** Nothing is listed: does the question imitate something that is? */
function lookAlikes(rooms: Rooms, keys: string[], words: string | null): Verified {
  const view = rooms.view()
  const eyes = new Set(keys.map(eyeKey).filter((key) => key.length >= 5))
  const near = view.accounts.filter((account) => handlesOf(account).some((handle) => eyes.has(eyeKey(handle))))
  const warnings = near.map(
    (account) =>
      `Đường dẫn rất giống “${account.handle ?? account.url}” của ${view.unitById(account.unitId)!.name} nhưng không phải là tài khoản đó.`,
  )
  const candidates = words ? unitsNamedIn(view.livingUnits, words) : []
  const day = view.day
  const { rulesets, gazetteer } = rooms.checks.rules
  const meant: Unit[] = []
  for (const unit of candidates) {
    const verdict = judgeName({ unit: subjectOfUnit(unit), name: words!, registered: false, ruleset: rulesetOn(rulesets, day), asOf: day, gazetteer })
    if (verdict.verdict === "pass") continue
    meant.push(unit)
    for (const reason of verdict.reasons) if (!warnings.includes(reason)) warnings.push(reason)
  }
  if (meant.length) warnings.push("Tên giống tên cơ quan nhà nước nhưng tài khoản không có trong danh sách chính thức. Hãy cảnh giác giả mạo.")
  const similar = [...new Set([...near, ...meant.flatMap((unit) => unit.accounts)])].filter(isOfficial)
  return { ...notListed(warnings), similar: similar.slice(0, 10).map(facts) }
}

const withoutKind = (name: string) =>
  bareName(name)
    .replace(/^(?:ubnd|uy ban nhan dan)\s+/, "")
    .replace(/^(?:phuong|xa|thi tran)\s+/, "")
/** Units whose own name the words hold, longest first; else the province's portal, which stands for all. */
function unitsNamedIn(units: readonly Unit[], words: string): Unit[] {
  const text = ` ${bareName(words)} `
  const named = units.filter((unit) => text.includes(` ${withoutKind(unit.name)} `)).toSorted((a, b) => b.name.length - a.name.length)
  return named.length ? named.slice(0, CANDIDATES_MAX) : units.filter((unit) => unit.kind === "province_portal").slice(0, 1)
}

const notListed = (warnings: string[]): Verified => ({
  status: "not_listed",
  matchedBy: null,
  account: null,
  unit: null,
  reason: null,
  warnings,
  similar: [],
})
const facts = (account: Account): VerifiedAccount => ({
  id: account.id,
  network: account.network,
  name: account.name,
  remoteId: account.remoteId ?? null,
  url: account.url ?? addressOf(account),
})
const unitFacts = (unit: Unit) => ({ id: unit.id, name: unit.name, portal: unit.portal?.url ?? null })

const addressOf = ({ network, remoteId }: Account) =>
  !remoteId ? null : network === "facebook" ? `https://www.facebook.com/${remoteId}` : network === "zalo" ? `https://zalo.me/${remoteId}` : null
