/** Cases joined with registry, checks, networks and outbox: what each step must prove before it ends, and what it changes elsewhere. */
import type { Rooms } from "../app.ts"
import { HOUR } from "../base/clock.ts"
import { InvalidInputError, NotFoundError, UsageError } from "../base/errors.ts"
import { isoDate, vnDate } from "../base/time.ts"
import { Cases, identityTasks, mayAct, readForm, type Case, type CaseActor, type CaseData, type CaseFilter, type StepId } from "../cases/index.ts"
import type { Account, Unit } from "../model/index.ts"
import { isPublishing } from "../registry/index.ts"
import { addWorkdays, loadCalendar } from "../reports/index.ts"
import { activate, endPending, keepPending, revokeTestWaiver } from "./cases-registry.ts"
import { checkPoints, mandatoryPoints } from "./cases-checks.ts"
import { judgeCaseName } from "./cases-names.ts"
import { picturesFor } from "./cases-pictures.ts"
import { testPostOf } from "./cases-test-post.ts"

/** Who acts: a person of the desk or the console. */
export interface CasePerson extends CaseActor {
  /** As two persons are told apart (VER-2). */
  name: string
  /** The only unit this person sees; null = the whole province. */
  unitId: string | null
}

const WORKDAY_ENDS = 17 * HOUR
const known = new WeakMap<Rooms, Cases>()
export function casesOf(rooms: Rooms): Cases {
  const made = known.get(rooms)
  if (made) return made
  const calendar = loadCalendar(rooms.config.templatesDir)
  const { db, clock, audit } = rooms
  const cases = new Cases({ db, clock, audit, deadline: (from, workdays) => addWorkdays(calendar, from, workdays) + WORKDAY_ENDS })
  known.set(rooms, cases)
  return cases
}

/** Another unit's case does not exist for a unit official. */
export async function seeCase(rooms: Rooms, id: string, person: Pick<CasePerson, "unitId">): Promise<Case> {
  const found = await casesOf(rooms).find(id)
  if (person.unitId !== null && found.unitId !== person.unitId) throw new NotFoundError("case", id)
  return found
}
export const listCases = (rooms: Rooms, filter: CaseFilter, person: Pick<CasePerson, "unitId">) =>
  casesOf(rooms).list(person.unitId === null ? filter : { ...filter, unit: person.unitId })

export async function openCase(rooms: Rooms, kind: string, unitId: string, input: unknown, person: CasePerson): Promise<Case> {
  const view = rooms.view()
  const wanted = input as { account?: unknown; into?: unknown; toUnit?: unknown } | null
  const account = kind === "register" ? null : view.accountById(String(wanted?.account ?? ""))
  const to = wanted?.toUnit ? view.unitById(String(wanted.toUnit)) : undefined
  const unit = view.unitById(unitId)
  if (!unit || (person.unitId !== null && unit.id !== person.unitId)) throw new NotFoundError("unit", unitId)
  if (account === null) return casesOf(rooms).open(kind, unit.id, input, person, null)
  const wrong = (field: string, found: unknown, expected: string) =>
    new InvalidInputError("case", [{ file: "hồ sơ", entry: "request", field, found: String(found || "chưa ghi"), expected }])
  if (!account || account.unitId !== unit.id || !isPublishing(account.network))
    throw wrong("account", wanted?.account, "mã một tài khoản Facebook hoặc Zalo của đơn vị")
  if (kind === "merge") {
    const into = view.accountById(String(wanted?.into ?? ""))
    if (!into || into.id === account.id || into.unitId !== unit.id || into.network !== account.network)
      throw wrong("into", wanted?.into, "mã một tài khoản khác của đơn vị, cùng nền tảng")
  }
  // A hand-over to another unit is a case of the unit that receives; nobody opens cases in another unit's name but the centre.
  if (kind === "hand_over" && wanted?.toUnit) {
    if (!to || to.id === unit.id) throw wrong("toUnit", wanted.toUnit, "mã đơn vị nhận bàn giao")
    if (person.party !== "centre") throw new UsageError("not_your_turn", "Bàn giao cho đơn vị khác do Trung tâm Thông tin tỉnh lập hồ sơ.")
    return casesOf(rooms).open(kind, to.id, input, person, { id: account.id, network: account.network })
  }
  return casesOf(rooms).open(kind, unit.id, input, person, { id: account.id, network: account.network })
}

/** Answers the present step of the case. `version` = what the person saw; an outdated page is told so. */
export async function submitCase(rooms: Rooms, id: string, input: unknown, person: CasePerson, version?: number): Promise<Case> {
  const found = await seeCase(rooms, id, person)
  sameVersion(found, version)
  needTurn(found, person)
  return steps[found.step](rooms, found, input, person)
}

export async function returnCase(rooms: Rooms, id: string, to: string, reasons: string, person: CasePerson): Promise<Case> {
  return casesOf(rooms).giveBack(await seeCase(rooms, id, person), to as StepId, reasons, person)
}

/** An account that waited for its confirmation leaves the list with its case. */
export async function cancelCase(rooms: Rooms, id: string, why: string, person: CasePerson): Promise<Case> {
  const cancelled = await casesOf(rooms).cancel(await seeCase(rooms, id, person), why, person)
  await endPending(rooms, cancelled, person)
  return cancelled
}

/** Ticks and ids of the identity step that took days to come by, kept without going on. */
export async function saveIdentity(rooms: Rooms, id: string, draft: Record<string, unknown>, person: CasePerson): Promise<Case> {
  const found = await seeCase(rooms, id, person)
  if (found.step !== "identity") throw new UsageError("not_this_step", "Hồ sơ đang ở bước khác; hãy tải lại trang.")
  const text = (name: string) => (typeof draft[name] === "string" ? (draft[name] as string).slice(0, 300) : "")
  const done = [draft.done ?? []]
    .flat()
    .map(String)
    .filter((task) => identityTasks[found.network].some((one) => one.id === task))
  const kept = {
    remoteId: text("remoteId"),
    url: text("url"),
    handle: text("handle"),
    platform: text("platform") || "pending",
    platformDate: text("platformDate"),
    done,
  }
  return casesOf(rooms).save(found, { data: { identity: kept as CaseData["identity"] } }, person)
}

type Step = (rooms: Rooms, found: Case, input: unknown, person: CasePerson) => Promise<Case>
const steps: Record<StepId, Step> = {
  async request(rooms, found, input, person) {
    const answer = readForm(found.kind, "request", input)
    const fixed = found.kind === "register" ? "network" : "account"
    if (answer[fixed] !== found.data.request[fixed])
      throw mistake(found, fixed, answer[fixed], `${String(found.data.request[fixed])}; muốn đổi thì lập hồ sơ khác`)
    return casesOf(rooms).submit(found, answer, person)
  },

  async name(rooms, found, input, person) {
    const answer = readForm(found.kind, "name", input) as { name: string; exception?: string }
    const judged = judgeCaseName(rooms, found, answer.name)
    if (!judged.networks.includes(found.network))
      throw mistake(
        found,
        "name",
        answer.name,
        `tên khác, vì tên này ${judged.problems.map((problem) => `${problem.why} (${problem.rule})`).join("; ")}`,
      )
    if (judged.verdict !== "pass" && judged.verdict !== "advice") throw mistake(found, "name", answer.name, `tên khác: ${judged.reasons.join(" ")}`)
    if (judged.verdict === "advice" && !answer.exception)
      throw mistake(found, "exception", "", `lý do chấp nhận tên còn khuyến nghị: ${judged.reasons.join(" ")}`)
    return casesOf(rooms).submit(found, answer, person, { note: { name: answer.name, verdict: judged.verdict, exception: answer.exception ?? null } })
  },

  async picture(rooms, found, input, person) {
    const answer = readForm(found.kind, "picture", input) as { picture: string }
    const offered = await picturesFor(rooms, unitOf(rooms, found))
    if (answer.picture !== "own" && !offered.some((one) => one.id === answer.picture))
      throw mistake(found, "picture", answer.picture, [...offered.map((one) => one.id), "own"].join(", "))
    return casesOf(rooms).submit(found, answer, person, { note: { picture: answer.picture } })
  },

  async dossier(rooms, found, input, person) {
    const answer = readForm(found.kind, "dossier", input) as NonNullable<CaseData["dossier"]>
    const today = isoDate(rooms.clock.now())
    if (answer.basis.date > today) throw mistake(found, "basis.date", answer.basis.date, `không sau ngày ${vnDate(rooms.clock.now())}`)
    const accountId =
      found.kind === "hand_over" && found.data.request.toUnit
        ? await keepPending(rooms, { ...found, data: { ...found.data, dossier: answer } }, person)
        : undefined
    return casesOf(rooms).submit(found, answer as unknown as Record<string, unknown>, person, {
      ...(accountId ? { accountId } : {}),
      note: { basis: answer.basis.number },
    })
  },

  async identity(rooms, found, input, person) {
    const answer = readForm(found.kind, "identity", input) as NonNullable<CaseData["identity"]>
    const missing = identityTasks[found.network].filter((task) => task.required && !answer.done.includes(task.id)).map((task) => task.id)
    if (missing.length) throw mistake(found, "done", answer.done.join(", "), `đủ các việc bắt buộc; còn thiếu: ${missing.join(", ")}`)
    if (answer.platform === "refused" || answer.platform === "expired")
      throw mistake(found, "platform", answer.platform, "nền tảng đã cấp hoặc đang xét; nếu bị từ chối, hãy trả hồ sơ về bước trước kèm lý do")
    const other = rooms.view().accountByRemote(found.network, answer.remoteId)
    const own = other && (other.id === found.accountId || (await isLeftover(rooms, found, other)))
    if (other && !own) throw mistake(found, "remoteId", answer.remoteId, `mã chưa thuộc tài khoản khác (đang là ${other.id})`)
    const accountId = await keepPending(
      rooms,
      { ...found, accountId: found.accountId ?? other?.id ?? null, data: { ...found.data, identity: answer } },
      person,
    )
    return casesOf(rooms).submit(found, answer as unknown as Record<string, unknown>, person, {
      accountId,
      note: { remoteId: answer.remoteId, account: accountId, platform: answer.platform },
    })
  },

  async change(rooms, found, input, person) {
    return casesOf(rooms).submit(found, readForm(found.kind, "change", input), person)
  },

  async connect(rooms, found, _input, person) {
    const token = found.accountId ? await rooms.networks.of(found.network).tokenState(found.accountId) : null
    // A hand-over wants the consent of those who administer now, not the one of before (nor one that was merely refreshed).
    const fresh = found.kind !== "hand_over" || (found.data.connect?.at ?? 0) >= found.stepSince
    if (token?.state !== "ok" || !fresh)
      throw new UsageError("not_connected", "Tài khoản chưa được kết nối: quản trị viên cần cấp quyền, hoặc nhập mã truy cập.")
    return casesOf(rooms).submit(found, {}, person, {
      keep: found.data.connect ?? { name: "", remoteId: rooms.networkAccount(found.accountId!)?.remoteId ?? "", at: token.refreshedAt },
    })
  },

  async checks(rooms, found, input, person) {
    const answer = readForm(found.kind, "checks", input) as { exception?: string }
    const points = await checkPoints(rooms, found)
    const failed = points.filter((point) => point.ok !== true)
    const grave = failed.filter((point) => mandatoryPoints.has(point.id))
    if (grave.length) throw mistake(found, grave[0]!.id, grave[0]!.text, "phải đạt; không có ngoại lệ")
    if (failed.length && !answer.exception)
      throw mistake(found, "exception", "", `lý do chấp nhận khi chưa đạt: ${failed.map((point) => point.text).join("; ")}`)
    const keep = { by: person.name, actor: person.actor, points, ...(answer.exception ? { exception: answer.exception } : {}) }
    return casesOf(rooms).submit(found, answer, person, {
      keep,
      note: { failed: failed.map((point) => point.id), exception: answer.exception ?? null },
    })
  },

  async test_post(rooms, found, input, person) {
    const answer = readForm(found.kind, "test_post", input)
    const post = await testPostOf(rooms, found)
    if (post?.state !== "published")
      throw new UsageError("not_published", post ? `Bài đăng thử chưa lên: ${post.reason ?? post.state}.` : "Chưa đăng bài thử.")
    await revokeTestWaiver(rooms, found, person)
    return casesOf(rooms).submit(found, answer, person, { keep: { ...found.data.test_post }, note: { delivery: post.id } })
  },

  async activate(rooms, found, input, person) {
    const answer = readForm(found.kind, "activate", input) as { publish: string; until?: string }
    const first = found.data.checks
    if (!first || samePerson(first, person))
      throw new UsageError("four_eyes", `Bước kiểm tra do ${first?.by ?? "chưa ai"} thực hiện; cần một người khác xác nhận (quy định hai người).`)
    await activate(rooms, found, answer, person)
    return casesOf(rooms).submit(found, answer, person, { keep: { by: person.name, ...answer }, note: { confirmedBy: [first.by, person.name] } })
  },
}

/** Listed by this very step when a process died before the case could say so: pending, the unit's own, in nobody else's case. */
async function isLeftover(rooms: Rooms, found: Case, account: Account): Promise<boolean> {
  if (found.accountId !== null || account.unitId !== found.unitId || account.identity.status !== "pending") return false
  const open = await casesOf(rooms).list({ unit: found.unitId, status: "open" })
  return !open.some((one) => one.id !== found.id && one.accountId === account.id)
}

function needTurn(found: Case, person: CasePerson): void {
  if (found.status !== "open") throw new UsageError("case_closed", "Hồ sơ đã kết thúc.")
  if (!mayAct(person.party, found)) throw new UsageError("not_your_turn", "Bước này do Trung tâm Thông tin tỉnh thực hiện.")
}

const nameKey = (name: string) => name.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase()
/** A name may be changed, an account of the desk not; at the console one person may write down what two decided. */
const samePerson = (first: { by: string; actor: string }, second: CasePerson) =>
  nameKey(first.by) === nameKey(second.name) || (first.actor === second.actor && !second.actor.startsWith("cli"))

function sameVersion(found: Case, version: number | undefined): void {
  if (version !== undefined && version !== found.version)
    throw new UsageError("case_changed", "Hồ sơ vừa được người khác cập nhật. Hãy tải lại trang và xem lại.")
}
export function unitOf(rooms: Rooms, found: Case): Unit {
  const unit = rooms.view().unitById(found.unitId)
  if (!unit) throw new NotFoundError("unit", found.unitId)
  return unit
}
const mistake = (found: Case, field: string, seen: unknown, expected: string) =>
  new InvalidInputError("case", [
    { file: "hồ sơ", entry: found.step, field, found: String(seen === undefined || seen === "" ? "chưa ghi" : seen), expected },
  ])
